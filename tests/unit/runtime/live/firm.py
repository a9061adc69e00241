"""A firm in a test: the live service over a ledger, with a clock that the test moves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from functools import cache
from typing import Any, Self, TypeVar

from troth.ledger.memory import MemoryLedger
from troth.model.decision import Decision, Request
from troth.model.effect import Outgoing
from troth.model.pack import Pack
from troth.model.record import Record
from troth.model.times import Micros, format_instant, parse_duration, parse_instant
from troth.ports.ledger import Appended, Ledger
from troth.runtime.catalog import load
from troth.runtime.live import LiveService
from troth.runtime.service import Confirmed

START = parse_instant("2026-03-02T09:00:00Z")
Answer = TypeVar("Answer")


@cache
def packs() -> Mapping[str, Pack]:
    """Return the packs that are served."""
    return {name: load(name).compiled.require() for name in ("store_pickup", "customer")}


class Firm:
    """One service, and the systems around it."""

    def __init__(self, ledger: Ledger | None = None, open_ledger: Callable[[], Ledger] | None = None) -> None:
        self.ledger = ledger or (open_ledger() if open_ledger else MemoryLedger())
        self.moment: Micros = START
        self.outgoing: list[Outgoing] = []
        self._count = 0
        self.service = self._served()

    @classmethod
    def shop(cls, *, ready: bool = False) -> Self:
        """Return a firm with an order, on its shelf or not."""
        firm = cls()
        firm.placed()
        if ready:
            firm.ready()
        return firm

    def _served(self) -> LiveService:
        return LiveService(
            self.ledger,
            packs(),
            clock=lambda: self.moment,
            threaded=False,
            on_turn=lambda done: self.outgoing.extend(done.outgoing),
        )

    def restart(self, ledger: Ledger | None = None) -> None:
        """Begin anew over the same ledger, as after a fall."""
        self.ledger = ledger or self.ledger
        self.service = self._served()

    def at(self, after: str) -> None:
        """Move the clock to so long after the start; every feed is heard, and what is due happens."""
        self.moment = START + parse_duration(after)
        self.hear()

    def hear(self, *silent: str) -> None:
        """Let every feed be heard but some."""
        names = {source.name for pack in packs().values() for source in pack.sources} - set(silent)
        self.answer(self.service.heartbeat(dict.fromkeys(names, self.moment)))

    def answer(self, future: Future[Answer]) -> Answer:
        """Let the writer work and return the answer."""
        self.service.pump()
        return future.result(timeout=0)

    def event(self, source: str, kind: str, subject: str = "pickup/1", **data: Any) -> dict[str, Any]:
        """Return an envelope of now."""
        self._count += 1
        return {
            "specversion": "1.0",
            "source": source,
            "id": f"e{self._count}",
            "type": kind,
            "subject": subject,
            "time": format_instant(self.moment),
            "data": data,
        }

    def report(self, source: str, kind: str, subject: str = "pickup/1", **data: Any) -> Appended:
        """Have a system report something now."""
        return self.answer(self.service.accept("", [self.event(source, kind, subject, **data)]))

    def placed(self, number: int = 1, customer: int = 1, zone: str = "Europe/Berlin") -> None:
        """Register a customer and place an order, promised for five hours later."""
        self.report("crm", "customer.registered", f"customer/{customer}", zone=zone)
        self.report(
            "oms",
            "order.placed",
            f"pickup/{number}",
            customer=f"customer/{customer}",
            store="s1",
            mode="in_store",
            items=1,
            value=50.0,
            promised_by=format_instant(START + parse_duration("5h")),
        )
        self.hear()

    def ready(self, number: int = 1) -> None:
        """Have an order picked and laid on the shelf."""
        self.report("store", "pick.completed", f"pickup/{number}", picked=1, short=0)
        self.report("staging", "stage.placed", f"pickup/{number}", slot="A1")

    def ask(self, message: str = "ready", name: str = "m1", subject: str = "pickup/1", **data: Any) -> Decision:
        """Ask the gate."""
        return self.answer(self.service.ask([Request(name, message, subject, "email", data=data)]))[0]

    def confirm(self, name: str = "m1", subject: str = "pickup/1") -> Confirmed:
        """Use a permit."""
        return self.answer(self.service.confirm(subject, name))

    def send(self, message: str = "ready", name: str = "m1", subject: str = "pickup/1", **data: Any) -> None:
        """Ask, confirm, and let the provider report the delivery."""
        assert self.ask(message, name, subject, **data).outcome == "SEND"
        assert self.confirm(name, subject).ok
        self.provider(message, name, subject)

    def provider(self, message: str = "ready", name: str = "m1", subject: str = "pickup/1") -> None:
        """Have the provider report a delivery, permitted or not."""
        for kind in ("mail.sent", "mail.delivered"):
            self.report("mailer", kind, subject, message=message, id=name, channel="email")

    def record(self, subject: str = "pickup/1") -> Record:
        """Return a subject as it stands."""
        seen = self.service.look(subject)
        assert seen is not None
        return seen.record

    def topics(self) -> list[str]:
        """Return the topics of what went out since the last call."""
        found = [one.topic for one in self.outgoing]
        self.outgoing.clear()
        return found


def codes(decision: Decision) -> set[str]:
    """Return the codes of a decision's reasons."""
    return {reason.code for reason in decision.reasons}
