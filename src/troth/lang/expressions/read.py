"""Reads an expression: Google's CEL parses and checks it, its tree becomes ours, its errors become located problems.

Names of columns and attributes are other people's, so they may collide with CEL's own type names (`type`, `string`).
CEL refuses such a variable; an expression that uses one is only parsed, its names are checked here, and its types are
left to run time.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

from cel_expr_python import cel

from troth.errors import Place, Problem
from troth.lang.expressions import ir
from troth.lang.expressions.lower import NULL_REMEDY, Refused, lower
from troth.lang.expressions.wire import Unsupported, decode

TYPE_NAMES: Final = frozenset(
    {"bool", "int", "uint", "double", "string", "bytes", "list", "map", "type", "null_type", "dyn", "optional_type"}
)
"""Names that CEL keeps for types; as names of variables they cost the check of types before run time."""

RESERVED: Final = frozenset(
    {"as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in", "let", "loop",
     "package", "namespace", "null", "return", "true", "var", "void", "while"}
)  # fmt: skip
"""Words that CEL keeps for itself: no variable can be named so."""

FUNCTIONS: Final = (
    "known", "stale", "age", "timestamp", "duration", "size", "string", "int", "double", "bool", "matches", "contains",
    "startsWith", "endsWith",
)  # fmt: skip

_TYPES: Final = {
    "bool": cel.Type.BOOL, "int": cel.Type.INT, "double": cel.Type.DOUBLE, "string": cel.Type.STRING,
    "timestamp": cel.Type.TIMESTAMP, "duration": cel.Type.DURATION, "dyn": cel.Type.DYN,
    "map": cel.Type.Map(cel.Type.STRING, cel.Type.DYN),
}  # fmt: skip
_ERROR: Final = re.compile(r"ERROR: <input>:(\d+):(-?\d+): (.*)")
_SIGN: Final = re.compile(r"_(.+)_|([!-])_")
_REFUSED: Final = ("an expression that CEL accepts", "see the expression reference")
_MAX_LENGTH: Final = 10_000
_MAX_DEPTH: Final = 32
_SHALLOWER: Final = (f"at most {_MAX_DEPTH} levels", "name its parts as facts or states")


def usable_name(name: str) -> bool:
    """Return whether a variable of this name can be used in an expression."""
    return re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name, re.ASCII) is not None and name not in RESERVED


def place_at(place: Place, text: str, offset: int) -> Place:
    """Return the place of an offset in an expression that starts at a place; all its lines are indented alike."""
    before = text[:offset].split("\n")
    return _moved(place, len(before), len(before[-1]) + 1)


def read(text: str, variables: Mapping[str, str], place: Place) -> tuple[ir.Node | None, tuple[Problem, ...]]:
    """Return the checked tree of an expression, or all that is wrong with it.

    Args:
        text: The expression.
        variables: Name → type, a `ValueType` or `map`.
        place: Where its first character stands.
    """
    if len(text) > _MAX_LENGTH:
        found = f"an expression of {len(text)} characters"
        return None, (Problem(place, "X112", found, f"at most {_MAX_LENGTH}", "split it into facts or states"),)
    declared = tuple(sorted((name, kind) for name, kind in variables.items() if name not in TYPE_NAMES))
    shadowing = [name for name in variables if name in TYPE_NAMES]
    try:
        if shadowing:
            parsed = decode(_environment(declared).compile(text, disable_check=True).serialize())
            if not ir.names(parsed).isdisjoint(shadowing):
                return _finish(parsed, text, variables, place, _undeclared(parsed, text, variables, place))
        return _finish(decode(_environment(declared).compile(text).serialize()), text, variables, place)
    except RuntimeError as error:
        return None, tuple(_problems(str(error), text, variables, place))
    except Unsupported as error:
        return None, (_left_out(place_at(place, text, error.at), error.what),)


def identifiers(text: str, place: Place) -> tuple[tuple[str, ...], tuple[Problem, ...]]:
    """Return the free variables of an expression that nobody declared, in alphabetic order."""
    try:
        return tuple(sorted(ir.names(decode(_environment(()).compile(text, disable_check=True).serialize())))), ()
    except RuntimeError as error:
        return (), tuple(_problems(str(error), text, {}, place))
    except Unsupported as error:
        return (), (_left_out(place_at(place, text, error.at), error.what),)


@lru_cache(maxsize=64)
def _environment(variables: tuple[tuple[str, str], ...]) -> cel.Env:
    """Return CEL's environment for variables; making one costs milliseconds, so the last ones are kept."""
    own = (("known", cel.Type.BOOL), ("stale", cel.Type.BOOL), ("age", cel.Type.DURATION))
    functions = [
        cel.FunctionDecl(name, [cel.Overload(id=f"troth_{name}", return_type=returns, parameters=[cel.Type.DYN])])
        for name, returns in own
    ]
    return cel.NewEnv(variables={name: _TYPES[kind] for name, kind in variables}, functions=functions)


