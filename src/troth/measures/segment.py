"""Segments of an answer: splitting its rows, marking those with too few cases, ranking the others worst first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, TypeAlias

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from troth.errors import MeasureError, Place, Problem
from troth.measures.comparison import Scale, compared
from troth.measures.question import Question, Tables, segment_columns
from troth.model.estimate import Estimate

INSUFFICIENT: Final = "insufficient data"

Floats: TypeAlias = npt.NDArray[np.float64]
Ints: TypeAlias = npt.NDArray[np.int64]


def split(table: pa.Table, keys: Sequence[str]) -> Iterator[tuple[tuple[Any, ...], pa.Table]]:
    """Yield (values of the keys, their rows), rows in their former order; null is a value like any other.

    Works on columns, not on rows: a million rows in a few milliseconds.
    """
    if not table.num_rows:
        return
    code: Ints = np.zeros(table.num_rows, dtype=np.int64)
    for key in keys:
        values = table.column(key).combine_chunks()
        encoded = values.dictionary_encode(null_encoding="encode")
        code = code * (len(encoded.dictionary) + 1) + encoded.indices.to_numpy(zero_copy_only=False)
    _, first, inverse, counts = np.unique(code, return_index=True, return_inverse=True, return_counts=True)
    ordered = table.take(pa.array(np.argsort(inverse, kind="stable")))
    start = 0
    for index, count in zip(first.tolist(), counts.tolist(), strict=True):
        yield tuple(table.column(key)[index].as_py() for key in keys), ordered.slice(start, count)
        start += count


def floats(table: pa.Table, column: str) -> Floats:
    """Return a column as float64; null is 0: a sum over nothing."""
    filled = table.column(column).cast(pa.float64()).fill_null(0.0)
    return np.asarray(filled.to_numpy(), dtype=np.float64)


def ints(table: pa.Table, column: str) -> Ints:
    """Return a column without nulls as int64."""
    return np.asarray(table.column(column).cast(pa.int64()).to_numpy(), dtype=np.int64)


def equal(table: pa.Table, column: str, value: str) -> npt.NDArray[np.bool_]:
    """Return where a column has a value; null is not equal to it."""
    same = pc.equal(table.column(column), value).fill_null(False)
    return np.asarray(same.to_numpy(), dtype=np.bool_)


def least(table: pa.Table, column: str) -> float | None:
    """Return the smallest value of a column; `None` of nothing."""
    found: float | None = pc.min(table.column(column)).as_py()
    return found


def group_keys(question: Question, *own: str) -> list[str]:
    """Return the columns that make a row of a measure: its own (pack, kind, leg) and the segment's."""
    return [*own, *segment_columns(question)]


def segment_of(question: Question, values: Sequence[Any]) -> dict[str, Any]:
    """Return attribute → value from the last values of a group's key."""
    return dict(zip(question.by, values[len(values) - len(question.by) :], strict=True))


def notes_of(tables: Tables, question: Question, n: int, *more: str) -> str:
    """Return the notes of a row: too few cases, segments known only late, and the measure's own."""
    notes = [INSUFFICIENT] if n < question.minimum else []
    late = [name for name in question.by if name in tables.attributes and tables.attributes[name].later]
    # A cohort defined by a later event has survived until that event: comparing it flatters (immortal time).
    notes += [f"{name} is known only after the request for {tables.attributes[name].later} subjects" for name in late]
    return "; ".join([*notes, *(note for note in more if note)])


def ranked(
    rows: Sequence[Estimate],
    question: Question,
    group: Callable[[Estimate], Any],
    badness: Callable[[Estimate], float],
    scale: Scale = "share",
) -> list[Estimate]:
    """Return the rows grouped, worst first within a group; segments are compared, and ranked if they have enough cases.

    Segments are ranked by their pooled values (see `troth.measures.comparison`). A row under the minimum keeps its
    value, has no `rank`, and stands last in its group. Without segments nothing is compared.

    Args:
        rows: Estimates in any order.
        question: What was asked.
        group: Sort key of the group that a row is compared in (kind, leg).
        badness: Greater is worse; it is asked of rows whose value is the pooled one where there is one.
        scale: What the value is, and so how it is pooled.
    """
    if question.by:
        # In one order, whatever that of the answers was: sums over segments are the same then to the last digit.
        rows = compared(sorted(rows, key=lambda row: (group(row), _last(row))), question, group, scale)
    placed = []
    for row in rows:
        pooled = row.figures.get("pooled") if question.by else None
        bad = badness(row if pooled is None else msgspec.structs.replace(row, value=pooled))
        few = row.n < question.minimum
        placed.append((group(row), few, 0.0 if few else -bad, _last(row), row))
    placed.sort(key=lambda one: one[:4])
    if not question.by:
        return [row for *_, row in placed]
    return _with_ranks(placed)


def _last(row: Estimate) -> list[tuple[bool, str]]:
    """Return what tells rows apart that nothing else does: the values of their segment, not known last."""
    return [(value is None, str(value)) for value in row.segment.values()]


def _with_ranks(placed: Sequence[tuple[Any, bool, float, Any, Estimate]]) -> list[Estimate]:
    """Return sorted rows with their ranks; equally bad rows share one, rows of too few cases have none."""
    found: list[Estimate] = []
    before: tuple[Any, float] | None = None
    place = rank = 0
    for belongs, few, bad, _, row in placed:
        if before is None or before[0] != belongs:
            place, before = 0, None
        place += 1
        if before is None or before[1] != bad:
            rank = place
        before = (belongs, bad)
        found.append(row if few else msgspec.structs.replace(row, figures={**row.figures, "rank": rank}))
    return found


def refuse_negative(weights: float | None, measure: str, attribute: str | None) -> None:
    """Refuse a negative weight.

    Raises:
        MeasureError: Q107.
    """
    if weights is not None and weights < 0:
        found = f"the weight {attribute!r} is {weights} on a row"
        raise MeasureError(Problem(Place(path=measure), "Q107", found, "no weight under 0", "put the weights right"))
