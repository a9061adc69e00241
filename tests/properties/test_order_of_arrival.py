"""The record is a function of the set of events, the watermarks and now: over every pack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.properties.every_pack import every_pack, machine_of
from troth.engine.fold import refold
from troth.engine.machine import Machine
from troth.engine.step import Work, apply_batch, needs_past, step, wakes_at
from troth.model.event import Event
from troth.model.ids import record_hash
from troth.model.record import Record
from troth.model.times import DAY, Micros
from troth.testing.standing import Standing
from troth.testing.strategies import END, Feeding, events_of, feedings, moments, watermarks_of


def fed_in_bulk(machine: Machine, fed: Sequence[Feeding]) -> dict[str, Record]:
    """Return the records after each feeding was applied in bulk, as a worker does: the past only where it is needed."""
    ledger, records = Standing(), dict[str, Record]()
    for feeding in fed:
        taken = ledger.take(feeding.events)
        work = [
            Work(subject, None, (), ledger.of(subject))
            if subject in taken.displaced
            else Work(subject, records.get(subject), taken.fresh.get(subject, ()))
            for subject in {*records, *taken.fresh, *taken.displaced}
        ]
        batch = apply_batch(machine, work, feeding.heard, feeding.now)
        again = [Work(subject, records[subject], (), ledger.of(subject)) for subject in batch.refold]
        retried = apply_batch(machine, again, feeding.heard, feeding.now)
        assert retried.refold == ()
        records.update({record.subject: record for record in (*batch.records, *retried.records)})
    return records


def fed_one_by_one(machine: Machine, fed: Sequence[Feeding], subject: str) -> Record:
    """Return the record after each event was stepped by itself, the past handed over only where it is needed."""
    ledger, record = Standing(), None
    for feeding in fed:
        for arrivals in [[event] for event in feeding.events] or [[]]:
            taken = ledger.take(arrivals)
            fresh, past = taken.fresh.get(subject, []), ledger.of(subject)
            if subject in taken.displaced:
                record = None
            elif record is not None and not needs_past(machine, record, fresh, feeding.heard, feeding.now):
                past = None
            record = step(machine, record, subject, fresh, past, feeding.heard, feeding.now)
    assert record is not None, "a feeding has at least one event"
    return record


def folded(machine: Machine, subject: str, events: Sequence[Event], heard: Mapping[str, Micros], now: Micros) -> Record:
    """Return the refold of those of a subject's events that stand."""
    ledger = Standing()
    ledger.take(events)
    return refold(machine, subject, ledger.of(subject), heard, now)


def assert_is_the_refold(
    found: Record, machine: Machine, events: Sequence[Event], heard: Mapping[str, Micros], now: Micros
) -> None:
    """A record says what the refold says, now and until the moment at which it asks to be looked at again."""
    assert record_hash(found) == record_hash(folded(machine, found.subject, events, heard, now))
    until = min(wakes_at(found), END + 30 * DAY) - 1
    assert until < now or record_hash(found) == record_hash(folded(machine, found.subject, events, heard, until))


@every_pack
@given(data=st.data())
def test_no_order_and_no_repetition_changes_the_refold(name: str, data: st.DataObject) -> None:
    machine = machine_of(name)
    events = data.draw(events_of(machine.pack))
    heard, now = data.draw(watermarks_of(machine.pack)), data.draw(moments())
    again = data.draw(st.lists(st.sampled_from(events), max_size=4))
    order = data.draw(st.permutations([*events, *again]))
    subject = events[0].subject
    found, expected = refold(machine, subject, order, heard, now), folded(machine, subject, events, heard, now)
    assert found == expected


@every_pack
@given(data=st.data())
def test_stepping_event_by_event_equals_the_refold(name: str, data: st.DataObject) -> None:
    machine = machine_of(name)
    events = data.draw(events_of(machine.pack))
    heard, now = data.draw(watermarks_of(machine.pack)), data.draw(moments())
    fed = data.draw(feedings(events, heard, now))
    subject = events[0].subject
    assert_is_the_refold(fed_one_by_one(machine, fed, subject), machine, events, heard, now)


@every_pack
@given(data=st.data())
def test_bulk_hand_over_of_several_subjects_equals_the_refold(name: str, data: st.DataObject) -> None:
    machine = machine_of(name)
    subjects = [f"{machine.pack.subject}/{number}" for number in (1, 2, 3)]
    events = data.draw(events_of(machine.pack, subjects=subjects, at_most=12))
    heard, now = data.draw(watermarks_of(machine.pack)), data.draw(moments())
    records = fed_in_bulk(machine, data.draw(feedings(events, heard, now)))
    for record in records.values():
        assert_is_the_refold(record, machine, events, heard, now)


@every_pack
@given(data=st.data())
def test_looking_in_between_changes_nothing(name: str, data: st.DataObject) -> None:
    machine = machine_of(name)
    events = data.draw(events_of(machine.pack))
    heard = data.draw(watermarks_of(machine.pack))
    looks = sorted(data.draw(st.lists(moments(), max_size=5)))
    subject = events[0].subject
    record = folded(machine, subject, events, heard, looks[0] if looks else END)
    for now in [*looks, END]:
        record = step(machine, record, subject, [], events, heard, now)
    assert_is_the_refold(record, machine, events, heard, END)


@every_pack
@given(data=st.data())
def test_a_feed_heard_further_changes_nothing_that_was_known(name: str, data: st.DataObject) -> None:
    """What is known does not depend on a feed being silent: hearing more may only make unknown facts known."""
    machine = machine_of(name)
    events = data.draw(events_of(machine.pack))
    heard, now = data.draw(watermarks_of(machine.pack)), data.draw(moments())
    subject = events[0].subject
    less = refold(machine, subject, events, heard, now)
    more = refold(machine, subject, events, {source.name: END for source in machine.pack.sources}, now)
    for before, after in zip(less.facts, more.facts, strict=True):
        if before.status == "known":
            assert (before.value, before.by) == (after.value, after.by)


@pytest.mark.thorough
@every_pack
@settings(max_examples=10_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_ten_thousand_feedings_a_pack_end_in_one_hash(name: str, data: st.DataObject) -> None:
    machine = machine_of(name)
    subjects = [f"{machine.pack.subject}/{number}" for number in (1, 2)]
    events = data.draw(events_of(machine.pack, subjects=subjects, at_most=10))
    heard, now = data.draw(watermarks_of(machine.pack)), data.draw(moments())
    fed = data.draw(feedings(events, heard, now))
    records = fed_in_bulk(machine, fed)
    for subject, record in records.items():
        assert_is_the_refold(record, machine, events, heard, now)
        assert_is_the_refold(fed_one_by_one(machine, fed, subject), machine, events, heard, now)
