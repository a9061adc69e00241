"""The ledger on PostgreSQL: one database, durable, shared by processes on any number of machines."""

from __future__ import annotations

from troth.scale.postgres.ledger import PostgresLedger

__all__ = ["PostgresLedger"]
