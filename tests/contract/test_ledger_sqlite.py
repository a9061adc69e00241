"""The ledger on SQLite passes the suite."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from troth.ledger.sqlite import SqliteLedger
from troth.ports.ledger import Ledger
from troth.testing.conformance.ledger import LedgerConformance

# Hundreds of small ledgers: in memory where the machine offers it. For the disk see tests/e2e/test_kill_ledger.py.
_COLUMNS = (
    "tenant, bucket, pack, subject, source, type, occurred_at, sequence, heard_at, assumed, hash, body, number, chain"
)
_FOLDER = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108


class TestSqliteLedger(LedgerConformance):
    def setup_method(self) -> None:
        self._folder = TemporaryDirectory(dir=_FOLDER)
        self._made = 0

    def teardown_method(self) -> None:
        self._folder.cleanup()

    def make(self) -> Ledger:
        path = f"{self._folder.name}/{self._made}.db"
        ledger = SqliteLedger(path)
        self._made += 1
        self._last = path
        return ledger

    def reopen(self, ledger: Ledger) -> Ledger:
        ledger.close()
        return SqliteLedger(self._last, create=False)

    def beside(self, ledger: Ledger) -> Ledger:
        return SqliteLedger(self._last, create=False)

    def tamper(self, ledger: Ledger, change: str, position: int) -> None:
        copied = f"INSERT INTO event ({_COLUMNS}, id) SELECT {_COLUMNS}, 'forged' FROM event WHERE position = ?"
        statements = {
            "alter": "UPDATE event SET type = 'order.forged' WHERE position = ?",
            "remove": "DELETE FROM event WHERE position = ?",
            "insert": copied,
            "hide": "UPDATE event SET standing = 0 WHERE position = ?",
            "cut": "DELETE FROM event WHERE position >= ?",
            "forget": "DELETE FROM head WHERE ? > 0",
        }
        with closing(sqlite3.connect(self._last)) as connection, connection:
            connection.execute(statements[change], (position,))
