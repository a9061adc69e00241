"""The house of the demonstration: ledger, live service, deliveries and HTTP in one process, on the firm's own clock."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from random import Random
from threading import Lock
from typing import Final

from msgspec.structs import replace

from troth.bootstrap import open_couriers, open_ledger
from troth.model.effect import Outgoing
from troth.model.times import HOUR, Micros
from troth.ports.outbox import Destination
from troth.runtime import links
from troth.runtime.config import Settings
from troth.runtime.links import ACT, SEE, Link
from troth.runtime.live import LiveService
from troth.runtime.live.run import Done
from troth.runtime.outbound import Deliverer, OutboxWorker
from troth.runtime.telemetry import Metrics
from troth.sim.conduct import Answers
from troth.sim.drivers import answers_of, submit
from troth.sim.steps import Step
from troth.sim.systems import PICKUP
from troth.sim.world import PACKS
from troth.surfaces.api.context import Context
from troth.surfaces.api.serving import served
from troth.surfaces.demo.door import Door
from troth.surfaces.demo.pace import SPEED, ZONE
from troth.surfaces.demo.staff import LEAD, READER, let_in
from troth.surfaces.watch.reader import Reader
from troth.surfaces.web.status.headline import AT_RISK, CONTRADICTION, LATE, REMEDIED, UNKNOWN
from troth.surfaces.web.status.reading import Asked, read

FIRST_PORT: Final = 8080
FIRM: Final = "Harbour & Pine"
_TOLD: Final = ("message.requested", "permit.revoked", "promise.lapsed", "bypass.found", "case.opened")
_WORTH: Final = (CONTRADICTION, LATE, AT_RISK, REMEDIED, UNKNOWN)
"""How an order stands whose page is worth a look, the best first."""
_LOOKED_AT: Final = 150


def settings_of(file: Path) -> Settings:
    """Return the settings of the firm's server.

    Its time passes faster than ours: what lasts an hour for staff lasts so many of the firm's.
    """
    return Settings(
        db=str(file), packs=PACKS, port=FIRST_PORT, open=True, metrics_open=True, firm=FIRM, zone=ZONE,
        contact_phone="+1 212 555 0148", contact_email="help@harbour.example", contact_hours="Every day, 8 am to 9 pm",
        session_hours=12 * SPEED, session_idle_minutes=60 * SPEED,
    )  # fmt: skip


class House:
    """Everything that runs, as `troth serve` would run it; a `Driver` for the firm.

    Its clock is the firm's: it stands at the moment of the last round.

    Attributes:
        address: Where HTTP is reached.
        moved: Whether another port was taken than the first one.
        reader: Reads the feed.

    Args:
        file: The ledger's file, not there yet.
        start: The first moment; microseconds since 1970 UTC.
        beside: Another server that staff find at the top of each page, `<name>=<address>`; empty: none.

    Raises:
        UsageError: H305, no port is free.
        LedgerError: The file cannot be used.
    """

    def __init__(self, file: Path, start: Micros, beside: str = "") -> None:
        self._now = start
        self._news: list[Outgoing] = []
        self._lock = Lock()
        self._door = Door(settings_of(file))
        self.address, self.moved = self._door.address, self._door.moved
        settings = self._door.settings if not beside else replace(self._door.settings, beside=(beside,))
        self._ledger = open_ledger(file)
        packs = served(self._ledger, settings)
        self._ledger.put_destination(Destination("demo", _TOLD, kind="sink"))
        jitter = Random(0)  # noqa: S311 - it guards nothing
        deliverer = Deliverer(self._ledger, open_couriers(), self._clock, jitter)
        self._worker = OutboxWorker(deliverer, self._clock)
        self._metrics = Metrics()
        self._service = LiveService(self._ledger, packs, clock=self._clock, on_turn=self._after_turn)
        self.reader = Reader(self._ledger, packs)
        self._context = Context(self._service, self._ledger, packs, settings, self._alive, self._metrics)
        let_in(self._ledger, (LEAD, READER), now=start, zone=ZONE)
        self._worker.start()
        self._door.open(self._context)

    def round(self, now: Micros, steps: Sequence[Step]) -> Answers:
        """Take the steps of a round; see `troth.sim.conduct.Driver`."""
        self._now = now
        answers = answers_of(submit(self._service, steps))
        with self._lock:
            answers.news, self._news = sorted(self._news, key=lambda news: news.subject), []
        return answers

    def close(self) -> None:
        """Stop in order: nobody is let in, what waits is answered, what is being delivered arrives, then the ledger."""
        self._door.close()
        self._service.close()
        self._worker.stop()
        self._ledger.close()

    def worth_a_look(self) -> str:
        """Return the order whose customer's page shows most: what was told and is not so, else what is late, and so on.

        Empty: there is no order yet.
        """
        best: tuple[int, int, str] = (0, 0, "")
        orders = [one.subject for one in self._ledger.scan_records() if one.pack == PICKUP and one.cases]
        for subject in orders[-_LOOKED_AT:]:
            shown = read(self._context, Asked(Link("", "", subject, (SEE, ACT), self._now, self._now + 1)))
            if shown is None:
                continue
            standing, told = shown.view["headline"]["standing"], shown.view["told"]
            rank = len(_WORTH) - _WORTH.index(standing) if standing in _WORTH else 0
            best = max(best, (rank, len(told), subject))
        return best[2]

    def link(self, subject: str) -> str:
        """Return the address of a customer's page, good for as long as the demonstration is likely to run."""
        _, token = links.create(self._ledger, subject, now=self._now, life=round(10_000 * SPEED) * HOUR)
        return f"{self.address}/s/{token}"

    def _alive(self) -> dict[str, bool]:
        """Return whether the writer works."""
        return {"writer": self._service.alive()}

    def _clock(self) -> Micros:
        """Return the firm's present moment."""
        return self._now

    def _after_turn(self, done: Done) -> None:
        """Keep what a turn tells the firm, and have it delivered."""
        with self._lock:
            self._news += done.outgoing
        if done.outgoing:
            self._worker.wake()
        self._metrics.turned(done)
