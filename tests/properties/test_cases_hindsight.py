"""Hindsight: whatever short way it takes, it says what folding the past again says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.properties.chance import until
from tests.properties.every_pack import every_pack, machine_of
from troth.engine.align import truth_of
from troth.engine.correct import distinct, standing
from troth.engine.fold import refold
from troth.engine.gate.look import evaluated
from troth.engine.hindsight import judge_told, verdict_of
from troth.model.hindsight import HONEST
from troth.testing.standing import Standing
from troth.testing.strategies import END, events_of, watermarks_of


@every_pack
def test_the_truth_as_known_now_is_that_of_the_record_at_the_moment_of_telling(name: str) -> None:
    tally = Counter[str]()

    @settings(max_examples=40)
    @given(data=st.data())
    def check(data: st.DataObject) -> None:
        _looked_back(name, data, tally)

    _until_told(name, check, tally)


def _until_told(name: str, check: Callable[[], None], tally: Counter[str]) -> None:
    """Check stories until something was told in some: a whole round of stories may happen to tell nothing."""
    until(lambda: bool(tally.total()) or not machine_of(name).pack.statements, check, "nothing was ever told")


def _looked_back(name: str, data: st.DataObject, tally: Counter[str]) -> None:
    """Tell a story, and compare every verdict with the record of then."""
    machine = machine_of(name)
    ledger = Standing()
    ledger.take(data.draw(events_of(machine.pack)))
    subject = f"{machine.pack.subject}/1"
    events = ledger.of(subject)
    heard = data.draw(watermarks_of(machine.pack))
    for found in judge_told(machine, subject, events, heard, END):
        stands, _ = standing(machine, distinct(event for event in events if event.occurred_at <= END))
        past = [event for event in stands if event.occurred_at <= found.told_at]
        marks = {source: min(mark, found.told_at) for source, mark in heard.items()}
        record = refold(machine, subject, past, marks, found.told_at)
        statement = machine.pack.statements[found.statement]
        results = evaluated(machine, record, found.told_at)
        assert found.now is truth_of(machine, statement, results, record.promises, anew=True)
        assert found.verdict == verdict_of(found.then, found.now)
        assert found.verdict != HONEST or not (found.source or found.lag)
        tally[found.verdict] += 1


@every_pack
def test_where_nothing_is_heard_late_the_two_truths_are_one(name: str) -> None:
    tally = Counter[str]()

    @settings(max_examples=40)
    @given(data=st.data())
    def check(data: st.DataObject) -> None:
        _heard_in_time(name, data, tally)

    _until_told(name, check, tally)


def _heard_in_time(name: str, data: st.DataObject, tally: Counter[str]) -> None:
    """Tell a story of which nothing is late: what was known is what was so."""
    machine = machine_of(name)
    ledger = Standing()
    ledger.take(data.draw(events_of(machine.pack)))
    subject = f"{machine.pack.subject}/1"
    corrections = machine.correcting
    told = [one for one in ledger.of(subject) if one.type not in corrections]
    events = [replace(one, heard_at=min(one.heard_at, one.occurred_at)) for one in told]
    for found in judge_told(machine, subject, events, data.draw(watermarks_of(machine.pack)), END):
        assert found.then is found.now
        assert not found.event_id
        tally[found.verdict] += 1
