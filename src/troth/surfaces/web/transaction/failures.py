"""Cases: what is wrong, how bad, who has it, what has been done, what can be done next, and what stands against it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from troth.engine.cases.kinds import complaint_kind, kind_named
from troth.engine.cases.people import CASE
from troth.engine.harm import Harm, harms
from troth.engine.journal import JOURNAL
from troth.model.pack import CaseKind, Pack
from troth.model.record import Case
from troth.surfaces.api.paging import tag_of
from troth.surfaces.api.shown import case_body
from troth.surfaces.views.card import card
from troth.surfaces.web import factors
from troth.surfaces.web.ending import End, end_of, sentence
from troth.surfaces.web.transaction.matter import Matter, spaced
from troth.surfaces.web.transaction.reasons import title_of

Row = dict[str, Any]

_OVER: Final = {
    "informed": ("informed", "It is over; no word of it to the customer is noted"),
    "remedied": ("remedied", "It is over; no remedy is noted"),
}
_AS: Final = {
    "clean": "Closed: all was put right",
    "unclean": "Closed, and something was left open",
    "void": "Closed: a false alarm",
}


def ends(matter: Matter) -> dict[Case, End]:
    """Return what closing each open case would mean, the worst case first."""
    machine, record, now = matter.now.machine, matter.record, matter.now.now
    return {
        case: end_of(machine, record, case, matter.heard, now, matter.reader) for case, _ in harms(machine, record, now)
    }


def cases(matter: Matter, standing: Mapping[Case, End]) -> list[Row]:
    """Return the cases: those that go on first, then those that are over and open; of each the worst first.

    Args:
        matter: The subject, and who reads.
        standing: The open ones, as `ends` returns them.

    Returns:
        Rows of `views.card`, with `what` is wrong, whether it is still `failing` (null: nobody can tell, or it is
        closed) and the `tone` of that, `harm` (score and factors; null when closed), `steps`, `notes`, `messages` that
        were asked for about it, `remedies`, how it can be closed (`close`) and the `version` for forms.
    """
    if not matter.known:
        return []
    rows = card(matter.record, matter.now.machine, matter.moments)["cases"]
    bad = dict(harms(matter.now.machine, matter.record, matter.now.now))
    found = [
        (case, _case(matter, case, row, bad.get(case), standing.get(case)))
        for case, row in zip(matter.record.cases, rows, strict=True)
    ]
    # What is over waits behind what is not, however grave it was.
    found.sort(
        key=lambda one: (
            one[0].closed_at is not None,
            one[1]["failing"] is False,
            -bad[one[0]].score if one[0] in bad else 0.0,
        )
    )
    return [row for _, row in found]


def version_of(subject: str, case: Case, pack: Pack) -> str:
    """Return the version of a case that a form names: another one whenever the case is shown otherwise."""
    return tag_of(case_body(subject, case, pack)).strip('"')


def _case(matter: Matter, case: Case, row: Row, bad: Harm | None, end: End | None) -> Row:
    """Return one case."""
    kind = kind_named(matter.pack, case.kind) or complaint_kind(matter.pack)
    return row | {
        "title": kind.title or spaced(kind.name),
        "about_says": matter.topic(case.about)
        if case.about and kind.of != "complaint" and kind.lapse_of is None
        else "",
        "open": case.closed_at is None,
        "failing": None if end is None else end.failing,
        "tone": _tone(kind, end),
        "owner_name": matter.names(case.owner),
        "what": _named(matter, case, bad.wrong) if bad is not None else "",
        "harm": None if bad is None else _harm(bad),
        "as": _AS.get(case.closed_as, ""),
        "steps": _steps(matter, case, end),
        "notes": _notes(matter, case),
        "messages": _messages(matter, case),
        "remedies": _remedies(matter),
        "remedied_when": matter.plain(matter.now.because(kind.resolved_when)),
        "close": _close(matter, end) if end is not None else None,
        "version": version_of(matter.record.subject, case, matter.pack),
    }


def _tone(kind: CaseKind, end: End | None) -> str:
    """Return the shape and colour of a case: unknown is its own, and what is over is not wrong."""
    if end is None:
        return "closed"
    if end.failing is False:
        return "remedied"
    return "unknown" if end.failing is None or kind.of == "unverifiable" else "contradiction"


def _named(matter: Matter, case: Case, wrong: str) -> str:
    """Return what is wrong with whoever has it by their name."""
    ending = f"; {case.owner} has it."
    if not case.owner or not wrong.endswith(ending):
        return wrong
    return f"{wrong.removesuffix(ending)}; {matter.names(case.owner)} has it."


def _harm(bad: Harm) -> Row:
    """Return the score and its factors, as many places of these as make their product what is shown."""
    time, value = factors.shown(bad.score, bad.severity * bad.people, bad.time, bad.value)
    return {"score": bad.score, "severity": bad.severity, "people": bad.people, "time": time, "value": value}


def _steps(matter: Matter, case: Case, end: End | None) -> list[Row]:
    """Return the legs of a case.

    Returns:
        Rows `step`, `says`, `at` (null while it has not been reached), and what is said in place of the moment then.
    """
    text = matter.moments.text
    by = {"customer": "The customer told us", "associate": "Somebody of us noticed"}.get(
        case.detected_by, "Noticed by itself"
    )
    legs = (
        ("noticed", by, case.detected_at or case.opened_at),
        ("owned", f"{matter.names(case.owner)} has it" if case.owner else "Somebody has it", case.owned_at),
        ("informed", "The customer is informed", case.informed_at),
        ("remedied", "It is put right", case.resolved_at),
        ("closed", "It is closed", case.closed_at),
    )
    over = end is not None and end.failing is False
    return [
        {"step": step, "says": says, "at": text(at), "instead": ""}
        if at is not None or not over or step not in _OVER
        else _not_reached(step, end)
        for step, says, at in legs
    ]


def _not_reached(step: str, end: End | None) -> Row:
    """Return a leg that the case has not reached though what was wrong is over."""
    lacks, says = _OVER[step]
    wanted = end is not None and lacks in end.lacks
    return {"step": step, "says": says, "at": None, "instead": "and it is called for" if wanted else "none was needed"}


def _notes(matter: Matter, case: Case) -> list[Row]:
    """Return what people wrote about a case; veiled unless personal data are shown."""
    return [
        {
            "at": matter.moments.text(event.occurred_at),
            "by": str(event.data.get("by", "")),
            "by_name": matter.names(str(event.data.get("by", ""))),
            "verb": event.type.removeprefix(CASE),
            "says": str(event.data["note"]),
        }
        for event in matter.events
        if event.source == JOURNAL and event.type.startswith(CASE) and event.data.get("case") == case.id
        and event.data.get("note")
    ]  # fmt: skip


def _messages(matter: Matter, case: Case) -> list[Row]:
    """Return the messages that were asked for about a case, and what became of each."""
    ids = [
        str(event.data["message"])
        for event in matter.events
        if event.source == JOURNAL and event.type.startswith(CASE) and event.data.get("case") == case.id
        and event.data.get("message")
    ]  # fmt: skip
    return [row for row in under_way(matter) if row["id"] in ids]


def under_way(matter: Matter) -> list[Row]:
    """Return the messages that were put to the gate, the latest first, and what became of each.

    Returns:
        Rows `id`, `message`, `title`, `channel`, `asked_at`, `standing`, `word`, `tone`, `until` (to be handed over by,
        or looked at again), `codes` of the gate's reasons and the `reasons` in words, and `told_at`.
    """
    rows = []
    told = {one.id: one for one in matter.record.messages}
    for asked in reversed(matter.record.asks):
        one = told.get(asked.id)
        standing, word, tone, until = "refused", "Not sent", "void", None
        if one is not None and one.told_at is not None:
            standing, word, tone = "told", "The customer has it", "stands"
        elif one is not None and "failed" in one.phases:
            standing, word, tone = "failed", "Could not be delivered", "broken"
        elif asked.revoked_at is not None:
            standing, word = "given_up", "Given up"
        elif asked.confirmed_at is not None:
            standing, word, tone = "on_its_way", "Handed over; no word yet that it arrived", "open"
        elif asked.outcome == "HOLD":
            standing, word, tone, until = "held", "Held back", "unknown", asked.recheck_at or None
        elif asked.sends and asked.expires_at > matter.now.now:
            standing, word, tone, until = "asked_for", "May go; waiting for its sender", "open", asked.expires_at
        elif asked.sends:
            standing, word, tone = "not_fetched", "Was never sent: nobody fetched it in time", "late"
        rows.append({
            "id": asked.id, "message": asked.sends or asked.message,
            "title": matter.message(asked.sends or asked.message),
            "asked_for": asked.message, "channel": matter.channel(asked.channel) if asked.channel else "",
            "asked_at": matter.moments.text(asked.requested_at),
            "standing": standing, "word": word, "tone": tone, "until": matter.moments.text(until),
            "codes": list(asked.codes), "reasons": [title_of(code) for code in asked.codes],
            "told_at": matter.moments.text(one.told_at) if one is not None else None,
        })  # fmt: skip
    return rows


def _remedies(matter: Matter) -> list[Row]:
    """Return what can be named as the remedy: what the firm itself can do now, by the pack."""
    return [
        {"how": name, "title": matter.action(name)}
        for name, action in matter.pack.actions.items()
        if action.by != "customer" and matter.now.truth(action.available) is True
    ]


def _close(matter: Matter, end: End) -> Row:
    """Return whether a case can be closed, why not, and what the closing would count as."""
    return {
        "possible": end.possible,
        "why": sentence(end.against),
        "clean": end.clean,
        "wants": list(end.wants),
        "clean_from": matter.moments.text(end.clean_from),
    }
