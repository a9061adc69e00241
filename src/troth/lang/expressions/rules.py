"""Compiles all rules of a pack into one Python function, and keeps their trees to explain its answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import msgspec

from troth.errors import Place, Problem
from troth.lang.expressions import ir, strict
from troth.lang.expressions.emit import Emitter, Piece, conformed
from troth.lang.expressions.explain import Scene
from troth.lang.expressions.explain import conformed as conformed_explanation
from troth.lang.expressions.explain import explain as explain_node
from troth.lang.expressions.read import place_at, read
from troth.model.rules import Evaluate, Explanation, Rule, Rules, ValueType
from troth.model.times import Micros

_CONVERSIONS: Final = {"string": "string(…)", "int": "int(…)", "double": "double(…)", "timestamp": "timestamp(…)"}


class Wanted(msgspec.Struct, frozen=True):
    """A rule that a pack asks for.

    Attributes:
        name: Where it stands in the pack, such as `states.ready.when`.
        text: The expression.
        expected: The type that it must have; `dyn` takes any.
        place: Place of the first character of the text.
        asserts: The answers that must not appear because a fact became unknown: `true` for a condition on which
            people are told something, `false` for one that takes something back (`fails_when`), `both` where either
            decides.
    """

    name: str
    text: str
    expected: ValueType = "bool"
    place: Place = Place()
    asserts: strict.Asserts = "true"


def compile_rules(facts: Sequence[tuple[str, ValueType]], rules: Sequence[Wanted]) -> tuple[Rules, tuple[Problem, ...]]:
    """Return all rules as one function, and every problem of every rule.

    A rule with problems keeps its index and is always unknown.

    Args:
        facts: Name and type of each fact, by index.
        rules: The rules, in the order of the values that the function returns.
    """
    types: dict[str, str] = dict(facts)
    index = {name: position for position, (name, _) in enumerate(facts)}
    nodes: list[ir.Node | None] = []
    problems: list[Problem] = []
    for wanted in rules:
        node, found = _read(wanted, types)
        nodes.append(node)
        problems += found
    compiled = tuple(_rule(wanted, node, index) for wanted, node in zip(rules, nodes, strict=True))
    source, evaluate = _function([name for name, _ in facts], rules, nodes, index)
    explain = _explainer([name for name, _ in facts], rules, nodes)
    return Rules(compiled, evaluate, explain, source), tuple(problems)


def check_type(node: ir.Node, text: str, expected: str, place: Place) -> tuple[Problem, ...]:
    """Return a problem if an expression cannot have the type that its place demands; `dyn` is left to run time."""
    fits = {expected, "dyn", "null"} if expected != "double" else {"double", "int", "dyn", "null"}
    if expected == "dyn" or node.type in fits:
        return ()
    if expected == "bool":
        remedy = f"make it a condition, such as {text} == …" if len(text) < 40 else "make it a condition"
    else:
        remedy = f"convert it with {_CONVERSIONS[expected]}" if expected in _CONVERSIONS else f"make it a {expected}"
    return (Problem(place, "X104", f"an expression of type {node.type}", expected, remedy),)


def _read(wanted: Wanted, types: Mapping[str, str]) -> tuple[ir.Node | None, tuple[Problem, ...]]:
    """Return the tree of a rule if nothing is wrong with it."""
    node, problems = read(wanted.text, types, wanted.place)
    if node is None:
        return None, problems
    refused = strict.refusals(node, frozenset(types), wanted.asserts)
    problems = tuple(
        Problem(place_at(wanted.place, wanted.text, one.at), one.code, one.found, one.expected, one.remedy)
        for one in refused
    ) + check_type(node, wanted.text, wanted.expected, wanted.place)
    return (None if problems else node), problems


def _rule(wanted: Wanted, node: ir.Node | None, index: Mapping[str, int]) -> Rule:
    """Return what the pack keeps of a rule."""
    if node is None:
        return Rule(wanted.name, wanted.text, wanted.expected)
    reads = tuple(sorted(index[name] for name in ir.names(node)))
    ages = tuple(sorted((index[name], limit) for name, limit in strict.ages(node)))
    return Rule(wanted.name, wanted.text, wanted.expected, reads, ages)


def _function(
    facts: Sequence[str], rules: Sequence[Wanted], nodes: Sequence[ir.Node | None], index: Mapping[str, int]
) -> tuple[str, Evaluate]:
    """Return the generated function and its text."""
    local = {name: f"f_{name}" if name.isidentifier() else f"f_{index[name]}" for name in facts}
    emitter = Emitter({name: Piece(local[name], True, True) for name in facts}, index)
    lines, results, written = [], [], dict[str, str]()
    for number, (wanted, node) in enumerate(zip(rules, nodes, strict=True)):
        text = "None" if node is None else conformed(emitter, node, wanted.expected).text
        same = (wanted.text, wanted.expected)
        name = written.get(repr(same)) or (text if text.isidentifier() else "")
        if not name:
            name = written[repr(same)] = f"r{number}"
            comment = " ".join(f"{wanted.name}: {wanted.text}".split())
            lines += [f"    # {comment}", f"    {name} = {text}"]
        results.append(name)
    unpack = f"    [{', '.join(local[name] for name in facts)}] = values" if facts else ""
    head = "def evaluate(values, stale, observed_at, now):"
    source = "\n".join([head, *filter(None, [unpack]), *lines, f"    return [{', '.join(results)}]", ""])
    namespace = dict(emitter.namespace)
    exec(compile(source, "<rules>", "exec"), namespace)  # noqa: S102  # Written by `emit` alone.
    evaluate: Evaluate = namespace["evaluate"]
    return source, evaluate


def _explainer(
    facts: Sequence[str], rules: Sequence[Wanted], nodes: Sequence[ir.Node | None]
) -> Callable[[int, Sequence[Any], Sequence[bool], Sequence[Micros], Micros, Sequence[str]], Explanation]:
    """Return the function that explains one rule."""

    def explain(
        rule: int,
        values: Sequence[Any],
        stale: Sequence[bool],
        observed_at: Sequence[Micros],
        now: Micros,
        why: Sequence[str],
    ) -> Explanation:
        node = nodes[rule]
        if node is None:
            return Explanation(rules[rule].text, None, "the rule has problems and was not compiled")

        def named(given: Sequence[Any]) -> dict[str, Any]:
            return dict(zip(facts, given, strict=True))

        scene = Scene(named(values), named(why), named(stale), named(observed_at), now, facts=True)
        return conformed_explanation(explain_node(node, scene), node.type, rules[rule].expected)

    return explain
