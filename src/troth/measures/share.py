"""Shares of rows that come in clusters: value, Wilson's interval, and the interval that allows for the clusters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import ibis.expr.types as ir
import msgspec

from troth.measures.interval import bounds, effective, ratio_effective, wilson
from troth.measures.question import Question, Tables, members, own_columns, segment_columns
from troth.measures.segment import notes_of, segment_of
from troth.model.estimate import Estimate


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


def clustered(
    tables: Tables, question: Question, decided: ir.Table, keys: Sequence[str], success: str, own: Sequence[str] = ()
) -> ir.Table:
    """Return the sums over subjects that the interval of a share needs where rows come in clusters.

    Rows are added up for each subject first, and only then joined with it: there are fewer subjects than rows, and all
    rows of one have its weight.

    Args:
        tables: What is asked of.
        question: What is asked.
        decided: The decided rows, without segments and weights.
        keys: What makes a figure.
        success: The column of the rows that says whether a row counts.
        own: Names in `by` that are columns of the rows.
    """
    named = own_columns(question, own)
    of_rows = [key for key in keys if key in named or key not in segment_columns(question)]
    rows = decided.select("subject", success, **{key: decided[named.get(key, key)] for key in of_rows})
    single = rows.group_by(["subject", *of_rows]).aggregate(good=rows.count(where=rows[success]), m=rows.count())
    joined = single.inner_join(members(tables, question, own), "subject")
    joined = joined.mutate(k=joined.w * joined.good.cast("float64"), d=joined.w * joined.m.cast("float64"))
    if question.weight is not None:
        joined = joined.filter(joined.w.notnull())
    return joined.group_by(list(keys)).aggregate(
        groups=joined.count(),
        most=joined.m.max(),
        kk=(joined.k * joined.k).sum(),
        kd=(joined.k * joined.d).sum(),
        dd=(joined.d * joined.d).sum(),
    )


def share(name: str, part: Part, whole: Part) -> dict[str, float | None]:
    """Return a share with its Wilson interval as NAME, NAME_low and NAME_high; `None` of nothing."""
    value = part.w / whole.w if whole.w > 0 else None
    n_effective = effective(whole.w, whole.ww)
    interval = None if value is None else wilson(value * n_effective, n_effective)
    low, high = interval or (None, None)
    return {name: value, f"{name}_low": low, f"{name}_high": high}


def estimate_of(
    measure: str,
    tables: Tables,
    question: Question,
    key: Sequence[Any],
    counts: tuple[Part, Part, Part],
    figures: dict[str, Any],
) -> Estimate:
    """Return the estimate of a share: value, Wilson's interval, bounds for what nobody can decide.

    Args:
        measure: Its name.
        tables: What is asked of.
        question: What is asked.
        key: What makes the figure; the segment's values come last.
        counts: What counts, what is decided, what nobody can decide.
        figures: The measure's own figures.
    """
    good, decided, unknown = counts
    value, span = share("value", good, decided), bounds(good.w, decided.w, unknown.w)
    return Estimate(
        measure=measure,
        segment=segment_of(question, key),
        value=value["value"],
        low=value["value_low"],
        high=value["value_high"],
        n=decided.n,
        unknown=unknown.n,
        bound_low=span[0] if span else None,
        bound_high=span[1] if span else None,
        as_of=tables.as_of,
        figures=figures,
        note=notes_of(tables, question, decided.n),
    )


def cluster_interval(k: float, d: float, sums: Mapping[str, Any] | None) -> dict[str, float | None]:
    """Return `cluster_low` and `cluster_high`: the interval of k/d that allows for several rows of one subject."""
    none: dict[str, float | None] = {"cluster_low": None, "cluster_high": None}
    if sums is None or sums["most"] < 2 or d <= 0:
        return none
    n_effective = ratio_effective(k, d, sums["groups"], (sums["kk"], sums["kd"], sums["dd"]))
    interval = wilson(k / d * n_effective, n_effective)
    return {"cluster_low": interval[0], "cluster_high": interval[1]} if interval else none
