"""Permits are linearizable: in threads, in two services over one database, over HTTP; and a stale gate is found out."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.postgres_server import Server
from tests.reliability.conftest import Figures
from tests.reliability.permits import InProcess, OverHttp, histories, judged, until_used
from tests.reliability.served import DOOR, Served
from troth.ledger.sqlite import SqliteLedger
from troth.model.pack import Pack
from troth.runtime import catalog
from troth.runtime.live import LiveService
from troth.runtime.live.desk import Desk
from troth.scale.postgres import PostgresLedger

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3_600)]
whole = pytest.mark.reliability


@pytest.fixture(scope="module")
def packs() -> dict[str, Pack]:
    """Return the pack of doors."""
    return {"door": catalog.load(str(DOOR)).compiled.require()}


@contextmanager
def live(ledger: Any, packs: dict[str, Pack]) -> Any:
    """Give a service over a ledger, on the real clock."""
    with closing(ledger), closing(LiveService(ledger, packs)) as service:
        yield service


@pytest.mark.parametrize("number", [pytest.param(200, id="sample"), pytest.param(3_000, id="whole", marks=whole)])
def test_threads_at_one_service(tmp_path: Path, packs: dict[str, Pack], number: int, figures: Figures) -> None:
    with live(SqliteLedger(tmp_path / "door.db"), packs) as service:
        found = judged(until_used(lambda _: InProcess(service), number, seed=1))
    figures("permits, one service, SQLite", found)
    assert found["not linearizable"] == 0
    assert found["permits used"] > number // 4
    assert found["permits taken back before use"] > 0, "no permit was ever taken back: the races were too tame"


@pytest.mark.parametrize("number", [pytest.param(60, id="sample"), pytest.param(1_000, id="whole", marks=whole)])
def test_two_services_over_one_database(
    postgres: Server, packs: dict[str, Pack], number: int, figures: Figures
) -> None:
    address = postgres.database()
    with live(PostgresLedger(address), packs) as one, live(PostgresLedger(address), packs) as two:
        doors = [InProcess(one), InProcess(two)]
        # Of the clients of a history, one that changes the truth and one that asks are at each service.
        found = judged(until_used(lambda thread: doors[thread // 2 % 2], number, seed=2))
    figures("permits, two services, PostgreSQL", found)
    assert found["not linearizable"] == 0
    assert found["permits used"] > number // 4


@pytest.mark.parametrize("number", [pytest.param(60, id="sample"), pytest.param(1_000, id="whole", marks=whole)])
def test_clients_over_http(tmp_path: Path, number: int, figures: Figures) -> None:
    with Served(tmp_path / "door.db") as served, ExitStack() as stack:
        found = judged(until_used(lambda _: OverHttp(stack.enter_context(served.client())), number, seed=3))
        served.stop()
    figures("permits, over HTTP", found)
    assert found["not linearizable"] == 0
    assert found["permits used"] > number // 4


def _stale(decide: Callable[..., Any]) -> Callable[..., Any]:
    """Return a gate that goes on deciding on the record that it saw first."""
    seen: dict[str, Any] = {}

    def decides(self: Desk, machine: Any, record: Any, request: Any) -> Any:
        return decide(self, machine, seen.setdefault(record.subject, record), request)

    return decides


def test_a_gate_that_decides_on_a_stale_record_is_found_out(
    tmp_path: Path, packs: dict[str, Pack], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Desk, "_decide", _stale(Desk._decide))
    with live(SqliteLedger(tmp_path / "door.db"), packs) as service:
        found = judged(histories(lambda _: InProcess(service), 100, seed=4))
    assert found["not linearizable"] > 0


def test_a_permit_that_is_not_taken_back_is_found_out(
    tmp_path: Path, packs: dict[str, Pack], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Desk, "reconsider", lambda *_: None)
    monkeypatch.setattr(Desk, "_again", lambda self, record, asked: _Sends(asked.sends))
    with live(SqliteLedger(tmp_path / "door.db"), packs) as service:
        found = judged(histories(lambda _: InProcess(service), 100, seed=5))
    assert found["not linearizable"] > 0


class _Sends:
    """A decision that says what was said before."""

    def __init__(self, sends: str) -> None:
        self.sends = sends
