"""The tables of a data set as DuckDB relations with exact types.

Each table becomes a view of its own name. Beside its columns it has `file_row` (the row's number in its file, from 1)
and `file_name`. Rows that cannot be read as the mapping says are not in the view: they are listed in `BadRow`s instead.
"""

from __future__ import annotations

import json
import tempfile
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import duckdb
import msgspec

from troth.connectors.forms import PARTS, READERS, form_of, unfold
from troth.connectors.parts import Unfolding
from troth.connectors.tabular.cells import EMPTY, conversion, has_offset, without_words
from troth.connectors.tabular.files import find_files
from troth.connectors.tabular.mapping import Mapping, Table
from troth.connectors.tabular.text import blank_lines, header_of, infer, literal, quoted, read_csv_sql, unpack
from troth.errors import Place, Problem, SourceError

ROW: Final = "file_row"
"""Column with the number of a row in its file, from 1; a line that is no row of the table is counted too."""
FILE: Final = "file_name"
"""Column with the name of the file a row came from."""


class BadRow(msgspec.Struct, frozen=True):
    """A row that cannot be used, and why.

    Attributes:
        table: The table or block it belongs to.
        file: Name of its file.
        row: Its number in the file, from 1, unreadable lines counted; 0 when unknown.
        code: Code of the problem.
        reason: The problem in words.
        cells: Column → cell, as JSON values.
    """

    table: str
    file: str
    row: int
    code: str
    reason: str
    cells: dict[str, Any]


