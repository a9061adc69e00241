"""Check and send in one step: nothing goes out that the gate has not permitted, and every end is a value."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any

import pytest

from troth.errors import GateError, LedgerError, Place, Problem
from troth.model.decision import Decision, Outcome, Permit, Request
from troth.model.times import HOUR, SECOND, Micros
from troth.ports.ledger import Appended
from troth.ports.sender import Attempt, Rendered
from troth.runtime.outbound import Gated, send_gated
from troth.runtime.service import Confirmed, Tell

NOW = 1_700_000_000 * SECOND
REQUEST = Request("m1", "ready", "order/1", "email", "customer/1")


def answered(value: Any) -> Future[Any]:
    """Return a future that is done."""
    future: Future[Any] = Future()
    if isinstance(value, Exception):
        future.set_exception(value)
    elif value is not None:
        future.set_result(value)
    return future


def a_decision(outcome: Outcome, sends: str = "") -> Decision:
    """Return a decision, with its permit where it has one."""
    permit = Permit("m1", "order/1", sends, "email", "customer/1", NOW, NOW + HOUR, 1, 1) if sends else None
    return Decision(REQUEST, outcome, NOW, sends, permit=permit)


class FakeGate:
    """A gate that answers as it is told; `None`: never."""

    def __init__(self, decision: Any, confirmed: Any = None, told: Any = ...) -> None:
        self.decision, self.confirmed, self.taken_in = decision, confirmed, told
        self.receipts: list[Tell] = []
        self.steps: list[str] = []

    def ask(self, requests: Sequence[Request]) -> Future[Sequence[Decision]]:
        self.steps.append("ask")
        return answered([self.decision] if isinstance(self.decision, Decision) else self.decision)

    def confirm(self, subject: str, message_id: str) -> Future[Confirmed]:
        assert (subject, message_id) == ("order/1", "m1")
        self.steps.append("confirm")
        return answered(self.confirmed)

    def tell(self, receipts: Sequence[Tell]) -> Future[Appended]:
        self.steps.append("tell")
        self.receipts += receipts
        return answered(Appended(len(receipts), 0, 0) if self.taken_in is ... else self.taken_in)

    def now(self) -> Micros:
        return NOW


class FakeSender:
    """A sender that answers as it is told."""

    def __init__(self, gate: FakeGate, attempt: Attempt) -> None:
        self.gate, self.attempt = gate, attempt
        self.sent: list[Rendered] = []

    def send(self, rendered: Rendered, *, now: Micros) -> Attempt:
        self.gate.steps.append("hand over")
        self.sent.append(rendered)
        return self.attempt


def through(gate: FakeGate, attempt: Attempt = Attempt("delivered"), **more: Any) -> tuple[Gated, FakeSender]:  # noqa: B008 - a frozen value
    """Send a message through a gate; return what became of it, and the sender."""
    sender = FakeSender(gate, attempt)

    def render(decision: Decision) -> Rendered:
        gate.steps.append("render")
        return Rendered(decision.request.id, "kim@example.org", decision.sends)

    service: Any = gate
    return send_gated(service, sender, REQUEST, render, timeout_s=0.01, **more), sender


def down() -> LedgerError:
    """Return the error of a storage that cannot be used."""
    return LedgerError(Problem(Place(), "L109", "the storage has failed"))


def test_what_may_go_is_confirmed_just_before_it_is_handed_over_and_told_afterwards() -> None:
    decision = a_decision("SEND", "ready")
    gate = FakeGate(decision, Confirmed(True, decision))
    gated, sender = through(gate)
    assert gate.steps == ["ask", "render", "confirm", "hand over", "tell"]
    assert (gated.status, gated.told, gated.open) == ("sent", True, False)
    assert gate.receipts == [Tell("m1", "order/1", "ready", "email", "sent")]
    assert [one.heading for one in sender.sent] == ["ready"]


def test_a_replacement_goes_in_place_of_what_was_asked_for() -> None:
    decision = a_decision("REPLACE", "still_picking")
    gate = FakeGate(decision, Confirmed(True, decision))
    gated, sender = through(gate)
    assert gated.status == "sent"
    assert sender.sent[0].heading == "still_picking"
    assert gate.receipts[0].message == "still_picking"


@pytest.mark.parametrize(("outcome", "status"), [("HOLD", "held"), ("SUPPRESS", "suppressed")])
def test_what_may_not_go_is_neither_rendered_nor_sent(outcome: Outcome, status: str) -> None:
    gate = FakeGate(a_decision(outcome))
    gated, sender = through(gate)
    assert gated == Gated(status, gate.decision)  # type: ignore[arg-type]
    assert gate.steps == ["ask"]
    assert not sender.sent


def test_a_permit_that_is_withdrawn_while_rendering_stops_the_message() -> None:
    gate = FakeGate(a_decision("SEND", "ready"), Confirmed(False, a_decision("HOLD"), "G705"))
    gated, sender = through(gate)
    assert (gated.status, gated.code) == ("withdrawn", "G705")
    assert gated.decision is not None
    assert gated.decision.outcome == "HOLD"
    assert not sender.sent
    assert not gate.receipts


@pytest.mark.parametrize("outcome", ["retry", "refused", "gone"])
def test_what_the_other_side_does_not_take_is_told_as_failed(outcome: Any) -> None:
    decision = a_decision("SEND", "ready")
    gate = FakeGate(decision, Confirmed(True, decision))
    gated, _ = through(gate, Attempt(outcome, "O121", "the recipient was refused (550)"))
    assert gated.status == "failed"
    assert [receipt.phase for receipt in gate.receipts] == ["failed"]


def test_of_what_was_perhaps_taken_nothing_is_told() -> None:
    decision = a_decision("SEND", "ready")
    gate = FakeGate(decision, Confirmed(True, decision))
    gated, sender = through(gate, Attempt("unsure", "O123", "no answer"))
    assert gated.status == "unsure"
    assert len(sender.sent) == 1
    assert not gate.receipts


@pytest.mark.parametrize("answer", [None, down()])
def test_a_gate_that_does_not_answer_lets_nothing_through(answer: Any) -> None:
    gated, sender = through(FakeGate(answer))
    assert gated == Gated("unreachable")
    assert not sender.sent
    decision = a_decision("SEND", "ready")
    gated, sender = through(FakeGate(decision, answer))
    assert gated == Gated("unreachable", decision)
    assert not sender.sent


@pytest.mark.parametrize("answer", [None, down()])
def test_a_class_that_fails_open_goes_on_and_says_so(answer: Any) -> None:
    gate = FakeGate(answer)
    gated, sender = through(gate, fail="open")
    assert (gated.status, gated.open, gated.decision) == ("sent", True, None)
    assert sender.sent[0].heading == "ready"
    assert gate.receipts == [Tell("m1", "order/1", "ready", "email", "sent", open=True)]
    gate = FakeGate(a_decision("REPLACE", "still_picking"), answer)
    gated, sender = through(gate, fail="open")
    assert (gated.status, gated.open) == ("sent", True)
    assert sender.sent[0].heading == "still_picking"


def test_failing_open_is_no_way_around_a_gate_that_says_no() -> None:
    for gate in (
        FakeGate(a_decision("HOLD")),
        FakeGate(a_decision("SEND", "ready"), Confirmed(False, a_decision("SUPPRESS"), "G705")),
    ):
        _, sender = through(gate, fail="open")
        assert not sender.sent


@pytest.mark.parametrize("answer", [None, down(), GateError(Problem(Place(), "G801", "no pack has such subjects"))])
def test_a_receipt_that_cannot_be_told_is_reported_and_hides_nothing(answer: Any) -> None:
    decision = a_decision("SEND", "ready")
    gated, _ = through(FakeGate(decision, Confirmed(True, decision), told=answer))
    assert (gated.status, gated.told) == ("sent", False)


def test_a_fault_of_the_sender_leaves_it_unsure() -> None:
    decision = a_decision("SEND", "ready")
    gate = FakeGate(decision, Confirmed(True, decision))

    class Faulty(FakeSender):
        def send(self, rendered: Rendered, *, now: Micros) -> Attempt:
            raise ValueError("kim@example.org")

    service: Any = gate
    sender = Faulty(gate, Attempt("delivered"))
    gated = send_gated(service, sender, REQUEST, lambda decision: Rendered("m1", "kim@example.org"))
    assert (gated.status, gated.told) == ("unsure", False)
    assert "kim" not in repr(gated)


def test_a_fault_while_rendering_ends_before_anything_is_confirmed() -> None:
    gate = FakeGate(a_decision("SEND", "ready"))
    sender = FakeSender(gate, Attempt("delivered"))

    def render(decision: Decision) -> Rendered:
        raise KeyError("no template")

    service: Any = gate
    with pytest.raises(KeyError):
        send_gated(service, sender, REQUEST, render)
    assert gate.steps == ["ask"]
