"""Time to usable outcome: how long a customer waits, from the request, until they can use what they came for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from troth.measures import survival
from troth.measures.clock import USABLE
from troth.measures.definition import Answers, Definition, Measure, Plan
from troth.measures.interval import effective
from troth.measures.question import Question, Tables, belonging, check, in_segment
from troth.measures.segment import floats, group_keys, ints, notes_of, ranked, refuse_negative, segment_of, split
from troth.measures.tally import Tally, tallied, tallies, together
from troth.model.estimate import Estimate
from troth.model.times import SECOND

NAME: Final = "time_to_usable_outcome"
QUANTILES: Final = {"p25": 0.25, "p50": 0.5, "p75": 0.75, "p90": 0.9}
PARTS: Final = {
    "reached": "reached a usable outcome that lasted",
    "competing": "ended in a terminal state that is not usable, at a known moment",
    "open": "still waiting when observation ended: censored",
    "unknown": "censored, and the present state is unknown",
    "undated": "ended, but the moment is not known: censored at the end of observation",
    "negative": "the outcome is before the request: left out and counted",
    "not_yet": "requested after observation ended, or over before it began: nothing to see",
    "promised": "observed, and of a promised moment: what `at_promise` speaks of",
}
CENSORED: Final = ("open", "unknown", "undated")
OBSERVED: Final = ("reached", "competing", *CENSORED)

DEFINITION: Final = Definition(
    name=NAME,
    title="how long a customer waits until they can use what they came for",
    formula=(
        "time from the request to the start of the first usable state that lasts; value is the median in seconds with "
        "its 95 % interval. Those still waiting are censored at as_of less the time a usable state has to last. Where "
        "a terminal state that is not usable carries a date (cancelled, failed), it competes: the quantiles are those "
        "of the cumulative incidence by Aalen-Johansen, since 1 - Kaplan-Meier would overstate; otherwise they are "
        "Kaplan-Meier's. A quantile that is not reached is null: not imputed."
    ),
    columns={
        "pack": "service model",
        "method": "`kaplan_meier`, or `aalen_johansen` where a dated ending competes",
        "p25": "seconds by which 25 % had a usable outcome; null: not reached",
        "p50": "the same, 50 %: the value",
        "p75": "the same, 75 %",
        "p90": "the same, 90 %",
        "p50_low": "95 % interval of p50; null: not bounded by the data",
        "p50_high": "its upper end",
        "p90_low": "95 % interval of p90",
        "p90_high": "its upper end",
        "reached": PARTS["reached"],
        "competing": PARTS["competing"],
        "censored": "still waiting, undated or unknown, at the end of observation",
        "undated": PARTS["undated"],
        "negative": PARTS["negative"],
        "not_yet": PARTS["not_yet"],
        "incidence": "outcome → share that had it by the last observed moment",
        "promise": "promise kind whose first due moment `at_promise` speaks of",
        "at_promise": "share with a usable outcome before the promised moment (without grace)",
        "at_promise_low": "its 95 % interval",
        "at_promise_high": "its upper end",
        "restricted_mean": "mean seconds without a usable outcome, up to restricted_to",
        "restricted_mean_low": "its 95 % interval; null under Aalen-Johansen",
        "restricted_mean_high": "its upper end",
        "restricted_to": "seconds: the longest time observed in this row",
        "n_effective": "Kish's effective number of subjects, when weighted",
        "unweighted": "subjects without a weight, left out",
    },
    parts=PARTS,
    assumptions=(
        "Who is still waiting would have gone on like those who waited as long (censoring tells nothing).",
        "n is the number observed; the clock does not stop at sent or shipped, only at usable.",
        "at_promise: a subject's promised moment does not depend on how long it could be observed.",
    ),
    source="E. L. Kaplan & P. Meier (1958); O. Aalen & S. Johansen (1978); R. Brookmeyer & J. Crowley (1982)",
)


def rows_of(tables: Tables, question: Question) -> ir.Table:
    """Return one row for each subject with a request: part, outcome, duration and delay of entry: what is counted."""
    subjects = tables.subjects
    rows = subjects.filter(subjects.requested_at.notnull())
    requested, until, reached_at = rows.requested_at, rows.observed_until, rows.outcome_at
    start = ibis.greatest(
        rows.entry, *([ibis.literal(question.since, "int64")] if question.since is not None else []), requested
    )
    # A dated outcome after observation ended is not confirmed yet: still waiting.
    seen = reached_at.notnull() & (reached_at <= until)
    end = ibis.ifelse(seen, reached_at, until)
    part = ibis.cases(
        (seen & (reached_at < requested), "negative"),
        # Entered late: what ended before, or at that moment, could not have been seen.
        ((end < start) | ((end == start) & (start > requested)), "not_yet"),
        (seen & (rows.outcome == USABLE), "reached"),
        (seen, "competing"),
        (rows.undated, "undated"),
        (rows.state == "unknown", "unknown"),
        else_="open",
    )
    return rows.select(
        "subject",
        "pack",
        "outcome",
        "requested_at",
        "outcome_at",
        part=part,
        end=end,
        duration=end - requested,
        delay=start - requested,
        **belonging(rows, question, tables),
    )


def _promised(tables: Tables, question: Question) -> ir.Table:
    """Return subject, promised kind and first due moment: of the kind asked for, else of each pack's first kind."""
    promises = tables.promises.filter(tables.promises.first_due.notnull())
    if question.kind is not None:
        promises = promises.filter(promises.kind == question.kind)
    else:
        firsts = [
            (promises.pack == pack) & (promises.kind == kinds[0]) for pack, kinds in tables.kinds.items() if kinds
        ]
        promises = promises.filter(ibis.or_(*firsts) if firsts else ibis.literal(False))
    return promises.group_by(["subject", "kind"]).aggregate(due=promises.first_due.min())


