"""1,000 live viewers: how soon a page's stream tells what has been taken in, and what a viewer costs.

Each viewer holds the stream of the page of an order of its own, on `troth serve` as a process of its own, while events
about these orders come at a steady rate. The floor is the least that does the same: Starlette, which hands each message
on to the stream that it names. The viewers are one asyncio program in a process of its own; both ends share this
machine, so a time holds both.

Usage: python -m bench.viewers [--viewers N] [--events N] [--rate N]
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

import msgspec
import psutil

from bench.viewers_made import Floor, Subject

NAME = "1,000 live viewers"
VIEWERS = 1_000
EVENTS = 600
RATE = 20
_OPENERS = 32
_SETTLE_S = 3.0
_LAST_S = 5.0
_BEAT_S = 5.0
_FILES = 8_192


class Found(msgspec.Struct):
    """What one run has found.

    Attributes:
        waits_ms: From the answer to an event to its version on the stream of its viewer; sorted.
        missed: Events whose viewer had heard of nothing five seconds after the last.
        events: How many were sent.
        viewers: Streams that were open to the end.
        staff: Streams of the console among those beside.
        memory_kib: What a viewer's stream takes of the server's memory.
        busy: Share of one processor that the server used while events came.
        idle: The same while none came.
    """

    waits_ms: list[float]
    missed: int
    events: int
    viewers: int
    staff: int
    memory_kib: float
    busy: float
    idle: float

    def at(self, share: float) -> float:
        """Return the time within which such a share of the events was told, milliseconds."""
        return statistics.quantiles(self.waits_ms, n=1_000, method="inclusive")[round(share * 1_000) - 1]


class Viewers:
    """Streams that are held open; notes when each tells of a change."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.heard: dict[str, list[float]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: list[asyncio.StreamWriter] = []

    async def open(self, wanted: Mapping[str, str]) -> None:
        """Open streams, name → request, some at a time; return when each has said its first word."""
        waiting = iter(wanted.items())

        async def some() -> None:
            for name, request in waiting:
                await self._one(name, request)

        await asyncio.gather(*(some() for _ in range(_OPENERS)))

    async def _one(self, name: str, request: str) -> None:
        """Open one stream."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        writer.write(request.encode())
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(head.decode(errors="replace").splitlines()[0])
        await reader.readuntil(b"data: ")
        self._writers.append(writer)
        task = asyncio.create_task(self._listen(name, reader))
        self._tasks.add(task)

    async def _listen(self, name: str, reader: asyncio.StreamReader) -> None:
        """Note each change that a stream tells of, until it ends."""
        heard = self.heard.setdefault(name, [])
        while line := await reader.readline():
            if line.startswith(b"event: change"):
                heard.append(time.perf_counter())

    def count(self) -> int:
        """Return how many are open."""
        return sum(not task.done() for task in self._tasks)

    async def close(self) -> None:
        """End them."""
        for writer in self._writers:
            writer.close()
        await asyncio.gather(*self._tasks, return_exceptions=True)


class Sender:
    """Sends requests over one connection, one after another."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def begin(self) -> None:
        """Connect."""
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)

    async def send(self, request: bytes) -> float:
        """Send one, and return the moment of its answer."""
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        # 202 would say that an event was refused.
        if not head.startswith((b"HTTP/1.1 200", b"HTTP/1.1 204")):
            raise RuntimeError(head.decode(errors="replace").splitlines()[0])
        lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")]
        await self._reader.readexactly(int(lengths[0].split(b":")[1]) if lengths else 0)
        return time.perf_counter()

    def close(self) -> None:
        """End the connection."""
        self._writer.close()


