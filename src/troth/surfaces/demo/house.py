"""The house of the demonstration: ledger, live service, deliveries and HTTP in one process, on the firm's own clock."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from pathlib import Path
from random import Random
from threading import Lock, Thread
from typing import Final

from msgspec.structs import replace

from troth.bootstrap import open_couriers, open_ledger
from troth.errors import UsageError
from troth.model.effect import Outgoing
from troth.model.times import Micros
from troth.ports.outbox import Destination
from troth.runtime.config import Settings
from troth.runtime.live import LiveService
from troth.runtime.live.run import Done
from troth.runtime.outbound import Deliverer, OutboxWorker
from troth.runtime.telemetry import Metrics
from troth.sim.conduct import Answers
from troth.sim.drivers import answers_of, submit
from troth.sim.steps import Step
from troth.sim.world import PACKS
from troth.surfaces.api.context import Context
from troth.surfaces.api.serving import Server, address_of, listening, served
from troth.surfaces.watch.reader import Reader

FIRST_PORT: Final = 8080
_PORTS: Final = 20
_TOLD: Final = ("message.requested", "permit.revoked", "promise.lapsed", "bypass.found", "case.opened")


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

    Raises:
        UsageError: H305, no port is free.
        LedgerError: The file cannot be used.
    """

    def __init__(self, file: Path, start: Micros) -> None:
        self._now = start
        self._news: list[Outgoing] = []
        self._lock = Lock()
        settings = Settings(db=str(file), packs=PACKS, open=True, metrics_open=True)
        self._socket, settings = _free(settings)
        self.address, self.moved = address_of(self._socket), settings.port != FIRST_PORT
        self._ledger = open_ledger(file)
        packs = served(self._ledger, settings)
        self._ledger.put_destination(Destination("demo", _TOLD, kind="sink"))
        jitter = Random(0)  # noqa: S311 - it guards nothing
        deliverer = Deliverer(self._ledger, open_couriers(), self._clock, jitter)
        self._worker = OutboxWorker(deliverer, self._clock)
        self._metrics = Metrics()
        self._service = LiveService(self._ledger, packs, clock=self._clock, on_turn=self._after_turn)
        self.reader = Reader(self._ledger, packs)
        context = Context(self._service, self._ledger, packs, settings, self._alive, self._metrics)
        self._server = Server(settings, context, lambda: None)
        self._http = Thread(target=self._server.run, kwargs={"sockets": [self._socket]}, name="http", daemon=True)
        self._context = context
        self._worker.start()
        self._http.start()

    def round(self, now: Micros, steps: Sequence[Step]) -> Answers:
        """Take the steps of a round; see `troth.sim.conduct.Driver`."""
        self._now = now
        answers = answers_of(submit(self._service, steps))
        with self._lock:
            answers.news, self._news = sorted(self._news, key=lambda news: news.subject), []
        return answers

    def close(self) -> None:
        """Stop in order: nobody is let in, what waits is answered, what is being delivered arrives, then the ledger."""
        self._context.stopping = True
        self._server.should_exit = True
        self._http.join()
        self._socket.close()
        self._service.close()
        self._worker.stop()
        self._ledger.close()

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


def _free(settings: Settings) -> tuple[socket.socket, Settings]:
    """Return a socket at the first free port, and the settings with it.

    Raises:
        UsageError: H305, none is free.
    """
    for port in range(FIRST_PORT, FIRST_PORT + _PORTS):
        chosen = replace(settings, port=port)
        try:
            return listening(chosen), chosen
        except UsageError:
            continue
    chosen = replace(settings, port=0)
    return listening(chosen), chosen
