"""Stories that are told to the live service: time passes, people ask and act, and what they expect is compared."""

from __future__ import annotations

import pytest

from tests.unit.scenarios.kit import forgetful, told
from tests.unit.scenarios.live_kit import KNOWN, SENT, parcel_story
from troth.scenarios import orders

THERE = "event: {source: driver, type: parcel.there}"
GONE = "event: {source: driver, type: parcel.gone}"


def assert_holds(*steps: str, more: str = "") -> None:
    """A story about a parcel passes."""
    result = parcel_story(*steps, more=more)
    assert result.passed, told(result)
    assert result.orders > 0


def codes(*steps: str, more: str = "") -> list[str]:
    """Return the codes of everything that does not hold in a story about a parcel."""
    result = parcel_story(*steps, more=more)
    return [problem.code for problem in (*result.problems, *(failure.problem for failure in result.failures))]


def test_a_permit_is_given_used_once_and_the_receipt_makes_it_told() -> None:
    assert_holds(
        SENT,
        f"{{at: 1h, {THERE}, ask: arrived, expect: {{decision: SEND, because: [], sends: arrived, until: 2h}}}}",
        "{at: 1h1m, confirm: arrived, expect: {permit: {arrived: used}, told: []}}",
        "{at: 1h2m, confirm: {id: arrived, expect: {ok: false, code: G704}}}",
        "{at: 1h3m, receipt: arrived, expect: {told: [arrived], believed: [is_there], bypass: [], alignment: aligned}}",
    )


def test_what_is_false_is_replaced_and_what_is_not_known_is_held_until_the_feed_is_heard() -> None:
    assert_holds(
        SENT,
        "{at: 1h, ask: arrived, expect: {decision: REPLACE, because: [G301: is_there], sends: sorry}}",
        "{at: 2h, silent: [driver]}",
        "{at: 3h, ask: {message: arrived, id: a2},"
        " expect: {decision: HOLD, because: [fact_missing: there], until: 5h}}",
        f"{{at: 4h, heard: [driver], {THERE}, expect: {{permit: {{a2: valid}}}}}}",
    )


def test_a_message_that_is_held_too_long_changes_by_itself_at_its_own_moment() -> None:
    # Nothing happens at 3h, and yet the answer is another one.
    assert_holds(
        SENT,
        "{at: 30m, silent: [driver]}",
        "{at: 1h, ask: arrived, expect: {decision: HOLD, until: 3h}}",
        "{at: 2h59m, expect: {effects: []}}",
        "{at: 3h30m, expect: {permit: {arrived: valid}, effects: [decision.changed: sorry]}}",
        "{at: 4h, expect: {permit: {arrived: expired}, effects: []}}",
    )


def test_a_permit_is_for_another_message_when_the_facts_change() -> None:
    assert_holds(
        SENT,
        f"{{at: 1h, {THERE}, ask: arrived, expect: {{decision: SEND}}}}",
        f"{{at: 1h10m, {GONE}, expect: {{effects: [state.changed: sent, decision.changed: sorry]}}}}",
        "{at: 1h20m, ask: survey, expect: {permit: {survey: none, arrived: valid}}}",
    )


def test_a_permit_that_is_not_used_expires() -> None:
    assert_holds(
        SENT,
        f"{{at: 1h, {THERE}, ask: arrived, expect: {{until: 2h}}}}",
        "{at: 1h59m, expect: {permit: {arrived: valid}}}",
        "{at: 2h, expect: {permit: {arrived: expired}}}",
        "{at: 2h, confirm: {id: arrived, expect: {ok: true}}}",
    )


def test_what_leaves_without_a_permit_is_a_bypass_and_a_contradiction_opens_a_case() -> None:
    assert_holds(
        SENT,
        "{at: 1h, receipt: {message: arrived, id: a9, channel: sms, source: mailer},"
        " expect: {bypass: [a9], alignment: ahead, case: {open: wrong, none: late}}}",
        f"{{at: 2h, {THERE}}}",
        "{at: 3h, expect: {case: {closed: wrong, closed_as: {wrong: clean}}}}",
    )


def test_a_customer_who_withdraws_stops_a_survey() -> None:
    assert_holds(
        SENT,
        KNOWN,
        # Of a channel that nobody has spoken of nothing is known against it.
        f"{{at: 1h, {THERE}, ask: {{message: survey, channel: email}}, expect: {{decision: SEND}}}}",
        more="heard: {mailer: never}",
    )
    assert_holds(
        SENT,
        KNOWN,
        f"{{at: 1h, {THERE}, ask: {{message: survey, channel: email}}, expect: {{decision: SEND}}}}",
        "{at: 1h5m, subject: customer/17, event: {source: callcentre, type: customer.withdrew}}",
        "{at: 1h5m, expect: {permit: {survey: revoked}}}",
        "{at: 1h6m, confirm: {id: survey, expect: {ok: false, code: G701}}}",
    )


