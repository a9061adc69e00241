"""Status fidelity: of the time on the customer's clock, the share in which message, state and action lined up."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from troth.measures import fidelity_told
from troth.measures.bootstrap import GROUPS_MAX, Interval, ratio_intervals
from troth.measures.definition import Answers, Definition, Measure, Plan
from troth.measures.fidelity_told import OWN, Figures
from troth.measures.question import Question, Tables, belonging, check, in_segment, members, own_columns
from troth.measures.segment import floats, group_keys, ints, least, notes_of, ranked, refuse_negative, segment_of, split
from troth.model.estimate import Estimate
from troth.model.times import SECOND

NAME: Final = "status_fidelity"
ALIGNMENTS: Final = ("aligned", "ahead", "stuck", "unverifiable", "behind", "untold")
TIMES: Final = (*ALIGNMENTS, "total", "possible")
PARTS: Final = {
    **{name: f"subjects that were {name} for some time on their clock" for name in ALIGNMENTS},
    "counted": "all subjects with time on their clock: `time` is what of it was aligned",
    "undated": "subjects whose end is known but not its moment: the time on their clock is not known",
    **fidelity_told.PARTS,
}

DEFINITION: Final = Definition(
    name=NAME,
    title="the share of the customer's time in which message, state and action line up",
    formula=(
        "sum of time aligned / sum of time on the clock. The clock runs from the request to the first terminal state "
        "that lasts, or as_of. Time counts, not messages, and long lives weigh more: the unweighted mean over subjects"
        " stands beside it. low and high are a 95 % bootstrap interval over subjects. Subjects whose end has no date "
        "are unknown: the bounds give them all the time up to as_of, none of it aligned (bound_low) and all of it "
        "(bound_high). `--by topic` judges each topic by itself; `--by channel` counts the time in which what was told "
        "through a channel is believed. Beside it: exposure, age of incorrect information, propagation."
    ),
    columns={
        "pack": "service model",
        **{name: f"share of the time {name}" for name in ALIGNMENTS},
        "hours": "time on the clock, in hours",
        "mean": "mean over subjects of each one's own aligned share",
        "mean_low": "its 95 % bootstrap interval",
        "mean_high": "its upper end",
        "n_effective": "Kish's effective number of subjects, when weighted",
        "unweighted": "subjects without a weight, left out",
        **fidelity_told.COLUMNS,
    },
    parts=PARTS,
    assumptions=(
        "A statement told is believed until replaced, corrected or expired.",
        "Untold becomes behind when tell_within has passed; before that it is neither aligned nor wrong.",
        "Subjects are independent of each other.",
        "A message on a channel is one exposure: a mail sent, a page viewed, an answer given, as its receipts say.",
        "The age of a wrong belief runs on when the customer is told the same falsehood again.",
    ),
    source=(
        "B. Efron (1979) for the bootstrap; Poisson weights after Hanley & MacGibbon (2006); A. Maatouk et al., The "
        "age of incorrect information (2020)"
    ),
    aside=tuple(fidelity_told.COLUMNS),
)


def _rows(tables: Tables, question: Question) -> ir.Table:
    """Return one row for each subject with time on its clock or with an undated end: what is counted.

    Columns: one for each alignment and `total` (microseconds), `undated`, `possible` (microseconds up to as_of, if
    undated).
    """
    named = own_columns(question, OWN)
    if named:
        return _rows_of_topics(tables, question, named)
    zero = ibis.literal(0, "int64")
    times = _times(tables.spans, ["subject"])
    subjects = tables.subjects
    undated = subjects.requested_at.notnull() & subjects.clock_until.isnull()
    possible = ibis.greatest(ibis.literal(tables.as_of, "int64") - subjects.requested_at, zero)
    clocks = subjects.select(
        "subject",
        "pack",
        undated=undated,
        possible=ibis.ifelse(undated, possible, zero),
        **belonging(subjects, question, tables),
    )
    joined = clocks.left_join(times, "subject").drop("subject_right")
    counted = joined.filter(joined.undated | (joined.total > 0))
    return counted.mutate(**{name: counted[name].fill_null(0) for name in (*ALIGNMENTS, "total")})


def _times(spans: ir.Table, keys: list[str]) -> ir.Table:
    """Return the time in each alignment and in all, by some columns."""
    length, zero = spans.until - spans.since, ibis.literal(0, "int64")
    sums = {name: ibis.ifelse(spans.alignment == name, length, zero).sum().cast("int64") for name in ALIGNMENTS}
    return spans.group_by(keys).aggregate(total=length.sum().cast("int64"), **sums)


def _rows_of_topics(tables: Tables, question: Question, named: Mapping[str, str]) -> ir.Table:
    """Return the same rows for each subject and topic (or channel); an undated end is unknown for each there is."""
    topics, subjects, zero = tables.told("topics"), tables.subjects, ibis.literal(0, "int64")
    topics = topics.mutate(**{column: topics[name] for column, name in named.items()})
    if "channel" in named.values():
        topics = topics.filter(topics.channel != "")
    columns = ["subject", "pack", *named]
    dated = _times(topics, columns).mutate(undated=ibis.literal(False), possible=zero)
    ends = subjects.filter(subjects.requested_at.notnull() & subjects.clock_until.isnull())
    possible = ibis.greatest(ibis.literal(tables.as_of, "int64") - ends.requested_at, zero)
    asked = topics.select("pack", *named).distinct()
    undated = ends.select("subject", "pack", possible=possible).inner_join(asked, "pack")
    undated = undated.mutate(undated=ibis.literal(True), **dict.fromkeys((*ALIGNMENTS, "total"), zero))
    order = [*columns, "undated", "possible", *ALIGNMENTS, "total"]
    rows = dated.select(order).union(undated.select(order))
    return rows.inner_join(members(tables, question, OWN), "subject")


def plan(tables: Tables, question: Question) -> Plan:
    """Return the expressions: sums for each segment and bootstrap group, of microseconds exact ones."""
    check(tables, question, NAME, None, OWN)
    rows = _rows(tables, question)
    # Subjects are dealt into groups by their hash once there are many: the answer stays small, the estimator the same.
    group = rows.cluster % GROUPS_MAX if tables.rows.get("subjects", 0) > GROUPS_MAX else rows.cluster
    rows = rows.mutate(group=group)
    # A sum of microseconds over many subjects outgrows 64 bits, and must stay exact.
    sums = {name: rows[name].sum().cast("decimal(38, 0)") for name in TIMES}
    if question.weight is not None:
        sums |= {f"{name}_w": (rows.w * rows[name].cast("float64")).sum() for name in TIMES}
    share = rows.aligned.cast("float64") / rows.total.nullif(0).cast("float64")
    grouped = rows.group_by([*group_keys(question, "pack"), "undated", "group"]).aggregate(
        n=rows.count(),
        weighed=rows.w.count(),
        w=rows.w.sum(),
        ww=(rows.w * rows.w).sum(),
        least=rows.w.min(),
        own=(rows.w * share).sum(),
        **sums,
    )
    return {"sums": grouped, **fidelity_told.plan(tables, question)}


def estimate(answers: Answers, tables: Tables, question: Question) -> list[Estimate]:
    """Return one estimate for each pack and segment, worst first."""
    keys = group_keys(question, "pack")
    refuse_negative(least(answers["sums"], "least"), NAME, question.weight)
    sums = dict(split(answers["sums"], keys))
    seen = pc.and_(pc.invert(answers["sums"].column("undated")), pc.greater(answers["sums"].column("weighed"), 0))
    groups = dict(split(answers["sums"].filter(seen), keys))
    beside = Figures(answers, question)
    intervals = dict(zip(groups, _intervals(list(groups.values()), question), strict=True))
    rows = [
        _estimate(key, _by_end(one), (groups.get(key), intervals.get(key)), beside.of(key), tables, question)
        for key, one in sums.items()
    ]
    return ranked(
        rows,
        question,
        group=lambda row: row.figures["pack"],
        badness=lambda row: -(1.0 if row.value is None else row.value),
    )


def _intervals(groups: Sequence[pa.Table], question: Question) -> list[tuple[Interval, Interval]]:
    """Return the intervals of the ratio and of the mean of the subjects' own shares, all in one go."""
    times = ("aligned", "total") if question.weight is None else ("aligned_w", "total_w")
    pairs = [
        (ints(one, "group"), floats(one, above), floats(one, below))
        for one in groups
        for above, below in (times, ("own", "w"))
    ]
    found = ratio_intervals(pairs)
    return list(zip(found[::2], found[1::2], strict=True))


