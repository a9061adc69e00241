"""Gate quality: decisions about messages against what turned out to be so, class by class."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import ibis
import ibis.expr.types as ir
import msgspec

from troth.measures.definition import Answers, Definition, Measure, Plan
from troth.measures.interval import effective
from troth.measures.question import Question, Tables, check, in_segment
from troth.measures.segment import group_keys, least, ranked, refuse_negative, split
from troth.measures.share import Part, added, cluster_interval, clustered, estimate_of, owned, share
from troth.measures.tally import tallied
from troth.model.estimate import Estimate

NAME: Final = "gate_quality"
OWN: Final = ("channel",)
"""What `by` may name beside attributes."""

MODES: Final = {
    "enforced": "its sender waited for the answer",
    "shadow": "its sender only watched what the gate would do",
    "replayed": "nobody asked: what the gate would have decided when the message left",
}
RIGHT: Final = ("right_send", "right_stop")
WRONG: Final = ("false_send", "false_hold", "false_suppress")
JUDGED: Final = {
    "right_send": "sent, and true as known now",
    "right_stop": "stopped for its truth, and false as known now",
    "false_send": "sent, and false as known now",
    "false_hold": "held only for its truth, and true as known now",
    "false_suppress": "replaced or suppressed only for its truth, and true as known now",
    "other": "stopped for another reason, too (contact, relevance, substance): right whatever the truth",
    "unknown": "nobody can tell, even now, whether it was true",
}
OUTCOMES: Final = ("SEND", "REPLACE", "HOLD", "SUPPRESS")
TRUTHS: Final = ("true", "false", "unknown")
MATRIX: Final = {
    f"{outcome.lower()}_{truth}": f"decisions {outcome} of which all stated is {truth} as known now"
    for outcome in OUTCOMES
    for truth in TRUTHS
}
PARTS: Final = {
    **{f"{mode}:{part}": f"{mode}: {says}" for mode in MODES for part, says in JUDGED.items()},
    **{f"{mode}:knowable": f"{mode}: sent, though it was false as known then" for mode in MODES},
    "bypass": "messages of a gated class that left without a permit",
}

DEFINITION: Final = Definition(
    name=NAME,
    title="how often the gate decided rightly about the truth of a message",
    formula=(
        "(right_send + right_stop) / (right_send + right_stop + false_send + false_hold + false_suppress), over "
        "decisions; one row for each message class and mode. Truth is that of all the message states at the moment of "
        "the decision, as known now. What was stopped for another reason, too, is counted apart. low and high are the "
        "Wilson 95 % interval; the bounds count decisions of unknown truth as wrong and as right. A decision that was "
        "asked for again is a decision of its own."
    ),
    columns={
        "kind": "message class",
        "pack": "service model",
        "mode": "; ".join(f"`{name}`: {says}" for name, says in MODES.items()),
        "decisions": "all decisions",
        **MATRIX,
        "right_send": f"how many: {JUDGED['right_send']}",
        "right_stop": f"how many: {JUDGED['right_stop']}",
        "other": f"how many: {JUDGED['other']}",
        **{
            name: says
            for wrong, of in (
                ("false_send", "share of those sent that were false"),
                ("false_hold", "share of the true ones that were held only for their truth"),
                ("false_suppress", "share of the true ones that were replaced or suppressed only for their truth"),
            )
            for name, says in (
                (wrong, f"{of}, as known now"),
                (f"{wrong}_low", "its Wilson 95 % interval"),
                (f"{wrong}_high", "its upper end"),
                (f"{wrong}_bound_low", "the share if every decision of unknown truth were none of these"),
                (f"{wrong}_bound_high", "the share if every one that can be were one of these"),
            )
        },
        "knowable": "how many were sent though false as known then: errors of the gate itself, or of its pack",
        "bypass": "share of the class's messages that left without a permit; null: the class is not gated",
        "bypass_low": "its Wilson 95 % interval",
        "bypass_high": "its upper end",
        "bypass_n": "how many messages that is a share of; senders that only watch are not among them",
        "cluster_low": "interval of value that allows for several decisions of one subject",
        "cluster_high": "its upper end",
        "n_effective": "Kish's effective number of decisions, when weighted",
    },
    parts=PARTS,
    assumptions=(
        "What has been heard by as_of is the truth.",
        "A message that was stopped would have been true or false as it was at the moment of the decision.",
        "Replayed decisions lack the variables of messages that the history does not hold: no reason rests on these.",
        "Decisions are independent, or dependent only within a subject (cluster_low, cluster_high).",
    ),
    source="E. B. Wilson (1927); W. G. Cochran (1977)",
    aside=(*MATRIX, *(f"{name}_bound_{end}" for name in WRONG for end in ("low", "high"))),
)


def _rows(tables: Tables, question: Question) -> ir.Table:
    """Return one row for each decision with what it turned out to be, segments and weight: what is counted."""
    return owned(tables, question, _decisions(tables, question), OWN)


def _decisions(tables: Tables, question: Question) -> ir.Table:
    """Return the same rows without segments and weight."""
    asks = tables.told("asks")
    if question.kind is not None:
        asks = asks.filter(asks.message == question.kind)
    sent, so = asks.outcome == "SEND", asks["now"]
    judged = ibis.cases(
        (~sent & ~asks.for_truth, "other"),
        (so == "unknown", "unknown"),
        (sent & (so == "true"), "right_send"),
        (sent, "false_send"),
        (so == "false", "right_stop"),
        (asks.outcome == "HOLD", "false_hold"),
        else_="false_suppress",
    )
    return asks.mutate(judged=judged)


def _messages(tables: Tables, question: Question) -> ir.Table:
    """Return one row for each message of a gated class that was told, with whether it had a permit."""
    tellings = tables.told("tellings")
    if question.kind is not None:
        tellings = tellings.filter(tellings.message == question.kind)
    gated = tellings.filter(tellings.permit.isin(["permitted", "bypass"]))
    once = gated.group_by(["subject", "pack", "message_id", "message", "channel", "permit"]).aggregate(
        told_at=gated.told_at.min()
    )
    return owned(tables, question, once, OWN)


def plan(tables: Tables, question: Question) -> Plan:
    """Return the expressions: counts by mode, outcome and truth, sums over subjects, and messages by permit."""
    check(tables, question, NAME, tables.said.get("message", ()), OWN)
    keys = group_keys(question, "pack", "message")
    rows, decisions = _rows(tables, question), _decisions(tables, question)
    # Written out, since engines work out what it turned out to be anew for each value that it is compared with.
    sent, so = decisions.outcome == "SEND", decisions["now"]
    judged = decisions.mutate(right=ibis.ifelse(sent, so == "true", so == "false"))
    judged = judged.filter((sent | decisions.for_truth) & (so != "unknown"))
    return {
        "counts": tallied(rows, [*keys, "mode", "outcome", "for_truth", "then", "now", "judged"], question),
        "clusters": clustered(tables, question, judged, [*keys, "mode"], "right", OWN),
        "messages": tallied(_messages(tables, question), [*keys, "permit"], question),
    }


def estimate(answers: Answers, tables: Tables, question: Question) -> list[Estimate]:
    """Return one estimate for each message class, mode and segment, the worst first within a class and mode."""
    keys = group_keys(question, "pack", "message")
    refuse_negative(least(answers["counts"], "least"), NAME, question.weight)
    clusters = {key: rows.to_pylist()[0] for key, rows in split(answers["clusters"], [*keys, "mode"])}
    messages = {key: rows.to_pylist() for key, rows in split(answers["messages"], keys)}
    rows = [
        _estimate(key, counts.to_pylist(), messages.get(key[:-1], []), clusters.get(key), tables, question)
        for key, counts in split(answers["counts"], [*keys, "mode"])
    ]
    return ranked(
        rows,
        question,
        group=lambda row: (row.figures["pack"], row.figures["kind"], list(MODES).index(row.figures["mode"])),
        badness=lambda row: -(1.0 if row.value is None else row.value),
    )


class _Counts(msgspec.Struct):
    """Decisions of one row, by what they turned out to be and by outcome and truth."""

    judged: dict[str, Part]
    cells: dict[tuple[str, str], Part]
    knowable: int

    def sum(self, *names: str) -> Part:
        """Return the decisions that turned out to be one of these."""
        return added(self.judged.get(name, Part()) for name in names)

    def of(self, outcomes: tuple[str, ...], truth: str) -> Part:
        """Return the decisions with one of these outcomes and this truth."""
        return added(self.cells.get((outcome, truth), Part()) for outcome in outcomes)


def _counts(rows: list[dict[str, Any]]) -> _Counts:
    """Return the counts of one row."""
    found = _Counts({}, {}, 0)
    for row in rows:
        found.judged.setdefault(row["judged"], Part()).add(row)
        found.cells.setdefault((row["outcome"], row["now"]), Part()).add(row)
        # Of what was held for its truth, or sent, and nobody can judge: it may yet turn out to be any of these.
        if row["judged"] == "unknown":
            found.judged.setdefault(f"unknown_{row['outcome']}", Part()).add(row)
        if row["outcome"] == "SEND" and row["then"] == "false":
            found.knowable += row["n"]
    return found


def _estimate(
    key: tuple[Any, ...],
    rows: list[dict[str, Any]],
    messages: list[dict[str, Any]],
    clusters: dict[str, Any] | None,
    tables: Tables,
    question: Question,
) -> Estimate:
    """Return the estimate of one message class in one mode."""
    counts = _counts(rows)
    right, judged = counts.sum(*RIGHT), counts.sum(*RIGHT, *WRONG)
    unknown = counts.sum("unknown")
    figures: dict[str, Any] = {"kind": key[1], "pack": key[0], "mode": key[-1], "decisions": 0}
    figures["decisions"] = sum(row["n"] for row in rows)
    figures |= dict.fromkeys(MATRIX, 0)
    for (outcome, truth), part in counts.cells.items():
        figures[f"{outcome.lower()}_{truth}"] = part.n
    figures |= {name: counts.sum(name).n for name in (*RIGHT, "other")}
    figures |= _wrongs(counts) | {"knowable": counts.knowable} | _bypass(messages)
    figures |= cluster_interval(right.w, judged.w, clusters)
    if question.weight is not None:
        figures["n_effective"] = effective(judged.w, judged.ww)
    # The mode stands behind the segment's values in the key.
    return estimate_of(NAME, tables, question, key[:-1], (right, judged, unknown), figures)


def _wrongs(counts: _Counts) -> dict[str, Any]:
    """Return the shares of wrong decisions with interval and bounds."""
    figures: dict[str, Any] = {}
    true = counts.of(OUTCOMES, "true")
    unknown = counts.of(OUTCOMES, "unknown")
    for name, whole, doubt, possible in (
        ("false_send", counts.of(("SEND",), "true"), counts.of(("SEND",), "unknown"), counts.sum("unknown_SEND")),
        ("false_hold", true, unknown, counts.sum("unknown_HOLD")),
        ("false_suppress", true, unknown, counts.sum("unknown_REPLACE", "unknown_SUPPRESS")),
    ):
        part = counts.sum(name)
        of = added((whole, part)) if name == "false_send" else whole
        figures |= share(name, part, of)
        total = of.w + doubt.w
        # As few as can be: every other one is true and right; as many: only those are true that are wrong by it.
        figures[f"{name}_bound_low"] = part.w / total if total else None
        most = of.w + (doubt.w if name == "false_send" else possible.w)
        figures[f"{name}_bound_high"] = (part.w + possible.w) / most if most else None
    return figures


def _bypass(messages: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the share of messages that left without a permit."""
    parts: dict[str, Part] = {}
    for row in messages:
        parts.setdefault(row["permit"], Part()).add(row)
    whole = added(parts.values())
    return {**share("bypass", parts.get("bypass", Part()), whole), "bypass_n": whole.n}


def evidence(tables: Tables, question: Question, segment: Mapping[str, object], kind: str, part: str) -> ir.Table:
    """Return the decisions (or messages) of one part of one row, in order of time."""
    if part == "bypass":
        found = in_segment(_messages(tables, question), question, segment)
        found = found.filter((found.message == kind) & (found.permit == "bypass"))
        chosen = found.select("subject", "message_id", "message", "channel", "told_at")
        return chosen.order_by(["told_at", "subject", "message_id"])
    mode, name = part.split(":")
    rows = in_segment(_rows(tables, question), question, segment)
    rows = rows.filter((rows.message == kind) & (rows["mode"] == mode))
    if name == "knowable":
        rows = rows.filter((rows.outcome == "SEND") & (rows["then"] == "false"))
    else:
        rows = rows.filter(rows.judged == name)
    columns = ("subject", "message_id", "message", "channel", "decided_at", "outcome", "codes", "then", "now")
    return rows.select(*columns).order_by(["decided_at", "subject", "message_id"])


MEASURE: Final = Measure(DEFINITION, plan, estimate, evidence, ("asks",))
