"""A story, step by step: what had happened by then, and the record that follows from it.

Stories of events alone are folded by the engine. A story in which somebody asks the gate, or works on a case, is told
to the service itself, on a ledger in memory that is gone afterwards; only scenarios of the pack are, whose authors are
those of the pack. Nothing is stored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

import msgspec

from troth.engine.fold import refold
from troth.engine.machine import Machine, prepare
from troth.errors import Place, Problem, TrothError
from troth.model.decision import Decision
from troth.model.pack import Pack
from troth.model.record import Record
from troth.model.times import Micros
from troth.scenarios import parse
from troth.scenarios.cast import cast_of
from troth.scenarios.commands import Command
from troth.scenarios.deeds import answer_of
from troth.scenarios.language import Happening, Scenario, Silence
from troth.scenarios.stage import Stage
from troth.scenarios.story import Item, Turn, events_by, heard_through, turns, watermarks_by
from troth.surfaces.views.standing import Standing, standing

MOST: Final = 200
"""Steps of a story; longer ones are not told."""


class Step(msgspec.Struct, frozen=True):
    """One step of a story.

    Attributes:
        at: The moment.
        number: Which step of the timeline it belongs to, from 0.
        said: The step as the timeline has it.
        standing: The story's subject as it stands after it.
        late: Whether it is only the late hearing of an event that an earlier step told of.
        decisions: What the gate answered at it.
        refused: What could not be done at it, in words.
    """

    at: Micros
    number: int
    said: Mapping[str, Any]
    standing: Standing
    late: bool = False
    decisions: tuple[Decision, ...] = ()
    refused: tuple[str, ...] = ()


class Story(msgspec.Struct, frozen=True):
    """A story that can be stepped through, or what is wrong with it.

    Attributes:
        name: Its sentence.
        scenario: As read; `None` when something is wrong.
        steps: Its steps, in order.
        problems: What is wrong.
    """

    name: str = ""
    scenario: Scenario | None = None
    steps: tuple[Step, ...] = ()
    problems: tuple[Problem, ...] = ()


def story_of(pack: Pack | Machine, text: str, file: str, *, live: bool = False, expects: bool = True) -> Story:
    """Return a story with all its steps.

    Args:
        pack: The pack that it is about.
        text: A scenario in YAML.
        file: Its name, for places.
        live: Whether it may be told to the service; else its events alone are folded.
        expects: Whether what it expects is part of it.
    """
    machine = prepare(pack)
    scenario, document, problems = parse(text, file, machine.pack)
    if scenario is None or document is None:
        return Story(problems=problems)
    left_out = () if expects else ("expect",)
    timeline = [
        {key: value for key, value in step.items() if key not in left_out} for step in document.data["timeline"]
    ]
    all_turns = turns(scenario)
    if len(all_turns) > MOST:
        found, expected = f"a story of {len(all_turns)} steps", f"at most {MOST} steps"
        too_long = Problem(Place(file), "S111", found, expected, "tell it in parts")
        return Story(scenario.name, problems=(too_long,))
    told = _live(scenario, machine, all_turns) if live and scenario.live else _folded(scenario, machine, all_turns)
    steps = tuple(
        Step(turn.at, turn.step, said := timeline[turn.step], standing(record, machine, turn.at), turn.is_late(said),
             tuple(decisions), tuple(refused))
        for turn, (record, decisions, refused) in zip(all_turns, told, strict=True)
    )  # fmt: skip
    return Story(scenario.name, scenario, steps)


Outcome: TypeAlias = tuple[Record, list[Decision], list[str]]


def _folded(scenario: Scenario, machine: Machine, all_turns: Sequence[Turn]) -> list[Outcome]:
    """Return the records of a story's steps, from its events alone."""
    found: list[Outcome] = []
    for turn in all_turns:
        events = events_by(scenario, scenario.subject, turn.at, turn.step)
        heard = watermarks_by(scenario, machine.pack, turn.at, turn.step)
        found.append((refold(machine, scenario.subject, events, heard, turn.at), [], []))
    return found


def _live(scenario: Scenario, machine: Machine, all_turns: Sequence[Turn]) -> list[Outcome]:
    """Return the records of a story's steps, as the service lives them."""
    cast = cast_of(machine.pack)
    start = min(all_turns[0].at, scenario.clock.start)
    marks = {name: heard_through(scenario, name, start, -1) for name in cast.sources(customers=True)}
    stage = Stage(cast, start, {name: mark for name, mark in marks.items() if mark is not None})
    try:
        found: list[Outcome] = []
        for turn in all_turns:
            stage.go_to(turn.at)
            decisions: list[Decision] = []
            refused: list[str] = []
            for item in turn.items:
                _take(stage, scenario, item, decisions, refused)
            stage.service.pump()
            found.append((_record(stage, machine, scenario.subject, turn.at), decisions, refused))
        return found
    finally:
        stage.close()


def _take(stage: Stage, scenario: Scenario, item: Item, decisions: list[Decision], refused: list[str]) -> None:
    """Let one thing happen."""
    try:
        match item:
            case Silence(heard=True) if item.source not in scenario.watermarks:
                mark = heard_through(scenario, item.source, item.at, item.step)
                if mark is not None:
                    stage.listen({item.source: mark})
            case Happening():
                stage.service.accept(stage.cast.of(item.event.subject).name, [item.event])
                stage.service.pump()
            case Command():
                future = answer_of(stage.service, scenario, item)
                stage.service.pump()
                answer = future.result(timeout=0)
                if item.key == "ask":
                    decisions += answer
    except TrothError as error:
        refused += [f"{problem.code} {problem.found}" for problem in error.problems]


def _record(stage: Stage, machine: Machine, subject: str, moment: Micros) -> Record:
    """Return the record of the story's subject; before anybody has heard of it, what silence tells."""
    seen = stage.service.look(subject)
    if seen is not None:
        return seen.record
    heard = {source: min(mark, moment) for source, mark in stage.heard().items()}
    return refold(machine, subject, (), heard, moment)
