"""Makes a parsed tree ready for evaluation: constants folded, operations named by types, what is left out refused.

After it a `Call` names its operation as `operators.OPERATIONS` does, or is one of `&&`, `||`, `!`, `?:`, `known`,
`stale`, `age`; a `dyn` that meets an instant or a duration in a comparison is read as one.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Final

import msgspec

from troth.lang.expressions import conversions, ir, operators, times
from troth.lang.expressions.patterns import compile_pattern

LOGIC: Final = {"_&&_": "&&", "_||_": "||", "!_": "!", "_?_:_": "?:"}
COMPARISONS: Final = frozenset({"_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_"})
OWN: Final = frozenset({"known", "stale", "age"})

_RETURNS: Final = {
    **dict.fromkeys((*COMPARISONS, "@in", "known", "stale", "bool"), "bool"),
    **dict.fromkeys(("contains", "startsWith", "endsWith", "matches"), "bool"),
    **dict.fromkeys(("size", "int"), "int"),
    "string": "string", "double": "double", "timestamp": "timestamp", "duration": "duration", "age": "duration",
}  # fmt: skip
_TIMES: Final = frozenset({"timestamp", "duration"})
_VALUES: Final = frozenset({"bool", "int", "double", "string", "timestamp", "duration", "dyn", "list", "map", "null"})


NULL_REMEDY: Final = "write known(x) for 'is there', !known(x) for 'is not there' (null is the unknown)"


class Refused(msgspec.Struct, frozen=True):
    """Why a node cannot be evaluated: all of a `Problem` but its place, which is an offset."""

    at: int
    code: str
    found: str
    expected: str
    remedy: str


def lower(node: ir.Node, variables: Mapping[str, str], refused: list[Refused]) -> ir.Node:
    """Return the tree ready for evaluation; what cannot be is added to `refused`."""
    match node:
        case ir.Var():
            kind = variables.get(node.name, "dyn") if node.type == "dyn" else node.type
            made: ir.Node = ir.Var(node.at, kind, node.name)
        case ir.Select():
            made = ir.Select(node.at, node.type, lower(node.operand, variables, refused), node.field, node.test)
        case ir.ListOf():
            made = ir.ListOf(node.at, "list", tuple(lower(item, variables, refused) for item in node.items))
        case ir.Each():
            inner = {**variables, node.variable: "dyn"}
            made = ir.Each(
                node.at, node.type, node.kind, lower(node.over, variables, refused), node.variable,
                node.test and lower(node.test, inner, refused), node.body and lower(node.body, inner, refused),
            )  # fmt: skip
        case ir.Call():
            made = _call(node, tuple(lower(arg, variables, refused) for arg in node.args), refused)
        case _:
            made = node
    if made.type not in _VALUES:
        what = {"type": "a type used as a value"}.get(made.type, f"a value of type {made.type}")
        refused.append(Refused(made.at, "X109", what, "bool, int, double, string, timestamp, duration", "leave it out"))
    return made


def _call(node: ir.Call, args: tuple[ir.Node, ...], refused: list[Refused]) -> ir.Node:
    """Return a call with its operation named by the types of its operands."""
    name = node.function
    if name in LOGIC:
        return _logic(node, LOGIC[name], args)
    if name in COMPARISONS and any(arg.type == "null" for arg in args):
        refused.append(Refused(node.at, "X111", "a comparison with null", "known(…)", NULL_REMEDY))
    if name in {"timestamp", "duration", "matches"} and isinstance(args[-1], ir.Const):
        return _constant(node, args, refused)
    if name == "matches":
        remedy = "write the pattern as a text in quotes"
        found = "matches with a pattern that is no constant"
        refused.append(Refused(node.at, "X110", found, "a constant pattern", remedy))
    if name in COMPARISONS:
        args = _same_kind(args)
    if name == "-_" and isinstance(args[0], ir.Const) and args[0].type == "double":
        return ir.Const(node.at, "double", -args[0].value)
    kind = _RETURNS.get(name, "dyn") if node.type == "dyn" else node.type
    operation = _operation(name, args, kind)
    if operation is None:
        return args[0]
    if operation not in operators.OPERATIONS and operation not in OWN:
        refused.append(Refused(node.at, "X109", f"the function {name}", "a function of this language", "leave it out"))
    return ir.Call(node.at, kind, operation, args)


def _logic(node: ir.Call, name: str, args: tuple[ir.Node, ...]) -> ir.Node:
    """Return a connective: chains of one kind become one call, and a `dyn` operand must turn out to be a truth."""
    conditions = args[:1] if name == "?:" else args
    checked = [ir.Call(arg.at, "bool", "truth", (arg,)) if arg.type != "bool" else arg for arg in conditions]
    if name in {"&&", "||"}:
        same = [arg.args if isinstance(arg, ir.Call) and arg.function == name else (arg,) for arg in checked]
        checked = list(itertools.chain.from_iterable(same))
    kind = "bool" if name != "?:" else node.type
    if kind == "dyn" and args[1].type == args[2].type:
        kind = args[1].type
    return ir.Call(node.at, kind, name, (*checked, *args[len(conditions) :]))


def _constant(node: ir.Call, args: tuple[ir.Node, ...], refused: list[Refused]) -> ir.Node:
    """Return an instant, a duration or a pattern made from its text at once."""
    text = args[-1]
    assert isinstance(text, ir.Const)
    try:
        if node.function == "matches" and isinstance(text.value, str):
            compile_pattern(text.value)
            return ir.Call(node.at, "bool", "matches", args)
        if isinstance(text.value, str):
            value = times.instant_of(text.value) if node.function == "timestamp" else times.duration_of(text.value)
        elif node.function == "timestamp" and text.type == "int":
            value = conversions.seconds_to_timestamp(text.value)
        else:
            value = text.value
        return ir.Const(node.at, node.function, value)
    except ValueError as error:
        shape = {
            "timestamp": "a text such as 2026-03-02T09:00:00Z",
            "duration": "a text such as 90s, 1h30m, 14d",
            "matches": "a pattern of the plain kind",
        }[node.function]
        refused.append(Refused(text.at, "X110", str(error), shape, f"correct the text of {node.function}()"))
        return ir.Const(node.at, node.function if node.function != "matches" else "bool", None)


def _same_kind(args: tuple[ir.Node, ...]) -> tuple[ir.Node, ...]:
    """Return the operands of a comparison, a `dyn` beside an instant or a duration being read as one."""
    for kind in _TIMES & {arg.type for arg in args}:
        return tuple(ir.Call(arg.at, kind, kind, (arg,)) if arg.type == "dyn" else arg for arg in args)
    return args


def _operation(name: str, args: tuple[ir.Node, ...], result: str) -> str | None:
    """Return the name of the operation; `None` for a conversion to the type that the value has already."""
    first = args[0].type if args else ""
    if name == first and name in _VALUES:
        return None
    if name in {"_+_", "_-_"} and result in _TIMES:
        return f"{name} {result}"
    if name == "timestamp" and first == "int":
        return "timestamp int"
    typed = f"{name} {first}"
    return typed if typed in operators.OPERATIONS else name