def test_a_complaint_opens_a_case_that_people_own_and_close() -> None:
    assert_holds(
        SENT,
        '{at: 1h, complain: "Where is it?", expect: {case: {open: complaint, detected_by: {complaint: customer}}}}',
        "{at: 2h, act: {verb: own, case: complaint, by: anna}, expect: {case: {owned: complaint}}}",
        "{at: 3h, act: {verb: close, case: complaint}, expect: {case: {closed: complaint}}}",
        "{at: 4h, act: {verb: reopen, case: complaint}, expect: {case: {reopened: complaint}}}",
    )


def test_an_event_that_is_heard_later_is_no_step_of_its_own() -> None:
    assert_holds(
        SENT,
        "{at: 1h, event: {source: driver, type: parcel.there, heard: +2h}, expect: {state: sent}}",
        "{at: 4h, ask: arrived, expect: {decision: SEND, effects: [state.changed: there]}}",
    )


def test_a_promise_that_lapses_between_two_steps_is_told_at_the_next() -> None:
    assert_holds(
        SENT,
        "{at: 3d, ask: sorry, expect: {effects: [promise.lapsed: in_two_days, case.opened: late]}}",
    )


def test_feeds_are_heard_as_the_story_says() -> None:
    assert_holds(
        SENT,
        "{at: 1h, ask: arrived, expect: {decision: REPLACE}}",
        "{at: 3h, expect: {fact: {there: {status: missing}}}}",
        more="heard: {driver: 2h}",
    )
    assert_holds(
        SENT,
        "{at: 1h, silent: [driver], ask: sorry}",
        "{at: 2h, expect: {fact: {there: {status: missing}}, wake_up: 2d}}",
        "{at: 3h, heard: [driver], expect: {fact: {there: false}}}",
        "{at: 4h, silent: [driver], expect: {fact: {there: false}}}",
        "{at: 5h, expect: {fact: {there: {status: missing}}}}",
    )


def test_a_confirmation_that_expects_nothing_expects_that_the_message_may_go() -> None:
    assert codes(SENT, "{at: 1h, ask: survey}", "{at: 1h, confirm: survey}") == ["S213"]


def test_names_of_customers_are_those_of_their_pack() -> None:
    wrong = "{at: 0m, subject: customer/17, event: {source: crn, type: customer.registred}, expect: {state: sent}}"
    assert codes(wrong) == ["S104", "S104", "S104"]
    assert codes("{at: 0m, event: {source: crm, type: parcel.sent}, expect: {state: sent}}") == ["S104"]


def test_a_step_that_the_service_refuses_fails_and_the_story_goes_on() -> None:
    steps = (
        "{at: 1h, event: {source: depot, type: parcel.sent, occurred: +1d}, ask: sorry}",
        "{at: 2h, act: {verb: own, case: late}, expect: {state: there}}",
    )
    assert codes(*steps) == ["S217", "S217", "S201"]


def test_a_mark_in_the_data_of_a_question_is_a_time() -> None:
    assert codes("{at: 1h, ask: {message: sorry, data: {due: {after: soon}}}, expect: {decision: SEND}}") == ["S102"]
    assert_holds(SENT, "{at: 1h, ask: {message: sorry, data: {due: {after: 1h}}}, expect: {decision: SEND}}")


def test_an_engine_for_which_the_order_matters_is_found_in_a_live_story_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orders, "step", forgetful)
    assert "S220" in codes(SENT, f"{{at: 1h, {THERE}, ask: arrived, expect: {{decision: SEND}}}}")


def test_nothing_more_is_said_of_an_answer_that_was_refused() -> None:
    steps = (
        "{at: 1h, subject: nobody/1, ask: arrived, expect: {decision: SEND, because: [], sends: arrived, until: none}}"
    )
    assert codes(steps) == ["S217"]


def test_a_moment_that_is_expected_or_is_there_alone_is_a_difference() -> None:
    assert codes(SENT, f"{{at: 1h, {THERE}, ask: arrived, expect: {{until: none}}}}") == ["S212"]
    assert codes(SENT, "{at: 1h, silent: [driver], ask: survey, expect: {until: 2d}}") == ["S212"]


def test_a_replacement_that_may_not_go_either_is_explained() -> None:
    result = parcel_story(
        SENT,
        "{at: 1h, ask: sorry, expect: {decision: SEND}}",
        "{at: 1h, confirm: sorry}",
        "{at: 1h, ask: arrived, expect: {decision: REPLACE}}",
    )
    (failure,) = result.failures
    assert failure.why[1] == "instead sorry: SUPPRESS"
    assert "G503 substance SUPPRESS: on_its_way: sorry" in failure.why[2]


def test_an_effect_without_a_name_is_shown_by_its_topic_and_each_counts_once() -> None:
    assert codes(SENT, "{at: 3d, ask: sorry, expect: {effects: [case.opened, case.opened]}}") == ["S215"]
    assert_holds(SENT, "{at: 3d, ask: sorry, expect: {effects: [case.opened, promise.lapsed: in_two_days]}}")
