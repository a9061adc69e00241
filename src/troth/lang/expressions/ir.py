"""The tree of a checked expression: frozen values, decided once, read by the code generator and by the explainer.

Types are those of `ValueType` and, inside an expression, `list`, `map`, `null`, `uint`, `bytes` and `type`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, TypeAlias

import msgspec

Node: TypeAlias = "Const | Var | Select | Call | ListOf | Each"


class Const(msgspec.Struct, frozen=True):
    """A constant. Instants and durations are microseconds; `at` is the offset of its first character."""

    at: int
    type: str
    value: Any


class Var(msgspec.Struct, frozen=True):
    """A variable: a fact, a column, an attribute, `data`, or the variable of an `Each`."""

    at: int
    type: str
    name: str


class Select(msgspec.Struct, frozen=True):
    """A member of a map: `operand.field`; with `test`, whether it is there: `has(operand.field)`."""

    at: int
    type: str
    operand: Node
    field: str
    test: bool = False


class Call(msgspec.Struct, frozen=True):
    """An operator or a function. The target of a member call is its first argument; `&&` and `||` take any number."""

    at: int
    type: str
    function: str
    args: tuple[Node, ...]


class ListOf(msgspec.Struct, frozen=True):
    """A list written out."""

    at: int
    type: str
    items: tuple[Node, ...]


class Each(msgspec.Struct, frozen=True):
    """A macro over a list (or the keys of a map): `over.kind(variable, test, body)`.

    Attributes:
        at: Offset of the macro.
        type: Type of its value.
        kind: Which macro.
        over: The list.
        variable: Name of the element in `test` and `body`.
        test: Condition on an element; `None` only for a `map` of two arguments.
        body: What `map` makes of an element; `None` for the others.
    """

    at: int
    type: str
    kind: Literal["all", "exists", "exists_one", "filter", "map"]
    over: Node
    variable: str
    test: Node | None = None
    body: Node | None = None


def children(node: Node) -> tuple[Node, ...]:
    """Return the nodes directly below, in the order in which they are written."""
    match node:
        case Select():
            return (node.operand,)
        case Call():
            return node.args
        case ListOf():
            return node.items
        case Each():
            return (node.over, *(part for part in (node.test, node.body) if part is not None))
        case _:
            return ()


def walk(node: Node) -> Iterator[Node]:
    """Yield the node and all below it."""
    yield node
    for child in children(node):
        yield from walk(child)


def depth(node: Node) -> int:
    """Return the number of levels of a tree."""
    return 1 + max((depth(child) for child in children(node)), default=0)


def names(node: Node, bound: frozenset[str] = frozenset()) -> frozenset[str]:
    """Return the free variables of an expression: those that no macro binds."""
    if isinstance(node, Var):
        return frozenset() if node.name in bound else frozenset({node.name})
    found: frozenset[str] = frozenset()
    for child in children(node):
        inner = bound | {node.variable} if isinstance(node, Each) and child is not node.over else bound
        found |= names(child, inner)
    return found
