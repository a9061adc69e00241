"""One identity, one content: the rule by which every adapter decides which content stands.

Of two contents with one identity the earlier (heard_at, content hash) stands; of two arrivals of one content the
earlier heard_at. What stands is therefore a function of the set of arrivals, never of their order, and so is the
quarantine: one row for every content that does not stand, with the earliest moment at which it was heard.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import IntEnum
from typing import Final, Protocol

import msgspec

from troth.model.event import Event
from troth.model.ids import content_hash, derived_id
from troth.model.times import Micros
from troth.ports.ledger import Appended, Refused
from troth.runtime.envelope import to_json

CONFLICT_CODE: Final = "E130"


class Outcome(IntEnum):
    """What became of one arrival; see `Appended`."""

    ACCEPTED = 0
    DUPLICATE = 1
    CONFLICT = 2


class Arrival(msgspec.Struct, frozen=True, gc=False):
    """An event on its way in.

    Attributes:
        event: The event.
        digest: Hash of its content, as bytes.
        pack: Name of the pack it is meant for.
    """

    event: Event
    digest: bytes
    pack: str


class Held(msgspec.Struct, frozen=True, gc=False):
    """What is known of the arrival that stands, as far as the rule asks.

    Attributes:
        position: Where it is stored.
        heard_at: When it was heard.
        assumed: Its mark.
        digest: Hash of its content, as bytes.
        subject: Its subject.
        pack: Name of the pack it is meant for.
    """

    position: int
    heard_at: Micros
    assumed: str
    digest: bytes
    subject: str
    pack: str


class Shelf(Protocol):
    """What the rule asks of a storage, inside the storage's own transaction."""

    def event_at(self, held: Held) -> Event:
        """Return the event that is held."""
        ...

    def displace(self, held: Held, arrival: Arrival) -> None:
        """Let the arrival stand in place of what is held, with a notice for the former subject if it is another."""
        ...

    def keep(self, refused: Refused) -> bool:
        """Keep a refusal, of two with one id the earlier (heard_at, raw); return whether the id is new."""
        ...

    def drop(self, refused_id: str) -> bool:
        """Remove a refusal; return whether there was one."""
        ...


def digest_of(event: Event) -> bytes:
    """Return the hash of the event's content as bytes; they sort as its hexadecimal text does."""
    return bytes.fromhex(content_hash(event))


def settle(arrival: Arrival, held: Held, shelf: Shelf) -> Outcome:
    """Decide between an arrival and what stands for its identity, and have the storage follow."""
    event = arrival.event
    if arrival.digest == held.digest:
        if event.heard_at < held.heard_at or _sorts_first(event, held, shelf):
            shelf.displace(held, arrival)
        return Outcome.DUPLICATE
    if (held.heard_at, held.digest) < (event.heard_at, arrival.digest):
        return Outcome.CONFLICT if shelf.keep(conflict(arrival)) else Outcome.DUPLICATE
    former = Arrival(shelf.event_at(held), held.digest, held.pack)
    shelf.keep(conflict(former))
    known = shelf.drop(_conflict_id(event, arrival.digest))
    shelf.displace(held, arrival)
    return Outcome.DUPLICATE if known else Outcome.CONFLICT


def _sorts_first(event: Event, held: Held, shelf: Shelf) -> bool:
    """Return whether, of two arrivals of one content at one moment, the later comer stands.

    They can differ in nothing but the mark. Something has to decide so that their order does not: it is the text that
    a refusal would carry, because of two refusals, too, the one whose text sorts first is kept.
    """
    if event.heard_at != held.heard_at or event.assumed == held.assumed:
        return False
    return _raw_of(event) < _raw_of(shelf.event_at(held))


def conflict(loser: Arrival) -> Refused:
    """Return the quarantine row of a content that does not stand.

    It names no winner: which content stands may change, and the row must not depend on the order of arrival.
    """
    event = loser.event
    return Refused(
        id=_conflict_id(event, loser.digest),
        code=CONFLICT_CODE,
        reason="another content with the same source and id was heard earlier and stands",
        place=f"{event.source} {event.id}",
        raw=_raw_of(event),
        heard_at=event.heard_at,
        kind="conflict",
        pack=loser.pack,
    )


def _raw_of(event: Event) -> str:
    """Return an event as CloudEvents JSON; one with a time beyond the calendar, which has no text, field by field."""
    try:
        return to_json(event)
    except OverflowError:
        return msgspec.json.encode(event).decode()


def _conflict_id(event: Event, digest: bytes) -> str:
    """Return the id of the quarantine row that a content has when it does not stand."""
    return derived_id("conflict", event.tenant, event.source, event.id, digest.hex())


def summed(outcomes: Sequence[Outcome], subjects: Sequence[str], *, quarantined: int) -> Appended:
    """Return what became of one batch from what became of each of its events, given with their subjects."""
    accepted = [subject for subject, outcome in zip(subjects, outcomes, strict=True) if outcome is Outcome.ACCEPTED]
    conflicts = outcomes.count(Outcome.CONFLICT)
    return Appended(
        accepted=len(accepted),
        duplicates=len(subjects) - len(accepted) - conflicts,
        conflicts=conflicts,
        quarantined=quarantined,
        subjects=len(set(accepted)),
    )


def added(parts: Iterable[Appended]) -> Appended:
    """Return what became of several batches together; a subject of two of them counts twice."""
    found = list(parts)
    return Appended(*(sum(getattr(part, name) for part in found) for name in Appended.__struct_fields__))
