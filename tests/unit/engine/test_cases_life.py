"""The full life of cases: what opens them and when, what informs, what closes them, what is a relapse."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.unit.engine.cases_kit import PLACED, by_people, cases, done, opened, record_at, said, sent, talking, the_case
from tests.unit.engine.kit import moment
from troth.model.record import Brewing
from troth.model.times import MINUTE

WRONG = {"of": "contradiction", "after": "15m", "dwell": "10m"}
FALSE = [PLACED, done("10m"), sent("11m", "ready_note"), done("20m", False)]
"""The customer believes from 11m that it is ready; from 20m it is not."""


def test_a_contradiction_opens_after_it_has_lasted_and_says_since_when_it_is_wrong() -> None:
    pack = talking(wrong=WRONG)
    assert cases(pack, FALSE, "34m") == ()
    assert record_at(pack, FALSE, "34m").pending_cases == (Brewing("wrong", "pickup", moment("20m")),)
    case = the_case(pack, FALSE, "35m")
    assert (case.about, case.broke_at, case.opened_at) == ("pickup", 20 * MINUTE, 35 * MINUTE)
    assert (case.detected_by, case.detected_at, case.id) == ("system", None, "")


def test_a_contradiction_that_is_over_in_time_opens_nothing() -> None:
    assert cases(talking(wrong=WRONG), [*FALSE, done("34m")], "2h") == ()


def test_an_unknown_in_between_starts_the_wait_anew() -> None:
    """What is unknown is not wrong."""
    pack = talking(wrong=WRONG)
    doubtful = [*FALSE, done("25m", None), done("30m", False)]
    assert cases(pack, doubtful, "44m") == ()
    assert the_case(pack, doubtful, "45m").broke_at == 30 * MINUTE


def test_a_case_closes_clean_when_things_line_up_for_as_long_as_dwell() -> None:
    pack = talking(wrong=WRONG)
    told = [*FALSE, sent("40m", "wait")]
    case = the_case(pack, told, "49m")
    assert (case.informed_at, case.right_since, case.closed_at) == (40 * MINUTE, 40 * MINUTE, None)
    case = the_case(pack, told, "50m")
    assert (case.closed_at, case.closed_as) == (50 * MINUTE, "clean")


def test_a_failure_that_returns_before_the_case_is_closed_is_no_new_case() -> None:
    pack = talking(wrong=WRONG)
    case = the_case(pack, [*FALSE, done("40m"), done("45m", False), sent("60m", "wait")], "2h")
    assert (case.opened_at, case.closed_at, case.reopened_at) == (35 * MINUTE, 70 * MINUTE, ())


def test_a_relapse_within_dwell_of_the_closing_reopens_the_case_and_a_later_one_is_another() -> None:
    pack = talking(wrong={**WRONG, "after": "1m"})
    soon = [*FALSE, done("40m"), done("55m", False)]
    case = the_case(pack, soon, "57m")
    assert (case.first_closed_at, case.closed_at, case.reopened_at) == (50 * MINUTE, None, (56 * MINUTE,))
    later = [*FALSE, done("40m"), done("60m", False)]
    first, second = cases(pack, later, "2h")
    assert (first.closed_at, second.broke_at, second.opened_at) == (50 * MINUTE, 60 * MINUTE, 61 * MINUTE)


def test_no_case_closes_clean_while_another_statement_is_false() -> None:
    """Its own topic is right again; the customer is still misled."""
    pack = talking(wrong=WRONG)
    price = said("12m", "desk", "desk.said", open=True, price=5.0)
    dearer = said("38m", "desk", "desk.said", open=True, price=20.0)
    events = [*FALSE, price, sent("13m", "cheap_note"), dearer, done("40m")]
    first, second = cases(pack, events, "3h")
    assert (first.about, first.closed_at, second.about, second.closed_at) == ("pickup", None, "price", None)
    cheaper = said("4h", "desk", "desk.said", open=True, price=5.0)
    closed = {case.about: case.closed_at for case in cases(pack, [*events, cheaper], "5h")}
    assert closed == {"pickup": moment("4h10m"), "price": moment("4h10m")}


def test_what_cannot_be_done_although_it_was_invited_is_a_contradiction_about_the_action() -> None:
    shut = said("20m", "desk", "desk.said", open=False)
    case = the_case(talking(wrong=WRONG), [PLACED, done("10m"), sent("11m", "ready_note"), shut], "1h")
    assert (case.about, case.broke_at) == ("fetch", 20 * MINUTE)


def test_a_false_statement_hides_an_action_that_is_stuck_and_does_not_close_its_case() -> None:
    pack = talking(wrong={**WRONG, "after": "1m", "dwell": "1m"})
    shut = said("20m", "desk", "desk.said", open=False)
    found = cases(pack, [PLACED, done("10m"), sent("11m", "ready_note"), shut, done("30m", False)], "50m")
    assert {case.about: case.closed_at for case in found} == {"fetch": None, "pickup": None}


@pytest.mark.parametrize(
    ("message", "informed"),
    [("wait", True), ("sorry", False), ("sorry_until", True), ("cheap_note", False), ("ready_note", False)],
)
def test_the_truth_or_the_moment_of_the_next_word_informs_and_an_apology_alone_does_not(
    message: str, informed: bool
) -> None:
    """A note about another topic does not inform of this one, nor does one that is false."""
    price = said("12m", "desk", "desk.said", open=True, price=5.0)
    case = the_case(talking(wrong=WRONG), [*FALSE, price, sent("40m", message, 7)], "41m")
    assert case.informed_at == (40 * MINUTE if informed else None)


def test_what_was_told_before_the_opening_does_not_inform() -> None:
    pack = talking(late={"of": "silence", "after": "0s", "dwell": "5m"})
    case = the_case(pack, [PLACED, done("10m")], "20m")
    assert (case.opened_at, case.informed_at) == (20 * MINUTE, None)
    told = [PLACED, done("10m"), sent("20m", "sorry_until")]
    assert the_case(pack, told, "21m").informed_at is None


def test_silence_opens_when_the_customer_should_have_been_told_and_closes_when_they_are() -> None:
    pack = talking(silent={"of": "silence", "after": "5m", "dwell": "5m"})
    case = the_case(pack, [PLACED, done("10m"), sent("1h", "ready_note")], "2h")
    assert (case.broke_at, case.opened_at, case.informed_at) == (20 * MINUTE, 25 * MINUTE, moment("1h"))
    assert (case.closed_at, case.closed_as) == (moment("1h5m"), "clean")


def test_what_nobody_can_tell_is_a_case_of_its_own() -> None:
    pack = talking(unsure={"of": "unverifiable", "after": "5m", "dwell": "5m"})
    events = [PLACED, done("10m"), sent("11m", "ready_note"), done("20m", None), done("50m")]
    case = the_case(pack, events, "2h")
    assert (case.about, case.opened_at, case.closed_at) == ("pickup", 25 * MINUTE, 55 * MINUTE)


def test_sources_at_odds_are_a_case_although_no_rule_changes() -> None:
    pack = talking(odds={"of": "conflict", "after": "5m", "dwell": "5m"})
    first = said("10m", "floor", "spot.seen", spot="A")
    other, same = said("11m", "clerk", "spot.seen", spot="B"), said("40m", "clerk", "spot.seen", spot="A")
    case = the_case(pack, [PLACED, first, other, same], "2h")
    assert (case.about, case.broke_at, case.opened_at) == ("spot", 16 * MINUTE, 21 * MINUTE)
    assert (case.closed_at, case.closed_as) == (45 * MINUTE, "clean")


def test_a_lapse_with_dwell_closes_when_the_promise_is_kept_after_all_and_the_customer_knows_where_they_are() -> None:
    pack = talking(lapse={"lapse_of": "today", "after": "10m", "dwell": "10m"})
    case = the_case(pack, [PLACED, done("2h"), sent("2h5m", "ready_note")], "3h")
    assert (case.broke_at, case.opened_at, case.closed_at) == (moment("1h"), moment("1h10m"), moment("2h10m"))
    assert cases(pack, [PLACED, done("1h5m")], "3h") == ()


def test_a_remedy_of_the_pack_has_to_be_done_before_a_case_closes() -> None:
    pack = talking(wrong={**WRONG, "resolved_when": "price > 0.0"})
    waiting = [*FALSE, sent("40m", "wait")]
    assert the_case(pack, waiting, "3h").closed_at is None
    case = the_case(pack, [*waiting, said("2h", "desk", "desk.said", open=True, price=1.0)], "3h")
    assert (case.resolved_at, case.closed_at, case.closed_as) == (moment("2h"), moment("2h"), "clean")


def test_a_promise_at_risk_is_a_case_until_it_is_kept() -> None:
    pack = talking(danger={"of": "at_risk", "after": "0s", "dwell": "5m"})
    dear_rule = next(place for place, rule in enumerate(pack.rules.rules) if rule.name == "statements.cheap.true_when")
    assert pack.rules.rules[dear_rule].text == "price < 10.0"
    risky = replace(pack, promises=(replace(pack.promises[0], at_risk_when=dear_rule),))
    dear = said("30m", "desk", "desk.said", open=True, price=5.0)
    case = the_case(risky, [PLACED, dear, done("50m"), sent("51m", "ready_note")], "2h")
    assert (case.about, case.opened_at, case.closed_at) == ("today", 30 * MINUTE, 55 * MINUTE)
    lapsed = the_case(risky, [PLACED, dear], "3h")
    assert lapsed.closed_at is None


def test_an_impossible_jump_is_a_case_until_a_possible_one() -> None:
    pack = talking(jump={"of": "impossible", "after": "0s", "dwell": "5m"})
    pack = replace(pack, transitions={"done": ()})
    case = the_case(pack, [PLACED, done("10m"), done("20m", False), done("30m"), sent("31m", "ready_note")], "2h")
    assert (case.about, case.opened_at, case.closed_at) == ("open", 20 * MINUTE, 35 * MINUTE)


def test_an_alarm_for_which_nothing_is_left_closes_void_after_dwell_and_is_on_record() -> None:
    """The floor had said in time that it is done: that was heard only after the case was announced."""
    pack = talking(wrong=WRONG)
    late = [*FALSE, done("30m", heard="50m"), opened("35m", "wrong", "pickup")]
    case = the_case(pack, late, "3h")
    assert (case.id, case.broke_at, case.closed_at, case.closed_as) == ("c1", None, 45 * MINUTE, "void")


def test_a_failure_that_turns_out_to_have_begun_later_is_still_the_announced_case() -> None:
    pack = talking(wrong=WRONG)
    moved = [*FALSE, done("30m", heard="50m"), opened("35m", "wrong", "pickup"), done("40m", False)]
    case = the_case(pack, moved, "45m")
    assert (case.id, case.opened_at, case.broke_at, case.closed_at) == ("c1", 35 * MINUTE, 40 * MINUTE, None)


def test_an_announced_case_keeps_its_id_when_it_turns_out_to_have_opened_earlier() -> None:
    pack = talking(wrong=WRONG)
    earlier = [*FALSE, done("15m", False, heard="1h"), opened("35m", "wrong", "pickup")]
    case = the_case(pack, earlier, "2h")
    assert (case.id, case.opened_at, case.broke_at) == ("c1", 30 * MINUTE, 15 * MINUTE)
    assert case.detected_at == 35 * MINUTE


def test_a_complaint_while_the_failure_waits_to_open_makes_the_customer_the_one_who_found_it() -> None:
    pack = talking(wrong=WRONG)
    told = [
        *FALSE,
        by_people("25m", "complaint", id="k1", channel="phone", text="sealed"),
        opened("35m", "wrong", "pickup"),
    ]
    found = {case.kind: case for case in cases(pack, told, "40m")}
    assert (found["wrong"].detected_by, found["wrong"].detected_at) == ("customer", 25 * MINUTE)
    after = [*FALSE, opened("35m", "wrong", "pickup"), by_people("36m", "complaint", id="k1")]
    found = {case.kind: case for case in cases(pack, after, "40m")}
    assert (found["wrong"].detected_by, found["wrong"].detected_at) == ("system", 35 * MINUTE)
