"""Where an objective stands: met, missed or not to be told yet; its error budget; how fast that burns.

The budget is what the target leaves: of 2,000 promises at a target of 98 %, 40 may fail. The burn rate is the share
that failed over the share that may: at 1 the budget lasts exactly the period. It is asked over the last 28th of the
period and over the last six 28ths, of 28 days one day and six; an alert needs both.

Source: B. Beyer et al. (ed.), *The Site Reliability Workbook* (2018), chapter 5, for the two windows.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import ibis.expr.types as ir
import msgspec
import pyarrow as pa

from troth.measures.bootstrap import GROUPS_MAX, ratio_interval
from troth.measures.interval import bounds, wilson
from troth.measures.objective_units import COUNTED, Counted
from troth.measures.question import MINIMUM, Question, Tables, members
from troth.measures.segment import INSUFFICIENT, floats, ints, segment_of, split
from troth.model.objective import Objective
from troth.model.times import Micros

FAST: Final = 1
SLOW: Final = 6
PARTS: Final = 28
"""The fast and the slow window, in 28ths of the period."""

MET, MISSED, OPEN = "met", "missed", "cannot tell yet"

Run = Callable[[ir.Table], pa.Table]


class Standing(msgspec.Struct, frozen=True):
    """Where an objective stands, in all or in one segment.

    Attributes:
        pack: The service model.
        objective: What is aimed at.
        segment: Attribute → value; empty for the whole.
        value: The share, `None` where nothing was decided.
        low: Lower end of its 95 % interval (Wilson's; of time, the bootstrap's over subjects).
        high: Its upper end.
        n: Decided units: promises, subjects or cases; of time, hours.
        unknown: Units that nobody can decide.
        bound_low: The value if every unknown one were a failure.
        bound_high: The value if every one were a success.
        subjects: Subjects behind it.
        verdict: `met`, `missed` or `cannot tell yet`.
        unit: What n counts.
        allowed: How many may fail.
        used: How many failed.
        burn_fast: Burn rate over the fast window; `None`: nothing was decided in it, or there is no budget.
        burn_slow: The same over the slow window.
        n_slow: Units decided in the slow window.
        alert: Both burn rates exceed the objective's.
        since: Start of the period.
        as_of: Its end.
    """

    pack: str
    objective: Objective
    segment: dict[str, Any]
    value: float | None
    low: float | None
    high: float | None
    n: float
    unknown: float
    bound_low: float | None
    bound_high: float | None
    subjects: int
    verdict: str
    unit: str
    allowed: float
    used: float
    burn_fast: float | None
    burn_slow: float | None
    n_slow: float
    alert: bool
    since: Micros
    as_of: Micros

    @property
    def left(self) -> float:
        """What is left of the budget; negative when it is overdrawn."""
        return self.allowed - self.used


class _Sum(msgspec.Struct, frozen=True):
    """What was counted in one window."""

    good: int = 0
    total: int = 0
    unknown: int = 0
    subjects: int = 0

    def size(self, counted: Counted) -> float:
        """Return how many cases a figure over this rests on: subjects where time is counted, else units."""
        return self.subjects if counted.size > 1 else self.total


def missing(tables: Tables, objective: Objective) -> tuple[str, ...]:
    """Return the segments of an objective that no subject has."""
    return tuple(name for name in objective.by if name not in tables.attributes)


def standings(pack: str, objective: Objective, tables: Tables, run: Run, minimum: int = MINIMUM) -> Iterator[Standing]:
    """Yield where an objective stands: in all, then in each segment, the worst first.

    Args:
        pack: Whose objective it is; only its subjects count.
        objective: What is aimed at.
        tables: The tables, as of the end of the period.
        run: Executes an expression.
        minimum: Under so many units (of time: subjects) nothing is judged.
    """
    mine = tables.only(tables.subjects.filter(tables.subjects.pack == pack).select("subject"))
    yield from _of(pack, objective, mine, run, (), minimum)
    by = tuple(name for name in objective.by if name in tables.attributes)
    if by:
        found = list(_of(pack, objective, mine, run, by, minimum))
        few = [_few(one, minimum) for one in found]
        order = sorted(
            range(len(found)), key=lambda i: (few[i], -found[i].used + found[i].allowed, str(found[i].segment))
        )
        yield from (found[index] for index in order)


def _few(one: Standing, minimum: int) -> bool:
    return (one.subjects if COUNTED[one.objective.measure].size > 1 else one.n) < minimum


def _of(
    pack: str, objective: Objective, tables: Tables, run: Run, by: tuple[str, ...], minimum: int
) -> Iterator[Standing]:
    """Yield the standings of one split."""
    question = Question(by=by)
    starts = {name: tables.as_of - objective.over * part // PARTS for name, part in _WINDOWS.items()}
    counted = COUNTED[objective.measure]
    keys = [f"s{index}" for index in range(len(by))]
    sums: dict[str, dict[tuple[Any, ...], _Sum]] = {}
    intervals: dict[tuple[Any, ...], tuple[float | None, float | None]] = {}
    for name, since in starts.items():
        rows = counted.units(tables, objective, since).inner_join(members(tables, question), "subject")
        if name == "whole" and counted.size > 1:
            intervals = _bootstrapped(rows, keys, tables, run)
        sums[name] = {
            tuple(row[key] for key in keys): _Sum(*(int(row[part] or 0) for part in _Sum.__struct_fields__))
            for row in run(_summed(rows, keys)).to_pylist()
        }
    for key, whole in sums["whole"].items():
        if whole.total or whole.unknown:
            parts = {name: found.get(key, _Sum()) for name, found in sums.items()}
            yield _standing(pack, objective, (parts, intervals.get(key)), segment_of(question, key), tables, minimum)


_WINDOWS: Final = {"whole": PARTS, "slow": SLOW, "fast": FAST}


def _summed(rows: ir.Table, keys: list[str]) -> ir.Table:
    """Return the sums of each segment, as doubles: exact for counts; microseconds of many subjects outgrow 64 bits."""
    sums = {name: rows[name].sum().cast("float64") for name in ("good", "total", "unknown")}
    found = rows.group_by(keys) if keys else rows
    return found.aggregate(**sums, subjects=rows.subject.nunique().cast("int64"))


def _bootstrapped(
    rows: ir.Table, keys: list[str], tables: Tables, run: Run
) -> dict[tuple[Any, ...], tuple[float | None, float | None]]:
    """Return the bootstrap interval over subjects of each segment's share."""
    many = tables.rows.get("subjects", 0) > GROUPS_MAX
    rows = rows.filter(rows.total > 0).mutate(group=rows.cluster % GROUPS_MAX if many else rows.cluster)
    sums = {name: rows[name].sum().cast("float64") for name in ("good", "total")}
    found = run(rows.group_by([*keys, "group"]).aggregate(**sums))
    pairs = split(found, keys) if keys else [((), found)]
    return {
        key: ratio_interval(ints(one, "group"), floats(one, "good"), floats(one, "total"))
        for key, one in pairs
        if one.num_rows
    }


