"""Whatever the gate answers, breaks off or leaves unanswered: without its leave nothing is handed over (closed)."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.surfaces.client.kit import NOW, FakeService
from troth.client import Gate, GateError, Place, Problem, ServiceError, TrothError

GONE = ServiceError(Problem(Place(), "K101", "nobody answers"))
WRONG = GateError(Problem(Place(), "G802", "no such message"))

outcomes = st.sampled_from([("SEND", ""), ("REPLACE", "looking_into_it"), ("HOLD", ""), ("SUPPRESS", ""), GONE, WRONG])
confirms = st.sampled_from(["", "G701", "G702", "G703", "G704", "G705", "G706", GONE, WRONG])
tells = st.sampled_from([None, GONE, WRONG])
messages = st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), min_size=1, max_size=8)


@st.composite
def services(draw: st.DrawFn) -> FakeService:
    scripts: list[Any] = [draw(st.lists(some, min_size=1, max_size=6)) for some in (outcomes, confirms, tells)]
    return FakeService(*scripts)


@given(services(), messages, st.booleans())
def test_what_is_handed_over_was_confirmed_and_goes_once(
    service: FakeService, some: list[tuple[str, bool]], renders: bool
) -> None:
    gate = Gate(service, fail="closed", clock=lambda: NOW)
    left: list[tuple[str, str]] = []
    gone: list[str] = []
    for name, fails in some:
        try:
            with gate.message("ready", subject="pickup/1", id=name, renders=("ready",) if renders else None) as sending:
                if sending.may_send:
                    left.append((sending.request.id, sending.message))
                    assert service.confirmed[-1] == ("pickup/1", sending.request.id), "confirmed just before"
                    if fails:
                        raise OSError  # noqa: TRY301 - the sender fails
                    gone.append(name)
        except (OSError, TrothError):
            continue
    assert [("pickup/1", name) for name, _ in left] == service.confirmed
    assert len(set(service.confirmed)) == len(service.confirmed), "no permit is used twice"
    assert len(set(gone)) == len(gone), "no message goes twice: only what failed is tried again"
    assert {message for _, message in left} <= ({"ready"} if renders else {"ready", "looking_into_it"})
    told = {(receipt.id, receipt.message) for receipt in service.told}
    assert told <= set(left), "no receipt of what was not handed over"


@given(services(), messages)
def test_in_the_open_a_message_goes_without_leave_only_when_nobody_answers(
    service: FakeService, some: list[tuple[str, bool]]
) -> None:
    gate = Gate(service, fail="open", clock=lambda: NOW)
    for name, _ in some:
        try:
            with gate.message("ready", subject="pickup/1", id=name) as sending:
                leave = ("pickup/1", name) in service.confirmed
                assert not sending.may_send or leave or sending.verdict.error is GONE
        except TrothError:
            continue
    assert all(receipt.open for receipt in service.told if ("pickup/1", receipt.id) not in service.confirmed)


@given(services(), messages)
def test_a_shadow_keeps_nothing_from_going_and_raises_nothing(
    service: FakeService, some: list[tuple[str, bool]]
) -> None:
    gate = Gate(service, mode="shadow", shadow_s=5, clock=lambda: NOW)
    for name, _ in some:
        with gate.message("ready", subject="pickup/1", id=name) as sending:
            assert sending.may_send
            assert sending.message == "ready"
    gate.close()
    assert gate.report().statuses == {"sent": len(some)}
    assert all(receipt.shadow for receipt in service.told)
