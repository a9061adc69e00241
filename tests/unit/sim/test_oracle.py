"""The oracle against cases made by hand: what was knowable, and what the messages say."""

from __future__ import annotations

from typing import Any, TypeAlias

import pytest

from troth.model.event import Event
from troth.model.times import DAY, HOUR, MINUTE, Micros, format_instant, parse_instant
from troth.runtime import catalog
from troth.sim.oracle import SAYS, Oracle
from troth.sim.rules import MESSAGES, both, either, no, truth_of

NINE = parse_instant("2026-03-02T09:00:00Z")
DUE = NINE + 3 * HOUR
SUBJECT = "pickup/1"


Said: TypeAlias = tuple[str, str, Micros, dict[str, Any]]
"""(source, type, when, data)."""


def story(*events: Said, heard: Micros = NINE + DAY) -> Oracle:
    """Return an oracle to which (source, type, when, data) have been reported; every feed is heard up to a moment."""
    oracle = Oracle()
    for number, (source, kind, at, data) in enumerate(events):
        oracle.acknowledge(Event(source, f"{source}-{number}", kind, SUBJECT, at, at, data), at)
    oracle.hear(dict.fromkeys(("oms", "store", "staging", "desk", "pos", "carrier", "inventory"), heard))
    return oracle


def placed(mode: str = "in_store") -> Said:
    """Return an order that is promised for noon."""
    return ("oms", "order.placed", NINE, {"mode": mode, "promised_by": format_instant(DUE)})


PICKED: Said = ("store", "pick.completed", NINE + HOUR, {"picked": 2, "short": 0})
STAGED: Said = ("staging", "stage.placed", NINE + HOUR + MINUTE, {})
LATER = NINE + 2 * HOUR


def says(oracle: Oracle, message: str, now: Micros, **data: Any) -> bool | None:
    """Return whether a message is so by what was knowable."""
    return truth_of(oracle.known(SUBJECT, now), message, data)


def test_ready_is_what_lies_whole_on_the_shelf() -> None:
    assert says(story(placed(), PICKED, STAGED), "ready", LATER) is True
    assert says(story(placed(), PICKED), "ready", LATER) is False
    assert says(story(placed(), STAGED), "ready", LATER) is False
    assert says(story(placed("ship_to_store"), STAGED), "ready", LATER) is True


def test_what_was_taken_from_the_shelf_is_not_ready() -> None:
    removed: Said = ("staging", "stage.removed", NINE + 90 * MINUTE, {})
    assert says(story(placed(), PICKED, STAGED, removed), "ready", LATER) is False
    assert says(story(placed(), PICKED, STAGED, removed), "ready", NINE + 80 * MINUTE) is True


def test_the_order_of_arrival_does_not_matter() -> None:
    removed: Said = ("staging", "stage.removed", NINE + 30 * MINUTE, {})
    assert says(story(STAGED, removed, PICKED, placed()), "ready", LATER) is True


def reported(source: str, kind: str, said: Micros, heard: Micros) -> Event:
    """Return a report with a date of its own."""
    return Event(source, f"{source}-{said}", kind, SUBJECT, said, heard, {})


def test_what_a_clock_that_is_ahead_reports_has_happened() -> None:
    oracle = story(placed(), PICKED)
    oracle.acknowledge(reported("staging", "stage.placed", LATER + MINUTE, LATER), LATER)
    assert says(oracle, "ready", LATER) is True
    assert says(oracle, "confirmation", DUE + HOUR, ready_by=format_instant(LATER)) is False


def test_of_reports_heard_at_one_moment_their_own_dates_decide() -> None:
    oracle = story(placed(), PICKED)
    oracle.acknowledge(reported("staging", "stage.removed", LATER + 2 * MINUTE, LATER), LATER)
    oracle.acknowledge(reported("staging", "stage.placed", LATER + MINUTE, LATER), LATER)
    assert says(oracle, "ready", LATER) is False


def test_of_a_silent_feed_nothing_is_known() -> None:
    quiet = story(placed(), PICKED, STAGED, heard=NINE + HOUR)
    assert says(quiet, "ready", NINE + 65 * MINUTE) is True
    assert says(quiet, "ready", NINE + 71 * MINUTE) is None, "nobody can say whether it was cancelled"


def test_a_repetition_says_nothing_new() -> None:
    oracle = story(placed(), PICKED, STAGED)
    again = oracle.events(SUBJECT)[-1]
    oracle.acknowledge(again, LATER)
    assert len(oracle.events(SUBJECT)) == 3


def test_a_promised_moment_is_so_until_it_passes() -> None:
    oracle = story(placed())
    assert says(oracle, "confirmation", DUE - 1, ready_by=format_instant(DUE)) is True
    assert says(oracle, "confirmation", DUE, ready_by=format_instant(DUE)) is False
    in_time = story(placed(), PICKED, STAGED)
    assert says(in_time, "confirmation", DUE + HOUR, ready_by=format_instant(DUE)) is True


