"""The hash chain on SQLite: one for each tenant of the file, shard 0."""

# ruff: noqa: S608  (statements are put together from constants of this package; values are always bound)

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from troth.ledger.sqlite.links import FIELDS, kind_of
from troth.ledger.sqlite.transactions import Transactions
from troth.ports.chain import Head, Link
from troth.runtime.chain import said

_SOURCE, _ID = 2, 3  # Places in `FIELDS`.

CHAIN: Final = f"""
SELECT position, number, chain, standing, replaces, {FIELDS} FROM event
WHERE tenant = ? AND position > ? ORDER BY position LIMIT ?"""


class SqliteChain(Transactions):
    """The methods of `troth.ports.chain`."""

    shards = 1
    _key: int

    def heads(self) -> list[Head]:
        """Return the head of the tenant's chain; none when it has no rows."""
        rows = self._rows("SELECT position, number, hash FROM head WHERE tenant = ?", self._key)
        return [Head(0, *row) for row in rows]

    def chain(self, shard: int = 0, *, after: int, limit: int) -> list[Link]:
        """Return the rows of a shard as links, by position; see the port."""
        if shard:
            return []
        return [_link_of(row) for row in self._rows(CHAIN, self._key, after, limit)]


def _link_of(row: Sequence[Any]) -> Link:
    """Return a row of `CHAIN` as a link."""
    position, number, stored, standing, replaces, *fields = row
    now = said(position, number, kind_of(standing, replaces), tuple(fields))
    return Link(position, number, now, stored, fields[_SOURCE], fields[_ID], standing, replaces == 1)