class Tables:
    """The opened tables of one data set; a context manager.

    Attributes:
        connection: DuckDB with a view for each table.
        files: Table → its files.
        bad: Rows that are in no view.
        lacking: Names of optional tables that the data set lacks.
        notes: What a reader should know of the files.
    """

    def __init__(self, mapping: Mapping, path: Path) -> None:
        """Find and open every table.

        Raises:
            SourceError: A table is missing, or cannot be read as a table.
        """
        self._mapping = mapping
        self.files = find_files(mapping, path)
        self._scratch = tempfile.TemporaryDirectory(prefix="troth-")
        self.bad: list[BadRow] = []
        self.notes: list[Problem] = []
        self._logs: dict[Path, Unfolding] = {}
        self.lacking = frozenset(
            name for name, table in mapping.tables.items() if table.file and table.optional and name not in self.files
        )
        # One thread: rows keep the order of their file, and a query gives the same order in every run.
        settings: dict[str, Any] = {"threads": 1, "temp_directory": self._scratch.name}
        self.connection = duckdb.connect(config=settings)
        try:
            self.connection.execute("set global TimeZone = 'UTC'")
            for name, table in mapping.tables.items():
                self._open(name, table)
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
        """Release the connection and everything unpacked."""
        self.connection.close()
        self._scratch.cleanup()

    def types_of(self, relation: str) -> dict[str, str]:
        """Return column → DuckDB type of a relation, in order."""
        return {str(row[0]): str(row[1]) for row in self.rows(f"describe select * from {relation}")}

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Return all rows of a query."""
        return self.connection.execute(query).fetchall()

    def cells(self, table: str, file: str, row: int) -> dict[str, Any] | None:
        """Return the cells of a row as its file has them, column → cell; `None` when there is no such row."""
        answer = self.connection.execute(
            f"select * exclude ({ROW}, {FILE}) from {_raw(table)} where {ROW} = {int(row)} and {FILE} = {literal(file)}"
        )
        found = answer.fetchone()
        columns = [str(item[0]) for item in answer.description or ()]
        return None if found is None else {name: plain(cell) for name, cell in zip(columns, found, strict=True)}

    def _open(self, name: str, table: Table) -> None:
        """Make the view of one table."""
        try:
            text = False
            if name in self.lacking:
                self._leave_empty(name, table)
                return
            if table.columns:
                self._write_down(name, table)
            else:
                text = self._read(name, table, self.files[name])
            self._type(name, table, text)
        except duckdb.Error as error:
            place = Place(", ".join(file.name for file in self.files.get(name, ())) or self._mapping.document.file)
            found, parquet = f"the table `{name}` cannot be read: {_said(error)}", place.file.endswith(".parquet")
            expected = "a Parquet file, whole" if parquet else "a table that can be read"
            remedy = "fetch or export it again" + (", or give it the ending of what it is, .csv say" if parquet else "")
            raise SourceError(Problem(place, "M111", found, expected, remedy)) from error

    def _leave_empty(self, name: str, table: Table) -> None:
        """Make the view of an optional table that is not there: no rows, the columns that the mapping declares."""
        declared = [
            f"null::{EMPTY.get(type_, 'TIMESTAMP')} as {quoted(column)}" for column, type_ in table.read_as.items()
        ]
        columns = ", ".join([*declared, f"0::BIGINT as {ROW}", f"'' as {FILE}"])
        self.connection.execute(f"create table {quoted(name)} as select {columns} limit 0")

    def _write_down(self, name: str, table: Table) -> None:
        """Make the raw relation of a table that is written in the mapping."""
        columns = ", ".join(quoted(column) for column in table.columns)
        rows = ", ".join(
            "(" + ", ".join([*(_sql_value(cell) for cell in row), str(number), "''"]) + ")"
            for number, row in enumerate(table.values, start=1)
        )
        empty = ", ".join(f"null::VARCHAR as {quoted(column)}" for column in table.columns)
        source = (
            f"(values {rows}) as t({columns}, {ROW}, {FILE})"
            if rows
            else f"(select {empty}, 0::BIGINT as {ROW}, '' as {FILE} limit 0)"
        )
        self.connection.execute(f"create table {_raw(name)} as select * from {source}")

    def _read(self, name: str, table: Table, files: Sequence[Path]) -> bool:
        """Make the raw relation of a table's files; return whether they are text."""
        parts = []
        text = False
        for number, file in enumerate(files):
            if file.suffix.lower() in (".parquet", ".pq"):
                parts.append(
                    f"select * exclude (file_row_number), file_row_number + 1 as {ROW}, {literal(file.name)} as {FILE} "
                    f"from read_parquet({literal(str(file))}, file_row_number=true)"
                )
                continue
            if (form := form_of(file)) != "table":
                part = self._part(name, table, file, form)
                parts.append(f"select *, {literal(file.name)} as {FILE} from read_parquet({literal(str(part))})")
                continue
            text = True
            names, delimiter = header_of(readable := unpack(file, Path(self._scratch.name)), table.csv)
            rejects = f"rejects_{name}_{number}"
            source = read_csv_sql(readable, names, delimiter, table.csv, rejects)
            copy = f"{name} lines {number}"
            self.connection.execute(
                f"create table {quoted(copy)} as "
                f"select *, row_number() over () as {ROW}, {literal(file.name)} as {FILE} from {source}"
            )
            if self.rows(f"select 1 from {rejects} limit 1"):
                blanks = blank_lines(readable, delimiter, table.csv)
                self._leave_room(copy, self._note_rejects(name, file.name, rejects, blanks))
            parts.append(f"select * from {quoted(copy)}")
        union = " union all by name ".join(parts)
        self.connection.execute(f"create view {_raw(name)} as {union}")
        return text

    def _part(self, name: str, table: Table, file: Path, form: str) -> Path:
        """Return the part of an event log that is a table, as Parquet; keep what of it cannot be used.

        Raises:
            SourceError: The log cannot be read; M116, it has no such part, or is no table at all.
        """
        place = self._mapping.place("tables", name, "part" if table.part else "file")
        if form not in READERS:
            found = f"{file.name} holds CloudEvents, which are events already"
            raise SourceError(Problem(place, "M116", found, "a table or an event log", "import it without a mapping"))
        part = table.part or PARTS[form][0]
        if part not in PARTS[form]:
            found, expected = f"{file.name} ({form}) has no part `{part}`", f"one of: {', '.join(PARTS[form])}"
            raise SourceError(Problem(place, "M116", found, expected, "name one of them under `part`"))
        log = self._logs.get(file)
        if log is None:
            log = self._logs[file] = unfold(file, form, Path(self._scratch.name))
            self.notes += [Problem(Place(file.name), code, said, severity="note") for code, said in log.notes]
        self.bad += [
            BadRow(name, file.name, one.row, one.code, one.reason, one.cells) for one in log.bad if one.part == part
        ]
        return log.paths[part]

    def _note_rejects(self, table: str, file: str, rejects: str, blanks: Sequence[int]) -> list[int]:
        """Keep the lines that are no rows of the table; return their numbers, counted as rows, ascending."""
        numbers = []
        said = "string_agg(distinct error_message, '; ' order by error_message), any_value(csv_line)"
        for line, message, text in self.rows(f"select line, {said} from {rejects} group by line order by line"):
            reason = " ".join(str(message).split())
            # DuckDB counts the header and blank lines, and a row with line breaks in its cells once.
            numbers.append(int(line) - 1 - bisect_left(blanks, int(line)))
            self.bad.append(BadRow(table, file, numbers[-1], "M206", reason, {"line": str(text).strip("\r\n")}))
        return numbers

    def _leave_room(self, copy: str, rejected: Sequence[int]) -> None:
        """Count rejected lines in the numbers of the rows that come after them: a correction moves no other row."""
        steps = ", ".join(f"({row - before}, {before + 1})" for before, row in enumerate(rejected))
        shifts = f"(select start, max(shift) as shift from (values {steps}) as t(start, shift) group by start)"
        self.connection.execute(
            f"update {quoted(copy)} as rows set {ROW} = {ROW} + shifts.shift from "
            f"(select start, shift, lead(start) over (order by start) as stop from {shifts}) as shifts "
            f"where {ROW} >= shifts.start and (shifts.stop is null or {ROW} < shifts.stop)"
        )

    def _type(self, name: str, table: Table, text: bool) -> None:
        """Make the view with the types of a raw relation; set rows aside that have a cell which is not so."""
        raw = self.types_of(_raw(name))
        own = {column: type_ for column, type_ in raw.items() if column not in (ROW, FILE)}
        self._check_declared(name, table, own)
        words = table.missing if table.missing is not None else self._mapping.missing
        nothing = {
            column: without_words(column, words) if type_ == "VARCHAR" else quoted(column)
            for column, type_ in own.items()
        }
        clean = (
            "(select "
            + ", ".join([*(f"{sql} as {quoted(column)}" for column, sql in nothing.items()), ROW, FILE])
            + f" from {_raw(name)})"
        )
        guessed = (
            infer(self.connection, clean, [c for c, t in own.items() if t == "VARCHAR" and c not in table.read_as])
            if text
            else {}
        )
        typed, doubts = [], []
        for column, type_ in own.items():
            wanted = table.read_as.get(column, "")
            if not wanted and guessed.get(column, type_) == type_:
                typed.append(quoted(column))
                continue
            made = conversion(column, type_, wanted, guessed.get(column, ""), self._zoned(clean, column, type_, wanted))
            typed.append(f"{made} as {quoted(column)}")
            if wanted:
                doubts.append((column, wanted, f"({quoted(column)} is not null and ({made}) is null)"))
        extra = [f"({sql}) as {quoted(column)}" for column, sql in table.absent.items() if column not in own]
        where = self._set_aside(name, clean, doubts)
        self.connection.execute(
            f"create {'table' if text else 'view'} {quoted(name)} as "
            f"select {', '.join([*typed, *extra, ROW, FILE])} from {clean}{where}"
        )

    def _zoned(self, clean: str, column: str, type_: str, wanted: str) -> bool:
        """Return whether a text column declared as timestamp carries offsets."""
        if type_ != "VARCHAR" or wanted != "timestamp":
            return False
        return bool(self.rows(f"select coalesce(bool_or({has_offset(quoted(column))}), false) from {clean}")[0][0])

    def _set_aside(self, name: str, clean: str, doubts: Sequence[tuple[str, str, str]]) -> str:
        """Keep rows with cells that are not as declared; return the condition that leaves them out."""
        if not doubts:
            return ""
        condition = " or ".join(sql for _, _, sql in doubts)
        flags = ", ".join(f"{sql} as {quoted(f'bad {number}')}" for number, (_, _, sql) in enumerate(doubts))
        answer = self.connection.execute(f"select *, {flags} from {clean} where {condition}")
        columns = [str(item[0]) for item in answer.description or ()]
        for row in answer.fetchall():
            cells = dict(zip(columns, row, strict=True))
            wrong = [
                f"{column}: `{cells[column]}` is not {wanted}"
                for n, (column, wanted, _) in enumerate(doubts)
                if cells[f"bad {n}"]
            ]
            kept = {column: plain(cell) for column, cell in cells.items() if not column.startswith("bad ")}
            self.bad.append(BadRow(name, str(kept.pop(FILE)), int(kept.pop(ROW)), "M205", "; ".join(wrong), kept))
        return f" where not ({condition})"

    def _check_declared(self, name: str, table: Table, own: Iterable[str]) -> None:
        """Refuse a file that lacks a column whose type is declared and that nothing stands in for."""
        missing = [column for column in table.read_as if column not in own and column not in table.absent]
        if missing and set(missing) == set(table.read_as) and not table.optional:
            place = self._mapping.place("tables", name, "read_as")
            have = ", ".join(list(own)[:20])
            found = f"the file has none of the columns {', '.join(missing[:5])}"
            raise SourceError(
                Problem(place, "M112", found, f"its columns are: {have}", "is it the right file, and its delimiter?")
            )


def plain(cell: Any) -> Any:
    """Return a cell as a JSON value."""
    if cell is None or isinstance(cell, str | int | float | bool):
        return cell
    return json.loads(json.dumps(cell, default=str))


def _raw(name: str) -> str:
    """Return the relation that holds a table as its files have it."""
    return quoted(f"{name} as read")


def _sql_value(cell: Any) -> str:
    """Return a cell of a written table as an SQL literal."""
    if cell is None:
        return "null"
    return literal(cell) if isinstance(cell, str) else str(cell).lower() if isinstance(cell, bool) else repr(cell)


def _said(error: duckdb.Error) -> str:
    """Return the first line of what DuckDB says."""
    return str(error).splitlines()[0] if str(error) else type(error).__name__
