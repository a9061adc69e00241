"""Wall clocks and instants, fast: the rules of `troth.model.times.local_instant`, with offsets kept by hour.

A *wall* is a naive time as microseconds since 1970-01-01T00:00 on that wall. A wall that happens twice is the earlier
one; a wall that never happens is moved forward by the gap.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from troth.model.times import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    Micros,
    format_instant,
    from_datetime,
    local_instant,
    to_datetime,
    zone_of,
)

_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001 - a wall
_MICROSECOND: Final = timedelta(microseconds=1)
_LEAST: Final = -62_135_596_800 * SECOND + 2 * DAY
_MOST: Final = 253_402_300_800 * SECOND - 2 * DAY

_walls: dict[str, dict[int, Micros | None]] = {}
_instants: dict[str, dict[int, Micros | None]] = {}
_days: dict[int, str] = {}


def wall_of(moment: datetime) -> Micros:
    """Return the wall of a naive datetime."""
    return (moment - _EPOCH) // _MICROSECOND


def instant_of(wall: Micros, zone: str) -> Micros:
    """Return the instant of a wall in a zone.

    Raises:
        ValueError: No such zone, or a year outside 1 to 9999.
    """
    hours = _walls.get(zone)
    if hours is None:
        zone_of(zone)
        hours = _walls.setdefault(zone, {})
    hour = wall // HOUR
    offset = hours.get(hour, 0)
    if offset == 0 and hour not in hours:
        offset = hours[hour] = _wall_offset(hour, zone)
    if offset is None:
        return local_instant(_EPOCH + timedelta(microseconds=wall), zone)
    return wall - offset


def wall_at(instant: Micros, zone: str) -> Micros:
    """Return what the wall clock of a zone shows at an instant.

    Raises:
        ValueError: No such zone, or a year outside 1 to 9999.
    """
    hours = _instants.get(zone)
    if hours is None:
        zone_of(zone)
        hours = _instants.setdefault(zone, {})
    hour = instant // HOUR
    offset = hours.get(hour, 0)
    if offset == 0 and hour not in hours:
        first, last = _offset_at(hour * HOUR, zone), _offset_at(hour * HOUR + HOUR - 1, zone)
        offset = hours[hour] = first if first == last else None
    return instant + (_offset_at(instant, zone) if offset is None else offset)


def next_clock(after: Micros, clock: Micros, zone: str) -> Micros:
    """Return the first instant strictly after another at which the wall clock of a zone shows a time of day.

    Args:
        after: The other instant.
        clock: Microseconds since midnight, up to and including 24 h.
        zone: IANA name.

    Raises:
        ValueError: No such zone, or a year outside 1 to 9999.
    """
    wall = wall_at(after, zone)
    candidate = wall - wall % DAY + clock % DAY
    first = instant_of(candidate, zone)
    if first > after:
        return first
    again = _second_time(candidate, zone)
    return again if again > after else instant_of(candidate + DAY, zone)


def instant_text(instant: Micros) -> str:
    """Return the instant as RFC 3339 in UTC: `format_instant`, with the text of each day remembered."""
    seconds, fraction = divmod(instant, SECOND)
    if fraction:
        return format_instant(instant)
    day, second = divmod(seconds, 86_400)
    date = _days.get(day)
    if date is None:
        date = _days[day] = to_datetime(day * DAY).date().isoformat()
    return f"{date}T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}Z"


def clock_of(number: int) -> Micros:
    """Return the time of day that a whole number HHMM shows.

    >>> clock_of(517) == 5 * HOUR + 17 * MINUTE
    True

    Raises:
        ValueError: It shows none; 2400 is the last.
    """
    hour, minute = divmod(number, 100)
    if not ((0 <= hour < 24 and minute < 60) or number == 2400):
        raise ValueError(f"no wall clock: {number}")
    return hour * HOUR + minute * MINUTE


def _wall_offset(hour: int, zone: str) -> Micros | None:
    """Return the offset that holds for a whole hour of a zone's wall; `None` where it changes within it."""
    offsets = set()
    for wall in (hour * HOUR, hour * HOUR + HOUR - 1):
        if not _LEAST < wall < _MOST:
            raise ValueError("a year outside 1 to 9999")
        moment = (_EPOCH + timedelta(microseconds=wall)).replace(tzinfo=zone_of(zone))
        offsets |= {moment.replace(fold=0).utcoffset(), moment.replace(fold=1).utcoffset()}
    only = offsets.pop()
    return None if offsets or only is None else only // _MICROSECOND


def _offset_at(instant: Micros, zone: str) -> Micros:
    """Return the offset of a zone at an instant."""
    if not _LEAST < instant < _MOST:
        raise ValueError("a year outside 1 to 9999")
    offset = to_datetime(instant).astimezone(zone_of(zone)).utcoffset()
    assert offset is not None
    return offset // _MICROSECOND


def _second_time(wall: Micros, zone: str) -> Micros:
    """Return the later instant of a wall that happens twice; of any other the same instant, or an earlier one."""
    moment = (_EPOCH + timedelta(microseconds=wall)).replace(tzinfo=zone_of(zone), fold=1)
    return from_datetime(moment.astimezone(UTC))