def _finish(
    parsed: ir.Node, text: str, variables: Mapping[str, str], place: Place, before: Iterable[Problem] = ()
) -> tuple[ir.Node | None, tuple[Problem, ...]]:
    """Return the tree made ready for evaluation, or why it cannot be."""
    problems = list(before)
    refused: list[Refused] = []
    node = lower(parsed, variables, refused)
    problems += [
        Problem(place_at(place, text, one.at), one.code, one.found, one.expected, one.remedy) for one in refused
    ]
    if ir.depth(node) > _MAX_DEPTH:
        found = f"an expression nested {ir.depth(node)} levels deep"
        problems.append(Problem(place, "X112", found, *_SHALLOWER))
    return (None if problems else node), tuple(problems)


def _undeclared(parsed: ir.Node, text: str, variables: Mapping[str, str], place: Place) -> list[Problem]:
    """Return a problem for each name that is not declared, in an expression that CEL only parsed."""
    unknown = ir.names(parsed) - variables.keys()
    first = {node.name: node.at for node in ir.walk(parsed) if isinstance(node, ir.Var) and node.name in unknown}
    return [_unknown_name(name, place_at(place, text, at), variables) for name, at in sorted(first.items())]


def _problems(message: str, text: str, variables: Mapping[str, str], place: Place) -> Iterable[Problem]:
    """Yield the problems that CEL reports in one error text."""
    found = _ERROR.findall(message)
    if "recursion" in message:
        yield Problem(place, "X112", message.partition("\n")[0], *_SHALLOWER)
    elif not found:
        yield Problem(place, "X113", message.partition("\n")[0], *_REFUSED)
    for line, column, said in found:
        where = _moved(place, int(line), max(1, int(column)))
        words = said.replace("google.protobuf.Timestamp", "timestamp").replace("google.protobuf.Duration", "duration")
        if words.startswith("Syntax error: "):
            yield _syntax(words.removeprefix("Syntax error: "), text, where)
        elif undeclared := re.match(r"undeclared reference to '([^']*)'", words):
            yield _unknown_name(undeclared[1], where, variables)
        elif words.startswith("has() argument"):
            remedy = "has() takes a member, has(data.x); whether a fact is known is asked by known(fact)"
            yield Problem(where, "X105", "has() of a name", "known(…)", remedy)
        elif overload := re.match(r"found no matching overload for '([^']*)' applied to '(.*)'", words):
            yield _overload(overload[1], overload[2], where)
        else:
            yield Problem(where, "X113", words, *_REFUSED)


def _moved(place: Place, line: int, column: int) -> Place:
    """Return the place of a line and a column (both from 1) of a text that starts at a place."""
    return Place(
        place.file,
        place.line + line - 1 if place.line else 0,
        place.column + column - 1 if place.column else 0,
        place.path,
    )


def _syntax(words: str, text: str, where: Place) -> Problem:
    """Return the problem of a text that is no expression."""
    short = re.sub(r" expecting \{.*", "", words).replace("'<EOF>'", "the end of the text")
    remedy = "complete or correct the expression"
    if re.search(r"(?<![=!<>])=(?!=)", text):
        remedy = "a comparison is written with two signs: ==, != , <=, >="
    elif re.search(r"\b(and|or|not)\b", text):
        remedy = "write && for and, || for or, ! for not"
    return Problem(where, "X101", short, "an expression", remedy)


def _unknown_name(name: str, where: Place, variables: Mapping[str, str]) -> Problem:
    """Return the problem of a name that nothing declares, with the nearest names that are."""
    near = difflib.get_close_matches(name, [*variables, *FUNCTIONS], n=3, cutoff=0.6)
    listed = sorted(variables)
    expected = f"one of {', '.join(listed[:12])}{', …' if len(listed) > 12 else ''}" if listed else "a declared name"
    remedy = f"did you mean {' or '.join(near)}?" if near else f"declare {name!r}, or put it in quotes if it is a text"
    return Problem(where, "X102", f"undeclared name {name!r}", expected, remedy)


def _overload(function: str, types: str, where: Place) -> Problem:
    """Return the problem of an operator that does not take the types it is given."""
    sign = _SIGN.fullmatch(function)
    shown = (sign[1] or sign[2]) if sign else function
    expected, remedy = "operands of matching types", "convert one side with string(), int(), double() or timestamp()"
    if "null_type" in types:
        return Problem(where, "X111", f"a comparison with null: {shown} on {types}", "known(…)", NULL_REMEDY)
    if shown in {"&&", "||", "!", "?:", "? :"}:
        expected, remedy = "conditions (bool)", "compare the value with something: name == value"
    return Problem(where, "X103", f"{shown} does not take {types}", expected, remedy)


def _left_out(where: Place, what: str) -> Problem:
    """Return the problem of a part of CEL that this language leaves out."""
    return Problem(where, "X109", what, "facts, constants, lists and functions", "say it with facts; see the reference")