def plan(tables: Tables, question: Question) -> Plan:
    """Return the expressions: counts by part with durations, entries by delay, times over the promised moment."""
    check(tables, question, NAME, [kind for kinds in tables.kinds.values() for kind in kinds])
    rows = rows_of(tables, question)
    keys = group_keys(question, "pack")
    late = rows.filter((rows.delay > 0) & rows.part.isin(OBSERVED) & rows.w.notnull())
    promised = rows.inner_join(_promised(tables, question), "subject")
    promised = promised.mutate(over=promised.end - promised.due)
    promised = promised.filter(promised.part.isin(OBSERVED) & promised.w.notnull())
    return {
        "durations": tallied(rows, [*keys, "part", "outcome"], question, "duration"),
        "entries": late.group_by([*keys, "delay"]).aggregate(w=late.w.sum()),
        "promised": tallied(promised, [*keys, "kind", "part", "outcome"], question, "over"),
    }


def estimate(answers: Answers, tables: Tables, question: Question) -> list[Estimate]:
    """Return one estimate for each pack and segment, the longest waits first (not reached is the longest)."""
    keys = group_keys(question, "pack")
    entries = dict(split(answers["entries"], keys))
    promised = tallies(answers["promised"], keys, "over")
    rows = [
        _estimate(key, groups, entries.get(key), promised.get(key, []), tables, question)
        for key, groups in tallies(answers["durations"], keys, "duration").items()
    ]
    return ranked(
        rows,
        question,
        group=lambda row: row.figures["pack"],
        badness=lambda row: float("inf") if row.value is None else row.value,
        scale="time",
    )


def _counts(groups: Sequence[Tally], entries: pa.Table | None = None) -> survival.Counts:
    """Return the counts by time; causes are `usable` and the names of competing states."""
    causes = {USABLE: together([one for one in groups if one.row["part"] == "reached"])}
    competing = [one for one in groups if one.row["part"] == "competing"]
    for state in sorted({one.row["outcome"] for one in competing}):
        causes[state] = together([one for one in competing if one.row["outcome"] == state])
    censored = together([one for one in groups if one.row["part"] in CENSORED])
    if entries is None:
        return survival.count_samples(causes, censored)
    return survival.count_samples(causes, censored, ints(entries, "delay"), floats(entries, "w"))


def _curve(counts: survival.Counts, scale: float) -> survival.Curve:
    if len(counts.events) == 1:
        return survival.kaplan_meier(counts, scale)
    return survival.aalen_johansen(counts, USABLE, scale)


