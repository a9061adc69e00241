"""The gate on a live service in the same process, and what shadow mode leaves behind there."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import troth
from tests.unit.surfaces.client.kit import NOW
from troth import Gate, LiveService, Request, open_service
from troth.client import UsageError
from troth.engine.effects import bypasses
from troth.model.times import format_instant


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def service(clock: Clock) -> Iterator[LiveService]:
    with open_service(packs=["store_pickup"], clock=clock) as opened:
        opened.accept("", [event("oms", "order.placed", NOW, **PLACED)]).result()
        yield opened


PLACED: dict[str, Any] = {
    "customer": "customer/17", "store": "basel", "mode": "in_store", "items": 2, "value": 59.9,
    "promised_by": "2026-03-02T13:00:00Z",
}  # fmt: skip


def event(source: str, kind: str, at: int, **data: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0", "id": f"{kind}-{at}", "source": source, "type": kind, "subject": "pickup/1",
        "time": format_instant(at), "data": data,
    }  # fmt: skip


def stage(service: LiveService, clock: Clock) -> None:
    """Have the order lie on the shelf, and every feed be heard."""
    clock.now += 60_000_000
    at = clock.now
    came = [event("store", "pick.completed", at, short=0), event("staging", "stage.placed", at)]
    service.accept("store_pickup", came).result()
    clock.now += 1
    service.heartbeat(dict.fromkeys(("oms", "store", "staging", "pos", "desk"), clock.now)).result()


def mail(gate: Gate) -> str:
    with gate.message("ready", subject="pickup/1", channel="email") as sending:
        pass
    return str(sending.status)


def bypassed(service: LiveService) -> int:
    seen = service.look("pickup/1")
    assert seen is not None
    return len(bypasses(seen.pack, seen.record))


def test_a_message_waits_until_it_is_true_and_goes_once(service: LiveService, clock: Clock) -> None:
    gate = Gate(service, clock=clock)
    assert mail(gate) == "held"
    stage(service, clock)
    assert [mail(gate), mail(gate)] == ["sent", "used"]
    assert bypassed(service) == 0


def test_what_goes_in_shadow_against_the_gate_is_told_and_is_no_bypass(service: LiveService, clock: Clock) -> None:
    gate = Gate(service, mode="shadow", shadow_s=10, clock=clock)
    assert mail(gate) == "sent"
    assert gate.report().would == {"held": 1}
    seen = service.look("pickup/1")
    assert seen is not None
    assert [(told.id, told.shadow, list(told.phases)) for told in seen.record.messages] == [("ready", True, ["sent"])]
    assert bypassed(service) == 0
    gate.close()


def test_the_same_in_the_open_is_a_bypass(service: LiveService, clock: Clock) -> None:
    gate = Gate(service, clock=clock)
    told = troth.Tell("ready", "pickup/1", "ready", "email", "sent", open=True)
    service.tell([told]).result()
    assert bypassed(service) == 1
    gate.close()


def test_what_the_pack_says_of_a_message_without_a_gate_holds_once_it_was_read(
    service: LiveService, clock: Clock
) -> None:
    gate = Gate(service, clock=clock)
    assert mail(gate) == "held"
    service.close()
    with gate.message("ready", subject="pickup/1", id="a") as closed:
        assert not closed.may_send
    with gate.message("apology", subject="pickup/1") as opened:
        assert opened.may_send
    assert (closed.status, opened.status, opened.open, gate.report().waiting) == ("unreachable", "sent", True, 1)


def test_a_fail_policy_for_no_message_is_refused_where_the_packs_are_known(service: LiveService) -> None:
    with pytest.raises(UsageError, match=r"K110: fail for the message 'redy'.*did you mean 'ready'"):
        Gate(service, fail={"redy": "open"})


def test_what_the_pack_says_outlives_the_process_beside_the_spool(
    service: LiveService, clock: Clock, tmp_path: Path
) -> None:
    spool = tmp_path / "receipts.jsonl"
    assert mail(Gate(service, clock=clock, spool=spool)) == "held"
    service.close()
    statuses = {}
    for name in ("ready", "apology"):
        with Gate(service, clock=clock, spool=spool).message(name, subject="pickup/1") as sending:
            pass
        statuses[name] = sending.status
    assert statuses == {"ready": "unreachable", "apology": "sent"}


def test_a_hand_over_that_failed_is_let_go_again_by_the_service(service: LiveService, clock: Clock) -> None:
    gate = Gate(service, clock=clock)
    stage(service, clock)
    with pytest.raises(OSError, match="down"), gate.message("ready", subject="pickup/1", channel="email"):
        raise OSError("down")
    assert service.confirm("pickup/1", "ready").result().code == "G706"
    assert [mail(gate), mail(gate)] == ["sent", "suppressed"], "the second one learns that it is on its way"
    assert service.confirm("pickup/1", "ready~2").result().code == "G704"
    assert bypassed(service) == 0


def test_what_failed_and_is_held_meanwhile_goes_once_it_may(service: LiveService, clock: Clock) -> None:
    gate = Gate(service, clock=clock)
    stage(service, clock)
    with pytest.raises(OSError, match="down"), gate.message("ready", subject="pickup/1", channel="email"):
        raise OSError("down")
    clock.now += 1
    service.accept("store_pickup", [event("staging", "stage.removed", clock.now)]).result()
    assert mail(gate) == "held"
    stage(service, clock)
    assert mail(gate) == "sent"
    seen = service.look("pickup/1")
    assert seen is not None
    assert [told.id for told in seen.record.messages if "sent" in told.phases] == ["ready~2"]


def test_a_service_keeps_its_packs_and_its_ledger(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with open_service(path, packs=["store_pickup"]) as first:
        decision = first.ask([Request("m1", "ready", "pickup/1")]).result()[0]
    with open_service(path) as again:
        assert set(again.packs) == {"store_pickup", "customer"}
        seen = again.look("pickup/1")
    assert seen is not None
    assert [(asked.id, asked.outcome) for asked in seen.record.asks] == [("m1", decision.outcome)]


def test_a_service_without_a_pack_says_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="H304"), open_service(tmp_path / "ledger.db"):
        pytest.fail("there is nothing to serve")


def test_every_public_name_is_there_and_no_other() -> None:
    assert all(getattr(troth, name) is not None for name in troth.__all__)
    assert set(troth.__all__) <= set(dir(troth))
    with pytest.raises(AttributeError, match="nonsense"):
        _ = troth.nonsense


def test_importing_troth_or_its_client_loads_no_engine_and_no_server() -> None:
    heavy = (
        "duckdb ibis pyarrow numpy fastapi starlette uvicorn cel_expr_python cryptography yaml jsonschema click rich"
    )
    script = f"import sys, {{}}; print(sorted({{{{m.split('.')[0] for m in sys.modules}}}} & set('{heavy}'.split())))"
    for name, more in (("troth.client", ""), ("troth", "httpcore2 msgspec")):
        code = script.format(name).replace(heavy, f"{heavy} {more}")
        run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert run.stdout.strip() == "[]", name
