"""The rows behind a number: found from the same tables that the number was counted on. Blocks; runs in the worker."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import ibis
import msgspec

from troth.errors import MeasureError, Place, Problem
from troth.measures.objective_units import COUNTED
from troth.measures.period import Period, within
from troth.measures.question import Question, Tables, in_segment, members
from troth.measures.registry import evidence, measure_of
from troth.model.objective import Objective
from troth.model.pack import Pack
from troth.model.times import format_instant
from troth.runtime.snapshot import run
from troth.surfaces.views.figures import readable
from troth.surfaces.web.dashboard.asked import Asked, segment_of
from troth.surfaces.web.dashboard.figuring import bare, count
from troth.surfaces.web.dashboard.span import Span

SIZE: Final = 50
LARGEST: Final = 1_000
OBJECTIVE_PARTS: Final[Mapping[str, str]] = {
    "total": "all that the objective counts in its period",
    "used": "of these, those that used up the budget",
    "unknown": "those that nobody can decide",
}
_TOLD: Final[Mapping[str, tuple[str, ...]]] = {
    "promise_reliability": ("told_first", "asked_first", "told_nothing"),
    "status_fidelity": ("exposed_true", "exposed_false", "exposed_unknown", "peaks", "told_in_time", "told_late",
                        "told_never", "told_unknown", "left_before"),
    "exception_closure": ("contacted", "clean", "unclean", "void", "customer_first", "firm_first"),
}  # fmt: skip
"""Parts for which what was told is read; all others do without, which is faster."""


class Wanted(msgspec.Struct, frozen=True):
    """Which rows are wanted.

    Attributes:
        measure: The measure.
        parts: The parts, one after the other.
        both: Those of what the period is compared with, too.
        objective: Those that an objective counts, in place of a period's.
        offset: Rows to pass over.
        size: Rows to return.
    """

    measure: str
    parts: tuple[str, ...]
    both: bool = False
    objective: str = ""
    offset: int = 0
    size: int = SIZE


class Source(msgspec.Struct, frozen=True):
    """The rows of one part in one period: its name, what it says, which period, how many."""

    part: str
    says: str
    period: str
    rows: int


class Listed(msgspec.Struct, frozen=True):
    """Rows, and all that they are of.

    Attributes:
        sources: The parts, in order.
        total: Rows in all.
        rows: Those of the page; instants are RFC 3339, durations seconds.
    """

    sources: tuple[Source, ...]
    total: int
    rows: tuple[dict[str, Any], ...]


def listed(wanted: Wanted, tables: Tables, asked: Asked, span: Span, pack: Pack, parts: Mapping[str, str]) -> Listed:
    """Return the rows behind a number.

    Args:
        wanted: Which ones.
        tables: Of the pack, restricted by the condition.
        asked: What is asked.
        span: The moments of it.
        pack: The service model.
        parts: The measure's parts, in words.

    Raises:
        MeasureError: Q108, there is no such part; Q102, no such attribute.
    """
    sources: list[Source] = []
    rows: list[dict[str, Any]] = []
    before = 0
    for part, period, expression in _expressions(wanted, tables, asked, span, pack):
        found = count(expression)
        says = (OBJECTIVE_PARTS if wanted.objective else parts)[part]
        sources.append(Source(part, says, period, found))
        start = max(wanted.offset - before, 0)
        room = wanted.size - len(rows)
        if room > 0 and start < found:
            page = run(expression.limit(room, offset=start)).to_pylist()
            label = {"part": part} | ({"period": period} if wanted.both else {})
            rows += [{"subject": row.pop("subject"), **label, **readable(row)} for row in page]
        before += found
    return Listed(tuple(sources), before, tuple(rows))


def whole_text(wanted: Wanted, tables: Tables, asked: Asked, span: Span, pack: Pack) -> bytes:
    """Return all rows behind a number as CSV (RFC 4180); see `listed`."""
    found = [
        {"subject": row.pop("subject"), "part": part, "period": period, **readable(row)}
        for part, period, expression in _expressions(wanted, tables, asked, span, pack)
        for row in run(expression).to_pylist()
    ]
    return text_of(found)


def text_of(rows: Sequence[Mapping[str, Any]]) -> bytes:
    r"""Return rows as CSV: cells that a spreadsheet would take for formulas are marked as text.

    >>> text_of([{"a": "=1+1", "b": None}, {"a": "x", "c": 2}])
    b"a,b,c\r\n'=1+1,,\r\nx,,2\r\n"
    """
    columns = list(dict.fromkeys(name for row in rows for name in row))
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows([[_cell(row.get(name)) for name in columns] for row in rows])
    return out.getvalue().encode()


def _cell(value: Any) -> Any:
    """Return a value as a cell."""
    if isinstance(value, dict | list):
        return msgspec.json.encode(value).decode()
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def _expressions(
    wanted: Wanted, tables: Tables, asked: Asked, span: Span, pack: Pack
) -> Iterator[tuple[str, str, Any]]:
    """Yield (part, period, rows) for each part and period."""
    segment = _segment(asked, wanted)
    question = Question(by=tuple(segment))
    if wanted.objective:
        for part in wanted.parts:
            yield part, "", _of_objective(part, wanted, tables, question, segment, pack)
        return
    kind = asked.kind or asked.pack or pack.name
    periods: list[tuple[str, Period]] = [(span.words, span.period)]
    if wanted.both and span.before is not None:
        periods.append((span.against, span.before))
    for words, period in periods:
        for part in wanted.parts:
            told = part in _TOLD.get(wanted.measure, ())
            used = within(tables if told else bare(tables, wanted.measure), wanted.measure, period)
            yield part, words, _behind(wanted.measure, used, question, segment, part, kind)


def _behind(
    measure: str, tables: Tables, question: Question, segment: Mapping[str, Any], part: str, kind: str
) -> Any:  # fmt: skip
    """Return the rows of one part.

    Raises:
        MeasureError: Q108, there is no such part; Q102, no such attribute.
    """
    found = measure_of(measure)
    if question.by or part not in found.definition.parts:
        return evidence(measure, tables, question, segment, part, kind)
    # Nothing of this question can be refused: what else is planned for it need not be.
    return found.evidence(tables, question, segment, kind, part)


def _segment(asked: Asked, wanted: Wanted) -> dict[str, Any]:
    """Return the segment that is asked for.

    Raises:
        MeasureError: Q102, it is none.
    """
    try:
        return segment_of(asked.segment)
    except ValueError as error:
        found = f"no segment: {asked.segment!r}"
        problem = Problem(Place(path=wanted.measure), "Q102", found, 'a JSON object such as {"carrier":"UA"}')
        raise MeasureError(problem) from error


def _of_objective(
    part: str, wanted: Wanted, tables: Tables, question: Question, segment: Mapping[str, Any], pack: Pack
) -> Any:
    """Return the rows that an objective counts."""
    objective = pack.objectives.get(wanted.objective)
    if objective is None or objective.measure != wanted.measure:
        known = ", ".join(name for name, one in pack.objectives.items() if one.measure == wanted.measure) or "none"
        found = f"no objective is named {wanted.objective!r}"
        raise MeasureError(Problem(Place(path=wanted.measure), "Q108", found, f"one of: {known}"))
    if part not in OBJECTIVE_PARTS:
        raise MeasureError(Problem(Place(path=wanted.measure), "Q108", f"no part is named {part!r}",
                                   f"one of: {', '.join(OBJECTIVE_PARTS)}"))  # fmt: skip
    return _units(part, bare(tables, wanted.measure), objective, question, segment)


def _units(part: str, tables: Tables, objective: Objective, question: Question, segment: Mapping[str, Any]) -> Any:
    """Return what an objective counts, one row for each unit; of time, one for each subject."""
    counted = COUNTED[objective.measure]
    units = counted.units(tables, objective, tables.as_of - objective.over)
    rows = in_segment(units.inner_join(members(tables, question), "subject"), question, segment)
    if counted.size > 1:
        sums = {name: rows[name].sum().cast("int64") for name in ("good", "total", "unknown")}
        own = rows.group_by("subject").aggregate(**sums)
        return own.select("subject", time=own.good, total=own.total).order_by([ibis.desc("total"), "subject"])
    if part == "unknown":
        rows = rows.filter(rows.unknown > 0)
    elif part == "used":
        rows = rows.filter((rows.total > 0) & (rows.good == 0))
    else:
        rows = rows.filter(rows.total > 0)
    word = ibis.cases((rows.unknown > 0, "unknown"), (rows.good > 0, "good"), else_="failed")
    return rows.select("subject", counted_as=word).order_by(["subject"])


def moments(span: Span) -> dict[str, str | None]:
    """Return the period as data."""
    since, until = span.period.since, span.period.until
    return {
        "since": None if since is None else format_instant(since),
        "until": None if until is None else format_instant(until),
    }
