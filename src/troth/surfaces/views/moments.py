"""Instants as people and programs read them: RFC 3339, with a hint of how far away."""

from __future__ import annotations

from typing import Any

import msgspec

from troth.errors import Place, Problem, UsageError
from troth.model.times import (  # fmt: skip
    DAY,
    FOREVER,
    HOUR,
    MINUTE,
    SECOND,
    Micros,
    format_duration,
    format_instant,
    parse_instant,
    to_datetime,
    zone_of,
)


class Moments(msgspec.Struct, frozen=True):
    """How to write instants.

    Attributes:
        now: The moment that hints are relative to.
        zone: IANA zone to write in; empty: UTC.
    """

    now: Micros
    zone: str = ""

    def text(self, instant: Micros | None) -> str | None:
        """Return an instant as RFC 3339; `None` where there is none or it lies at either end of time."""
        if instant is None or abs(instant) >= FOREVER:
            return None
        if not self.zone:
            return format_instant(instant)
        return to_datetime(instant).astimezone(zone_of(self.zone)).isoformat()

    def hint(self, instant: Micros | None) -> str:
        """Return how far an instant is from `now`, in one unit: `3 d ago`, `in 20 min`, `now`; empty for none.

        >>> Moments(now=0).hint(-3 * DAY), Moments(now=0).hint(20 * MINUTE), Moments(now=0).hint(None)
        ('3 d ago', 'in 20 min', '')
        """
        if instant is None or abs(instant) >= FOREVER:
            return ""
        distance = abs(instant - self.now)
        if distance < SECOND:
            return "now"
        text = coarse(distance)
        return f"in {text}" if instant > self.now else f"{text} ago"

    def hint_of(self, text: str | None) -> str:
        """Return the hint of an instant that has been written already; empty for none."""
        return self.hint(parse_instant(text)) if text else ""

    def both(self, text: str | None) -> str | None:
        """Return a written instant with its hint in brackets; `None` for none."""
        return f"{text} ({self.hint_of(text)})" if text else None


def coarse(duration: Micros) -> str:
    """Return a duration in its largest unit that is not zero, rounded down.

    >>> coarse(90 * SECOND), coarse(49 * HOUR), coarse(400 * DAY)
    ('1 min', '2 d', '1 y')
    """
    for size, unit in ((365 * DAY, "y"), (DAY, "d"), (HOUR, "h"), (MINUTE, "min"), (SECOND, "s")):
        if duration >= size:
            return f"{duration // size} {unit}"
    return "0 s"


def value_text(value: Any, kind: str, moments: Moments) -> Any:
    """Return a fact's value as JSON shows it: timestamps as RFC 3339, durations as text, all else as it is."""
    if isinstance(value, int) and not isinstance(value, bool):
        if kind == "timestamp":
            return moments.text(value)
        if kind == "duration":
            return format_duration(value)
    return value


def asked_moment(text: str) -> Micros:
    """Return the instant that a user names.

    Raises:
        UsageError: C104, it is no RFC 3339 timestamp with an offset.
    """
    try:
        return parse_instant(text)
    except ValueError as error:
        problem = Problem(Place(), "C104", f"not a moment: {text!r}", "RFC 3339 with an offset",
                          "write it as 2013-06-01T10:00:00Z")  # fmt: skip
        raise UsageError(problem) from error


def asked_zone(name: str | None) -> str:
    """Return the zone that a user names; empty for UTC.

    Raises:
        UsageError: C108, no such zone.
    """
    if not name:
        return ""
    try:
        zone_of(name)
    except ValueError as error:
        problem = Problem(Place(), "C108", f"no time zone of the name {name!r}", "an IANA name such as Europe/Madrid")
        raise UsageError(problem) from error
    return name
