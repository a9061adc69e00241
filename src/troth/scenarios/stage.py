"""The stage of a live story: the service itself over a ledger in memory, with a clock that the story moves.

Feeds are heard as the story says, also ahead: a feed that does not fall silent is heard up to whatever moment is
looked at. The service takes no word for the future from anybody, so its ledger is told, and the service is opened anew:
that a restart changes no answer is tested by every such story.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from troth.bootstrap import open_ledger
from troth.engine.journal import DECIDED
from troth.model.effect import Outgoing
from troth.model.event import Event
from troth.model.times import Micros
from troth.runtime.live import LiveService
from troth.runtime.live.run import Done
from troth.scenarios.cast import Cast

_MOST: Final = 100_000
"""Moments at which something changes by itself between two steps; a story with more of them goes in circles."""


class Stage:
    """Where a live story takes place.

    Args:
        cast: The packs.
        start: The moment at which it opens; microseconds since 1970 UTC.
        heard: Source → the moment up to which it is heard, from the start.

    Attributes:
        now: The present moment.
        ledger: What is stored.
        service: The service.
        effects: What the world has been told since `effects` was last cleared.
    """

    def __init__(self, cast: Cast, start: Micros, heard: Mapping[str, Micros]) -> None:
        self.cast = cast
        self.now = start
        self.ledger = open_ledger()
        self.ledger.advance(dict(heard))
        self.effects: list[Outgoing] = []
        self.service = self._opened()

    def _opened(self) -> LiveService:
        """Return the service, opened."""
        return LiveService(self.ledger, self.cast.packs(), clock=lambda: self.now, threaded=False, on_turn=self._noted)

    def _noted(self, done: Done) -> None:
        """Note what follows from a turn."""
        self.effects += done.outgoing

    def listen(self, until: Mapping[str, Micros]) -> None:
        """Have feeds heard up to the moments given, be they in the future; never less far than before."""
        # What a feed that is heard again changes is found by the service that runs.
        self.service.heartbeat({source: min(to, self.now) for source, to in until.items()})
        self.service.pump()
        self.service.close()
        self.ledger.advance(dict(until))
        self.service = self._opened()

    def go_to(self, moment: Micros) -> None:
        """Let time pass up to a moment: what changes by itself on the way does so at its own moment."""
        for _ in range(_MOST):
            due = self.service.next_due()
            if due > moment:
                break
            self.now = max(self.now, due)
            self.service.pump()
        else:
            raise AssertionError(f"the service wakes up again and again before {moment}")
        self.now = max(self.now, moment)

    def told_so_far(self, subject: str) -> tuple[Outgoing, ...]:
        """Return what the world has been told about a subject since the step before."""
        return tuple(effect for effect in self.effects if effect.subject == subject)

    def events(self, subject: str) -> list[Event]:
        """Return all events of a subject, the service's own included."""
        return self.ledger.events_of([subject])[subject]

    def permitted(self, subject: str) -> frozenset[str]:
        """Return the ids of a subject's messages that have had a permit."""
        decided = (event for event in self.events(subject) if event.type == DECIDED)
        return frozenset(str(event.data["id"]) for event in decided if event.data.get("sends"))

    def heard(self) -> dict[str, Micros]:
        """Return source → the moment up to which it is heard."""
        return self.ledger.watermarks()

    def close(self) -> None:
        """Take the stage down."""
        self.service.close()
        self.ledger.close()
