"""Preview: what the gate would answer, and nothing else happens; and what people have troth say itself."""

from __future__ import annotations

import pytest

from tests.unit.runtime.live.firm import Firm, codes
from troth.errors import GateError
from troth.model.decision import Decision, Request
from troth.runtime.service import SAID

APOLOGY = {"cause": "it was mislaid", "next_step": "we search", "next_word_at": "2026-03-02T12:00:00Z"}


def preview(firm: Firm, message: str = "ready", name: str = "p1", subject: str = "pickup/1") -> Decision:
    """Return what the gate would answer."""
    return firm.service.preview([Request(name, message, subject, "email")])[0]


def say(firm: Firm, message: str, name: str = SAID + "1", **data: str) -> Decision:
    """Have troth say something."""
    return firm.answer(firm.service.say([Request(name, message, "pickup/1", "email", data=data)]))[0]


def test_a_preview_leaves_no_trace() -> None:
    firm = Firm.shop(ready=True)
    firm.topics()
    before, events = firm.record(), firm.ledger.events_of(["pickup/1"])
    decision = preview(firm)
    firm.service.pump()
    assert decision.outcome == "SEND"
    assert decision.permit is None
    assert firm.record() == before
    assert firm.ledger.events_of(["pickup/1"]) == events
    assert firm.topics() == []
    assert firm.confirm("p1").code == "G701"


def test_a_preview_of_what_is_false_names_what_would_be_sent_instead_and_permits_neither() -> None:
    firm = Firm.shop(ready=True)
    firm.send()
    firm.at("20m")
    firm.report("desk", "pickup.refused", reason="not_found")
    decision = preview(firm, "refund_note")
    assert (decision.outcome, decision.sends) == ("REPLACE", "looking_into_it")
    assert "G301" in codes(decision)
    assert decision.replacement is not None
    assert decision.replacement.permit is None


def test_of_what_nobody_has_heard_of_the_preview_says_what_is_not_known() -> None:
    decision = preview(Firm(), "ready", subject="pickup/9")
    assert decision.outcome != "SEND"


@pytest.mark.parametrize(("message", "subject", "code"), [("ready", "ship/1", "G801"), ("redy", "pickup/1", "G802")])
def test_a_preview_of_what_does_not_exist_fails_as_the_question_would(message: str, subject: str, code: str) -> None:
    firm = Firm.shop()
    with pytest.raises(GateError) as raised:
        preview(firm, message, subject=subject)
    assert raised.value.problems[0].code == code
    with pytest.raises(GateError) as asked:
        firm.ask(message, subject=subject)
    assert asked.value.problems[0].code == code


def test_what_is_said_and_may_go_is_requested_once_however_often_it_is_said() -> None:
    firm = Firm.shop(ready=True)
    firm.topics()
    assert say(firm, "ready").outcome == "SEND"
    (sent,) = [one for one in firm.outgoing if one.topic == "message.requested"]
    assert (sent.body["id"], sent.body["sends"]) == (SAID + "1", "ready")
    assert say(firm, "ready").outcome == "SEND"
    assert firm.topics().count("message.requested") == 1
    assert firm.confirm(SAID + "1").ok


def test_what_is_said_and_held_is_requested_with_its_words_once_it_may_go() -> None:
    firm = Firm.shop()
    firm.at("11m")
    firm.hear()
    # The shelf falls silent, so that nobody knows.
    firm.moment += 20 * 60_000_000
    firm.hear("store", "staging")
    firm.topics()
    held = say(firm, "ready")
    assert held.outcome == "HOLD"
    assert "message.requested" not in firm.topics()
    firm.hear()
    firm.ready()
    assert [one.body["id"] for one in firm.outgoing if one.topic == "message.requested"] == [SAID + "1"]


def test_the_words_of_what_is_said_reach_the_sender() -> None:
    firm = Firm.shop(ready=True)
    firm.send()
    firm.at("20m")
    firm.report("desk", "pickup.refused", reason="not_found")
    firm.topics()
    assert say(firm, "apology", SAID + "2", **APOLOGY).outcome == "SEND"
    (sent,) = [one for one in firm.outgoing if one.body.get("id") == SAID + "2"]
    assert sent.body["data"] == APOLOGY
    assert next(asked for asked in firm.record().asks if asked.id == SAID + "2").data == APOLOGY


def test_an_id_of_a_senders_own_is_not_said() -> None:
    with pytest.raises(ValueError, match="begin with"):
        Firm.shop().service.say([Request("m1", "ready", "pickup/1")])
