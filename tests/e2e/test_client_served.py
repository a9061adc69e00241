"""The client and the gate against a real server: what a sender sees, also when the server dies in between."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from troth.client import (
    AsyncClient,
    CaseAction,
    Client,
    Complaint,
    Gate,
    GateError,
    Hindsight,
    Request,
    ServiceError,
    Tell,
    UsageError,
)
from troth.model.times import format_instant
from troth.runtime.clock import wall_clock

pytestmark = pytest.mark.slow

TROTH = (sys.executable, "-c", "from troth.surfaces.cli import main; main()")
FEEDS = ("oms", "inventory", "store", "staging", "pos", "desk", "carrier")


class Shop:
    """A server in a process of its own, at one address over its lives."""

    def __init__(self, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._folder = folder
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> Shop:
        command = [*TROTH, "serve", "--db", "shop.db", "--pack", "store_pickup", "--open", "--port", str(self.port)]
        self._process = subprocess.Popen(command, cwd=self._folder, stderr=subprocess.PIPE, text=True)
        assert self._process.stderr is not None
        assert "troth serves" in self._process.stderr.readline()
        return self

    def kill(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.communicate(timeout=30)
            self._process = None


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    one = Shop(tmp_path)
    yield one.start()
    one.kill()


@pytest.fixture
def client(shop: Shop) -> Iterator[Client]:
    # Other tests may have the processor: what is too slow for a sender is not too slow here.
    with Client(shop.url, ask_timeout=10) as one:
        yield one


def event(number: int, source: str, kind: str, **data: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0", "id": f"{kind}-{number}", "source": source, "type": kind, "subject": f"pickup/{number}",
        "time": format_instant(wall_clock()), "data": data,
    }  # fmt: skip


def place(client: Client, number: int) -> None:
    placed = {
        "customer": "customer/17", "store": "basel", "mode": "in_store", "items": 2, "value": 59.9,
        "promised_by": format_instant(wall_clock() + 3_600_000_000),
    }  # fmt: skip
    assert client.events([event(number, "oms", "order.placed", **placed)]).accepted == 1


def stage(client: Client, number: int) -> None:
    """Have an order lie on the shelf, and every feed be heard."""
    came = [event(number, "store", "pick.completed", short=0), event(number, "staging", "stage.placed")]
    assert client.events(came).accepted == 2
    client.heartbeat(dict.fromkeys(FEEDS))


def gate(service: Client | AsyncClient, **options: Any) -> Gate:
    return Gate(service, timeout_s=10, **options)


def mail(one: Gate, number: int, message: str = "ready", id: str = "") -> str:
    with one.message(message, subject=f"pickup/{number}", id=id, channel="email") as sending:
        pass
    return str(sending.status)


def test_a_sender_waits_until_it_is_true_and_sends_once(client: Client) -> None:
    one = gate(client)
    place(client, 1)
    assert mail(one, 1) == "held"
    stage(client, 1)
    assert [mail(one, 1), mail(one, 1)] == ["sent", "used"]
    asked = client.decision("pickup/1", "ready")
    assert (asked.outcome, asked.sends, asked.confirmed_at is not None) == ("SEND", "ready", True)
    truth = client.truth("pickup/1")
    assert [(told["message"], list(told["phases"])) for told in truth.told] == [("ready", ["sent"])]
    assert "order.placed" in [row["what"] for row in client.timeline("pickup/1")]


def test_answers_are_the_values_that_a_caller_in_process_gets(client: Client) -> None:
    place(client, 1)
    request = Request("m1", "ready", "pickup/1", "email")
    first, second = client.ask_many([request, Request("m2", "looking_into_it", "pickup/1", "email")])
    assert (first.request, first.outcome, first.permit) == (request, "HOLD", None)
    assert {reason.code for reason in first.reasons} == {"G302"}
    assert second.permit is not None
    assert abs(second.permit.issued_at - wall_clock()) < 60_000_000 < second.permit.expires_at - second.permit.issued_at
    assert client.confirm("pickup/1", "m2").ok
    assert client.confirm("pickup/1", "m2").code == "G704"
    line = client.complain(Complaint("pickup/1", "Where is it?"))
    assert (line.stage, line.case.kind, line.case.detected_by) == ("open", "complaint", "customer")
    assert client.act(CaseAction("own", "pickup/1", line.case.id, "ann")).case.owner == "ann"
    assert [one.case.id for one in client.cases()] == [line.case.id]
    assert client.case(line.case.id).stage == "owned"
    policies = {pack.name: pack.fail for pack in client.packs()}["store_pickup"]
    assert (policies["ready"], policies["apology"]) == ("closed", "open")


def test_what_was_told_is_judged_again_by_what_is_known_now(shop: Shop, client: Client) -> None:
    place(client, 1)
    stage(client, 1)
    refused = event(1, "desk", "pickup.refused", reason="not_found")
    assert mail(gate(client), 1) == "sent"
    client.tell([Tell("ready", "pickup/1", "ready", "email", "delivered")])
    known = wall_clock()
    before = client.hindsight("pickup/1")
    assert {(one.verdict, one.source, one.then, one.now) for one in before} == {("honest", "", True, True)}
    client.events([refused])
    after = client.hindsight("pickup/1")
    (then,), (now,) = ([one for one in rows if one.statement == "ready_for_pickup"] for rows in (before, after))
    assert (now.then, now.now, now.verdict, now.source) == (True, False, "unlucky", "desk")
    assert (now.told_at, now.event_id, 0 < now.lag < 600_000_000) == (then.told_at, "pickup.refused-1", True)
    assert client.hindsight("pickup/1", at=known) == before

    async def awaited(at: int | None) -> list[Hindsight]:
        async with AsyncClient(shop.url) as reached:
            return await reached.hindsight("pickup/1", at=at)

    assert [asyncio.run(awaited(at)) for at in (None, known)] == [after, before]


def test_what_is_wrong_comes_with_its_code(client: Client) -> None:
    with pytest.raises(GateError, match="G802"):
        client.ask(Request("m1", "nonsense", "pickup/1"))
    with pytest.raises(GateError, match="G801"):
        client.ask(Request("m1", "ready", "parcel/1"))
    with pytest.raises(UsageError, match="H110"):
        client.truth("pickup/404")
    taken = client.events([event(1, "oms", "order.placed"), {"id": "no event"}])
    assert (taken.accepted, taken.quarantined) == (1, 1)
    assert "E102" in {problem.code for problem in taken.problems}


def test_a_closed_message_waits_for_the_server_and_an_open_one_is_told_afterwards(
    shop: Shop, client: Client, tmp_path: Path
) -> None:
    one = gate(client, spool=tmp_path / "receipts.jsonl")
    place(client, 1)
    stage(client, 1)
    assert mail(one, 1, "ready", id="first") == "sent", "and it has read what the pack says of an outage"
    shop.kill()
    began = time.monotonic()
    assert mail(one, 1, "reminder") == "unreachable"
    assert mail(one, 1, "apology") == "sent"
    assert mail(one, 1, "apology") == "used", "it has left already"
    assert time.monotonic() - began < 5, "a refused connection is known at once"
    assert (one.report().open, one.report().waiting) == (1, 1)
    with pytest.raises(ServiceError, match="K101"):
        client.truth("pickup/1")
    shop.start()
    assert one.flush() == 1
    told = {row["message"]: list(row["phases"]) for row in client.truth("pickup/1").told}
    assert told["apology"] == ["sent"]
    assert one.report().waiting == 0
    one.close()


def test_a_kill_between_confirmation_and_receipt_neither_loses_the_receipt_nor_sends_twice(
    shop: Shop, client: Client
) -> None:
    one = gate(client)
    place(client, 1)
    stage(client, 1)
    with one.message("ready", subject="pickup/1", channel="email") as sending:
        assert sending.may_send
        shop.kill()
    assert (sending.status, sending.told, one.report().waiting) == ("sent", False, 1)
    shop.start()
    assert mail(one, 1) == "used"
    assert one.flush() == 1
    assert mail(one, 1) == "used"
    assert [list(row["phases"]) for row in client.truth("pickup/1").told] == [["sent"]]


def test_a_shadow_is_no_bypass_and_goes_on_without_a_server(shop: Shop, client: Client) -> None:
    one = gate(client, mode="shadow", shadow_s=10)
    place(client, 1)
    assert mail(one, 1) == "sent"
    assert one.report().would == {"held": 1}
    (verdict,) = one.disagreements()
    assert verdict.reasons[0].code == "G302"
    shop.kill()
    assert mail(one, 1, id="second") == "sent"
    assert one.report().would == {"held": 1, "unreachable": 1}
    one.close()


def test_many_asynchronous_senders_of_one_message_hand_it_over_once(shop: Shop, client: Client) -> None:
    place(client, 1)
    stage(client, 1)
    left: list[int] = []

    async def work() -> list[str]:
        async with AsyncClient(shop.url) as reached:
            one = gate(reached)

            @one.gated("ready", subject="pickup/1", channel="email")
            async def send(number: int) -> None:
                await asyncio.sleep(0)
                left.append(number)

            return [str(result.status) for result in await asyncio.gather(*(send(number) for number in range(12)))]

    statuses = asyncio.run(work())
    assert len(left) == 1
    assert sorted(statuses) == ["sent", *["used"] * 11]


def test_a_server_that_never_answers_holds_a_sender_no_longer_than_it_may() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute, Client(f"http://127.0.0.1:{mute.getsockname()[1]}") as one:
        began = time.monotonic()
        with pytest.raises(ServiceError, match="K102"):
            one.ask(Request("m1", "ready", "pickup/1"), timeout_s=0.2)
        assert 0.15 < time.monotonic() - began < 5
