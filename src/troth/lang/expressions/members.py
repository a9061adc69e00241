"""Which members of an event's data an expression reads: personal ones must be read by none."""

from __future__ import annotations

from typing import Any, Final

from troth.errors import Place
from troth.lang.expressions import ir
from troth.lang.expressions.read import read

EVERY: Final = "*"
"""Stands for all members: the expression goes over the data as a whole, or picks a member by a value."""


def members(text: Any) -> frozenset[str]:
    """Return the first members of `data` that an expression reads; none for a constant or one that has problems.

    Asking whether a member is there is reading it.

    >>> sorted(members("data.name + string(data.address.street)"))
    ['address', 'name']
    >>> sorted(members("data['name']")), sorted(members("data[data.which]"))
    (['name'], ['*', 'which'])
    """
    if not isinstance(text, str):
        return frozenset()
    node, problems = read(text, {"data": "map"}, Place())
    return frozenset() if node is None or problems else _read(node)


def _read(node: ir.Node) -> frozenset[str]:
    """Return the members that a tree reads."""
    match node:
        case ir.Var(name="data"):
            return frozenset({EVERY})
        case ir.Select(operand=ir.Var(name="data"), field=field):
            return frozenset({field})
        case ir.Call(function="_[_]", args=(ir.Var(name="data"), ir.Const(value=str(field)))):
            return frozenset({field})
        case _:
            return frozenset().union(*map(_read, ir.children(node)))
