"""Exception closure: how long service failures take to be owned, resolved and closed, and how many come back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import ibis
import ibis.expr.types as ir

from troth.measures import closure_aligned, survival
from troth.measures.definition import Answers, Definition, Measure, Plan
from troth.measures.interval import effective
from troth.measures.question import Question, Tables, check, in_segment, members, segment_columns
from troth.measures.segment import group_keys, notes_of, ranked, refuse_negative, segment_of
from troth.measures.tally import Tally, tallied, tallies, together
from troth.model.estimate import Estimate
from troth.model.times import DAY, SECOND

NAME: Final = "exception_closure"
LEGS: Final = (
    "open_owned", "open_informed", "open_resolved", "resolved_closed", "open_closed", *closure_aligned.LEGS,
)  # fmt: skip
"""Legs in the order of a case's life; `relapse` is counted beside them."""
CLOSING: Final = ("informed_closed", "broke_closed")
"""Legs that end with a clean closing, with which the other endings compete."""
ENDS: Final = ("void", "unclean")
"""The other endings."""

_NAMES: Final = ("subject", "about", "id", "cluster")
_NEEDS: Final = {
    "open_owned": {"owned"},
    "open_informed": {"informed"},
    "open_resolved": {"resolved"},
    "resolved_closed": {"resolved", "closed"},
    "open_closed": {"closed"},
    "broke_detected": {"detected"},
    "detected_informed": {"detected", "informed"},
    "informed_closed": {"detected", "informed", "closed"},
    "broke_closed": {"detected", "closed"},
}
QUANTILES: Final = {"p25": 0.25, "p50": 0.5, "p75": 0.75, "p90": 0.9}
RELAPSES: Final = {"relapse_7d": 7 * DAY, "relapse_30d": 30 * DAY}
STATES: Final = {
    "done": "reached the end of the leg",
    "waiting": "had not by as_of: censored",
    "unknown": "reopened, and the first life's moment is no longer known",
    "negative": "the end is before the start: left out and counted",
    "void": "a false alarm: left out and counted; of legs to a clean closing it competes",
    "unclean": "closed, but not clean: competes with a clean closing",
}
PARTS: Final = {
    **{
        f"{leg}:{name}": f"{leg.replace('_', ' → ')}: {says}"
        for leg in LEGS
        for name, says in STATES.items()
        if name != "unclean" or leg in CLOSING
    },
    "relapse:done": "open again after being resolved or closed",
    "relapse:waiting": "resolved or closed and not open again by as_of",
    **closure_aligned.PARTS,
}

DEFINITION: Final = Definition(
    name=NAME,
    title="how long service failures take to be owned, resolved and closed, and how many come back",
    formula=(
        "for each case kind and leg (open → owned, open → informed, open → resolved, resolved → closed, open → closed)"
        " the time between the two moments of the case's first life, by Kaplan-Meier, those not there yet being "
        "censored at as_of; value is the median in seconds with its 95 % interval. No means of repair times: "
        "quantiles. Relapse is 1 - Kaplan-Meier from first resolved or closed to first open again, at 7 and 30 days. "
        "Kinds that have the full life also have broke → detected → informed → closed and broke → closed: there "
        "closing means clean, in alignment again for the kind's dwell, by Aalen-Johansen's cumulative incidence, with "
        "unclean and void as competing endings, and of the present life: a relapse takes a closing back."
    ),
    columns={
        "kind": "case kind",
        "pack": "service model",
        "leg": "which leg",
        "p25": "seconds by which 25 % were through; null: not reached",
        "p50": "the same, 50 %: the value",
        "p75": "the same, 75 %",
        "p90": "the same, 90 %",
        "p50_low": "95 % interval of p50; null: not bounded by the data",
        "p50_high": "its upper end",
        "done": STATES["done"],
        "censored": STATES["waiting"],
        "negative": STATES["negative"],
        "void": STATES["void"],
        **closure_aligned.COLUMNS,
        "cases": "all cases of the kind that started the leg",
        "relapse_7d": "share open again within 7 days; null: nobody was observed so long",
        "relapse_7d_low": "its 95 % interval",
        "relapse_7d_high": "its upper end",
        "relapse_30d": "share open again within 30 days",
        "relapse_30d_low": "its 95 % interval",
        "relapse_30d_high": "its upper end",
        "reopened": "cases that were open again at least once by as_of",
        "n_effective": "Kish's effective number of cases, when weighted",
    },
    parts=PARTS,
    assumptions=(
        "Who is still waiting would have gone on like those who waited as long (censoring tells nothing).",
        "A case that a relapse reopens is the same case; its legs are those of its first life.",
        "A leg is shown only where the pack can tell it.",
    ),
    source="E. L. Kaplan & P. Meier (1958); R. Brookmeyer & J. Crowley (1982); O. Aalen & S. Johansen (1978)",
    aside=tuple(closure_aligned.COLUMNS),
)