def test_of_an_order_that_nobody_has_reported_no_promise_is_known() -> None:
    assert says(story(), "confirmation", LATER, ready_by=format_instant(DUE)) is None


def test_cancelled_is_not_ready_and_the_money_comes_for_seven_days() -> None:
    oracle = story(placed(), PICKED, STAGED, ("oms", "order.cancelled", LATER, {"by": "firm"}), heard=NINE + 20 * DAY)
    assert says(oracle, "ready", LATER) is False
    assert says(oracle, "cancellation", LATER) is True
    assert says(oracle, "cancellation", LATER + 7 * DAY) is False


def test_delivered_says_the_carrier_and_the_store_has_nothing() -> None:
    oracle = story(placed("ship_to_store"), ("carrier", "parcel.delivered_to_store", NINE + HOUR, {}))
    assert says(oracle, "out_for_delivery", LATER) is True
    assert says(oracle, "arrived", LATER) is False
    assert says(oracle, "ready", LATER) is False


def test_a_label_is_no_parcel() -> None:
    assert says(story(placed(), ("carrier", "label.printed", NINE, {"tracked": True})), "shipped", LATER) is False


def test_who_has_no_proof_is_not_turned_away_from_an_empty_shelf() -> None:
    refused = ("desk", "pickup.refused", NINE + 90 * MINUTE, {"reason": "no_proof"})
    lost = ("desk", "pickup.refused", NINE + 90 * MINUTE, {"reason": "not_found"})
    assert says(story(placed(), PICKED, STAGED, refused), "ready", LATER) is True
    assert says(story(placed(), PICKED, STAGED, lost), "ready", LATER) is False


def test_a_survey_is_for_those_who_have_it_and_an_offer_for_those_who_have_not_ordered() -> None:
    done = story(placed(), PICKED, STAGED, ("pos", "pickup.handed_over", LATER, {}))
    assert says(done, "survey", LATER) is True
    assert says(done, "looking_into_it", LATER) is False
    assert says(done, "offer", LATER) is False


@pytest.mark.parametrize(("told", "expected"), [(True, None), (False, DUE)])
def test_a_new_moment_counts_only_for_who_was_told(told: bool, expected: Micros | None) -> None:
    data = {"promised_by": format_instant(DUE + 5 * HOUR), "consent": True}
    oracle = story(placed(), ("oms", "order.rescheduled", LATER, data))
    assert oracle.known(SUBJECT, DUE + HOUR).lapsed(lambda since, until: told) == expected
    assert oracle.known(SUBJECT, DUE - 1).lapsed(lambda since, until: told) is None


def test_what_the_customer_withdrew_in_time_does_not_lapse() -> None:
    cancelled = ("oms", "order.cancelled", LATER, {"by": "customer"})
    assert story(placed(), cancelled).known(SUBJECT, DUE + HOUR).lapsed(lambda since, until: False) is None
    by_firm = ("oms", "order.cancelled", LATER, {"by": "firm"})
    assert story(placed(), by_firm).known(SUBJECT, DUE + HOUR).lapsed(lambda since, until: False) == DUE


def test_unknown_is_decided_only_by_the_other_side() -> None:
    assert both(None, False) is False
    assert both(None, True) is None
    assert either(None, True) is True
    assert either(None, False) is None
    assert no(None) is None


def test_a_message_that_is_not_listed_is_unknown() -> None:
    assert says(story(placed()), "horoscope", LATER) is None


def test_messages_say_what_the_pack_has_them_say() -> None:
    # Names only: when they are so is written twice on purpose.
    pack = catalog.load("store_pickup").compiled.require()
    for name, statements in MESSAGES.items():
        assert set(pack.messages[name].statements) == set(statements), name
    assert set(SAYS) <= set(pack.events)


def test_what_was_taken_off_the_shelf_lay_there_before_though_nobody_said_so() -> None:
    """The scan that laid it there was lost: it may well have been ready in time, and nobody can tell."""
    taken: Said = ("staging", "stage.removed", DUE - HOUR, {})
    back = ("staging", "stage.placed", DUE + HOUR, {"slot": "A7"})
    for oracle in (story(placed(), PICKED, taken), story(placed(), PICKED, taken, back)):
        assert oracle.known(SUBJECT, DUE + 2 * HOUR).lapsed(lambda since, until: False) is None
        assert says(oracle, "confirmation", DUE + 2 * HOUR, ready_by=format_instant(DUE)) is None
    late = story(placed(), PICKED, back, ("staging", "stage.removed", DUE + 90 * MINUTE, {}))
    assert late.known(SUBJECT, DUE + 2 * HOUR).lapsed(lambda since, until: False) == DUE
