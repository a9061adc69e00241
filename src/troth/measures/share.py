"""Shares of rows that come in clusters: value, Wilson's interval, and the interval that allows for the clusters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import ibis
import ibis.expr.types as ir
import msgspec

from troth.measures.interval import effective, ratio_effective, wilson
from troth.measures.question import Question, Tables, members, own_columns


class Part(msgspec.Struct):
    """How many rows, and their weights.

    Attributes:
        n: Rows.
        weighed: Rows that have a weight.
        w: Sum of the weights.
        ww: Sum of their squares.
    """

    n: int = 0
    weighed: int = 0
    w: float = 0.0
    ww: float = 0.0

    def add(self, row: Mapping[str, Any]) -> None:
        """Add a row of counts, as `counted` makes them."""
        self.n += row["n"]
        self.weighed += row["weighed"]
        self.w += row["w"] or 0.0
        self.ww += row["ww"] or 0.0


def added(parts: Iterable[Part]) -> Part:
    """Return the sum of some parts."""
    total = Part()
    for part in parts:
        total.n += part.n
        total.weighed += part.weighed
        total.w += part.w
        total.ww += part.ww
    return total


def owned(tables: Tables, question: Question, table: ir.Table, own: Sequence[str]) -> ir.Table:
    """Return the rows of a table with segments and weights; names of the measure's own in `by` are its columns."""
    named = own_columns(question, own)
    rows = table.mutate(**{column: table[name] for column, name in named.items()}) if named else table
    joined = rows.inner_join(members(tables, question, own), "subject")
    return joined.drop(*[name for name in joined.columns if name.endswith("_right")])


def counted(rows: ir.Table, keys: Sequence[str]) -> ir.Table:
    """Return counts and weights of rows by some columns."""
    return rows.group_by(list(keys)).aggregate(
        n=rows.count(), w=rows.w.sum(), ww=(rows.w * rows.w).sum(), weighed=rows.w.count(), least=rows.w.min()
    )


def clustered(rows: ir.Table, keys: Sequence[str], success: ir.BooleanValue) -> ir.Table:
    """Return the sums over subjects that the interval of a share needs where rows come in clusters.

    Args:
        rows: The decided rows, with `cluster` and `w`.
        keys: What makes a figure.
        success: Whether a row counts.
    """
    seen = rows.mutate(k=ibis.ifelse(success, rows.w, 0.0)).filter(rows.w.notnull())
    single = seen.group_by([*keys, "cluster"]).aggregate(k=seen.k.sum(), d=seen.w.sum(), m=seen.count())
    return single.group_by(list(keys)).aggregate(
        groups=single.count(),
        most=single.m.max(),
        kk=(single.k * single.k).sum(),
        kd=(single.k * single.d).sum(),
        dd=(single.d * single.d).sum(),
    )


def share(name: str, part: Part, whole: Part) -> dict[str, float | None]:
    """Return a share with its Wilson interval as NAME, NAME_low and NAME_high; `None` of nothing."""
    value = part.w / whole.w if whole.w > 0 else None
    n_effective = effective(whole.w, whole.ww)
    interval = None if value is None else wilson(value * n_effective, n_effective)
    low, high = interval or (None, None)
    return {name: value, f"{name}_low": low, f"{name}_high": high}


def cluster_interval(k: float, d: float, sums: Mapping[str, Any] | None) -> dict[str, float | None]:
    """Return `cluster_low` and `cluster_high`: the interval of k/d that allows for several rows of one subject."""
    none: dict[str, float | None] = {"cluster_low": None, "cluster_high": None}
    if sums is None or sums["most"] < 2 or d <= 0:
        return none
    n_effective = ratio_effective(k, d, sums["groups"], (sums["kk"], sums["kd"], sums["dd"]))
    interval = wilson(k / d * n_effective, n_effective)
    return {"cluster_low": interval[0], "cluster_high": interval[1]} if interval else none
