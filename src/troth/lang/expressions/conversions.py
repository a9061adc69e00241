"""Values made into values of another type, parts of times, and the failure that an operation without a value raises.

Source: cel-spec, doc/langdef.md, "List of Standard Definitions".
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any, Final

from troth.lang.expressions import times

INT_MIN: Final = -(2**63)
INT_MAX: Final = 2**63 - 1
_LENGTH: Final = 1_000  # Python refuses to read texts of thousands of digits, and no number here has more than 19.

_BOOLS: Final = {
    **dict.fromkeys(("1", "t", "true", "TRUE", "True"), True),
    **dict.fromkeys(("0", "f", "false", "FALSE", "False"), False),
}
_INT: Final = re.compile(r"[+-]?\d+", re.ASCII)
_DOUBLE: Final = re.compile(r"[+-]?((\d+\.?\d*|\.\d+)(e[+-]?\d+)?|inf(inity)?|nan)", re.ASCII | re.IGNORECASE)


class Failure(ValueError):  # noqa: N818  # What happens here is no fault of the program.
    """An operation that has no value for these operands. Its text says why, in words."""


def kind_of(value: Any) -> str:
    """Return the type of a run-time value in the words of the language."""
    kinds: dict[type, str] = {bool: "bool", int: "int", float: "double", str: "string", list: "list", dict: "map"}
    return "null" if value is None else kinds.get(type(value), type(value).__name__)


def is_number(value: Any) -> bool:
    """Return whether a value is an int or a double; a truth is none."""
    return type(value) is int or type(value) is float


def no_value(operator: str, *values: Any) -> Failure:
    """Return the failure of an operator that does not take such operands."""
    return Failure(f"{operator} does not take {' and '.join(map(kind_of, values))}")


def in_range(value: int, low: int = INT_MIN, high: int = INT_MAX) -> int:
    """Return the value if it is in range.

    Raises:
        Failure: It overflows.
    """
    if low <= value <= high:
        return value
    raise Failure(f"the result {value} overflows")


def to_int(value: Any) -> int:
    """Return an integer of a number (cut towards zero), of its text, or of a truth (1 or 0)."""
    if type(value) is float and abs(value) < 2.0**63:
        return int(value)
    if type(value) is int or type(value) is bool:
        return int(value)
    if type(value) is str and len(value) <= _LENGTH and _INT.fullmatch(value):
        return in_range(int(value))
    raise Failure(f"not an int: {value!r}")


def to_double(value: Any) -> float:
    """Return a double of a number or of its text."""
    if is_number(value) or (type(value) is str and _DOUBLE.fullmatch(value)):
        return float(value)
    raise Failure(f"not a double: {value!r}")


def to_bool(value: Any) -> bool:
    """Return a truth, or that of its text."""
    if type(value) is bool:
        return value
    if type(value) is str and value in _BOOLS:
        return _BOOLS[value]
    raise Failure(f"not a bool: {value!r}")


def to_string(value: Any) -> str:
    """Return a text, a number or a truth as text."""
    if type(value) is bool:
        return "true" if value else "false"
    if type(value) is float:
        if not math.isfinite(value):
            return str(value).removeprefix("+")
        return repr(value).removesuffix(".0")
    if type(value) is int or type(value) is str:
        return str(value)
    raise no_value("string", value)


def to_timestamp(value: Any) -> int:
    """Return the instant that a `dyn` stands for.

    A text is RFC 3339. A number within the seconds of the years 1 to 9999 is seconds since 1970, as CEL has it; a
    larger one is an instant in microseconds, which is how a mapping hands over its times (the two overlap only in the
    days around 1970).
    """
    if type(value) is str:
        try:
            return times.instant_of(value)
        except ValueError as error:
            raise Failure(str(error)) from error
    if type(value) is not int:
        raise no_value("timestamp", value)
    seconds = times.FIRST_INSTANT <= value * times.SECOND <= times.LAST_INSTANT
    return in_range(value * times.SECOND if seconds else value, times.FIRST_INSTANT, times.LAST_INSTANT)


def seconds_to_timestamp(value: int) -> int:
    """Return the instant of whole seconds since 1970."""
    return in_range(value * times.SECOND, times.FIRST_INSTANT, times.LAST_INSTANT)


def to_duration(value: Any) -> int:
    """Return the duration that a `dyn` stands for: a text such as `1h30m`, or microseconds."""
    if type(value) is str:
        try:
            return times.duration_of(value)
        except ValueError as error:
            raise Failure(str(error)) from error
    if type(value) is not int:
        raise no_value("duration", value)
    return in_range(value, -times.LONGEST, times.LONGEST)


def instant_text(value: int) -> str:
    """Return an instant as RFC 3339 in UTC."""
    return times.local(value).isoformat(timespec="seconds").removesuffix("+00:00") + times.fraction_text(value) + "Z"


def instant_seconds(value: int) -> int:
    """Return the whole seconds of an instant since 1970."""
    return value // times.SECOND


def part_of(read: Callable[[Any], int]) -> Callable[..., int]:
    """Return a function of an instant and, if given, a zone, that reads one part of the wall-clock time."""

    def part(instant: Any, zone: Any = "UTC") -> int:
        if type(zone) is not str or type(instant) is not int:
            raise no_value("a part of a timestamp", instant, zone)
        try:
            return read(times.local(instant, zone))
        except (ValueError, OverflowError) as error:
            raise Failure(str(error)) from error

    return part


def whole(unit: int, modulus: int = 0) -> Callable[[int], int]:
    """Return a function of a duration that counts whole units, cut towards zero."""

    def count(duration: int) -> int:
        units = abs(duration) // unit
        units = units % modulus if modulus else units
        return -units if duration < 0 else units

    return count
