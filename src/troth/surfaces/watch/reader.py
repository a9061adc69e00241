"""Events of a ledger → lines of the feed. Reads only: the same events give the same lines, whoever asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from troth.engine.cases.kinds import kind_named
from troth.engine.cases.people import CASE, OPENED
from troth.engine.effects import bypasses
from troth.engine.journal import CONFIRMED, DECIDED, JOURNAL, REVOKED, SHADOW
from troth.model.event import Stored
from troth.model.pack import Pack
from troth.model.times import SECOND, Micros, format_duration, format_instant
from troth.ports.ledger import Ledger
from troth.surfaces.watch.line import FeedLine, FeedPage, Kind
from troth.surfaces.watch.marks import end_of, marks_of, next_of, text_of
from troth.surfaces.watch.past import Before, Past, left_by, past_of
from troth.surfaces.watch.words import because, facts

CORRECTION: Final = "correct-"
"""Ids of messages that the service itself asks for begin so."""
_KINDS: Final[dict[str, Kind]] = {"HOLD": "held", "REPLACE": "replaced", "SUPPRESS": "suppressed", "SEND": "permitted"}
_SHOWN: Final = 3
_OPEN: Final = "open"


class Reader:
    """Reads the feed of a ledger.

    Args:
        ledger: The ledger.
        packs: Pack name → pack.
    """

    def __init__(self, ledger: Ledger, packs: Mapping[str, Pack]) -> None:
        self._ledger = ledger
        self._packs = packs

    def end(self) -> str:
        """Return the position after which nothing stands yet."""
        return text_of(end_of(self._ledger))

    def page(self, after: str, limit: int) -> FeedPage:
        """Return the lines among the next events; none is missed, however late its event becomes visible.

        Args:
            after: A position as `end` or the last page gave it; `0`: from the beginning.
            limit: How many events are looked at, at most.

        Raises:
            ValueError: The position is of another ledger.
        """
        stretch = next_of(self._ledger, marks_of(after, self._ledger.shards), limit)
        stored = stretch.stored
        told = [one for one in stored if self._may_tell(one)]
        subjects = sorted({one.event.subject for one in told if not one.event.type.startswith(CASE)})
        events = self._ledger.events_of(subjects) if subjects else {}
        owner = {one.event.subject: self._packs.get(one.pack) for one in told}
        pasts = {subject: past_of(events[subject], owner[subject]) for subject in subjects}
        left = self._bypassed([one for one in told if left_by(one.event, owner[one.event.subject])])
        lines = [self._line(one, pasts.get(one.event.subject), left) for one in told]
        found = [line for line in lines if line is not None]
        return FeedPage(found, text_of(stretch.marks), more=stretch.more)

    def _may_tell(self, one: Stored) -> bool:
        """Return whether an event may become a line."""
        event = one.event
        if event.source == JOURNAL and (event.type in {DECIDED, CONFIRMED, REVOKED} or event.type.startswith(CASE)):
            return True
        return bool(left_by(event, self._packs.get(one.pack)))

    def _bypassed(self, receipts: Sequence[Stored]) -> set[tuple[str, str]]:
        """Return (subject, message id) of messages that left without a permit, of the subjects of some receipts."""
        records = self._ledger.records({one.event.subject for one in receipts}) if receipts else {}
        return {
            (record.subject, told.id)
            for record in records.values()
            if record.pack in self._packs
            for told in bypasses(self._packs[record.pack], record)
        }

    def _line(self, one: Stored, past: Past | None, left: set[tuple[str, str]]) -> FeedLine | None:
        """Return the line of an event; `None`: there is nothing to tell."""
        event, data = one.event, one.event.data
        if event.source == JOURNAL and event.type.startswith(CASE):
            return _of_case(one, self._packs.get(one.pack))
        if past is None:
            return None
        name = (event.source, event.id)
        if event.source == JOURNAL and event.type in {DECIDED, CONFIRMED, REVOKED}:
            before = past.before.get(name, Before())
            if event.type == DECIDED:
                return _of_decision(one, before)
            return _of_confirmation(one, before) if event.type == CONFIRMED else _of_revocation(one, before)
        message_id = past.left.get(name, "")
        if message_id and data.get("bypass") == SHADOW and event.source == JOURNAL:
            return _of_shadow(one, message_id, past.before[name])
        if not message_id or (event.subject, message_id) not in left:
            return None
        said = str(data.get("message", ""))
        why = "its permit was not used" if message_id in past.asked else "nobody asked"
        if data.get("bypass") == _OPEN and event.source == JOURNAL:
            why = "the gate could not be reached"
        what = f"{said or message_id} left without a permit"
        return _made(one, "bypass", what, why, id=message_id, message=said, sends=said)


def _made(one: Stored, kind: Kind, what: str, why: str, **more: Any) -> FeedLine:
    """Return a line of an event."""
    event = one.event
    return FeedLine(one.position, format_instant(event.occurred_at), kind, event.subject, what=what, why=why, **more)


def _of_decision(one: Stored, before: Before) -> FeedLine | None:
    """Return the line of a decision."""
    data = one.event.data
    outcome, asked, sends = data["outcome"], str(data["message"]), str(data.get("sends", ""))
    codes = tuple(data.get("codes", ()))
    about = tuple(tuple(names) for names in data.get("about", ()))
    former: Any = before.decided.data if before.decided is not None else {}
    if outcome == "HOLD" and former.get("outcome") == "HOLD":
        return None
    kind, what, why = _KINDS[outcome], asked, because(codes, about)
    correction = str(data["id"]).startswith(CORRECTION)
    reads = {fact: value if status == "known" else None for fact, status, value, _ in data.get("reads", ())}
    if sends and sends != asked:
        what = f"{asked} → {sends}"
    if sends and correction:
        kind, why = "corrected", _believed(data)
    elif before.held_since is not None:
        lasted = _lasted(before.held_since, one.event.occurred_at)
        if outcome == "SEND":
            kind, why = "released", because(former.get("codes", ()), former.get("about", ()), most=1)
        what = f"{what} after {lasted}" if sends else f"{what}, given up after {lasted}"
    elif not sends and former.get("sends") and not before.used:
        what = f"{what}, its permit withdrawn"
    return msgspec.structs.replace(
        _made(one, kind, what, why),
        customer=str(data.get("customer", "")), id=str(data["id"]), message=asked, sends=sends, codes=codes,
        about=about, reads=reads, first=before.decided is None and not correction,
    )  # fmt: skip


def _believed(data: Mapping[str, Any]) -> str:
    """Return why a correction is asked for."""
    said = data.get("data") or {}
    names = ", ".join(said.get("statements", ()))
    return f"what the customer believes is not so ({names})" if names else "what the customer believes is not so"


def _lasted(since: Micros, until: Micros) -> str:
    """Return a duration to the nearest second."""
    return format_duration(max(SECOND, (until - since + SECOND // 2) // SECOND * SECOND))


def _of_confirmation(one: Stored, before: Before) -> FeedLine:
    """Return the line of a permit that was used: what went out."""
    data: Any = before.decided.data if before.decided is not None else {}
    asked, sends = str(data.get("message", "")), str(data.get("sends", ""))
    what = f"{sends} in place of {asked}" if sends != asked else sends
    reads = {fact: value if status == "known" else None for fact, status, value, _ in data.get("reads", ())}
    why = facts({name: reads[name] for name in list(reads)[:_SHOWN]})
    more = {"id": str(one.event.data["id"]), "message": asked, "sends": sends, "reads": reads}
    return _made(one, "sent", what, why, customer=str(data.get("customer", "")), **more)


def _of_shadow(one: Stored, message_id: str, before: Before) -> FeedLine | None:
    """Return the line of a message that left in shadow against the gate; `None`: its permit was used."""
    if before.used:
        return None
    data: Any = before.decided.data if before.decided is not None else {}
    said, outcome = str(one.event.data.get("message", "")), data.get("outcome", "")
    kind = _KINDS.get(outcome)
    what = f"{said} left in shadow" + (f", it would have been {kind}" if kind else "")
    codes = tuple(data.get("codes", ()))
    about = tuple(tuple(names) for names in data.get("about", ()))
    why = because(codes, about) if kind else "the gate was not asked in time"
    return _made(one, "shadow", what, why, id=message_id, message=said, sends=said, codes=codes, about=about)


def _of_revocation(one: Stored, before: Before) -> FeedLine:
    """Return the line of a request that was given up."""
    data, code = one.event.data, str(one.event.data.get("code", ""))
    asked = str(before.decided.data.get("message", "")) if before.decided is not None else ""
    codes = (code,) if code else ()
    return _made(
        one, "suppressed", f"{asked}, withdrawn", because(codes, ()), id=str(data["id"]), message=asked, codes=codes
    )


def _of_case(one: Stored, pack: Pack | None) -> FeedLine:
    """Return the line of what happened to a case."""
    event, data = one.event, one.event.data
    name, by = str(data.get("kind", "")), str(data.get("by", ""))
    case = str(data.get("case", ""))
    if event.type != OPENED:
        did = event.type.removeprefix(CASE)
        return _made(one, "case", f"{did} by {by}" if by else did, str(data.get("how", "")), id=case)
    declared = kind_named(pack, name) if pack is not None else None
    title = declared.title if declared is not None and declared.title else name
    lapsed = declared is not None and declared.lapse_of is not None
    about = str(data.get("about", ""))
    # What a complaint is about is the complaint's own id, which tells a reader nothing.
    shown = about if declared is not None and declared.of != "complaint" else ""
    kind: Kind = "lapse" if lapsed else "case"
    return _made(one, kind, f"{name} ({shown})" if shown else name, title, id=case, message=name)
