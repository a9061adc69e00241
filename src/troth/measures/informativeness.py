"""Informativeness: for how much of the customer's time did they believe something that helps a decision?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from troth.measures.bootstrap import GROUPS_MAX, Interval, ratio_intervals
from troth.measures.definition import Answers, Definition, Measure, Plan
from troth.measures.question import Question, Tables, belonging, check, in_segment
from troth.measures.segment import floats, group_keys, ints, least, notes_of, ranked, refuse_negative, segment_of, split
from troth.model.estimate import Estimate
from troth.model.times import SECOND

NAME: Final = "informativeness"
TIMES: Final = ("helped", "doubtful", "total", "possible")
PARTS: Final = {
    "helped": "subjects whose customer believed something that helps, for some time on their clock",
    "unhelped": "subjects whose customer believed nothing that helps, for some time on their clock",
    "doubtful": "subjects of whom nobody can tell, for some time, whether anything they believed helps",
    "counted": "all subjects with time on their clock: `time` is what of it was helped",
    "undated": "subjects whose end is known but not its moment: the time on their clock is not known",
}

DEFINITION: Final = Definition(
    name=NAME,
    title="the share of the customer's time with a belief that helps a decision",
    formula=(
        "sum of time helped / sum of time on the clock that is not doubtful. A belief helps while it is true and "
        "promises something, says that the matter is over (terminal states are to be told by it, and no others), or "
        "invites an action that can be done. Only true ones help, so that neither lies nor `always pending` win. low "
        "and high are a 95 % bootstrap interval over subjects. Doubtful time, and the time up to as_of of subjects "
        "whose end has no date, is unknown: the bounds give it to none (bound_low) and to all (bound_high)."
    ),
    columns={
        "pack": "service model",
        "doubtful": "share of the time of which nobody can tell",
        "hours": "time on the clock, in hours",
        "mean": "mean over subjects of each one's own share",
        "mean_low": "its 95 % bootstrap interval",
        "mean_high": "its upper end",
        "never": "subjects whose customer never believed anything that helps",
        "n_effective": "Kish's effective number of subjects, when weighted",
        "unweighted": "subjects without a weight, left out",
    },
    parts=PARTS,
    assumptions=(
        "A statement told is believed until replaced, corrected or expired.",
        "Every promise helps, and every invited action that can be done; how much is not asked.",
        "Subjects are independent of each other.",
    ),
    source="B. Efron (1979) for the bootstrap; Poisson weights after Hanley & MacGibbon (2006)",
)


def _covered(beliefs: ir.Table) -> ir.Table:
    """Return, for each subject, the time that its beliefs cover for certain, and perhaps: overlaps count once."""
    zero, none = ibis.literal(0, "int64"), ibis.null("int64")
    lines = beliefs.filter(beliefs.helps != "false")
    lines = lines.select("subject", "since", "until", sure=lines.helps == "true")
    lines = lines.mutate(certain=ibis.ifelse(lines.sure, lines.until, none))
    # Both are read off one order of the lines: sorting them is what costs.
    before = ibis.window(group_by=lines.subject, order_by=[lines.since, lines.until], preceding=(None, 1))
    reached = lines.mutate(so_far=lines.until.max().over(before), certain_so_far=lines.certain.max().over(before))
    fresh = {
        name: ibis.greatest(reached.until - ibis.greatest(reached.since, ibis.coalesce(until, reached.since)), zero)
        for name, until in (("perhaps", reached.so_far), ("helped", reached.certain_so_far))
    }
    own = reached.select("subject", perhaps=fresh["perhaps"], helped=ibis.ifelse(reached.sure, fresh["helped"], zero))
    sums = {name: own[name].sum().cast("int64") for name in ("helped", "perhaps")}
    return own.group_by("subject").aggregate(**sums)


def _rows(tables: Tables, question: Question) -> ir.Table:
    """Return one row for each subject with time on its clock or with an undated end: what is counted.

    Columns (microseconds): `helped`, `doubtful`, `total`, `possible` (up to as_of, if undated); and `undated`.
    """
    beliefs = tables.told("beliefs").select("subject", "since", "until", "helps")
    spans, subjects = tables.spans, tables.subjects
    zero = ibis.literal(0, "int64")
    total = spans.group_by("subject").aggregate(total=(spans.until - spans.since).sum().cast("int64"))
    undated = subjects.requested_at.notnull() & subjects.clock_until.isnull()
    possible = ibis.greatest(ibis.literal(tables.as_of, "int64") - subjects.requested_at, zero)
    rows = subjects.select(
        "subject",
        "pack",
        undated=undated,
        possible=ibis.ifelse(undated, possible, zero),
        **belonging(subjects, question, tables),
    )
    for other in (total, _covered(beliefs)):
        rows = rows.left_join(other, "subject").drop("subject_right")
    filled = rows.mutate(**{name: rows[name].fill_null(0) for name in ("total", "helped", "perhaps")})
    filled = filled.mutate(doubtful=filled.perhaps - filled.helped)
    return filled.filter(filled.undated | (filled.total > 0))


def plan(tables: Tables, question: Question) -> Plan:
    """Return the expressions: sums for each segment and bootstrap group, and the exact sums of microseconds."""
    check(tables, question, NAME, None)
    rows = _rows(tables, question)
    rows = tables.hold(rows.drop("subject"))
    keys = group_keys(question, "pack")
    known = rows.total - rows.doubtful
    dated = rows.filter(~rows.undated & rows.w.notnull() & (known > 0))
    group = dated.cluster % GROUPS_MAX if tables.rows.get("subjects", 0) > GROUPS_MAX else dated.cluster
    dated = dated.mutate(group=group, known=(dated.total - dated.doubtful).cast("float64"))
    helped = dated.helped.cast("float64")
    grouped = dated.group_by([*keys, "group"]).aggregate(
        w=dated.w.sum(),
        ww=(dated.w * dated.w).sum(),
        least=dated.w.min(),
        helped=(dated.w * helped).sum(),
        known=(dated.w * dated.known).sum(),
        own=(dated.w * helped / dated.known).sum(),
    )
    # A sum of microseconds over many subjects outgrows 64 bits, and must stay exact.
    exact: dict[str, Any] = {}
    for name in TIMES:
        exact[name] = rows[name].sum().cast("decimal(38, 0)")
        exact[f"{name}_w"] = (rows.w * rows[name].cast("float64")).sum()
    # PostgreSQL casts no truth values to wide integers.
    unaided = ~rows.undated & (rows.helped == 0) & (rows.doubtful == 0)
    never = ibis.ifelse(unaided, 1, 0).sum().cast("int64")
    sums = rows.group_by([*keys, "undated"]).aggregate(n=rows.count(), weighed=rows.w.count(), never=never, **exact)
    return {"groups": grouped, "sums": sums}


def estimate(answers: Answers, tables: Tables, question: Question) -> list[Estimate]:
    """Return one estimate for each pack and segment, the least informed first."""
    keys = group_keys(question, "pack")
    groups = dict(split(answers["groups"], keys))
    refuse_negative(least(answers["groups"], "least"), NAME, question.weight)
    intervals = dict(zip(groups, _intervals(list(groups.values())), strict=True))
    rows = [
        _estimate(key, sums.to_pylist(), (groups.get(key), intervals.get(key)), tables, question)
        for key, sums in split(answers["sums"], keys)
    ]
    return ranked(
        rows,
        question,
        group=lambda row: row.figures["pack"],
        badness=lambda row: -(1.0 if row.value is None else row.value),
    )


def _intervals(groups: Sequence[pa.Table]) -> list[tuple[Interval, Interval]]:
    """Return the intervals of the ratio and of the mean of the subjects' own shares, all in one go."""
    pairs = [
        (ints(one, "group"), floats(one, above), floats(one, below))
        for one in groups
        for above, below in (("helped", "known"), ("own", "w"))
    ]
    found = ratio_intervals(pairs)
    return list(zip(found[::2], found[1::2], strict=True))


