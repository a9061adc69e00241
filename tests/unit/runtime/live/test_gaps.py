"""What a feed's silence meant at an earlier moment: gaps are kept, and the past is judged by them."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.runtime.live.firm import START, Firm
from troth.ledger.memory import MemoryLedger
from troth.model.ids import record_hash
from troth.model.times import DAY, FOREVER, HOUR, MINUTE, SECOND, Micros
from troth.runtime.gaps import Gap, forget, gap_of, heard_at, keep
from troth.runtime.importing import hear

SPOKEN = ("oms", "store", "staging", "pos", "desk")
"""Feeds that count as silent after ten minutes."""


def test_a_feed_that_was_silent_at_a_moment_stays_silent_there_when_it_is_heard_again() -> None:
    firm = Firm.shop(ready=True)
    firm.moment += 30 * MINUTE
    firm.hear("staging")
    # What troth writes down itself may be dated a moment after the clock: looked at just after it.
    firm.moment += SECOND
    then, told = firm.moment, firm.record()
    firm.moment += 30 * MINUTE
    firm.hear()
    assert heard_at(firm.ledger, then)["staging"] == START
    assert heard_at(firm.ledger, then)["oms"] == START + 30 * MINUTE
    seen = firm.service.look("pickup/1", then)
    assert seen is not None
    assert record_hash(seen.record) == record_hash(told)


def test_a_feed_that_had_not_been_heard_yet_was_not_heard_whatever_came_after() -> None:
    firm = Firm()
    firm.report("oms", "order.placed", mode="in_store", customer="customer/1", promised_by="2026-03-02T14:00:00Z")
    firm.moment += HOUR
    firm.hear()
    assert "pos" not in heard_at(firm.ledger, START)
    assert heard_at(firm.ledger, firm.moment)["pos"] == firm.moment


def test_a_feed_is_heard_from_the_moment_at_which_its_event_was() -> None:
    """The past of a page stops at the moments of events: what was heard then had been heard then."""
    firm = Firm()
    firm.report("oms", "order.placed", mode="in_store", customer="customer/1", promised_by="2026-03-02T14:00:00Z")
    (placed,) = firm.ledger.events_of(["pickup/1"])["pickup/1"]
    assert heard_at(firm.ledger, placed.heard_at) == {"oms": START}
    assert heard_at(firm.ledger, placed.heard_at - 1) == {}
    firm.moment += HOUR
    waiting = firm.service.accept("", [firm.event("oms", "order.cancelled", reason="customer")])
    # What waits for the writer has been heard while it waits.
    firm.moment += SECOND
    firm.answer(waiting)
    assert heard_at(firm.ledger, START + HOUR)["oms"] == START + HOUR
    assert heard_at(firm.ledger, START + HOUR - 1)["oms"] == START


def test_an_ordinary_day_writes_nothing_down() -> None:
    firm = Firm.shop()
    before = firm.ledger.keys("gap/")
    for _ in range(50):
        firm.moment += 9 * MINUTE
        firm.hear()
    assert firm.ledger.keys("gap/") == before


def test_what_another_service_over_the_same_ledger_has_heard_is_no_gap() -> None:
    firm = Firm()
    firm.hear()
    other = Firm(firm.ledger)
    other.hear()
    for _ in range(12):
        firm.moment += 5 * MINUTE
        firm.hear()
    before = firm.ledger.keys("gap/")
    other.moment = firm.moment + MINUTE
    other.hear()
    assert firm.ledger.keys("gap/") == before
    assert heard_at(firm.ledger, START + 30 * MINUTE)["pos"] == other.moment


def test_a_service_that_begins_anew_knows_what_was_not_heard_while_it_was_away() -> None:
    firm = Firm.shop()
    firm.restart()
    firm.moment += 2 * HOUR
    firm.hear()
    assert heard_at(firm.ledger, START + HOUR)["pos"] == START


def test_an_import_of_history_is_the_whole_past_of_its_sources() -> None:
    ledger = MemoryLedger()
    ledger.advance({"oms": 5 * DAY, "pos": 5 * DAY})
    gaps = {name: Gap(name, DAY, 2 * DAY, 2 * DAY) for name in ("oms", "pos")}
    keep(ledger, gaps, {})
    hear(ledger, ["oms"], 6 * DAY)
    assert heard_at(ledger, DAY + HOUR) == {"oms": 6 * DAY, "pos": DAY}
    forget(ledger, ["pos"], DAY - HOUR)
    assert heard_at(ledger, DAY + HOUR)["pos"] == DAY, "a gap that began after the extract is not of its past"
    forget(ledger, ["pos"], DAY + 2 * HOUR)
    assert heard_at(ledger, DAY + HOUR)["pos"] == 5 * DAY, "the part of a gap before the extract is of its past"
    assert heard_at(ledger, DAY + 3 * HOUR)["pos"] == DAY + 2 * HOUR, "the part after it is not"


def test_history_may_come_after_the_first_live_event() -> None:
    ledger = MemoryLedger()
    ledger.advance({"oms": 5 * DAY})
    keep(ledger, {"oms": Gap("oms", -FOREVER, 5 * DAY, 5 * DAY)}, {})
    hear(ledger, ["oms"], 4 * DAY)
    assert heard_at(ledger, 2 * DAY) == {"oms": 5 * DAY}
    assert heard_at(ledger, 4 * DAY + HOUR) == {"oms": 4 * DAY}


def test_names_of_sources_that_begin_alike_are_kept_apart() -> None:
    ledger = MemoryLedger()
    ledger.advance({"shop": 9 * DAY, "shop/till": 9 * DAY, "shop/7": 9 * DAY})
    keep(ledger, {"shop/7": Gap("shop/7", DAY, 2 * DAY, 2 * DAY)}, {})
    assert heard_at(ledger, DAY + HOUR) == {"shop": 9 * DAY, "shop/till": 9 * DAY, "shop/7": DAY}


def test_a_feed_that_always_lags_is_one_line_a_minute() -> None:
    last: Gap | None = None
    ledger = MemoryLedger()
    before, lag = START, HOUR
    for second in range(180):
        now = START + lag + second * SECOND + SECOND
        gap = gap_of("oms", before, 10 * MINUTE, now, last)
        assert gap is not None
        keep(ledger, {"oms": gap}, {} if last is None else {"oms": last})
        before, last = now - lag, gap
    assert len(ledger.keys("gap/oms/")) == 3


def test_what_was_heard_within_its_patience_is_no_gap() -> None:
    assert gap_of("oms", START, 10 * MINUTE, START + 10 * MINUTE, None) is None
    assert gap_of("oms", START, 10 * MINUTE, START + 10 * MINUTE + 1, None) == Gap(
        "oms", START, START + 10 * MINUTE + 1, START + 10 * MINUTE + 1
    )
    assert gap_of("oms", -FOREVER, 10 * MINUTE, START, None) == Gap("oms", -FOREVER, START, START)


STEPS = st.lists(
    st.tuples(
        st.sampled_from([1, 5, 9, 10, 11, 45, 200]),
        st.sets(st.sampled_from(SPOKEN)),
        st.sampled_from(["", "order.cancelled", "pick.completed", "stage.placed"]),
    ),
    min_size=2,
    max_size=12,
)


@settings(max_examples=25, deadline=None)
@given(STEPS)
def test_the_past_is_shown_as_it_was_shown_then(steps: Sequence[tuple[int, set[str], str]]) -> None:
    """Whatever falls silent and speaks again: as known at a moment is what was seen at that moment."""
    firm = Firm.shop()
    sources = {"order.cancelled": "oms", "pick.completed": "store", "stage.placed": "staging"}
    seen: dict[Micros, str] = {}
    for minutes, silent, kind in steps:
        firm.moment += minutes * MINUTE
        firm.hear(*silent)
        if kind:
            firm.report(sources[kind], kind, picked=1, short=0, slot="A1", reason="customer")
        firm.moment += SECOND
        seen[firm.moment] = record_hash(firm.record())
    firm.moment += HOUR
    firm.hear()
    for moment, then in seen.items():
        found = firm.service.look("pickup/1", moment)
        assert found is not None
        assert record_hash(found.record) == then
