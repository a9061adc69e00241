"""A data set behind a mapping: opened once, read in batches of events, with the moment of its extract."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator
from collections.abc import Mapping as Mapping_
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, Final, Self

import duckdb
import pyarrow as pa

from troth.connectors.tabular.files import digest_of
from troth.connectors.tabular.mapping import Mapping
from troth.connectors.tabular.rows import SHOWN, RowMaker
from troth.connectors.tabular.tables import FILE, ROW, BadRow, Tables, plain
from troth.connectors.tabular.text import literal, quoted
from troth.connectors.tabular.zones import instant_of
from troth.errors import EventError, Problem, SourceError
from troth.model.event import Event
from troth.model.ids import SEALED, derived_id
from troth.model.pack import Pack
from troth.model.times import Micros, parse_instant
from troth.ports.ledger import Refused
from troth.runtime.importing import Batch

CHUNK: Final = 4000
"""Rows a batch."""

VERSION: Final = 2
"""Counts up when the same file and mapping become other events: an import is then not taken for one done before."""


class TabularSource:
    """The events of a data set; a context manager.

    Attributes:
        mapping: The mapping file.
        sources: The systems whose reports the events are.
        extract: The moment of the extract, microseconds; `None` when the mapping names none.
        cursor: Identifies files and mapping: equal cursors give equal events.
        origin: Identifies the files and the mapping's name: what quarantined rows come from.
        series: Identifies the mapping's name and the place of the files, whatever they hold.
        notes: What a reader should know: absent columns, columns in no list, blocks left out.
        watermarks: Nothing: a data set has one moment of extract for all its sources.
    """

    watermarks: Mapping_[str, Micros] = MappingProxyType({})

    def __init__(self, mapping: Mapping, path: Path, pack: Pack | None = None, *, chunk: int = CHUNK) -> None:
        """Open the files and compile every block against them.

        Args:
            mapping: The mapping file.
            path: The data set: a file or a folder.
            pack: Says which members are personal; `None`: none is.
            chunk: Rows a batch.

        Raises:
            SourceError: The files cannot be read, or a block does not fit them; all problems at once.
        """
        self.mapping = mapping
        self._path = path
        self._pack = pack
        self._chunk = chunk
        self._tables = Tables(mapping, path)
        try:
            content = digest_of(self._tables.files)
            self.origin = derived_id(mapping.pack, mapping.name, content, str(VERSION))
            self.series = derived_id(mapping.pack, mapping.name, str(path.resolve()))
            self.cursor = hashlib.sha256(f"{VERSION}\0{chunk}\0{content}\0{mapping.digest}".encode()).hexdigest()
            self.sources = mapping.sources
            self.notes: list[Problem] = [*self._tables.notes]
            self._makers = self._compile()
            self.extract = self._moment_of_extract()
            for maker in self._makers.values():
                maker.extract = self.extract
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()

    def close(self) -> None:
        """Release the files."""
        self._tables.close()

    def batches(self) -> Iterator[Batch]:
        """Yield all events block by block, in the order of the rows, with the rows that cannot be used."""
        unread = [self._refused(row) for row in self._tables.bad]
        if unread:
            yield Batch("files", len(unread), len(unread), (), unread)
        for index, maker in self._makers.items():
            yield from self._block(index, maker)

    def rows(self, wanted: Collection[tuple[str, int]]) -> Iterator[tuple[tuple[str, int], list[Event], list[Refused]]]:
        """Yield ((file, row), events, refusals) for single rows, once for each block that reads them.

        Args:
            wanted: (file, row) of each; all in one pass over the files.
        """
        places = set(wanted)
        for row in self._tables.bad:
            if (row.file, row.row) in places:
                yield (row.file, row.row), [], [self._refused(row)]
        numbers = ", ".join(str(row) for row in sorted({row for _, row in places}))
        for index, maker in self._makers.items():
            if numbers and ROW in self._types[index] and FILE in self._types[index]:
                keys, spare, chunks = self._chunks(index, maker, f" where {quoted(ROW)} in ({numbers})")
                for chunk in chunks:
                    yield from self._singly(index, maker, keys, spare, chunk, places)

    def cells(self, refused: Refused) -> dict[str, Any] | None:
        """Return the cells that now stand where a refused row stood, read as its own were; `None`: not to be told.

        A broken line has no cells; a row refused by a block has those of a query, which a correction may change.
        """
        raw = json.loads(refused.raw)
        name, row = raw["block"], (raw["file"], raw["row"])
        if refused.code == "M206" or refused.code.startswith("D"):  # nor has an event of a log that is none
            return None
        if refused.code == "M205":
            return self._tables.cells(name, *row) if name in self.mapping.tables else None
        for index, maker in self._makers.items():
            types = self._types[index]
            if self.mapping.block_name(index) == name and ROW in types and FILE in types:
                where = f" where {quoted(ROW)} = {int(row[1])} and {quoted(FILE)} = {literal(row[0])}"
                keys, spare, chunks = self._chunks(index, maker, where)
                for chunk in chunks:
                    return self._kept(maker, keys, spare, chunk, 0)[2]
        return None

    def _compile(self) -> dict[int, RowMaker]:
        """Return the row maker of every block whose tables are there."""
        makers: dict[int, RowMaker] = {}
        self._types: dict[int, dict[str, str]] = {}
        self._relations: dict[int, str] = {}
        problems: list[Problem] = []
        for index, block in enumerate(self.mapping.rows):
            if block.table in self._tables.lacking:
                found = f"the data set lacks the table `{block.table}`: the events of this block are left out"
                self.notes.append(Problem(self.mapping.place("rows", index), "M403", found, severity="note"))
                continue
            try:
                self._relations[index] = self._relation(index)
                self._types[index] = self._tables.types_of(self._relations[index])
                makers[index] = RowMaker(self.mapping, index, self._types[index], self._pack)
                self.notes += makers[index].notes
            except SourceError as error:
                problems += error.problems
        if problems:
            raise SourceError(problems)
        return makers

    def _relation(self, index: int) -> str:
        """Return the relation with the rows of a block; a query's result in an order that every run repeats."""
        block = self.mapping.rows[index]
        if not block.sql:
            return quoted(block.table)
        name = quoted(f"block {index}")
        query = block.sql.strip().rstrip(";")
        try:
            columns = self._tables.types_of(f"({query})")
            order = [column for column in (FILE, ROW) if column in columns] if ROW in columns else []
            by = "all" if not order else ", ".join(map(quoted, order))
            self._tables.connection.execute(f"create table {name} as select * from ({query}) order by {by}")
        except duckdb.Error as error:
            raise SourceError(self._sql_problem(("rows", index, "sql"), error)) from error
        return name

    def _sql_problem(self, path: tuple[str | int, ...], error: duckdb.Error) -> Problem:
        """Return what DuckDB says about a query of the mapping."""
        said = str(error).split("\n\n")[0].splitlines()
        return Problem(
            self.mapping.place(*path), "M113", f"the query fails: {' '.join(said)[:300]}", "SQL that DuckDB runs"
        )

    def _block(self, index: int, maker: RowMaker) -> Iterator[Batch]:
        """Yield the batches of one block."""
        of_rows = int(self._tables.rows(f"select count(*) from {self._relations[index]}")[0][0])
        name = self.mapping.block_name(index)
        keys, spare, chunks = self._chunks(index, maker)
        done = 0
        make = maker.make
        for chunk in chunks:
            events: list[Event] = []
            refused: list[Refused] = []
            columns = [chunk.column(number).to_pylist() for number in range(len(keys))]
            for number, cells in enumerate(zip(*columns, strict=True)):
                try:
                    events += make(dict(zip(keys, cells, strict=True)))
                except EventError as error:
                    refused.append(self._bad(index, maker, keys, spare, chunk, number, error))
            done += chunk.num_rows
            yield Batch(name, done, of_rows, events, refused)

    def _singly(
        self,
        index: int,
        maker: RowMaker,
        keys: list[str],
        spare: list[str],
        chunk: pa.RecordBatch,
        places: Collection[tuple[str, int]],
    ) -> Iterator[tuple[tuple[str, int], list[Event], list[Refused]]]:
        """Yield (place, events, refusals) for the rows of a chunk that are wanted."""
        columns = [chunk.column(number).to_pylist() for number in range(len(keys))]
        for number, cells in enumerate(zip(*columns, strict=True)):
            row = dict(zip(keys, cells, strict=True))
            place = row[FILE], row[ROW]
            if place not in places:
                continue
            try:
                yield place, maker.make(row), []
            except EventError as error:
                yield place, [], [self._bad(index, maker, keys, spare, chunk, number, error)]

    def _chunks(
        self, index: int, maker: RowMaker, where: str = ""
    ) -> tuple[list[str], list[str], Iterator[pa.RecordBatch]]:
        """Return the keys of the rows of a block, its columns that nothing reads, and the rows in chunks."""
        types = self._types[index]
        keys = [*maker.needs, *(column for column in (ROW, FILE) if column in types and column not in maker.needs)]
        spare = [column for column in types if column not in keys]
        wanted = [f"{maker.needs.get(key, quoted(key))} as {quoted(key)}" for key in keys]
        columns = ", ".join([*wanted, *(f"{quoted(column)} as {quoted('spare:' + column)}" for column in spare)])
        return keys, spare, self._stream(f"select {columns} from {self._relations[index]}{where}")

    def _stream(self, query: str) -> Iterator[pa.RecordBatch]:
        """Yield the rows of a query in even chunks."""
        # A connection of its own: while a result is being read, DuckDB lets nothing else run on its connection.
        with self._tables.connection.cursor() as reading:
            yield from _even(reading.sql(query).to_arrow_reader(self._chunk), self._chunk)

    def _bad(
        self,
        index: int,
        maker: RowMaker,
        keys: list[str],
        spare: list[str],
        chunk: pa.RecordBatch,
        number: int,
        error: EventError,
    ) -> Refused:
        """Return the quarantine entry of a row of a chunk that cannot be used, with all its cells."""
        file, row, kept = self._kept(maker, keys, spare, chunk, number)
        problem = error.problems[0]
        reason = problem.found + (f"; expected {problem.expected}" if problem.expected else "")
        found = BadRow(self.mapping.block_name(index), file, row, problem.code, reason, kept)
        if not maker.personal:
            return self._refused(found)
        cells = {key: chunk.column(at)[number].as_py() for at, key in enumerate(keys)}
        return self._refused(found, maker.owner(cells))

    def _kept(
        self, maker: RowMaker, keys: list[str], spare: list[str], chunk: pa.RecordBatch, number: int
    ) -> tuple[str, int, dict[str, Any]]:
        """Return file, number and cells of a row of a chunk as quarantine keeps them."""
        cells = {key: maker.shown(key, chunk.column(at)[number].as_py()) for at, key in enumerate(keys)}
        cells |= {name: chunk.column(len(keys) + at)[number].as_py() for at, name in enumerate(spare)}
        file, row = str(cells.pop(FILE, "")), int(cells.pop(ROW, 0))
        return file, row, {name: plain(cell) for name, cell in cells.items() if not name.startswith(SHOWN)}

    def _refused(self, bad: BadRow, owner: str = "") -> Refused:
        """Return the quarantine entry of a row; what in it is personal is named, and is no part of its id."""
        columns = {column for maker in self._makers.values() for column in maker.personal}
        # Where any column is personal, a line that could not be split is so as a whole. Which columns of a table a
        # query makes its own from cannot be told: then all of a row that never came to it are.
        queried = any(maker.personal and self.mapping.rows[index].sql for index, maker in self._makers.items())
        # Nor can what an event log calls an attribute.
        whole = bad.code[0] == "D" or bad.code == "M206" or (bad.code == "M205" and queried)
        personal = [name for name in bad.cells if name in columns or (columns and whole)]
        said = {name: SEALED if name in personal else cell for name, cell in bad.cells.items()}
        cells = json.dumps(said, ensure_ascii=False, sort_keys=True)
        raw: dict[str, Any] = {
            "map": self.mapping.document.file, "origin": self.origin, "series": self.series,
            "path": str(self._path.resolve()),
            "block": bad.table,
            "file": bad.file, "row": bad.row, "cells": bad.cells,
        }  # fmt: skip
        raw |= {"personal": personal, "of": owner} if personal else {}
        place = f"{bad.file or bad.table} row {bad.row}" if bad.row else bad.table
        return Refused(
            id=derived_id("row", self.mapping.pack, self.mapping.name, bad.table, bad.file, str(bad.row), cells),
            code=bad.code, reason=bad.reason, place=place, raw=json.dumps(raw, ensure_ascii=False),
            heard_at=0, kind="row", pack=self.mapping.pack,
        )  # fmt: skip

    def _moment_of_extract(self) -> Micros | None:
        """Return the moment that the mapping's `extract` means; `None` without one, or without rows.

        Raises:
            SourceError: It cannot be computed.
        """
        form = self.mapping.extract
        if form is None:
            return None
        if form.at:
            return parse_instant(form.at)
        try:
            if form.sql:
                return self._greatest(f"({form.sql.strip().rstrip(';')})", ("extract", "sql"))
            moments = []
            for number, name in enumerate(form.max):
                table, _, column = name.partition(".")
                if table not in self._tables.lacking:
                    relation = f"(select max({quoted(column)}) as moment from {quoted(table)})"
                    moments.append(self._greatest(relation, ("extract", "max", number)))
        except duckdb.Error as error:
            raise SourceError(self._sql_problem(("extract",), error)) from error
        return max((moment for moment in moments if moment is not None), default=None)

    def _greatest(self, relation: str, path: tuple[str | int, ...]) -> Micros | None:
        """Return the one time that a relation holds, as an instant."""
        types = list(self._tables.types_of(relation).items())
        if len(types) != 1 or not types[0][1].startswith(("TIMESTAMP", "DATE")):
            found = f"the extract is a {', '.join(type_ for _, type_ in types)}"
            remedy = "declare the column under `read_as` of its table, or cast it in the query"
            raise SourceError(Problem(self.mapping.place(*path), "M114", found, "one date or time", remedy))
        zoned = "TIME ZONE" in types[0][1]
        cast = "" if zoned else "::TIMESTAMP"
        moment = self._tables.rows(f"select max(epoch_us({quoted(types[0][0])}{cast})) from {relation}")[0][0]
        return moment if zoned or moment is None else instant_of(int(moment), self.mapping.zone)


def _even(reader: pa.RecordBatchReader, size: int) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a reader in batches of exactly `size`, the last shorter: cursors find the same rows."""
    held: list[pa.RecordBatch] = []
    rows = 0
    for read in reader:
        batch = read
        while rows + batch.num_rows >= size:
            head = batch.slice(0, size - rows)
            batch = batch.slice(size - rows)
            yield _joined([*held, head])
            held, rows = [], 0
        if batch.num_rows:
            held.append(batch)
            rows += batch.num_rows
    if rows:
        yield _joined(held)


def _joined(batches: list[pa.RecordBatch]) -> pa.RecordBatch:
    """Return several batches as one."""
    return batches[0] if len(batches) == 1 else pa.concat_batches(batches)
