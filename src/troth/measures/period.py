"""Periods: a measure over some stretch of time, and over many stretches beside each other.

Cohorts are formed by due date or start date, never by closing date. A promise belongs to the period in which its first
window has passed, a subject to that of its request, a case to that of its opening, a message to that of its telling;
of time that part belongs to a period that passed in it. Periods are open at their start and closed at their end, like
those of objectives: what is due at midnight is due on the day that ends.

Tables restricted to a period are tables like any others: a figure and the rows behind it come from the same ones.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, Final

import ibis
import ibis.expr.types as ir
import msgspec

from troth.measures.question import AttributeColumn, Tables
from troth.model.times import FOREVER, Micros

PERIOD: Final = "(period)"
"""What `by` names to have a row for each period of `beside`: no attribute of a subject is called so."""
_COLUMN: Final = "p:period"
_MARK: Final = "\x1f"
"""Stands between a subject and the number of a period where one subject is in several."""

_MOMENTS: Final[Mapping[str, Mapping[str, str]]] = {
    "promise_reliability": {},
    "status_fidelity": {"tellings": "told_at", "changes": "since"},
    "time_to_usable_outcome": {"subjects": "requested_at"},
    "exception_closure": {"cases": "opened_at"},
    "told_truth": {"tellings": "told_at"},
    "predictive_fidelity": {"tellings": "told_at"},
    "informativeness": {},
    "gate_quality": {"asks": "decided_at", "tellings": "told_at"},
}
"""Measure → table → the moment that puts a row into a period."""
_STRETCHES: Final[Mapping[str, tuple[str, ...]]] = {
    "status_fidelity": ("spans", "topics"),
    "informativeness": ("spans", "beliefs"),
}
"""Measure → tables of time, of which the part within a period counts."""
_OWN: Final = ("subjects", "promises", "spans", "cases")


class Period(msgspec.Struct, frozen=True):
    """A stretch of time: after `since`, up to and with `until`; `None`: without an end on that side."""

    since: Micros | None = None
    until: Micros | None = None

    @property
    def ends(self) -> tuple[Micros, Micros]:
        """Return both ends as numbers."""
        return (-FOREVER if self.since is None else self.since), (FOREVER if self.until is None else self.until)


def within(tables: Tables, measure: str, period: Period) -> Tables:
    """Return the tables restricted to what a measure counts in a period.

    Args:
        tables: The tables.
        measure: The name of the measure: each has its own moment that counts.
        period: The period; what has no moment yet (a promise of undisclosed due) is in those without an end.
    """
    if period.since is None and period.until is None:
        return tables
    since, until = period.ends
    changed: dict[str, ir.Table] = {}
    for name in _OWN:
        table = getattr(tables, name)
        changed[name] = _restricted(table, name, measure, period)
    if measure in _STRETCHES:
        subjects = changed["subjects"].filter(
            changed["subjects"].requested_at.isnull() | (changed["subjects"].requested_at < until)
        )
        asked = subjects.requested_at
        # An end without a date is unknown for the part of the time that lies in the period.
        clipped = ibis.ifelse(asked.notnull() & (asked < since), ibis.literal(since, "int64"), asked)
        changed["subjects"] = subjects.mutate(requested_at=clipped)
    further = tables.further
    return dataclasses.replace(
        tables,
        **changed,
        as_of=min(tables.as_of, until) if measure in _STRETCHES else tables.as_of,
        further=None if further is None else lambda name: _restricted(further(name), name, measure, period),
    )


def beside(tables: Tables, measure: str, periods: Sequence[Period]) -> Tables:
    """Return tables in which `PERIOD` is an attribute: the number of the period, for each period in which a subject is.

    A subject that is in several periods is one subject in each; it keeps its cluster. What was told is left out of the
    four measures that have figures of their own without it.

    Args:
        tables: The tables.
        measure: The measure that is to be asked by `PERIOD`.
        periods: In order of time; they do not overlap.
    """
    ends = ibis.memtable(
        [{"n": number, "start": one.ends[0], "stop": one.ends[1]} for number, one in enumerate(periods)],
        schema=ibis.schema({"n": "int64", "start": "int64", "stop": "int64"}),
    )
    changed = {name: _spread(getattr(tables, name), name, measure, ends) for name in _OWN}
    further = tables.further
    spread = None if further is None else lambda name: _spread(further(name), name, measure, ends)
    if measure in _STRETCHES:
        pairs = _overlapping(tables.subjects, ends)
    elif measure == "time_to_usable_outcome":
        pairs = None
    else:
        main = {"promise_reliability": "promises", "exception_closure": "cases"}.get(measure)
        told = "asks" if measure == "gate_quality" else "tellings"
        table = changed[main] if main else _empty_if_none(spread, told, tables)
        pairs = table.select("whose", "n").distinct()
    subjects = changed["subjects"] if pairs is None else _paired(tables.subjects, pairs)
    subjects = subjects.mutate(**{_COLUMN: subjects.n}).drop("n", "whose")
    if measure == "time_to_usable_outcome":
        changed["promises"] = _of_pairs(tables.promises, subjects)
    own = measure in ("promise_reliability", "status_fidelity", "time_to_usable_outcome", "exception_closure")
    return dataclasses.replace(
        tables,
        **{name: _plain(changed[name]) for name in _OWN if name != "subjects"},
        subjects=subjects,
        attributes={**tables.attributes, PERIOD: AttributeColumn(_COLUMN, "int64")},
        further=None if own or spread is None else lambda name: _plain(spread(name)),
    )


def first_moment(tables: Tables) -> ir.Table:
    """Return an expression of one row: the first request of any subject, as `first`."""
    asked = tables.subjects.filter(tables.subjects.requested_at > -FOREVER)
    return asked.aggregate(first=asked.requested_at.min())


def _moment(table: ir.Table, name: str, measure: str) -> ir.Value | None:
    """Return the moment that puts the rows of a table into a period; `None`: its rows are in all."""
    if measure == "promise_reliability" and name == "promises":
        # Where the due moment is not disclosed, the deciding event is the only moment there is.
        return ibis.coalesce(table.first_limit, table.decided_at)
    column = _MOMENTS[measure].get(name)
    return None if column is None else table[column]


def _restricted(table: ir.Table, name: str, measure: str, period: Period) -> ir.Table:
    """Return the rows, or the parts of stretches of time, that are in a period."""
    since, until = period.ends
    if name in _STRETCHES.get(measure, ()):
        return _clipped(table, name, ibis.literal(since, "int64"), ibis.literal(until, "int64"))
    moment = _moment(table, name, measure)
    if moment is None:
        return table
    inside = (moment > since) & (moment <= until)
    if period.until is None:
        inside |= moment.isnull()
    return table.filter(inside)


def _clipped(table: ir.Table, name: str, start: ir.Value, stop: ir.Value) -> ir.Table:
    """Return the part of stretches of time between two moments."""
    table = table.filter((table.since < stop) & (table.until > start))
    cut = {"since": ibis.greatest(table.since, start), "until": ibis.least(table.until, stop)}
    if name == "topics":
        # Only where a wrong belief ends within the period, its end is one.
        cut["peak"] = table.peak & (table.until <= stop)
    return table.mutate(**cut)


def _spread(table: ir.Table, name: str, measure: str, ends: ir.Table) -> ir.Table:
    """Return the rows of a table once for each period they are in: `n`, `whose`, and a subject of its own."""
    if name in _STRETCHES.get(measure, ()):
        joined = table.join(ends, [table.since < ends.stop, table.until > ends.start])
        cut = _clipped(joined, name, joined.start, joined.stop)
        return _named(cut.drop("start", "stop"))
    moment = _moment(table, name, measure)
    if moment is None:
        return table
    dated = table.mutate(moment_of_it=moment)
    joined = dated.join(ends, [dated.moment_of_it > ends.start, dated.moment_of_it <= ends.stop])
    return _named(joined.drop("start", "stop", "moment_of_it"))


def _plain(table: ir.Table) -> ir.Table:
    """Return rows without what was needed to spread them."""
    return table.drop(*[name for name in ("n", "whose") if name in table.columns])


def _named(table: ir.Table) -> ir.Table:
    """Return rows with a subject of its own for each period, the former one as `whose`."""
    return table.mutate(whose=table.subject, subject=table.subject + _MARK + table.n.cast("string"))


def _overlapping(subjects: ir.Table, ends: ir.Table) -> ir.Table:
    """Return in which periods the clock of each subject ran."""
    rows = subjects.select(whose="subject", asked="requested_at", over="clock_until")
    joined = rows.join(ends, [rows.asked < ends.stop, rows.over.fill_null(FOREVER) > ends.start])
    return joined.select("whose", "n")


def _paired(subjects: ir.Table, pairs: ir.Table) -> ir.Table:
    """Return a subject for each period that one is in."""
    joined = subjects.inner_join(pairs, subjects.subject == pairs.whose)
    return joined.mutate(subject=joined.subject + _MARK + joined.n.cast("string"))


def _of_pairs(promises: ir.Table, subjects: ir.Table) -> ir.Table:
    """Return the promises of subjects that were given names of their own."""
    named = subjects.select(other="subject", whose=subjects.subject.split(_MARK)[0])
    joined = promises.inner_join(named, promises.subject == named.whose)
    return joined.mutate(subject=joined.other).drop("other", "whose")


def _empty_if_none(further: Any, name: str, tables: Tables) -> ir.Table:
    """Return a table of what was told; without rows where nothing is known of it."""
    if further is not None:
        found: ir.Table = further(name)
        return found
    told = tables.told(name)
    return told.mutate(whose=told.subject, n=ibis.literal(0, "int64"))
