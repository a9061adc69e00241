"""The outbox on PostgreSQL: deliveries that were committed together with records."""

# ruff: noqa: S608  (statements are put together from constants of this module; values are always bound)

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final

import msgspec

from troth.model.effect import Outgoing
from troth.model.times import Micros
from troth.ports.outbox import Delivery
from troth.runtime.addressing import DESTINATIONS, REMOVED, deliveries_of, destination_of
from troth.runtime.rows import OutboxRows, delivery_of, encode_body
from troth.scale.postgres.columns import columns
from troth.scale.postgres.settings import PostgresSettings
from troth.scale.postgres.transactions import Held

_DELIVERY: Final = """
SELECT d.id, o.id, o.topic, o.subject, o.at, o.body, d.destination, d.state, d.attempts, d.due_at, d.leased_until,
    d.error
FROM troth.delivery AS d JOIN troth.outgoing AS o ON o.tenant = d.tenant AND o.id = d.outgoing"""
_FREE: Final = """
tenant = %s AND state = 'waiting' AND due_at <= %s AND leased_until <= %s AND destination <> ALL(%s::text[])"""

# Whoever removes a destination waits for those who are delivering to it, and then sees what they have stored.
_WANTED: Final = """
SELECT value FROM troth.setting WHERE tenant = %s AND starts_with(key, %s) ORDER BY key FOR KEY SHARE"""
_SEND: Final = """
INSERT INTO troth.outgoing (tenant, id, topic, subject, at, body)
SELECT %s::integer, * FROM unnest(%s::text[], %s::text[], %s::text[], %s::bigint[], %s::bytea[]) AS new (id)
ORDER BY id COLLATE "C" ON CONFLICT DO NOTHING RETURNING id"""
_DELIVER: Final = """
INSERT INTO troth.delivery (tenant, id, outgoing, destination, state, attempts, due_at, leased_until, error)
SELECT %s::integer, * FROM unnest(
    %s::text[], %s::text[], %s::text[], %s::text[], %s::integer[], %s::bigint[], %s::bigint[], %s::text[])"""
_ANY_FREE: Final = f"SELECT 1 FROM troth.delivery WHERE {_FREE} LIMIT 1"
# Workers side by side pass over what another is leasing at this moment.
_LEASE: Final = f"""
UPDATE troth.delivery SET leased_until = %s WHERE number IN (
    SELECT number FROM troth.delivery WHERE {_FREE} ORDER BY due_at, number LIMIT %s FOR UPDATE SKIP LOCKED
) RETURNING number"""
_LEASED: Final = f"{_DELIVERY} WHERE d.number = ANY(%s::bigint[]) ORDER BY d.due_at, d.number"
_SETTLE: Final = """
UPDATE troth.delivery SET state = %s, attempts = coalesce(%s::integer, attempts),
    due_at = coalesce(%s::bigint, due_at), error = %s, leased_until = 0
WHERE tenant = %s AND id = %s AND state <> 'delivered'"""
_PAGE: Final = f"{_DELIVERY} WHERE d.tenant = %s AND d.id > %s ORDER BY d.id LIMIT %s"
_PAGE_OF_STATE: Final = f"{_DELIVERY} WHERE d.tenant = %s AND d.state = %s AND d.id > %s ORDER BY d.id LIMIT %s"
_REPLAY: Final = """
UPDATE troth.delivery SET state = 'waiting', attempts = 0, due_at = %s, leased_until = 0, error = ''
WHERE tenant = %s AND state = 'dead' AND id = ANY(%s::text[])"""
# In the order of sending: the oldest are found first. Whoever prunes holds the outgoings, so that of two that prune the
# deliveries of one outgoing the second sees what the first has left.
_OLD: Final = """
SELECT d.number, o.id FROM troth.delivery AS d
JOIN troth.outgoing AS o ON o.tenant = d.tenant AND o.id = d.outgoing
WHERE d.tenant = %s AND (d.state = 'delivered' AND o.at < %s OR d.state = 'dead' AND o.at < %s)
ORDER BY d.number LIMIT %s FOR UPDATE SKIP LOCKED"""
_PRUNE: Final = "DELETE FROM troth.delivery WHERE number = ANY(%s::bigint[])"
_UNNEEDED: Final = """
DELETE FROM troth.outgoing WHERE tenant = %s AND id = ANY(%s::text[]) AND id NOT IN (
    SELECT outgoing FROM troth.delivery WHERE tenant = %s AND outgoing = ANY(%s::text[]))"""
