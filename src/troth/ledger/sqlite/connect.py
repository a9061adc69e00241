"""Opening a SQLite file as a ledger, and its errors in our words."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from troth.errors import LedgerError, Place, Problem
from troth.ledger.sqlite.migrations import migrate

BUSY_MS: Final = 30_000
"""How long to wait for another process's transaction; milliseconds."""

_WAL_TRIES: Final = 20

_LOG_PAGES: Final = 4_000
"""Pages of the log (16 MiB) after which they are moved into the file: a page that changed often moves once."""


def connect(path: str, *, busy_ms: int = BUSY_MS, cache_mib: int = 8) -> sqlite3.Connection:
    """Return a connection in autocommit mode that any thread may use, one at a time.

    Every commit reaches the disk (synchronous=FULL) before it returns; readers and the writer never wait for each
    other.

    Args:
        path: The file.
        busy_ms: How long to wait for locks; milliseconds.
        cache_mib: Most of the file that it keeps in memory; MiB.
    """
    connection = sqlite3.connect(
        path, timeout=busy_ms / 1000, isolation_level=None, check_same_thread=False, cached_statements=256
    )
    try:
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(f"PRAGMA cache_size = -{cache_mib * 1024}")
        connection.execute("PRAGMA temp_store = MEMORY")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def open_ledger(path: str, place: Place, *, busy_ms: int) -> sqlite3.Connection:
    """Return a connection to a ledger of the newest schema; an absent file is made.

    Raises:
        LedgerError: L101 to L104, or L109.
    """
    with in_our_words(place):
        connection = connect(path, busy_ms=busy_ms, cache_mib=64)
        try:
            # First of all: whether the file is ours. A foreign file is not even put into WAL mode.
            migrate(connection, place)
            _write_ahead(connection)
            connection.execute(f"PRAGMA wal_autocheckpoint = {_LOG_PAGES}")
        except BaseException:
            connection.close()
            raise
        return connection


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Put the file into WAL mode.

    SQLite does not wait for locks while it changes the mode, so wait by an empty transaction, which does.
    """
    for left in reversed(range(_WAL_TRIES)):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:
            if not left:
                raise
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")


@contextmanager
def in_our_words(place: Place) -> Iterator[None]:
    """Turn SQLite's errors into LedgerErrors; what was begun has been rolled back by then."""
    try:
        yield
    except sqlite3.Error as error:
        raise LedgerError(_problem(place, error)) from error


def _problem(place: Place, error: sqlite3.Error) -> Problem:
    """Return the problem that an error of SQLite means."""
    # The low byte is the primary code, the rest says more of the same; absent when the sqlite3 module itself complains.
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_NOTADB:
        return Problem(place, "L102", "the file is no ledger", "a troth ledger, or no file yet", "name another file")
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return Problem(
            place,
            "L103",
            "another process has kept the ledger locked",
            expected="to be let in within the waiting time",
            remedy="end the other process, or try again",
        )
    if code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM):
        return Problem(
            place,
            "L104",
            f"the file cannot be opened for writing ({error})",
            expected="a file in an existing folder, both writable",
            remedy="make the folder, or give this user the right to write",
        )
    if "closed" in str(error):
        return Problem(place, "L107", "the ledger is closed", remedy="open it again")
    return Problem(
        place,
        "L109",
        f"the storage failed: {error}",
        expected="a healthy disk with room",
        remedy="free some room; if the file is damaged, restore it from a copy; nothing was acknowledged",
    )
