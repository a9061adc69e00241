"""How a destination is doing: whether it is tried at present, and with how many deliveries at once. Pure.

A destination that keeps failing is left alone for a while, then probed with a single delivery (a circuit breaker). When
it answers again, the number of deliveries at once doubles with each success up to a limit, so that what has waited does
not fall on it all at once.
"""

from __future__ import annotations

from random import Random
from typing import Final

import msgspec

from troth.model.times import DAY, MINUTE, SECOND, Micros

FAILURES: Final = 5
"""After so many failures in a row a destination is left alone."""

PAUSE: Final[Micros] = 30 * SECOND
"""For how long at first; it doubles with each failed probe."""

LONGEST_PAUSE: Final[Micros] = 15 * MINUTE
"""And at most; also the most that a Retry-After may ask of a whole destination."""

GIVE_UP: Final[Micros] = 5 * DAY
"""A destination that has only failed for so long is switched off."""


class Health(msgspec.Struct, frozen=True):
    """How a destination is doing.

    Attributes:
        failures: Failures in a row.
        lanes: How many deliveries may be under way at once while it is well.
        silent_until: Nothing is tried before; microseconds since 1970 UTC.
    """

    failures: int = 0
    lanes: int = 1
    silent_until: Micros = 0

    def room(self, now: Micros) -> int:
        """Return how many deliveries may be under way at once: 0 in a pause, 1 for a probe."""
        if now < self.silent_until:
            return 0
        return 1 if self.failures >= FAILURES else self.lanes


def succeeded(health: Health, limit: int) -> Health:
    """Return the health after a success; `limit`: the most deliveries at once."""
    return Health(lanes=min(limit, 2 * health.lanes), silent_until=health.silent_until)


def failed(health: Health, now: Micros, random: Random, *, wait: Micros = 0) -> Health:
    """Return the health after a failure.

    Args:
        health: Before.
        now: When it failed; microseconds since 1970 UTC.
        random: Where the jitter of the pause comes from: between half of it and all.
        wait: For how long the destination asked to be left alone; at most `LONGEST_PAUSE` of it is given.
    """
    pause = min(wait, LONGEST_PAUSE)
    if now < health.silent_until:
        # It was under way with others whose failures have told as much already.
        return msgspec.structs.replace(health, silent_until=max(health.silent_until, now + pause))
    failures = health.failures + 1
    if failures >= FAILURES:
        # Beyond ten doublings the longest pause rules anyhow; the bound keeps the shift small.
        full = min(LONGEST_PAUSE, PAUSE << min(failures - FAILURES, 10))
        pause = max(pause, round(random.uniform(full / 2, full)))
    return Health(failures, max(1, health.lanes // 2), max(health.silent_until, now + pause))
