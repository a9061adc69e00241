"""Units, writing and reading: which connection a thread uses, and what it sees.

One connection writes, one thread at a time. A thread that has written last reads on it, too, because its cache is warm
and because it must see its own unit. Every other thread reads on a connection of its own: SQLite's write-ahead log
shows it what was committed when its query began, and neither waits for the other.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock, get_ident
from typing import Any

from troth.errors import LedgerError, Place, Problem
from troth.ledger.sqlite.connect import connect, in_our_words, open_ledger
from troth.runtime.refusals import closed


class Transactions:
    """The connections to one file.

    Args:
        path: The file.
        tenant: Whose events it holds.
        create: Whether to make the file when it is absent.
        busy_ms: How long to wait for another process's transaction; milliseconds.
    """

    def __init__(self, path: str | Path, *, tenant: str, create: bool, busy_ms: int) -> None:
        self.tenant = tenant
        self._path = str(path)
        self._place = Place(file=self._path)
        self._busy_ms = busy_ms
        if not create and not Path(path).exists():
            raise LedgerError(
                Problem(self._place, "L110", "there is no such ledger", "an existing file", "import something first")
            )
        self._lock = RLock()
        self._connection = open_ledger(self._path, self._place, busy_ms=busy_ms)
        self._writer = get_ident()
        self._in_unit = False
        self._cut_log = False
        self._closed = False
        self._idle: deque[sqlite3.Connection] = deque()

    @contextmanager
    def unit(self, buckets: Iterable[int]) -> Iterator[None]:  # noqa: ARG002  this file has one writer at a time
        """Make the body one durable transaction; see the port. It is alone on every bucket, whichever are named."""
        with self._lock, in_our_words(self._place):
            if self._in_unit:
                raise RuntimeError("units do not nest")
            self._connection.execute("BEGIN IMMEDIATE")
            self._writer = get_ident()
            self._in_unit = True
            self._cut_log = False
            try:
                yield
                self._connection.execute("COMMIT")
            finally:
                self._in_unit = False
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
            if self._cut_log:
                self._cut()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """Run the body in one write transaction, or as a part of the thread's unit; an error leaves nothing of it."""
        with self._lock, in_our_words(self._place):
            if self._in_unit:
                with self._part():
                    yield self._connection
                return
            self._connection.execute("BEGIN IMMEDIATE")
            self._writer = get_ident()
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")

    @contextmanager
    def _part(self) -> Iterator[None]:
        """Run the body as a part of a unit that can fail by itself."""
        if not self._connection.in_transaction:
            # SQLite itself ends a transaction when the disk is full: what came now would be stored without the rest.
            raise sqlite3.OperationalError("the unit was undone by an earlier failure")
        self._connection.execute("SAVEPOINT part")
        try:
            yield
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK TO part")
                self._connection.execute("RELEASE part")
            raise
        self._connection.execute("RELEASE part")

    def _cut(self) -> None:
        """Write the log back into the file and cut it off, unless a reader holds it just now; in a unit, after it."""
        with self._lock, in_our_words(self._place):
            self._cut_log = self._in_unit
            if not self._in_unit:
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """Give a connection that sees the thread's own unit, and else what is committed."""
        with in_our_words(self._place):
            if self._writer == get_ident() and self._lock.acquire(blocking=False):
                try:
                    yield self._connection
                finally:
                    self._lock.release()
                return
            connection = self._borrowed()
            try:
                yield connection
            finally:
                self._give_back(connection)

    def _rows(self, query: str, *arguments: Any) -> list[Any]:
        """Return all rows of a query."""
        with self._reading() as connection:
            return connection.execute(query, arguments).fetchall()

    def _borrowed(self) -> sqlite3.Connection:
        """Return a connection that no other thread reads on."""
        if self._closed:
            raise closed(self._place)
        try:
            return self._idle.pop()
        except IndexError:
            return connect(self._path, busy_ms=self._busy_ms)

    def _give_back(self, connection: sqlite3.Connection) -> None:
        """Keep a connection for the next reader; a closed ledger keeps none."""
        self._idle.append(connection)
        if self._closed:
            self._close_idle()

    @contextmanager
    def _snapshot(self) -> Iterator[sqlite3.Connection]:
        """Give a connection of its own that sees one moment of the file for as long as the body runs."""
        if self._closed:
            raise closed(self._place)
        with in_our_words(self._place):
            connection = connect(self._path, busy_ms=self._busy_ms)
            try:
                connection.execute("BEGIN")
                yield connection
            finally:
                connection.close()

    def close(self) -> None:
        """Release the file; scans that are running end on their own."""
        with self._lock:
            self._closed = True
            self._connection.close()
            self._close_idle()

    def _close_idle(self) -> None:
        """Close the connections on which nobody reads."""
        while self._idle:
            try:
                self._idle.pop().close()
            except IndexError:  # Another thread was faster.
                return
