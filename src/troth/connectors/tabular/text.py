"""Reading text tables without guessing: header, delimiter and types from the file itself.

DuckDB reads the cells as text, in a dialect that is given, never sniffed. Types come afterwards and are exact: a column
has the narrowest type that *all* its cells have (`infer`), or the one that the mapping declares. So `01037` stays text,
and one odd cell cannot turn into a null in silence.
"""

from __future__ import annotations

import csv
import gzip
import io
import shutil
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import duckdb

from troth.connectors.tabular.mapping import Csv
from troth.errors import Place, Problem, SourceError

_DELIMITERS: Final = (",", ";", "\t", "|")
_ISO: Final = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.]\d{1,9})?)?"
_ZONE: Final = r"\s*(Z|[+-]\d\d(:?\d\d)?)"
_SAMPLE: Final = 2000

PATTERNS: Final = {
    "BIGINT": r"-?(0|[1-9]\d{0,17})",
    "DOUBLE": r"[+-]?(0|[1-9]\d*)?([.]\d*)?([eE][+-]?\d{1,3})?",
    "BOOLEAN": r"true|false|True|False|TRUE|FALSE",
    "DATE": r"\d{4}-\d\d-\d\d",
    "TIMESTAMP": _ISO,
    "TIMESTAMPTZ": _ISO + _ZONE,
}
"""DuckDB type → what every cell of an undeclared text column must look like to get it, narrowest first."""


def unpack(file: Path, scratch: Path) -> Path:
    """Return the file, or the one CSV file inside a .zip, unpacked into the scratch folder.

    Raises:
        SourceError: The archive does not hold exactly one file.
    """
    if file.suffix.lower() != ".zip":
        return file
    try:
        with zipfile.ZipFile(file) as archive:
            members = [
                item for item in archive.infolist() if not item.is_dir() and not item.filename.startswith("__MACOSX")
            ]
            if len(members) != 1:
                raise SourceError(
                    Problem(Place(file.name), "M111", f"{len(members)} files in the archive", "one CSV file")
                )
            target = scratch / (file.name + ".csv")
            with archive.open(members[0]) as source, target.open("wb") as sink:
                shutil.copyfileobj(source, sink, 1 << 20)
            return target
    except (zipfile.BadZipFile, OSError) as error:
        raise SourceError(Problem(Place(file.name), "M111", f"the archive cannot be read: {error}")) from error


def header_of(file: Path, dialect: Csv) -> tuple[list[str], str]:
    """Return the column names of a text table, as they stand in its first line, and its delimiter.

    A name that comes twice gets `_2`, an empty one `column_3`.

    Raises:
        SourceError: The file cannot be read, or has no header.
    """
    encoding = "utf-8-sig" if dialect.encoding == "utf-8" else dialect.encoding
    try:
        unzip = gzip.open if file.suffix.lower() == ".gz" else open
        with unzip(file, "rb") as stream, io.TextIOWrapper(stream, encoding, "replace", newline="") as lines:
            first = lines.readline()
            if "\0" in first:
                raise SourceError(_wide(file.name))
            delimiter = dialect.delimiter or max(
                _DELIMITERS, key=lambda mark: _outside_quotes(first, mark, dialect.quote)
            )
            lines.seek(0)
            names = next(csv.reader(lines, delimiter=delimiter, quotechar=dialect.quote), [])
    except (OSError, UnicodeError, EOFError, csv.Error) as error:
        raise SourceError(
            Problem(Place(file.name), "M111", f"the file cannot be read: {error}", "a text table")
        ) from error
    if not any(name.strip() for name in names):
        remedy = "is the export complete? It has to begin with a line of column names, even where no row follows"
        raise SourceError(
            Problem(Place(file.name, 1, 1), "M111", "no header", "column names in the first line", remedy)
        )
    return _unique(names), delimiter


def _wide(name: str) -> Problem:
    """Return the problem of a text table with null characters: it is in UTF-16 or the like, or is no text at all."""
    found = "the file is no UTF-8 text: it has null characters, as UTF-16 has"
    remedy = "save it as CSV in UTF-8 (a spreadsheet: “CSV UTF-8”), or name its encoding under `csv` of the table"
    return Problem(Place(name, 1, 1), "M111", found, "a text table in UTF-8", remedy)


