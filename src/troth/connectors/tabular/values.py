"""Compiling expressions over a row: names and literals directly, everything else through `troth.lang.expressions`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from operator import itemgetter
from typing import Any, Final

import msgspec

from troth.errors import ExpressionError, Place
from troth.lang.expressions import compile_extract, usable_name
from troth.lang.expressions.read import read
from troth.model.rules import ValueType

_NAME: Final = re.compile(r"[A-Za-z_]\w*")
_QUOTED: Final = re.compile(r"""'([^'\\\n]*)'|"([^"\\\n]*)\"""")
_LITERALS: Final[dict[str, Any]] = {"true": True, "false": False, "null": None}


class Value(msgspec.Struct, frozen=True):
    """A compiled expression.

    Attributes:
        get: Row → value; `None` when it is unknown.
        is_time: The value is an instant, shown as text in an event's data.
        is_null: It is the literal null: reported as nothing, not left out.
    """

    get: Callable[[Mapping[str, Any]], Any]
    is_time: bool = False
    is_null: bool = False


def compile_value(written: Any, variables: Mapping[str, ValueType], place: Place, expected: ValueType = "dyn") -> Value:
    """Return the function of an expression, or of a literal.

    Args:
        written: CEL text, or a number, truth value or null that stands for itself.
        variables: Name → type of what an expression may read.
        place: Where it stands.
        expected: Type of its values.

    Raises:
        ExpressionError: It does not parse, or reads something that is not there.
    """
    if not isinstance(written, str) or written in _LITERALS:
        constant = _LITERALS[written] if isinstance(written, str) else written
        return Value(lambda _row: constant, is_null=constant is None)
    text = written.strip()
    if text in variables and expected in ("dyn", variables[text]):
        return Value(itemgetter(text), is_time=variables[text] == "timestamp")
    if expected in ("dyn", "string") and (match := _QUOTED.fullmatch(text)):
        word = match[1] if match[1] is not None else match[2]
        return Value(lambda _row: word)
    words = names_in(text)
    used = {name: type_ for name, type_ in variables.items() if name in words and usable_name(name)} or variables
    extract, problems = compile_extract(text, used, place=place, expected=expected)
    if extract is None:
        raise ExpressionError(problems)
    node, _ = read(text, used, place)
    return Value(extract, is_time=node is not None and node.type == "timestamp")


def names_in(text: str) -> frozenset[str]:
    """Return the words of an expression outside its quotes: every variable it reads is among them."""
    return frozenset(_NAME.findall(_QUOTED.sub(" ", text)))
