"""Check and send in one step, with the real gate and a real mail server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.unit.connectors.smtp.kit import MailServer, mail_server
from troth.bootstrap import open_ledger
from troth.connectors.smtp import SmtpSender, SmtpSettings
from troth.model.decision import Decision, Request
from troth.model.times import HOUR, MINUTE, Micros, format_instant, parse_instant
from troth.ports.sender import Rendered
from troth.runtime import catalog
from troth.runtime.live import LiveService
from troth.runtime.outbound import Gated, send_gated

START = parse_instant("2026-03-02T09:00:00Z")
PLACED = {"customer": "customer/17", "store": "basel", "mode": "in_store", "items": 2, "value": 59.9,
          "promised_by": "2026-03-02T13:00:00Z"}  # fmt: skip


class Shop:
    """A shop with the gate before its mailer, on a clock that moves when it is told to."""

    def __init__(self, server: MailServer) -> None:
        self.now: Micros = START
        self.packs = {name: catalog.load(name).compiled.require() for name in ("store_pickup", "customer")}
        self.ledger = open_ledger()
        self.service = LiveService(self.ledger, self.packs, clock=lambda: self.now)
        self.sender = SmtpSender(SmtpSettings("127.0.0.1", "Shop <shop@example.org>", server.port, "none"), timeout_s=5)
        self.hear()

    def hear(self) -> None:
        """Have all feeds heard up to now."""
        names = [source.name for pack in self.packs.values() for source in pack.sources]
        self.service.heartbeat(dict.fromkeys(names, self.now)).result(5)

    def happens(self, source: str, type: str, data: dict[str, Any], *, after: Micros = 0) -> None:
        """Let something happen after some time."""
        self.now += after
        event = {"specversion": "1.0", "id": f"{source}-{type}", "source": source, "type": type,
                 "subject": "pickup/1", "time": format_instant(self.now), "data": data}  # fmt: skip
        assert self.service.accept("store_pickup", [event]).result(5).accepted == 1
        self.hear()

    def send(self, id: str, message: str) -> Gated:
        """Check and send a mail."""

        def render(decision: Decision) -> Rendered:
            text = f"About your order: {decision.sends}"
            return Rendered(id, "kim@example.org", decision.sends, text, subject="pickup/1", message=decision.sends)

        return send_gated(self.service, self.sender, Request(id, message, "pickup/1", "email"), render)

    def told(self) -> list[tuple[str, str]]:
        """Return the messages that count as sent or failed, with their phases."""
        seen = self.service.look("pickup/1")
        assert seen is not None
        return [(told.message, phase) for told in seen.record.messages for phase in told.phases]


@pytest.fixture
def shop() -> Iterator[tuple[Shop, MailServer]]:
    """Return a shop and its mail server."""
    with mail_server() as server:
        shop = Shop(server)
        yield shop, server
        shop.service.close()
        shop.ledger.close()


def test_ready_goes_out_when_it_is_true_and_not_before(shop: tuple[Shop, MailServer]) -> None:
    at, server = shop
    at.happens("oms", "order.placed", PLACED)
    assert at.send("m1", "ready").status == "held"
    assert not server.taken
    at.happens("store", "pick.completed", {"picked": 2, "short": 0}, after=HOUR)
    at.happens("staging", "stage.placed", {"slot": "A4"}, after=15 * MINUTE)
    gated = at.send("m1", "ready")
    assert (gated.status, gated.told) == ("sent", True)
    ((_, recipients, mail),) = server.taken
    assert recipients == ["kim@example.org"]
    assert mail["Subject"] == "ready"
    assert ("ready", "sent") in at.told()


def test_what_is_asked_for_too_late_is_not_sent(shop: tuple[Shop, MailServer]) -> None:
    at, server = shop
    at.happens("oms", "order.placed", PLACED)
    at.happens("store", "pick.completed", {"picked": 2, "short": 0}, after=HOUR)
    at.happens("staging", "stage.placed", {"slot": "A4"}, after=15 * MINUTE)
    at.happens("pos", "pickup.handed_over", {}, after=HOUR)
    gated = at.send("m1", "ready")
    assert gated.decision is not None
    assert gated.decision.sends != "ready"
    assert not server.taken


def test_a_mail_that_the_server_refuses_is_told_as_failed(shop: tuple[Shop, MailServer]) -> None:
    at, server = shop
    at.happens("oms", "order.placed", PLACED)
    at.happens("store", "pick.completed", {"picked": 2, "short": 0}, after=HOUR)
    at.happens("staging", "stage.placed", {"slot": "A4"}, after=15 * MINUTE)
    server.answers["RCPT"] = "550 no such person"
    gated = at.send("m1", "ready")
    assert gated.status == "failed"
    assert not server.taken
    assert ("ready", "failed") in at.told()
