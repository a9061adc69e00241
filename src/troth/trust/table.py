"""Facts of many subjects as one matrix: numbers as they are, words as codes of their frequent values.

Nothing here looks at an outcome. What is the same for everybody, and what repeats another column, is left out: it can
tell nothing. A word that nearly every subject has of its own (an id, a street) is left out too.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from troth.trust.facts import ELAPSED, SEPARATOR, Facts, group_of

Floats: TypeAlias = npt.NDArray[np.float64]
Ints: TypeAlias = npt.NDArray[np.int64]
Bools: TypeAlias = npt.NDArray[np.bool_]

LEVELS_MAX: Final = 40
"""Values of a word that get a code of their own; the others share one."""
LEVEL_LEAST: Final = 30
"""Subjects that a value needs for a code of its own."""
COVERED_LEAST: Final = 0.6
"""A word whose own codes cover a smaller share of the subjects is a name, not a segment."""

_PLAIN: Final = ("days late", "share done", "days promised")


@dataclasses.dataclass(frozen=True)
class Table:
    """Facts of many subjects.

    Attributes:
        names: Names of the columns.
        values: One row a subject, one column a fact; NaN: not known.
        levels: Column of words → its values in the order of their codes; the code after the last one is any other.
    """

    names: tuple[str, ...]
    values: Floats
    levels: Mapping[str, tuple[str, ...]]

    @property
    def words(self) -> Bools:
        """Return which columns are codes of words."""
        return np.array([name in self.levels for name in self.names], dtype=np.bool_)

    @property
    def groups(self) -> dict[str, list[int]]:
        """Return the columns of each group of facts."""
        found: dict[str, list[int]] = {}
        for index, name in enumerate(self.names):
            found.setdefault(group_of(name), []).append(index)
        return found

    @property
    def plain(self) -> list[int]:
        """Return the columns of the plain model.

        They are the time elapsed and, of each promise, the days late, done or not and the days promised; and the
        attributes that are numbers.
        """
        wanted = []
        for index, name in enumerate(self.names):
            group, _, what = name.partition(SEPARATOR)
            if name == ELAPSED or what in _PLAIN or (group == "attribute" and name not in self.levels):
                wanted.append(index)
        return wanted

    def coded(self, rows: Sequence[Facts]) -> Floats:
        """Return other subjects' facts in the columns of this table."""
        found = _columns(rows)
        values = np.full((len(rows), len(self.names)), np.nan)
        for index, name in enumerate(self.names):
            if name in found:
                values[:, index] = _codes(len(rows), *found[name], self.levels.get(name))
        return values


def table_of(rows: Sequence[Facts]) -> Table:
    """Return the facts of many subjects as a table; the columns stand in the order of their names."""
    found = _columns(rows)
    names, columns, levels = [], [], {}
    seen: set[bytes] = set()
    for name in sorted(found):
        places, values = found[name]
        own = _levels(values)
        if own is not None and not own:
            continue
        column = _codes(len(rows), places, values, own)
        if _constant(column) or column.tobytes() in seen:
            continue
        seen.add(column.tobytes())
        names.append(name)
        columns.append(column)
        if own is not None:
            levels[name] = own
    return Table(tuple(names), np.column_stack(columns) if columns else np.empty((len(rows), 0)), levels)


def _columns(rows: Sequence[Facts]) -> dict[str, tuple[list[int], list[float | str]]]:
    """Return of every fact the rows that have it, and its values there."""
    found: dict[str, tuple[list[int], list[float | str]]] = {}
    for index, row in enumerate(rows):
        for name, value in row.items():
            column = found.get(name)
            if column is None:
                column = found[name] = ([], [])
            column[0].append(index)
            column[1].append(value)
    return found


def _levels(values: Sequence[float | str]) -> tuple[str, ...] | None:
    """Return the values of a word that get codes, the most frequent first; none: a name. `None`: it is a number."""
    if not any(isinstance(value, str) for value in values):
        return None
    counts = Counter(map(str, values))
    ranked = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    kept = [(value, count) for value, count in ranked[:LEVELS_MAX] if count >= LEVEL_LEAST]
    if sum(count for _, count in kept) < COVERED_LEAST * len(values):
        return ()
    return tuple(value for value, _ in kept)


def _codes(size: int, places: Sequence[int], values: Sequence[float | str], levels: Sequence[str] | None) -> Floats:
    """Return one column."""
    column = np.full(size, np.nan)
    if levels is None:
        column[list(places)] = [np.nan if isinstance(value, str) else value for value in values]
    else:
        codes = {value: float(code) for code, value in enumerate(levels)}
        column[list(places)] = [codes.get(str(value), float(len(codes))) for value in values]
    return column


def _constant(column: Floats) -> bool:
    """Return whether too few subjects differ from all the others for anything to be learned from a column."""
    known = np.sort(column[~np.isnan(column)])
    if known.size < LEVEL_LEAST:
        return True
    _, counts = np.unique(known, return_counts=True)
    return bool(column.size - counts.max() < LEVEL_LEAST)
