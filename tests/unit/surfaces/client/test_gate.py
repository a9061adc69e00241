"""The gate before a sender, over a service that answers from a script."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from tests.unit.surfaces.client.kit import NOW, AsyncScriptedLink, FakeService, ScriptedLink
from troth.client import (
    AsyncClient,
    Client,
    Gate,
    GateError,
    NotSentError,
    Place,
    Problem,
    Sending,
    ServiceError,
    UsageError,
)
from troth.model.decision import Outcome
from troth.surfaces.client.attempts import Broken
from troth.surfaces.client.plan import TRIES

GONE = ServiceError(Problem(Place(), "K101", "nobody answers"))


def gate(service: FakeService, **options: Any) -> Gate:
    return Gate(service, clock=lambda: NOW, **options)


def deliver(one: Gate, *, id: str = "", fails: BaseException | None = None) -> tuple[Sending, list[str]]:
    """Send a message through a gate; return it, and what was handed over."""
    left: list[str] = []
    with one.message("ready", subject="pickup/1", id=id, channel="email") as sending:
        if sending.may_send:
            if fails is not None:
                raise fails
            left.append(sending.message)
    return sending, left


def test_a_permitted_message_is_confirmed_handed_over_and_told() -> None:
    service = FakeService()
    sending, left = deliver(gate(service))
    assert (sending.status, sending.told, left) == ("sent", True, ["ready"])
    assert service.confirmed == [("pickup/1", "ready")]
    (receipt,) = service.told
    assert (receipt.phase, receipt.message, receipt.channel, receipt.at) == ("sent", "ready", "email", NOW)
    assert not receipt.open
    assert not receipt.shadow


@pytest.mark.parametrize(("outcome", "status"), [("HOLD", "held"), ("SUPPRESS", "suppressed")])
def test_what_is_not_permitted_is_not_handed_over(outcome: Outcome, status: str) -> None:
    service = FakeService([(outcome, "")])
    sending, left = deliver(gate(service))
    assert (sending.status, left, service.confirmed, service.told) == (status, [], [], [])
    assert [reason.code for reason in sending.verdict.reasons] == ["G302"]


def test_a_replacement_is_what_the_sender_is_told_to_say() -> None:
    service = FakeService([("REPLACE", "looking_into_it")])
    sending, left = deliver(gate(service))
    assert (sending.status, left) == ("sent", ["looking_into_it"])
    assert service.told[0].message == "looking_into_it"


def test_a_sender_that_cannot_make_the_replacement_hands_nothing_over_and_uses_no_permit() -> None:
    service = FakeService([("REPLACE", "looking_into_it")])
    with gate(service).message("ready", subject="pickup/1", renders=("ready",)) as sending:
        assert not sending.may_send
    assert (sending.status, service.confirmed) == ("replaced", [])


@pytest.mark.parametrize("code", ["G701", "G702", "G703", "G705"])
def test_a_permit_that_is_gone_just_before_hand_over_stops_it(code: str) -> None:
    sending, left = deliver(gate(FakeService(confirms=[code])))
    assert (sending.status, sending.verdict.code, left) == ("withdrawn", code, [])


def test_the_same_message_is_never_handed_over_twice() -> None:
    one = gate(FakeService())
    assert [deliver(one)[0].status for _ in range(3)] == ["sent", "used", "used"]
    assert deliver(one, id="ready/2")[0].status == "sent"


def test_an_error_of_the_sender_is_told_as_failed_and_goes_on() -> None:
    service = FakeService()
    with pytest.raises(OSError, match="no mail server"):
        deliver(gate(service), fails=OSError("no mail server"))
    assert [receipt.phase for receipt in service.told] == ["failed"]


def test_what_failed_goes_under_a_fresh_id_when_it_is_called_again_and_only_once() -> None:
    service = FakeService()
    one = gate(service)
    for _ in range(2):
        with pytest.raises(OSError, match="no mail server"):
            deliver(one, fails=OSError("no mail server"))
    assert [deliver(one)[0].status for _ in range(2)] == ["sent", "used"]
    assert [(receipt.id, receipt.phase) for receipt in service.told] == [
        ("ready", "failed"), ("ready~2", "failed"), ("ready~3", "sent"),
    ]  # fmt: skip
    assert [name for _, name in service.confirmed] == ["ready", "ready~2", "ready~3"]


def test_what_failed_again_and_again_is_given_up() -> None:
    one = gate(FakeService())
    for _ in range(TRIES):
        with pytest.raises(OSError, match="no mail server"):
            deliver(one, fails=OSError("no mail server"))
    sending, left = deliver(one)
    assert (sending.status, sending.verdict.code, left) == ("failed_before", "G706", [])


def test_a_failure_that_could_not_be_told_is_told_before_the_message_is_tried_again() -> None:
    service = FakeService(tells=[GONE, None])
    one = gate(service)
    with pytest.raises(OSError, match="no mail server"):
        deliver(one, fails=OSError("no mail server"))
    assert (deliver(one)[0].status, one.report().waiting) == ("sent", 0)
    assert [(receipt.id, receipt.phase) for receipt in service.told] == [("ready", "failed"), ("ready~2", "sent")]


def test_an_answered_question_tells_what_waits_although_nothing_is_sent() -> None:
    service = FakeService([GONE, ("HOLD", "")], tells=[GONE, None])
    one = gate(service, fail="open")
    assert [deliver(one)[0].status, deliver(one, id="b")[0].status] == ["sent", "held"]
    assert [(receipt.id, receipt.open) for receipt in service.told] == [("ready", True)]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"mode": "shaddow"}, r"K110: mode='shaddow'; expected one of enforce, shadow; did you mean 'shadow'"),
        ({"mode": "Shadow"}, r"did you mean 'shadow'"),
        ({"fail": "opne"}, r"K110: fail='opne'; expected one of closed, open; did you mean 'open'"),
        ({"fail": {"ready": "shut"}}, r"Gate \(ready\): error K110: fail='shut'; expected one of closed, open"),
    ],
)
def test_a_word_that_does_not_exist_is_refused_when_the_gate_is_made(options: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        gate(FakeService(), **options)


@pytest.mark.parametrize(
    "error", [ConnectionResetError("gone"), TimeoutError("no answer"), KeyboardInterrupt(), asyncio.CancelledError()]
)
def test_where_nobody_knows_whether_it_left_no_receipt_is_told(error: BaseException) -> None:
    service = FakeService()
    one = gate(service)
    with pytest.raises(type(error)):
        deliver(one, fails=error)
    assert (service.told, one.report().statuses) == ([], {"unsure": 1})


def test_a_block_may_say_itself_how_it_ended() -> None:
    service = FakeService()
    one = gate(service)
    with one.message("ready", subject="pickup/1", id="a") as first:
        first.failed()
    with one.message("ready", subject="pickup/1", id="b") as second:
        second.unsure()
    assert [(receipt.id, receipt.phase) for receipt in service.told] == [("a", "failed")]


@pytest.mark.parametrize("scripts", [{"outcomes": [GONE]}, {"confirms": [GONE]}])
def test_closed_nothing_is_handed_over_when_the_gate_gives_no_answer(scripts: dict[str, Any]) -> None:
    service = FakeService(**scripts)
    sending, left = deliver(gate(service, fail="closed"))
    assert (sending.status, left, service.told) == ("unreachable", [], [])
    assert sending.verdict.error is GONE


@pytest.mark.parametrize("scripts", [{"outcomes": [GONE]}, {"confirms": [GONE]}])
def test_open_the_message_goes_and_its_receipt_says_so(scripts: dict[str, Any]) -> None:
    service = FakeService(**scripts)
    one = gate(service, fail={"ready": "open"})
    sending, left = deliver(one)
    assert (sending.status, left, one.report().open) == ("sent", ["ready"], 1)
    assert [receipt.open for receipt in service.told] == [True]


def test_a_question_that_is_wrong_is_an_error_and_hands_nothing_over() -> None:
    service = FakeService([GateError(Problem(Place(), "G802", "no such message"))])
    with pytest.raises(GateError):
        deliver(gate(service, fail="open"))
    assert (service.confirmed, service.told) == ([], [])


def test_receipts_that_cannot_be_told_wait_and_are_told_with_the_next(tmp_path: Path) -> None:
    service = FakeService(tells=[GONE, None])
    one = gate(service, spool=tmp_path / "receipts.jsonl")
    first, _ = deliver(one, id="a")
    assert (first.status, first.told, one.report().waiting) == ("sent", False, 1)
    deliver(one, id="b")
    assert [receipt.id for receipt in service.told] == ["a", "b"]
    assert one.report().waiting == 0


def test_receipts_in_a_file_outlive_the_process(tmp_path: Path) -> None:
    path = tmp_path / "receipts.jsonl"
    before = gate(FakeService([GONE], tells=[GONE]), spool=path, fail="open")
    deliver(before)
    before.close()
    service = FakeService()
    after = gate(service, spool=path)
    assert deliver(after)[0].status == "used", "it has left, although the gate has not heard of it"
    assert after.flush() == 1
    assert [(receipt.id, receipt.open) for receipt in service.told] == [("ready", True)]
    assert after.flush() == 0


def test_a_receipt_that_is_refused_keeps_no_other_waiting() -> None:
    refused = GateError(Problem(Place(), "G801", "no such subject"))
    service = FakeService(tells=[GONE, GONE, GONE, refused, refused, None])
    one = gate(service)
    deliver(one, id="a")
    deliver(one, id="b")
    assert (one.flush(), one.report().waiting) == (1, 0)
    assert [receipt.id for receipt in service.told] == ["b"]


def test_a_decorated_function_is_called_only_with_leave() -> None:
    service = FakeService([("SEND", ""), ("HOLD", "")])
    one = gate(service)
    called: list[int] = []

    @one.gated("ready", subject=lambda order: f"pickup/{order}", channel="email", data=lambda order: {"order": order})
    def mail(order: int) -> str:
        called.append(order)
        return f"mailed {order}"

    sent, held = mail(17), mail(18)
    assert (sent.status, sent.value, sent.require()) == ("sent", "mailed 17", "mailed 17")
    assert (held.status, held.value, called) == ("held", None, [17])
    with pytest.raises(NotSentError, match=r"K106.*held.*G302"):
        held.require()
    assert [(request.subject, request.data) for request in service.asked] == [
        ("pickup/17", {"order": 17}), ("pickup/18", {"order": 18}),
    ]  # fmt: skip


def test_a_function_without_the_message_makes_no_replacement_and_one_with_it_does() -> None:
    service = FakeService([("REPLACE", "looking_into_it")])
    one = gate(service)

    @one.gated("ready", subject="pickup/1", id="a")
    def fixed() -> str:
        return "ready"

    @one.gated("ready", subject="pickup/1", id="b")
    def able(sending: Sending | None = None) -> str:
        assert sending is not None
        return sending.message

    assert (fixed().status, able().value) == ("replaced", "looking_into_it")


def test_asynchronous_senders_pass_the_same_gate() -> None:
    service = FakeService([("SEND", ""), ("HOLD", ""), GONE])
    one = gate(service)

    @one.gated("ready", subject=lambda order: f"pickup/{order}")
    async def mail(order: int) -> int:
        return order

    async def three() -> list[str]:
        return [(await mail(number)).status for number in (1, 2, 3)]

    assert asyncio.run(three()) == ["sent", "held", "unreachable"]
    assert [receipt.subject for receipt in service.told] == ["pickup/1"]


def test_an_asynchronous_client_serves_asynchronous_senders_only() -> None:
    one = Gate(AsyncClient("http://127.0.0.1:1", link=AsyncScriptedLink(Broken("refused"))))
    with pytest.raises(UsageError, match="K105"), one.message("ready", subject="pickup/1"):
        pytest.fail("nothing may be handed over")


def test_a_client_that_reaches_nobody_is_a_gate_that_gives_no_answer() -> None:
    one = Gate(Client("http://127.0.0.1:1", link=ScriptedLink(Broken("refused"))))
    with one.message("ready", subject="pickup/1") as sending:
        assert not sending.may_send
    assert sending.status == "unreachable"


# ---------------------------------------------------------------------- shadow


@pytest.mark.parametrize(
    ("outcome", "would", "disagreements", "confirmed"),
    [
        (("SEND", ""), "permitted", 0, 1),
        (("REPLACE", "looking_into_it"), "replaced", 1, 0),
        (("HOLD", ""), "held", 1, 0),
        (("SUPPRESS", ""), "suppressed", 1, 0),
        (GONE, "unreachable", 0, 0),
        (GateError(Problem(Place(), "G802", "no such message")), "refused", 0, 0),
        (ZeroDivisionError("a fault"), "unreachable", 0, 0),
    ],
)
def test_in_shadow_everything_goes_as_before_and_what_the_gate_would_do_is_counted(
    outcome: Any, would: str, disagreements: int, confirmed: int
) -> None:
    service = FakeService([outcome])
    one = gate(service, mode="shadow", shadow_s=5)
    sending, left = deliver(one)
    report = one.report()
    assert (sending.status, left) == ("sent", ["ready"])
    assert (report.would, report.disagreements) == ({would: 1}, disagreements)
    assert [verdict.standing for verdict in one.disagreements()] == [would] * disagreements
    assert len(service.confirmed) == confirmed
    assert [(receipt.phase, receipt.message, receipt.shadow) for receipt in service.told] == [("sent", "ready", True)]
    one.close()


def test_a_shadow_hands_on_what_is_wrong_with_its_question() -> None:
    wrong = UsageError(Problem(Place(), "H203", "the key has not the scope gate:ask"))
    one = gate(FakeService([wrong]), mode="shadow", shadow_s=5)
    sending, _ = deliver(one)
    assert (sending.status, sending.verdict.error) == ("sent", wrong)
    one.close()


class SlowService(FakeService):
    """Answers nothing before it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()

    def ask(self, requests: Any) -> Future[Any]:
        self.go.wait(20)
        return super().ask(requests)


