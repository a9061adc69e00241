"""The ledger on SQLite: one file, durable, usable by several processes at once."""

from __future__ import annotations

from troth.ledger.sqlite.ledger import SqliteLedger

__all__ = ["SqliteLedger"]
