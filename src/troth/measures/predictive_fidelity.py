"""Predictive fidelity: of the statuses told, how many were followed by what they implied, within their validity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import ibis
import ibis.expr.types as ir

from troth.measures.definition import Answers, Definition, Measure, Plan
from troth.measures.interval import effective
from troth.measures.question import Question, Tables, check, in_segment
from troth.measures.segment import group_keys, least, ranked, refuse_negative, split
from troth.measures.share import Part, added, cluster_interval, clustered, estimate_of, owned
from troth.measures.tally import Tally, quantiles, tallied, tallies
from troth.model.estimate import Estimate
from troth.model.times import DAY, HOUR

NAME: Final = "predictive_fidelity"
OWN: Final = ("age", "channel", "message", "topic")
"""What `by` may name beside attributes."""

AGES: Final = ((HOUR, "1 under 1 h"), (DAY, "2 under 1 d"), (3 * DAY, "3 under 3 d"), (7 * DAY, "4 under 7 d"))
"""Bands of age: the first whose limit the age is under; the number in front keeps them in order."""
OLDER: Final = "5 7 d and more"
UNDATED: Final = "6 not known"

DECIDED: Final = ("followed", "not_followed")
UNKNOWN: Final = ("undecidable", "endless")
WAITS: Final = {"wait_p50": 0.5, "wait_p90": 0.9}
PARTS: Final = {
    "followed": "followed by what it implied, within its validity, which has passed",
    "not_followed": "its validity has passed, and what it implied did not come",
    "undecidable": "its validity has passed, and what would decide is not known",
    "endless": "without a validity, and not yet followed: it can never be said to have failed",
    "early": "followed already, but its validity has not passed: counting these alone would flatter",
    "failed_early": "failed already, but its validity has not passed",
    "open": "its validity has not passed, and nothing is decided",
    "void": "its promise was withdrawn by the customer in time",
}

DEFINITION: Final = Definition(
    name=NAME,
    title="of the statuses told, how many were followed by what they implied",
    formula=(
        "followed / (followed + not_followed), over tellings whose validity has passed by as_of; one row for each "
        "statement. A promising statement implies that its promise is kept in the window that stood when it was told. "
        "Any other implies what the pack's states say: it tells of the states whose `tell` names it. If these are "
        "usable or terminal, it implies that it stays so until `valid_for` (without one: until the clock stops). If "
        "not, it implies that the subject comes within `valid_for` to a state that may follow them by the declared "
        "transitions, at once or by others, and that is no dead end (terminal and not usable); where no transitions "
        "are declared, to a usable state. A statement that no state names implies nothing and is left out. low and "
        "high are the Wilson 95 % interval; the bounds count `undecidable` and `endless` as not followed and as "
        "followed."
    ),
    columns={
        "kind": "statement",
        "pack": "service model",
        "implies": "`promise`, `stays` or `moves_on`",
        **PARTS,
        "untrue": "of those decided: false already when told, as known now",
        "wait_p50": "of those followed: seconds from telling to what it implied, median; null of what stays",
        "wait_p90": "the same, 90 %",
        "cluster_low": "interval that allows for several tellings of one subject",
        "cluster_high": "its upper end",
        "n_effective": "Kish's effective number of tellings, when weighted",
        "unweighted": "tellings without a weight, left out of the weighted figures",
    },
    parts=PARTS,
    assumptions=(
        "A status implies what the pack says of it, whatever the words that the customer read.",
        "`--by age`: how long the state told of had held when it was told (as known now).",
        "Being told again does not shorten the validity of what was told before.",
        "Tellings are independent, or dependent only within a subject (cluster_low, cluster_high).",
    ),
    source="E. B. Wilson (1927); W. G. Cochran (1977)",
)


def _rows(tables: Tables, question: Question) -> ir.Table:
    """Return one row for each telling that implied anything, with its part, segments and weight: what is counted."""
    return owned(tables, question, _told(tables, question), OWN)


def _told(tables: Tables, question: Question) -> ir.Table:
    """Return the same rows without segments and weight."""
    tellings = tables.told("tellings")
    tellings = tellings.filter(tellings.implies != "")
    if question.kind is not None:
        tellings = tellings.filter(tellings.statement == question.kind)
    age = tellings.age
    bands = [(age < limit, band) for limit, band in AGES]
    as_of = ibis.literal(tables.as_of, "int64")
    waits = (tellings.implies != "stays") & (tellings.followed == "yes") & _passed(tellings, as_of)
    return tellings.mutate(
        part=_part(tellings, as_of),
        age=ibis.cases((age.isnull(), UNDATED), *bands, else_=OLDER),
        wait=ibis.ifelse(waits, tellings.followed_at - tellings.told_at, ibis.null("int64")),
    )


def _part(told: ir.Table, as_of: ir.Value) -> ir.Value:
    passed = _passed(told, as_of)
    return ibis.cases(
        (told.followed == "void", "void"),
        (passed & (told.followed == "yes"), "followed"),
        (passed & (told.followed == "no"), "not_followed"),
        (passed & (told.followed == "unknown"), "undecidable"),
        (passed, "endless"),
        (told.followed == "yes", "early"),
        (told.followed == "no", "failed_early"),
        else_="open",
    )


def _passed(told: ir.Table, as_of: ir.Value) -> ir.BooleanValue:
    return told.due_at.isnull() | (told.due_at <= as_of)


def plan(tables: Tables, question: Question) -> Plan:
    """Return the expressions: counts by part with the waits of the followed, and sums over subjects."""
    check(tables, question, NAME, tables.said.get("statement", ()), OWN)
    keys = group_keys(question, "pack", "statement")
    rows, told = _rows(tables, question), _told(tables, question)
    # Written out, since engines work the part out anew for each of its values that it is compared with.
    decided = told.filter(told.followed.isin(["yes", "no"]) & _passed(told, ibis.literal(tables.as_of, "int64")))
    decided = decided.mutate(came=decided.followed == "yes")
    return {
        "counts": tallied(rows, [*keys, "implies", "part", "now"], question, "wait"),
        "clusters": clustered(tables, question, decided, keys, "came", OWN),
    }


def estimate(answers: Answers, tables: Tables, question: Question) -> list[Estimate]:
    """Return one estimate for each statement and segment, the least followed first within a statement."""
    keys = group_keys(question, "pack", "statement")
    refuse_negative(least(answers["counts"], "least"), NAME, question.weight)
    clusters = {key: rows.to_pylist()[0] for key, rows in split(answers["clusters"], keys)}
    rows = [
        _estimate(key, groups, clusters.get(key), tables, question)
        for key, groups in tallies(answers["counts"], keys, "wait").items()
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
    clusters: dict[str, Any] | None,
    tables: Tables,
    question: Question,
) -> Estimate:
    """Return the estimate of one statement in one segment."""
    parts: dict[str, Part] = {}
    rows = [one.row for one in groups]
    for row in rows:
        parts.setdefault(row["part"], Part()).add(row)
    followed = parts.get("followed", Part())
    decided = added(parts.get(name, Part()) for name in DECIDED)
    unknown = added(parts.get(name, Part()) for name in UNKNOWN)
    figures: dict[str, Any] = {"kind": key[1], "pack": key[0], "implies": rows[0]["implies"]}
    figures |= {name: parts.get(name, Part()).n for name in PARTS}
    figures["untrue"] = sum(row["n"] for row in rows if row["part"] in DECIDED and row["now"] == "false")
    figures |= quantiles(groups, WAITS) | cluster_interval(followed.w, decided.w, clusters)
    if question.weight is not None:
        left_out = sum(row["n"] - row["weighed"] for row in rows)
        figures |= {"n_effective": effective(decided.w, decided.ww), "unweighted": left_out}
    return estimate_of(NAME, tables, question, key, (followed, decided, unknown), figures)


def evidence(tables: Tables, question: Question, segment: Mapping[str, object], kind: str, part: str) -> ir.Table:
    """Return the tellings of one part of one row, in the order of telling."""
    rows = in_segment(_rows(tables, question), question, segment)
    rows = rows.filter((rows.part == part) & (rows.statement == kind))
    columns = ("subject", "statement", "message_id", "message", "channel", "told_at", "state_now", "due_at")
    return rows.select(*columns, "followed_at").order_by(["told_at", "subject", "message_id"])


MEASURE: Final = Measure(DEFINITION, plan, estimate, evidence, ("tellings",))
