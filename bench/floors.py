"""Floors: the least that any program doing the same work would have to do on this machine."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec

from bench.harness import Work
from troth.model.event import Event

BATCH = 1_000

T = TypeVar("T")


def batches(items: Sequence[T]) -> list[Sequence[T]]:
    """Return the items by `BATCH`."""
    return [items[start : start + BATCH] for start in range(0, len(items), BATCH)]


def raw_insert(events: Sequence[Event], folder: Path) -> Callable[[], Work]:
    """Return the floor of all storing: insert ready-made rows of the events with sqlite3, 1,000 a commit.

    The table has a rowid and the unique index that tells whether an event is new (source, id), without which no program
    does this work; journal (WAL) and synchronous mode (FULL) are those of the ledger, so that
    a commit is as durable. Each repeat has a new file in a folder of its own below `folder`.
    """
    encode = msgspec.json.encode
    rows = [(e.source, e.id, e.type, e.subject, e.occurred_at, e.heard_at, encode(e.data)) for e in events]

    def make() -> Work:
        connection = sqlite3.connect(Path(tempfile.mkdtemp(dir=folder)) / "raw.db", isolation_level=None)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute(
            "CREATE TABLE event (position INTEGER PRIMARY KEY, source TEXT, id TEXT, type TEXT, subject TEXT,"
            " occurred_at INTEGER, heard_at INTEGER, data BLOB) STRICT"
        )
        connection.execute("CREATE UNIQUE INDEX identity ON event (source, id)")
        insert = (
            "INSERT OR IGNORE INTO event (source, id, type, subject, occurred_at, heard_at, data)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)"
        )

        def work() -> None:
            for batch in batches(rows):
                connection.execute("BEGIN IMMEDIATE")
                connection.executemany(insert, batch)
                connection.execute("COMMIT")
            connection.close()

        return work

    return make