def test_a_shadow_holds_up_its_sender_no_longer_than_its_bound() -> None:
    service = SlowService()
    one = gate(service, mode="shadow", shadow_s=0.01)
    sending, left = deliver(one)
    assert (sending.status, left, sending.verdict.standing, service.asked) == ("sent", ["ready"], "unreachable", [])
    service.go.set()
    one.close()
    assert (len(service.asked), len(service.told)) == (1, 1), "what was begun is finished"


@pytest.mark.parametrize(
    "error", [GONE, GateError(Problem(Place(), "G801", "no such subject")), ZeroDivisionError("a fault")]
)
def test_a_receipt_that_cannot_be_told_is_no_error_of_a_shadowed_sender(error: Exception) -> None:
    one = gate(FakeService(tells=[error]), mode="shadow", shadow_s=5)

    async def mail() -> str:
        async with one.message("ready", subject="pickup/1", id="b") as sending:
            pass
        return str(sending.status)

    assert deliver(one)[0].status == "sent"
    assert asyncio.run(mail()) == "sent"
    one.close()


def test_a_disk_that_is_full_does_not_say_that_the_message_has_not_left(tmp_path: Path) -> None:
    path = tmp_path / "receipts.jsonl"
    one = gate(FakeService(tells=[GONE]), spool=path)
    # Not even root can write a file where there is a folder.
    path.with_name("receipts.jsonl.lock").mkdir()
    with one.message("ready", subject="pickup/1") as sending:
        pass
    assert (sending.status, sending.told) == ("sent", False)


def test_an_asynchronous_shadow_keeps_nothing_from_going_either() -> None:
    one = gate(FakeService([ZeroDivisionError("a fault")]), mode="shadow", shadow_s=5)

    async def mail() -> str:
        async with one.message("ready", subject="pickup/1") as sending:
            assert sending.may_send
        return str(sending.status)

    assert asyncio.run(mail()) == "sent"
    assert one.report().would == {"unreachable": 1}
