"""A clock that is ahead: what is reported has happened, whatever date it carries."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.runtime.live.firm import Firm
from troth.model.event import Event, in_order
from troth.model.ids import content_hash
from troth.model.times import MINUTE, format_instant
from troth.runtime.envelope import to_envelope
from troth.runtime.incoming import SKEW, event_of

dates = st.integers(-10 * MINUTE, 10 * MINUTE)


def reported(occurred_at: int, heard_at: int = 0) -> Event:
    return Event("store", "1", "pick.completed", "pickup/1", occurred_at, heard_at)


@given(some=st.sets(dates, min_size=2, max_size=5))
def test_what_is_heard_at_one_moment_keeps_the_order_of_its_dates(some: set[int]) -> None:
    events = sorted((in_order(reported(date), SKEW) for date in some), key=lambda event: event.key)
    assert [event.said_at for event in events] == sorted(some)
    assert len({event.key for event in events}) == len(some)


@given(date=dates)
def test_within_the_skew_nothing_happens_after_it_was_heard(date: int) -> None:
    event = in_order(reported(date), SKEW)
    assert event.occurred_at <= 0 or date > SKEW
    assert event.said_at == date
    assert content_hash(event) == content_hash(reported(date))


@given(date=dates)
def test_an_event_that_was_moved_is_read_back_as_it_was(date: int) -> None:
    event = in_order(reported(date), SKEW)
    again = event_of(to_envelope(event), heard_at=7, now=10 * MINUTE)
    assert (again.said_at, again.heard_at) == (date, 0)
    assert again.occurred_at == event.occurred_at


def test_the_gate_sees_at_once_what_a_fast_clock_reports() -> None:
    firm = Firm.shop()
    said: list[tuple[str, str, dict[str, Any]]] = [
        ("pick.completed", "store", {"picked": 1, "short": 0}),
        ("stage.placed", "staging", {}),
    ]
    for kind, source, data in said:
        raw = firm.event(source, kind, **data) | {"time": format_instant(firm.moment + 2 * MINUTE)}
        firm.answer(firm.service.accept("", [raw]))
    assert firm.ask().outcome == "SEND"


def test_the_same_report_sent_again_later_is_the_same_event() -> None:
    firm = Firm.shop()
    raw = firm.event("store", "pick.completed", picked=1, short=0) | {"time": format_instant(firm.moment + 2 * MINUTE)}
    assert firm.answer(firm.service.accept("", [raw])).accepted == 1
    firm.at("10m")
    assert firm.answer(firm.service.accept("", [raw])).duplicates == 1
