"""Told truth: of all that customers were told, how much was honest, and whose lateness is to blame for the rest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import ibis
import ibis.expr.types as ir

from troth.measures.definition import Answers, Definition, Measure, Plan
from troth.measures.interval import effective, wilson
from troth.measures.question import Question, Tables, check, in_segment, own_columns
from troth.measures.segment import group_keys, least, notes_of, ranked, refuse_negative, segment_of, split
from troth.measures.share import Part, added, cluster_interval, clustered, estimate_of, owned, share
from troth.measures.tally import Tally, quantiles, tallied, tallies
from troth.model.estimate import Estimate
from troth.model.hindsight import BLIND, DOUBTFUL, HONEST, UNLUCKY, VERDICTS

NAME: Final = "told_truth"
OWN: Final = ("source", "message", "channel", "statement", "topic")
"""What `by` may name beside attributes."""

LATE: Final = (UNLUCKY, BLIND, DOUBTFUL)
LAGS: Final = {"lag_p50": 0.5, "lag_p90": 0.9}
_BLAME: Final = {
    "late": "a late report of a source explains why it was unlucky, blind or doubtful",
    "false": "of these, not so as known now: false because the source was late",
    "worth_held": "of these, statements that would have been held: reported at once, they were known to be false",
    "worth_true": "blind ones that would have been known to be true",
}
PARTS: Final = {**VERDICTS, **_BLAME, "told": "every statement told"}

DEFINITION: Final = Definition(
    name=NAME,
    title="of all that customers were told, how much was honest",
    formula=(
        "honest / (told - doubtful), over statements; each is judged twice: as known when it was told, and as known "
        "now. low and high are the Wilson 95 % interval; the bounds count the doubtful as not honest and as honest. "
        "`--by source` gives a row for each source that was late: value is then the share of all statements told (of "
        "the rest of the segment) that its lateness made false, unknowable or doubtful, the one to mend first on top."
    ),
    columns={
        "pack": "service model",
        "told": "statements told",
        **{
            name: says
            for verdict, meaning in VERDICTS.items()
            for name, says in (
                (verdict, f"share of all told that was {meaning}"),
                (f"{verdict}_low", "its Wilson 95 % interval"),
                (f"{verdict}_high", "its upper end"),
                (f"{verdict}_n", "how many"),
            )
        },
        **{name: f"statements: {says}" for name, says in _BLAME.items()},
        "lag_p50": "of the late reports: seconds from what they report (or the telling that they correct) to hearing",
        "lag_p90": "the same, 90 %",
        "cluster_low": "interval of value that allows for several statements of one subject",
        "cluster_high": "its upper end",
        "n_effective": "Kish's effective number of statements, when weighted",
        "unweighted": "statements without a weight, left out of the weighted figures",
    },
    parts=PARTS,
    assumptions=(
        "What has been heard by as_of is the truth: what nobody has reported yet still counts as it stood.",
        "Of several late reports the one is to blame without which the present truth was not yet known.",
        "A source that was late once more would have been heard in time, and nothing else would have changed (worth).",
        "Statements are independent, or dependent only within a subject (cluster_low, cluster_high).",
    ),
    source="E. B. Wilson (1927); W. G. Cochran (1977)",
    aside=tuple(f"{verdict}_{end}" for verdict in VERDICTS for end in ("low", "high")),
)


def _rows(tables: Tables, question: Question) -> ir.Table:
    """Return one row for each statement told, with segments and weight: what is counted."""
    return owned(tables, question, tables.told("tellings"), OWN)


def plan(tables: Tables, question: Question) -> Plan:
    """Return the expressions: counts by verdict and blame with how late sources were, and sums over subjects."""
    check(tables, question, NAME, None, OWN)
    keys = group_keys(question, "pack")
    rows = _rows(tables, question)
    rows = rows.mutate(late=rows.verdict.isin(LATE) & (rows.source != ""))
    tellings = tables.told("tellings")
    decided = tellings.filter(tellings.verdict != DOUBTFUL)
    decided = decided.mutate(honest=decided.verdict == HONEST)
    return {
        "told": tallied(rows, [*keys, "verdict", "late", "now"], question, "lag", rows.late),
        "clusters": clustered(tables, question, decided, _of_segments(keys, question), "honest", OWN),
    }


def _of_segments(keys: Sequence[str], question: Question) -> list[str]:
    """Return the keys without the source: of what is told, not of what is to blame."""
    by_source = own_columns(question, ("source",))
    return [key for key in keys if key not in by_source]


def estimate(answers: Answers, tables: Tables, question: Question) -> list[Estimate]:
    """Return one estimate for each pack and segment, the least honest first; by source, the one most to blame first."""
    keys = group_keys(question, "pack")
    rest = _of_segments(keys, question)
    by_source = rest != keys
    refuse_negative(least(answers["told"], "least"), NAME, question.weight)
    told = tallies(answers["told"], keys, "lag")
    clusters = {key: rows.to_pylist()[0] for key, rows in split(answers["clusters"], rest)}
    rows = []
    if by_source:
        places = [keys.index(key) for key in rest]
        counts: dict[tuple[Any, ...], dict[str, Part]] = {}
        for key, groups in told.items():
            _add(counts.setdefault(tuple(key[place] for place in places), {}), groups)
        for key, groups in told.items():
            late = [one for one in groups if one.row["late"]]
            if late:
                whole = counts[tuple(key[place] for place in places)]
                rows.append(_of_source(key, whole, late, tables, question))
    else:
        rows = [_of_all(key, groups, clusters.get(key), tables, question) for key, groups in told.items()]
    return ranked(
        rows,
        question,
        group=lambda row: row.figures["pack"],
        badness=lambda row: (1.0 if by_source else -1.0) * (1.0 if row.value is None else row.value),
        # Sources share what they are a share of: one is not held against the rest.
        scale="none" if by_source else "share",
    )


def _add(counts: dict[str, Part], groups: Iterable[Tally]) -> dict[str, Part]:
    """Return counts by verdict with some groups added to them."""
    for one in groups:
        counts.setdefault(one.row["verdict"], Part()).add(one.row)
    return counts


def _of_all(
    key: tuple[Any, ...],
    groups: Sequence[Tally],
    clusters: dict[str, Any] | None,
    tables: Tables,
    question: Question,
) -> Estimate:
    """Return the estimate of a segment."""
    verdicts = _add({}, groups)
    told, late = added(verdicts.values()), [one for one in groups if one.row["late"]]
    honest, doubtful = verdicts.get(HONEST, Part()), verdicts.get(DOUBTFUL, Part())
    decided = added(part for name, part in verdicts.items() if name != DOUBTFUL)
    figures: dict[str, Any] = {"pack": key[0], "told": told.n}
    for name in VERDICTS:
        part = verdicts.get(name, Part())
        figures |= {**share(name, part, told), f"{name}_n": part.n}
    figures |= _blame(late) | quantiles(late, LAGS) | cluster_interval(honest.w, decided.w, clusters)
    figures |= _weights(told, question)
    return estimate_of(NAME, tables, question, key, (honest, decided, doubtful), figures)


def _of_source(
    key: tuple[Any, ...],
    verdicts: Mapping[str, Part],
    blamed: Sequence[Tally],
    tables: Tables,
    question: Question,
) -> Estimate:
    """Return the estimate of a source within a segment."""
    told, late = added(verdicts.values()), _add({}, blamed)
    part = added(late.values())
    n_effective = effective(told.w, told.ww)
    value = part.w / told.w if told.w > 0 else None
    interval = None if value is None else wilson(value * n_effective, n_effective)
    figures: dict[str, Any] = {"pack": key[0], "told": told.n}
    for name in LATE:
        figures |= {**share(name, late.get(name, Part()), told), f"{name}_n": late.get(name, Part()).n}
    figures |= _blame(blamed) | quantiles(blamed, LAGS) | _weights(told, question)
    return Estimate(
        measure=NAME,
        segment=segment_of(question, key),
        value=value,
        low=interval[0] if interval else None,
        high=interval[1] if interval else None,
        n=told.n,
        unknown=0,
        bound_low=value,
        bound_high=value,
        as_of=tables.as_of,
        figures=figures,
        note=notes_of(tables, question, told.n),
    )


def _blame(late: Iterable[Tally]) -> dict[str, int]:
    """Return what late reports are to blame for, and what they would have been worth in time."""
    found = dict.fromkeys(_BLAME, 0)
    for row in (one.row for one in late):
        found["late"] += row["n"]
        if row["now"] == "false":
            found["false"] += row["n"]
            found["worth_held"] += row["n"]
        if row["verdict"] == BLIND and row["now"] == "true":
            found["worth_true"] += row["n"]
    return found


def _weights(told: Part, question: Question) -> dict[str, Any]:
    """Return the effective number and those left out, when weighted."""
    if question.weight is None:
        return {}
    return {"n_effective": effective(told.w, told.ww), "unweighted": told.n - told.weighed}


def evidence(tables: Tables, question: Question, segment: Mapping[str, object], kind: str, part: str) -> ir.Table:
    """Return the statements of one part of one row, in the order of telling."""
    rows = in_segment(_rows(tables, question), question, segment)
    if kind:
        rows = rows.filter(rows.pack == kind)
    blamed = rows.verdict.isin(LATE) & (rows.source != "")
    match part:
        case "told":
            chosen = rows
        case "late":
            chosen = rows.filter(blamed)
        case "false" | "worth_held":
            chosen = rows.filter(blamed & (rows["now"] == "false"))
        case "worth_true":
            chosen = rows.filter(blamed & (rows.verdict == BLIND) & (rows["now"] == "true"))
        case _:
            chosen = rows.filter(rows.verdict == part)
    columns = ("subject", "message_id", "message", "channel", "statement", "told_at", "then", "now", "verdict")
    found = chosen.select(*columns, "source", "event_id", lateness=chosen.lag)
    return found.order_by(["told_at", "subject", "message_id", ibis.asc("statement")])


MEASURE: Final = Measure(DEFINITION, plan, estimate, evidence, ("tellings",))
