"""`--where`: a CEL condition over the attributes of subjects, compiled."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from troth.errors import ExpressionError, Place, Problem
from troth.lang.expressions import compile_extract
from troth.measures.question import AttributeColumn
from troth.model.pack import ValueType
from troth.model.truth import Truth

_TYPES: Final[Mapping[str, ValueType]] = {"bool": "bool", "int64": "int", "float64": "double", "string": "string"}
_QUOTED: Final = re.compile(r"""'[^'\n]*'|"[^"\n]*\"""")
_WORD: Final = re.compile(r"[A-Za-z_]\w*")


class Where(msgspec.Struct, frozen=True):
    """A condition over attributes.

    Attributes:
        reads: Attributes that it may read.
        keep: Attribute name → value (`None`: not known) to its truth.
    """

    reads: tuple[str, ...]
    keep: Callable[[Mapping[str, Any]], Truth]


def compile_where(text: str, attributes: Mapping[str, AttributeColumn]) -> Where:
    """Return the condition of `--where`.

    Args:
        text: CEL, such as `in_random_sample && order_status == 'delivered'`.
        attributes: What subjects have, with types.

    Raises:
        ExpressionError: It does not parse, reads what no subject has, or is no condition.
    """
    place = Place("--where", 1, 1)
    words = set(_WORD.findall(_QUOTED.sub(" ", text)))
    reads = tuple(name for name in attributes if name in words)
    variables = {name: _TYPES[attributes[name].type] for name in attributes if _WORD.fullmatch(name)}
    extract = compile_extract(text, variables, place=place)
    kind = getattr(extract, "type", "bool")
    if kind not in ("bool", "dyn"):
        remedy = "compare it with something, as in order_status == 'delivered'"
        raise ExpressionError(Problem(place, "C116", f"the expression gives a {kind}", "a condition: true or false", remedy))

    def keep(values: Mapping[str, Any]) -> Truth:
        truth = extract(values)
        return truth if isinstance(truth, bool) else None

    return Where(reads, keep)