def _standing(
    pack: str,
    objective: Objective,
    counts: tuple[Mapping[str, _Sum], tuple[float | None, float | None] | None],
    segment: dict[str, Any],
    tables: Tables,
    minimum: int,
) -> Standing:
    """Return one standing from what was counted in the three windows."""
    parts, interval = counts
    whole, counted = parts["whole"], COUNTED[objective.measure]
    value = whole.good / whole.total if whole.total else None
    low, high = (interval or (None, None)) if counted.size > 1 else (wilson(whole.good, whole.total) or (None, None))
    span = bounds(whole.good, whole.total, whole.unknown) or (None, None)
    enough = whole.size(counted) >= minimum
    size = counted.size
    allowed = (1 - objective.target) * whole.total / size
    burns = {name: _burn(parts[name], objective) for name in ("fast", "slow")}
    hot = all(burn is not None and burn > objective.burn for burn in burns.values())
    trusted = parts["slow"].size(counted) >= minimum
    return Standing(
        pack=pack,
        objective=objective,
        segment=segment,
        value=value,
        low=low,
        high=high,
        n=whole.total / size if size > 1 else whole.total,
        unknown=whole.unknown / size if size > 1 else whole.unknown,
        bound_low=span[0],
        bound_high=span[1],
        subjects=whole.subjects,
        verdict=_verdict(objective, whole, counted, (low, high)) if enough else OPEN,
        unit=counted.unit,
        allowed=allowed if size > 1 else math.floor(allowed + 1e-9),
        used=(whole.total - whole.good) / size if size > 1 else whole.total - whole.good,
        burn_fast=burns["fast"],
        burn_slow=burns["slow"],
        n_slow=parts["slow"].total / size if size > 1 else parts["slow"].total,
        alert=hot and trusted,
        since=tables.as_of - objective.over,
        as_of=tables.as_of,
    )


def _burn(found: _Sum, objective: Objective) -> float | None:
    """Return how many times as fast as would last the period the budget was used in a window."""
    if not found.total or objective.target >= 1:
        return None
    return (found.total - found.good) / found.total / (1 - objective.target)


def _verdict(objective: Objective, whole: _Sum, counted: Counted, interval: tuple[float | None, float | None]) -> str:
    """Return the verdict on enough units: what even the worst case of the unknown leaves above the target is met.

    The interval of the worst (best) case is Wilson's with every unknown one a failure (a success); of time, the
    bootstrap's, stretched by the bounds.
    """
    seen = whole.total + whole.unknown
    if counted.size > 1:
        low, high = interval
        if low is None or high is None:
            return OPEN
        share = whole.total / seen
        worst, best = low * share, high * share + (1 - share)
    else:
        below, above = wilson(whole.good, seen), wilson(whole.good + whole.unknown, seen)
        if below is None or above is None:
            return OPEN
        worst, best = below[0], above[1]
    if worst >= objective.target:
        return MET
    return MISSED if best < objective.target else OPEN


def note_of(one: Standing, minimum: int = MINIMUM) -> str:
    """Return what a reader must know of a standing, such as `insufficient data`; else empty."""
    return INSUFFICIENT if _few(one, minimum) else ""
