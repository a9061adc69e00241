"""What a turn keeps: nothing that was decided is lost, nothing is looked at for ever."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.unit.runtime.live.firm import Firm, packs
from troth.engine.project import CONTACT, SUBJECT
from troth.errors import GateError, LedgerError
from troth.model.decision import Request
from troth.runtime.live import LiveService


def test_a_decision_about_a_corrected_subject_is_kept_after_a_restart() -> None:
    firm = Firm()
    firm.placed()
    firm.ready()
    firm.report("staging", "event.corrected", corrects="e0")
    assert firm.record().corrected
    firm.restart()
    assert firm.ask().outcome == "SEND"
    assert firm.confirm().ok
    assert firm.confirm().code == "G704"


def test_what_was_handed_over_stays_permitted_when_the_sender_asks_again() -> None:
    firm = Firm()
    firm.placed()
    firm.ready()
    firm.send()
    firm.topics()
    assert firm.ask().outcome == "SUPPRESS"
    assert "bypass.found" not in firm.topics()
    (asked,) = firm.record().asks
    assert (asked.outcome, asked.sends) == ("SEND", "ready")
    assert asked.confirmed_at is not None


def test_a_changed_pack_leaves_the_index_as_it_was() -> None:
    firm = Firm()
    firm.placed()
    firm.ready()
    firm.send()
    before = [firm.ledger.entries(kind, "customer/1", limit=9) for kind in (CONTACT, SUBJECT)]
    assert all(before)
    changed = {name: replace(pack, digest="another") for name, pack in packs().items()}
    LiveService(firm.ledger, changed, clock=lambda: firm.moment, threaded=False)
    assert [firm.ledger.entries(kind, "customer/1", limit=9) for kind in (CONTACT, SUBJECT)] == before


def test_what_goes_to_a_customer_that_the_sender_names_counts_for_them() -> None:
    firm = Firm()
    firm.placed()
    firm.ready()
    request = Request("m9", "ready", "pickup/1", "email", customer="customer/9")
    assert firm.answer(firm.service.ask([request]))[0].outcome == "SEND"
    assert len(firm.ledger.entries(CONTACT, "customer/9", limit=9)) == 1
    assert not firm.ledger.entries(CONTACT, "customer/1", limit=9)


def test_a_message_that_the_pack_no_longer_has_stops_nothing() -> None:
    firm = Firm()
    firm.placed()
    firm.ready()
    firm.ask()
    pack = packs()["store_pickup"]
    fewer = {name: message for name, message in pack.messages.items() if name != "ready"}
    changed = {**packs(), "store_pickup": replace(pack, messages=fewer, digest="fewer")}
    firm.service = LiveService(firm.ledger, changed, clock=lambda: firm.moment, threaded=False)
    firm.at("10m")
    assert firm.report("desk", "pickup.refused", reason="not_found").accepted == 1
    confirming = firm.service.confirm("pickup/1", "m1")
    firm.service.pump()
    with pytest.raises(GateError, match="G802"):
        confirming.result(timeout=0)


def test_a_service_without_the_pack_of_its_records_does_not_start() -> None:
    firm = Firm()
    firm.placed()
    with pytest.raises(LedgerError, match="store_pickup"):
        LiveService(firm.ledger, {"customer": packs()["customer"]}, clock=lambda: firm.moment, threaded=False)
