"""Rows in order in memory: the earliest first, without looking at all of them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from typing import Any, Generic, TypeVar

from troth.ledger.memory.journal import Journal

Row = TypeVar("Row", bound=tuple[Any, ...])


class SortedRows(Generic[Row]):
    """A list of rows (order, subject, …) that stays sorted; changes are undone with the unit that made them.

    Args:
        journal: Keeps the way back.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._rows: list[Row] = []

    def add(self, row: Row) -> None:
        """Put a row in its place."""
        insort(self._rows, row)
        self._journal.undo_by(lambda: self._drop(row))

    def remove(self, row: Row) -> None:
        """Take a row out that is there."""
        self._drop(row)
        self._journal.undo_by(lambda: insort(self._rows, row))

    def _drop(self, row: Row) -> None:
        """Take a row out."""
        place = bisect_left(self._rows, row)
        assert self._rows[place] == row, "what is removed is there"
        del self._rows[place]

    def first(self) -> Row | None:
        """Return the first row."""
        return self._rows[0] if self._rows else None

    def past(self, order: int | None) -> Iterator[Row]:
        """Yield the rows with an order greater than a given one; `None`: all."""
        start = 0 if order is None else bisect_right(self._rows, order, key=lambda row: row[0])
        for place in range(start, len(self._rows)):
            yield self._rows[place]