def _by_end(sums: pa.Table) -> list[dict[str, Any]]:
    """Return the sums over all groups: of the subjects with a dated end, and of those without."""
    names = [name for name in sums.column_names if name in ("n", "weighed", *TIMES) or name.endswith("_w")]
    found = []
    for undated in (False, True):
        rows = sums.filter(pc.equal(sums.column("undated"), undated))
        if rows.num_rows:
            found.append({"undated": undated, **{name: pc.sum(rows.column(name)).as_py() for name in names}})
    return found


def _sum_of(row: Mapping[str, Any], name: str, weighted: bool) -> float:
    """Return a sum of microseconds: exact, an `int`, unless weighted."""
    if weighted:
        return float(row[f"{name}_w"] or 0.0)
    return int(row[name])


def _estimate(
    key: tuple[Any, ...],
    sums: list[dict[str, Any]],
    resampled: tuple[pa.Table | None, tuple[Interval, Interval] | None],
    beside: Mapping[str, Any],
    tables: Tables,
    question: Question,
) -> Estimate:
    weighted = question.weight is not None
    dated = next((row for row in sums if not row["undated"]), None)
    undated = next((row for row in sums if row["undated"]), None)
    n = dated["n"] if dated else 0
    total = _sum_of(dated, "total", weighted) if dated else 0
    times = {name: _sum_of(dated, name, weighted) if dated else 0 for name in ALIGNMENTS}
    value = times["aligned"] / total if total else None
    figures: dict[str, Any] = {"pack": key[0]}
    figures |= {name: time / total if total else None for name, time in times.items()}
    figures["hours"] = total / (3600 * SECOND)
    low: float | None = None
    high: float | None = None
    mean: dict[str, float | None] = {"mean": None, "mean_low": None, "mean_high": None}
    groups, intervals = resampled
    if groups is not None and intervals is not None and total:
        (low, high), (mean_low, mean_high) = intervals
        # Exact sums: the same in any order.
        own = math.fsum(floats(groups, "own")) / math.fsum(floats(groups, "w"))
        mean = {"mean": own, "mean_low": mean_low, "mean_high": mean_high}
    figures |= mean
    unweighted = sum(row["n"] - row["weighed"] for row in sums)
    if weighted:
        squares = float(np.sum(floats(groups, "ww"))) if groups is not None else 0.0
        weights_sum = float(np.sum(floats(groups, "w"))) if groups is not None else 0.0
        figures |= {"n_effective": weights_sum**2 / squares if squares else 0.0, "unweighted": unweighted}
    figures |= beside
    possible = _sum_of(undated, "possible", weighted) if undated else 0
    whole = total + possible
    return Estimate(
        measure=NAME,
        segment=segment_of(question, key),
        value=value,
        low=low,
        high=high,
        n=n,
        unknown=undated["n"] if undated else 0,
        bound_low=times["aligned"] / whole if whole else None,
        bound_high=(times["aligned"] + possible) / whole if whole else None,
        as_of=tables.as_of,
        figures=figures,
        note=notes_of(tables, question, n, f"{unweighted} without a weight" if unweighted else ""),
    )


def evidence(tables: Tables, question: Question, segment: Mapping[str, object], kind: str, part: str) -> ir.Table:
    """Return the subjects of one part of one row, the longest first: subject, pack, time, total (microseconds)."""
    if part in fidelity_told.PARTS:
        return fidelity_told.evidence(tables, question, segment, kind, part)
    rows = in_segment(_rows(tables, question), question, segment)
    if kind:
        rows = rows.filter(rows.pack == kind)
    if part == "undated":
        rows = rows.filter(rows.undated)
        chosen = rows.select("subject", "pack", time=rows.possible, total=rows.possible)
    elif part == "counted":
        rows = rows.filter(~rows.undated)
        chosen = rows.select("subject", "pack", time=rows.aligned, total=rows.total)
    else:
        rows = rows.filter(~rows.undated & (rows[part] > 0))
        chosen = rows.select("subject", "pack", time=rows[part], total=rows.total)
    return chosen.order_by([ibis.desc("time"), "subject"])


MEASURE: Final = Measure(DEFINITION, plan, estimate, evidence, ("tellings",))
