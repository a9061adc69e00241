"""The live service over PostgreSQL: the same answers as in memory, by one process or two, and over a server's fall."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from threading import Thread
from typing import Any

import pytest

from tests.postgres_server import Server
from tests.unit.runtime.live.firm import START, Firm
from troth.errors import LedgerError
from troth.model.decision import Request
from troth.model.event import Event
from troth.model.ids import record_hash
from troth.ports.ledger import Ledger
from troth.runtime.verify import verify
from troth.scale.postgres import PostgresLedger

pytestmark = pytest.mark.slow


@pytest.fixture
def address(postgres: Server) -> str:
    """Return the address of an empty database."""
    return postgres.database()


@pytest.fixture
def ledger(address: str) -> Iterator[PostgresLedger]:
    """Give a ledger in it."""
    with closing(PostgresLedger(address)) as ledger:
        yield ledger


def told(firm: Firm) -> list[Any]:
    """Play a story; return every answer."""
    firm.placed()
    answers: list[Any] = [firm.ask()]
    firm.ready()
    answers += [firm.ask(), firm.confirm(), firm.confirm()]
    firm.at("20m")
    firm.report("desk", "pickup.refused", reason="not_found")
    answers += [firm.confirm(), firm.ask(name="m2")]
    firm.at("3h")
    return [*answers, list(firm.topics())]


def hashes(ledger: Ledger) -> dict[str, str]:
    """Return subject → record hash."""
    return {record.subject: record_hash(record) for record in ledger.scan_records()}


def test_a_story_has_the_same_answers_as_in_memory(ledger: PostgresLedger) -> None:
    in_memory, on_server = Firm(), Firm(ledger)
    assert told(on_server) == told(in_memory)
    assert hashes(ledger) == hashes(in_memory.ledger)
    assert not verify(ledger).count


def test_a_service_sees_what_another_on_the_same_database_was_told(address: str, ledger: PostgresLedger) -> None:
    with closing(PostgresLedger(address)) as beside:
        first, second = Firm(ledger), Firm(beside)
        first.placed()
        first.ready()
        assert second.ask().outcome == "SEND"
        assert first.confirm().ok
        assert second.confirm().code == "G704", "a permit is confirmed once, whoever was asked"


def test_a_value_that_the_server_cannot_keep_fails_its_caller_alone(ledger: PostgresLedger) -> None:
    firm = Firm(ledger)
    good = firm.service.accept("", [firm.event("oms", "order.placed", "pickup/1")])
    bad = firm.service.accept("", [Event("oms", "a\0b", "order.placed", "pickup/2", START, START)])
    also = firm.service.accept("", [firm.event("oms", "order.placed", "pickup/3")])
    firm.service.pump()
    assert good.result(timeout=0).accepted == also.result(timeout=0).accepted == 1
    with pytest.raises(LedgerError, match="L135"):
        bad.result(timeout=0)


def test_two_services_at_once_lose_nothing(address: str, ledger: PostgresLedger) -> None:
    """Both take in events of the same subjects and answer; every answer is kept, and the chain is whole."""
    setup = Firm(ledger)
    for number in range(1, 7):
        setup.placed(number, number)
    failed: list[BaseException] = []

    def work(name: str) -> None:
        try:
            with closing(PostgresLedger(address)) as mine:
                firm = Firm(mine)
                firm._count = 10_000 if name == "a" else 20_000
                for number in range(1, 7):
                    firm.ready(number)
                    request = Request(f"{name}{number}", "ready", f"pickup/{number}", "email")
                    assert firm.answer(firm.service.ask([request]))[0].outcome == "SEND"
        except BaseException as error:  # noqa: BLE001  whatever it is, the test tells it
            failed.append(error)

    threads = [Thread(target=work, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    for number in range(1, 7):
        record = ledger.records([f"pickup/{number}"])[f"pickup/{number}"]
        assert {ask.id for ask in record.asks} == {f"a{number}", f"b{number}"}
    assert ledger.dirty_buckets() == []
    assert not verify(ledger).count


def test_a_service_goes_on_when_the_server_has_fallen(postgres: Server, ledger: PostgresLedger) -> None:
    firm = Firm(ledger)
    firm.placed()
    postgres.crash()
    with pytest.raises(LedgerError, match=r"L131|L134"):
        firm.ready()
    postgres.start()
    firm.ready()
    assert firm.ask().outcome == "SEND"
    assert not verify(ledger).count
