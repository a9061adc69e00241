"""Several processes fold one ledger side by side, each its own shards: no subject is folded twice, none is left out.

A worker that is started twice loses at the fences; one that dies leaves its shards to the fold that closes.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Any, Final

from troth.model.effect import WakeUp
from troth.model.ids import BUCKETS
from troth.model.pack import Pack
from troth.model.times import Micros
from troth.runtime import catalog
from troth.runtime.work import Folded, fold
from troth.scale.postgres.ledger import PostgresLedger
from troth.scale.postgres.transactions import SHARDS

# Settings by which a fold knows what the last whole one looked at: only the fold that closes may move them.
_OF_THE_WHOLE: Final = ("as_of", "folded/digests")
_WATERMARKS: Final = "folded/watermarks"


class Portion(PostgresLedger):
    """A ledger of which only some shards are seen as having work; everything else is as in the whole one.

    Args:
        address: `postgresql://…`.
        tenant: Whose events it holds.
        worker: Which portion: 0 to `of` - 1.
        of: How many portions there are, at most as many as shards.
    """

    def __init__(self, address: str, *, tenant: str = "main", worker: int, of: int) -> None:
        if not 0 <= worker < of <= SHARDS:
            raise ValueError(f"portion {worker} of {of}: there are {SHARDS} shards")
        super().__init__(address, tenant=tenant, create=False)
        self._buckets = frozenset(bucket for bucket in range(BUCKETS) if bucket % SHARDS % of == worker)

    def dirty_buckets(self) -> list[int]:
        """Return the portion's buckets that have something to read past their position, ascending."""
        return [bucket for bucket in super().dirty_buckets() if bucket in self._buckets]

    def due(self, now: Micros, *, limit: int, bucket: int | None = None) -> list[WakeUp]:
        """Return wake-ups of the portion's subjects that are due, earliest first, then by subject."""
        if bucket is not None:
            return super().due(now, limit=limit, bucket=bucket)
        found = [one for each in self._buckets for one in super(Portion, self).due(now, limit=limit, bucket=each)]
        return sorted(found, key=lambda one: (one.due_at, one.subject))[:limit]

    def get(self, key: str) -> Any:
        """Return a setting; to a portion, packs and feeds are as they were, so that the closing fold renews."""
        if key in _OF_THE_WHOLE:
            return None
        return self.watermarks() if key == _WATERMARKS else super().get(key)

    def put(self, key: str, value: Any) -> None:
        """Store a setting, but none that speaks of the whole ledger."""
        if key not in _OF_THE_WHOLE and key != _WATERMARKS:
            super().put(key, value)


def fold_side_by_side(
    address: str, packs: Mapping[str, Pack], *, workers: int = 2, now: Micros | None = None, tenant: str = "main"
) -> Sequence[Folded]:
    """Bring every record up to `now` by several processes; return what each did, the closing fold last.

    The processes take their packs from the ledger, where imports and the service keep them.

    Args:
        address: `postgresql://…`.
        packs: Pack name → pack, for the closing fold.
        workers: How many processes.
        now: The moment; `None`: the ledger's own.
        tenant: Whose events.

    Raises:
        LedgerError: As `troth.runtime.work.fold`; a portion that failed is folded by the closing fold.
    """
    with closing(PostgresLedger(address, tenant=tenant, create=False)) as ledger:
        moment = now if now is not None else ledger.get("as_of")
        jobs = [(address, tenant, worker, workers, moment) for worker in range(workers)]
        with multiprocessing.get_context("spawn").Pool(workers) as pool:
            done = pool.starmap(fold_portion, jobs)
        return [*done, fold(ledger, packs, now=moment)]


def fold_portion(address: str, tenant: str, worker: int, of: int, now: Micros | None) -> Folded:
    """Fold one portion with the packs that the ledger keeps; return what was done."""
    with closing(Portion(address, tenant=tenant, worker=worker, of=of)) as portion:
        return fold(portion, catalog.restore(portion), now=now)
