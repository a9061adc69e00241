"""Nothing personal is anywhere in clear: a live run says marked words wherever it can, and what it left is searched."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.unit.runtime.live.firm import START, packs
from troth.ledger.sqlite import SqliteLedger
from troth.model.times import SECOND, format_instant
from troth.ports.outbox import Destination
from troth.runtime.config import Settings
from troth.runtime.live import LiveService
from troth.surfaces.api.app import create_app
from troth.surfaces.api.context import Context

MARK = "Xylophonmark"
ONE = {"content-type": "application/cloudevents+json"}


class Shop:
    """A server over a file, and everything that it has said.

    Attributes:
        said: All answers, as text.
    """

    def __init__(self, client: TestClient, ledger: SqliteLedger) -> None:
        self.client = client
        self.ledger = ledger
        self.said: list[str] = []
        self._count = 0

    def post(self, path: str, body: Any, **headers: str) -> Any:
        """Send something and keep what was answered."""
        response = self.client.post(path, json=body, headers=headers)
        self.said.append(response.text)
        return response

    def get(self, path: str) -> Any:
        """Read something and keep what was answered."""
        response = self.client.get(path)
        self.said.append(response.text)
        return response

    def event(self, source: str, kind: str, subject: str, when: int = START, **data: Any) -> Any:
        """Send one event."""
        self._count += 1
        envelope = {
            "specversion": "1.0", "id": f"e{self._count}", "source": source, "type": kind, "subject": subject,
            "time": format_instant(when), "data": data,
        }  # fmt: skip
        return self.post("/v1/events", {name: value for name, value in envelope.items() if value}, **ONE)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """Return a server for development over a file of its own."""
    ledger = SqliteLedger(tmp_path / "shop.db")
    ledger.put_destination(Destination("everybody", ("*",)))
    moment = [START]

    def clock() -> int:
        moment[0] += SECOND // 1_000
        return moment[0]

    service = LiveService(ledger, packs(), clock=clock)
    context = Context(service, ledger, packs(), Settings(open=True), lambda: {"writer": service.alive()})
    with TestClient(create_app(context), raise_server_exceptions=False) as client:
        yield Shop(client, ledger)
    service.close()
    ledger.close()


def busy_day(shop: Shop) -> None:
    """Say the marked words in every place where people may write something."""
    words = f"the words of {MARK}"
    shop.event("crm", "customer.registered", "customer/1", email=words, name=words, zone="Europe/Berlin")
    shop.event("crm", "customer.misspelt", "customer/1", email=words)
    shop.event(
        "oms", "order.placed", "pickup/1", customer="customer/1", store="s1", mode="in_store", items=1, value=9.0,
        promised_by=format_instant(START + 3_600 * SECOND), collector={"name": words, "kin": [words]},
    )  # fmt: skip
    shop.event("desk", "pickup.refused", "pickup/2", reason="not_found", note=words)
    # Refused: far in the future, in troth's own name, of no pack, without a subject; and twice with two contents.
    shop.event("crm", "customer.registered", "customer/1", when=START + 10**13, email=words)
    shop.event("troth", "customer.registered", "customer/1", email=words)
    shop.event("crm", "customer.registered", "", email=words)
    shop.event("crm", "customer.registered", "unknown/1", email=words)
    for zone in ("Europe/Berlin", "Europe/Paris"):
        body = {"specversion": "1.0", "id": "twice", "source": "crm", "type": "customer.prefers",
                "subject": "customer/1", "data": {"email": words, "zone": zone}}  # fmt: skip
        shop.post("/v1/events", body, **ONE)
    case = shop.post("/v1/complaints", {"subject": "pickup/1", "text": words, "channel": "sms"}).json()["id"]
    shop.post("/v1/complaints", {"subject": "pickup/1", "text": words, "channel": "sms", "reply_to": "m1"})
    for verb in ("own", "release", "note", "inform", "remedy", "close", "reopen"):
        shop.post(f"/v1/cases/{case}/{verb}", {"by": "ann", "note": words, "message": "sorry"})
    # Wrong requests, whose answers say what is wrong with them.
    shop.post("/v1/complaints", {"subject": "pickup/1", "text": [words]})
    shop.post(f"/v1/cases/{case}/note", {"by": "ann", "notes": words})
    shop.post("/v1/ask", {"id": "m1", "message": "confirmation", "subject": "pickup/1", "channel": "email"})
    for path in ("timeline", "truth", "promises"):
        shop.get(f"/v1/subjects/pickup/1/{path}")
        shop.get(f"/v1/subjects/customer/1/{path}")
    for path in ("/v1/cases", f"/v1/cases/{case}", "/v1/quarantine", "/v1/outbox", "/v1/feed", "/metrics"):
        shop.get(path)


def test_nothing_personal_is_in_the_file_the_answers_or_the_logs(
    shop: Shop, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG):
        busy_day(shop)
    counted = shop.ledger.count()
    assert counted["quarantined"] >= 5
    assert len(shop.ledger.deliveries(limit=100)) > 0
    stored = b"".join(file.read_bytes() for file in tmp_path.glob("shop.db*"))
    assert b"$sealed" in stored
    assert MARK.encode() not in stored
    assert not [answer for answer in shop.said if MARK in answer]
    assert MARK not in caplog.text
    out, err = capfd.readouterr()
    assert MARK not in out + err


def test_the_words_are_there_for_who_may_open_them(shop: Shop) -> None:
    busy_day(shop)
    rows = shop.client.get("/v1/subjects/pickup/1/timeline?personal=true")
    assert rows.text.count(MARK) > 5
    assert shop.client.get("/v1/subjects/pickup/1/timeline").text.count("[sealed]") > 5
