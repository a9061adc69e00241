"""The hash chains on PostgreSQL: one for each shard of a tenant."""

# ruff: noqa: S608  (statements are put together from constants of this package; values are always bound)

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec

from troth.model.ids import BUCKETS
from troth.ports.chain import NOTICE, Head, Link
from troth.runtime.chain import NEW, NOTIFYING, REPLACING, Fields, linked, said, seed
from troth.scale.postgres.columns import columns
from troth.scale.postgres.connections import Connection
from troth.scale.postgres.transactions import SHARDS, Transactions

FIELDS: Final = "pack, subject, source, id, type, occurred_at, sequence, heard_at, assumed, hash, body"
"""What is stored of an event, in the order of `troth.runtime.chain.Fields`."""

LOAD: Final = "SELECT shard, position, number, hash FROM troth.head WHERE tenant = %s AND shard = ANY(%s::smallint[])"
_STORE: Final = """
INSERT INTO troth.head (tenant, shard, position, number, hash)
SELECT %s::integer, * FROM unnest(%s::smallint[], %s::bigint[], %s::bigint[], %s::bytea[])
ON CONFLICT (tenant, shard) DO UPDATE SET
    position = excluded.position, number = excluded.number, hash = excluded.hash"""
_HEADS: Final = "SELECT shard, position, number, hash FROM troth.head WHERE tenant = %s ORDER BY shard"
# Which rows come next is read from the index of each of the shard's buckets; only those are fetched.
_CHAIN: Final = f"""
SELECT found.* FROM (
    SELECT of_bucket, next.position FROM unnest(%s::smallint[]) AS of_bucket, LATERAL (
        SELECT position FROM troth.event WHERE tenant = %s AND bucket = of_bucket AND position > %s
        ORDER BY position LIMIT %s
    ) AS next ORDER BY next.position LIMIT %s
) AS wanted, LATERAL (
    SELECT position, number, chain, standing, replaces, {FIELDS} FROM troth.event
    WHERE tenant = %s AND bucket = of_bucket AND position = wanted.position LIMIT 1
) AS found ORDER BY found.position"""
_SOURCE, _ID = 2, 3  # Places in `FIELDS`.


class _End(msgspec.Struct, gc=False):
    """Where a chain ends at this moment of a transaction."""

    position: int
    number: int
    hash: bytes
    changed: bool = False


class Ends:
    """The ends of the chains that a transaction goes on with; it has their shards' locks.

    Args:
        tenant: The tenant's name.
        key: Its number in the database.
    """

    def __init__(self, tenant: str, key: int) -> None:
        self._tenant = tenant
        self._key = key
        self._ends: dict[int, _End] = {}

    def know(self, shards: Iterable[int], rows: Iterable[tuple[Any, ...]]) -> None:
        """Take note of the ends of some shards as they are stored: rows of `LOAD`."""
        self._ends = {shard: _End(0, 0, seed(self._tenant, shard)) for shard in shards}
        for shard, position, number, known in rows:
            self._ends[shard] = _End(position, number, known)

    def add(self, bucket: int, position: int, kind: int, fields: Fields) -> tuple[int, bytes]:
        """Add a row to its bucket's chain; return its number and hash."""
        end = self._ends[bucket % SHARDS]
        end.position, end.number, end.changed = position, end.number + 1, True
        end.hash = linked(end.hash, said(position, end.number, kind, fields))
        return end.number, end.hash

    def store(self, connection: Connection) -> None:
        """Store the ends that have moved."""
        moved = [(shard, end) for shard, end in sorted(self._ends.items()) if end.changed]
        if moved:
            rows = [(shard, end.position, end.number, end.hash) for shard, end in moved]
            connection.execute(_STORE, (self._key, *columns(rows)))


class PostgresChain(Transactions):
    """The methods of `troth.ports.chain`."""

    shards = SHARDS
    _key: int

    def heads(self) -> list[Head]:
        """Return the heads of the tenant's chains, by shard; a chain without rows has none."""
        return [Head(*row) for row in self._rows(_HEADS, self._key)]

    def chain(self, shard: int = 0, *, after: int, limit: int) -> list[Link]:
        """Return the rows of a shard as links, by position; see the port."""
        buckets = list(range(shard, BUCKETS, SHARDS))
        rows = self._rows(_CHAIN, buckets, self._key, after, limit, limit, self._key)
        return [_link_of(row) for row in rows]


def _link_of(row: Sequence[Any]) -> Link:
    """Return a row of `_CHAIN` as a link."""
    position, number, stored, standing, replaces, *fields = row
    kind = NOTIFYING if standing == NOTICE else REPLACING if replaces else NEW
    now = said(position, number, kind, tuple(fields))
    return Link(position, number, now, stored, fields[_SOURCE], fields[_ID], standing, replaces)
