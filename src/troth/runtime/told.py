"""The told tables of a ledger: built from its events when a measure first asks for them, kept beside the snapshot.

Only subjects of which a message or a decision is on record need their events; of all others the record says all. Memory
is bounded by a chunk of subjects.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from troth.engine.backtest import Backtest
from troth.engine.backtest_gate import Whose, nobody
from troth.engine.fold import refold
from troth.engine.machine import prepare
from troth.engine.told import Looked, Teller
from troth.errors import MeasureError, Place, Problem
from troth.measures.told import GROUPS, TOLD_SCHEMAS
from troth.measures.told_rows import Maker, columns_of, empty_columns
from troth.model.event import Event
from troth.model.pack import Pack
from troth.model.record import Record
from troth.model.times import Micros
from troth.ports.ledger import Ledger
from troth.runtime.arrow import schema_of, table_of
from troth.runtime.backtest.customers import LedgerCustomers
from troth.runtime.backtest.history import LedgerHistory, Opened
from troth.runtime.backtest.spread import pays, spread
from troth.runtime.gaps import heard_at
from troth.runtime.needs import needs_told, needs_words
from troth.runtime.quiet import quiet
from troth.runtime.replay import heard_by

if TYPE_CHECKING:
    import ibis.expr.types as ir

CHUNK: Final = 2_000
"""Subjects whose events and rows are held at a time."""

Rows: TypeAlias = dict[str, list[msgspec.Struct]]
"""Table → rows of one subject."""

Progress = Callable[[int], None]
"""Is told how many subjects have been looked at so far."""

_SCHEMAS: Final[Mapping[str, pa.Schema]] = {name: schema_of(schema) for name, schema in TOLD_SCHEMAS.items()}


class Told:
    """The told tables of a ledger as of a moment.

    Args:
        ledger: Whose; it has to be open while tables are built.
        packs: Packs by name.
        as_of: The moment.
        replayed: Records have to be folded from what had been heard by then: the stored ones do not hold at it.
        words: Some record needs its events for the group `words`; where none does, nothing is read for it.
        progress: Is told about subjects.
        opener: Opens the ledger anew in another process, so that two share the work where that pays.
    """

    def __init__(
        self,
        ledger: Ledger,
        packs: Mapping[str, Pack],
        as_of: Micros,
        *,
        replayed: bool,
        words: bool = True,
        progress: Progress | None = None,
        opener: Callable[[], Ledger] | None = None,
    ) -> None:
        """Keep what is needed to build."""
        self._opener = opener
        self._words = words
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
            writers = {
                name: pq.ParquetWriter(room / f"{name}.parquet", _SCHEMAS[name], compression="zstd") for name in names
            }
            try:

                def write(chunks: Iterable[Mapping[str, pa.Table]]) -> None:
                    """Write some chunks."""
                    for tables in chunks:
                        for name, writer in writers.items():
                            writer.write_table(tables[name])

                if group == "words" and not self._words:
                    write([{name: _SCHEMAS[name].empty_table() for name in names}])
                elif self._opener is not None and pays(self._ledger):
                    self._share(group, write)
                else:
                    write(self._chunks(group))
            finally:
                for writer in writers.values():
                    writer.close()
            for name in names:
                (room / f"{name}.parquet").replace(place / f"{name}.parquet")
        finally:
            shutil.rmtree(room, ignore_errors=True)

    def _share(self, group: str, write: Callable[[Iterable[Mapping[str, pa.Table]]], None]) -> None:
        """Have several processes make the tables of a group, share by share of the subjects."""
        assert self._opener is not None, "asked before"
        events = self._ledger.last_position()
        history = LedgerHistory(self._opener, self._as_of, events, as_known=self._replayed)
        done = [0]

        def count(more: int) -> None:
            """Tell how many have been looked at so far."""
            done[0] += more
            if self._progress is not None:
                self._progress(done[0])

        spread(history, TellJob(self._as_of, group), write, progress=count)

    def _chunks(self, group: str) -> Iterator[Mapping[str, pa.Table]]:
        """Yield the tables of a group, chunk by chunk."""
        heard = heard_at(self._ledger, self._as_of) if self._replayed else self._ledger.watermarks()
        whose = LedgerCustomers(self._ledger, self._packs, heard)
        work = _Work(group, self._packs, heard, self._as_of, whose)
        rows = (work.rows(record, events) for record, events in self._subjects(work.needs))
        for done, tables in _tables(work, rows):
            yield tables
            if self._progress is not None:
                self._progress(done)

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
        heard = heard_at(self._ledger, self._as_of)
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


class TellJob(msgspec.Struct, frozen=True):
    """Makes the tables of a group for some buckets of a history; see `troth.runtime.backtest.spread`.

    Attributes:
        now: The moment of which the tables speak.
        group: Which tables.
    """

    now: Micros
    group: str

    def run(
        self, opened: Opened, buckets: Sequence[int] | None, progress: Progress
    ) -> list[Mapping[str, pa.Table]]:  # fmt: skip
        """Return the tables, chunk by chunk."""
        work = _Work(self.group, opened.packs, opened.heard, self.now, opened.whose)
        found = []
        before = 0
        for done, tables in _tables(work, self._subjects(work, opened, buckets)):
            found.append(tables)
            progress(done - before)
            before = done
        return found

    def _subjects(self, work: _Work, opened: Opened, buckets: Sequence[int] | None) -> Iterator[Rows]:
        """Yield the rows of every subject of which anything is known."""
        for name in opened.packs:
            for subject, events in opened.scan(name, buckets):
                if events:
                    yield work.folded(name, subject, events)


class _Work:
    """What turns one subject into rows, by pack."""

    def __init__(
        self, group: str, packs: Mapping[str, Pack], heard: Mapping[str, Micros], as_of: Micros, whose: Whose
    ) -> None:
        """Prepare each pack once; who customers are matters only where decisions do."""
        self.group = group
        self._packs = packs
        self.needs = needs_told if group == "told" else needs_words
        asked = whose if group == "told" else nobody
        self._tellers = {name: Teller(Backtest(pack, heard, as_of, asked)) for name, pack in packs.items()}
        self._makers = {name: Maker(pack, as_of) for name, pack in packs.items()}

    def rows(self, record: Record, events: Sequence[Event] | None) -> Rows:
        """Return the rows of a subject; without its events, what its record says of it alone."""
        if self.group == "words":
            return {} if events is None else self._words(record, events)
        if events is None:
            return self._makers[record.pack].unspoken(record)
        return self._told(self._tellers[record.pack].look(record.subject, events))

    def folded(self, pack: str, subject: str, events: Sequence[Event]) -> Rows:
        """Return the rows of a subject of which there is no record at hand: it is folded once, on the way."""
        teller = self._tellers[pack]
        if self.group == "words":
            record = teller.fold(subject, events)
            return self._words(record, events) if self.needs(record, self._packs[pack]) else {}
        seen = teller.look(subject, events)
        if self.needs(seen.record, self._packs[pack]):
            return self._told(seen)
        return self._makers[pack].unspoken(seen.record)

    def _words(self, record: Record, events: Sequence[Event]) -> Rows:
        """Return what was said of broken promises, and when the customer spoke up."""
        words, contacts = self._tellers[record.pack].words(record, events)
        return {"words": list(words), "contacts": list(contacts)}

    def _told(self, seen: Looked) -> Rows:
        """Return what was told and decided."""
        tellings, found = self._tellers[seen.record.pack].tell(seen)
        return self._makers[seen.record.pack].rows(seen.record, tellings, found)


def _tables(work: _Work, subjects: Iterable[Rows]) -> Iterator[tuple[int, Mapping[str, pa.Table]]]:
    """Yield (subjects so far, tables of a chunk of them); of no subjects at all, empty tables."""
    names, done = GROUPS[work.group], 0
    columns = empty_columns(names)
    for rows in subjects:
        columns_of(rows, columns)
        done += 1
        if done % CHUNK == 0:
            yield done, {name: table_of(columns[name], _SCHEMAS[name]) for name in names}
            columns = empty_columns(names)
    yield done, {name: table_of(columns[name], _SCHEMAS[name]) for name in names}


class Opener:
    """Opens the told tables on a connection, building the group of a table that is not there yet.

    Attributes:
        place: The folder of the snapshot; `None`: tables are kept in memory only.

    Args:
        told: What builds them.
        connection: Where the other tables are.
        place: The folder of the snapshot; `None`: tables are kept in memory only.
    """

    def __init__(self, told: Told, connection: Any, place: Path | None) -> None:
        """Have opened nothing."""
        self._told = told
        self._connection = connection
        self.place = place
        self._opened: dict[str, ir.Table] = {}

    def __call__(self, name: str) -> ir.Table:
        """Return a table by its name."""
        if name not in self._opened:
            with quiet():
                self._open(next(group for group, names in GROUPS.items() if name in names))
        return self._opened[name]

    def _open(self, group: str) -> None:
        """Open the tables of a group, and build them first where one is missing."""
        names = GROUPS[group]
        if self.place is None:
            with tempfile.TemporaryDirectory(prefix="troth-told-") as room:
                self._told.build(group, Path(room))
                for name in names:
                    table = pq.read_table(Path(room) / f"{name}.parquet")
                    self._opened[name] = self._connection.create_table(name, table)
            return
        files = {name: self.place / f"{name}.parquet" for name in names}
        if not all(file.exists() for file in files.values()):
            self._told.build(group, self.place)
        for name, file in files.items():
            self._opened[name] = self._connection.read_parquet(file, table_name=name)
