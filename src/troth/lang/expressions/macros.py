"""What generated code calls besides operators: members of maps, macros over lists, values made to fit a type.

All take and return unknowns (`None`); none raises. Macros are strong Kleene: `exists` is true if one element is known
to be.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from troth.lang.expressions import operators
from troth.lang.expressions.conversions import INT_MAX, INT_MIN
from troth.model.truth import Truth, all_of, any_of

Test = Callable[[Any], Truth]


def member(value: Any, name: str) -> Any:
    """Return a member of a map; unknown when it is no map or has none."""
    return value.get(name) if type(value) is dict else None


def has_member(value: Any, name: str) -> Truth:
    """Return whether a map has the member; unknown when it is no map."""
    return name in value if type(value) is dict else None


def elements(over: Any) -> list[Any] | None:
    """Return the elements of a list or the keys of a map; `None` of anything else."""
    return over if type(over) is list else list(over) if type(over) is dict else None


def each_all(over: Any, test: Test) -> Truth:
    """Return whether the test is true of every element."""
    found = elements(over)
    return None if found is None else all_of(map(test, found))


def each_exists(over: Any, test: Test) -> Truth:
    """Return whether the test is true of an element."""
    found = elements(over)
    return None if found is None else any_of(map(test, found))


def each_exists_one(over: Any, test: Test) -> Truth:
    """Return whether the test is true of exactly one element; unknown if it is of any."""
    found = elements(over)
    truths = None if found is None else [test(element) for element in found]
    return None if truths is None or None in truths else truths.count(True) == 1


def each_filter(over: Any, test: Test) -> list[Any] | None:
    """Return the elements of which the test is true; unknown if it is of any."""
    found = elements(over)
    truths = None if found is None else [test(element) for element in found]
    if found is None or truths is None or None in truths:
        return None
    return [element for element, truth in zip(found, truths, strict=True) if truth]


def each_map(over: Any, test: Test, body: Callable[[Any], Any]) -> list[Any] | None:
    """Return what the body makes of the elements of which the test is true."""
    kept = each_filter(over, test)
    return None if kept is None else map_all(kept, body)


def map_all(over: Any, body: Callable[[Any], Any]) -> list[Any] | None:
    """Return what the body makes of every element; unknown if it is of any."""
    found = elements(over)
    made = None if found is None else [body(element) for element in found]
    return None if made is None or any(value is None for value in made) else made


MACROS: Final[dict[str, Callable[..., Any]]] = {
    function.__name__: function for function in (each_all, each_exists, each_exists_one, each_filter, each_map, map_all)
}


def _bool(value: Any) -> Any:
    return value if type(value) is bool else None


def _int(value: Any) -> Any:
    """A whole double counts: JSON does not tell 3 from 3.0."""
    if type(value) is float and value.is_integer() and abs(value) < 2.0**63:
        return int(value)
    return value if type(value) is int and INT_MIN <= value <= INT_MAX else None


def _double(value: Any) -> Any:
    return float(value) if type(value) is int and abs(value) <= INT_MAX else value if type(value) is float else None


def _string(value: Any) -> Any:
    return value if type(value) is str else None


CONFORM: Final[Mapping[str, Callable[[Any], Any]]] = {
    "bool": _bool,
    "int": _int,
    "double": _double,
    "string": _string,
    "timestamp": operators.GUARDED["timestamp"],
    "duration": operators.GUARDED["duration"],
    "dyn": lambda value: value,
}
"""Type → function that returns a run-time value as one of that type, or `None` when it is none."""
