"""The suite that every measure has to pass: engines and a slow plain oracle give the same rows.

Counts and microseconds agree exactly, floats to 1e-9 (relative; near nothing, absolute). Between engines every figure
is compared, with the oracle every figure but those of the comparison of segments, which `troth.measures.comparison`
adds to any measure from its rows alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

import ibis.expr.types as ir
import pyarrow as pa

from troth.measures.comparison import COMPARED
from troth.measures.question import Question, Tables
from troth.measures.registry import answer
from troth.model.estimate import Estimate
from troth.testing.conformance.measures import fidelity, promises, times, told
from troth.testing.conformance.measures.asked import Expected, Oracle
from troth.testing.conformance.measures.world import World

ORACLES: Final[Mapping[str, Oracle]] = {
    "promise_reliability": promises.oracle,
    "status_fidelity": fidelity.status,
    "time_to_usable_outcome": times.usable,
    "exception_closure": times.closure,
    "told_truth": told.truth,
    "predictive_fidelity": told.predicted,
    "informativeness": fidelity.informed,
    "gate_quality": told.gate,
}
"""Measure → its oracle. A new measure is one line here, and a function that says its rows plainly."""

QUESTIONS: Final = (
    Question(minimum=3),
    Question(by=("shop",), minimum=3),
    Question(by=("shop", "express"), weight="w", minimum=3),
)
"""What every measure is asked."""

MORE: Final[Mapping[str, Sequence[Question]]] = {
    "promise_reliability": (Question(kind="by_day", weight="w"),),
    "time_to_usable_outcome": (Question(since=10 * 86_400_000_000, weight="w"), Question(kind="hand_over")),
    "exception_closure": (Question(kind="late", by=("shop",)),),
    "told_truth": (Question(by=("source",)), Question(by=("shop", "source", "channel"), weight="w")),
    "predictive_fidelity": (Question(by=("age", "channel")),),
    "gate_quality": (Question(by=("channel", "shop")),),
}
"""What some are asked beside that."""

Run: TypeAlias = Callable[[ir.Table], pa.Table]
_COMMON: Final = ("segment", "value", "low", "high", "n", "unknown", "bound_low", "bound_high")
_NAMES: Final = ("pack", "kind", "leg", "mode", "implies")
TOLERANCE: Final = 1e-9


def questions(measure: str) -> tuple[Question, ...]:
    """Return what a measure is asked by the suite."""
    return (*QUESTIONS, *MORE.get(measure, ()))


def rows_of(measure: str, tables: Tables, question: Question, run: Run) -> list[Expected]:
    """Return a measure's rows from one engine, flat."""
    return [_flat(one) for one in answer(measure, tables, question, run)]


def _flat(one: Estimate) -> Expected:
    return {**one.figures, **{name: getattr(one, name) for name in _COMMON}}


def agree_between(rows: Sequence[Expected], others: Sequence[Expected]) -> list[str]:
    """Return where two engines differ; they also give their rows in the same order."""
    if [_name(row) for row in rows] != [_name(row) for row in others]:
        return [f"rows {[_name(row) for row in rows]} and {[_name(row) for row in others]}"]
    return [text for row, other in zip(rows, others, strict=True) for text in differences(row, other)]


def agree_with_oracle(measure: str, rows: Sequence[Expected], world: World, question: Question) -> list[str]:
    """Return where an engine differs from the measure's oracle."""
    expected = {_name(row): row for row in ORACLES[measure](world, question)}
    found = {_name(row): {key: value for key, value in row.items() if key not in COMPARED} for row in rows}
    if len(found) != len(rows):
        return ["two rows of one name"]
    if set(found) != set(expected):
        return [f"rows {sorted(found)} where the oracle has {sorted(expected)}"]
    return [text for name, row in found.items() for text in differences(row, expected[name])]


def _name(row: Expected) -> str:
    """Return what tells a row from others, as text."""
    return repr((*(row.get(key) for key in _NAMES), list(row["segment"].items())))


def differences(row: Expected, other: Expected) -> list[str]:
    """Return the figures in which two rows differ, with both."""
    if set(row) != set(other):
        return [f"{_name(row)}: figures {sorted(set(row) ^ set(other))} of one only"]
    return [
        f"{_name(row)} {key}: {value!r} and {other[key]!r}" for key, value in row.items() if not same(value, other[key])
    ]


def same(one: Any, other: Any) -> bool:
    """Return whether two figures agree: floats to 1e-9, anything else exactly."""
    if isinstance(one, dict) and isinstance(other, dict):
        return set(one) == set(other) and all(same(one[key], other[key]) for key in one)
    numbers = isinstance(one, int | float) and isinstance(other, int | float)
    if numbers and (isinstance(one, float) or isinstance(other, float)):
        return math.isclose(one, other, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    return bool(one == other) and type(one) is type(other)
