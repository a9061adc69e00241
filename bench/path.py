"""Rows: the whole embedded path from a JSON event to its record, and how the cost of a replay grows."""

from __future__ import annotations

import tempfile
import tracemalloc
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from bench import workload
from bench.floors import BATCH, batches, raw_insert
from bench.fold import fold_by_subject, machine
from bench.harness import Row, Work
from troth.engine.machine import Machine
from troth.ledger.sqlite import SqliteLedger
from troth.model.event import Event
from troth.runtime.replay import records_at
from troth.runtime.work import fold

PATH_BAR = 0.25
LINEAR_BAR = 10**-0.05
"""A tenfold replay may cost 10^1.05 times as much, so that its rate may fall to this share."""
NEVER = 2**62

_decode = msgspec.json.Decoder(Event).decode


def _embedded(prepared: Machine, lines: Sequence[bytes], folder: Path, fold_every: int) -> Callable[[], Work]:
    def make() -> Work:
        ledger = SqliteLedger(Path(tempfile.mkdtemp(dir=folder)) / "ledger.db")
        ledger.advance(workload.HEARD)
        packs = {prepared.pack.name: prepared.pack}

        def work() -> None:
            for number, batch in enumerate(batches(lines), 1):
                ledger.append([_decode(line) for line in batch], pack=prepared.pack.name)
                if number % fold_every == 0:
                    fold(ledger, packs, now=_decode(batch[-1]).occurred_at)
            fold(ledger, packs, now=workload.NOW)
            ledger.close()

        return work

    return make


def _replay(prepared: Machine, ledger: SqliteLedger, times: int) -> Callable[[], Work]:
    packs = {prepared.pack.name: prepared.pack}

    def work() -> int:
        return sum(1 for _ in range(times) for _ in records_at(ledger, packs, workload.NOW))

    return lambda: work


def _filled(folder: Path, events: Sequence[Event], pack: str) -> SqliteLedger:
    ledger = SqliteLedger(Path(tempfile.mkdtemp(dir=folder)) / "ledger.db")
    for batch in batches(events):
        ledger.append(batch, pack=pack)
    ledger.advance(workload.HEARD)
    return ledger


def memory_per_subject(subjects: int = 5_000) -> str:
    """Return what a live subject takes, in memory as a record and serialised, in words."""
    prepared = machine()
    lines = [msgspec.json.encode(event) for event in workload.events(subjects)]
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    records = fold_by_subject(prepared, lines)
    taken = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    stored = sum(len(msgspec.msgpack.encode(record)) for record in records.values())
    return f"{taken / subjects / 1024:.1f} KiB in memory, {stored / subjects / 1024:.2f} KiB stored"


def rows(folder: Path, *, scale: float) -> list[Row]:
    """Return the rows of this module.

    Args:
        folder: An empty folder for files.
        scale: 1 for the figures that are published; less for a quick look.
    """
    prepared = machine()
    events = workload.events(max(200, int(10_000 * scale)))
    lines = [msgspec.json.encode(event) for event in events]
    result = [
        Row(
            name=f"embedded path, {name}",
            work=f"{len(lines):,} JSON events: decode, append durably by {BATCH:,}, fold and store records {how}",
            units=len(lines),
            unit="events",
            subject=_embedded(prepared, lines, folder, every),
            floor=raw_insert(events, folder),
            floor_is="raw sqlite3: the same rows, ready made, unique index; same commits, WAL, synchronous FULL",
            bar=PATH_BAR,
        )
        for name, how, every in (("import", "at the end", NEVER), ("live", "by 10,000", 10))
    ]
    small = max(100, int(500 * scale))
    for ten in (1, 10):
        less, more = (workload.events(small * ten * factor) for factor in (1, 10))
        name = prepared.pack.name
        result.append(
            Row(
                name=f"replay, {len(more):,} against {len(less):,}",
                work=f"every record of {len(more):,} stored events at another moment, streamed; bar: exponent ≤ 1.05",
                units=len(more),
                unit="events",
                subject=_replay(prepared, _filled(folder, more, name), 1),
                floor=_replay(prepared, _filled(folder, less, name), 10),
                floor_is="the same over a tenth of the events, ten times",
                bar=LINEAR_BAR,
            )
        )
    return result
