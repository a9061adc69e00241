"""`--where` and its like: a CEL condition over the attributes of subjects."""

from __future__ import annotations

from collections.abc import Collection, Iterable
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
    condition = parsed(text, OPTION)
    check_names(condition.names, attributes, OPTION)
    return condition


def parsed(text: str, option: str) -> Where:
    """Return the condition that an option gives, before it is known which attributes there are.

    Raises:
        ExpressionError: It does not parse, or is no condition; all problems at once.
    """
    condition, problems = compile_where(text, Place(option, 1, 1))
    if condition is None:
        raise ExpressionError(problems)
    return condition


def check_names(names: Iterable[str], attributes: Collection[str], option: str) -> None:
    """Check that attributes which an option names exist.

    Raises:
        ExpressionError: C116, no subject has some of them; all problems at once.
    """
    unknown = [name for name in names if name not in attributes]
    if unknown:
        raise ExpressionError([_unknown(name, attributes, option) for name in unknown])


def _unknown(name: str, attributes: Collection[str], option: str) -> Problem:
    """Return the problem of a name that is no attribute."""
    near = get_close_matches(name, list(attributes), n=2)
    remedy = f"did you mean {' or '.join(near)}?" if near else "a text stands in quotes: 'delivered'"
    expected = f"one of: {', '.join(sorted(attributes))}" if attributes else "nothing: no subject has attributes"
    return Problem(Place(option), "C116", f"no subject has the attribute {name!r}", expected, remedy)
