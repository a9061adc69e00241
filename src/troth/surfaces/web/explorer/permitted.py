"""Which statements a state bears: for every case of the facts in which a subject is in it. Pure.

The cases are not listed one by one. A fact is given a value only where a condition waits for it; what three-valued
logic decides without it holds for all its values. So a state of twenty facts takes dozens of looks and not millions.

A case is any that the facts' values allow, whether or not events ever bring it about.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import pairwise
from typing import Any, Final, TypeAlias

import msgspec
from msgspec.structs import replace

from troth.errors import Place
from troth.lang.expressions import ir
from troth.lang.expressions.read import read
from troth.model.message import Statement
from troth.model.pack import Pack
from troth.model.rules import FactIndex, RuleIndex
from troth.model.times import DAY, Micros
from troth.model.truth import Truth, all_of, negate

BUDGET: Final = 60_000
"""Looks at the rules of a pack; what they do not suffice for is said to be not worked out."""
_NOW: Final[Micros] = 20_000 * DAY
_OTHER: Final = "\0"
_FRESHNESS: Final = ("known(", "stale(")


class Verdict(msgspec.Struct, frozen=True):
    """Whether a state bears a statement.

    Attributes:
        kind: `yes` in every case; `held`: wherever what it reads is known, and held where it is not; `no` in no case;
            `depends` on facts that the state leaves open; `promise`: while its promise is open or kept; `unreached`:
            no case brings the state about; `unclear`: too many cases to say.
        facts: Names of the facts that decide, or have to be known.
        promise: The promise that it states.
    """

    kind: str
    facts: tuple[str, ...] = ()
    promise: str = ""


class Case(msgspec.Struct, frozen=True):
    """What a fact is taken to be."""

    value: Any
    stale: bool = False
    age: Micros = 0


Given: TypeAlias = Mapping[FactIndex, Case]
"""What some facts are taken to be; the others may be anything."""
Reached: TypeAlias = tuple[Given, Sequence[Any]]
"""A case, with the values of all rules in it."""


class _Spent(Exception):  # noqa: N818 - it says what happened
    """No look is left."""


def permitted(pack: Pack, budget: int = BUDGET) -> dict[str, dict[str, Verdict]]:
    """Return state → statement → verdict."""
    search = _Search(pack, budget)
    found = {}
    for number, state in enumerate(pack.states):
        try:
            found[state.name] = search.verdicts(number)
        except _Spent:
            found[state.name] = dict.fromkeys(pack.statements, Verdict("unclear"))
    return found


class _Search:
    """The search through the cases of one pack."""

    def __init__(self, pack: Pack, budget: int) -> None:
        self._pack = pack
        self._left = budget
        constants = _constants(pack)
        self._domains = [_domain(pack, index, constants[fact.name]) for index, fact in enumerate(pack.facts)]
        guarded = {
            fact for rule in pack.rules.rules if any(word in rule.text for word in _FRESHNESS) for fact in rule.reads
        }
        # Whether something is known is no matter of three-valued logic: such facts are given a value first of all.
        self._guarded = sorted(guarded)
        for fact in guarded:
            self._domains[fact] = (*self._domains[fact], Case(None), Case(None, stale=True))

    def verdicts(self, number: int) -> dict[str, Verdict]:
        """Return statement → verdict of a state.

        Raises:
            _Spent: There are too many cases.
        """
        rules = [state.when for state in self._pack.states[: number + 1]]
        reached = list(self._reaching(rules, {}))
        if not reached:
            return dict.fromkeys(self._pack.statements, Verdict("unreached"))
        return {name: self._verdict(one, reached) for name, one in self._pack.statements.items()}

    def _verdict(self, statement: Statement, reached: Sequence[Reached]) -> Verdict:
        """Return whether a statement is true in some cases."""
        reads = self._reads(statement)
        truths = [_truth(statement, results) for _, results in reached]
        plain = set(truths)
        found = plain - {None}
        for (case, _), truth in zip(reached, truths, strict=True):
            if found == {True, False}:
                break
            if truth is None:
                found |= self._within(statement, case, reads)
        left = self._unsettled(reads, [case for case, _ in reached])
        return self._said(statement, plain, found, left)

    def _said(self, statement: Statement, plain: set[Truth], found: set[Truth], left: tuple[str, ...]) -> Verdict:
        """Return the verdict that follows from the truths found."""
        if statement.promise is not None:
            kind = self._pack.promises[statement.promise].name
            return Verdict("no" if found == {False} and None not in plain else "promise", left, kind)
        if True not in found:
            return Verdict("no")
        if False in found:
            return Verdict("depends", left)
        return Verdict("yes") if None not in plain else Verdict("held", left)

    def _within(self, statement: Statement, case: Given, reads: Sequence[FactIndex]) -> set[Truth]:
        """Return the truths that a statement can have once what it reads is known."""
        truth = _truth(statement, self._look(case))
        free = next((fact for fact in reads if fact not in case), None)
        if truth is not None:
            return {truth}
        if free is None:
            return set()
        found: set[Truth] = set()
        for option in self._domains[free]:
            found |= self._within(statement, {**case, free: option}, reads)
            if found == {True, False}:
                break
        return found

    def _reaching(self, rules: Sequence[RuleIndex], case: Given) -> Iterator[Reached]:
        """Yield the cases in which the last of some rules is true and all before it false, with the values of all."""
        waiting = next((fact for fact in self._guarded if fact not in case), None)
        if waiting is None:
            results = self._look(case)
            *before, own = (results[rule] for rule in rules)
            if own is False or True in before:
                return
            if own is True and all(one is False for one in before):
                yield case, results
                return
            waiting = self._undecided(rules, results, case)
        if waiting is None:
            return
        for option in self._domains[waiting]:
            yield from self._reaching(rules, {**case, waiting: option})

    def _undecided(self, rules: Sequence[RuleIndex], results: Sequence[Any], case: Given) -> FactIndex | None:
        """Return a fact that a rule waits for: of the last rule first, which rules out most."""
        for rule in (rules[-1], *rules[:-1]):
            if results[rule] is None:
                free = [fact for fact in self._pack.rules.rules[rule].reads if fact not in case]
                if free:
                    return free[0]
        return None

    def _unsettled(self, reads: Sequence[FactIndex], cases: Sequence[Given]) -> tuple[str, ...]:
        """Return the facts among some that have not one and the same value in all cases."""

        def settled(fact: FactIndex) -> bool:
            """Return whether a fact has one value in all cases; how old it is counts for nothing here."""
            return all(fact in case for case in cases) and len({replace(case[fact], age=0) for case in cases}) == 1

        return tuple(self._pack.facts[fact].name for fact in reads if not settled(fact))

    def _reads(self, statement: Statement) -> list[FactIndex]:
        """Return the facts that a statement reads."""
        rules = [rule for rule in (statement.true_when, statement.fails_when) if rule is not None]
        return sorted({fact for rule in rules for fact in self._pack.rules.rules[rule].reads})

    def _look(self, case: Given) -> Sequence[Any]:
        """Return the values of all rules in a case.

        Raises:
            _Spent: No look is left.
        """
        if not self._left:
            raise _Spent
        self._left -= 1
        count = len(self._pack.facts)
        values, stale, seen = [None] * count, [False] * count, [0] * count
        for fact, one in case.items():
            values[fact], stale[fact], seen[fact] = one.value, one.stale, _NOW - one.age
        return self._pack.rules.evaluate(values, stale, seen, _NOW)


def _truth(statement: Statement, results: Sequence[Any]) -> Truth:
    """Return the truth of a statement; of a promising one, whether it can be kept at all."""
    fails: Truth = False if statement.fails_when is None else results[statement.fails_when]
    if statement.promise is not None:
        return negate(fails)
    truth: Truth = None if statement.true_when is None else results[statement.true_when]
    return all_of((truth, negate(fails)))


def _domain(pack: Pack, index: FactIndex, constants: AbstractSet[Any]) -> tuple[Case, ...]:
    """Return the values that stand for all that a fact can have, at the ages that some rule tells apart."""
    fact = pack.facts[index]
    ages = sorted({0, *(age for rule in pack.rules.rules for one, age in rule.ages if one == index)})
    ages = [0, *(moment for age in ages[1:] for moment in (age, age + 1))]
    return tuple(Case(value, age=age) for value in _values(fact.type, constants) for age in ages)


def _constants(pack: Pack) -> dict[str, set[Any]]:
    """Return fact → what it is compared with."""
    variables = {one.name: str(one.type) for one in pack.facts}
    found: dict[str, set[Any]] = {name: set() for name in variables}
    for rule in pack.rules.rules:
        node, problems = read(rule.text, variables, Place())
        if node is None or problems:
            continue
        for part in ir.walk(node):
            if isinstance(part, ir.Call):
                read_here = [arg.name for arg in part.args if isinstance(arg, ir.Var) and arg.name in found]
                said = {one.value for arg in part.args for one in ir.walk(arg) if isinstance(one, ir.Const)}
                for name in read_here:
                    found[name] |= said
    return found


def _values(kind: str, constants: AbstractSet[Any]) -> tuple[Any, ...]:
    """Return values at, between and beyond some constants."""
    if kind == "bool":
        return (True, False)
    if kind == "string":
        return (*sorted(one for one in constants if isinstance(one, str)), _OTHER)
    numbers = sorted({one for one in constants if isinstance(one, int | float) and not isinstance(one, bool)})
    whole = kind != "double"
    if not numbers:
        return (0,) if whole else (0.0,)
    between = [(low + high) // 2 if whole else low + (high - low) / 2 for low, high in pairwise(numbers)]
    tried = sorted({numbers[0] - 1, *numbers, *between, numbers[-1] + 1})
    return tuple(map(int if whole else float, tried))
