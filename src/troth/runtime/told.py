"""The told tables of a ledger: built from its events when a measure first asks for them, kept beside the snapshot.

Only subjects of which a message or a decision is on record need their events; of all others the record says all. Memory
is bounded by a chunk of subjects.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Final

import ibis.expr.types as ir
import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from troth.engine.backtest import Backtest
from troth.engine.cases.kinds import complaint_kind
from troth.engine.fold import refold
from troth.engine.machine import prepare
from troth.engine.told import Teller
from troth.errors import MeasureError, Place, Problem
from troth.measures.told import GROUPS, TOLD_SCHEMAS
from troth.measures.told_rows import Maker, columns_of, empty_columns
from troth.model.event import Event
from troth.model.pack import Pack
from troth.model.record import Record
from troth.model.times import Micros
from troth.ports.ledger import Ledger
from troth.runtime.backtest.customers import LedgerCustomers
from troth.runtime.replay import heard_by

CHUNK: Final = 2_000
"""Subjects whose events and rows are held at a time."""

Progress = Callable[[int], None]
"""Is told how many subjects have been looked at so far."""

ARROW: Final[Mapping[str, pa.DataType]] = {"string": pa.string(), "int64": pa.int64(), "bool": pa.bool_()}


class Told:
    """The told tables of a ledger as of a moment.

    Args:
        ledger: Whose; it has to be open while tables are built.
        packs: Packs by name.
        as_of: The moment.
        replayed: Records have to be folded from what had been heard by then: the stored ones do not hold at it.
        progress: Is told about subjects.
    """

    def __init__(
        self,
        ledger: Ledger,
        packs: Mapping[str, Pack],
        as_of: Micros,
        *,
        replayed: bool,
        progress: Progress | None = None,
    ) -> None:
        """Keep what is needed to build."""
        self._ledger = ledger
        self._packs = packs
        self._as_of = as_of
        self._replayed = replayed
        self._progress = progress

    def build(self, group: str, place: Path) -> None:
        """Write the tables of a group as Parquet into a folder; each appears only when it is whole."""
        names = GROUPS[group]
        room = Path(tempfile.mkdtemp(prefix=f"{group}.", suffix=".partial", dir=place))
        try:
            schemas = {
                name: pa.schema([(one.name, ARROW[one.type]) for one in TOLD_SCHEMAS[name].columns]) for name in names
            }
            writers = {
                name: pq.ParquetWriter(room / f"{name}.parquet", schema, compression="zstd")
                for name, schema in schemas.items()
            }
            try:
                for columns in self._chunks(group):
                    for name, writer in writers.items():
                        writer.write_table(pa.table(columns[name], schema=schemas[name]))
            finally:
                for writer in writers.values():
                    writer.close()
            for name in names:
                (room / f"{name}.parquet").replace(place / f"{name}.parquet")
        finally:
            shutil.rmtree(room, ignore_errors=True)

    def _chunks(self, group: str) -> Iterator[dict[str, dict[str, list[Any]]]]:
        """Yield the columns of a group, chunk by chunk."""
        work = _Work(self._ledger, self._packs, self._as_of)
        make = work.told if group == "told" else work.words
        columns = empty_columns(GROUPS[group])
        subjects = self._subjects(_needs_told if group == "told" else _needs_words)
        for done, (record, events) in enumerate(subjects, start=1):
            columns_of(make(record, events), columns)
            if done % CHUNK == 0:
                yield columns
                columns = empty_columns(GROUPS[group])
                if self._progress is not None:
                    self._progress(done)
        yield columns

    def _subjects(
        self, needs: Callable[[Record, Pack], bool]
    ) -> Iterator[tuple[Record, Sequence[Event] | None]]:  # fmt: skip
        """Yield every record as of the moment, with its events where they are needed."""
        if self._replayed:
            yield from self._from_the_past(needs)
            return
        source = iter(self._ledger.scan_records())
        while chunk := list(islice(source, CHUNK)):
            wanted = [one.subject for one in chunk if needs(one, self._pack(one))]
            events = self._ledger.events_of(wanted) if wanted else {}
            for record in chunk:
                yield record, events.get(record.subject)

    def _from_the_past(
        self, needs: Callable[[Record, Pack], bool]
    ) -> Iterator[tuple[Record, Sequence[Event] | None]]:  # fmt: skip
        """Yield records folded again, from what had been heard by the moment."""
        heard = self._ledger.watermarks()
        for name, pack in self._packs.items():
            machine = prepare(pack)
            for subject, events in self._ledger.scan_events(pack=name):
                known = heard_by(events, self._as_of)
                if known:
                    record = refold(machine, subject, known, heard, self._as_of)
                    yield record, known if needs(record, pack) else None

    def _pack(self, record: Record) -> Pack:
        """Return the pack of a record.

        Raises:
            MeasureError: Q105, it is not at hand.
        """
        pack = self._packs.get(record.pack)
        if pack is None:
            found = f"a record of the pack {record.pack!r}, which is not at hand"
            expected = f"one of: {', '.join(sorted(self._packs)) or 'none given'}"
            remedy = "give the pack's folder, or import again with the pack that is installed"
            raise MeasureError(Problem(Place(path=record.subject), "Q105", found, expected, remedy))
        return pack


class _Work:
    """What turns one subject into rows, by pack."""

    def __init__(self, ledger: Ledger, packs: Mapping[str, Pack], as_of: Micros) -> None:
        """Prepare each pack once."""
        heard = ledger.watermarks()
        whose = LedgerCustomers(ledger, packs, heard)
        self._tellers = {name: Teller(Backtest(pack, heard, as_of, whose)) for name, pack in packs.items()}
        self._makers = {name: Maker(pack, as_of) for name, pack in packs.items()}

    def told(self, record: Record, events: Sequence[Event] | None) -> dict[str, list[msgspec.Struct]]:
        """Return the rows of the group `told`."""
        maker = self._makers[record.pack]
        if events is None:
            return maker.unspoken(record)
        tellings, found, folded = self._tellers[record.pack].tell(record.subject, events)
        return maker.rows(folded, tellings, found)

    def words(self, record: Record, events: Sequence[Event] | None) -> dict[str, list[msgspec.Struct]]:
        """Return the rows of the group `words`."""
        if events is None:
            return {}
        words, contacts = self._tellers[record.pack].words(record.subject, events)
        return {"words": list(words), "contacts": list(contacts)}


def _needs_told(record: Record, _pack: Pack) -> bool:
    """Return whether anything was told or asked."""
    return bool(record.messages or record.asks)


def _needs_words(record: Record, pack: Pack) -> bool:
    """Return whether the customer spoke up, or anything was said that may be a word about a promise not kept."""
    complaint = complaint_kind(pack).name
    if any(case.kind == complaint for case in record.cases):
        return True
    if not any(one.outcome in ("late", "broken") for one in record.promises):
        return False
    told = any(one.told_at is not None for one in record.messages)
    renewed = any(len(one.windows) > 1 for one in record.promises)
    return told or renewed or any(case.informed_at is not None for case in record.cases)


class Opener:
    """Opens the told tables on a connection, building the group of a table that is not there yet.

    Args:
        told: What builds them.
        connection: Where the other tables are.
        place: The folder of the snapshot; `None`: tables are kept in memory only.
    """

    def __init__(self, told: Told, connection: Any, place: Path | None) -> None:
        """Have opened nothing."""
        self._told = told
        self._connection = connection
        self._place = place
        self._opened: dict[str, ir.Table] = {}

    def __call__(self, name: str) -> ir.Table:
        """Return a table by its name."""
        if name not in self._opened:
            group = next(group for group, names in GROUPS.items() if name in names)
            if self._place is None:
                with tempfile.TemporaryDirectory(prefix="troth-told-") as room:
                    self._told.build(group, Path(room))
                    for one in GROUPS[group]:
                        table = pq.read_table(Path(room) / f"{one}.parquet")
                        self._opened[one] = self._connection.create_table(one, table)
            else:
                if not all((self._place / f"{one}.parquet").exists() for one in GROUPS[group]):
                    self._told.build(group, self._place)
                for one in GROUPS[group]:
                    file = self._place / f"{one}.parquet"
                    self._opened[one] = self._connection.read_parquet(file, table_name=one)
        return self._opened[name]
