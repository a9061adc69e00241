"""Row: appending events durably to the SQLite ledger, against bare inserts of the same rows."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.floors import BATCH, batches, raw_insert
from bench.harness import Row, Work
from troth.ledger.sqlite import SqliteLedger
from troth.model.event import Event

START = 1_767_225_600_000_000  # 2026-01-01T00:00:00Z


def events(count: int) -> list[Event]:
    """Return scans of parcels, three to a subject, a second apart."""
    return [
        Event(
            source="carrier",
            id=f"scan-{number}",
            type="parcel.scanned",
            subject=f"parcel/{number // 3}",
            occurred_at=START + number * 1_000_000,
            heard_at=START + number * 1_000_000 + 250_000,
            data={"place": f"hub-{number % 40}", "status": ("picked", "moved", "delivered")[number % 3]},
        )
        for number in range(count)
    ]


def ledger(items: Sequence[Event], folder: Path) -> Callable[[], Work]:
    """Return the subject: the ledger's `append` of the same events, 1,000 a call."""

    def make() -> Work:
        opened = SqliteLedger(Path(tempfile.mkdtemp(dir=folder)) / "ledger.db")

        def work() -> None:
            for batch in batches(items):
                opened.append(batch, pack="delivery")
            opened.close()

        return work

    return make


def rows(folder: Path, *, scale: float) -> list[Row]:
    """Return the rows of this module.

    Args:
        folder: An empty folder for files.
        scale: 1 for the figures that are published; less for a quick look.
    """
    count = max(BATCH, int(50_000 * scale))
    items = events(count)
    return [
        Row(
            name="ledger append",
            work=f"{count:,} new events of {count // 3:,} subjects, {BATCH:,} a durable commit",
            units=count,
            unit="events",
            subject=ledger(items, folder),
            floor=raw_insert(items, folder),
            floor_is="raw sqlite3: the same rows, ready made, unique index; same commits, WAL, synchronous FULL",
        )
    ]
