"""A record seen through its pack: every rule's value at a moment, and in words why."""

from __future__ import annotations

from typing import Any

import msgspec

from troth.engine.machine import Machine, prepare
from troth.model.pack import Pack
from troth.model.record import Record
from troth.model.rules import Explanation, RuleIndex
from troth.model.times import Micros
from troth.model.truth import Truth


class Standing(msgspec.Struct, frozen=True):
    """What rules of a pack say of a record.

    Attributes:
        machine: The pack, prepared.
        record: The record.
        now: The moment asked about.
        values: Per fact, its value; `None` unless it is known.
        stale: Per fact, whether it is stale.
        observed_at: Per fact, when the deciding observation was made.
        results: Per rule, its value.
    """

    machine: Machine
    record: Record
    now: Micros
    values: tuple[Any, ...]
    stale: tuple[bool, ...]
    observed_at: tuple[Micros, ...]
    results: tuple[Any, ...]

    @property
    def pack(self) -> Pack:
        """Return the pack."""
        return self.machine.pack

    def truth(self, rule: RuleIndex | None, default: Truth = True) -> Truth:
        """Return the truth of a rule; `default` where the pack declares none."""
        if rule is None:
            return default
        truth: Truth = self.results[rule]
        return truth

    def because(self, rule: RuleIndex | None) -> str:
        """Return in words what made a rule's value what it is."""
        if rule is None:
            return ""
        explain = self.pack.rules.explain
        tree = explain(rule, self.values, self.stale, self.observed_at, self.now, self._why())
        return "; ".join(dict.fromkeys(_leaves(tree)))

    def _why(self) -> list[str]:
        """Return per fact why it is not known; empty where it is."""
        views = self.record.facts
        return [
            "" if view.status == "known" else f"fact {view.status}: {fact.name}"
            for fact, view in zip(self.pack.facts, views, strict=True)
        ]


def standing(record: Record, pack: Pack | Machine, now: Micros) -> Standing:
    """Return the standing of a record at a moment.

    Args:
        record: A record that is derived up to `now`.
        pack: The pack that derived it.
        now: The moment.
    """
    machine = prepare(pack)
    facts = record.facts
    values = tuple(view.value if view.status == "known" else None for view in facts)
    stale = tuple(view.status == "stale" for view in facts)
    observed_at = tuple(view.by.occurred_at if view.by is not None else 0 for view in facts)
    results = tuple(machine.evaluate(values, stale, observed_at, now))
    return Standing(machine, record, now, values, stale, observed_at, results)


def _leaves(tree: Explanation) -> list[str]:
    """Return the leaves of an explanation that decided it, in words."""
    if tree.because:
        return [tree.because]
    if tree.parts:
        return [leaf for part in tree.parts for leaf in _leaves(part)]
    return [f"{tree.fact} = {truth_word(tree.value)}"] if tree.fact else []


def truth_word(value: Any) -> str:
    """Return a value in words: `true`, `false`, `unknown`, or the value's own text."""
    match value:
        case True:
            return "true"
        case False:
            return "false"
        case None:
            return "unknown"
        case _:
            return str(value)
