"""The gate in the live service: what is asked, permitted, confirmed, revoked, corrected and found."""

from __future__ import annotations

import msgspec
import pytest

from tests.unit.runtime.live.firm import START, Firm, codes
from troth.errors import GateError
from troth.model.decision import Request
from troth.model.times import format_instant, parse_duration
from troth.runtime.service import CaseAction, Complaint, Tell


def test_a_message_about_what_nobody_has_confirmed_is_not_sent() -> None:
    firm = Firm.shop()
    firm.at("10m")
    decision = firm.ask()
    assert decision.outcome != "SEND"
    assert "G301" in codes(decision)


def test_a_decision_sees_every_event_acknowledged_before_it_was_asked() -> None:
    firm = Firm.shop(ready=True)
    assert firm.ask().outcome == "SEND"


def test_events_and_the_question_of_one_turn_are_taken_in_that_order() -> None:
    firm = Firm.shop()
    firm.service.accept("", [firm.event("store", "pick.completed", picked=1, short=0)])
    firm.service.accept("", [firm.event("staging", "stage.placed", slot="A1")])
    assert firm.ask().outcome == "SEND"


def test_a_permit_is_confirmed_once() -> None:
    firm = Firm.shop(ready=True)
    firm.ask()
    assert firm.confirm().ok
    assert firm.confirm().code == "G704"


def test_without_a_question_there_is_nothing_to_confirm() -> None:
    firm = Firm.shop()
    assert firm.confirm().code == "G701"


def test_a_permit_is_refused_when_the_truth_has_moved_in_between() -> None:
    firm = Firm.shop(ready=True)
    assert firm.ask().outcome == "SEND"
    firm.topics()
    firm.at("20m")
    firm.report("desk", "pickup.refused", reason="not_found")
    assert "permit.revoked" in firm.topics()
    confirmed = firm.confirm()
    assert not confirmed.ok
    assert confirmed.decision is not None
    assert confirmed.decision.sends != "ready"


def test_a_held_message_is_released_when_the_missing_fact_comes() -> None:
    firm = Firm.shop()
    firm.hear("store", "staging")
    firm.at("5m")
    assert firm.ask().outcome == "HOLD"
    firm.topics()
    firm.ready()
    assert "decision.changed" in firm.topics()
    assert firm.confirm().ok


def test_what_is_said_already_is_not_said_again_over_any_channel() -> None:
    firm = Firm.shop(ready=True)
    firm.send()
    again = firm.ask(name="m2")
    assert (again.outcome, codes(again)) == ("SUPPRESS", {"G501"})


def test_a_message_that_has_become_false_is_corrected_at_once() -> None:
    firm = Firm.shop(ready=True)
    firm.send()
    firm.topics()
    firm.at("2h")
    firm.report("desk", "pickup.customer_arrived")
    firm.report("desk", "pickup.refused", reason="not_found")
    requested = [one for one in firm.outgoing if one.topic == "message.requested"]
    assert len(requested) == 1
    assert requested[0].body["sends"]
    assert firm.record().alignment[-1].value == "ahead"
    assert firm.confirm(requested[0].body["id"]).ok


def test_a_message_that_left_without_a_permit_is_found_by_the_providers_receipt() -> None:
    firm = Firm.shop(ready=True)
    firm.topics()
    firm.provider(name="secret")
    assert firm.topics().count("bypass.found") == 1


def test_a_permitted_message_is_no_bypass_whatever_the_providers_clock_says() -> None:
    firm = Firm.shop(ready=True)
    firm.ask()
    firm.confirm()
    firm.topics()
    early = firm.event("mailer", "mail.sent", message="ready", id="m1", channel="email")
    early["time"] = "2026-03-02T08:58:00Z"
    firm.answer(firm.service.accept("", [early]))
    assert "bypass.found" not in firm.topics()


