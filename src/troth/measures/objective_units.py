"""What an objective counts, as rows of `subject, good, total, unknown`: promises, time, subjects or cases of a window.

A unit belongs to the window in which its moment of truth lies: when it was due, or when its time was up, never when it
was closed. What is not due yet is in no window, however well it went. Time belongs to the window in which it passed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

import ibis
import ibis.expr.types as ir
import msgspec

from troth.measures import exception_closure, promise_reliability, time_to_usable_outcome
from troth.measures.question import Question, Tables
from troth.model.objective import Objective
from troth.model.times import HOUR, Micros

Units: TypeAlias = Callable[[Tables, Objective, Micros], ir.Table]
"""(tables, objective, since) → what is counted after since, up to the tables' moment."""


class Counted(msgspec.Struct, frozen=True):
    """How a measure's objectives are counted.

    Attributes:
        units: The rows.
        unit: What is counted, in the plural.
        size: How much of `total` is one unit: microseconds of an hour where time is counted.
    """

    units: Units
    unit: str
    size: int = 1


def _one(flag: ir.Value) -> ir.Value:
    return ibis.ifelse(flag, ibis.literal(1, "int64"), ibis.literal(0, "int64"))


def _promises(tables: Tables, objective: Objective, since: Micros) -> ir.Table:
    promises = tables.promises.filter(tables.promises.kind == objective.kind)
    # Where the due moment is not disclosed, the deciding event is the only moment there is.
    moment = ibis.coalesce(promises.first_limit, promises.decided_at)
    part = promise_reliability.part_of(promises.outcome, promises.first_limit, ibis.literal(tables.as_of, "int64"))
    rows = promises.select("subject", moment=moment, part=part)
    rows = rows.filter((rows.moment > since) & (rows.moment <= tables.as_of))
    return rows.select(
        "subject",
        good=_one(rows.part == "kept"),
        total=_one(rows.part.isin(promise_reliability.DECIDED)),
        unknown=_one(rows.part == "unknown"),
    )


def _time(tables: Tables, objective: Objective, since: Micros) -> ir.Table:  # noqa: ARG001  all share one signature
    start, end, zero = (ibis.literal(value, "int64") for value in (since, tables.as_of, 0))
    spans = tables.spans
    length = ibis.greatest(ibis.least(spans.until, end) - ibis.greatest(spans.since, start), zero)
    rows = spans.select("subject", length=length, alignment=spans.alignment)
    told = rows.select(
        "subject", good=ibis.ifelse(rows.alignment == "aligned", rows.length, zero), total=rows.length, unknown=zero
    )
    subjects = tables.subjects
    undated = subjects.filter(subjects.requested_at.notnull() & subjects.clock_until.isnull())
    possible = ibis.greatest(end - ibis.greatest(undated.requested_at, start), zero)
    both = told.union(undated.select("subject", good=zero, total=zero, unknown=possible))
    return both.filter((both.total > 0) | (both.unknown > 0))


def _subjects(tables: Tables, objective: Objective, since: Micros) -> ir.Table:
    within = objective.within or 0
    rows = time_to_usable_outcome.rows_of(tables, Question())
    moment = rows.requested_at + within
    reached = (rows.part == "reached") & (rows.duration <= within)
    # Whoever is waiting still, or nobody knows of, has a moment of truth only as far as they were observed.
    waiting = rows.part.isin(time_to_usable_outcome.CENSORED)
    seen = ~waiting | (rows.end >= moment)
    rows = rows.mutate(moment=moment, good=reached, counts=rows.part.isin(["reached", "competing", "open"]))
    rows = rows.filter(seen & (rows.moment > since) & (rows.moment <= tables.as_of))
    unknown = rows.part.isin(["undated", "unknown"])
    return rows.select("subject", good=_one(rows.good), total=_one(rows.counts), unknown=_one(unknown))


def _cases(tables: Tables, objective: Objective, since: Micros) -> ir.Table:
    within = objective.within or 0
    rows = exception_closure.rows_of(tables, Question(kind=objective.kind), objective.leg)
    rows = rows.mutate(moment=rows.start + within)
    rows = rows.filter((rows.moment > since) & (rows.moment <= tables.as_of))
    good = (rows.state == "done") & (rows.time <= within)
    return rows.select(
        "subject",
        good=_one(good),
        # Closed, but not clean, is no success of a leg that ends with a clean closing; a false alarm is no case.
        total=_one(rows.state.isin(["done", "waiting", "unclean"])),
        unknown=_one(rows.state == "unknown"),
    )


COUNTED: Final[Mapping[str, Counted]] = {
    "promise_reliability": Counted(_promises, "promises"),
    "status_fidelity": Counted(_time, "hours", HOUR),
    "time_to_usable_outcome": Counted(_subjects, "subjects"),
    "exception_closure": Counted(_cases, "cases"),
}
"""Measure → how its objectives are counted. A measure that objectives may speak of is also in `AIMED_AT`."""
