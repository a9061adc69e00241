"""The outbox on SQLite: deliveries that were committed together with records."""

# ruff: noqa: S608  (statements are put together from constants of this module; values are always bound)

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Sequence
from typing import Any, Final

import msgspec

from troth.ledger.sqlite.settings import SqliteSettings
from troth.model.effect import Outgoing
from troth.model.times import Micros
from troth.ports.outbox import Delivery
from troth.runtime.addressing import DESTINATIONS, REMOVED, deliveries_of
from troth.runtime.rows import OutboxRows, delivery_of, encode_body

_DELIVERY: Final = """
SELECT d.id, o.id, o.topic, o.subject, o.at, o.body, d.destination, d.state, d.attempts, d.due_at, d.leased_until,
    d.error
FROM delivery AS d JOIN outgoing AS o ON o.tenant = d.tenant AND o.id = d.outgoing"""
_FREE: Final = """
tenant = ? AND state = 'waiting' AND due_at <= ? AND leased_until <= ?
AND destination NOT IN (SELECT value FROM json_each(?))"""

SEND: Final = """
INSERT INTO outgoing (tenant, id, topic, subject, at, body) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"""
DELIVER: Final = """
INSERT INTO delivery (tenant, id, outgoing, destination, state, attempts, due_at, leased_until, error)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"""
ANY_FREE: Final = f"SELECT 1 FROM delivery WHERE {_FREE} LIMIT 1"
LEASE: Final = f"""
UPDATE delivery SET leased_until = ? WHERE number IN (
    SELECT number FROM delivery WHERE {_FREE} ORDER BY due_at, number LIMIT ?
) RETURNING number"""
LEASED: Final = f"{_DELIVERY} WHERE d.number IN (SELECT value FROM json_each(?)) ORDER BY d.due_at, d.number"
SETTLE: Final = """
UPDATE delivery SET state = ?, attempts = coalesce(?, attempts), due_at = coalesce(?, due_at), error = ?,
    leased_until = 0
WHERE tenant = ? AND id = ? AND state <> 'delivered'"""
PAGE: Final = f"{_DELIVERY} WHERE d.tenant = ? AND d.id > ? ORDER BY d.id LIMIT ?"
PAGE_OF_STATE: Final = f"{_DELIVERY} WHERE d.tenant = ? AND d.state = ? AND d.id > ? ORDER BY d.id LIMIT ?"
REPLAY: Final = """
UPDATE delivery SET state = 'waiting', attempts = 0, due_at = ?, leased_until = 0, error = ''
WHERE tenant = ? AND state = 'dead' AND id = ?"""
# In the order of sending: the oldest are found first, so that a step over many reads few that stay.
OLD: Final = """
SELECT d.number FROM delivery AS d NOT INDEXED JOIN outgoing AS o ON o.tenant = d.tenant AND o.id = d.outgoing
WHERE d.tenant = ? AND (d.state = 'delivered' AND o.at < ? OR d.state = 'dead' AND o.at < ?)
ORDER BY d.number LIMIT ?"""
# Somebody may have replayed a dead one since it was found.
PRUNE: Final = """
DELETE FROM delivery WHERE number IN (SELECT value FROM json_each(?)) AND state IN ('delivered', 'dead')
RETURNING number, outgoing"""
# The deliveries of an outgoing have numbers in a row: where another is left, it is the next one before or after.
UNNEEDED: Final = """
DELETE FROM outgoing WHERE tenant = ? AND id IN (
    SELECT json_extract(gone.value, '$[1]') FROM json_each(?) AS gone
    WHERE json_extract(gone.value, '$[1]') IS NOT (
        SELECT outgoing FROM delivery WHERE number < json_extract(gone.value, '$[0]') ORDER BY number DESC LIMIT 1)
    AND json_extract(gone.value, '$[1]') IS NOT (
        SELECT outgoing FROM delivery WHERE number > json_extract(gone.value, '$[0]') ORDER BY number LIMIT 1))"""
