"""The ledger in memory: for tests, scenarios and trials."""

from __future__ import annotations

from troth.ledger.memory.ledger import MemoryLedger

__all__ = ["MemoryLedger"]
