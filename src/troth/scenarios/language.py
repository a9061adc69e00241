"""A scenario as read: the nouns of the scenario language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from troth.errors import Problem
from troth.model.event import Event
from troth.model.times import Micros
from troth.scenarios.clock import Clock
from troth.scenarios.commands import Command, Path


class Happening(msgspec.Struct, frozen=True):
    """An event of the timeline; it appears in it when it is heard.

    Attributes:
        event: The event.
        path: Where it stands.
        step: Index of its step: of one moment, steps take place in their order.
    """

    event: Event
    path: Path
    step: int

    @property
    def heard_at(self) -> Micros:
        """Return the moment from which the event is part of the story, microseconds since 1970 UTC."""
        return self.event.heard_at


class Silence(msgspec.Struct, frozen=True):
    """A feed stops or resumes being heard.

    Attributes:
        source: Name of the source.
        at: From when on.
        heard: True when it resumes.
        step: Index of its step.
    """

    source: str
    at: Micros
    heard: bool
    step: int


class Expectation(msgspec.Struct, frozen=True):
    """What a step expects of a subject's record at its moment.

    Attributes:
        at: The moment; the record is derived for it.
        subject: Whose record.
        wanted: Key of the language (`state`, `promise`, …) → what is expected, checked by schema and names.
        path: Where it stands.
        step: Index of its step.
    """

    at: Micros
    subject: str
    wanted: Mapping[str, Any]
    path: Path
    step: int


class Scenario(msgspec.Struct, frozen=True):
    """One story about one pack.

    Attributes:
        name: The sentence.
        pack: Name of the pack.
        clock: Its start and zone.
        subject: The subject of steps that name none.
        watermarks: Source → the fixed moment up to which it is heard; `None`: never heard. Sources that are not in it
            are heard up to the moment of each expectation.
        happenings: Its events, by heard_at and place.
        silences: When feeds stop and resume, by moment.
        expectations: By moment and place.
        file: File it was read from, as the user gave it.
        commands: What people and senders do, by moment and place.
        live: True when it takes the live service to tell it: somebody asks or does something, or is a customer.
    """

    name: str
    pack: str
    clock: Clock
    subject: str
    watermarks: Mapping[str, Micros | None]
    happenings: tuple[Happening, ...]
    silences: tuple[Silence, ...]
    expectations: tuple[Expectation, ...]
    file: str = ""
    commands: tuple[Command, ...] = ()
    live: bool = False


class Failure(msgspec.Struct, frozen=True):
    """An expectation that does not hold.

    Attributes:
        problem: Where it stands, what was found and what was expected.
        scenario: Name of the scenario.
        at: The moment of the expectation in words.
        why: The explanation: which facts, from which observations, made it so; one line each.
    """

    problem: Problem
    scenario: str
    at: str = ""
    why: tuple[str, ...] = ()


class Result(msgspec.Struct, frozen=True):
    """What became of one scenario.

    Attributes:
        name: Its sentence; the file's name when the file could not be read as a scenario.
        file: Its file.
        passed: True when every expectation holds in every order of arrival that was tried.
        expectations: How many single expectations were checked.
        orders: How many other orders of arrival were tried.
        problems: What is wrong with the file itself: then nothing was run.
        failures: What does not hold.
    """

    name: str
    file: str
    passed: bool
    expectations: int = 0
    orders: int = 0
    problems: tuple[Problem, ...] = ()
    failures: tuple[Failure, ...] = ()


class Results(msgspec.Struct, frozen=True):
    """What became of all scenarios of a run."""

    pack: str
    results: tuple[Result, ...]

    @property
    def passed(self) -> int:
        """Return how many scenarios passed."""
        return sum(result.passed for result in self.results)

    @property
    def failed(self) -> int:
        """Return how many scenarios failed or could not be read."""
        return len(self.results) - self.passed

    @property
    def ok(self) -> bool:
        """Return whether all passed."""
        return self.failed == 0

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Return everything that is wrong, files and failed expectations alike, in the order of the results."""
        return tuple(
            problem
            for result in self.results
            for problem in (*result.problems, *(failure.problem for failure in result.failures))
        )