_BURY: Final = """
UPDATE troth.delivery SET state = 'dead', leased_until = 0, error = %s
WHERE tenant = %s AND state = 'waiting' AND destination = %s"""
_DROP: Final = "DELETE FROM troth.setting WHERE tenant = %s AND key = %s"


class PostgresOutbox(PostgresSettings, OutboxRows):
    """The methods of `troth.ports.outbox` on a database."""

    page = _PAGE
    page_of_state = _PAGE_OF_STATE

    def send(self, outgoings: Sequence[Outgoing]) -> int:
        """Store outgoings with their deliveries, each id once; see the port."""
        return self._write(lambda held: self._send(held, outgoings)) if outgoings else 0

    def _send(self, held: Held, outgoings: Sequence[Outgoing]) -> int:
        """Store outgoings within a transaction; return how many deliveries are new."""
        if not outgoings:
            return 0
        rows = held.connection.execute(_WANTED, (self._key, DESTINATIONS)).fetchall()
        destinations = [destination_of(msgspec.json.decode(value)) for (value,) in rows]
        wanted: dict[str, tuple[Outgoing, list[Delivery]]] = {}
        for one in outgoings:
            deliveries = deliveries_of(one, destinations)
            if deliveries:
                wanted.setdefault(one.id, (one, deliveries))
        if not wanted:
            return 0
        rows_sent = [(one.id, one.topic, one.subject, one.at, encode_body(one.body)) for one, _ in wanted.values()]
        new = {found for (found,) in held.connection.execute(_SEND, (self._key, *columns(rows_sent))).fetchall()}
        told = [_row_of(each) for sent, (_, deliveries) in wanted.items() if sent in new for each in deliveries]
        if told:
            held.connection.execute(_DELIVER, (self._key, *columns(told)))
        return len(told)

    def lease(self, now: Micros, *, until: Micros, limit: int, skip: Collection[str] = ()) -> list[Delivery]:
        """Return waiting deliveries that are due and not leased, leased to the caller; see the port."""
        free = (self._key, now, now, list(skip))
        # A worker with nothing to do only reads.
        if not self._rows(_ANY_FREE, *free):
            return []

        def lease(held: Held) -> list[Delivery]:
            leased = [number for (number,) in held.connection.execute(_LEASE, (until, *free, limit)).fetchall()]
            rows = held.connection.execute(_LEASED, (leased,), binary=True).fetchall()
            return [delivery_of(row) for row in rows]

        return self._write(lease)

    def settle(
        self, delivery_id: str, *, state: str, due_at: Micros = 0, attempts: int | None = None, error: str = ""
    ) -> None:
        """Note what became of an attempt; see the port."""
        # What a remote server said may hold anything, and is only for people.
        told = (state, attempts, due_at or None, error.replace("\0", "\\0"), self._key, delivery_id)
        self._write(lambda held: held.connection.execute(_SETTLE, told))

    def replay(self, ids: Sequence[str], now: Micros) -> int:
        """Make dead deliveries wait again; return how many there were."""
        return self._write(lambda held: held.connection.execute(_REPLAY, (now, self._key, list(ids))).rowcount)

    def prune(self, before: Micros, *, limit: int, dead: Micros | None = None) -> int:
        """Remove old deliveries that are at an end, and outgoings that none needs any more; see the port."""
        chosen = (self._key, before, before if dead is None else dead, limit)

        def prune(held: Held) -> int:
            old = held.connection.execute(_OLD, chosen).fetchall()
            if old:
                outgoings = sorted({name for _, name in old})
                held.connection.execute(_PRUNE, ([number for number, _ in old],))
                held.connection.execute(_UNNEEDED, (self._key, outgoings, self._key, outgoings))
            return len(old)

        return self._write(prune)

    def drop_destination(self, destination_id: str) -> bool:
        """Remove a destination; its waiting deliveries become dead. Return whether there was one."""

        def drop(held: Held) -> bool:
            known = held.connection.execute(_DROP, (self._key, DESTINATIONS + destination_id)).rowcount == 1
            held.connection.execute(_BURY, (REMOVED, self._key, destination_id))
            return known

        return self._write(drop)


def _row_of(one: Delivery) -> tuple[Any, ...]:
    """Return the row that a delivery is stored as."""
    told = (one.state, one.attempts, one.due_at, one.leased_until, one.error)
    return (one.id, one.outgoing.id, one.destination, *told)
