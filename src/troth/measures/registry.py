"""The measures by name. A new measure is one file beside this one and one line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import ibis.expr.types as ir
import pyarrow as pa

from troth.errors import MeasureError, Place, Problem
from troth.measures import (
    exception_closure,
    gate_quality,
    informativeness,
    predictive_fidelity,
    promise_reliability,
    status_fidelity,
    time_to_usable_outcome,
    told_truth,
)
from troth.measures.definition import Measure
from troth.measures.question import Question, Tables
from troth.model.estimate import Estimate

MEASURES: Final[Mapping[str, Measure]] = {
    measure.definition.name: measure
    for measure in (
        promise_reliability.MEASURE,
        status_fidelity.MEASURE,
        time_to_usable_outcome.MEASURE,
        exception_closure.MEASURE,
        told_truth.MEASURE,
        predictive_fidelity.MEASURE,
        informativeness.MEASURE,
        gate_quality.MEASURE,
    )
}


def measure_of(name: str) -> Measure:
    """Return a measure by its name.

    Raises:
        MeasureError: Q101, there is none.
    """
    if name not in MEASURES:
        expected = f"one of: {', '.join(MEASURES)}"
        raise MeasureError(
            Problem(Place(path=name), "Q101", f"no measure is named {name!r}", expected, "choose one of them")
        )
    return MEASURES[name]


def answer(name: str, tables: Tables, question: Question, run: Callable[[ir.Table], pa.Table]) -> list[Estimate]:
    """Return a measure's estimates; `run` executes an expression, and is the caller's.

    Raises:
        MeasureError: The question does not fit the tables; see `troth.codes.q_measure`.
    """
    measure = measure_of(name)
    answers = {part: run(expression) for part, expression in measure.plan(tables, question).items()}
    return measure.estimate(answers, tables, question)


def evidence(
    name: str, tables: Tables, question: Question, segment: Mapping[str, object], part: str, kind: str = ""
) -> ir.Table:
    """Return the expression for the rows behind one figure; its first column is `subject`.

    Args:
        name: The measure.
        tables: What was asked of.
        question: What was asked.
        segment: The estimate's segment.
        part: One of the definition's parts.
        kind: The estimate's kind (or pack, where the measure has no kinds).

    Raises:
        MeasureError: Q101 no such measure, Q108 no such part, or the question does not fit.
    """
    measure = measure_of(name)
    measure.plan(tables, question)  # Refuses what it would refuse.
    if part not in measure.definition.parts:
        expected = f"one of: {', '.join(measure.definition.parts)}"
        raise MeasureError(
            Problem(Place(path=name), "Q108", f"no part is named {part!r}", expected, "choose one of them")
        )
    return measure.evidence(tables, question, segment, kind, part)
