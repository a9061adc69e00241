"""What people and the live writer do to cases: complaints, openings, and the legs that somebody walks.

These are journal events. They are collected while a moment is applied and take effect once everything that the moment
says has been derived, so that an event which names a case finds it, whatever order the two arrived in.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from msgspec.structs import replace

from troth.engine.cases.kinds import VOID, closed, complaint_kind, is_plain, kind_named, remedied, reopened
from troth.engine.cases.legs import may_close_clean
from troth.engine.cases.openings import case_id
from troth.engine.cases.watch import rule_truth, still
from troth.engine.live import Live
from troth.model.event import Event
from troth.model.pack import CaseKind
from troth.model.record import Case, Finding
from troth.model.times import Micros, parse_instant

CASE: Final = "troth.case."
"""Journal events on cases begin with this."""
OPENED: Final = "troth.case.opened"
NOTED: Final = "troth.case.noted"
CONTACTS: Final = frozenset({"troth.complaint", "troth.reply"})
"""What customers say themselves; its text is sealed and never read."""


def hear(live: Live, event: Event) -> bool:
    """Keep a journal event that is about cases until the moment is derived; return whether it was one.

    Raises:
        KeyError, TypeError, ValueError: It cannot be read.
    """
    if event.type in CONTACTS:
        _text(event, "id")
    elif event.type == OPENED:
        _text(event, "case"), _text(event, "kind")
        _claimed_at(event)
    elif event.type in _ACTS:
        _text(event, "case")
    elif event.type != NOTED:
        return False
    live.acts.append(event)
    return True


def contacts(live: Live, now: Micros) -> None:
    """Take in what customers say, before anything else is derived: they may know of a failure before the firm does."""
    for event in live.acts:
        if event.type in CONTACTS:
            _notice(live, now, "customer")
            _complain(live, event, now)
        elif event.type == NOTED and not event.data.get("case"):
            _notice(live, now, "associate")


def act(live: Live, now: Micros) -> None:
    """Do to cases what the journal events of this moment say, in their order."""
    for event in live.acts:
        if event.type == OPENED:
            _mint(live, event, now)
        elif event.type in _ACTS:
            place = next((place for place, case in enumerate(live.cases) if case.id == event.data["case"]), None)
            kind = None if place is None else kind_named(live.machine.pack, live.cases[place].kind)
            if place is None or kind is None:
                text = f"{event.type} {event.id} is about a case that is not known: {event.data['case']}"
                live.findings.append(Finding("F107", now, text))
            else:
                live.cases[place] = _ACTS[event.type](live, kind, live.cases[place], event, now)
    live.acts.clear()


def _notice(live: Live, now: Micros, who: str) -> None:
    """Note who spoke of the subject's trouble before the firm had found it."""
    live.brewing = [
        replace(one, noticed_at=now, noticed_by=who) if one.noticed_at is None else one for one in live.brewing
    ]
    for place, case in enumerate(live.cases):
        if not case.id and case.closed_at is None and case.detected_at is None:
            live.cases[place] = replace(case, detected_at=now, detected_by=who)


def _complain(live: Live, event: Event, now: Micros) -> None:
    """Open a case for a complaint; a reply belongs to the complaint that is open, if there is one."""
    kind, about = complaint_kind(live.machine.pack), event.data["id"]
    mine = [place for place, case in enumerate(live.cases) if case.kind == kind.name]
    if any(live.cases[place].about == about for place in mine):
        return
    standing = [place for place in mine if live.cases[place].closed_at is None]
    if event.type != "troth.complaint" and standing:
        return
    for place in mine:
        case = live.cases[place]
        if case.closed_at is not None and case.closed_as != VOID and now < case.closed_at + kind.dwell:
            live.cases[place] = reopened(case, now)
            return
    live.cases.append(Case(kind.name, about, now, broke_at=now, detected_at=now, detected_by="customer"))


def _mint(live: Live, event: Event, now: Micros) -> None:
    """Give a case the id under which it was announced; without a failure to belong to, it was a false alarm."""
    data = event.data
    name, kind = data["case"], kind_named(live.machine.pack, data["kind"])
    about, by = str(data.get("about", "")), str(data.get("by", "system"))
    if any(case.id == name for case in live.cases):
        return
    if kind is None:
        live.findings.append(Finding("F107", now, f"{event.type} {event.id} is about a kind of case that is not known"))
        return
    place = _belongs_to(live, kind, about, name, _claimed_at(event))
    if place is not None:
        case = live.cases[place]
        known = case.detected_at is not None
        live.cases[place] = replace(
            case,
            id=name,
            detected_at=case.detected_at if known else now,
            detected_by=case.detected_by if known else by,
        )
        return
    live.cases.append(_alarm(live, kind, Case(kind.name, about, now, id=name, detected_at=now, detected_by=by)))


