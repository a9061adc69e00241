"""What the runner makes of a timeline: what is known when, how far feeds are heard, and the orders of arrival."""

from __future__ import annotations

import pytest

from tests.unit.scenarios.kit import forgetful, pack_named, story, told
from troth.scenarios import Result, orders, run_text

PLACED = "{at: 0m, event: {source: shop, type: order.placed, data: {promised_day: {day: 2d}, zone: Etc/UTC}}}"


def outcome(*steps: str, more: str = "") -> Result:
    """Run a story of the delivery pack."""
    return run_text(pack_named("delivery"), story(*steps, more=more))


def assert_holds(*steps: str, more: str = "") -> None:
    """A story of the delivery pack passes."""
    result = outcome(*steps, more=more)
    assert result.passed, told(result)


def test_an_event_counts_from_the_moment_it_is_heard_with_the_moment_it_happened() -> None:
    assert_holds(
        PLACED,
        "{at: 1h, event: {source: carrier, type: carrier.collected, heard: +2h}}",
        "{at: 2h59m, expect: {state: placed}}",
        "{at: 3h, expect: {state: {is: on_its_way, since: 1h}}}",
    )


def test_of_one_moment_only_the_steps_above_are_known() -> None:
    assert_holds(
        PLACED,
        "{at: 1h, expect: {state: placed}}",
        "{at: 1h, event: {source: carrier, type: carrier.collected}, expect: {state: on_its_way}}",
    )


def test_an_event_of_the_future_is_not_seen_until_then() -> None:
    assert_holds(
        PLACED,
        "{at: 1h, event: {source: carrier, type: carrier.collected, occurred: +1h}}",
        "{at: 1h, expect: {state: placed, wake_up: 2h}}",
        "{at: 2h, expect: {state: on_its_way}}",
    )


def test_feeds_are_heard_up_to_each_expectation_unless_it_is_said_otherwise() -> None:
    assert_holds(PLACED, "{at: 1d, expect: {fact: {delivered: false, handed_over: false}}}")
    assert_holds(
        PLACED, "{at: 1d, expect: {fact: {delivered: {status: missing}, paid: false}}}", more="heard: {carrier: never}"
    )
    assert_holds(
        PLACED,
        "{at: 1d, expect: {fact: {delivered: false}}}",
        "{at: 25h, expect: {fact: {delivered: {status: missing}, paid: {status: missing}, withdrawn: false}}}",
        more="heard: {all: 1d, shop: end}",
    )


def test_a_watermark_moves_with_the_feeds_own_events() -> None:
    assert_holds(
        PLACED,
        "{at: 2d, event: {source: carrier, type: carrier.collected}, expect: {fact: {delivered: false}}}",
        "{at: 49h, expect: {fact: {delivered: {status: missing}, handed_over: true}}}",
        more="heard: {carrier: 1d}",
    )


def test_a_silent_feed_stays_silent_until_it_is_heard_again() -> None:
    assert_holds(
        PLACED,
        "{at: 1h, silent: [carrier]}",
        "{at: 2h, silent: [carrier], expect: {fact: {delivered: {status: missing}}}}",
        "{at: 3h, heard: [carrier], expect: {fact: {delivered: false}}}",
        "{at: 4h, silent: [carrier], expect: {fact: {delivered: false}}}",
        "{at: 5h, expect: {fact: {delivered: {status: missing}}}}",
    )


def test_subjects_are_kept_apart_and_the_step_names_whom_it_is_about() -> None:
    assert_holds(
        PLACED,
        "{at: 1h, event: {source: carrier, type: carrier.collected, subject: order/2}, expect: {state: on_its_way}}",
        "{at: 1h, expect: {state: placed}}",
    )


def test_of_a_subject_without_any_event_nothing_is_known() -> None:
    assert_holds(
        PLACED,
        "{at: 1h, subject: order/3, expect: {state: unknown, alignment: untold, promise: {delivery_day: none}}}",
        "{at: 1h, subject: order/3, expect: {fact: {placed: {status: missing}}, statement: {was_delivered: unknown}}}",
    )


def test_true_is_not_one_and_a_number_is_not_true() -> None:
    step_ = "{at: 0m, event: {source: shop, type: order.placed, data: {attributes: {gift: true, size: 1}}}, "
    assert_holds(step_ + "expect: {attribute: {gift: true, size: 1}}}")
    result = outcome(step_ + "expect: {attribute: {gift: 1, size: true}}}")
    assert [failure.problem.code for failure in result.failures] == ["S211", "S211"]


def test_a_result_counts_single_expectations_and_orders() -> None:
    result = outcome(PLACED, "{at: 1h, expect: {state: placed, fact: {placed: true, paid: false}}}")
    assert (result.expectations, result.passed) == (3, True)
    assert result.orders == 4, "at once, one by one, in bulk, as the story tells it"


def test_an_engine_for_which_the_order_matters_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orders, "step", forgetful)
    result = outcome(PLACED, "{at: 1h, event: {source: carrier, type: carrier.collected}, expect: {state: on_its_way}}")
    assert [failure.problem.code for failure in result.failures] == ["S220"]
    assert "one by one" in result.failures[0].problem.found
