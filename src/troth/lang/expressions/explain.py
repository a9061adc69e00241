"""Evaluates a tree step by step and keeps why: the slow twin of the generated code, and tested to agree with it.

An explanation is pruned to what decided. Of a false conjunction those are its false parts, of an unknown one its
unknown parts, of a true one all; of a conditional its condition and the branch taken; of anything else that is
unknown, the operands that are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from troth.lang.expressions import ir, macros
from troth.lang.expressions.conversions import Failure
from troth.lang.expressions.operators import OPERATIONS, has_member, member
from troth.lang.expressions.patterns import compile_pattern
from troth.lang.expressions.write import write
from troth.model.rules import Explanation
from troth.model.times import Micros
from troth.model.truth import Truth, all_of, any_of, negate


class Scene(msgspec.Struct, frozen=True):
    """What an expression is evaluated over.

    Attributes:
        values: Variable → value; `None` is unknown.
        why: Variable → in words, why it is unknown.
        stale: Fact → whether only stale observations exist.
        observed_at: Fact → occurred_at of the deciding observation; 0 when there is none.
        now: The moment asked about.
        facts: Whether variables are facts, and are named so in explanations.
    """

    values: Mapping[str, Any]
    why: Mapping[str, str] = {}
    stale: Mapping[str, bool] = {}
    observed_at: Mapping[str, Micros] = {}
    now: Micros = 0
    facts: bool = False


def explain(node: ir.Node, scene: Scene) -> Explanation:
    """Return the value of a node with the parts that decided it."""
    match node:
        case ir.Const():
            return Explanation(write(node), node.value)
        case ir.Var():
            return _variable(node, scene)
        case ir.Call(function="&&" | "||"):
            return _chain(node, scene)
        case ir.Call(function="?:"):
            return _choice(node, scene)
        case ir.Call(function="known" | "stale" | "age"):
            return _own(node, scene)
        case ir.Each():
            return _each(node, scene)
        case ir.Select():
            return _strict(node, (explain(node.operand, scene),))
        case ir.Call(function="matches"):
            return _strict(node, (explain(node.args[0], scene),))
        case _:
            return _strict(node, tuple(explain(child, scene) for child in ir.children(node)))


def conformed(explanation: Explanation, kind: str, expected: str) -> Explanation:
    """Return the explanation of a value that must be of a type: of another it is unknown.

    Args:
        explanation: How the value came about.
        kind: Type of the expression; one that is the expected type already is not converted again.
        expected: Type that its place demands.
    """
    if kind == expected:
        return explanation
    fitted = macros.CONFORM[expected](explanation.value)
    if fitted is None and explanation.value is not None:
        because = f"{explanation.value!r} is not a {expected}"
        return msgspec.structs.replace(explanation, value=None, because=because)
    return msgspec.structs.replace(explanation, value=fitted)


def _variable(node: ir.Var, scene: Scene) -> Explanation:
    value = scene.values.get(node.name)
    fact = node.name if scene.facts and node.name in scene.why else ""
    because = "" if value is not None else scene.why.get(node.name) or f"{node.name} is not known"
    return Explanation(node.name, value, because, fact)


def _chain(node: ir.Call, scene: Scene) -> Explanation:
    """Explain a conjunction or disjunction by the parts that have its value."""
    parts = [explain(arg, scene) for arg in node.args]
    fold = all_of if node.function == "&&" else any_of
    value = fold(part.value for part in parts)
    return Explanation(write(node), value, parts=tuple(part for part in parts if part.value is value))


def _choice(node: ir.Call, scene: Scene) -> Explanation:
    """Explain a conditional by its condition and the branch that it chose."""
    test = explain(node.args[0], scene)
    if test.value is None:
        return Explanation(write(node), None, parts=(test,))
    taken = explain(node.args[1] if test.value else node.args[2], scene)
    return Explanation(write(node), taken.value, parts=(test, taken))


def _own(node: ir.Call, scene: Scene) -> Explanation:
    """Explain `known`, `stale` or `age`."""
    operand = explain(node.args[0], scene)
    if node.function == "known":
        return Explanation(write(node), operand.value is not None, parts=(operand,))
    assert isinstance(node.args[0], ir.Var)
    name = node.args[0].name
    value: Truth | Micros
    if node.function == "stale":
        value = False if operand.value is not None else True if scene.stale[name] else None
        return Explanation(write(node), value, parts=(operand,))
    observed_at = scene.observed_at[name]
    if operand.value is None:
        return Explanation(write(node), None, parts=(operand,))
    if not observed_at:
        return Explanation(write(node), None, f"{name} rests on no observation", parts=(operand,))
    return Explanation(write(node), scene.now - observed_at, parts=(operand,))


def _strict(node: ir.Node, parts: tuple[Explanation, ...]) -> Explanation:
    """Explain an operation that is unknown where an operand is, or where it fails."""
    text = write(node)
    unknown = tuple(part for part in parts if part.value is None)
    if unknown:
        return Explanation(text, None, parts=unknown)
    shown = tuple(part for part in parts if part.parts or part.fact or part.text != write_value(part.value))
    try:
        value = _apply(node, [part.value for part in parts])
    except Failure as failure:
        return Explanation(text, None, str(failure), parts=shown)
    because = "it is null" if value is None else ""
    return Explanation(text, value, because, parts=shown)


def write_value(value: Any) -> str:
    """Return a value as it would be written in an expression."""
    return write(ir.Const(0, "dyn", value))


def _apply(node: ir.Node, values: list[Any]) -> Any:
    """Return the value of an operation over known operands."""
    match node:
        case ir.Select(field=field, test=test):
            return has_member(values[0], field) if test else member(values[0], field)
        case ir.ListOf():
            return values
        case ir.Call(function="!"):
            return negate(values[0])
        case ir.Call(function="matches", args=(_, ir.Const(value=pattern))):
            return OPERATIONS["matches"](values[0], compile_pattern(pattern))
        case ir.Call(function=function):
            return OPERATIONS[function](*values)
    raise AssertionError(node)


def _each(node: ir.Each, scene: Scene) -> Explanation:
    """Explain a macro by its list; of its elements only the value is kept."""
    over = explain(node.over, scene)

    def of(part: ir.Node | None) -> Any:
        def value(element: Any) -> Any:
            assert part is not None
            inner = msgspec.structs.replace(scene, values={**scene.values, node.variable: element})
            return explain(part, inner).value

        return value

    functions = [of(part) for part in (node.test, node.body) if part is not None]
    kind = "map_all" if node.kind == "map" and node.test is None else "each_" + node.kind
    value = macros.MACROS[kind](over.value, *functions)
    because = "" if value is not None or over.value is None else "of an element it is not known"
    return Explanation(write(node), value, because, parts=(over,))
