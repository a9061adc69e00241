"""Compiles expressions outside packs: over the data of an event, the columns of a row, the attributes of a subject.

Here nothing is told to anybody yet, so `known(…)` takes any expression and may be negated, and `has(…)` is allowed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from troth.errors import Place, Problem
from troth.lang.expressions import ir
from troth.lang.expressions.emit import Emitter, Piece, conformed
from troth.lang.expressions.explain import Scene
from troth.lang.expressions.explain import conformed as conformed_explanation
from troth.lang.expressions.explain import explain as explain_node
from troth.lang.expressions.macros import CONFORM
from troth.lang.expressions.read import identifiers, place_at, read
from troth.lang.expressions.rules import check_type
from troth.model.rules import ABSENT, Explanation, Extract, ValueType
from troth.model.truth import Truth

_DATA: Final[Mapping[str, str]] = {"data": "map"}


class Where(msgspec.Struct, frozen=True):
    """A condition over the attributes of a subject.

    Attributes:
        names: The attributes that it reads.
        test: Its truth for a mapping of attributes; one that is not there is unknown.
        explain: Why it has that truth.
    """

    names: tuple[str, ...]
    test: Callable[[Mapping[str, Any]], Truth]
    explain: Callable[[Mapping[str, Any]], Explanation]


def compile_data(text: Any, *, place: Place, expected: ValueType = "dyn") -> tuple[Extract | None, tuple[Problem, ...]]:
    """Return an expression over the data of an event (`data.member`), or its problems. See `compile_extract`."""
    return compile_extract(text, None, place=place, expected=expected)


def compile_extract(
    text: Any, variables: Mapping[str, ValueType] | None, *, place: Place, expected: ValueType = "dyn"
) -> tuple[Extract | None, tuple[Problem, ...]]:
    """Return a function of a mapping that evaluates an expression, or its problems.

    The function returns `None` when the value is unknown, and `ABSENT` when the whole expression is one member (or
    column) that the mapping does not have. A value that is not of the expected type is converted where that loses
    nothing (a text to an instant or a duration, a whole number to a double), else it is unknown.

    Args:
        text: The expression; a bool, a number or null stands for itself.
        variables: Column → type, for a row; `None` for the data of an event, the map `data`.
        place: Where the first character of the text stands.
        expected: Type of the values that it returns.
    """
    if not isinstance(text, str):
        return _literal(text, place, expected)
    declared: Mapping[str, str] = _DATA if variables is None else variables
    node, problems = read(text, declared, place)
    problems += () if node is None else (*_own_functions(node, text, place), *check_type(node, text, expected, place))
    if node is None or problems:
        return None, problems
    path = _bare(node, rows=variables is not None)
    if path and "dyn" in {node.type, expected}:
        return _member(path, expected), ()
    return _function(node, expected, rows=variables is not None), ()


def compile_where(text: str, place: Place) -> tuple[Where | None, tuple[Problem, ...]]:
    """Return a condition whose free names are attributes of unknown types, or its problems."""
    found, problems = identifiers(text, place)
    if problems:
        return None, problems
    declared: dict[str, str] = dict.fromkeys(found, "dyn")
    node, problems = read(text, declared, place)
    problems += () if node is None else (*_own_functions(node, text, place), *check_type(node, text, "bool", place))
    if node is None or problems:
        return None, problems
    tree = node

    def explain(row: Mapping[str, Any]) -> Explanation:
        return conformed_explanation(explain_node(tree, Scene(dict(row))), tree.type, "bool")

    return Where(found, _function(node, "bool", rows=True), explain), ()


def conform(value: Any, kind: ValueType) -> Any:
    """Return a run-time value as one of a type: as it is, converted where that loses nothing, or `None`.

    A `timestamp` takes RFC 3339 text and microseconds, a `duration` text such as `1h30m` and microseconds.
    """
    return CONFORM[kind](value)


def _literal(value: Any, place: Place, expected: ValueType) -> tuple[Extract | None, tuple[Problem, ...]]:
    """Return a constant, if it is of the expected type."""
    if not (value is None or type(value) in (bool, int, float)):
        found = f"a {type(value).__name__}"
        return None, (Problem(place, "X104", found, "an expression or a constant", "write an expression"),)
    fitted = CONFORM[expected](value)
    if fitted is None and value is not None:
        remedy = "a text is written in its own quotes: \"'text'\"" if expected == "string" else f"write a {expected}"
        return None, (Problem(place, "X104", f"the constant {value!r}", expected, remedy),)
    return (lambda _: fitted), ()


def _own_functions(node: ir.Node, text: str, place: Place) -> tuple[Problem, ...]:
    """Return a problem for each use of a function that only facts have."""
    return tuple(
        Problem(place_at(place, text, part.at), "X107", f"{part.function}(…) outside a pack", "known(…)", _NO_FACTS)
        for part in ir.walk(node)
        if isinstance(part, ir.Call) and part.function in {"stale", "age"}
    )


_NO_FACTS: Final = "only facts have an age and can be stale: compare timestamps instead"


def _bare(node: ir.Node, rows: bool) -> tuple[str, ...]:
    """Return the way to the member that an expression consists of; empty when it is anything more."""
    if rows and isinstance(node, ir.Var):
        return (node.name,)
    if isinstance(node, ir.Select) and not node.test:
        if isinstance(node.operand, ir.Var) and not rows:
            return (node.field,)
        above = _bare(node.operand, rows)
        return (*above, node.field) if above else ()
    return ()


def _member(path: tuple[str, ...], expected: str) -> Extract:
    """Return the fast form of a bare member: one look-up, `ABSENT` when it is not there."""
    first, *rest = path
    if expected == "dyn" and not rest:
        return lambda data: data.get(first, ABSENT)
    fit = CONFORM[expected]

    def take(data: Mapping[str, Any]) -> Any:
        value = data.get(first, ABSENT)
        for name in rest:
            value = value.get(name, ABSENT) if type(value) is dict else value if value is ABSENT else None
        return value if value is ABSENT or value is None else fit(value)

    return take


def _function(node: ir.Node, expected: str, rows: bool) -> Extract:
    """Return the generated function of an expression."""
    columns = sorted(ir.names(node)) if rows else []
    local = {name: f"c_{name}" if name.isidentifier() else f"c_{number}" for number, name in enumerate(columns)}
    variables = {name: Piece(read, True, True) for name, read in local.items()} or {"data": Piece("data", False, True)}
    emitter = Emitter(variables)
    text = conformed(emitter, node, expected).text
    reads = [f"    {read} = data.get({name!r})" for name, read in local.items()]
    source = "\n".join(["def extract(data):", *reads, f"    return {text}", ""])
    namespace = dict(emitter.namespace)
    exec(compile(source, "<expression>", "exec"), namespace)  # noqa: S102  # Written by `emit` alone.
    extract: Extract = namespace["extract"]
    return extract
