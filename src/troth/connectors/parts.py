"""Files that hold several tables at once, unfolded: each part becomes a Parquet file of text columns.

Event logs (XES, OCEL) are no tables. A reader walks through such a file once and writes what it finds as parts, so that
a mapping reads them with everything it can do to tables: queries, quarantine, replay. Memory is bounded by a batch.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

BATCH: Final = 20_000
"""Rows that are held before they are written."""

NUMBER: Final = "file_row"
"""Name of the column with the number of a row in its file; those that cannot be used are counted."""


_encode: Final = msgspec.json.Encoder().encode


class Unusable(msgspec.Struct, frozen=True):
    """Something in a file that cannot be used, and why.

    Attributes:
        part: The part it would belong to.
        row: Its number in that part, from 1.
        code: Code of the problem.
        reason: The problem in words, with the line or path in the file.
        cells: What was read of it, as JSON values.
    """

    part: str
    row: int
    code: str
    reason: str
    cells: dict[str, Any]


class Part:
    """One part of a file while it is being written: rows in, a Parquet file out."""

    def __init__(self, file: Path, columns: tuple[str, ...], whole: frozenset[str]) -> None:
        """Open the file."""
        fields = [(name, pa.int64() if name in whole else pa.string()) for name in (*columns, NUMBER)]
        self._schema = pa.schema(fields)
        self._writer = pq.ParquetWriter(file, self._schema, compression="zstd")
        self._held: list[list[Any]] = [[] for _ in fields]
        self._number = 0

    def count(self) -> int:
        """Return the number of the next row, and count it whether it is added or not."""
        self._number += 1
        return self._number

    def add(self, number: int, *cells: str | int | None) -> None:
        """Add a row with its number and its cells in the order of the columns."""
        for column, cell in zip(self._held, (*cells, number), strict=True):
            column.append(cell)
        if len(self._held[0]) >= BATCH:
            self._flush()

    def close(self) -> None:
        """Write what is held and close the file."""
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        """Write what is held."""
        if self._held[0]:
            self._writer.write_batch(pa.record_batch(self._held, schema=self._schema))
            for column in self._held:
                column.clear()


class Unfolding:
    """The parts of one file while they are being written; a context manager.

    Attributes:
        file: The file that is read.
        bad: What cannot be used.
        notes: What a reader should know of the file, as (code, words).
    """

    def __init__(self, file: Path, folder: Path, parts: Mapping[str, tuple[str, ...]], whole: frozenset[str]) -> None:
        """Make a part for each name.

        Args:
            file: The file that is read.
            folder: Where the parts are written.
            parts: Name of a part → its columns.
            whole: Columns of whole numbers, with `file_row`; all others are text.
        """
        self.file = file
        self.bad: list[Unusable] = []
        self.notes: list[tuple[str, str]] = []
        self.paths = {name: folder / f"{name}.parquet" for name in parts}
        self._parts = {name: Part(self.paths[name], columns, whole | {NUMBER}) for name, columns in parts.items()}

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Finish every part."""
        for part in self._parts.values():
            part.close()

    def add(self, part: str, *cells: str | int | None) -> None:
        """Add a row to a part."""
        target = self._parts[part]
        target.add(target.count(), *cells)

    def add_as(self, part: str, number: int, *cells: str | int | None) -> None:
        """Add a row that has a number in its file already."""
        self._parts[part].add(number, *cells)

    def refuse(self, part: str, code: str, reason: str, cells: Mapping[str, Any], number: int = 0) -> None:
        """Keep a row of a part that cannot be used, with the reason; count it unless it has a number already."""
        self.bad.append(Unusable(part, number or self._parts[part].count(), code, reason, dict(cells)))


def compact(value: object) -> str:
    """Return a value as JSON text in one line, the characters as they are."""
    try:
        return _encode(value).decode()
    except OverflowError:  # a whole number beyond 64 bits
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
