"""Who serves 1,000 live viewers in the benchmark: `troth serve`, and the floor beside it."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

from bench.http import Server, free_port, post
from troth.bootstrap import open_ledger
from troth.model.times import format_instant
from troth.runtime import links, sessions, staff

STAFF = 5
"""Streams of the console that are open beside, where there is a console."""
_PACK = "store_pickup"
_FEEDS = ("oms", "inventory", "store", "staging", "pos", "desk", "carrier", "mailer", "callcentre", "crm")
_TROTH = "from troth.surfaces.cli import main; main()"
_MONTH = 30 * 86_400_000_000
Send = Callable[[bytes], Awaitable[object]]


def event(number: int, kind: str, **data: object) -> bytes:
    """Return what reports that something happens now to an order."""
    source = "oms" if kind.startswith("order.") else "store"
    now = format_instant(time.time_ns() // 1_000)
    body = {
        "specversion": "1.0", "source": source, "id": f"{kind}-{number}-{now}", "type": kind,
        "subject": f"pickup/{number}", "time": now, "data": data,
    }  # fmt: skip
    return post("/v1/events", json.dumps(body).encode(), "application/cloudevents+json")


def beat() -> bytes:
    """Return what says that all feeds are alive."""
    return post("/v1/heartbeats", json.dumps({"sources": dict.fromkeys(_FEEDS)}).encode())


def request(path: str, **headers: str) -> str:
    """Return a request for a stream."""
    more = "".join(f"{name.capitalize()}: {value}\r\n" for name, value in headers.items())
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n{more}\r\n"


class Subject:
    """`troth serve` with an order for each viewer, and a link to its page."""

    def __init__(self, folder: Path, viewers: int) -> None:
        file = Path(tempfile.mkdtemp(dir=folder)) / "pickup.db"
        now = time.time_ns() // 1_000
        with closing(open_ledger(file)) as ledger:
            self._tokens = [links.create(ledger, f"pickup/{n}", now=now, life=_MONTH)[1] for n in range(viewers)]
            staff.create(ledger, "lee", role="lead", now=now, shown="Lee")
            self._session = sessions.begin(ledger, "lee", now=now)[1]
        self.port = free_port()
        config = file.with_name("troth.toml")
        config.write_text('page_rate_per_s = 0\nrate_per_s = 0\ncontact_phone = "+41 61 555 00 00"\n')
        options = ["--db", str(file), "--pack", _PACK, "--pack", "customer", "--port", str(self.port), "--open"]
        self.server = Server(["-c", _TROTH, "serve", *options, "--config", str(config)], self.port)
        self._viewers = viewers

    async def ready(self, send: Send) -> None:
        """Place the orders."""
        await send(beat())
        due = format_instant(time.time_ns() // 1_000 + 4 * 3_600_000_000)
        for number in range(self._viewers):
            data = {
                "customer": f"customer/{number}",
                "store": "basel",
                "mode": "in_store",
                "items": 2,
                "promised_by": due,
            }
            await send(event(number, "order.placed", **data))

    def streams(self) -> dict[str, str]:
        """Return the streams of the viewers, by the name of the order."""
        return {str(n): request(f"/s/{token}/live") for n, token in enumerate(self._tokens)}

    def beside(self) -> dict[str, str]:
        """Return the streams of staff."""
        return {f"staff {n}": request("/console/live", cookie=f"troth_session={self._session}") for n in range(STAFF)}

    def message(self, number: int, turn: int) -> bytes:
        """Return an event about an order."""
        return event(number, "pick.started") if turn % 2 == 0 else event(number, "pick.failed")

    def pulse(self) -> bytes | None:
        """Return what is sent every few seconds."""
        return beat()


class Floor:
    """Starlette, which hands on what it is given."""

    def __init__(self, viewers: int) -> None:
        self.port = free_port()
        self.server = Server(["-m", "bench.viewers_floor", str(self.port)], self.port)
        self._viewers = viewers

    async def ready(self, send: Send) -> None:
        """Send one message to nobody: the first is always the slowest."""
        await send(self.message(0, 0))

    def streams(self) -> dict[str, str]:
        """Return the streams of the viewers, by name."""
        return {str(n): request(f"/live/{n}") for n in range(self._viewers)}

    def beside(self) -> dict[str, str]:
        """Return no streams."""
        return {}

    def message(self, number: int, turn: int) -> bytes:
        """Return the same message as the subject is sent, for a viewer."""
        whole = event(number, "pick.started" if turn % 2 == 0 else "pick.failed")
        return post(f"/say/{number}", whole.partition(b"\r\n\r\n")[2])

    def pulse(self) -> bytes | None:
        """Return nothing: nothing is sent besides."""
        return None
