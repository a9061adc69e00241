"""The pace of the firm: its hours pass faster than ours, its nights faster still."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from typing import Final

from troth.model.times import HOUR, SECOND, Micros, to_datetime, zone_of
from troth.runtime.clock import wall_clock
from troth.sim.layout import CLOSES, OPENS, STORE_ZONES

SPEED: Final = 10.0
"""Firm's seconds in one of ours."""
BY_NIGHT: Final = 120.0
"""How many times faster while every store is closed."""
PER_HOUR: Final = 60.0
"""Orders an hour by day: at ten times real time one every six seconds."""
PAST: Final[Micros] = 4 * HOUR
"""How much of the firm's first day has passed when it is shown."""
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
        begins: Before this moment nothing is waited for: the firm is to have a past when somebody comes.
        begun: Is told, once, when that moment has come.
    """

    def __init__(
        self,
        stop: Event,
        speed: float = SPEED,
        begins: Micros = 0,
        begun: Callable[[], None] = lambda: None,
    ) -> None:
        self._stop, self._speed, self._begins, self._begun = stop, speed, begins, begun
        self._early = True
        self._last: Micros | None = None
        self._due = wall_clock()

    def __call__(self, moment: Micros) -> None:
        """Return when a moment of the firm has come.

        Raises:
            StoppedError: The end was asked for.
        """
        if self._early and moment >= self._begins:
            self._early, self._due = False, wall_clock()
            self._begun()
        if self._speed and self._last is not None and not self._early:
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