def _cases(tables: Tables, question: Question) -> ir.Table:
    """Return the cases asked about, with segments and weights."""
    cases = tables.cases
    if question.kind is not None:
        cases = cases.filter(cases.kind == question.kind)
    return cases.inner_join(members(tables, question), "subject")


def _held(tables: Tables, question: Question) -> ir.Table:
    """Return the same with what legs are counted from, and no names: computed once for all legs."""
    cases = _cases(tables, question)
    return tables.hold(cases.select(*(name for name in cases.columns if name not in _NAMES)))


def rows_of(tables: Tables, question: Question, leg: str) -> ir.Table:
    """Return one row for each case that started a leg: state of the leg and its time so far."""
    return _started(_cases(tables, question), tables, question, leg)


def _started(cases: ir.Table, tables: Tables, question: Question, leg: str) -> ir.Table:
    """Return the cases that started a leg, with the state of the leg and the time so far."""
    start, end, unclear = _ends(cases, leg)
    as_of = ibis.literal(tables.as_of, "int64")
    over = [(end.notnull() & (end < start), "negative")]
    if leg in CLOSING:
        over += [(cases.closed_as == name, name) for name in ("void", "unclean")]
    else:
        over = [(cases.closed_as == "void", "void"), (unclear, "unknown"), *over]
    state = ibis.cases(*over, (end.notnull(), "done"), else_="waiting")
    time = ibis.ifelse(end.notnull(), end, as_of) - start
    names = ("subject", "pack", "kind", "about", "opened_at", "cluster", "w", *segment_columns(question))
    own = [name for name in names if name in cases.columns]
    rows = cases.select(*own, start=start, end=end, state=state, time=time)
    return rows.filter(rows.start.notnull())


def _telling(rows: ir.Table, tables: Tables, leg: str) -> ir.Table:
    """Return the rows of kinds that can tell a leg: of the others nothing is reported."""
    silent = [kind for kind, legs in tables.legs.items() if not _NEEDS.get(leg, set()) <= set(legs)]
    if not silent:
        return rows
    return rows.filter(~ibis.or_(*((rows.pack == pack) & (rows.kind == kind) for pack, kind in silent)))


def _ends(cases: ir.Table, leg: str) -> tuple[ir.Value, ir.Value, ir.Value]:
    """Return start, end and whether the first life's end can no longer be told."""
    never = ibis.literal(False)
    match leg:
        case "open_owned" | "open_informed":
            moment = cases.owned_at if leg == "open_owned" else cases.informed_at
            # These moments are kept for the present life only: after a reopening the first life's may be overwritten.
            unclear = cases.first_reopened_at.notnull() & (moment.isnull() | (moment >= cases.first_reopened_at))
            return cases.opened_at, moment, unclear
        case "broke_detected" | "informed_closed" | "broke_closed":
            return (*closure_aligned.ends(cases, leg), never)
        case "detected_informed":
            start, moment = closure_aligned.ends(cases, leg)
            return (
                start,
                moment,
                cases.first_reopened_at.notnull() & (moment.isnull() | (moment >= cases.first_reopened_at)),
            )
        case "open_resolved":
            return cases.opened_at, cases.first_resolved_at, never
        case "resolved_closed":
            return cases.first_resolved_at, cases.first_closed_at, never
        case "open_closed":
            return cases.opened_at, cases.first_closed_at, never
        case _:
            ended = ibis.least(cases.first_resolved_at, cases.first_closed_at)
            ended = ibis.coalesce(ended, cases.first_resolved_at, cases.first_closed_at)
            return ended, ended + cases.relapse, never


def plan(tables: Tables, question: Question) -> Plan:
    """Return the expressions: for each leg and for relapses, counts by state and time."""
    kinds = [kind for _, kind in tables.legs] or None
    check(tables, question, NAME, kinds)
    keys = group_keys(question, "pack", "kind")
    answers = {}
    cases = _held(tables, question)
    for leg in (*LEGS, "relapse"):
        rows = _telling(_started(cases, tables, question, leg), tables, leg)
        if question.weight is not None:
            rows = rows.filter(rows.w.notnull())
        answers[leg] = tallied(rows, [*keys, "state"], question, "time")
    return answers | closure_aligned.plan(tables, question, cases)


def estimate(answers: Answers, tables: Tables, question: Question) -> list[Estimate]:
    """Return one estimate for each case kind, leg and segment, in the order of a case's life, the slowest first."""
    keys = group_keys(question, "pack", "kind")
    relapses = {key: _relapses(groups) for key, groups in tallies(answers["relapse"], keys, "time").items()}
    lives = closure_aligned.Figures(answers, tables, question)
    rows = [
        _estimate(key, leg, groups, {**(relapses.get(key) or _no_relapse()), **lives.of(key)}, tables, question)
        for leg in LEGS
        for key, groups in tallies(answers[leg], keys, "time").items()
        if _NEEDS[leg] <= set(tables.legs.get((key[0], key[1]), closure_aligned.FULL))
    ]
    return ranked(
        rows,
        question,
        group=lambda row: (row.figures["pack"], row.figures["kind"], LEGS.index(row.figures["leg"])),
        badness=lambda row: float("inf") if row.value is None else row.value,
        scale="time",
    )


