"""Working out what a page shows: tables and a question in, estimates out. Blocks; runs in the dashboard's worker."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from troth.measures import survival
from troth.measures.period import PERIOD, Period, beside, first_moment, within
from troth.measures.question import Question, Tables
from troth.measures.registry import measure_of
from troth.measures.standing import MISSED, Standing, missing, standings
from troth.model.estimate import Estimate
from troth.model.objective import Objective
from troth.model.pack import Pack
from troth.model.times import SECOND, Micros
from troth.runtime.snapshot import measure, run
from troth.surfaces.web.dashboard.asked import MAIN, Asked
from troth.surfaces.web.dashboard.parts import kind_of, layout_of, leg_of, named
from troth.surfaces.web.dashboard.span import Span
from troth.surfaces.web.dashboard.steps import steps

LEGS: Final = (
    "broke_closed", "open_closed", "open_resolved", "informed_closed", "detected_informed", "open_informed",
    "broke_detected", "open_owned", "resolved_closed",
)  # fmt: skip
"""Which leg of a case's life is shown first: the whole of it, else the longest that can be told."""
_MULTIPLES: Final = 12
"""Segments with a trend of their own."""


class Points(msgspec.Struct, frozen=True):
    """A trend: for each step of time what was estimated in it; `None`: nothing was there."""

    periods: tuple[Period, ...]
    found: tuple[Estimate | None, ...]


class Found(msgspec.Struct, frozen=True):
    """What was worked out of one measure.

    Attributes:
        measure: Its name.
        now: One estimate for each kind (and leg or mode), of the period.
        before: The same of what it is compared with, by (kind, leg).
        trends: The same step by step, by (kind, leg).
        segments: One for each segment of the chosen kind and leg, worst first.
        multiples: Trends of the first of them, by their place.
        standings: Where objectives of the measure stand.
        counts: Parts → number of rows, of the chosen row; by (kind, leg) and parts.
        curve: Times (seconds) and shares that were there by then, with interval; of measures of time.
        at: As known at.
    """

    measure: str
    now: tuple[Estimate, ...]
    before: Mapping[tuple[str, str], Estimate]
    trends: Mapping[tuple[str, str], Points]
    segments: tuple[Estimate, ...] = ()
    multiples: tuple[Points, ...] = ()
    standings: tuple[Standing, ...] = ()
    counts: Mapping[tuple[str, str, tuple[str, ...]], int] = {}
    curve: tuple[tuple[float, float, float, float], ...] = ()
    at: Micros = 0

    def chosen(self, asked: Asked) -> Estimate | None:
        """Return the estimate that the sentence is about."""
        return chosen(self.now, asked, self.standings)


def key_of(one: Estimate) -> tuple[str, str]:
    """Return what tells an estimate from the others of its measure: kind and leg."""
    return kind_of(one), leg_of(one)


def chosen(found: Sequence[Estimate], asked: Asked, stand: Sequence[Standing] = ()) -> Estimate | None:
    """Return the estimate that the sentence is about: as asked; else of the objective's kind, the most told leg.

    Of several kinds with objectives it is one whose objective is missed: that is what the page has to say.

    Args:
        found: Of one measure.
        asked: What is asked.
        stand: Where objectives of the measure stand.
    """
    rows = [one for one in found if asked.kind in ("", kind_of(one))] or list(found)
    if asked.leg:
        rows = [one for one in rows if leg_of(one) == asked.leg] or rows
    if not rows:
        return None
    whole = [one for one in stand if not one.segment]

    def order(one: Estimate) -> tuple[bool, bool, bool, int, int]:
        kind, leg = key_of(one)
        aims = [aim for aim in whole if aim.objective.kind in ("", kind) and aim.objective.leg in ("", leg)]
        missed = any(aim.verdict == MISSED for aim in aims)
        silent = one.value is None and not one.figures.get("done")
        return (not aims, silent, not missed, LEGS.index(leg) if leg in LEGS else 0, -one.n)

    return min(rows, key=order)


