"""Backtest: whatever short way it takes through the past, it says what folding every moment anew says."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.properties.chance import until
from tests.properties.every_pack import every_pack, machine_of
from troth.engine.backtest import Backtest, left_at
from troth.engine.backtest_gate import decision_of, nobody
from troth.engine.backtest_past import Past
from troth.engine.compare import changes
from troth.engine.correct import distinct, standing
from troth.engine.fold import refold
from troth.engine.hindsight import judge_told
from troth.engine.journal import JOURNAL
from troth.engine.machine import Machine, route_of
from troth.engine.resolve import silence_of
from troth.measures.backtest.part import parse_part
from troth.measures.backtest.tally import Tally
from troth.model.event import Event
from troth.model.record import Told
from troth.model.times import Micros
from troth.testing.standing import Standing
from troth.testing.strategies import END, events_of, watermarks_of


def told_of(machine: Machine, data: st.DataObject, subject: str) -> tuple[list[Event], dict[str, Micros]]:
    """Return a story of one subject, and how far its feeds were heard."""
    ledger = Standing()
    ledger.take(data.draw(events_of(machine.pack)))
    return ledger.of(subject), data.draw(watermarks_of(machine.pack))


def is_receipt(machine: Machine, event: Event, told: Told) -> bool:
    """Return whether an event tells of a message."""
    route = route_of(machine, event)
    if event.source == JOURNAL or route is None or route.receipt is None:
        return False
    return str(route.receipt.id(event.data) or f"{event.source}/{event.id}") == told.id


@every_pack
def test_the_gate_is_asked_over_what_was_known_when_the_message_left(name: str) -> None:
    machine = machine_of(name)
    subject = f"{machine.pack.subject}/1"
    outcomes = Counter[str]()

    @settings(max_examples=60)
    @given(data=st.data())
    def check(data: st.DataObject) -> None:
        events, heard = told_of(machine, data, subject)
        judged, record = Backtest(machine, heard, END).judge(subject, events)
        told = {one.id: one for one in record.messages}
        past = Past(machine, record, distinct(events), heard, silence_of(machine.facts, heard))
        for one in judged.messages:
            message = told[one.message_id]
            moment = left_at(message)
            known = [e for e in distinct(events) if e.heard_at <= moment or is_receipt(machine, e, message)]
            stands, _ = standing(machine, known)
            before = [
                e for e in stands
                if e.occurred_at < moment or (e.occurred_at == moment and not is_receipt(machine, e, message))
            ]  # fmt: skip
            marks = {source: min(mark, moment) for source, mark in heard.items()}
            then = refold(machine, subject, before, marks, moment)
            wanted = decision_of(machine, then, message, moment, past.said(message), nobody)
            assert (one.outcome, one.sends) == (wanted.outcome, wanted.sends)
            assert [reason.text for reason in one.reasons] == [reason.text for reason in wanted.reasons]
            outcomes[one.outcome] += 1

    until(lambda: bool(outcomes) or not machine.pack.messages, check, "nothing was ever told")


@every_pack
def test_both_truths_are_those_of_hindsight(name: str) -> None:
    machine = machine_of(name)
    subject = f"{machine.pack.subject}/1"
    undated = any(state.undated is not None for state in machine.pack.states)

    @settings(max_examples=60)
    @given(data=st.data())
    def check(data: st.DataObject) -> None:
        events, heard = told_of(machine, data, subject)
        judged, _ = Backtest(machine, heard, END).judge(subject, events)
        found = [one for message in judged.messages for one in message.stated]
        wanted = judge_told(machine, subject, events, heard, END)
        assert [one.then for one in found] == [one.then for one in wanted]
        for one, other in zip(found, wanted, strict=True):
            assert one == other or (undated and one.now is None and other.now is False)

    check()


@every_pack
def test_a_pack_compared_with_itself_changes_nothing_and_tallies_add_up(name: str) -> None:
    machine = machine_of(name)
    subjects = [f"{machine.pack.subject}/{number}" for number in range(1, 4)]

    @settings(max_examples=30)
    @given(data=st.data())
    def check(data: st.DataObject) -> None:
        ledger = Standing()
        ledger.take(data.draw(events_of(machine.pack, subjects=subjects)))
        heard = data.draw(watermarks_of(machine.pack))
        test = Backtest(machine, heard, END)
        whole, parts, rows = Tally(), [Tally() for _ in subjects], []
        for subject, part in zip(subjects, parts, strict=True):
            events = distinct(ledger.of(subject))
            view = test.judge(subject, events)
            assert changes(view, test.judge(subject, events[::-1])) == []
            for tally in (whole, part):
                tally.add(view[0], events, test.dated)
            rows.append(view[0])
        total = Tally()
        for part in data.draw(st.permutations(parts)):
            total.merge(part)
        assert total == whole
        for name_of_part, count in whole.counts.items():
            part_of = parse_part(name_of_part)
            messages = sum(part_of.has_message(one) for judged in rows for one in judged.messages)
            promises = sum(part_of.has_promise(one) for judged in rows for one in judged.promises)
            assert messages + promises == count, name_of_part

    check()
