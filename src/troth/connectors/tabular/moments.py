"""Compiling the times of a block: each becomes a function of a row that gives an instant, or `None` without a cell."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, TypeAlias

from troth.connectors.tabular.mapping import Time
from troth.connectors.tabular.zones import clock_of, instant_of, next_clock, wall_of
from troth.errors import EventError, Place, Problem
from troth.model.times import DAY, HOUR, MINUTE, SECOND, Micros, from_datetime, parse_duration

Row: TypeAlias = dict[str, Any]
Moment: TypeAlias = Callable[[Row], Micros | None]
ZoneOf: TypeAlias = Callable[[Row], str]

_UNITS: Final = {"seconds": SECOND, "minutes": MINUTE, "hours": HOUR, "days": DAY}
_FURTHEST: Final = 100_000 * DAY


def bad(code: str, found: str, expected: str = "") -> EventError:
    """Return the error that puts a row into quarantine; the caller knows the place."""
    return EventError(Problem(Place(), code, found, expected))


def compile_time(time: Time, zone: str, naive: Mapping[str, bool]) -> Moment:
    """Return the function of a time.

    Args:
        time: Its form.
        zone: IANA name where the form gives none.
        naive: Column of times → whether its cells are walls (else instants); columns of text are not in it.

    Raises:
        EventError: (the function) M201 no time, M202 no zone or an unknown one, M204 a number out of range.
    """
    zone_name = _zone_of(time, zone)
    if time.column:
        if time.column in naive:
            return _walls(time.column, zone_name) if naive[time.column] else _as_is(time.column)
        return _texts(time.column, time.format, zone_name)
    if time.clock:
        return _clocks_after(time, zone_name) if time.after else _clocks(time, zone_name)
    if time.plus:
        return _plus(time.plus, _UNITS[time.unit], time.to)
    if time.shift:
        return _shift(time.to, _signed(time.shift))
    return _latest(time.latest)


def _zone_of(time: Time, zone: str) -> ZoneOf:
    """Return the function that gives a row's zone."""
    fixed, column = time.zone or zone, time.zone_column
    if not column:
        return lambda _row: fixed

    def of_row(row: Row) -> str:
        name = row[column]
        if not name:
            raise bad("M202", f"no time zone in {column}", "an IANA name")
        return str(name)

    return of_row


def _as_is(column: str) -> Moment:
    """Return the moment of a column of instants."""

    def moment(row: Row) -> Micros | None:
        return row[column]  # type: ignore[no-any-return]

    return moment


def _walls(column: str, zone_of_row: ZoneOf) -> Moment:
    """Return the moment of a column of walls."""

    def moment(row: Row) -> Micros | None:
        wall = row[column]
        return None if wall is None else _placed(wall, zone_of_row(row), column)

    return moment


def _texts(column: str, format_: str, zone_of_row: ZoneOf) -> Moment:
    """Return the moment of a column of text."""
    expected = f"the format {format_}" if format_ else "ISO 8601"

    def moment(row: Row) -> Micros | None:
        cell = row[column]
        if cell is None:
            return None
        text = str(cell).strip()
        try:
            said = datetime.strptime(text, format_) if format_ else datetime.fromisoformat(text)  # noqa: DTZ007 - a wall
        except ValueError:
            raise bad("M201", f"{column}: `{text}` is no time", expected) from None
        return from_datetime(said) if said.tzinfo else _placed(wall_of(said), zone_of_row(row), column)

    return moment


def _clocks(time: Time, zone_of_row: ZoneOf) -> Moment:
    """Return the moment of a wall clock on a civil day."""
    clock_column, date_column = time.clock, time.date

    def moment(row: Row) -> Micros | None:
        clock, day = row[clock_column], row[date_column]
        if clock is None or day is None:
            return None
        return _placed(_day(day, date_column) + _clock(clock, clock_column), zone_of_row(row), clock_column)

    return moment


def _clocks_after(time: Time, zone_of_row: ZoneOf) -> Moment:
    """Return the moment of a wall clock at its first occurrence after another time."""
    column, other = time.clock, time.after

    def moment(row: Row) -> Micros | None:
        clock, after = row[column], row[other]
        if clock is None or after is None:
            return None
        zone = zone_of_row(row)
        try:
            return next_clock(after, _clock(clock, column), zone)
        except ValueError as error:
            raise _misplaced(error, column) from None

    return moment


def _plus(column: str, unit: Micros, to: str) -> Moment:
    """Return another time moved by a number in a column."""

    def moment(row: Row) -> Micros | None:
        number, start = row[column], row[to]
        if number is None or start is None:
            return None
        try:
            distance = round(float(number) * unit)
        except (ValueError, OverflowError, TypeError):
            raise bad("M204", f"{column}: `{number}` is no number", "a number") from None
        if abs(distance) > _FURTHEST:
            raise bad("M204", f"{column}: {number} is out of range", "at most 100,000 days")
        return start + distance  # type: ignore[no-any-return]

    return moment


def _shift(to: str, distance: Micros) -> Moment:
    """Return another time moved by a fixed duration."""

    def moment(row: Row) -> Micros | None:
        start = row[to]
        return None if start is None else start + distance

    return moment


def _latest(names: tuple[str, ...]) -> Moment:
    """Return the latest of those times that are there."""

    def moment(row: Row) -> Micros | None:
        return max((row[name] for name in names if row[name] is not None), default=None)

    return moment


def _signed(text: str) -> Micros:
    """Return the duration of a text that may begin with a minus."""
    return -parse_duration(text[1:]) if text.startswith("-") else parse_duration(text)


def _placed(wall: Micros, zone: str, column: str) -> Micros:
    """Return the instant of a wall, or the reason why there is none."""
    try:
        return instant_of(wall, zone)
    except ValueError as error:
        raise _misplaced(error, column) from None


def _misplaced(error: ValueError, column: str) -> EventError:
    """Return the problem of a zone that does not exist or a year that no calendar here has."""
    said = str(error)
    return bad("M202" if "zone" in said else "M201", f"{column}: {said}")


def _clock(cell: Any, column: str) -> Micros:
    """Return the time of day of a cell."""
    try:
        return clock_of(int(cell) if int(cell) == float(cell) else -1)
    except (ValueError, OverflowError):
        raise bad("M204", f"{column}: `{cell}` is no wall clock", "HHMM from 0 to 2400") from None


_day_walls: dict[str, Micros] = {}


def _day(cell: Any, column: str) -> Micros:
    """Return the wall of a civil day's midnight; text is remembered, a wall is cut to its day."""
    if isinstance(cell, int):
        return cell - cell % DAY
    wall = _day_walls.get(cell)
    if wall is None:
        try:
            wall = wall_of(datetime.strptime(str(cell)[:10], "%Y-%m-%d"))  # noqa: DTZ007 - a wall
        except ValueError:
            raise bad("M201", f"{column}: `{cell}` is no day", "YYYY-MM-DD") from None
        if len(_day_walls) > 100_000:
            _day_walls.clear()
        _day_walls[cell] = wall
    return wall
