"""Promise reliability: of the promises whose first window has passed, how many were kept in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from troth.measures import promise_word
from troth.measures.definition import Answers, Definition, Measure, Plan
from troth.measures.interval import bounds, effective, quantile, ratio_effective, wilson
from troth.measures.question import Question, Tables, check, in_segment, members
from troth.measures.segment import floats, group_keys, ints, notes_of, ranked, refuse_negative, segment_of, split
from troth.model.estimate import Estimate
from troth.model.times import SECOND

NAME: Final = "promise_reliability"
DECIDED: Final = ("kept", "late", "broken")
_OUTCOMES: Final = {
    "kept": "kept in the first window, which has passed",
    "late": "came true after the first window",
    "broken": "the first window has passed and it has not come true",
    "unknown": "the first window has passed, and the facts that would decide are not known",
    "void": "withdrawn by the customer in time",
    "open": "not yet due and not yet decided",
    "early": "already kept, but not yet due: counting these alone would flatter",
    "failed_early": "already broken, but not yet due",
}
PARTS: Final = {**_OUTCOMES, **promise_word.PARTS}

DEFINITION: Final = Definition(
    name=NAME,
    title="the share of promises kept in the window first given",
    formula=(
        "kept / (kept + late + broken), over promises whose first due moment plus grace is at or before as_of; a "
        "promise of undisclosed due counts once it is decided. One row for each kind: kinds are never pooled. low and "
        "high are the Wilson 95 % interval; with k kept of d decided and u unknown, bound_low is k/(d+u) and "
        "bound_high (k+u)/(d+u)."
    ),
    columns={
        "kind": "promise kind",
        "pack": "service model",
        **_OUTCOMES,
        "not_due": "open + early + failed_early",
        "renegotiated_value": "the same share for the last window that counts (told in time and consented)",
        "renegotiation_gap": "renegotiated_value less value",
        "late_p50": "seconds after the first due moment, median of the late (the broken have none: see their number)",
        "late_p90": "the same, 90 %",
        "cluster_low": "interval that allows for several promises of one subject; absent where each has one",
        "cluster_high": "its upper end",
        "weighted_kept": "sum of the weights of the kept",
        "weighted_decided": "sum of the weights of the decided",
        "n_effective": "Kish's effective number of cases, on which the interval rests when weighted",
        "unweighted": "rows without a weight, left out of the weighted figures",
        **promise_word.COLUMNS,
    },
    parts=PARTS,
    assumptions=(
        "The first window counts: a new date does not repair a promise, it is shown beside it.",
        "Void are only promises that the customer withdrew in time; every other cancellation is broken.",
        "Rows are independent, or dependent only within a subject (cluster_low, cluster_high).",
        "A notice is a message on the topic that is not known to be false, a new date in time, or word of a case.",
    ),
    source="E. B. Wilson (1927); L. Kish (1965); W. G. Cochran (1977); T. Gneiting & A. E. Raftery (2007)",
    aside=tuple(promise_word.COLUMNS),
)


def _rows(tables: Tables, question: Question) -> ir.Table:
    """Return one row for each promise with its part, its part as renegotiated, segments and weight: what is counted."""
    promises = tables.promises
    if question.kind is not None:
        promises = promises.filter(promises.kind == question.kind)
    as_of = ibis.literal(tables.as_of, "int64")
    parts = {
        "part": part_of(promises.outcome, promises.first_limit, as_of),
        "later_part": part_of(promises.renegotiated, promises.last_limit, as_of),
        "lateness": promises.kept_at - promises.first_due,
    }
    columns = ["subject", "pack", "kind", "key", "made_at", "opens_at", "first_due", "kept_at"]
    return promises.select(*columns, **parts).inner_join(members(tables, question), "subject")


def part_of(outcome: ir.Value, limit: ir.Value, as_of: ir.Value) -> ir.Value:
    """Return the part of `PARTS` that a promise is in, from its outcome and the moment its window has passed."""
    decided = outcome.isin(DECIDED)
    # An undisclosed window has passed once somebody has decided it, or nobody can.
    due = ibis.ifelse(limit.isnull(), decided | (outcome == "unknown"), limit <= as_of)
    return ibis.cases(
        (outcome == "void", "void"),
        (due & decided, outcome),
        (due, "unknown"),
        (outcome == "kept", "early"),
        (decided, "failed_early"),
        else_="open",
    )


def plan(tables: Tables, question: Question) -> Plan:
    """Return the expressions: counts by part, lateness of the late, sums of squares over subjects."""
    check(tables, question, NAME, [kind for kinds in tables.kinds.values() for kind in kinds])
    keys = group_keys(question, "pack", "kind")
    needed = ["subject", "key", "part", "later_part", "lateness", "opens_at", "first_due", "kept_at", "cluster", "w"]
    rows = tables.hold(_rows(tables, question).select(*keys, *needed))
    counts = rows.group_by([*keys, "part", "later_part"]).aggregate(
        n=rows.count(), w=rows.w.sum(), ww=(rows.w * rows.w).sum(), weighed=rows.w.count(), least=rows.w.min()
    )
    late = rows.filter((rows.part == "late") & rows.lateness.notnull() & rows.w.notnull())
    answers = {"counts": counts, "late": late.group_by([*keys, "lateness"]).aggregate(w=late.w.sum())}
    answers |= promise_word.plan(tables, question, rows, DECIDED)
    if not tables.several:
        return answers
    decided = rows.filter(rows.part.isin(DECIDED) & rows.w.notnull())
    kept = ibis.ifelse(decided.part == "kept", decided.w, 0.0)
    single = decided.group_by([*keys, "cluster"]).aggregate(k=kept.sum(), d=decided.w.sum(), m=decided.count())
    answers["clusters"] = single.group_by(keys).aggregate(
        groups=single.count(),
        most=single.m.max(),
        kk=(single.k * single.k).sum(),
        kd=(single.k * single.d).sum(),
        dd=(single.d * single.d).sum(),
    )
    return answers


def estimate(answers: Answers, tables: Tables, question: Question) -> list[Estimate]:
    """Return one estimate for each kind and segment, worst first within a kind."""
    keys = group_keys(question, "pack", "kind")
    late = dict(split(answers["late"], keys))
    found = answers.get("clusters")
    clusters = {key: rows.to_pylist()[0] for key, rows in split(found, keys)} if found is not None else {}
    words = promise_word.Figures(answers, question)
    rows = [
        _estimate(key, counts.to_pylist(), late.get(key), clusters.get(key), words.of(key), tables, question)
        for key, counts in split(answers["counts"], keys)
    ]
    return ranked(
        rows,
        question,
        group=lambda row: (row.figures["pack"], row.figures["kind"]),
        badness=lambda row: -(1.0 if row.value is None else row.value),
    )


def _estimate(
    key: tuple[Any, ...],
    counts: list[dict[str, Any]],
    late: pa.Table | None,
    clusters: dict[str, Any] | None,
    words: Mapping[str, Any],
    tables: Tables,
    question: Question,
) -> Estimate:
    n: dict[str, int] = dict.fromkeys(_OUTCOMES, 0)
    weight: dict[str, float] = dict.fromkeys(_OUTCOMES, 0.0)
    renegotiated: dict[str, float] = dict.fromkeys(_OUTCOMES, 0.0)
    squares, unweighted = 0.0, 0
    for row in counts:
        refuse_negative(row["least"], NAME, question.weight)
        n[row["part"]] += row["n"]
        weight[row["part"]] += row["w"] or 0.0
        renegotiated[row["later_part"]] += row["w"] or 0.0
        unweighted += row["n"] - row["weighed"]
        if row["part"] in DECIDED:
            squares += row["ww"] or 0.0
    decided = sum(n[part] for part in DECIDED)
    d, k = sum(weight[part] for part in DECIDED), weight["kept"]
    n_effective = effective(d, squares)
    value = k / d if d > 0 else None
    interval = wilson(value * n_effective, n_effective) if value is not None else None
    span = bounds(k, d, weight["unknown"])
    figures: dict[str, Any] = {"kind": key[1], "pack": key[0], **n}
    figures["not_due"] = n["open"] + n["early"] + n["failed_early"]
    later = sum(renegotiated[part] for part in DECIDED)
    figures["renegotiated_value"] = renegotiated["kept"] / later if later > 0 else None
    gap = figures["renegotiated_value"] - value if value is not None and later > 0 else None
    figures["renegotiation_gap"] = gap
    figures |= _lateness(late) | _clustered(k, d, clusters) | dict(words)
    if question.weight is not None:
        figures |= {"weighted_kept": k, "weighted_decided": d, "n_effective": n_effective, "unweighted": unweighted}
    return Estimate(
        measure=NAME,
        segment=segment_of(question, key),
        value=value,
        low=interval[0] if interval else None,
        high=interval[1] if interval else None,
        n=decided,
        unknown=n["unknown"],
        bound_low=span[0] if span else None,
        bound_high=span[1] if span else None,
        as_of=tables.as_of,
        figures=figures,
        note=notes_of(tables, question, decided, f"{unweighted} without a weight" if unweighted else ""),
    )


def _lateness(late: pa.Table | None) -> dict[str, float | None]:
    if late is None:
        return {"late_p50": None, "late_p90": None}
    values, weights = ints(late, "lateness"), floats(late, "w")
    found = {name: quantile(values, weights, share) for name, share in (("late_p50", 0.5), ("late_p90", 0.9))}
    return {name: None if value is None else value / SECOND for name, value in found.items()}


def _clustered(k: float, d: float, clusters: dict[str, Any] | None) -> dict[str, float | None]:
    none: dict[str, float | None] = {"cluster_low": None, "cluster_high": None}
    if clusters is None or clusters["most"] < 2 or d <= 0:
        return none
    squares = (clusters["kk"], clusters["kd"], clusters["dd"])
    n_effective = ratio_effective(k, d, clusters["groups"], squares)
    interval = wilson(k / d * n_effective, n_effective)
    return {"cluster_low": interval[0], "cluster_high": interval[1]} if interval else none


def evidence(tables: Tables, question: Question, segment: Mapping[str, object], kind: str, part: str) -> ir.Table:
    """Return the promises of one part of one row: subject, kind, key, made_at, first_due, kept_at, in total order."""
    rows = in_segment(_rows(tables, question), question, segment)
    if part in promise_word.PARTS:
        return promise_word.evidence(tables, rows.filter(rows.kind == kind), part)
    rows = rows.filter((rows.part == part) & (rows.kind == kind))
    chosen = rows.select("subject", "kind", "key", "made_at", "first_due", "kept_at")
    return chosen.order_by(["made_at", "subject", "key"])


MEASURE: Final = Measure(DEFINITION, plan, estimate, evidence, ("words",))
