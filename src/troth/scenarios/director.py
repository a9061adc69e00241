"""The director: tells a live story to the service, step by step, and compares what comes of it."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any, TypeAlias, TypeVar

import msgspec

from troth.engine.fold import refold
from troth.engine.machine import Machine, prepare
from troth.engine.step import wakes_at
from troth.errors import Problem, TrothError
from troth.lang.document import Document
from troth.model.decision import Decision
from troth.model.record import Record
from troth.model.times import FOREVER, Micros
from troth.runtime.service import Confirmed
from troth.scenarios.cast import Cast
from troth.scenarios.check import check, count
from troth.scenarios.commands import Command, Path
from troth.scenarios.deeds import answer_of
from troth.scenarios.language import Expectation, Happening, Scenario, Silence
from troth.scenarios.miss import Miss
from troth.scenarios.orders import Deviation, compare, deviations
from troth.scenarios.sight import Said, Sight
from troth.scenarios.stage import Stage
from troth.scenarios.story import Item, Turn, heard_through, turns

Found: TypeAlias = tuple[Path, Micros, Miss]
"""Where something does not hold, at which moment, and what."""
Answer = TypeVar("Answer")


class Told(msgspec.Struct):
    """What came of telling a live story.

    Attributes:
        found: What does not hold.
        expectations: How many single things were expected.
        orders: How many other orders of arrival were tried.
        deviating: (expectation, the first order that gave another record).
    """

    found: list[Found] = []
    expectations: int = 0
    orders: int = 0
    deviating: list[tuple[Expectation, Deviation]] = []


def tell(scenario: Scenario, cast: Cast, document: Document) -> Told:
    """Tell a live story to a service of its own."""
    all_turns = turns(scenario)
    start = min(all_turns[0].at, scenario.clock.start)
    heard = {name: heard_through(scenario, name, start, -1) for name in cast.sources(customers=True)}
    stage = Stage(cast, start, {name: mark for name, mark in heard.items() if mark is not None})
    try:
        return _Telling(scenario, cast, document, stage).told(all_turns)
    finally:
        stage.close()


class _Telling:
    """One story on its stage; collects what does not hold."""

    def __init__(self, scenario: Scenario, cast: Cast, document: Document, stage: Stage) -> None:
        """Begin."""
        self.scenario, self.cast, self.document, self.stage = scenario, cast, document, stage
        self.result = Told()
        self.decision: Decision | None = None

    def told(self, all_turns: Sequence[Turn]) -> Told:
        """Tell all steps and return what came of it."""
        for turn in all_turns:
            self.stage.go_to(turn.at)
            self.decision = None
            for item in turn.items:
                self._take(item, turn.at)
            if not turn.is_late(self.document.data["timeline"][turn.step]):
                self.stage.effects.clear()
        return self.result

    def _take(self, item: Item, moment: Micros) -> None:
        """Let one thing happen."""
        match item:
            case Silence():
                mark = heard_through(self.scenario, item.source, item.at, item.step)
                if item.heard and item.source not in self.scenario.watermarks and mark is not None:
                    self.stage.listen({item.source: mark})
            case Happening():
                self._hear(item)
            case Command():
                self._do(item)
            case Expectation():
                self._expect(item, moment)

    def _hear(self, happening: Happening) -> None:
        """Take in an event; one that the service puts into quarantine is a failure of the story."""
        event = happening.event
        before = {one.id for one in self.stage.ledger.quarantine()}
        appended = self._done(
            happening.path, event.heard_at, self.stage.service.accept(self._pack(event.subject), [event])
        )
        if appended is not None and appended.quarantined:
            for refused in self.stage.ledger.quarantine():
                if refused.id not in before:
                    self._refused(happening.path, event.heard_at, f"in quarantine, {refused.code}: {refused.reason}")

    def _pack(self, subject: str) -> str:
        """Return the name of a subject's pack."""
        return self.cast.of(subject).name

    def _do(self, command: Command) -> None:
        """Do what somebody does."""
        try:
            future = answer_of(self.stage.service, self.scenario, command)
        except TrothError as error:
            self._refused(command.path, command.at, _in_words(error))
            return
        answer = self._done(command.path, command.at, future)
        if command.key == "ask" and answer is not None:
            self.decision = answer[0]
        if command.key == "confirm":
            self._check_confirmed(command, answer)

    def _done(self, path: Path, at: Micros, future: Future[Answer]) -> Answer | None:
        """Return the service's answer; `None`, with a failure noted, when it refuses."""
        self.stage.service.pump()
        try:
            return future.result(timeout=0)
        except TrothError as error:
            self._refused(path, at, _in_words(error))
            return None

    def _refused(self, path: Path, at: Micros, why: str) -> None:
        """Note what the service would not do."""
        self.result.found.append((path, at, Miss((), "S217", f"refused: {why}", "a step that the service takes")))

    def _check_confirmed(self, command: Command, answer: Confirmed | None) -> None:
        """Check whether a message may be handed over; without any word it has to be so."""
        wanted: dict[str, Any] = command.said.get("expect") or {"ok": True}
        self.result.expectations += len(wanted)
        if answer is None:
            return
        found = {"ok": answer.ok, "code": answer.code}
        wrong = [key for key in wanted if found[key] != wanted[key]]
        if wrong:
            shown = "it may be handed over" if answer.ok else f"it may not be handed over, {answer.code}"
            expected = ", ".join(
                f"{key} {wanted[key]}".lower() if key == "ok" else f"{key} {wanted[key]}" for key in wanted
            )
            path: Path = ("expect", wrong[0]) if "expect" in command.said else ()
            self.result.found.append((command.path, command.at, Miss(path, "S213", shown, expected)))

    def _expect(self, expectation: Expectation, moment: Micros) -> None:
        """Compare the subject with what is expected of it."""
        subject, stage = expectation.subject, self.stage
        stage.service.pump()
        machine = prepare(self.cast.of(subject))
        seen = stage.service.look(subject)
        record = refold(machine, subject, [], stage.heard(), moment) if seen is None else seen.record
        said = Said(self.decision, stage.told_so_far(subject), stage.permitted(subject))
        sight = Sight(machine, record, moment, self.scenario.clock, self._wakes_at(machine, record), said)
        self.result.expectations += count(expectation.wanted)
        self.result.found += [(expectation.path, moment, miss) for miss in check(sight, expectation.wanted)]
        self._reorder(machine, expectation, record)

    def _wakes_at(self, machine: Machine, record: Record) -> Micros:
        """Return the next moment at which something changes by itself, if the feeds that are heard go on being so."""
        heard = {source: FOREVER if mark >= record.at else mark for source, mark in self.stage.heard().items()}
        return wakes_at(refold(machine, record.subject, self.stage.events(record.subject), heard, record.at))

    def _reorder(self, machine: Machine, expectation: Expectation, record: Record) -> None:
        """Tell the events in other orders, and compare with the record that the service has made."""
        events, heard = self.stage.events(record.subject), self.stage.heard()
        if not events:
            return
        tried = list(deviations(machine, record.subject, events, heard, record.at))
        straight = refold(machine, record.subject, events, heard, record.at)
        tried.append(compare(straight, record, "as the service has lived them"))
        self.result.orders += len(tried)
        worst = next((deviation for deviation in tried if deviation is not None), None)
        if worst is not None:
            self.result.deviating.append((expectation, worst))


def _in_words(error: TrothError) -> str:
    """Return a refusal in one line."""
    problems: tuple[Problem, ...] = error.problems
    return "; ".join(f"{problem.code} {problem.found}" for problem in problems)
