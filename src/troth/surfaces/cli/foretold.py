"""What `troth experience` and `troth truth-or-speed` share: the condition, its options, and what it has to name."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any, TypeVar

import click

from troth.errors import MeasureError, Place, Problem

if TYPE_CHECKING:
    from troth.runtime.experience import Asking

_Function = TypeVar("_Function", bound=Callable[..., Any])

BAD = "--bad"


def with_bad(function: _Function) -> _Function:
    """Add `--bad`, `--customer`, `--weight` and `--pack`."""
    options = (
        click.option(BAD, required=True, metavar="EXPR", help="CEL over attributes: when an experience was bad."),
        click.option("--customer", metavar="ATTR", help="Attribute that names the customer; else the pack's customer."),
        click.option("--weight", metavar="ATTR", help="Attribute with sampling weights."),
        click.option("--pack", metavar="NAME", help="Only subjects of this pack."),
    )
    for option in reversed(options):
        function = option(function)
    return function


def asking_of(bad: str, customer: str | None, weight: str | None, **more: Any) -> Asking:
    """Return what is asked.

    Raises:
        ExpressionError: The condition does not parse, or is none.
    """
    from troth.runtime.experience import Asking
    from troth.surfaces.where import parsed

    condition = parsed(bad, BAD)
    return Asking(condition.names, condition.test, customer=customer or "", weight=weight or "", **more)


def check_attributes(asking: Asking, attributes: Collection[str], **options: Collection[str]) -> None:
    """Check that all attributes which options name exist.

    Args:
        asking: What is asked.
        attributes: Those that there are.
        options: Further option → names.

    Raises:
        ExpressionError: C116, no subject has one that the condition reads, or that an option names.
    """
    from troth.surfaces.where import check_names

    check_names(asking.names, attributes, BAD)
    for option, names in {"customer": (asking.customer,), "weight": (asking.weight,), **options}.items():
        check_names([name for name in names if name], attributes, "--" + option.replace("_", "-"))


def check_weight(asking: Asking, unweighted: int, used: int) -> None:
    """Check that the weight is a number for somebody.

    Raises:
        MeasureError: Q104, it is one for nobody.
    """
    if asking.weight and unweighted and not used:
        found = f"the weight {asking.weight!r} is a number for no subject"
        raise MeasureError(Problem(Place("--weight"), "Q104", found, "a number", "weigh with another attribute"))
