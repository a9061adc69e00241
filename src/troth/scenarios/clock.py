"""The clock of a scenario: how its times are written and what instant each means.

There is one rule. A time without a sign (`0m`, `1d2h`) stands on the scenario's clock and counts from its start. A time
with a sign (`+10m`, `-2h`) counts from the step it stands in; outside of a step, and for a step's own `at`, that is the
start. An absolute time is RFC 3339, or a wall-clock time (`2026-03-29 01:30`) in the scenario's zone.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Final

import msgspec

from troth.model.times import (
    Micros,
    format_duration,
    format_instant,
    local_instant,
    parse_duration,
    parse_instant,
    to_datetime,
    zone_of,
)

HOW_TO_WRITE: Final = "a time such as 0m, 1d2h, +41m, -2h, 2026-03-02T09:00:00Z or 2026-03-02 09:00"
_WALL: Final = re.compile(r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2})?")
_MARKS: Final = ("after", "at", "day", "exactly")


class Clock(msgspec.Struct, frozen=True):
    """When a scenario starts, and in which zone its days and wall clocks are.

    Attributes:
        start: Microseconds since 1970 UTC.
        zone: IANA name.
    """

    start: Micros
    zone: str = "Etc/UTC"

    def instant(self, text: str, here: Micros | None = None) -> Micros:
        """Return the instant that a written time means.

        >>> Clock(0).instant("+10m", here=3_600_000_000) == 70 * 60_000_000
        True

        Args:
            text: The time as written.
            here: The instant of the step it stands in; the start when omitted.

        Raises:
            ValueError: The text is no time.
        """
        text = text.strip()
        if text[:1] in "+-" and text:
            base = self.start if here is None else here
            offset = parse_duration(text[1:])
            return base - offset if text[0] == "-" else base + offset
        if _WALL.fullmatch(text):
            return local_instant(datetime.fromisoformat(text), self.zone)
        if len(text) > 10 and text[4:5] == "-":
            return parse_instant(text)
        return self.start + parse_duration(text)

    def day(self, instant: Micros) -> str:
        """Return the civil day of an instant in the scenario's zone, `YYYY-MM-DD`."""
        return to_datetime(instant).astimezone(zone_of(self.zone)).date().isoformat()

    def write(self, instant: Micros) -> str:
        """Return an instant as a reader of the scenario finds it: on its clock, with the absolute time beside it."""
        return f"{format_duration(instant - self.start)} ({format_instant(instant)})"


def is_mark(value: Any) -> bool:
    """Return whether a data value is a marked time: an object whose only member is a mark."""
    return isinstance(value, dict) and len(value) == 1 and next(iter(value)) in _MARKS


def unmark(value: Any, clock: Clock, here: Micros) -> Any:
    """Return data with its marked times written out as the JSON text that a system would send.

    `{after: 4h}` is 4 hours after the step, `{at: 4h}` the time on the scenario's clock, both as RFC 3339 in UTC;
    `{day: 2d}` is the civil day of that time in the scenario's zone; `{exactly: X}` is X, untouched.

    Raises:
        ValueError: A marked time is no time.
    """
    if isinstance(value, list):
        return [unmark(each, clock, here) for each in value]
    if not isinstance(value, dict):
        return value
    if not is_mark(value):
        return {name: unmark(each, clock, here) for name, each in value.items()}
    ((mark, inner),) = value.items()
    if mark == "exactly":
        return inner
    if not isinstance(inner, str):
        raise ValueError(f"not a time: {inner!r}")  # noqa: TRY004 - wrong text from a file, like other times
    if mark == "after":
        return format_instant(here + parse_duration(inner.removeprefix("+")))
    moment = clock.instant(inner, here)
    return clock.day(moment) if mark == "day" else format_instant(moment)
