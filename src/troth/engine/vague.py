"""Statements that fit every state: whatever is so, they are true, and so they tell nobody anything.

Found by trying every case of the facts that a statement and the states read. Where these are not all of type bool, or
declared in an order, or there are too many cases, nothing is said: a statement is never called vague by a guess.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import Any, Final

from troth.engine.machine import Machine
from troth.model.message import Statement
from troth.model.pack import Fact
from troth.model.rules import FactIndex

LIMIT: Final = 2**12
"""Cases that are tried at most."""


def fit_every_state(machine: Machine) -> frozenset[str]:
    """Return the statements that can be true in every state of the pack; those that promise something never are."""
    pack = machine.pack
    if len(pack.states) < 2:
        return frozenset()
    return frozenset(name for name, one in pack.statements.items() if _fits_every(machine, one))


def _fits_every(machine: Machine, statement: Statement) -> bool:
    """Return whether in each state there is a case in which the statement is true."""
    if statement.true_when is None or statement.promise is not None:
        return False
    rules = machine.pack.rules.rules
    conditions = [state.when for state in machine.pack.states]
    read = sorted({fact for rule in (statement.true_when, *conditions) for fact in rules[rule].reads})
    found: set[str] = set()
    for results in _cases(machine, read) or ():
        if results[statement.true_when] is not True:
            continue
        if statement.fails_when is not None and results[statement.fails_when] is True:
            continue
        state = next((one for one in machine.pack.states if results[one.when] is not False), None)
        if state is not None and results[state.when] is True:
            found.add(state.name)
    return len(found) == len(machine.pack.states)


def _cases(machine: Machine, read: Sequence[FactIndex]) -> Iterator[Sequence[Any]] | None:
    """Return the values of all rules, case by case; `None` when not every case can be tried."""
    options = [_values(machine.pack.facts[index]) for index in read]
    if not all(options) or math.prod(map(len, options)) > LIMIT:
        return None
    count = len(machine.pack.facts)

    def evaluate(chosen: Sequence[Any]) -> Sequence[Any]:
        """Return the values of all rules in one case; facts that are not tried are unknown."""
        values: list[Any] = [None] * count
        for index, value in zip(read, chosen, strict=True):
            values[index] = value
        return machine.evaluate(values, [False] * count, [0] * count, 0)

    return map(evaluate, itertools.product(*options))


def _values(fact: Fact) -> tuple[Any, ...]:
    """Return every value that a fact can have; none: they cannot be listed."""
    return (True, False) if fact.type == "bool" else fact.progress