def _curve(groups: Sequence[Tally], leg: str = "") -> tuple[survival.Curve | None, float]:
    """Return the curve of a leg and the effective number behind it: Kaplan-Meier's, or the incidence of clean ends."""
    others = ENDS if leg in CLOSING else ()
    seen = [one for one in groups if one.row["state"] in ("done", "waiting", *others)]
    weight = float(sum(one.row["w"] for one in seen))
    if weight <= 0:
        return None, 0.0
    n_effective = effective(weight, float(sum(one.row["ww"] for one in seen)))
    causes = {"done": together([one for one in seen if one.row["state"] == "done"])}
    if others:
        causes["other"] = together([one for one in seen if one.row["state"] in others])
    sample = survival.count_samples(causes, together([one for one in seen if one.row["state"] == "waiting"]))
    if others:
        return survival.aalen_johansen(sample, "done", n_effective / weight), n_effective
    return survival.kaplan_meier(sample, n_effective / weight), n_effective


def _relapses(groups: Sequence[Tally]) -> dict[str, Any]:
    curve, _ = _curve(groups)
    figures: dict[str, Any] = {}
    for name, limit in RELAPSES.items():
        found = survival.at(curve, limit) if curve is not None else None
        share, low, high = found or (None, None, None)
        figures |= {name: share, f"{name}_low": low, f"{name}_high": high}
    figures["reopened"] = sum(one.row["n"] for one in groups if one.row["state"] == "done")
    return figures


def _estimate(
    key: tuple[Any, ...], leg: str, groups: Sequence[Tally], beside: dict[str, Any], tables: Tables, question: Question
) -> Estimate:
    refuse_negative(min(one.row["least"] for one in groups), NAME, question.weight)
    n = dict.fromkeys(STATES, 0)
    for row in (one.row for one in groups):
        n[row["state"]] += row["n"]
    observed = n["done"] + n["waiting"] + (n["void"] + n["unclean"] if leg in CLOSING else 0)
    curve, n_effective = _curve(groups, leg)
    figures: dict[str, Any] = {"kind": key[1], "pack": key[0], "leg": leg}
    figures |= {name: _reached(curve, share) for name, share in QUANTILES.items()}
    low, high = survival.reached_interval(curve, 0.5) if curve is not None else (None, None)
    figures["p50_low"] = None if low is None else low / SECOND
    figures["p50_high"] = None if high is None else high / SECOND
    figures |= {"done": n["done"], "censored": n["waiting"], "negative": n["negative"], "void": n["void"]}
    figures["cases"] = sum(n.values())
    figures |= {"unclean": n["unclean"] if leg in CLOSING else None, **beside}
    if question.weight is not None:
        figures["n_effective"] = n_effective
    return Estimate(
        measure=NAME,
        segment=segment_of(question, key),
        value=figures["p50"],
        low=figures["p50_low"],
        high=figures["p50_high"],
        n=observed,
        unknown=n["unknown"],
        bound_low=None,
        bound_high=None,
        as_of=tables.as_of,
        figures=figures,
        note=notes_of(tables, question, observed, _never(n["done"], figures["p50"])),
    )


def _no_relapse() -> dict[str, Any]:
    """Return the figures of relapses where nobody of the kind has ended yet: nothing could relapse."""
    return {**{f"{name}{end}": None for name in RELAPSES for end in ("", "_low", "_high")}, "reopened": 0}


def _never(done: int, median: float | None) -> str:
    # A source that never tells a moment looks like nobody ever getting there: say so rather than blame them.
    return ("no case got there: no source may tell it" if not done else "p50 not reached") if median is None else ""


def _reached(curve: survival.Curve | None, share: float) -> float | None:
    found = survival.reached(curve, share) if curve is not None else None
    return None if found is None else found / SECOND


def evidence(tables: Tables, question: Question, segment: Mapping[str, object], kind: str, part: str) -> ir.Table:
    """Return the cases of one part (`leg:state`) of one row: subject, kind, about, start, end, time; longest first."""
    if part in closure_aligned.PARTS:
        lives = in_segment(closure_aligned.lines(tables, question), question, segment)
        return closure_aligned.evidence(lives, kind, part)
    leg, state = part.split(":")
    rows = in_segment(rows_of(tables, question, leg), question, segment)
    rows = rows.filter((rows.state == state) & rows.w.notnull() & (rows.kind == kind))
    chosen = rows.select("subject", "kind", "about", "opened_at", "start", "end", "time")
    return chosen.order_by([ibis.desc("time"), "subject", "about", "opened_at"])


MEASURE: Final = Measure(DEFINITION, plan, estimate, evidence)
