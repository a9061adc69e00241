"""Cases: one record whatever the order; clean only when things line up again; a false alarm closes void."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.properties.chance import until
from tests.properties.every_pack import every_pack
from tests.properties.packs_with_cases import machine_with_cases
from tests.properties.test_order_of_arrival import (
    assert_is_the_refold,
    fed_in_bulk,
    fed_one_by_one,
    folded,
)
from troth.engine.cases import case_id, openings
from troth.engine.cases.kinds import is_plain, kind_named
from troth.engine.fold import refold
from troth.engine.journal import JOURNAL
from troth.engine.machine import Machine
from troth.engine.step import wakes_at
from troth.model.event import Event
from troth.model.record import Case, Record, Span
from troth.model.times import FOREVER, Micros
from troth.testing.journal import journals_of
from troth.testing.strategies import END, events_of, feedings, moments, watermarks_of

_BAD = ("ahead", "stuck")


def alignment_at(record: Record, at: Micros) -> Span | None:
    """Return the alignment that holds at a moment."""
    return next((span for span in reversed(record.alignment) if span.since <= at), None)


@st.composite
def stories(draw: st.DrawFn, machine: Machine, subjects: tuple[str, ...] = ()) -> list[Event]:
    """Draw what happened to subjects and what people did to their cases."""
    happened = draw(events_of(machine.pack, subjects=subjects))
    return [*happened, *draw(journals_of(machine.pack, subjects=subjects))]


@every_pack
@settings(max_examples=40)
@given(data=st.data())
def test_no_order_and_no_repetition_changes_cases(name: str, data: st.DataObject) -> None:
    machine = machine_with_cases(name)
    events = data.draw(stories(machine))
    heard, now = data.draw(watermarks_of(machine.pack)), data.draw(moments())
    order = data.draw(st.permutations([*events, *data.draw(st.lists(st.sampled_from(events), max_size=3))]))
    subject = events[0].subject
    assert refold(machine, subject, order, heard, now) == folded(machine, subject, events, heard, now)


@every_pack
@settings(max_examples=40)
@given(data=st.data())
def test_stepping_event_by_event_gives_the_cases_of_the_refold(name: str, data: st.DataObject) -> None:
    machine = machine_with_cases(name)
    events = data.draw(stories(machine))
    heard, now = data.draw(watermarks_of(machine.pack)), data.draw(moments())
    fed = data.draw(feedings(events, heard, now))
    subject = events[0].subject
    assert_is_the_refold(fed_one_by_one(machine, fed, subject), machine, events, heard, now)


@every_pack
@settings(max_examples=40)
@given(data=st.data())
def test_bulk_hand_over_gives_the_cases_of_the_refold(name: str, data: st.DataObject) -> None:
    machine = machine_with_cases(name)
    subjects = tuple(f"{machine.pack.subject}/{number}" for number in (1, 2))
    events = data.draw(stories(machine, subjects))
    heard, now = data.draw(watermarks_of(machine.pack)), data.draw(moments())
    for record in fed_in_bulk(machine, data.draw(feedings(events, heard, now))).values():
        assert_is_the_refold(record, machine, events, heard, now)


@every_pack
def test_no_case_is_closed_clean_while_what_was_said_does_not_hold(name: str) -> None:
    machine, tally = machine_with_cases(name), Counter[str]()

    @settings(max_examples=40)
    @given(data=st.data())
    def check(data: st.DataObject) -> None:
        events = data.draw(stories(machine))
        heard = data.draw(st.just({source.name: END for source in machine.pack.sources}) | watermarks_of(machine.pack))
        record = folded(machine, events[0].subject, events, heard, END)
        for case in record.cases:
            assert case.closed_as in ("", "clean", "unclean", "void")
            tally[case.closed_as] += 1
            if case.closed_as == "clean":
                assert case.closed_at is not None
                span = alignment_at(record, case.closed_at)
                assert span is None or span.value not in _BAD, (case, record.alignment)

    until(lambda: bool(tally["clean"]), check, "no case was ever closed clean")


@every_pack
@settings(max_examples=40)
@given(data=st.data())
def test_the_legs_of_a_case_are_in_order(name: str, data: st.DataObject) -> None:
    """Broken before opened, found no earlier than broken, closed no earlier than opened, and open while not closed."""
    machine = machine_with_cases(name)
    events = data.draw(stories(machine))
    record = folded(machine, events[0].subject, events, data.draw(watermarks_of(machine.pack)), END)
    watched = {kind.name for kind in machine.pack.cases if kind.of or kind.after or kind.dwell}
    for case in record.cases:
        if case.broke_at is not None and case.closed_as != "void" and not case.held and not case.id:
            assert case.broke_at <= case.opened_at
        assert case.closed_at is None or case.closed_at >= case.opened_at
        if case.kind in watched:
            assert (case.closed_as == "") == (case.closed_at is None)
    assert len({case.id for case in record.cases if case.id}) == sum(bool(case.id) for case in record.cases)


@every_pack
@settings(max_examples=40)
@given(data=st.data())
def test_of_one_failure_there_is_one_open_case(name: str, data: st.DataObject) -> None:
    machine = machine_with_cases(name)
    events = data.draw(events_of(machine.pack))
    record = folded(machine, events[0].subject, events, data.draw(watermarks_of(machine.pack)), END)
    standing = [(case.kind, case.about) for case in record.cases if case.closed_at is None]
    assert len(standing) == len(set(standing))


def announced(case: Case, subject: str, at: Micros) -> Event:
    """Return the event by which the live writer announces a case."""
    data = {"case": case.id, "kind": case.kind, "about": case.about, "by": case.detected_by}
    return Event(JOURNAL, f"open-{case.id}", "troth.case.opened", subject, at, at, data)


@every_pack
@settings(max_examples=40)
@given(data=st.data())
def test_announcing_cases_changes_nothing_but_their_names(name: str, data: st.DataObject) -> None:
    """What the writer announces belongs to what was derived; nothing becomes a false alarm by being announced."""
    machine = machine_with_cases(name)
    events = data.draw(events_of(machine.pack))
    # The writer writes down later than whatever it speaks of, never in the same moment.
    heard, now = data.draw(watermarks_of(machine.pack)), data.draw(moments()) + 1
    subject = events[0].subject
    before = folded(machine, subject, events, heard, now)
    named = [announced(case, subject, now) for case in openings(None, before)]
    after = folded(machine, subject, [*events, *named], heard, now)
    assert openings(before, after) == ()
    for old, new in zip(before.cases, after.cases, strict=True):
        assert (old.kind, old.about, old.opened_at, old.closed_at) == (
            new.kind,
            new.about,
            new.opened_at,
            new.closed_at,
        )
        if old.closed_at is None:
            assert new.id == case_id("main", subject, old.kind, old.about, old.opened_at)
            assert new.detected_at is not None


@every_pack
def test_an_alarm_whose_failure_vanishes_closes_void_and_stays_on_record(name: str) -> None:
    """Late evidence takes back what opened cases; each of those cases is a false alarm, counted as one."""
    machine, tally = machine_with_cases(name), Counter[str]()

    @settings(max_examples=40)
    @given(data=st.data())
    def check(data: st.DataObject) -> None:
        events = data.draw(events_of(machine.pack))
        heard, now = data.draw(watermarks_of(machine.pack)), data.draw(moments())
        subject = events[0].subject
        named = openings(None, folded(machine, subject, events, heard, now))
        alone = folded(machine, subject, [announced(case, subject, now) for case in named], {}, now)
        until = now
        while (wakes := wakes_at(alone)) < FOREVER and wakes > until:
            until = wakes
            alone = folded(machine, subject, [announced(case, subject, now) for case in named], {}, until)
        found = {case.id: case for case in alone.cases if case.id}
        assert set(found) == {case.id for case in named}
        for case in found.values():
            kind = kind_named(machine.pack, case.kind)
            assert kind is not None
            if case.broke_at is None and not is_plain(kind):
                # Without any event some failures are neither there nor known to be gone: those stay open.
                assert case.closed_as == "void" or case.right_since is None
                tally[case.closed_as] += 1

    check()
    assert tally["void"] or name == "customer", "no alarm was ever false"


def noted(subject: str, at: Micros) -> Event:
    """Return a note on a case that is nowhere: it makes the engine look at everything, and says nothing."""
    return Event(JOURNAL, f"look-{at}", "troth.case.noted", subject, at, at, {"case": "nowhere", "by": "ann"})


@every_pack
def test_looking_at_everything_more_often_changes_nothing(name: str) -> None:
    """No moment at which time alone changes a case is missed, and no look changes anything by itself."""
    machine, tally = machine_with_cases(name), Counter[str]()
    terminal = {state.name for state in machine.pack.states if state.terminal}

    @settings(max_examples=40)
    @given(data=st.data())
    def check(data: st.DataObject) -> None:
        events = data.draw(stories(machine))
        # Once everything is settled a feed that falls silent is no longer looked at: every feed is heard here.
        heard, now = {source.name: END for source in machine.pack.sources}, data.draw(moments())
        subject = events[0].subject
        less = folded(machine, subject, events, heard, now)
        # Before the first event that stands there is nothing to look at.
        first = less.states[0].since if less.states else END
        places = data.draw(st.lists(moments(), min_size=5, max_size=12, unique=True))
        # A look at the very moment of an event would come before or after it: that is another story.
        looks = [noted(subject, at + 1) for at in places if at >= first]
        more = folded(machine, subject, [*events, *looks], heard, now)
        # Once everything is settled, a fact that goes stale is no longer looked at (decision 0015): another story.
        seen = all(getattr(less, field) == getattr(more, field) for field in ("facts", "states", "alignment"))
        tally["the same story" if seen else "another story"] += 1
        if not seen:
            assert any(span.value in terminal for span in less.states), (less, more)
            return
        tally["with cases"] += bool(less.cases)
        for field in ("cases", "pending_cases", "promises", "beliefs", "findings"):
            assert getattr(less, field) == getattr(more, field), field

    check()
    assert tally["the same story"] > 9 * tally["another story"], tally
    assert tally["with cases"], "there were never any cases"
