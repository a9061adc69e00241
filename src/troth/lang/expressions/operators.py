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
from troth.lang.expressions.conversions import (
    INT_MIN,
    Failure,
    in_range,
    instant_seconds,
    instant_text,
    is_number,
    kind_of,
    no_value,
    part_of,
    seconds_to_timestamp,
    to_bool,
    to_double,
    to_duration,
    to_int,
    to_string,
    to_timestamp,
    whole,
)
from troth.lang.expressions.patterns import TEXT_MAX


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
        if (is_number(a) and is_number(b)) or (type(a) is type(b) and type(a) in (str, bool)):
            return test(a, b)
        raise no_value(operator, a, b)

    return compare


def add(a: Any, b: Any) -> Any:
    """Return the sum of two numbers of one type, or two texts or lists joined."""
    if type(a) is not type(b) or type(a) not in (int, float, str, list):
        raise no_value("+", a, b)
    return in_range(a + b) if type(a) is int else a + b


def subtract(a: Any, b: Any) -> Any:
    """Return the difference of two numbers of one type."""
    if type(a) is not type(b) or not is_number(a):
        raise no_value("-", a, b)
    return in_range(a - b) if type(a) is int else a - b


def multiply(a: Any, b: Any) -> Any:
    """Return the product of two numbers of one type."""
    if type(a) is not type(b) or not is_number(a):
        raise no_value("*", a, b)
    return in_range(a * b) if type(a) is int else a * b


def divide(a: Any, b: Any) -> Any:
    """Return the quotient; of integers cut towards zero, of doubles as IEEE 754 has it."""
    if type(a) is not type(b) or not is_number(a):
        raise no_value("/", a, b)
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
        raise no_value("%", a, b)
    if b == 0:
        raise Failure("division by zero")
    if a == INT_MIN and b == -1:
        raise Failure("the result overflows")
    rest = abs(a) % abs(b)
    return -rest if a < 0 else rest


def negative(a: Any) -> Any:
    """Return the number with the other sign."""
    if not is_number(a):
        raise no_value("-", a)
    return in_range(-a) if type(a) is int else -a


def is_in(a: Any, b: Any) -> bool:
    """Return whether a list holds the value, or a map the key."""
    if type(b) is list:
        return any(equal(a, item) for item in b)
    if type(b) is dict:
        return any(equal(a, key) for key in b) if type(a) is not str else a in b
    raise no_value("in", a, b)


def at_index(a: Any, b: Any) -> Any:
    """Return the element of a list at an index from 0, or the value of a map at a key."""
    if type(a) is dict:
        for key in (b,) if type(b) is str and b in a else a:
            if equal(key, b):
                return a[key]
        raise Failure(f"no such key: {b!r}")
    if type(a) is not list or not is_number(b):
        raise no_value("[ ]", a, b)
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
        raise no_value("size", value)
    return len(value)


def _text_test(name: str, test: Callable[[str, str], bool]) -> Callable[[Any, Any], bool]:
    """Return a test of two texts that fails on anything else."""

    def check(a: Any, b: Any) -> bool:
        if type(a) is not str or type(b) is not str:
            raise no_value(name, a, b)
        return test(a, b)

    return check


def matches(value: Any, pattern: re.Pattern[str]) -> bool:
    """Return whether a pattern is found in a text of at most 1,000 characters."""
    if type(value) is not str:
        raise no_value("matches", value)
    if len(value) > TEXT_MAX:
        raise Failure(f"matches takes at most {TEXT_MAX} characters")
    return pattern.search(value) is not None


def _add_instant(a: int, b: int) -> int:
    return in_range(a + b, times.FIRST_INSTANT, times.LAST_INSTANT)


def _subtract_instant(a: int, b: int) -> int:
    return in_range(a - b, times.FIRST_INSTANT, times.LAST_INSTANT)


def _add_duration(a: int, b: int) -> int:
    return in_range(a + b, -times.LONGEST, times.LONGEST)


def _subtract_duration(a: int, b: int) -> int:
    return in_range(a - b, -times.LONGEST, times.LONGEST)


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
    "getFullYear": part_of(lambda t: t.year), "getMonth": part_of(lambda t: t.month - 1),
    "getDate": part_of(lambda t: t.day),
    "getDayOfMonth": part_of(lambda t: t.day - 1), "getDayOfYear": part_of(lambda t: t.timetuple().tm_yday - 1),
    "getDayOfWeek": part_of(lambda t: t.isoweekday() % 7), "getHours": part_of(lambda t: t.hour),
    "getMinutes": part_of(lambda t: t.minute), "getSeconds": part_of(lambda t: t.second),
    "getMilliseconds": part_of(lambda t: t.microsecond // 1_000),
    "getHours duration": whole(3_600 * times.SECOND), "getMinutes duration": whole(60 * times.SECOND),
    "getSeconds duration": whole(times.SECOND), "getMilliseconds duration": whole(1_000, 1_000),
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
