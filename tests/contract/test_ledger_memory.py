"""The ledger in memory passes the suite."""

from __future__ import annotations

import msgspec

from troth.ledger.memory import MemoryLedger
from troth.ledger.memory.rows import Row
from troth.ports.ledger import Ledger
from troth.testing.conformance.ledger import LedgerConformance


class TestMemoryLedger(LedgerConformance):
    readers_wait = True

    def make(self) -> Ledger:
        return MemoryLedger()

    def tamper(self, ledger: Ledger, change: str, position: int) -> None:
        assert isinstance(ledger, MemoryLedger)
        rows = ledger._rows
        row = next(row for row in rows if row.held.position == position)
        match change:
            case "alter":
                row.event = msgspec.structs.replace(row.event, type="order.forged")
            case "remove":
                rows.remove(row)
            case "insert":
                held = msgspec.structs.replace(row.held, position=rows[-1].held.position + 1)
                forged = Row(held, msgspec.structs.replace(row.event, id="forged"), hash=row.hash)
                rows.append(forged)
            case "hide":
                row.standing = False
            case "cut":
                del rows[rows.index(row) :]
            case "forget":
                ledger._head = None