def bare(tables: Tables, name: str) -> Tables:
    """Return the tables without what was told, where the measure has figures of its own without it: that takes long."""
    return dataclasses.replace(tables, further=None) if name in MAIN else tables


def overview(name: str, tables: Tables, asked: Asked, span: Span, packs: Mapping[str, Pack]) -> Found:
    """Return what the sentence of a measure needs, with its trend.

    Args:
        name: The measure.
        tables: As chosen: of the pack, restricted by the condition.
        asked: What is asked.
        span: The moments of it.
        packs: Packs by name, for the objectives.
    """
    tables = bare(tables, name)
    question = Question()
    now = measure(name, within(tables, name, span.period), question)
    before = [] if span.before is None else measure(name, within(tables, name, span.before), question)
    aims = aims_of(packs, asked, name)
    return Found(
        name,
        tuple(now),
        {key_of(one): one for one in before},
        trends(name, tables, span),
        standings=tuple(one for pack, aim in aims for one in standings(pack, aim, tables, run)),
        at=tables.as_of,
    )


def whole(name: str, tables: Tables, asked: Asked, span: Span, packs: Mapping[str, Pack]) -> Found:
    """Return what the page of a measure needs, but for what was told; see `overview`."""
    seen = overview(name, tables, asked, span, packs)
    one = seen.chosen(asked)
    if one is None:
        return seen
    core = bare(tables, name)
    restricted = within(core, name, span.period)
    layout = layout_of(name, leg_of(one))
    lines = (*layout.counts, *layout.lines)
    counts = counted(name, restricted, one, [line.parts for line in lines] + [line.top for line in lines if line.top])
    more: dict[str, Any] = {}
    if asked.by:
        segments = [
            row
            for row in measure(name, restricted, Question(by=(asked.by,), kind=_asked_kind(name, one)))
            if key_of(row) == key_of(one)
        ]
        more["segments"] = tuple(segments)
        more["multiples"] = multiples(name, core, asked, span, one, segments[:_MULTIPLES])
    if layout.form == "time":
        more["curve"] = curve(name, restricted, one)
    return msgspec.structs.replace(seen, counts=counts, **more)


def told(name: str, tables: Tables, asked: Asked, span: Span) -> Found:
    """Return the figures of a measure that rest on what was told, with the numbers of rows behind them."""
    restricted = within(tables, name, span.period)
    now = measure(name, restricted, Question())
    one = chosen(now, asked)
    if one is None:
        return Found(name, tuple(now), {}, {}, at=tables.as_of)
    lines = layout_of(name, leg_of(one)).told
    parts = [line.parts for line in lines] + [line.top for line in lines if line.top]
    return Found(name, tuple(now), {}, {}, counts=counted(name, restricted, one, parts), at=tables.as_of)


def aims_of(packs: Mapping[str, Pack], asked: Asked, name: str) -> list[tuple[str, Objective]]:
    """Return the objectives of a measure, by pack."""
    return [
        (pack, aim)
        for pack in packs
        if asked.pack in ("", pack)
        for aim in packs[pack].objectives.values()
        if aim.measure == name
    ]


def absent(tables: Tables, objective: Objective) -> tuple[str, ...]:
    """Return segments of an objective that no subject has."""
    return missing(tables, objective)


def trends(name: str, tables: Tables, span: Span) -> dict[tuple[str, str], Points]:
    """Return the trend of each kind and leg: all steps in one go."""
    periods = _steps(tables, span)
    if not periods:
        return {}
    rows = measure(name, beside(tables, name, periods), Question(by=(PERIOD,)))
    return {key: _points(periods, own) for key, own in _by_key(rows).items()}


def multiples(
    name: str, tables: Tables, asked: Asked, span: Span, one: Estimate, segments: Sequence[Estimate]
) -> tuple[Points, ...]:
    """Return the trend of each segment, in their order."""
    periods = _steps(tables, span)
    if not periods or not segments:
        return ()
    question = Question(by=(asked.by, PERIOD), kind=_asked_kind(name, one))
    rows = [row for row in measure(name, beside(tables, name, periods), question) if key_of(row) == key_of(one)]
    return tuple(
        _points(periods, [row for row in rows if row.segment[asked.by] == segment.segment[asked.by]])
        for segment in segments
    )


