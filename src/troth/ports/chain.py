"""The chain port: every stored row is bound to all before it, so that a later change shows.

There is one chain for each (tenant, shard); a ledger that is not sharded has the shard 0. A row's hash is SHA-256 over
the former row's hash and the row's own canonical bytes (`troth.runtime.chain`), computed in the transaction that
stores it. All that is ever stored of an event is bound, but `standing`, its only change.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

import msgspec

DISPLACED: Final = 0
"""`standing` of a row whose place another has taken."""
STANDS: Final = 1
"""`standing` of a row that stands."""
NOTICE: Final = 2
"""`standing` of a notice that a subject has to be refolded."""


class Link(msgspec.Struct, frozen=True, gc=False):
    """One row as a link of its chain.

    Attributes:
        position: The row's position.
        number: Its number in its chain: 1, 2, 3 …
        said: Its canonical bytes, computed anew from what is stored now.
        hash: Its hash as stored.
        source: The event's source.
        id: The event's id.
        standing: `STANDS`, `DISPLACED` or `NOTICE`.
        replaces: True if it took another row's place.
    """

    position: int
    number: int
    said: bytes
    hash: bytes
    source: str
    id: str
    standing: int
    replaces: bool


class Head(msgspec.Struct, frozen=True, gc=False):
    """Where a chain ends: kept apart from the rows, so that a missing end shows.

    Attributes:
        shard: Which chain of the tenant.
        position: Position of its last row.
        number: Number of its last row, which is how many it has.
        hash: Hash of its last row.
    """

    shard: int
    position: int
    number: int
    hash: bytes


class Chained(Protocol):
    """Reading the chains; every ledger can. Methods raise LedgerError when the storage cannot be used."""

    shards: int
    """How many shards a tenant has: 0, 1, 2 …"""

    def heads(self) -> Sequence[Head]:
        """Return the heads of the tenant's chains, by shard; a chain without rows has none."""
        ...

    def chain(self, shard: int = 0, *, after: int, limit: int) -> Sequence[Link]:
        """Return the shard's rows with position > `after`, by position, at most `limit`.

        All are among them: displaced ones, notices, and what somebody put in beside the ledger.
        """
        ...
