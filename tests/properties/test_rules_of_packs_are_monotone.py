"""Turning any fact unknown never makes a rule give an answer that it guards, whatever the rule and the facts."""

from __future__ import annotations

import random
from typing import Any

import pytest

from troth.errors import Place
from troth.lang.expressions import Wanted, compile_rules, strict
from troth.lang.expressions.strict import Asserts
from troth.model.rules import ValueType

FACTS: list[tuple[str, ValueType]] = [("a", "bool"), ("b", "bool"), ("n", "int"), ("s", "string"), ("x", "dyn")]
_VALUES: dict[str, tuple[Any, ...]] = {
    "a": (True, False), "b": (True, False), "n": (0, 1, 2), "s": ("a", "b"), "x": (True, 1, "a", [1, 2], {"m": 1}),
}  # fmt: skip
_ATOMS = (
    "a", "b", "n > 0", "n == 1", "s == 'a'", "s in ['a', 'c']", "x == 1", "x", "x.m == 1", "x.exists(v, v == 1)",
    "x.all(v, v > n)", "(a ? n : 2) > 1", "n / (n - 1) == 2",
    "known(a)", "known(n)", "known(x)", "stale(a)", "stale(n)", "age(a) < duration('1h')", "age(n) >= duration('30m')",
)  # fmt: skip


def _expression(chance: random.Random, depth: int) -> str:
    if depth == 0:
        return chance.choice(_ATOMS)

    def sub() -> str:
        return _expression(chance, depth - 1)

    shape = chance.randrange(6)
    if shape == 0:
        return f"!({sub()})"
    if shape == 1:
        return f"(({sub()}) ? ({sub()}) : ({sub()}))"
    if shape == 2:
        return f"(dyn({sub()}) == dyn({sub()}))"
    return f"(({sub()}) {chance.choice(('&&', '||'))} ({sub()}))"


def _situation(chance: random.Random) -> tuple[list[Any], list[bool], list[int]]:
    values = [None if chance.random() < 0.2 else chance.choice(_VALUES[name]) for name, _ in FACTS]
    stale = [value is None and chance.random() < 0.5 for value in values]
    return values, stale, [chance.choice((0, 1, 3_000_000_000)) for _ in FACTS]


def _answers_that_appear(asserts: Asserts, seed: int, situations: int) -> tuple[int, list[tuple[Any, ...]]]:
    """Return how many rules were accepted, and each guarded answer that appeared when a fact became unknown."""
    chance = random.Random(seed)
    wanted = [
        Wanted(f"r{n}", _expression(chance, chance.choice((0, 1, 2, 3))), asserts=asserts, place=Place(path=f"r{n}"))
        for n in range(600)
    ]
    rules, problems = compile_rules(FACTS, wanted)
    assert {problem.code for problem in problems} <= {"X106", "X107"}
    accepted = len(wanted) - len({problem.place.path for problem in problems})
    guarded = {"true": (True,), "false": (False,), "both": (True, False)}[asserts]
    found = []
    now = 4_000_000_000
    for _ in range(situations):
        values, stale, observed = _situation(chance)
        before = rules.evaluate(values, stale, observed, now)
        for index in range(len(FACTS)):
            for grown_stale in (False, True):
                less, older = list(values), list(stale)
                less[index], older[index] = None, grown_stale
                if values[index] is None and not (stale[index] and not grown_stale):
                    continue  # Not less is known: a missing fact does not grow stale by being forgotten.
                after = rules.evaluate(less, older, observed, now)
                for rule, was, is_now in zip(wanted, before, after, strict=True):
                    if any(is_now is answer and was is not answer for answer in guarded):
                        found.append((rule.text, FACTS[index][0], values, stale, observed, was, is_now))
    return accepted, found


@pytest.mark.parametrize("asserts", ["true", "false", "both"])
def test_no_guarded_answer_appears_when_a_fact_becomes_unknown(asserts: Asserts) -> None:
    accepted, found = _answers_that_appear(asserts, seed=7, situations=100)
    assert accepted > 200, "the sample must hold rules that are accepted"
    assert found == []


def test_without_the_guard_such_answers_do_appear(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strict, "_monotone", lambda *_: iter(()))
    _, found = _answers_that_appear("true", seed=7, situations=5)
    assert {was for *_, was, is_now in found if is_now} == {False, None}


@pytest.mark.thorough
@pytest.mark.parametrize("seed", range(20))
def test_nor_in_many_more_situations(seed: int) -> None:
    assert _answers_that_appear("true", seed, situations=200)[1] == []
