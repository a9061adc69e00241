"""The smallest thing that keeps a ledger's promise to the engine: one content an identity, and word of what changed."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from troth.model.event import Event
from troth.model.ids import content_hash


class Taken(msgspec.Struct, frozen=True):
    """What became of some arrivals.

    Attributes:
        fresh: Subject → events that had not been seen before and stand.
        displaced: Subjects of which an event that stood stands no more: their records have to be folded again.
    """

    fresh: dict[str, list[Event]]
    displaced: frozenset[str]


class Standing:
    """Events as a ledger holds them: of two contents with one identity the earlier (heard_at, content hash) stands."""

    def __init__(self) -> None:
        """Start empty."""
        self._held: dict[tuple[str, str, str], Event] = {}

    def take(self, arrivals: Iterable[Event]) -> Taken:
        """Take arrivals in their order and return what they changed."""
        before = dict(self._held)
        for event in arrivals:
            identity = (event.tenant, event.source, event.id)
            held = self._held.get(identity)
            if held is None or (event.heard_at, content_hash(event)) < (held.heard_at, content_hash(held)):
                self._held[identity] = event
        fresh: dict[str, list[Event]] = {}
        displaced: set[str] = set()
        for identity, event in self._held.items():
            former = before.get(identity)
            if former is event:
                continue
            fresh.setdefault(event.subject, []).append(event)
            if former is not None:
                displaced |= {former.subject, event.subject}
        return Taken(fresh, frozenset(displaced))

    def of(self, subject: str) -> list[Event]:
        """Return a subject's standing events, in no order that matters."""
        return [event for event in self._held.values() if event.subject == subject]