def test_a_limit_counts_over_all_subjects_of_a_customer_also_within_one_turn() -> None:
    firm = Firm()
    for number in (1, 2, 3):
        firm.placed(number)
        firm.ready(number)
    firm.report("preference_centre", "customer.consented", "customer/1", purpose="survey", given=True)
    firm.report("preference_centre", "customer.consented", "customer/1", purpose="marketing", given=True)
    for number in (1, 2, 3):
        firm.report("pos", "pickup.handed_over", f"pickup/{number}")
    firm.at("3h")
    requests = [Request(f"s{number}", "survey", f"pickup/{number}", "email") for number in (1, 2, 3)]
    asked = firm.answer(firm.service.ask(requests))
    limit = min(one.count for one in firm.service.packs["store_pickup"].contact.limits)
    assert [decision.outcome for decision in asked] == ["SEND"] * limit + ["HOLD"] * (3 - limit)
    assert all("G106" in codes(decision) for decision in asked[limit:])
    assert "G106" in codes(firm.ask("survey", "s4", "pickup/3"))


def test_consent_withdrawn_between_permit_and_confirm_stops_the_message() -> None:
    firm = Firm.shop(ready=True)
    firm.report("preference_centre", "customer.consented", "customer/1", purpose="survey", given=True)
    firm.report("pos", "pickup.handed_over")
    firm.at("3h")
    assert firm.ask("survey").outcome == "SEND"
    firm.topics()
    firm.report("preference_centre", "customer.withdrew", "customer/1", purpose="survey")
    assert "permit.revoked" in firm.topics()
    assert not firm.confirm().ok


def test_nobody_outside_may_speak_in_troths_own_name() -> None:
    firm = Firm.shop()
    done = firm.report("troth", "troth.decided", id="m9", outcome="SEND")
    assert (done.accepted, done.quarantined) == (0, 1)
    assert firm.ledger.quarantine()[0].code == "E126"


@pytest.mark.parametrize(("message", "subject", "code"), [("redy", "pickup/1", "G802"), ("ready", "parcel/1", "G801")])
def test_what_does_not_exist_is_an_error_of_that_question_alone(message: str, subject: str, code: str) -> None:
    firm = Firm.shop()
    with pytest.raises(GateError, match=code):
        firm.ask(message, subject=subject)
    firm.ready()
    assert firm.ask().outcome == "SEND"


def test_a_subject_that_nobody_has_heard_of_is_unknown_not_false() -> None:
    firm = Firm()
    firm.hear()
    assert firm.ask(subject="pickup/404").outcome == "HOLD"


def test_of_a_subject_without_events_nothing_is_known_while_no_feed_is_heard() -> None:
    firm = Firm()
    decision = firm.ask(subject="pickup/404")
    assert decision.outcome == "HOLD"
    assert "G302" in codes(decision)
    assert "G301" not in codes(decision)


def test_a_complaint_opens_a_case_at_once_and_people_work_on_it() -> None:
    firm = Firm.shop()
    case = firm.answer(firm.service.complain(Complaint("pickup/1", "where is it?")))
    assert (case.kind, case.detected_by, case.closed_at) == ("complaint", "customer", None)
    assert case.id
    owned = firm.answer(firm.service.act(CaseAction("own", "pickup/1", case.id, "ada")))
    assert owned.owner == "ada"
    with pytest.raises(GateError, match="G803"):
        firm.answer(firm.service.act(CaseAction("own", "pickup/1", "none", "ada")))


def test_the_same_complaint_twice_is_one() -> None:
    firm = Firm.shop()
    first = firm.answer(firm.service.complain(Complaint("pickup/1", "where is it?")))
    again = firm.answer(firm.service.complain(Complaint("pickup/1", "where is it?")))
    assert first.id == again.id


def test_a_lapse_is_found_by_the_timer() -> None:
    firm = Firm.shop()
    firm.at("4h55m")
    firm.topics()
    firm.moment = firm.service.next_due()
    assert firm.moment == START + parse_duration("5h")
    firm.service.pump()
    assert "promise.lapsed" in firm.topics()
    promise = next(one for one in firm.record().promises if one.kind == "ready_by")
    assert promise.outcome == "broken"