def _belongs_to(live: Live, kind: CaseKind, about: str, name: str, claimed_at: Micros) -> int | None:
    """Return the place of the nameless case that an announcement means.

    That is the one with exactly this opening, which the name tells; if late evidence has moved it, the earliest that
    was there at or after the moment claimed, or within dwell before it.
    """
    nameless = [
        (place, case)
        for place, case in enumerate(live.cases)
        if case.kind == kind.name and case.about == about and not case.id
    ]
    for place, case in nameless:
        if case_id(live.tenant, live.subject, case.kind, case.about, case.opened_at) == name:
            return place
    for place, case in nameless:
        if case.closed_at is None or claimed_at < case.closed_at + kind.dwell:
            return place
    return None


def _alarm(live: Live, kind: CaseKind, case: Case) -> Case:
    """Return the case of an announcement for which nothing was derived (any more, or not yet)."""
    brewing = next((one for one in live.brewing if one.kind == case.kind and one.about == case.about), None)
    if brewing is not None:
        live.brewing.remove(brewing)
        case = replace(case, broke_at=brewing.since)
        if brewing.noticed_at is not None:
            case = replace(case, detected_at=brewing.noticed_at, detected_by=brewing.noticed_by)
        return case
    if case.detected_by != "system":
        return replace(case, held=True)
    twin = any(one.kind == case.kind and one.about == case.about and one.closed_at is None for one in live.cases)
    if twin or is_plain(kind):
        return replace(closed(case, case.opened_at, VOID), right_since=case.opened_at)
    return case


def _owned(_live: Live, _kind: CaseKind, case: Case, event: Event, now: Micros) -> Case:
    """Return a case that somebody has taken, or was given; the first owner tells how long nobody had it."""
    owner = str(event.data.get("owner") or event.data.get("by", ""))
    return replace(case, owner=owner, owned_at=now if case.owned_at is None else case.owned_at)


def _released(live: Live, kind: CaseKind, case: Case, _event: Event, _now: Micros) -> Case:
    """Return a case that nobody has any more; one that a system says is owned is somebody's all the same."""
    return replace(case, owner="", owned_at=case.owned_at if rule_truth(live, kind.owned_when) is True else None)


def _informed(_live: Live, _kind: CaseKind, case: Case, _event: Event, now: Micros) -> Case:
    """Return a case of which somebody has informed the customer."""
    return replace(case, informed_at=now) if case.informed_at is None else case


def _remedied(_live: Live, _kind: CaseKind, case: Case, _event: Event, now: Micros) -> Case:
    """Return a case whose remedy somebody has done."""
    return remedied(case, now)


def _closed(live: Live, kind: CaseKind, case: Case, event: Event, now: Micros) -> Case:
    """Return a case that somebody has closed: clean only if everything is as clean asks for."""
    if case.closed_at is not None:
        return case
    clean = may_close_clean(live, kind, case, now)
    over = still(live, kind, case.about) is False
    right_since = (now if case.right_since is None else case.right_since) if over else None
    how = VOID if event.data.get("how") == VOID else ("clean" if clean else "unclean")
    return closed(replace(case, right_since=right_since), now, how)


def _reopened(_live: Live, _kind: CaseKind, case: Case, _event: Event, now: Micros) -> Case:
    """Return a case that somebody has opened again: it waits for people."""
    return case if case.closed_at is None else replace(reopened(case, now), held=True)


def _text(event: Event, name: str) -> str:
    """Return a member of the data that has to be text.

    Raises:
        KeyError: It is missing.
        TypeError: It is none.
    """
    value = event.data[name]
    if not isinstance(value, str):
        raise TypeError(f"{name} is no text")
    return value


def _claimed_at(event: Event) -> Micros:
    """Return the moment from which a case was seen as open; its announcement where it does not say.

    Raises:
        ValueError: It is no moment.
    """
    text: Any = event.data.get("opened_at")
    return parse_instant(text) if isinstance(text, str) else event.occurred_at


_ACTS: Final[dict[str, Callable[[Live, CaseKind, Case, Event, Micros], Case]]] = {
    "troth.case.owned": _owned,
    "troth.case.released": _released,
    "troth.case.informed": _informed,
    "troth.case.remedied": _remedied,
    "troth.case.closed": _closed,
    "troth.case.reopened": _reopened,
}
