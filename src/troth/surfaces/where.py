"""`--where`: a CEL condition over the attributes of subjects."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches

from troth.errors import ExpressionError, Place, Problem
from troth.lang.expressions import Where, compile_where

OPTION = "--where"


def condition_of(text: str, attributes: Collection[str]) -> Where:
    """Return the condition of `--where`.

    Args:
        text: CEL, such as `in_random_sample && order_status == 'delivered'`.
        attributes: Names of the attributes that subjects have.

    Raises:
        ExpressionError: It does not parse, is no condition, or reads what no subject has (C116); all problems at once.
    """
    condition, problems = compile_where(text, Place(OPTION, 1, 1))
    if condition is None:
        raise ExpressionError(problems)
    unknown = [name for name in condition.names if name not in attributes]
    if unknown:
        raise ExpressionError([_unknown(name, attributes) for name in unknown])
    return condition


def _unknown(name: str, attributes: Collection[str]) -> Problem:
    """Return the problem of a name that is no attribute."""
    near = get_close_matches(name, list(attributes), n=2)
    remedy = f"did you mean {' or '.join(near)}?" if near else "a text stands in quotes: 'delivered'"
    expected = f"one of: {', '.join(sorted(attributes))}" if attributes else "nothing: no subject has attributes"
    return Problem(Place(OPTION), "C116", f"no subject has the attribute {name!r}", expected, remedy)
