"""Rows: the gate and the door for events over HTTP, each against an endpoint that only inserts one row."""

from __future__ import annotations

import asyncio
import gc
import json
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.harness import Row, Work
from troth.model.times import format_instant

GATE_BAR = 0.6
EVENT_BAR = 0.4
PACK = Path(__file__).parent / "pack" / "gate" / "pack.yaml"
REQUESTS = 4_000
CONNECTIONS = 64
P99_AT = 1_000
_TROTH = "from troth.surfaces.cli import main; main()"
P99_SECONDS = 3
P99_RUNS = 5


class Server:
    """A server in a process of its own, ended by the row that started it."""

    def __init__(self, command: Sequence[str], port: int) -> None:
        self.port = port
        self._process = subprocess.Popen(
            [sys.executable, *command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self.pid = self._process.pid
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError(f"{command[0]} did not start")

    def close(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait(20)


def free_port() -> int:
    """Return a port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def post(path: str, body: bytes, content_type: str = "application/json") -> bytes:
    """Return one request as it goes over the wire."""
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {content_type}\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


async def _one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> None:
    """Send one request and read its answer."""
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    if not head.startswith((b"HTTP/1.1 200", b"HTTP/1.1 202")):
        raise RuntimeError(head.decode(errors="replace").splitlines()[0])
    length = next(
        int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
    )
    await reader.readexactly(length)


async def _all(port: int, requests: Sequence[bytes]) -> None:
    """Send all requests over some connections, each as soon as the former of its connection was answered."""
    waiting = iter(requests)

    async def talk() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for request in waiting:
            await _one(reader, writer, request)
        writer.close()

    await asyncio.gather(*(talk() for _ in range(CONNECTIONS)))


async def _paced(port: int, requests: Sequence[bytes], rate: int) -> list[float]:
    """Send requests at a steady rate; return how long each took from its due moment, in milliseconds."""
    taken: list[float] = []
    queue: asyncio.Queue[tuple[float, bytes] | None] = asyncio.Queue()

    async def talk() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while (job := await queue.get()) is not None:
            due, request = job
            await _one(reader, writer, request)
            taken.append((time.perf_counter() - due) * 1_000)
        writer.close()

    talkers = [asyncio.create_task(talk()) for _ in range(CONNECTIONS)]
    started = time.perf_counter()
    for number, request in enumerate(requests):
        due = started + number / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        queue.put_nowait((due, request))
    for _ in talkers:
        queue.put_nowait(None)
    await asyncio.gather(*talkers)
    return taken


def asks(count: int) -> list[bytes]:
    """Return questions about as many orders."""
    asked = {"message": "ready_notice", "channel": "email"}
    return [
        post("/v1/ask", json.dumps(asked | {"id": f"m{number}", "subject": f"order/{number}"}).encode())
        for number in range(count)
    ]


def placed(count: int) -> list[bytes]:
    """Return the events of as many orders, one a request."""
    now = format_instant(time.time_ns() // 1_000)
    return [
        post(
            "/v1/events",
            json.dumps(
                {
                    "specversion": "1.0",
                    "source": "desk",
                    "id": f"p{n}",
                    "type": "order.placed",
                    "subject": f"order/{n}",
                    "time": now,
                    "data": {"lines": 3, "channel": "web", "customer": f"customer/{n}"},
                }
            ).encode(),
            "application/cloudevents+json",
        )
        for n in range(count)
    ]


class Gate:
    """`troth serve` over a fresh file, with orders to ask about."""

    def __init__(self, folder: Path, orders: int) -> None:
        file = Path(tempfile.mkdtemp(dir=folder)) / "ledger.db"
        port = free_port()
        options = ["--db", str(file), "--pack", str(PACK), "--port", str(port), "--open"]
        self.server = Server(["-c", _TROTH, "serve", *options], port)
        self.port = port
        asyncio.run(_all(port, placed(orders)))


def _served(make: Callable[[], Gate], requests: Callable[[], list[bytes]]) -> Callable[[], Work]:
    def ready() -> Work:
        gate = make()
        wanted = requests()

        def work() -> None:
            asyncio.run(_all(gate.port, wanted))
            gate.server.close()

        return work

    return ready


def _floor(folder: Path, count: int) -> Callable[[], Work]:
    def ready() -> Work:
        port = free_port()
        file = Path(tempfile.mkdtemp(dir=folder)) / "floor.db"
        server = Server(["-m", "bench.server_floor", str(file), str(port)], port)
        wanted = [post("/", b'{"id":"m1","message":"ready_notice","subject":"order/1","channel":"email"}')] * count

        def work() -> None:
            asyncio.run(_all(port, wanted))
            server.close()

        return work

    return ready


def rows(folder: Path, *, scale: float) -> list[Row]:
    """Return the rows of this module.

    Args:
        folder: Where ledgers are made.
        scale: 1 for the figures that are published; less for a quick look.
    """
    count = max(100, int(REQUESTS * scale))
    floor_is = "Starlette on uvicorn, a POST that inserts and commits one row, same load"
    return [
        Row(
            name="gate over HTTP",
            work=f"{count:,} questions, one a request, {CONNECTIONS} connections; each decision durable when answered",
            units=count,
            unit="decisions",
            subject=_served(lambda: Gate(folder, count), lambda: asks(count)),
            floor=_floor(folder, count),
            floor_is=floor_is,
            bar=GATE_BAR,
        ),
        Row(
            name="events over HTTP",
            work=f"{count:,} events, one a request, {CONNECTIONS} connections; each durable and folded when answered",
            units=count,
            unit="events",
            subject=_served(lambda: Gate(folder, 0), lambda: placed(count)),
            floor=_floor(folder, count),
            floor_is=floor_is,
            bar=EVENT_BAR,
        ),
    ]


def p99_over_http() -> str:
    """Return the 99th percentile of a decision over HTTP at a steady rate, the median of some runs, in words."""
    found = statistics.median(_p99(P99_AT * P99_SECONDS) for _ in range(P99_RUNS))
    return f"{found:.1f} ms at {P99_AT:,}/s (median of {P99_RUNS} runs)"


def _p99(count: int) -> float:
    """Return the 99th percentile of so many decisions at a steady rate, milliseconds from their due moments."""
    with tempfile.TemporaryDirectory(prefix="troth-bench-") as folder:
        gate = Gate(Path(folder), count)
        # Whoever asks must not count its own garbage collections as the server's delay.
        gc.collect()
        gc.disable()
        try:
            taken = asyncio.run(_paced(gate.port, asks(count), P99_AT))
        finally:
            gc.enable()
            gate.server.close()
    return statistics.quantiles(taken, n=100)[98]
