"""What people do to cases: announce, own, inform, remedy, close, reopen; complaints and replies."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.unit.engine.cases_kit import (
    PLACED,
    by_people,
    cases,
    done,
    opened,
    record_at,
    said,
    sent,
    talking,
    the_case,
)  # fmt: skip
from tests.unit.engine.kit import SUBJECT, codes, moment
from troth.engine.cases import case_id, openings
from troth.engine.cases.people import CONTACTS
from troth.model.event import Event
from troth.model.times import MINUTE

WRONG = {"of": "contradiction", "after": "15m", "dwell": "10m"}
FALSE = [PLACED, done("10m"), sent("11m", "ready_note"), done("20m", False)]
OPENED = opened("35m", "wrong", "pickup")
PLAIN = {"open_when": "placed && !done"}


def acted(when: str, what: str, **data: str) -> Event:
    """Return what somebody does to the case c1."""
    return by_people(when, f"case.{what}", case="c1", **{"by": "ann", **data})


def test_people_walk_the_legs_of_a_case_and_the_first_owner_tells_how_long_it_had_none() -> None:
    pack = talking(wrong=WRONG)
    legs = [acted("40m", "owned"), acted("41m", "owned", by="bob"), acted("42m", "informed"), acted("43m", "remedied")]
    case = the_case(pack, [*FALSE, OPENED, *legs], "1h")
    assert (case.id, case.owner, case.owned_at) == ("c1", "bob", 40 * MINUTE)
    assert (case.informed_at, case.resolved_at, case.closed_at) == (42 * MINUTE, 43 * MINUTE, None)


def test_who_gives_a_case_up_leaves_it_to_nobody_and_the_next_owner_counts() -> None:
    pack = talking(wrong=WRONG)
    told = [*FALSE, OPENED, acted("40m", "owned"), acted("41m", "released")]
    case = the_case(pack, told, "1h")
    assert (case.owner, case.owned_at) == ("", None)
    case = the_case(pack, [*told, acted("45m", "owned", by="bob")], "1h")
    assert (case.owner, case.owned_at) == ("bob", 45 * MINUTE)


def test_a_case_that_a_system_says_is_owned_stays_so_when_a_person_gives_it_up() -> None:
    pack = talking(wrong={**WRONG, "owned_when": "price > 0.0"})
    owned = said("30m", "desk", "desk.said", open=True, price=5.0)
    case = the_case(pack, [*FALSE, owned, OPENED, acted("40m", "owned"), acted("41m", "released")], "1h")
    assert (case.owner, case.owned_at) == ("", 35 * MINUTE)


def test_a_case_may_be_given_to_somebody() -> None:
    case = the_case(talking(wrong=WRONG), [*FALSE, OPENED, acted("40m", "owned", owner="bob")], "1h")
    assert (case.owner, case.owned_at) == ("bob", 40 * MINUTE)


def test_a_case_that_somebody_closes_while_it_is_wrong_is_closed_unclean_and_stays_closed() -> None:
    pack = talking(wrong=WRONG)
    case = the_case(pack, [*FALSE, OPENED, acted("40m", "closed")], "5h")
    assert (case.closed_at, case.closed_as, case.right_since) == (40 * MINUTE, "unclean", None)


def test_a_relapse_after_somebody_closed_it_reopens_it_only_once_it_had_been_right() -> None:
    pack = talking(wrong={**WRONG, "after": "1m"})
    events = [*FALSE, opened("21m", "wrong", "pickup"), acted("40m", "closed"), done("50m"), done("55m", False)]
    case = the_case(pack, events, "1h")
    assert (case.reopened_at, case.closed_at) == ((56 * MINUTE,), None)


def test_a_case_that_somebody_closes_after_everything_was_done_is_closed_clean() -> None:
    pack = talking(wrong={**WRONG, "resolved_when": "price > 0.0"})
    in_one_go = [acted("1h", "remedied"), replace(acted("1h", "closed"), id="last")]
    case = the_case(pack, [*FALSE, OPENED, sent("40m", "wait"), *in_one_go], "2h")
    assert (case.closed_at, case.closed_as) == (moment("1h"), "clean")
    hasty = [*FALSE, OPENED, sent("40m", "wait"), acted("45m", "remedied"), acted("45m", "closed")]
    assert the_case(pack, hasty, "2h").closed_as == "unclean"


def test_somebody_may_call_a_case_a_false_alarm() -> None:
    case = the_case(talking(wrong=WRONG), [*FALSE, OPENED, acted("40m", "closed", how="void")], "2h")
    assert case.closed_as == "void"


def test_what_somebody_reopens_waits_until_the_customer_is_informed_and_the_remedy_done() -> None:
    pack = talking(wrong=WRONG)
    back = [*FALSE, OPENED, sent("40m", "wait"), acted("1h", "reopened")]
    case = the_case(pack, back, "9h")
    assert (case.first_closed_at, case.closed_at, case.reopened_at) == (50 * MINUTE, None, (moment("1h"),))
    case = the_case(pack, [*back, acted("2h", "informed"), acted("3h", "remedied")], "9h")
    assert (case.closed_at, case.closed_as) == (moment("3h10m"), "clean")


@pytest.mark.parametrize("what", sorted(CONTACTS))
def test_a_complaint_and_a_reply_open_a_case_at_once_in_a_pack_that_declares_none(what: str) -> None:
    told = by_people("20m", what.removeprefix("troth."), id="k1", channel="mail", text="sealed")
    case = the_case(talking(), [PLACED, told], "9h")
    assert (case.kind, case.about, case.detected_by, case.detected_at) == ("complaint", "k1", "customer", 20 * MINUTE)
    assert (case.opened_at, case.closed_at) == (20 * MINUTE, None)


def test_a_complaint_closes_when_the_customer_is_informed_and_the_remedy_done() -> None:
    told = [PLACED, by_people("20m", "complaint", id="k1"), opened("20m", "complaint", "k1", by="customer")]
    case = the_case(talking(), [*told, acted("30m", "informed")], "9h")
    assert case.closed_at is None
    # At one hour the customer should not be left with a promise that has lapsed: nobody has told them of one here.
    case = the_case(talking(), [*told, acted("30m", "informed"), acted("40m", "remedied")], "9h")
    assert (case.id, case.closed_at, case.closed_as) == ("c1", 40 * MINUTE, "clean")


def test_a_reply_belongs_to_the_complaint_that_is_open_and_a_second_complaint_is_another_case() -> None:
    told = [PLACED, by_people("20m", "complaint", id="k1"), by_people("25m", "reply", id="k2")]
    assert [case.about for case in cases(talking(), told, "1h")] == ["k1"]
    again = [*told, by_people("30m", "complaint", id="k3"), by_people("31m", "complaint", id="k1")]
    assert [case.about for case in cases(talking(), again, "1h")] == ["k1", "k3"]


def test_a_declared_kind_of_complaint_takes_complaints() -> None:
    pack = talking(grumble={"of": "complaint", "dwell": "1h", "severity": 5})
    told = [PLACED, by_people("20m", "complaint", id="k1")]
    assert [case.kind for case in cases(pack, told, "1h")] == ["grumble"]


def test_the_openings_of_a_record_are_what_nobody_has_announced_under_ids_that_say_which() -> None:
    pack = talking(wrong=WRONG)
    before = record_at(pack, FALSE, "34m")
    assert openings(None, before) == ()
    (found,) = openings(before, record_at(pack, FALSE, "36m"))
    assert found.id == case_id("main", SUBJECT, "wrong", "pickup", 35 * MINUTE)
    assert openings(before, record_at(pack, [*FALSE, opened("35m", "wrong", "pickup", case=found.id)], "36m")) == ()


def test_a_case_that_came_and_went_between_two_looks_is_announced_too() -> None:
    pack = talking(work=PLAIN)
    over = record_at(pack, [PLACED, done("10m")], "20m")
    assert openings(None, over) == ()
    (found,) = openings(record_at(pack, [by_people("0m", "case.noted", case="")], "5m"), over)
    event = opened("20m", "work", case=found.id)
    (case,) = cases(pack, [PLACED, done("10m"), event], "1h")
    assert (case.id, case.closed_at, case.closed_as) == (found.id, 10 * MINUTE, "")


def test_a_plain_case_is_named_owned_and_closed_like_any_other_and_does_not_flicker() -> None:
    pack = talking(work=PLAIN)
    name = opened("5m", "work")
    closed = [PLACED, name, acted("6m", "owned"), acted("7m", "closed")]
    case = the_case(pack, closed, "9h")
    assert (case.id, case.owner, case.closed_at, case.closed_as) == ("c1", "ann", 7 * MINUTE, "unclean")
    back = the_case(pack, [*closed, done("10m"), done("20m", False)], "9h")
    assert (back.reopened_at, back.closed_at) == ((20 * MINUTE,), None)


def test_a_plain_alarm_without_a_failure_is_void_at_once_and_the_next_failure_is_another_case() -> None:
    pack = talking(work=PLAIN)
    told = [PLACED, done("0m"), opened("5m", "work"), done("30m", False)]
    alarm, case = sorted(cases(pack, told, "1h"), key=lambda one: one.opened_at)[-2:]
    assert (alarm.id, alarm.closed_at, alarm.closed_as) == ("c1", 5 * MINUTE, "void")
    assert (case.id, case.opened_at, case.closed_at) == ("", 30 * MINUTE, None)


def test_what_an_associate_opens_by_hand_is_no_false_alarm() -> None:
    case = the_case(talking(wrong=WRONG), [PLACED, opened("5m", "wrong", "pickup", by="associate")], "9h")
    assert (case.detected_by, case.held, case.closed_at) == ("associate", True, None)


def test_a_second_announcement_of_one_failure_is_void() -> None:
    told = [*FALSE, OPENED, opened("40m", "wrong", "pickup", case="c2")]
    first, second = cases(talking(wrong=WRONG), told, "1h")
    assert (first.id, first.closed_at, second.id, second.closed_as) == ("c1", None, "c2", "void")


def test_what_names_no_case_or_cannot_be_read_is_a_finding() -> None:
    pack = talking(wrong=WRONG)
    nowhere = [PLACED, acted("5m", "closed"), opened("6m", "unheard of")]
    assert codes(record_at(pack, nowhere, "1h")) == ["F107", "F107"]
    unreadable = [PLACED, by_people("5m", "case.owned", by="ann"), by_people("6m", "complaint", id=7)]
    assert codes(record_at(pack, unreadable, "1h")) == ["F108", "F108"]


def test_a_note_on_no_case_tells_that_an_associate_knew_first() -> None:
    told = [*FALSE, by_people("25m", "case.noted", case="", by="associate", note="the shelf is empty"), OPENED]
    case = the_case(talking(wrong=WRONG), told, "1h")
    assert (case.detected_by, case.detected_at) == ("associate", 25 * MINUTE)
