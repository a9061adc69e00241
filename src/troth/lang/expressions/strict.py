"""Keeps the rules of a pack monotone: that a fact becomes unknown must never give an answer that people act on.

Expressions without `known` and `stale` are monotone by nature: less knowledge turns true or false into unknown, never
one into the other. The functions about knowledge itself break that, each in one direction:

- `known(x)` turns from true to false when x becomes unknown. It may stand where only *true* matters: under `&&`, `||`
  and the branches of `? :`, but not under an odd number of `!`, in a comparison, in the condition of `? :` or in a
  function.
- `stale(x)` is false while x is known, true while only stale observations exist, unknown otherwise; it turns from
  false to true. So it stands only negated: `!stale(x)`, a freshness guard.
- `age(x)` of an unknown fact is unknown, which is monotone. It is only compared by `< <= > >=` with a constant
  duration, so that the moment at which the comparison changes is known beforehand: `age(x) < duration("2h")`.

`has(…)` and `in` over a fact say *false* of what is missing, and are refused. A rule that takes something back when
it is true (`fails_when`, `void_when`) is guarded the other way round: `asserts="false"` swaps known and stale;
`"both"` allows neither.

The proof is by induction over the tree, for the claim "if e is true of less knowledge, it is true of more" (and the
same for false): `!` swaps the two claims; `&&`, `||` and branches pass them down; conditions and operands need both.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal, TypeAlias

from troth.lang.expressions import ir
from troth.lang.expressions.lower import Refused
from troth.lang.expressions.write import write
from troth.model.times import Micros

Asserts: TypeAlias = Literal["true", "false", "both"]
"""The answers of a rule that must not appear because a fact became unknown."""

_ORDER: Final = {"_<_": "_>_", "_<=_": "_>=_", "_>_": "_<_", "_>=_": "_<=_"}
_LATER: Final = frozenset({"_<=_", "_>_"})


def refusals(node: ir.Node, facts: frozenset[str], asserts: Asserts) -> list[Refused]:
    """Return what a rule of a pack must not contain, in the order in which it is written."""
    guarded = _monotone(node, asserts != "false", asserts != "true", facts)
    return sorted([*guarded, *_presence(node), *_ages(node, allowed=False)], key=lambda refused: refused.at)


def ages(node: ir.Node) -> tuple[tuple[str, Micros], ...]:
    """Return (fact, duration) for each comparison of an age: the answer may change at observed_at + duration."""
    found = set()
    for part in ir.walk(node):
        if isinstance(part, ir.Call) and (turned := _guard(part)) is not None:
            fact, sign, limit = turned
            # Up to and including the limit: the answer changes a microsecond later.
            found.add((fact, limit + 1 if sign in _LATER else limit))
    return tuple(sorted(found))


def _guard(node: ir.Call) -> tuple[str, str, Micros] | None:
    """Return fact, sign and limit of a comparison of an age with a constant, whichever way round it is written."""
    if node.function not in _ORDER:
        return None
    for age, limit, sign in ((*node.args, node.function), (*reversed(node.args), _ORDER[node.function])):
        if isinstance(age, ir.Call) and age.function == "age" and isinstance(limit, ir.Const):
            fact = age.args[0]
            return (fact.name, str(sign), limit.value) if isinstance(fact, ir.Var) else None
    return None


def _monotone(node: ir.Node, true: bool, false: bool, facts: frozenset[str]) -> Iterator[Refused]:
    """Yield each `known` and `stale` that could make a guarded answer appear.

    Args:
        node: The expression.
        true: Whether it must not become true through a fact becoming unknown.
        false: Whether it must not become false so.
        facts: Names that are facts, the only arguments of both.
    """
    if isinstance(node, ir.Call) and node.function in {"known", "stale", "age"}:
        fact = node.args[0]
        if not isinstance(fact, ir.Var) or fact.name not in facts:
            remedy = f"name one fact: {node.function}(fact)"
            yield Refused(node.at, "X107", f"{write(node)}", "the name of a fact", remedy)
        elif node.function == "known" and false:
            yield Refused(node.at, "X106", f"{write(node)} where its being false decides", "known(…) unnegated", _KNOWN)
        elif node.function == "stale" and true:
            yield Refused(node.at, "X107", f"{write(node)} where its being true decides", "!stale(…)", _STALE)
        return
    if isinstance(node, ir.Call) and node.function == "!":
        yield from _monotone(node.args[0], false, true, facts)
    elif isinstance(node, ir.Call) and node.function in {"&&", "||"}:
        for arg in node.args:
            yield from _monotone(arg, true, false, facts)
    elif isinstance(node, ir.Call) and node.function == "?:":
        yield from _monotone(node.args[0], True, True, facts)
        for arg in node.args[1:]:
            yield from _monotone(arg, true, false, facts)
    else:
        for child in ir.children(node):
            yield from _monotone(child, True, True, facts)


def _presence(node: ir.Node) -> Iterator[Refused]:
    """Yield each test that says false of something missing."""
    for part in ir.walk(node):
        if isinstance(part, ir.Select) and part.test:
            remedy = "has() is false of what is missing: write known(fact)"
            yield Refused(part.at, "X105", write(part), "known(fact)", remedy)
        if isinstance(part, ir.Call) and part.function == "@in" and not isinstance(part.args[1], ir.ListOf):
            remedy = "write the list out (x in ['a', 'b']), or declare a fact for what is asked"
            yield Refused(part.at, "X105", f"in over a fact: {write(part)}", "a list written out", remedy)


def _ages(node: ir.Node, allowed: bool) -> Iterator[Refused]:
    """Yield each age that is not directly compared with a constant."""
    if isinstance(node, ir.Call) and node.function == "age" and not allowed:
        yield Refused(node.at, "X108", f"{write(node)} outside a comparison with a constant", _AGE_SHAPE, _AGE)
    guard = isinstance(node, ir.Call) and _guard(node) is not None
    for child in ir.children(node):
        yield from _ages(child, guard)


_KNOWN: Final = (
    "known(x) stands unnegated, joined by && or ||: not under !, in a comparison, or before '?' (a fact that becomes "
    "unknown must not make a rule true); use the rule without it, since an unknown fact makes it unknown"
)
_STALE: Final = "stale(x) stands only as the guard !stale(x): a fact that grows stale must not make a rule true"
_AGE_SHAPE: Final = 'age(x) < duration("2h"), or with <=, >, >='
_AGE: Final = "compare the age with a constant duration, so that the moment of the change is known beforehand"
