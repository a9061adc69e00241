"""Reads what Google's CEL hands over: a `cel.expr.CheckedExpr` or `ParsedExpr` in protobuf's wire format, as our tree.

Only the dozen messages of an expression are read, so a decoder of one function takes the place of generated classes.
The numbers below are field numbers of cel-spec's `syntax.proto` and `checked.proto`.

Source: google/cel-spec, proto/cel/expr/{syntax,checked}.proto; protobuf encoding, developers.google.com.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from troth.lang.expressions.ir import Call, Const, Each, ListOf, Node, Select, Var

Message: TypeAlias = dict[int, list[Any]]

_PRIMITIVES: Final = {1: "bool", 2: "int", 3: "uint", 4: "double", 5: "string", 6: "bytes"}
_WELL_KNOWN: Final = {1: "dyn", 2: "timestamp", 3: "duration"}
_CONSTANTS: Final = {1: "null", 2: "bool", 3: "int", 4: "uint", 5: "double", 6: "string", 7: "bytes"}


class Unsupported(Exception):  # noqa: N818  # Named like `Refused`: what it says, not that it is one.
    """The expression uses a part of CEL that this language leaves out.

    Args:
        at: Offset of it in the text.
        what: What it is.
    """

    def __init__(self, at: int, what: str) -> None:
        """Keep both."""
        super().__init__(what)
        self.at, self.what = at, what


def fields(data: bytes) -> Message:
    """Return the fields of one protobuf message by number; varints as unsigned integers, all else as bytes."""
    found: Message = {}
    here = 0
    while here < len(data):
        key, here = _varint(data, here)
        kind = key & 7
        value: Any
        if kind == 0:
            value, here = _varint(data, here)
        else:
            size = {1: 8, 5: 4}.get(kind, 0)
            if kind == 2:
                size, here = _varint(data, here)
            value, here = data[here : here + size], here + size
        found.setdefault(key >> 3, []).append(value)
    return found


def decode(packed: bytes) -> Node:
    """Return the tree of a serialized expression, checked or only parsed.

    Raises:
        Unsupported: It uses messages, maps written out, or a macro that is none of CEL's own.
    """
    wrapped = fields(packed)
    body = fields(wrapped[2][0])
    checked = wrapped[1][0].endswith(b"CheckedExpr")
    source = fields(body[5 if checked else 3][0])
    return _Reader(
        positions={entry.get(1, [0])[0]: entry.get(2, [0])[0] for entry in map(fields, source.get(4, []))},
        types={entry[1][0]: _type(entry[2][0]) for entry in map(fields, body.get(3, []))} if checked else {},
        names={entry[1][0]: _text(fields(entry[2][0]), 1) for entry in map(fields, body.get(2, []))} if checked else {},
    ).node(body[4 if checked else 2][0])


def _varint(data: bytes, here: int) -> tuple[int, int]:
    """Return a varint and the position after it."""
    value = shift = 0
    while True:
        byte = data[here]
        here += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, here
        shift += 7


def _text(message: Message, number: int) -> str:
    """Return a string field; empty when it is not set."""
    text: bytes = message.get(number, [b""])[0]
    return text.decode()


def _type(data: bytes) -> str:
    """Return our word for a `cel.expr.Type`."""
    message = fields(data)
    if 3 in message:
        return _PRIMITIVES.get(message[3][0], "dyn")
    if 5 in message:
        return _WELL_KNOWN.get(message[5][0], "dyn")
    for number, word in ((2, "null"), (6, "list"), (7, "map"), (11, "type")):
        if number in message:
            return word
    return "dyn"


class _Reader:
    """Turns expression messages into nodes, with types and positions from the tables beside them."""

    def __init__(self, positions: Mapping[int, int], types: Mapping[int, str], names: Mapping[int, str]) -> None:
        self.positions, self.types, self.names = positions, types, names

    def node(self, data: bytes) -> Node:
        """Return the node of one `Expr`."""
        message = fields(data)
        mark = message.get(2, [0])[0]
        at, kind = self.positions.get(mark, 0), self.types.get(mark, "dyn")
        if 3 in message:
            return _constant(at, fields(message[3][0]))
        if 4 in message:
            return Var(at, kind, self.names.get(mark) or _text(fields(message[4][0]), 1))
        if 5 in message:
            select = fields(message[5][0])
            if self.names.get(mark):  # A variable whose name has dots.
                return Var(at, kind, self.names[mark])
            return Select(at, kind, self.node(select[1][0]), _text(select, 2), bool(select.get(3, [0])[0]))
        if 6 in message:
            call = fields(message[6][0])
            args = tuple(self.node(part) for part in call.get(1, []) + call.get(3, []))
            return Call(at, kind, _text(call, 2), args)
        if 7 in message:
            return ListOf(at, "list", tuple(self.node(part) for part in fields(message[7][0]).get(1, [])))
        if 9 in message:
            return self.each(at, fields(message[9][0]))
        raise Unsupported(at, "a map or message written out")

    def each(self, at: int, fold: Message) -> Each:
        """Return the macro that CEL expanded into a fold; its shape tells which it was."""
        start, step = self.node(fold[4][0]), self.node(fold[6][0])
        over, name = self.node(fold[2][0]), _text(fold, 1)
        assert isinstance(step, Call)
        if step.function in {"_||_", "_&&_"} and isinstance(start, Const):
            return Each(at, "bool", "all" if step.function == "_&&_" else "exists", over, name, step.args[1])
        test = None
        if step.function == "_?_:_":
            test, step = step.args[0], step.args[1]
            assert isinstance(step, Call)
        if isinstance(start, Const) and test is not None:
            return Each(at, "bool", "exists_one", over, name, test)
        body = step.args[1]
        if step.function != "_+_" or not isinstance(body, ListOf) or len(body.items) != 1:
            raise Unsupported(at, "a macro over two variables")
        made = body.items[0]
        if test is not None and isinstance(made, Var) and made.name == name:
            return Each(at, "list", "filter", over, name, test)
        return Each(at, "list", "map", over, name, test, made)


def _constant(at: int, message: Message) -> Const:
    """Return the node of a `Constant`; protobuf leaves out nothing here, since the fields are of one choice."""
    number = next(iter(message))
    kind, raw = _CONSTANTS[number], message[number][0]
    if kind == "int":
        return Const(at, kind, raw - 2**64 if raw >= 2**63 else raw)
    if kind == "double":
        return Const(at, kind, struct.unpack("<d", raw)[0])
    if kind == "string":
        return Const(at, kind, raw.decode())
    return Const(at, kind, None if kind == "null" else bool(raw) if kind == "bool" else raw)
