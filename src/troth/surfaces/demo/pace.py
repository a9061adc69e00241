"""The pace of the firm: its hours pass faster than ours, its nights faster still."""

from __future__ import annotations

from threading import Event
from typing import Final

from troth.model.times import SECOND, Micros, to_datetime, zone_of
from troth.runtime.clock import wall_clock
from troth.sim.layout import CLOSES, OPENS, STORE_ZONES

SPEED: Final = 60.0
"""Firm's seconds in one of ours."""
BY_NIGHT: Final = 20.0
"""How many times faster while every store is closed."""
PER_HOUR: Final = 60.0
"""Orders an hour by day: at 60 times real time one every second."""
SEED: Final = 7
ZONE: Final = "America/New_York"
"""The zone in which the firm's times are shown."""
_BEHIND: Micros = 2 * SECOND


class StoppedError(Exception):
    """Somebody has asked for the end."""


class Pace:
    """Waits for the firm's moments.

    Args:
        stop: Set to end.
        speed: Firm's seconds in one of ours; 0: nothing is waited for.
    """

    def __init__(self, stop: Event, speed: float = SPEED) -> None:
        self._stop, self._speed = stop, speed
        self._last: Micros | None = None
        self._due = wall_clock()

    def __call__(self, moment: Micros) -> None:
        """Return when a moment of the firm has come.

        Raises:
            StoppedError: The end was asked for.
        """
        if self._speed and self._last is not None:
            speed = self._speed * (BY_NIGHT if is_night(moment) else 1)
            self._due += round((moment - self._last) / speed)
            now = wall_clock()
            # Whoever has fallen behind goes on from here: to catch up would be to run faster than anybody can read.
            self._due = max(self._due, now - _BEHIND)
            self._stop.wait(max(0, self._due - now) / SECOND)
        self._last = moment
        if self._stop.is_set():
            raise StoppedError


def is_night(moment: Micros) -> bool:
    """Return whether all stores are closed.

    >>> from troth.model.times import parse_instant
    >>> is_night(parse_instant("2026-03-02T13:00:00Z")), is_night(parse_instant("2026-03-02T07:00:00Z"))
    (False, True)
    """
    hours = (to_datetime(moment).astimezone(zone_of(zone)).hour for zone in STORE_ZONES)
    return not any(OPENS <= hour < CLOSES for hour in hours)
