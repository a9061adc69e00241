"""The same events in other orders of arrival: every scenario is a test that the order does not matter, too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import permutations

import msgspec

from troth.engine.fold import refold
from troth.engine.machine import Machine
from troth.engine.step import Work, apply_batch, step
from troth.model.event import Event
from troth.model.ids import record_hash
from troth.model.record import Record
from troth.model.times import Micros
from troth.scenarios.language import Expectation, Scenario
from troth.scenarios.story import events_by, watermarks_by

_ALL_UP_TO = 4
_MOST = 12


class Deviation(msgspec.Struct, frozen=True):
    """A record that another order of arrival made different.

    Attributes:
        order: The order in words.
        fields: Names of the record's fields that differ.
    """

    order: str
    fields: tuple[str, ...]


def orders_of(events: Sequence[Event]) -> Iterator[tuple[Event, ...]]:
    """Yield other orders of arrival: all of few events; of many the reverse, and each beginning in turn."""
    if len(events) <= _ALL_UP_TO:
        yield from permutations(events)
        return
    yield tuple(reversed(events))
    for place in range(1, min(len(events), _MOST)):
        yield (*events[place:], *events[:place])


def deviations(
    machine: Machine, subject: str, events: Sequence[Event], heard: Mapping[str, Micros], now: Micros
) -> Iterator[Deviation | None]:
    """Yield, for each order that is tried, how the record differs from the refold's, or `None`.

    Each order is folded at once with its first event repeated, and stepped event by event; and all is applied in bulk.
    """
    if not events:
        return
    straight = refold(machine, subject, events, heard, now)
    for order in orders_of(events):
        name = " → ".join(event.id for event in order)
        yield compare(straight, refold(machine, subject, (*order, order[0]), heard, now), f"at once: {name}")
        record: Record | None = None
        for place, event in enumerate(order):
            record = step(machine, record, subject, [event], order[: place + 1], heard, now)
        assert record is not None, "there is at least one event"
        yield compare(straight, record, f"one by one: {name}")
    bulk = apply_batch(machine, [Work(subject, None, events, events)], heard, now)
    yield compare(straight, bulk.records[0], "in bulk")


def as_told(machine: Machine, scenario: Scenario, expectation: Expectation) -> Record | None:
    """Return the record as a live system makes it: stepped at each moment of the story, with the feeds as heard then.

    `None` when nothing about the subject has been heard by the expectation.
    """
    moments = sorted(
        {(one.heard_at, one.step) for one in scenario.happenings if one.event.subject == expectation.subject}
        | {(one.at, one.step) for one in scenario.expectations if one.subject == expectation.subject}
    )
    record: Record | None = None
    seen = 0
    for at, place in moments:
        if (at, place) > (expectation.at, expectation.step):
            break
        past = events_by(scenario, expectation.subject, at, place)
        if not past:
            continue
        heard = watermarks_by(scenario, machine.pack, at, place)
        by_hearing = sorted(past, key=lambda event: event.heard_at)
        record = step(machine, record, expectation.subject, by_hearing[seen:], past, heard, at)
        seen = len(past)
    return record


def compare(straight: Record, other: Record, order: str) -> Deviation | None:
    """Return how another order's record differs from the refold's; `None` when they say the same."""
    if record_hash(straight) == record_hash(other):
        return None
    differing = tuple(
        name for name in Record.__struct_fields__ if getattr(straight, name) != getattr(other, name) and name != "at"
    )
    return Deviation(order, differing)
