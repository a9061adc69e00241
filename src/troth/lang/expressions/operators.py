"""What operators and functions do with known values: one table, `OPERATIONS`, for the generated code and the explainer.

Each entry takes known values of any type, since a `dyn` may hold anything, and raises `Failure` where CEL has an
error. The generated code writes the frequent ones out in place and calls the others through `GUARDED`, where an
unknown argument and a failure give unknown. At run time a value is `bool`, `int` (also instants and durations),
`float`, `str`, `list` or `dict`.

Source: cel-spec, doc/langdef.md, "List of Standard Definitions".
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any, Final

from troth.lang.expressions import times
from troth.lang.expressions.patterns import TEXT_MAX

INT_MIN: Final = -(2**63)
INT_MAX: Final = 2**63 - 1

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


def _is_number(value: Any) -> bool:
    return type(value) is int or type(value) is float


def _no(operator: str, *values: Any) -> Failure:
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


def equal(a: Any, b: Any) -> bool:
    """Return CEL's equality: numbers by value whatever their type; else another type differs. Never fails."""
    if type(a) is bool or type(b) is bool:
        return a is b
    if type(a) is list and type(b) is list:
        return len(a) == len(b) and all(map(equal, a, b))
    if type(a) is dict and type(b) is dict:
        return a.keys() == b.keys() and all(equal(value, b[key]) for key, value in a.items())
    return bool(a == b)


def differ(a: Any, b: Any) -> bool:
    """Return the opposite of `equal`."""
    return not equal(a, b)


