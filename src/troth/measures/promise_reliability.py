"""Promise reliability: of the promises whose first window has passed, how many were kept in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import ibis
import ibis.expr.types as ir

from troth.measures import promise_word
from troth.measures.definition import Answers, Definition, Measure, Plan
from troth.measures.interval import bounds, effective, wilson
from troth.measures.question import Question, Tables, check, in_segment, members
from troth.measures.segment import group_keys, notes_of, ranked, refuse_negative, segment_of
from troth.measures.share import cluster_interval
from troth.measures.tally import Tally, quantiles, tallied, tallies
from troth.model.estimate import Estimate

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
LATE: Final = {"late_p50": 0.5, "late_p90": 0.9}
_LATER: Final = {
    "renegotiated_kept": "kept in the last window that counts, which has passed",
    "renegotiated_failed": "the last window that counts has passed, and it was not kept in it",
}
PARTS: Final = {**_OUTCOMES, **_LATER, **promise_word.PARTS}

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
    return _promises(tables, question).inner_join(members(tables, question), "subject")


def _promises(tables: Tables, question: Question) -> ir.Table:
    """Return the same rows without segments and weight."""
    promises = tables.promises
    if question.kind is not None:
        promises = promises.filter(promises.kind == question.kind)
    as_of = ibis.literal(tables.as_of, "int64")
    parts = {
        "part": part_of(promises.outcome, promises.first_limit, as_of),
        "later_part": part_of(promises.renegotiated, promises.last_limit, as_of),
        "lateness": promises.kept_at - promises.first_due,
        # Written out, since engines work the part out anew for each of its values that it is compared with.
        "counts": promises.outcome.isin(DECIDED) & _passed(promises.first_limit, as_of),
        "late": (promises.outcome == "late") & _passed(promises.first_limit, as_of),
        "kept": promises.outcome == "kept",
    }
    columns = ["subject", "pack", "kind", "key", "made_at", "opens_at", "first_due", "kept_at"]
    return promises.select(*columns, **parts)


def part_of(outcome: ir.Value, limit: ir.Value, as_of: ir.Value) -> ir.Value:
    """Return the part of `PARTS` that a promise is in, from its outcome and the moment its window has passed."""
    early = ibis.ifelse(outcome == "kept", "early", "failed_early")
    return ibis.cases(
        (outcome.isin(DECIDED), ibis.ifelse(_passed(limit, as_of), outcome, early)),
        (outcome == "void", "void"),
        # An undisclosed window has passed once somebody has decided it, or nobody can.
        (ibis.ifelse(limit.isnull(), outcome == "unknown", limit <= as_of), "unknown"),
        else_="open",
    )


def _passed(limit: ir.Value, as_of: ir.Value) -> ir.BooleanValue:
    """Return whether the window of a promise that somebody has decided has passed."""
    return limit.isnull() | (limit <= as_of)


def plan(tables: Tables, question: Question) -> Plan:
    """Return the expressions: counts by part with the lateness of the late, and sums over subjects."""
    check(tables, question, NAME, [kind for kinds in tables.kinds.values() for kind in kinds])
    keys = group_keys(question, "pack", "kind")
    rows = _rows(tables, question)
    counts = tallied(rows, [*keys, "part", "later_part"], question, "lateness", rows.late)
    decided = _promises(tables, question)
    decided = decided.filter(decided.counts)
    return {"counts": counts, **promise_word.plan(tables, question, rows, decided)}


def estimate(answers: Answers, tables: Tables, question: Question) -> list[Estimate]:
    """Return one estimate for each kind and segment, worst first within a kind."""
    keys = group_keys(question, "pack", "kind")
    words = promise_word.Figures(answers, question)
    rows = [
        _estimate(key, groups, words, tables, question)
        for key, groups in tallies(answers["counts"], keys, "lateness").items()
    ]
    return ranked(
        rows,
        question,
        group=lambda row: (row.figures["pack"], row.figures["kind"]),
        badness=lambda row: -(1.0 if row.value is None else row.value),
    )


def _estimate(
    key: tuple[Any, ...],
    groups: Sequence[Tally],
    words: promise_word.Figures,
    tables: Tables,
    question: Question,
) -> Estimate:
    n: dict[str, int] = dict.fromkeys(_OUTCOMES, 0)
    weight: dict[str, float] = dict.fromkeys(_OUTCOMES, 0.0)
    renegotiated: dict[str, float] = dict.fromkeys(_OUTCOMES, 0.0)
    squares, unweighted = 0.0, 0
    for row in (one.row for one in groups):
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
    figures |= quantiles(groups, LATE) | cluster_interval(k, d, words.squares(key)) | words.of(key)
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


def evidence(tables: Tables, question: Question, segment: Mapping[str, object], kind: str, part: str) -> ir.Table:
    """Return the promises of one part of one row: subject, kind, key, made_at, first_due, kept_at, in total order."""
    rows = in_segment(_rows(tables, question), question, segment)
    if part in promise_word.PARTS:
        return promise_word.evidence(tables, rows.filter(rows.kind == kind), part)
    if part in _LATER:
        own = rows.later_part == "kept" if part == "renegotiated_kept" else rows.later_part.isin(["late", "broken"])
    else:
        own = rows.part == part
    rows = rows.filter(own & (rows.kind == kind))
    chosen = rows.select("subject", "kind", "key", "made_at", "first_due", "kept_at")
    return chosen.order_by(["made_at", "subject", "key"])


MEASURE: Final = Measure(DEFINITION, plan, estimate, evidence, ("words",))