def _estimate(
    key: tuple[Any, ...],
    groups: Sequence[Tally],
    entries: pa.Table | None,
    promised: Sequence[Tally],
    tables: Tables,
    question: Question,
) -> Estimate:
    n = dict.fromkeys((*OBSERVED, "negative", "not_yet"), 0)
    for row in (one.row for one in groups):
        n[row["part"]] += row["n"]
    observed = sum(n[part] for part in OBSERVED)
    unweighted = sum(one.row["n"] - one.row["weighed"] for one in groups)
    seen = [one for one in groups if one.row["part"] in OBSERVED and one.row["weighed"]]
    figures: dict[str, Any] = {"pack": key[0]}
    value, interval = None, (None, None)
    notes = [f"{unweighted} without a weight"] if unweighted else []
    n_effective = 0.0
    if seen:
        refuse_negative(min(one.row["least"] for one in seen), NAME, question.weight)
        weight = sum(one.row["w"] for one in seen)
        n_effective = effective(weight, sum(one.row["ww"] for one in seen))
        scale = n_effective / weight if weight > 0 else 1.0
        counts = _counts(seen, entries)
        curve = _curve(counts, scale)
        figures |= _quantiles(counts, curve, scale) | _at_promise(promised, scale)
        value = figures["p50"]
        interval = (figures["p50_low"], figures["p50_high"])
        if value is None:
            notes.append("p50 not reached")
        if n["competing"]:
            notes.append("competing endings: quantiles of the cumulative incidence")
    figures |= {name: n[name] for name in ("reached", "competing")}
    figures["censored"] = sum(n[part] for part in CENSORED)
    figures |= {name: n[name] for name in ("undated", "negative", "not_yet")}
    if question.weight is not None:
        figures |= {"n_effective": n_effective, "unweighted": unweighted}
    return Estimate(
        measure=NAME,
        segment=segment_of(question, key),
        value=value,
        low=interval[0],
        high=interval[1],
        n=observed,
        unknown=n["unknown"],
        bound_low=None,
        bound_high=None,
        as_of=tables.as_of,
        figures=figures,
        note=notes_of(tables, question, observed, *notes),
    )


def _seconds(micros: float | None) -> float | None:
    return None if micros is None else micros / SECOND


def _quantiles(counts: survival.Counts, curve: survival.Curve, scale: float) -> dict[str, Any]:
    plain = len(counts.events) == 1
    figures: dict[str, Any] = {"method": "kaplan_meier" if plain else "aalen_johansen"}
    figures |= {name: _seconds(survival.reached(curve, share)) for name, share in QUANTILES.items()}
    for name in ("p50", "p90"):
        low, high = survival.reached_interval(curve, QUANTILES[name])
        figures |= {f"{name}_low": _seconds(low), f"{name}_high": _seconds(high)}
    figures["incidence"] = {cause: survival.incidence(counts, cause) for cause in counts.events}
    ends = survival.restricted_mean_interval(counts, curve.until, scale) if plain else (None, None)
    figures["restricted_mean"] = survival.restricted_mean(curve, curve.until) / SECOND
    figures |= {"restricted_mean_low": _seconds(ends[0]), "restricted_mean_high": _seconds(ends[1])}
    figures["restricted_to"] = curve.until / SECOND
    return figures


def _at_promise(promised: Sequence[Tally], scale: float) -> dict[str, Any]:
    """Return the share with a usable outcome before its promised moment: incidence on a clock that is 0 there."""
    names = ("promise", "at_promise", "at_promise_low", "at_promise_high")
    if not promised:
        return dict.fromkeys(names)
    curve = _curve(_counts(promised), scale)
    found = survival.at(curve, 0, before=True)
    return dict(zip(names, (promised[0].row["kind"], *(found or (None, None, None))), strict=True))


def evidence(tables: Tables, question: Question, segment: Mapping[str, object], kind: str, part: str) -> ir.Table:
    """Return the subjects of one part of one row, the longest first: outcome, requested_at, outcome_at, duration."""
    rows = in_segment(rows_of(tables, question), question, segment)
    if part == "promised":
        rows = rows.filter(rows.part.isin(OBSERVED)).semi_join(_promised(tables, question), "subject")
    else:
        rows = rows.filter(rows.part == part)
    if kind:
        rows = rows.filter(rows.pack == kind)
    chosen = rows.select("subject", "pack", "outcome", "requested_at", "outcome_at", "duration")
    return chosen.order_by([ibis.desc("duration"), "subject"])


MEASURE: Final = Measure(DEFINITION, plan, estimate, evidence)
