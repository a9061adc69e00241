"""Writes a tree back as text, for explanations: the parts of an expression in the words of its writer."""

from __future__ import annotations

import json
from typing import Final

from troth.lang.expressions import conversions, ir, times

_BINARY: Final = {
    "||": 2, "&&": 3,
    "_==_": 4, "_!=_": 4, "_<_": 4, "_<=_": 4, "_>_": 4, "_>=_": 4, "@in": 4,
    "_+_": 5, "_-_": 5, "_*_": 6, "_/_": 6, "_%_": 6,
}  # fmt: skip
_MEMBERS: Final = ("contains", "startsWith", "endsWith", "matches", "get")
_TIGHT: Final = 8


def write(node: ir.Node, above: int = 0) -> str:
    """Return a node as text, in parentheses if what stands above binds more tightly.

    Args:
        node: The node.
        above: Binding strength of the operator above it; 0 when there is none.
    """
    text, strength = _text(node)
    return f"({text})" if strength < above else text


def _text(node: ir.Node) -> tuple[str, int]:
    """Return the text of a node and how tightly its outermost operator binds."""
    match node:
        case ir.Const():
            return _constant(node), _TIGHT
        case ir.Var():
            return node.name, _TIGHT
        case ir.Select():
            text = f"{write(node.operand, _TIGHT)}.{node.field}"
            return f"has({text})" if node.test else text, _TIGHT
        case ir.ListOf():
            return f"[{', '.join(map(write, node.items))}]", _TIGHT
        case ir.Each():
            parts = [node.variable, *(write(part) for part in (node.test, node.body) if part is not None)]
            return f"{write(node.over, _TIGHT)}.{node.kind}({', '.join(parts)})", _TIGHT
        case ir.Call():
            return _call(node)


def _call(node: ir.Call) -> tuple[str, int]:
    """Return a call as it would be written."""
    name, args = node.function.split(" ")[0], node.args
    if name == "truth" or (name in {"timestamp", "duration"} and isinstance(args[0], ir.Var)):
        return _text(args[0]) if name == "truth" else (f"{name}({write(args[0])})", _TIGHT)
    if name == "?:":
        return f"{write(args[0], 2)} ? {write(args[1], 2)} : {write(args[2], 1)}", 1
    if name in {"!", "-_"}:
        return name[0] + write(args[0], 7), 7
    if name == "_[_]":
        return f"{write(args[0], _TIGHT)}[{write(args[1])}]", _TIGHT
    if name in _BINARY:
        strength = _BINARY[name]
        sign = {"@in": "in"}.get(name, name.strip("_"))
        rest = strength if name in {"||", "&&"} else strength + 1
        parts = [write(args[0], strength), *(write(arg, rest) for arg in args[1:])]
        return f" {sign} ".join(parts), strength
    if name.startswith(_MEMBERS):
        return f"{write(args[0], _TIGHT)}.{name}({', '.join(map(write, args[1:]))})", _TIGHT
    return f"{name}({', '.join(map(write, args))})", _TIGHT


def _constant(node: ir.Const) -> str:
    """Return a constant as it would be written."""
    value = node.value
    if value is None or isinstance(value, (bool, str)):
        return json.dumps(value, ensure_ascii=False)
    if node.type == "timestamp":
        return f'timestamp("{conversions.instant_text(value)}")'
    if node.type == "duration":
        return f'duration("{times.duration_text(value)}")'
    return repr(value)
