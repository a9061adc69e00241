"""Turning any fact unknown never makes a statement true, an action available or a promise kept: over every pack."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.properties.every_pack import every_pack, machine_of
from troth.engine.fold import refold
from troth.engine.machine import Machine
from troth.model.record import FactView, Record
from troth.model.times import Micros
from troth.scenarios.clock import Clock
from troth.scenarios.sight import Sight
from troth.testing.builders import START
from troth.testing.strategies import events_of, moments_near, watermarks_of


def seen(machine: Machine, record: Record, now: Micros, hidden: tuple[int, ...] = ()) -> Sight:
    """Return the record as seen with some facts hidden: their sources have said nothing that counts."""
    facts = tuple(FactView("missing") if index in hidden else view for index, view in enumerate(record.facts))
    return Sight(machine, replace(record, facts=facts), now, Clock(START))


@every_pack
def test_hiding_facts_makes_no_statement_true_and_no_action_available(name: str) -> None:
    tally = Counter[str]()

    @given(data=st.data())
    def check(data: st.DataObject) -> None:
        _hidden_makes_nothing_true(name, data, tally)

    check()
    assert tally["true"] or not machine_of(name).pack.statements, "nothing was ever true"


def _hidden_makes_nothing_true(name: str, data: st.DataObject, tally: Counter[str]) -> None:
    """Tell a story, hide each fact and each pair of facts, and compare what is true then."""
    machine = machine_of(name)
    events = data.draw(events_of(machine.pack))
    heard, now = data.draw(watermarks_of(machine.pack)), data.draw(moments_near(events))
    record = refold(machine, events[0].subject, events, heard, now)
    open_eyes = seen(machine, record, now)
    for hidden in (one for count in (1, 2) for one in combinations(range(len(record.facts)), count)):
        blind = seen(machine, record, now, hidden)
        for statement in machine.pack.statements:
            if blind.statement(statement) is True:
                assert open_eyes.statement(statement) is True, f"{statement} became true without {hidden}"
                tally["true"] += 1
        for action in machine.pack.actions:
            if blind.action(action) is True:
                assert open_eyes.action(action) is True, f"{action} became available without {hidden}"


@every_pack
def test_a_feed_that_falls_silent_makes_no_statement_true(name: str) -> None:
    tally = Counter[str]()

    @given(data=st.data())
    def check(data: st.DataObject) -> None:
        _silence_makes_nothing_true(name, data, tally)

    check()
    assert tally["true"] or not machine_of(name).pack.statements, "nothing was ever true"


def _silence_makes_nothing_true(name: str, data: st.DataObject, tally: Counter[str]) -> None:
    """Tell a story, silence one feed, and compare what is true then."""
    machine = machine_of(name)
    events = data.draw(events_of(machine.pack))
    heard, now = data.draw(watermarks_of(machine.pack)), data.draw(moments_near(events))
    silent = data.draw(st.sampled_from(machine.pack.sources)).name
    subject = events[0].subject
    less = {source: mark for source, mark in heard.items() if source != silent}
    blind = seen(machine, refold(machine, subject, events, less, now), now)
    open_eyes = seen(machine, refold(machine, subject, events, heard, now), now)
    for statement in machine.pack.statements:
        if blind.statement(statement) is True:
            assert open_eyes.statement(statement) is True, f"{statement} became true when {silent} fell silent"
            tally["true"] += 1
