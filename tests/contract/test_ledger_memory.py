"""The ledger in memory passes the suite."""

from __future__ import annotations

from troth.ledger.memory import MemoryLedger
from troth.ports.ledger import Ledger
from troth.testing.conformance.ledger import LedgerConformance


class TestMemoryLedger(LedgerConformance):
    readers_wait = True

    def make(self) -> Ledger:
        return MemoryLedger()
