"""A server in the process: the real service on a ledger in memory, with a clock that tests turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from typing import Any

import pytest
from starlette.testclient import TestClient

from troth.bootstrap import open_ledger
from troth.model.pack import Pack
from troth.model.times import Micros, format_instant, parse_instant
from troth.runtime import access, catalog
from troth.runtime.config import Settings
from troth.runtime.live import LiveService
from troth.runtime.telemetry import Metrics
from troth.surfaces.api.app import create_app
from troth.surfaces.api.context import Context, Store

START: Micros = parse_instant("2026-03-02T12:00:00Z")
PACKS = ("store_pickup", "customer")
STRUCTURED = {"content-type": "application/cloudevents+json"}
BATCH = {"content-type": "application/cloudevents-batch+json"}


class Clock:
    """A clock that moves by a millisecond each time it is read, and further when it is told to."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> Micros:
        self.now += 1_000
        return self.now


class Server:
    """A server and what is behind it.

    Attributes:
        client: Sends requests.
        context: The server's parts.
        store: The ledger.
        clock: The service's clock.
    """

    def __init__(
        self, packs: Mapping[str, Pack], settings: Settings, scopes: tuple[str, ...], stack: ExitStack
    ) -> None:
        self.clock = Clock()
        self.store: Store = open_ledger()
        self.token = ""
        if scopes:
            _, self.token = access.create(self.store, scopes=scopes, now=START)
        metrics = Metrics()
        self.service = LiveService(self.store, packs, clock=self.clock, on_turn=metrics.turned)
        stack.callback(self.service.close)
        self.context = Context(self.service, self.store, packs, settings, self._alive, metrics)
        headers = {"authorization": f"Bearer {self.token}"} if self.token else {}
        client = TestClient(create_app(self.context), raise_server_exceptions=False, headers=headers)
        self.client = stack.enter_context(client)

    def _alive(self) -> dict[str, bool]:
        return {"writer": self.service.alive()}

    def event(self, kind: str = "order.placed", number: int = 1, **changes: Any) -> dict[str, Any]:
        """Return an event that can be taken in."""
        return {
            "specversion": "1.0", "id": f"{kind}-{number}", "source": "oms", "type": kind,
            "subject": f"pickup/{number}", "time": format_instant(START), "data": {}, **changes,
        }  # fmt: skip

    def send(self, **changes: Any) -> Any:
        """Send one event in structured mode; return the response."""
        return self.client.post("/v1/events", json=self.event(**changes), headers=STRUCTURED)


@pytest.fixture(scope="session")
def packs() -> dict[str, Pack]:
    """Return the packs that tests serve."""
    return {name: catalog.load(name).compiled.require() for name in PACKS}


@pytest.fixture
def make(packs: dict[str, Pack]) -> Iterator[Callable[..., Server]]:
    """Return what starts servers: of settings, with a key of some scopes."""
    with ExitStack() as stack:
        yield lambda *scopes, **settings: Server(packs, Settings(**settings), scopes, stack)


@pytest.fixture
def server(make: Callable[..., Server]) -> Server:
    """Return a server for development: without keys, open."""
    return make(open=True)
