"""Records as rows of the four tables, part by part: what several processes can do side by side.

Nothing that queries tables is loaded here: a process that only makes rows starts without it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final, TypeAlias

import msgspec
import pyarrow as pa

from troth.engine.fold import refold
from troth.engine.machine import prepare
from troth.measures.tables import SCHEMAS, columns_of
from troth.model.pack import Pack
from troth.model.record import Record
from troth.model.times import Micros
from troth.runtime.arrow import schema_of, table_of
from troth.runtime.backtest.history import Opened, OpenLedger
from troth.runtime.snapshot_types import Seen

CHUNK: Final = 20_000
"""Records whose rows are held at a time."""

Progress: TypeAlias = Callable[[int], None]
"""Is told how many more records have been looked at."""

ARROW_SCHEMAS: Final[Mapping[str, pa.Schema]] = {name: schema_of(schema) for name, schema in SCHEMAS.items()}


class OutdatedError(Exception):
    """A stored record does not hold at the moment of the tables."""


class Part(msgspec.Struct, frozen=True):
    """Some records as rows of the four tables, and what the tables do not tell of them."""

    tables: Mapping[str, pa.Table]
    seen: Seen
    records: int


class SnapshotJob(msgspec.Struct, frozen=True):
    """Makes the tables of some buckets; see `troth.runtime.backtest.spread`.

    Attributes:
        as_of: The moment of which the tables speak.
        digests: Pack name → its digest, of the packs whose tables they are.
        replay: Whether records are folded again, from what had been heard by then.
    """

    as_of: Micros
    digests: dict[str, str]
    replay: bool

    def run(self, opened: Opened, buckets: Sequence[int] | None, progress: Progress) -> list[Part] | str:
        """Return the rows of some buckets; or why there are none: `outdated` records, or other `packs`."""
        assert isinstance(opened, OpenLedger), "snapshots are of ledgers"
        if {name: pack.digest for name, pack in opened.packs.items()} != self.digests:
            return "packs"
        records = self._folded(opened, buckets) if self.replay else opened.records(buckets)
        try:
            parts = list(parts_of(records, opened.packs, self.as_of))
        except OutdatedError:
            return "outdated"
        progress(sum(part.records for part in parts))
        return parts

    def _folded(self, opened: Opened, buckets: Sequence[int] | None) -> Iterator[Record]:
        """Yield the records of the past."""
        for name, pack in opened.packs.items():
            machine = prepare(pack)
            for subject, events in opened.scan(name, buckets):
                if events:
                    yield refold(machine, subject, events, opened.heard, self.as_of)


def parts_of(records: Iterable[Record], packs: Mapping[str, Pack], as_of: Micros) -> Iterator[Part]:
    """Yield records as rows, chunk by chunk.

    Raises:
        OutdatedError: One does not hold: it was derived later, or something changes between its moment and as_of.
        MeasureError: Q105, a record of a pack that was not given.
    """
    source = iter(records)
    while chunk := list(islice(source, CHUNK)):
        seen = Seen()
        for record in chunk:
            if not holds(record, as_of):
                raise OutdatedError
            seen.add(record, packs)
        columns = columns_of(chunk, packs, as_of)
        yield Part({name: table_of(columns[name], ARROW_SCHEMAS[name]) for name in columns}, seen, len(chunk))


def holds(record: Record, as_of: Micros) -> bool:
    """Return whether a record is as it was at a moment."""
    return record.at <= as_of < min(record.wake_at, record.pending)
