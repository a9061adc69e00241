"""The turns of a scenario, and what is known at each: the events heard by then, how far each feed has been heard."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any, TypeAlias

import msgspec

from troth.model.event import Event
from troth.model.pack import Pack
from troth.model.times import FOREVER, Micros
from troth.scenarios.commands import KEYS, Command
from troth.scenarios.language import Expectation, Happening, Scenario, Silence

Item: TypeAlias = Silence | Happening | Command | Expectation


class Turn(msgspec.Struct, frozen=True):
    """What takes place at one moment, by one step of the timeline.

    Attributes:
        at: The moment.
        step: Which step, from 0.
        items: What takes place, in order.
    """

    at: Micros
    step: int
    items: tuple[Item, ...]

    def is_late(self, said: Mapping[str, Any]) -> bool:
        """Return whether this is no step of its own, only an event that is heard later than the step that tells of it.

        Args:
            said: The step as the timeline has it.
        """
        return "heard" in said.get("event", {}) and all(isinstance(item, Happening) for item in self.items)


def turns(scenario: Scenario) -> list[Turn]:
    """Return everything in a story, in the order in which it takes place."""
    items: tuple[Item, ...] = (*scenario.silences, *scenario.happenings, *scenario.commands, *scenario.expectations)
    return [
        Turn(moment, step, tuple(some))
        for (moment, step), some in groupby(sorted(items, key=_place), key=lambda item: _place(item)[:2])
    ]


def _place(item: Item) -> tuple[Micros, int, int]:
    """Return when an item takes place: its moment, its step, and its place within the step."""
    match item:
        case Silence():
            return item.at, item.step, 0
        case Happening():
            return item.heard_at, item.step, 1
        case Command():
            return item.at, item.step, 2 + KEYS.index(item.key)
        case Expectation():
            return item.at, item.step, 2 + len(KEYS)


def events_by(scenario: Scenario, subject: str, at: Micros, step: int) -> list[Event]:
    """Return a subject's events that are part of the story by a step.

    Args:
        scenario: The scenario.
        subject: Whose.
        at: The step's moment.
        step: The step's index: of events heard at that very moment, those of later steps are not yet known.
    """
    return [
        happening.event
        for happening in scenario.happenings
        if happening.event.subject == subject and (happening.heard_at, happening.step) <= (at, step)
    ]


def watermarks_by(scenario: Scenario, pack: Pack, at: Micros, step: int) -> dict[str, Micros]:
    """Return source → watermark as it stands at a step.

    A feed counts as heard up to the step, unless the scenario fixes its watermark or has it fall silent; and always
    up to the latest of its own events, for a watermark moves with them.
    """
    marks: dict[str, Micros] = {}
    for source in pack.sources:
        name = source.name
        fixed = name in scenario.watermarks
        mark = scenario.watermarks[name] if fixed else _spoken_until(scenario, name, at, step)
        if mark is not None:
            marks[name] = mark
    for happening in scenario.happenings:
        event = happening.event
        if (happening.heard_at, happening.step) <= (at, step) and event.occurred_at <= at:
            marks[event.source] = max(marks.get(event.source, event.occurred_at), event.occurred_at)
    return marks


def heard_through(scenario: Scenario, source: str, at: Micros, step: int) -> Micros | None:
    """Return up to when a feed is heard by what the story says, as seen from a step, future included.

    A feed that is silent then is heard up to when it fell silent; one that is not, up to when it next does, or for
    ever. `None`: it is never heard.
    """
    if source in scenario.watermarks:
        return scenario.watermarks[source]
    changes = [change for change in scenario.silences if change.source == source]
    past = [change for change in changes if (change.at, change.step) <= (at, step)]
    if past and not past[-1].heard:
        return _spoken_until(scenario, source, at, step)
    later = (change.at for change in changes if (change.at, change.step) > (at, step) and not change.heard)
    return next(later, FOREVER)


def _spoken_until(scenario: Scenario, source: str, at: Micros, step: int) -> Micros:
    """Return the moment a feed fell silent, or the step's moment if it is not silent then."""
    silent_since: Micros | None = None
    for change in scenario.silences:
        if change.source == source and (change.at, change.step) <= (at, step):
            silent_since = None if change.heard else change.at if silent_since is None else silent_since
    return at if silent_since is None else silent_since
