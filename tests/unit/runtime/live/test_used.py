"""A permit is confirmed once; whoever confirms it again learns which confirmation counted, and sends nothing."""

from __future__ import annotations

import pytest

from tests.unit.runtime.live.firm import START, Firm
from troth.errors import GateError
from troth.model.times import HOUR, format_instant
from troth.runtime.service import CaseAction, Complaint, Tell, Used


def test_a_repeated_confirmation_says_when_the_first_one_was_taken() -> None:
    firm = Firm.shop(ready=True)
    firm.ask()
    first = firm.confirm()
    at = next(asked.confirmed_at for asked in firm.record().asks)
    assert at is not None
    assert (first.ok, first.used) == (True, Used("m1", "ready", "email", at))
    firm.at("10m")
    again = firm.confirm()
    assert (again.ok, again.code, again.used) == (False, "G704", first.used)


def test_what_went_in_place_of_another_message_is_named() -> None:
    firm = Firm()
    due = format_instant(START + 5 * HOUR)
    firm.report("oms", "order.placed", customer="customer/1", mode="ship_to_store", items=1, promised_by=due)
    firm.report("carrier", "label.printed", tracked=True)
    firm.hear()
    assert firm.ask("shipped").sends == "label_only"
    firm.confirm()
    used = firm.confirm().used
    assert used is not None
    assert (used.id, used.sends) == ("m1", "label_only")


def test_after_a_failed_hand_over_it_still_says_which_one_counted() -> None:
    firm = Firm.shop(ready=True)
    firm.ask()
    first = firm.confirm()
    firm.answer(firm.service.tell([Tell("m1", "pickup/1", "ready", "email", "failed")]))
    again = firm.confirm()
    assert (again.ok, again.code, again.used) == (False, "G706", first.used)


def test_without_a_confirmation_there_is_none_that_counted() -> None:
    firm = Firm.shop(ready=True)
    assert firm.confirm().used is None
    firm.ask()
    firm.at("10m")
    firm.report("desk", "pickup.refused", reason="not_found")
    refused = firm.confirm()
    assert (refused.ok, refused.used) == (False, None)


def test_of_two_people_who_have_seen_the_same_case_one_acts_on_it_also_in_one_turn() -> None:
    firm = Firm.shop(ready=True)
    seen = firm.answer(firm.service.complain(Complaint("pickup/1", "nothing there")))
    ann = firm.service.act(CaseAction("own", "pickup/1", seen.id, "ann", seen=seen))
    bob = firm.service.act(CaseAction("own", "pickup/1", seen.id, "bob", seen=seen))
    firm.service.pump()
    assert ann.result(0).owner == "ann"
    with pytest.raises(GateError) as caught:
        bob.result(0)
    assert caught.value.problems[0].code == "G807"
    again = firm.service.act(CaseAction("own", "pickup/1", seen.id, "bob", seen=ann.result(0)))
    firm.service.pump()
    assert again.result(0).owner == "bob"
    assert firm.answer(firm.service.act(CaseAction("note", "pickup/1", seen.id, "eve", note="x"))).id == seen.id
