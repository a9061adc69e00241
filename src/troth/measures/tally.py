"""Counting rows by some columns, and with them how a further column is spread: in one pass over the rows.

Where every row counts once, the values of the further column come as one list for each group; where rows have weights,
each distinct value comes with its weight. Both are read the same way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import ibis
import ibis.expr.types as ir
import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from troth.measures.interval import quantile
from troth.measures.question import Question
from troth.measures.segment import floats, ints, least, split
from troth.model.times import SECOND

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

COUNTS: Final = ("n", "w", "ww", "weighed", "least")
"""What is counted: rows, sum of weights, sum of their squares, rows with a weight, the smallest weight."""


class Tally(msgspec.Struct, frozen=True):
    """The rows of one group, counted.

    Attributes:
        row: The columns that they have in common, with `COUNTS`.
        values: Of the column that is spread, where it is known; any order, repetitions allowed.
        weights: Of the values; `None`: each counts once.
    """

    row: Mapping[str, Any]
    values: Ints
    weights: Floats | None


def tallied(
    rows: ir.Table, keys: Sequence[str], question: Question, column: str = "", where: ir.BooleanValue | None = None
) -> ir.Table:
    """Return `COUNTS` of rows by some columns, and the values of one more.

    Args:
        rows: With a weight `w`.
        keys: What makes a group.
        question: What is asked: whether rows have weights.
        column: An integer column of which the values are wanted; none by default.
        where: The rows of which they are wanted; by default all.
    """
    if question.weight is None:
        return _once(rows, keys, column, where)
    further = {}
    if column:
        value = rows[column]
        further = {column: value if where is None else ibis.ifelse(where, value, ibis.null("int64"))}
    own = rows.select(*keys, "w", **further)
    return own.group_by([*keys, *further]).aggregate(
        n=own.count(), w=own.w.sum(), ww=(own.w * own.w).sum(), weighed=own.w.count(), least=own.w.min()
    )


def _once(rows: ir.Table, keys: Sequence[str], column: str, where: ir.BooleanValue | None) -> ir.Table:
    """Return the same where every row counts once: it is enough to count."""
    lists = {column: rows[column].collect(where=where)} if column else {}
    counted = rows.group_by(list(keys)).aggregate(n=rows.count(), **lists)
    one, weight = ibis.literal(1, "int64").cast("float64"), counted.n.cast("float64")
    return counted.mutate(w=weight, ww=weight, weighed=counted.n, least=one)


def tallies(table: pa.Table, keys: Sequence[str], column: str) -> dict[tuple[Any, ...], list[Tally]]:
    """Return the groups of `tallied` by the values of some of its keys.

    Args:
        table: The answer.
        keys: The columns to tell them by.
        column: The column that is spread.
    """
    found: dict[tuple[Any, ...], list[Tally]] = {}
    once = pa.types.is_list(table.schema.field(column).type) or pa.types.is_large_list(table.schema.field(column).type)
    for one in _lists(table, column) if once else _weighed(table, column):
        found.setdefault(tuple(one.row[key] for key in keys), []).append(one)
    return found


def _lists(table: pa.Table, column: str) -> list[Tally]:
    """Return the groups where each row counts once."""
    lists = table.column(column).combine_chunks()
    # A group of which no value is wanted has no list.
    ends = np.cumsum(pc.fill_null(pc.list_value_length(lists), 0).to_numpy(zero_copy_only=False))
    values = np.asarray(lists.flatten().cast(pa.int64()).to_numpy(zero_copy_only=False), dtype=np.int64)
    starts = np.concatenate([[0], ends[:-1]]).astype(np.int64) if len(ends) else ends
    rows = table.drop_columns([column]).to_pylist()
    return [
        Tally(row, values[start:end], None)
        for row, start, end in zip(rows, starts.tolist(), ends.tolist(), strict=True)
    ]


def _weighed(table: pa.Table, column: str) -> list[Tally]:
    """Return the groups where rows have weights: a row of the answer is a distinct value."""
    own = [name for name in table.column_names if name not in (column, *COUNTS)]
    found = []
    for key, rows in split(table, own):
        row: dict[str, Any] = dict(zip(own, key, strict=True))
        row |= {name: int(np.sum(ints(rows, name))) for name in ("n", "weighed")}
        row |= {name: float(np.sum(floats(rows, name))) for name in ("w", "ww")}
        row["least"] = least(rows, "least")
        wanted = rows.filter(pc.and_(pc.is_valid(rows.column(column)), pc.is_valid(rows.column("w"))))
        found.append(Tally(row, ints(wanted, column), floats(wanted, "w")))
    return found


def together(groups: Sequence[Tally]) -> tuple[Ints, Floats | None]:
    """Return the values of several groups and their weights."""
    if not groups:
        return np.zeros(0, dtype=np.int64), None
    values = np.concatenate([one.values for one in groups])
    weights = [one.weights for one in groups if one.weights is not None]
    return values, np.concatenate(weights) if weights else None


def quantiles(groups: Sequence[Tally], shares: Mapping[str, float]) -> dict[str, float | None]:
    """Return quantiles of the values of several groups, microseconds as seconds; `None` of nothing.

    Args:
        groups: The groups.
        shares: Name of a figure → share of the weight at or below it.
    """
    values, weights = together(groups)
    found = {name: quantile(values, weights, share) for name, share in shares.items()}
    return {name: None if value is None else value / SECOND for name, value in found.items()}