async def run(made: Subject | Floor, *, events: int, rate: int) -> Found:
    """Hold streams open, send events at a rate, and return what was found."""
    process = psutil.Process(made.server.pid)
    sender, viewers = Sender(made.port), Viewers(made.port)
    await sender.begin()
    await made.ready(sender.send)
    await asyncio.sleep(_SETTLE_S)
    before = process.memory_info().rss
    await viewers.open(made.streams())
    count = viewers.count()
    extra = 0
    try:
        await viewers.open(made.beside())
        extra = viewers.count() - count
    except RuntimeError:
        extra = 0
    await asyncio.sleep(_SETTLE_S)
    memory = (process.memory_info().rss - before) / max(1, count) / 1_024
    idle = await _share(process, lambda: asyncio.sleep(_SETTLE_S))
    answered: dict[str, list[tuple[float, float]]] = {}
    # A connection on which nothing was said for a while has been closed by the server.
    sender.close()
    await sender.begin()
    gc.collect()
    gc.disable()
    busy = await _share(process, lambda: _send(made, sender, answered, events, rate, count))
    await asyncio.sleep(_LAST_S)
    gc.enable()
    waits, missed = _matched(answered, viewers.heard)
    found = Found(sorted(waits), missed, events, min(count, viewers.count()), extra, memory, busy, idle)
    await viewers.close()
    sender.close()
    return found


async def _share(process: psutil.Process, work: Callable[[], Awaitable[object]]) -> float:
    """Do some work; return the share of one processor that a process used meanwhile."""
    began, used = time.perf_counter(), sum(process.cpu_times()[:2])
    await work()
    return float((sum(process.cpu_times()[:2]) - used) / (time.perf_counter() - began))


async def _send(
    made: Subject | Floor,
    sender: Sender,
    answered: dict[str, list[tuple[float, float]]],
    events: int,
    rate: int,
    viewers: int,
) -> None:
    """Send events at a steady rate, each about the next order; note when each was sent and answered."""
    began, pulsed = time.perf_counter(), time.perf_counter()
    for number in range(events):
        await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
        pulse = made.pulse()
        if pulse is not None and time.perf_counter() - pulsed > _BEAT_S:
            pulsed = time.perf_counter()
            await sender.send(pulse)
        order, turn = number % viewers, number // viewers
        sent = time.perf_counter()
        answered.setdefault(str(order), []).append((sent, await sender.send(made.message(order, turn))))


def _matched(
    answered: Mapping[str, Sequence[tuple[float, float]]], heard: Mapping[str, Sequence[float]]
) -> tuple[list[float], int]:
    """Return how long each event took from its answer to its viewer, and how many never came."""
    waits, missed = [], 0
    for name, moments in answered.items():
        for sent, at in moments:
            after = [one for one in heard.get(name, ()) if one >= sent]
            if after:
                # The stream may be quicker than the answer: then nothing was waited for.
                waits.append(max(0.0, min(after) - at) * 1_000)
            else:
                missed += 1
    return waits, missed


def measured(viewers: int = VIEWERS, events: int = EVENTS, rate: int = RATE) -> dict[str, Found]:
    """Return what a run of the subject and one of the floor have found."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if hard == resource.RLIM_INFINITY else min(_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    found = {}
    with tempfile.TemporaryDirectory(prefix="troth-bench-") as folder:
        makers: dict[str, Callable[[], Subject | Floor]] = {
            "troth serve": lambda: Subject(Path(folder), viewers),
            "floor": lambda: Floor(viewers),
        }
        for name, make in makers.items():
            made = make()
            try:
                found[name] = asyncio.run(run(made, events=events, rate=rate))
            finally:
                made.server.close()
    return found


def table(found: Mapping[str, Found], rate: int = RATE) -> str:
    """Return what was found as a Markdown table."""
    head = "| what | p50 | p99 | missed | viewers to the end | memory a viewer | processor, events | processor, still |"
    lines = [head, "|" + "---|" * 8]
    for name, one in found.items():
        beside = f" and {one.staff} of staff" if one.staff else ""
        lines.append(
            f"| {NAME}, {name} | {one.at(0.5):.0f} ms | {one.at(0.99):.0f} ms | {one.missed} of {one.events} | "
            f"{one.viewers:,}{beside} | {one.memory_kib:.0f} KiB | {one.busy:.0%} | {one.idle:.0%} |"
        )
    return "\n".join(
        [*lines, "", f"{NAME}: from the answer to an event to its version on the stream, {rate} events a second."]
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.viewers")
    for name, usual in (("viewers", VIEWERS), ("events", EVENTS), ("rate", RATE)):
        parser.add_argument(f"--{name}", type=int, default=usual)
    given = parser.parse_args(arguments)
    print(table(measured(given.viewers, given.events, given.rate), given.rate))


if __name__ == "__main__":
    main(sys.argv[1:])