def _sum_of(rows: list[dict[str, Any]], name: str, weighted: bool) -> float:
    """Return a sum of microseconds: exact, an `int`, unless weighted."""
    if weighted:
        return float(sum(row[f"{name}_w"] or 0.0 for row in rows))
    return sum(int(row[name]) for row in rows)


def _estimate(
    key: tuple[Any, ...],
    sums: list[dict[str, Any]],
    resampled: tuple[pa.Table | None, tuple[Interval, Interval] | None],
    tables: Tables,
    question: Question,
) -> Estimate:
    """Return the estimate of one segment."""
    weighted = question.weight is not None
    dated = [row for row in sums if not row["undated"]]
    times = {name: _sum_of(sums, name, weighted) for name in TIMES}
    n = sum(row["n"] for row in dated)
    known, whole = times["total"] - times["doubtful"], times["total"] + times["possible"]
    figures: dict[str, Any] = {"pack": key[0]}
    figures["doubtful"] = times["doubtful"] / times["total"] if times["total"] else None
    figures["hours"] = times["total"] / (3600 * SECOND)
    low, high = None, None
    figures |= {"mean": None, "mean_low": None, "mean_high": None}
    groups, intervals = resampled
    if groups is not None and intervals is not None:
        (low, high), (mean_low, mean_high) = intervals
        weights, own = floats(groups, "w"), floats(groups, "own")
        if np.sum(weights) > 0:
            # Exact sums: the same in any order.
            figures |= {"mean": math.fsum(own) / math.fsum(weights), "mean_low": mean_low, "mean_high": mean_high}
    figures["never"] = sum(row["never"] for row in dated)
    unweighted = sum(row["n"] - row["weighed"] for row in sums)
    if weighted:
        squares = float(np.sum(floats(groups, "ww"))) if groups is not None else 0.0
        total = float(np.sum(floats(groups, "w"))) if groups is not None else 0.0
        figures |= {"n_effective": total**2 / squares if squares else 0.0, "unweighted": unweighted}
    return Estimate(
        measure=NAME,
        segment=segment_of(question, key),
        value=times["helped"] / known if known else None,
        low=low,
        high=high,
        n=n,
        unknown=sum(row["n"] for row in sums if row["undated"]),
        bound_low=times["helped"] / whole if whole else None,
        bound_high=(times["helped"] + times["doubtful"] + times["possible"]) / whole if whole else None,
        as_of=tables.as_of,
        figures=figures,
        note=notes_of(tables, question, n, f"{unweighted} without a weight" if unweighted else ""),
    )


def evidence(tables: Tables, question: Question, segment: Mapping[str, object], kind: str, part: str) -> ir.Table:
    """Return the subjects of one part of one row, the longest first: subject, pack, time, total (microseconds)."""
    rows = in_segment(_rows(tables, question), question, segment)
    if kind:
        rows = rows.filter(rows.pack == kind)
    if part == "undated":
        rows = rows.filter(rows.undated)
        chosen = rows.select("subject", "pack", time=rows.possible, total=rows.possible)
    elif part == "counted":
        chosen = rows.filter(~rows.undated).select("subject", "pack", "total", time=rows.helped)
    else:
        time = rows.total - rows.perhaps if part == "unhelped" else rows[part]
        rows = rows.mutate(time=time).filter(~rows.undated & (time > 0))
        chosen = rows.select("subject", "pack", "time", "total")
    return chosen.order_by([ibis.desc("time"), "subject"])


MEASURE: Final = Measure(DEFINITION, plan, estimate, evidence, ("beliefs",))
