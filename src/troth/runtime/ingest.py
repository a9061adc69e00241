"""The live door: what systems send is judged, and becomes an event in the ledger or a row in quarantine.

Nothing is lost silently: whatever does not validate is kept as it came, with every problem in words, and can be
replayed once the reason is gone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

import msgspec

from troth.engine.journal import JOURNAL
from troth.errors import EventError, Place, Problem, TrothError
from troth.model.event import Event
from troth.model.ids import derived_id
from troth.model.times import Micros
from troth.ports.ledger import Ledger, Refused
from troth.runtime import catalog
from troth.runtime.envelope import to_envelope
from troth.runtime.importing import append_sealed, release
from troth.runtime.incoming import SKEW, event_of
from troth.runtime.privacy import Sealer

Raw: TypeAlias = Mapping[str, Any] | Event | bytes | str
"""What comes in: a decoded CloudEvents JSON object, JSON text of one event or of a batch, or an event ready made."""

_canonical: Final = msgspec.json.Encoder(order="sorted")


class Judged(msgspec.Struct, frozen=True):
    """What came, sorted.

    Attributes:
        events: Good for the ledger.
        refused: For quarantine.
    """

    events: list[Event]
    refused: list[Refused]


class Replayed(msgspec.Struct, frozen=True):
    """What a replay of the quarantine did.

    Attributes:
        tried: Refusals judged again.
        released: Of them, those that became events (or turned out to be known) and left quarantine.
        accepted: New events among them.
    """

    tried: int = 0
    released: int = 0
    accepted: int = 0


RowReader: TypeAlias = Callable[[Refused], Sequence[Event]]
"""Reads a refused table row again through its mapping; raises a TrothError while it is still not right."""


def judge(raws: Iterable[Raw], *, pack: str, now: Micros, tenant: str = "main", skew: Micros = SKEW) -> Judged:
    """Sort what came into events and refusals; stores nothing.

    Args:
        raws: What came.
        pack: Name of the pack it is meant for.
        now: The moment of acceptance: heard_at, unless the extension `heardat` says otherwise (history).
        tenant: The ledger's tenant.
        skew: How far after `now` an event may lie; microseconds.
    """
    judged = Judged([], [])
    for raw in raws:
        for one in _singles(raw):
            try:
                judged.events.append(event_of(one, heard_at=now, now=now, tenant=tenant, skew=skew))
            except EventError as error:
                judged.refused.append(_refusal(one, error, pack=pack, heard_at=now))
    return judged


def refused_journal(event: Event, *, pack: str, heard_at: Micros, own: bool) -> Refused:
    """Return the refusal of an event that is valid and cannot be taken in.

    Args:
        event: The event.
        pack: The pack it was meant for; empty: none was named.
        heard_at: When it came.
        own: True: it speaks in troth's own name; False: no pack has such subjects.
    """
    problem = _own_name(event) if own else _no_pack(event)
    return _refusal(event, EventError(problem), pack=pack, heard_at=heard_at)


def _own_name(event: Event) -> Problem:
    """Return the problem of an event that speaks in troth's own name."""
    expected = "the name of the system that reports"
    found = f"source is {event.source!r}, which is troth's own"
    return Problem(Place(path=f"{event.source}/{event.id}"), "E126", found, expected, "rename it")


def _no_pack(event: Event) -> Problem:
    """Return the problem of an event that no pack is for."""
    found = f"no pack has subjects like {event.subject!r}"
    expected = "a subject named by a pack's noun"
    return Problem(Place(path=f"{event.source}/{event.id}"), "E127", found, expected, "name the pack, or serve it")


def _singles(raw: Raw) -> Iterator[object]:
    """Yield the single events of what came: of a batch its members; text that is no JSON stays text."""
    if not isinstance(raw, bytes | str):
        yield raw
        return
    try:
        decoded = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        yield raw if isinstance(raw, str) else raw.decode(errors="replace")
        return
    if isinstance(decoded, list):
        yield from decoded
    else:
        yield decoded


def _refusal(raw: object, error: EventError, *, pack: str, heard_at: Micros) -> Refused:
    """Return the quarantine row of something refused: all its problems, and what came as it came."""
    text = _text_of(raw)
    first = error.problems[0]
    return Refused(
        id=derived_id("event", pack, text),
        code=first.code,
        reason="\n".join(str(problem) for problem in error.problems),
        place=str(first.place),
        raw=text,
        heard_at=heard_at,
        kind="event",
        pack=pack,
    )


