"""What is known at a moment of a scenario: the events heard by then and how far each feed has been heard."""

from __future__ import annotations

from troth.model.event import Event
from troth.model.pack import Pack
from troth.model.times import FOREVER, Micros
from troth.scenarios.language import Scenario


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
