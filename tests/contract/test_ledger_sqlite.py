"""The ledger on SQLite passes the suite."""

from __future__ import annotations

from tempfile import TemporaryDirectory

from troth.ledger.sqlite import SqliteLedger
from troth.ports.ledger import Ledger
from troth.testing.conformance.ledger import LedgerConformance


class TestSqliteLedger(LedgerConformance):
    def setup_method(self) -> None:
        self._folder = TemporaryDirectory()
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
