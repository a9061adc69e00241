"""Counting rows with how a column is spread, on rows that each count once and on rows with weights."""

from __future__ import annotations

from typing import Any

import ibis
import pytest

from troth.measures.question import Question
from troth.measures.tally import Tally, quantiles, tallied, tallies
from troth.model.times import SECOND

ROWS = {
    "kind": ["a", "a", "a", "b", "b", "c"],
    "part": ["late", "late", "kept", "late", "late", "kept"],
    "lag": [5 * SECOND, 1 * SECOND, 7 * SECOND, 2 * SECOND, None, 9 * SECOND],
    "w": [1.0, 3.0, 1.0, None, 2.0, 1.0],
}
WEIGHTED = Question(weight="w")


def _found(question: Question) -> dict[tuple[Any, ...], list[Tally]]:
    rows = ibis.memtable(ROWS, schema={"kind": "string", "part": "string", "lag": "int64", "w": "float64"})
    if question.weight is None:
        rows = rows.mutate(w=ibis.literal(1, "int64").cast("float64"))
    counted = tallied(rows, ["kind", "part"], question, "lag", rows.part == "late")
    return tallies(ibis.duckdb.connect().to_pyarrow(counted), ["kind"], "lag")


def _late(groups: list[Tally]) -> Tally:
    return next(one for one in groups if one.row["part"] == "late")


@pytest.mark.parametrize("question", [Question(), WEIGHTED])
def test_every_row_is_counted_once(question: Question) -> None:
    found = _found(question)
    counts = {(*key, one.row["part"]): one.row["n"] for key, groups in found.items() for one in groups}
    assert counts == {("a", "late"): 2, ("a", "kept"): 1, ("b", "late"): 2, ("c", "kept"): 1}


def test_where_each_row_counts_once_its_values_come_as_they_are() -> None:
    found = _found(Question())
    late = _late(found["a",])
    assert (sorted(late.values.tolist()), late.weights) == ([SECOND, 5 * SECOND], None)
    assert (late.row["w"], late.row["ww"], late.row["weighed"], late.row["least"]) == (2.0, 2.0, 2, 1.0)
    assert _late(found["b",]).values.tolist() == [2 * SECOND]
    assert [one.values.tolist() for one in found["c",]] == [[]]  # Not wanted.


def test_weights_come_with_the_values_and_rows_without_one_are_only_counted() -> None:
    found = _found(WEIGHTED)
    late = _late(found["a",])
    assert late.weights is not None
    assert dict(zip(late.values.tolist(), late.weights.tolist(), strict=True)) == {SECOND: 3.0, 5 * SECOND: 1.0}
    assert (late.row["w"], late.row["ww"], late.row["weighed"], late.row["least"]) == (4.0, 10.0, 2, 1.0)
    other = _late(found["b",])
    assert (other.row["n"], other.row["weighed"], other.row["w"], other.values.tolist()) == (2, 1, 2.0, [])


def test_quantiles_are_in_seconds_and_of_nothing_there_are_none() -> None:
    shares = {"p50": 0.5, "p90": 0.9}
    assert quantiles(_found(Question())["a",], shares) == {"p50": 1.0, "p90": 5.0}
    assert quantiles(_found(WEIGHTED)["a",], shares) == {"p50": 1.0, "p90": 5.0}
    assert quantiles(_found(Question())["c",], shares) == {"p50": None, "p90": None}