def _ordered(operator: str, test: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    """Return a comparison that fails on operands that have no order between them."""

    def compare(a: Any, b: Any) -> bool:
        if (_is_number(a) and _is_number(b)) or (type(a) is type(b) and type(a) in (str, bool)):
            return test(a, b)
        raise _no(operator, a, b)

    return compare


def add(a: Any, b: Any) -> Any:
    """Return the sum of two numbers of one type, or two texts or lists joined."""
    if type(a) is not type(b) or type(a) not in (int, float, str, list):
        raise _no("+", a, b)
    return in_range(a + b) if type(a) is int else a + b


def subtract(a: Any, b: Any) -> Any:
    """Return the difference of two numbers of one type."""
    if type(a) is not type(b) or not _is_number(a):
        raise _no("-", a, b)
    return in_range(a - b) if type(a) is int else a - b


def multiply(a: Any, b: Any) -> Any:
    """Return the product of two numbers of one type."""
    if type(a) is not type(b) or not _is_number(a):
        raise _no("*", a, b)
    return in_range(a * b) if type(a) is int else a * b


def divide(a: Any, b: Any) -> Any:
    """Return the quotient; of integers cut towards zero, of doubles as IEEE 754 has it."""
    if type(a) is not type(b) or not _is_number(a):
        raise _no("/", a, b)
    if type(a) is float:
        if b != 0:
            return a / b
        return math.nan if a == 0 or math.isnan(a) else math.copysign(math.inf, a) * math.copysign(1, b)
    if b == 0:
        raise Failure("division by zero")
    quotient = abs(a) // abs(b)
    return in_range(quotient if (a < 0) == (b < 0) else -quotient)


def remainder(a: Any, b: Any) -> int:
    """Return the remainder of two integers, with the sign of the first."""
    if type(a) is not int or type(b) is not int:
        raise _no("%", a, b)
    if b == 0:
        raise Failure("division by zero")
    if a == INT_MIN and b == -1:
        raise Failure("the result overflows")
    rest = abs(a) % abs(b)
    return -rest if a < 0 else rest


def negative(a: Any) -> Any:
    """Return the number with the other sign."""
    if not _is_number(a):
        raise _no("-", a)
    return in_range(-a) if type(a) is int else -a


def is_in(a: Any, b: Any) -> bool:
    """Return whether a list holds the value, or a map the key."""
    if type(b) is list:
        return any(equal(a, item) for item in b)
    if type(b) is dict:
        return any(equal(a, key) for key in b) if type(a) is not str else a in b
    raise _no("in", a, b)


def at_index(a: Any, b: Any) -> Any:
    """Return the element of a list at an index from 0, or the value of a map at a key."""
    if type(a) is dict:
        for key in (b,) if type(b) is str and b in a else a:
            if equal(key, b):
                return a[key]
        raise Failure(f"no such key: {b!r}")
    if type(a) is not list or not _is_number(b):
        raise _no("[ ]", a, b)
    if math.isnan(b) or not 0 <= b < len(a) or int(b) != b:
        raise Failure(f"no such index: {b}")
    return a[int(b)]


def member(value: Any, name: str) -> Any:
    """Return a member of a map."""
    if type(value) is not dict:
        raise Failure(f"a {kind_of(value)} has no members")
    if name not in value:
        raise Failure(f"no such member: {name}")
    return value[name]


def has_member(value: Any, name: str) -> bool:
    """Return whether a map has a member."""
    if type(value) is not dict:
        raise Failure(f"a {kind_of(value)} has no members")
    return name in value


def truth(value: Any) -> bool:
    """Return a value that is a truth."""
    if type(value) is not bool:
        raise Failure(f"a condition must be bool, not {kind_of(value)}")
    return value


def size(value: Any) -> int:
    """Return the number of characters, elements or keys."""
    if type(value) not in (str, list, dict):
        raise _no("size", value)
    return len(value)


def _text_test(name: str, test: Callable[[str, str], bool]) -> Callable[[Any, Any], bool]:
    """Return a test of two texts that fails on anything else."""

    def check(a: Any, b: Any) -> bool:
        if type(a) is not str or type(b) is not str:
            raise _no(name, a, b)
        return test(a, b)

    return check


def matches(value: Any, pattern: re.Pattern[str]) -> bool:
    """Return whether a pattern is found in a text of at most 1,000 characters."""
    if type(value) is not str:
        raise _no("matches", value)
    if len(value) > TEXT_MAX:
        raise Failure(f"matches takes at most {TEXT_MAX} characters")
    return pattern.search(value) is not None


def to_int(value: Any) -> int:
    """Return an integer of a number (cut towards zero), of its text, or of a truth (1 or 0)."""
    if type(value) is float and abs(value) < 2.0**63:
        return int(value)
    if type(value) is int or type(value) is bool:
        return int(value)
    if type(value) is str and _INT.fullmatch(value):
        return in_range(int(value))
    raise Failure(f"not an int: {value!r}")


def to_double(value: Any) -> float:
    """Return a double of a number or of its text."""
    if _is_number(value) or (type(value) is str and _DOUBLE.fullmatch(value)):
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
    raise _no("string", value)


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
        raise _no("timestamp", value)
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
        raise _no("duration", value)
    return in_range(value, -times.LONGEST, times.LONGEST)


def instant_text(value: int) -> str:
    """Return an instant as RFC 3339 in UTC."""
    return times.local(value).isoformat(timespec="seconds").removesuffix("+00:00") + times.fraction_text(value) + "Z"


def instant_seconds(value: int) -> int:
    """Return the whole seconds of an instant since 1970."""
    return value // times.SECOND


def _add_instant(a: int, b: int) -> int:
    return in_range(a + b, times.FIRST_INSTANT, times.LAST_INSTANT)


def _subtract_instant(a: int, b: int) -> int:
    return in_range(a - b, times.FIRST_INSTANT, times.LAST_INSTANT)


def _add_duration(a: int, b: int) -> int:
    return in_range(a + b, -times.LONGEST, times.LONGEST)


def _subtract_duration(a: int, b: int) -> int:
    return in_range(a - b, -times.LONGEST, times.LONGEST)


def _part(read: Callable[[Any], int]) -> Callable[..., int]:
    """Return a function of an instant and, if given, a zone, that reads one part of the wall-clock time."""

    def part(instant: Any, zone: Any = "UTC") -> int:
        if type(zone) is not str or type(instant) is not int:
            raise _no("a part of a timestamp", instant, zone)
        try:
            return read(times.local(instant, zone))
        except (ValueError, OverflowError) as error:
            raise Failure(str(error)) from error

    return part


def _whole(unit: int, modulus: int = 0) -> Callable[[int], int]:
    """Return a function of a duration that counts whole units, cut towards zero."""

    def count(duration: int) -> int:
        units = abs(duration) // unit
        units = units % modulus if modulus else units
        return -units if duration < 0 else units

    return count


OPERATIONS: Final[dict[str, Callable[..., Any]]] = {
    "_==_": equal, "_!=_": differ,
    "_<_": _ordered("<", lambda a, b: bool(a < b)), "_<=_": _ordered("<=", lambda a, b: bool(a <= b)),
    "_>_": _ordered(">", lambda a, b: bool(a > b)), "_>=_": _ordered(">=", lambda a, b: bool(a >= b)),
    "_+_": add, "_-_": subtract, "_*_": multiply, "_/_": divide, "_%_": remainder, "-_": negative,
    "_+_ timestamp": _add_instant, "_-_ timestamp": _subtract_instant,
    "_+_ duration": _add_duration, "_-_ duration": _subtract_duration,
    "dyn": lambda value: value, "@in": is_in, "_[_]": at_index, "size": size, "truth": truth,
    "contains": _text_test("contains", lambda a, b: b in a),
    "startsWith": _text_test("startsWith", str.startswith), "endsWith": _text_test("endsWith", str.endswith),
    "matches": matches,
    "int": to_int, "double": to_double, "bool": to_bool, "string": to_string,
    "timestamp": to_timestamp, "timestamp int": seconds_to_timestamp, "duration": to_duration,
    "string timestamp": instant_text, "string duration": times.seconds_text, "int timestamp": instant_seconds,
    "getFullYear": _part(lambda t: t.year), "getMonth": _part(lambda t: t.month - 1), "getDate": _part(lambda t: t.day),
    "getDayOfMonth": _part(lambda t: t.day - 1), "getDayOfYear": _part(lambda t: t.timetuple().tm_yday - 1),
    "getDayOfWeek": _part(lambda t: t.isoweekday() % 7), "getHours": _part(lambda t: t.hour),
    "getMinutes": _part(lambda t: t.minute), "getSeconds": _part(lambda t: t.second),
    "getMilliseconds": _part(lambda t: t.microsecond // 1_000),
    "getHours duration": _whole(3_600 * times.SECOND), "getMinutes duration": _whole(60 * times.SECOND),
    "getSeconds duration": _whole(times.SECOND), "getMilliseconds duration": _whole(1_000, 1_000),
}  # fmt: skip
"""Operation → function over known values. Names are CEL's, with a type behind them where a bare int is ambiguous."""


def guarded(operation: Callable[..., Any]) -> Callable[..., Any]:
    """Return an operation over values of which any may be unknown: then, and where it fails, the result is unknown."""

    def run(*values: Any) -> Any:
        for value in values:
            if value is None:
                return None
        try:
            return operation(*values)
        except Failure:
            return None

    return run


GUARDED: Final[dict[str, Callable[..., Any]]] = {name: guarded(function) for name, function in OPERATIONS.items()}
