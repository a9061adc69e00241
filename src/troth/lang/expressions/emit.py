"""Writes an expression as one Python expression with strong-Kleene semantics: `None` is unknown.

Operands that are read more than once are held in temporaries by `:=`. No operator written out in place can raise on
values of its operands' types; everything that can fail goes through `operators.GUARDED`, which returns unknown. So
the generated code needs no `try`, and never confuses an error with false.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from troth.lang.expressions import conversions, ir, macros, operators, times
from troth.lang.expressions.patterns import compile_pattern

_COMPARE: Final = {"_==_": "==", "_!=_": "!=", "_<_": "<", "_<=_": "<=", "_>_": ">", "_>=_": ">="}
_ARITHMETIC: Final = {
    "_+_": "+", "_-_": "-", "_*_": "*",
    "_+_ timestamp": "+", "_-_ timestamp": "-", "_+_ duration": "+", "_-_ duration": "-",
}  # fmt: skip
_RANGES: Final = {
    "int": (conversions.INT_MIN, conversions.INT_MAX),
    "timestamp": (times.FIRST_INSTANT, times.LAST_INSTANT),
    "duration": (-times.LONGEST, times.LONGEST),
}
_TIMES: Final = frozenset({"timestamp", "duration"})
_ADDABLE: Final = frozenset({"int", "double", "string"})
_SCALARS: Final = frozenset({"bool", "int", "double", "string", "timestamp", "duration"})


class Piece(NamedTuple):
    """Python text of a value.

    Attributes:
        text: The expression, safe inside any other.
        nullable: Whether it can be `None`.
        plain: Whether reading it twice costs and changes nothing: a name or a literal.
    """

    text: str
    nullable: bool = True
    plain: bool = False


class Emitter:
    """Writes expressions over given variables, and collects the names that they need.

    Args:
        variables: Variable → Python text of its value, plain.
        facts: Fact → index in `stale` and `observed_at`; empty where there are none.
    """

    def __init__(self, variables: Mapping[str, Piece], facts: Mapping[str, int] | None = None) -> None:
        """Start with no temporaries."""
        self.variables = dict(variables)
        self.facts = facts or {}
        self.namespace: dict[str, Any] = {}
        self._temporaries = 0

    def emit(self, node: ir.Node) -> Piece:
        """Return the Python text of a node."""
        match node:
            case ir.Const():
                return self._constant(node.value)
            case ir.Var():
                return self.variables[node.name]
            case ir.Select():
                return self._select(node)
            case ir.ListOf():
                pieces = [self.emit(item) for item in node.items]
                return self._strict(pieces, lambda texts: f"[{', '.join(texts)}]")
            case ir.Each():
                return self._each(node)
            case ir.Call():
                return self._call(node)

    def need(self, name: str, value: Any) -> str:
        """Return the name under which the generated code finds a value."""
        self.namespace[name] = value
        return name

    def call(self, operation: str, *args: str) -> Piece:
        """Return a call of a guarded operation."""
        name = "op_" + "".join(letter if letter.isalnum() else _SIGNS.get(letter, "_") for letter in operation)
        return Piece(f"{self.need(name, operators.GUARDED[operation])}({', '.join(args)})")

    def _constant(self, value: Any) -> Piece:
        if isinstance(value, float) and not math.isfinite(value):
            return Piece(f'float("{value}")', False)
        text = repr(value)
        return Piece(f"({text})" if text.startswith("-") else text, value is None, True)

    def _hold(self, piece: Piece) -> tuple[str, str]:
        """Return how to read a value the first time and again."""
        if piece.plain:
            return piece.text, piece.text
        self._temporaries += 1
        name = f"t{self._temporaries}"
        return f"({name} := {piece.text})", name

    def _strict(self, pieces: list[Piece], write: Any) -> Piece:
        """Return an operation that is unknown where an operand is."""
        checks, texts = [], []
        for piece in pieces:
            if piece.nullable:
                first, again = self._hold(piece)
                checks.append(f"{first} is None")
                texts.append(again)
            else:
                texts.append(piece.text)
        result = write(texts)
        if not checks:
            return Piece(f"({result})", False)
        return Piece(f"(None if {' or '.join(checks)} else {result})")

    def _call(self, node: ir.Call) -> Piece:
        name = node.function
        if name in {"known", "stale", "age"}:
            return self._own(node)
        pieces = [self.emit(arg) for arg in node.args]
        if name in {"&&", "||"}:
            return self._chain(pieces, name == "&&")
        if name == "!":
            return self._strict(pieces, lambda texts: f"not {texts[0]}")
        if name == "?:":
            return self._choice(*pieces)
        kinds = {arg.type for arg in node.args}
        if name in _COMPARE and (same := self._comparison(node, pieces, kinds)):
            return same
        if name == "dyn":
            return pieces[0]
        if name == "string" and kinds == {"int"}:
            return self._strict(pieces, lambda texts: f"str({texts[0]})")
        if name in _ARITHMETIC and (kinds <= _TIMES if " " in name else kinds == {node.type} and kinds <= _ADDABLE):
            return self._arithmetic(node, pieces)
        if name == "truth" and pieces[0].text.isidentifier():
            held = pieces[0].text
            return Piece(f"({held} if {held} is True or {held} is False else None)")
        if name == "@in" and (among := self._membership(node.args[0], node.args[1], pieces[0])):
            return among
        if name == "matches":
            pattern = node.args[1]
            assert isinstance(pattern, ir.Const)
            text = self.need(f"pattern_{len(self.namespace)}", compile_pattern(pattern.value))
            return self.call(name, pieces[0].text, text)
        return self.call(name, *(piece.text for piece in pieces))

    def _own(self, node: ir.Call) -> Piece:
        """Return `known`, `stale` or `age`."""
        value = self.emit(node.args[0])
        if node.function == "known":
            return Piece(f"({value.text} is not None)", False)
        fact = node.args[0]
        assert isinstance(fact, ir.Var)
        index = self.facts[fact.name]
        if node.function == "stale":
            return Piece(f"(False if {value.text} is not None else True if stale[{index}] else None)")
        return Piece(f"(None if {value.text} is None or not observed_at[{index}] else now - observed_at[{index}])")

    def _chain(self, pieces: list[Piece], conjunction: bool) -> Piece:
        """Return a Kleene conjunction or disjunction of any number of operands."""
        decisive, other, word = ("False", "True", "and") if conjunction else ("True", "False", "or")
        if not any(piece.nullable for piece in pieces):
            return Piece(f"({f' {word} '.join(piece.text for piece in pieces)})", False)
        firsts, again = [], []
        for piece in pieces:
            first, name = self._hold(piece)
            firsts.append(f"{first} is {decisive}")
            if piece.nullable:
                again.append(f"{name} is None")
        return Piece(f"({decisive} if {' or '.join(firsts)} else None if {' or '.join(again)} else {other})")

    def _choice(self, test: Piece, yes: Piece, no: Piece) -> Piece:
        """Return a conditional; unknown while its condition is."""
        if not test.nullable:
            return Piece(f"({yes.text} if {test.text} else {no.text})", yes.nullable or no.nullable)
        first, again = self._hold(test)
        return Piece(f"(None if {first} is None else {yes.text} if {again} else {no.text})")

    def _comparison(self, node: ir.Call, pieces: list[Piece], kinds: set[str]) -> Piece | None:
        """Return a comparison written in place, if its types make that right for every value."""
        sign = _COMPARE[node.function]
        one_kind = len(kinds) == 1 and kinds <= _SCALARS
        with_text = any(isinstance(arg, ir.Const) and arg.type == "string" for arg in node.args)
        if not one_kind and not (with_text and sign in {"==", "!="}):
            return None
        return self._strict(pieces, lambda texts: f"{texts[0]} {sign} {texts[1]}")

    def _arithmetic(self, node: ir.Call, pieces: list[Piece]) -> Piece:
        """Return arithmetic on known types; a result out of range is unknown."""
        sign = _ARITHMETIC[node.function]
        plain = self._strict(pieces, lambda texts: f"{texts[0]} {sign} {texts[1]}")
        if node.type not in _RANGES:
            return plain
        low, high = _RANGES[node.type]
        self._temporaries += 1
        name = f"t{self._temporaries}"
        checked = f"{name} if {low} <= ({name} := {{}} {sign} {{}}) <= {high} else None"
        return Piece(self._strict(pieces, lambda texts: checked.format(*texts)).text)

    def _membership(self, value: ir.Node, items: ir.Node, piece: Piece) -> Piece | None:
        """Return `in` as a look-up in a set, if it asks for a text among constant texts."""
        if not isinstance(items, ir.ListOf) or not items.items or value.type != "string":
            return None
        texts = [item.value for item in items.items if isinstance(item, ir.Const) and item.type == "string"]
        if len(texts) != len(items.items):
            return None
        return self._strict([piece], lambda held: f"{held[0]} in {{{', '.join(map(repr, sorted(set(texts))))}}}")

    def _select(self, node: ir.Select) -> Piece:
        """Return a member of a map, or whether it is there."""
        operand = self.emit(node.operand)
        if node.operand.type == "map" and not operand.nullable:
            if node.test:
                return Piece(f"({node.field!r} in {operand.text})", False)
            return Piece(f"{operand.text}.get({node.field!r})")
        helper = macros.has_member if node.test else macros.member
        return Piece(f"{self.need(helper.__name__, helper)}({operand.text}, {node.field!r})")

    def _each(self, node: ir.Each) -> Piece:
        """Return a macro as a call with a function of the element."""
        over = self.emit(node.over)
        hidden = self.variables.get(node.variable)
        self._temporaries += 1
        element = f"e{self._temporaries}"
        self.variables[node.variable] = Piece(element, True, True)
        functions = [f"lambda {element}: {self.emit(part).text}" for part in (node.test, node.body) if part is not None]
        if hidden is None:
            del self.variables[node.variable]
        else:
            self.variables[node.variable] = hidden
        kind = "map_all" if node.kind == "map" and node.test is None else "each_" + node.kind
        return Piece(f"{self.need(kind, macros.MACROS[kind])}({over.text}, {', '.join(functions)})")


_SIGNS: Final = {
    "=": "e", "!": "n", "<": "l", ">": "g", "+": "a", "-": "s", "*": "m", "/": "d", "%": "r", "@": "",
    "[": "i", "]": "x",
}  # fmt: skip


def conformed(emitter: Emitter, node: ir.Node, expected: str) -> Piece:
    """Return the text of a value that is of the expected type, or unknown."""
    piece = emitter.emit(node)
    if expected in {node.type, "dyn"}:
        return piece
    if expected == "bool" and piece.text.isidentifier():
        return Piece(f"({piece.text} if {piece.text} is True or {piece.text} is False else None)")
    name = f"conform_{expected}"
    return Piece(f"{emitter.need(name, macros.CONFORM[expected])}({piece.text})")