def _text_of(raw: object) -> str:
    """Return what came as JSON text; text that was no JSON as it is."""
    if isinstance(raw, str):
        return raw.encode(errors="replace").decode()
    value = _fields_of(raw) if isinstance(raw, Event) else raw
    try:
        return _canonical.encode(value).decode()
    except (TypeError, ValueError, OverflowError, RecursionError):
        pass
    try:
        return json.dumps(value, default=repr, skipkeys=True)
    except (ValueError, RecursionError):
        return ascii(value)


def _fields_of(event: Event) -> dict[str, Any]:
    """Return an event as an envelope; one whose times are beyond the calendar, field by field."""
    try:
        return to_envelope(event)
    except OverflowError:
        return msgspec.structs.asdict(event)


def replay_quarantine(
    ledger: Ledger,
    *,
    now: Micros,
    pack: str = "",
    rows: RowReader | None = None,
    tenant: str = "main",
    skew: Micros = SKEW,
    page: int = 500,
    sealer: Sealer | None = None,
) -> Replayed:
    """Judge what is in quarantine again; what is right now becomes an event and leaves it.

    What was sealed in it is opened for that, and sealed again before it is stored. The moment at which it was first
    heard stays its heard_at. Conflicts are settled by their own rule and stay.
    Repeating a replay, also one that was interrupted, changes nothing further.

    Args:
        ledger: Whose quarantine.
        now: The present moment.
        pack: Only of this pack; empty: of all.
        rows: Reads refused table rows again; without it they stay.
        tenant: The ledger's tenant.
        skew: How far after `now` an event may lie; microseconds.
        page: How many refusals to look at in one commit.
        sealer: Opens and seals personal members; `None`: by the packs that the ledger keeps.
    """
    sealer = Sealer(ledger, catalog.restore(ledger)) if sealer is None else sealer
    tried = released = accepted = 0
    after = ""

    def read(refusal: Refused) -> Sequence[Event]:
        """Return the events of an opened refusal that is right by now."""
        return rows(refusal) if refusal.kind == "row" and rows else _again(refusal, now, tenant, skew)

    while refusals := ledger.quarantine(after=after, limit=page):
        after = refusals[-1].id
        judged = [one for one in refusals if _may_be_right(one, pack, rows)]
        tried += len(judged)
        for name, right in _right_by_now(map(sealer.open_refused, judged), read).items():
            # First the events, then the release: after a fall between the two, the next replay finds duplicates.
            accepted += append_sealed(ledger, sealer, name, right.events).accepted
            released += release(ledger, right.ids)
    return Replayed(tried, released, accepted)


def _may_be_right(refusal: Refused, pack: str, rows: RowReader | None) -> bool:
    """Return whether a refusal is to be judged again: a conflict never is, a row only where rows can be read."""
    if refusal.kind == "conflict" or (pack and refusal.pack != pack):
        return False
    return refusal.kind != "row" or rows is not None


class _Right(msgspec.Struct, frozen=True):
    """What is right by now of one pack: its events, and the ids of the refusals that they were."""

    events: list[Event]
    ids: list[str]


def _right_by_now(refusals: Iterable[Refused], read: RowReader) -> dict[str, _Right]:
    """Return pack → what is right by now; what is still not right is left out."""
    by_pack: dict[str, _Right] = {}
    for refusal in refusals:
        try:
            events = read(refusal)
        except TrothError:
            continue
        right = by_pack.setdefault(refusal.pack, _Right([], []))
        right.events.extend(events)
        right.ids.append(refusal.id)
    return by_pack


def _again(refusal: Refused, now: Micros, tenant: str, skew: Micros) -> list[Event]:
    """Return the events of a refusal that is right by now.

    Raises:
        EventError: It is still not right.
    """
    singles = _singles(refusal.raw)
    found = [event_of(one, heard_at=refusal.heard_at, now=now, tenant=tenant, skew=skew) for one in singles]
    for event in found:
        # Whatever else was wrong with it: from outside nobody speaks in troth's own name.
        if event.source == JOURNAL:
            raise EventError(_own_name(event))
    return found
