"""Instants, durations and civil days, all as whole microseconds.

Inside troth an instant is an `int`: microseconds since 1970-01-01T00:00:00Z. It sorts, serialises and goes through SQL
without loss. Text and time zones exist only at the edges, through the functions here.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

Micros: TypeAlias = int
"""An instant (microseconds since 1970 UTC) or a duration (microseconds)."""

SECOND: Final = 1_000_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
FOREVER: Final[Micros] = 2**62
"""Later than every instant that a system can report; used where no crossing is to come."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST: Final[Micros] = -62_135_596_800 * SECOND
_LAST: Final[Micros] = 253_402_300_800 * SECOND - 1
_UNITS: Final = {"ms": 1_000, "s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY, "w": 7 * DAY}
_DURATION: Final = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d|w)")


def parse_duration(text: str) -> Micros:
    """Return the duration that text such as `90s`, `1h30m`, `2d` means.

    >>> parse_duration("1h30m") == 90 * MINUTE
    True

    Raises:
        ValueError: The text is no duration, or one beyond all time.
    """
    parts = _DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError(f"not a duration: {text!r}")
    lasts = sum(float(number) * _UNITS[unit] for number, unit in parts)
    # Later moments have no place in a ledger, and the largest float has no whole number of microseconds.
    if not lasts < FOREVER:
        raise ValueError(f"longer than all time: {text!r}")
    return sum(round(float(number) * _UNITS[unit]) for number, unit in parts)


def format_duration(micros: Micros) -> str:
    """Return a duration in its largest exact units, the inverse of `parse_duration`.

    >>> format_duration(90 * MINUTE)
    '1h30m'
    """
    if micros < 0:
        return "-" + format_duration(-micros)
    parts = []
    for unit in ("d", "h", "m", "s", "ms"):
        count, micros = divmod(micros, _UNITS[unit])
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


def from_datetime(moment: datetime) -> Micros:
    """Return the instant of an aware datetime.

    Raises:
        ValueError: The datetime has no time zone.
    """
    if moment.tzinfo is None:
        raise ValueError(f"no time zone: {moment.isoformat()}")
    return (moment - _EPOCH) // timedelta(microseconds=1)


def to_datetime(instant: Micros) -> datetime:
    """Return the instant as an aware datetime in UTC."""
    return _EPOCH + timedelta(microseconds=instant)


def parse_instant(text: str) -> Micros:
    """Return the instant of an RFC 3339 timestamp; the offset is required.

    >>> parse_instant("1970-01-01T00:00:01Z")
    1000000

    Raises:
        ValueError: The text is no timestamp, has no offset, or is beyond the years 1 to 9999 in UTC.
    """
    instant = from_datetime(datetime.fromisoformat(text))
    if not is_in_calendar(instant):
        raise ValueError(f"beyond the years 1 to 9999 in UTC: {text!r}")
    return instant


def is_in_calendar(instant: Micros) -> bool:
    """Return whether an instant has a date: it lies in the years 1 to 9999 in UTC."""
    return _FIRST <= instant <= _LAST


def format_instant(instant: Micros) -> str:
    """Return the instant as RFC 3339 in UTC, without a fraction when it is whole seconds.

    >>> format_instant(1_000_000)
    '1970-01-01T00:00:01Z'
    """
    return to_datetime(instant).isoformat().replace("+00:00", "Z")


@lru_cache(maxsize=1024)
def zone_of(name: str) -> ZoneInfo:
    """Return the IANA zone of a name.

    Raises:
        ValueError: No such zone.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"not a time zone: {name!r}") from error


def local_instant(wall: datetime, zone: str) -> Micros:
    """Return the instant of a naive wall-clock time in a zone.

    A time that happens twice (clocks go back) is the earlier one; a time that never happens (clocks go forward) is
    moved forward by the gap: what RFC 5545 and most calendars call *compatible*.

    Raises:
        ValueError: No such zone.
    """
    return from_datetime(wall.replace(tzinfo=zone_of(zone), fold=0))


def day_in(text: str, zone: str) -> str:
    """Return the civil day that text means in a zone: of a day the day itself, of an instant the day it falls on there.

    >>> day_in("2026-04-14T22:30:00Z", "Europe/Berlin"), day_in("2026-04-14", "Europe/Berlin")
    ('2026-04-15', '2026-04-14')

    Args:
        text: `YYYY-MM-DD`, or an ISO 8601 date and time; without an offset it is taken as the zone's own clock.
        zone: IANA name.

    Raises:
        ValueError: The text is neither, or there is no such zone.
    """
    if len(text) <= len("YYYY-MM-DD"):
        return text
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo is None else moment.astimezone(zone_of(zone))).date().isoformat()


@lru_cache(maxsize=65536)
def end_of_day(day: str, zone: str) -> Micros:
    """Return the moment at which a civil day ends in its zone: the next local midnight, or the first instant after it.

    >>> format_instant(end_of_day("2018-02-17", "America/Sao_Paulo"))
    '2018-02-18T03:00:00Z'

    Args:
        day: `YYYY-MM-DD`; what follows the tenth character is not read.
        zone: IANA name.

    Raises:
        ValueError: No such day or zone, or no day after it (9999-12-31, which systems write for *never*).
    """
    try:
        following = date.fromisoformat(day[:10]) + timedelta(days=1)
    except OverflowError as error:
        raise ValueError(f"no day after it: {day!r}") from error
    here = zone_of(zone)
    midnight = datetime(following.year, following.month, following.day, tzinfo=here)
    return _first_instant(midnight)


def _first_instant(midnight: datetime) -> Micros:
    """Return the first instant of a local day, also where its midnight is skipped by a clock change."""
    before, after = midnight.replace(fold=0), midnight.replace(fold=1)
    gap = before.utcoffset() != after.utcoffset() and from_datetime(before) > from_datetime(after)
    if not gap:
        return from_datetime(before)
    # In a gap, fold=0 reads the old offset: midnight + gap. The day starts where the clocks jump, which is the wall
    # time of fold=0 seen from the new offset, less nothing: both name the same jump when the gap starts at midnight.
    jump = before.utcoffset()
    assert jump is not None
    return from_datetime(midnight.replace(tzinfo=UTC)) - jump // timedelta(microseconds=1)


def local_minute(instant: Micros, zone: str) -> int:
    """Return the minutes after midnight that a clock on the wall shows in a zone.

    >>> local_minute(parse_instant("2026-07-01T20:30:00Z"), "Europe/Berlin")
    1350

    Raises:
        ValueError: No such zone.
    """
    wall = to_datetime(instant).astimezone(zone_of(zone))
    return wall.hour * 60 + wall.minute


def next_local_minute(instant: Micros, zone: str, minute: int) -> Micros:
    """Return the first instant after `instant` at which a clock on the wall of a zone shows that minute of the day.

    Args:
        instant: After which.
        zone: IANA name.
        minute: Minutes after midnight.

    Raises:
        ValueError: No such zone.
    """
    here = to_datetime(instant).astimezone(zone_of(zone)).date()
    for days in range(3):
        day = here + timedelta(days=days)
        wall = datetime(day.year, day.month, day.day, minute // 60, minute % 60)  # noqa: DTZ001  the zone's own clock
        found = local_instant(wall, zone)
        if found > instant:
            return found
    raise AssertionError("every minute of the day comes within three days")