def test_a_receipt_told_twice_is_one() -> None:
    firm = Firm.shop(ready=True)
    firm.ask()
    firm.confirm()
    told = Tell("m1", "pickup/1", "ready", "email", "delivered")
    firm.answer(firm.service.tell([told]))
    firm.at("1m")
    assert firm.answer(firm.service.tell([told])).duplicates == 1
    assert len(firm.record().messages) == 1


def test_a_second_witness_of_the_same_phase_is_a_receipt_of_its_own() -> None:
    firm = Firm.shop(ready=True)
    firm.ask()
    firm.confirm()
    own = Tell("m1", "pickup/1", "ready", "email", "delivered")
    told = [own, msgspec.structs.replace(own, source="provider"), msgspec.structs.replace(own, source="postmaster")]
    taken = firm.answer(firm.service.tell(told))
    assert (taken.accepted, taken.duplicates, taken.conflicts) == (3, 0, 0)
    firm.at("1m")
    assert firm.answer(firm.service.tell(told)).duplicates == 3
    assert len(firm.record().messages) == 1


def test_a_decision_keeps_no_variable_of_a_message_that_deciding_does_not_read() -> None:
    firm = Firm.shop()
    due = format_instant(START + parse_duration("5h"))
    decision = firm.ask("confirmation", name="c1", ready_by=due, first_name="Ada", street="Main Street 1")
    assert decision.outcome == "SEND"
    (asked,) = firm.record().asks
    assert asked.data == {"ready_by": due}
    stored = msgspec.json.encode(firm.ledger.events_of(["pickup/1"])["pickup/1"])
    assert b"Ada" not in stored
    assert firm.confirm("c1").ok


def test_of_a_message_that_is_held_only_the_latest_request_waits() -> None:
    firm = Firm.shop()
    firm.hear("store", "staging")
    for number in range(100):
        assert firm.ask(name=f"m{number}").outcome == "HOLD"
    asks = firm.record().asks
    assert [asked.id for asked in asks if asked.revoked_at is None] == ["m99"]
    assert len(asks) <= 64
    assert firm.confirm("m98").code == "G703"
    firm.ready()
    assert firm.confirm("m99").ok


def test_a_message_of_which_nothing_more_is_heard_may_be_said_again_after_a_day() -> None:
    firm = Firm.shop(ready=True)
    firm.ask(name="m1")
    assert firm.confirm("m1").ok
    firm.at("1h")
    assert codes(firm.ask(name="m2")) == {"G503"}
    firm.at("25h")
    assert "G503" not in codes(firm.ask(name="m3"))


def test_the_same_words_after_the_case_was_closed_are_another_complaint() -> None:
    firm = Firm.shop()
    first = firm.answer(firm.service.complain(Complaint("pickup/1", "where is it?")))
    firm.answer(firm.service.act(CaseAction("close", "pickup/1", first.id, "ada")))
    firm.at("9h")
    again = firm.answer(firm.service.complain(Complaint("pickup/1", "where is it?")))
    assert again.closed_at is None
    said = [event for event in firm.ledger.events_of(["pickup/1"])["pickup/1"] if event.type == "troth.complaint"]
    assert len(said) == 2


def test_one_name_that_does_not_exist_leaves_no_permit_behind() -> None:
    firm = Firm.shop(ready=True)
    wrong = firm.service.ask([Request("m1", "ready", "pickup/1"), Request("m2", "redy", "pickup/1")])
    with pytest.raises(GateError, match="G802"):
        firm.answer(wrong)
    assert firm.record().asks == ()


def test_a_customer_is_folded_by_the_pack_of_customers_whatever_pack_was_named() -> None:
    firm = Firm()
    raw = firm.event("crm", "customer.registered", "customer/5", zone="Europe/Berlin")
    firm.answer(firm.service.accept("store_pickup", [raw]))
    assert firm.record("customer/5").pack == "customer"
