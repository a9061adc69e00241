"""The agenda of the simulation: what is to happen, by virtual time; of one moment in the order of entering."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import Any, TypeAlias

from troth.model.times import FOREVER, Micros

Happening: TypeAlias = Callable[..., None]
"""What happens: called with the arguments it was entered with. It reads the moment from the agenda."""


class Agenda:
    """A queue of happenings on a virtual clock. It never waits, and reads no other clock.

    Attributes:
        now: The virtual moment; microseconds since 1970 UTC.
        working: Entries that are work to be done: not those that go on by themselves for ever (`idle`).

    Args:
        start: The first moment.
    """

    __slots__ = ("_entered", "_queue", "now", "working")

    def __init__(self, start: Micros) -> None:
        self.now = start
        self.working = 0
        self._entered = 0
        self._queue: list[tuple[Micros, int, bool, Happening, tuple[Any, ...]]] = []

    def at(self, moment: Micros, happening: Happening, *args: Any, idle: bool = False) -> None:
        """Enter a happening; a moment that has passed is now.

        Args:
            moment: When.
            happening: What.
            *args: What it is called with.
            idle: It is no work: an agenda of nothing else is finished.
        """
        self._entered += 1
        self.working += not idle
        heapq.heappush(self._queue, (max(moment, self.now), self._entered, idle, happening, args))

    def next_at(self) -> Micros:
        """Return the moment of the next happening; `FOREVER`: there is none."""
        return self._queue[0][0] if self._queue else FOREVER

    def run(self, until: Micros) -> None:
        """Let everything happen up to and including a moment, which is now afterwards."""
        queue, pop = self._queue, heapq.heappop
        while queue and queue[0][0] <= until:
            moment, _, idle, happening, args = pop(queue)
            self.now = moment
            self.working -= not idle
            happening(*args)
        self.now = max(self.now, until)