def blank_lines(file: Path, delimiter: str, dialect: Csv) -> list[int]:
    """Return the numbers of the blank lines of a text table, from 1, a row of several lines counted once."""
    found: list[int] = []
    unzip = gzip.open if file.suffix.lower() == ".gz" else open
    with unzip(file, "rb") as stream, io.TextIOWrapper(stream, dialect.encoding, "replace", newline="") as lines:
        rows = csv.reader(lines, delimiter=delimiter, quotechar=dialect.quote)
        with suppress(csv.Error):  # A cell beyond all measure: what was counted up to it stands.
            found.extend(number for number, row in enumerate(rows, start=1) if not row)
    return found


def read_csv_sql(file: Path, names: Sequence[str], delimiter: str, dialect: Csv, rejects: str) -> str:
    """Return the DuckDB table function that reads every cell as text and puts unreadable lines into a rejects table."""
    columns = ", ".join(f"{quoted(name)}: 'VARCHAR'" for name in names)
    return (
        f"read_csv({literal(str(file))}, auto_detect=false, header=true, delim={literal(delimiter)}, "
        f"quote={literal(dialect.quote)}, escape={literal(dialect.quote)}, columns={{{columns}}}, nullstr='\x01', "
        f"encoding={literal(dialect.encoding)}, store_rejects=true, rejects_table={literal(rejects)}, "
        f"rejects_scan={literal(rejects + '_scan')}, rejects_limit=0, max_line_size=16777216)"
    )


def infer(connection: duckdb.DuckDBPyConnection, relation: str, columns: Sequence[str]) -> dict[str, str]:
    """Return column → narrowest DuckDB type that all its cells have; VARCHAR when none fits or all cells are missing.

    Args:
        connection: Where the relation lives.
        relation: SQL of a relation whose columns are text, missing cells null.
        columns: The columns to look at.
    """
    every = {name: tuple(PATTERNS) for name in columns}
    sampled = _fitting(connection, f"(select * from {relation} limit {_SAMPLE})", every)
    fitting = _fitting(
        connection, relation, {name: kinds or tuple(PATTERNS) for name, kinds in sampled.items() if kinds != ("",)}
    )
    return {name: next(iter(fitting.get(name, ())), "") or "VARCHAR" for name in columns}


def _fitting(
    connection: duckdb.DuckDBPyConnection, relation: str, candidates: dict[str, tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    """Return column → those candidate types that all its cells have: none without cells, `("",)` when none fits."""
    asked = [(name, kind) for name, kinds in candidates.items() for kind in kinds]
    if not asked:
        return {}
    cells = ", ".join(f"count({quoted(name)})" for name in candidates)
    tests = ", ".join(_all_are(name, kind) for name, kind in asked)
    answer = connection.execute(f"select {cells}, {tests} from {relation}").fetchall()[0]
    filled = dict(zip(candidates, answer, strict=False))
    fits = dict(zip(asked, answer[len(candidates) :], strict=True))
    return {
        name: (tuple(kind for kind in kinds if fits[name, kind]) or ("",)) if filled[name] else ()
        for name, kinds in candidates.items()
    }


def _all_are(name: str, kind: str) -> str:
    """Return the SQL that is true when every cell of a column is of a type."""
    column = quoted(name)
    if kind in ("BIGINT", "DOUBLE"):
        fits = f"regexp_full_match({column}, {literal(PATTERNS[kind])}) and try_cast({column} as {kind}) is not null"
    elif kind == "BOOLEAN":
        fits = f"{column} in ('true', 'false', 'True', 'False', 'TRUE', 'FALSE')"
    else:
        fits = f"regexp_full_match({column}, {literal(PATTERNS[kind])}) and try_cast({column} as {kind}) is not null"
    return f"coalesce(bool_and({column} is null or ({fits})), true)"


def quoted(name: str) -> str:
    """Return a name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return a text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def _outside_quotes(line: str, mark: str, quote: str) -> int:
    """Return how often a character stands in a line outside quotes."""
    return sum(part.count(mark) for part in line.split(quote)[::2])


def _unique(names: Sequence[str]) -> list[str]:
    """Return the names, trimmed, with empty and repeated ones made unique."""
    taken: dict[str, int] = {}
    unique = []
    for number, raw in enumerate(names, start=1):
        name = raw.strip() or f"column_{number}"
        taken[name.lower()] = taken.get(name.lower(), 0) + 1
        count = taken[name.lower()]
        unique.append(name if count == 1 else f"{name}_{count}")
    return unique