def counted(
    name: str, tables: Tables, one: Estimate, wanted: Iterable[Sequence[str]]
) -> dict[tuple[str, str, tuple[str, ...]], int]:
    """Return how many rows stand behind some parts of an estimate, together."""
    kind, leg = key_of(one)
    rows_of = measure_of(name).evidence
    found: dict[str, int] = {}
    counts = {}
    for parts in dict.fromkeys(named(one_of, leg) for one_of in wanted):
        for part in parts:
            if part not in found:
                found[part] = count(rows_of(tables, Question(), {}, kind, part))
        counts[kind, leg, parts] = sum(found[part] for part in parts)
    return counts


def count(expression: Any) -> int:
    """Return the number of rows of an expression."""
    return int(run(expression.aggregate(n=expression.count())).to_pylist()[0]["n"])


def curve(name: str, tables: Tables, one: Estimate) -> tuple[tuple[float, float, float, float], ...]:
    """Return the step curve of a measure of time: seconds, share that was there by then, and its interval."""
    kind, leg = key_of(one)
    layout = layout_of(name, leg)
    column = "duration" if name == "time_to_usable_outcome" else "time"
    causes: dict[str, Any] = {}
    censored = []
    for part in named(layout.whole, leg):
        rows = measure_of(name).evidence(tables, Question(), {}, kind, part)
        times = run(rows.select(column)).column(column).to_numpy().astype("int64")
        state = part.rpartition(":")[2]
        if state in ("reached", "done"):
            causes["there"] = (times, None)
        elif state in ("competing", "void", "unclean"):
            causes[state] = (times, None)
        else:
            censored.append(times)
    import numpy as np

    waiting = np.concatenate([np.zeros(0, np.int64), *censored])
    if not any(len(times) for times, _ in causes.values()) or "there" not in causes:
        return ()
    counts = survival.count_samples(causes, (waiting, None))
    found = survival.kaplan_meier(counts) if len(causes) == 1 else survival.aalen_johansen(counts, "there")
    return _thinned(found)


def _thinned(found: survival.Curve, most: int = 240) -> tuple[tuple[float, float, float, float], ...]:
    """Return a curve's steps as rows; of many, those that are seen: the last of each 240th of the way.

    The way is twice as far as nine tenths of the curve: what comes later is drawn by nobody.
    """
    reach = survival.reached(found, 0.9 * float(found.share[-1])) if len(found.share) else None
    way = 2 * reach if reach else found.until
    rows: list[tuple[float, float, float, float]] = []
    last = -1
    columns = (found.times.tolist(), found.share.tolist(), found.low.tolist(), found.high.tolist())
    for time, share, low, high in zip(*columns, strict=True):
        place = int(most * time / way) if way > 0 else 0
        row = (time / SECOND, share, low, high)
        if place == last:
            rows[-1] = row
        else:
            rows.append(row)
        last = place
    return tuple(rows)


def first(tables: Tables) -> Micros | None:
    """Return the moment before which there is nothing; `None`: nothing is there."""
    found: Micros | None = run(first_moment(tables)).to_pylist()[0]["first"]
    return found


def _steps(tables: Tables, span: Span) -> Sequence[Period]:
    began = first(tables)
    return [] if began is None else steps(span, began)


def _by_key(rows: Iterable[Estimate]) -> dict[tuple[str, str], list[Estimate]]:
    found: dict[tuple[str, str], list[Estimate]] = {}
    for row in rows:
        found.setdefault(key_of(row), []).append(row)
    return found


def _points(periods: Sequence[Period], rows: Sequence[Estimate]) -> Points:
    by = {row.segment[PERIOD]: row for row in rows}
    return Points(tuple(periods), tuple(by.get(number) for number in range(len(periods))))


def _asked_kind(name: str, one: Estimate) -> str | None:
    """Return the kind to ask for; `None`: the measure has none."""
    if name == "time_to_usable_outcome" or "kind" not in one.figures:
        return None
    return kind_of(one) if measure_of(name) else None
