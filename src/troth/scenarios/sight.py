"""What a record shows at one moment beyond what it stores: truth of statements, availability of actions, and why."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import msgspec

from troth.engine.align import truth_of
from troth.engine.machine import Machine
from troth.model.decision import Decision
from troth.model.effect import Outgoing
from troth.model.record import FactView, Promise, Record
from troth.model.rules import Explanation, RuleIndex
from troth.model.times import FOREVER, Micros
from troth.model.truth import Truth
from troth.scenarios.clock import Clock

_DEEPEST = 4


class Said(msgspec.Struct, frozen=True):
    """What the live service said and did about a subject at a step, beyond its record.

    Attributes:
        decision: The answer to the step's question; `None`: it asks none, or was refused.
        effects: What the world has been told since the step before.
        permitted: Ids of messages that have had a permit at some time.
    """

    decision: Decision | None = None
    effects: tuple[Outgoing, ...] = ()
    permitted: frozenset[str] = frozenset()


class Sight:
    """One record, looked at.

    Args:
        machine: The pack, prepared.
        record: The record, derived for `now`.
        now: The moment.
        clock: The scenario's clock, for times in words.
        wakes_at: The next moment at which something changes by itself, if the feeds that are heard go on being heard.
        said: What the live service said and did, in a story that it tells.
    """

    def __init__(
        self,
        machine: Machine,
        record: Record,
        now: Micros,
        clock: Clock,
        wakes_at: Micros = FOREVER,
        said: Said | None = None,
    ) -> None:
        """Keep what is looked at."""
        self.machine, self.record, self.now, self.clock = machine, record, now, clock
        self.wakes_at = wakes_at
        self.said = Said() if said is None else said
        self.pack = machine.pack

    def fact(self, name: str) -> FactView:
        """Return a fact as resolved; missing where nothing has been derived yet."""
        return self._views[next(index for index, fact in enumerate(self.pack.facts) if fact.name == name)]

    def promises(self, name: str) -> list[Promise]:
        """Return the promises that `kind` or `kind/key` names."""
        kind, slash, key = name.partition("/")
        return [one for one in self.record.promises if one.kind == kind and (not slash or one.key == key)]

    def statement(self, name: str) -> Truth:
        """Return whether a statement is true."""
        return truth_of(self.machine, self.pack.statements[name], self._results, self.record.promises)

    def action(self, name: str) -> Truth:
        """Return whether an action can be done."""
        rule = self.pack.actions[name].available
        if rule is None:
            return True
        truth: Truth = self._results[rule]
        return truth

    def why(self, rule: RuleIndex | None) -> tuple[str, ...]:
        """Return why a rule has the value it has, one line for each part that decides, deeper ones indented."""
        if rule is None:
            return ()
        values, stale, observed_at = self._inputs
        unknown = [self._unknown_because(index) for index in range(len(self.pack.facts))]
        explanation = self.pack.rules.explain(rule, values, stale, observed_at, self.now, unknown)
        return (self.pack.rules.rules[rule].name + ":", *_lines(explanation, 1))

    def why_state(self, expected: str) -> tuple[str, ...]:
        """Return why the state is not the expected one: the conditions before it that are not false, and its own."""
        lines: list[str] = []
        for state in self.pack.states:
            if self._results[state.when] is not False or state.name == expected:
                lines += self.why(state.when)
            if state.name == expected:
                break
        return tuple(lines)

    def why_statement(self, name: str) -> tuple[str, ...]:
        """Return why a statement is true, false or unknown."""
        statement = self.pack.statements[name]
        if statement.promise is None:
            return self.why(statement.true_when)
        kind = self.pack.promises[statement.promise].name
        return (*(self.about_promise(one) for one in self.promises(kind)), *self.why(statement.fails_when))

    def about_promise(self, promise: Promise) -> str:
        """Return a promise in one line."""
        name = f"{promise.kind}/{promise.key}" if promise.key else promise.kind
        windows = ", ".join(
            f"{window.counts} due {'undisclosed' if window.due is None else self.clock.write(window.due)}"
            for window in promise.windows
        )
        kept = "never kept" if promise.kept_at is None else f"kept at {self.clock.write(promise.kept_at)}"
        return f"{name}: {promise.outcome}, as renegotiated {promise.renegotiated}; {windows}; {kept}"

    def about_fact(self, name: str) -> str:
        """Return a fact in one line: status, value and the observation that decides."""
        view = self.fact(name)
        text = f"{name} is {view.status}"
        if view.status in ("known", "stale"):
            text += f", {said(view.value)}"
        if view.assumed:
            return text + ", assumed because its source is heard and has said nothing"
        if view.by is not None:
            text += f", by {view.by.source} at {self.clock.write(view.by.occurred_at)} (event {view.by.event_id})"
        return text + (", in conflict with a lower source" if view.conflict else "")

    @cached_property
    def _views(self) -> Sequence[FactView]:
        """Return the facts; before anything has been derived (no event so far) all are missing."""
        return self.record.facts if self.record.states else [FactView("missing")] * len(self.pack.facts)

    @cached_property
    def _inputs(self) -> tuple[Sequence[Any], Sequence[bool], Sequence[Micros]]:
        """Return what the rules read of the facts."""
        views = self._views
        return (
            [view.value if view.status == "known" else None for view in views],
            [view.status == "stale" for view in views],
            [self.now if view.assumed else view.by.occurred_at if view.by is not None else 0 for view in views],
        )

    @cached_property
    def _results(self) -> Sequence[Any]:
        """Return the value of every rule."""
        return self.pack.rules.evaluate(*self._inputs, self.now)

    def _unknown_because(self, index: int) -> str:
        """Return in words why a fact is not known; empty when it is."""
        name = self.pack.facts[index].name
        view = self.fact(name)
        if view.status == "known":
            return ""
        silent = [
            source for tier in self.pack.facts[index].authority[:1] for source in tier if source in self.record.unheard
        ]
        if view.status == "missing" and silent:
            return f"fact missing: {name} ({', '.join(silent)} not heard since {self._watermark(silent[0])})"
        return f"fact {view.status}: {name}"

    def _watermark(self, source: str) -> str:
        """Return up to when a source has been heard, in words."""
        moment = self.record.unheard[source]
        return self.clock.write(moment) if moment > 0 else "ever"


def word(truth: Truth) -> str:
    """Return a truth as it is written in scenarios.

    >>> word(True), word(None)
    ('true', 'unknown')
    """
    return "unknown" if truth is None else "true" if truth else "false"


def said(value: Any) -> str:
    """Return a value as a scenario writes it.

    >>> said(True), said("open"), said(None)
    ('true', 'open', 'null')
    """
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _lines(node: Explanation, depth: int) -> Iterator[str]:
    """Yield an explanation's tree, one line a node."""
    value = "unknown" if node.value is None else said(node.value)
    because = f" ({node.because})" if node.because else ""
    yield f"{'  ' * depth}{node.text} is {value}{because}"
    if depth < _DEEPEST:
        for part in node.parts:
            yield from _lines(part, depth + 1)