BURY: Final = """
UPDATE delivery SET state = 'dead', leased_until = 0, error = ?
WHERE tenant = ? AND state = 'waiting' AND destination = ?"""


def _listed(values: Collection[str] | Collection[int]) -> str:
    """Return values as a list that a statement can read."""
    return msgspec.json.encode(list(values)).decode()


class SqliteOutbox(SqliteSettings, OutboxRows):
    """The methods of `troth.ports.outbox` on a ledger's file."""

    page = PAGE
    page_of_state = PAGE_OF_STATE

    def send(self, outgoings: Sequence[Outgoing]) -> int:
        """Store outgoings with their deliveries, each id once; see the port."""
        if not outgoings:
            return 0
        with self._writing() as connection:
            return self._send(connection, outgoings)

    def _send(self, connection: sqlite3.Connection, outgoings: Sequence[Outgoing]) -> int:
        """Store outgoings within a transaction; return how many deliveries are new."""
        destinations = self.destinations() if outgoings else []
        new = 0
        for one in outgoings:
            wanted = deliveries_of(one, destinations)
            if not wanted:
                continue
            row = (self._key, one.id, one.topic, one.subject, one.at, encode_body(one.body))
            if connection.execute(SEND, row).rowcount != 1:
                continue
            connection.executemany(DELIVER, [self._row_of(delivery) for delivery in wanted])
            new += len(wanted)
        return new

    def _row_of(self, one: Delivery) -> tuple[Any, ...]:
        """Return the row that a delivery is stored as."""
        told = (one.state, one.attempts, one.due_at, one.leased_until, one.error)
        return (self._key, one.id, one.outgoing.id, one.destination, *told)

    def lease(self, now: Micros, *, until: Micros, limit: int, skip: Collection[str] = ()) -> list[Delivery]:
        """Return waiting deliveries that are due and not leased, leased to the caller; see the port."""
        free = (self._key, now, now, _listed(skip))
        # A worker with nothing to do only reads: it never waits for the writer.
        if not self._rows(ANY_FREE, *free):
            return []
        with self._writing() as connection:
            leased = [number for (number,) in connection.execute(LEASE, (until, *free, limit))]
            return [delivery_of(row) for row in connection.execute(LEASED, (_listed(leased),))]

    def settle(
        self, delivery_id: str, *, state: str, due_at: Micros = 0, attempts: int | None = None, error: str = ""
    ) -> None:
        """Note what became of an attempt; see the port."""
        with self._writing() as connection:
            connection.execute(SETTLE, (state, attempts, due_at or None, error, self._key, delivery_id))

    def replay(self, ids: Sequence[str], now: Micros) -> int:
        """Make dead deliveries wait again; return how many there were."""
        with self._writing() as connection:
            return sum([connection.execute(REPLAY, (now, self._key, one)).rowcount for one in ids])

    def prune(self, before: Micros, *, limit: int, dead: Micros | None = None) -> int:
        """Remove old deliveries that are at an end, and outgoings that none needs any more; see the port."""
        until = (before, before if dead is None else dead)
        # Looked for beforehand: where there is nothing to remove, nobody has to wait.
        old = [number for (number,) in self._rows(OLD, self._key, *until, limit)]
        if not old:
            return 0
        with self._writing() as connection:
            gone = connection.execute(PRUNE, (_listed(old),)).fetchall()
            connection.execute(UNNEEDED, (self._key, msgspec.json.encode(gone).decode()))
            return len(gone)

    def drop_destination(self, destination_id: str) -> bool:
        """Remove a destination; its waiting deliveries become dead. Return whether there was one."""
        query = "DELETE FROM setting WHERE tenant = ? AND key = ?"
        with self._writing() as connection:
            known = connection.execute(query, (self._key, DESTINATIONS + destination_id)).rowcount == 1
            connection.execute(BURY, (REMOVED, self._key, destination_id))
            return known
