"""Beside status fidelity: exposure to what was true, age of what was not, and how soon changes were told.

Everything here comes from the told tables; where nothing is known of what was told, its figures are null.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from troth.measures.bootstrap import GROUPS_MAX, Sample, ratio_intervals
from troth.measures.definition import Answers
from troth.measures.interval import bounds, quantile
from troth.measures.question import Question, Tables, in_segment, own_columns
from troth.measures.segment import Floats, Ints, floats, group_keys, ints, split
from troth.measures.share import Part, added, owned, share
from troth.measures.tally import tallied
from troth.model.times import SECOND

Mean: TypeAlias = tuple[float | None, float | None, float | None]
"""Lower end, value, upper end."""

OWN: Final = ("topic", "channel")
"""What `by` may name beside attributes."""

TOLD: Final = ("in_time", "late", "never")
EXPOSED: Final = ("true", "false")
COLUMNS: Final = {
    "exposed": "share of messages told (sends, page views, answers) of which every statement was true, as known now",
    "exposed_low": "its Wilson 95 % interval",
    "exposed_high": "its upper end",
    "exposed_n": "messages of which it is known",
    "exposed_unknown": "messages of which nobody can tell",
    "exposed_bound_low": "the share if all of these were not true",
    "exposed_bound_high": "the share if all of them were",
    "age_mean": "age of incorrect information: seconds for which what is believed has been false, 0 while it is true; "
    "mean over the time in which anything is believed on a topic",
    "age_mean_low": "its 95 % bootstrap interval over subjects",
    "age_mean_high": "its upper end",
    "age_peak_p95": "seconds within which 95 % of wrong beliefs were put right, had expired, or met the clock's end",
    "peaks": "how many wrong beliefs that is a quantile of; being told the same falsehood again is no new one",
    "propagated": "share of states entered, of which the customer should be told, that were told within tell_within",
    "propagated_low": "its Wilson 95 % interval",
    "propagated_high": "its upper end",
    "propagated_n": "states whose tell_within has passed by as_of; with --by topic or channel: null",
    "propagated_unknown": "states of which the moment of entering is not known",
    "told_in_time": "told within tell_within",
    "told_late": "told after it",
    "told_never": "not told, though the state lasted longer than tell_within",
    "left_before": "not told, and left again within tell_within: not counted",
}
PARTS: Final = {
    "exposed_true": "messages of which every statement was true",
    "exposed_false": "messages of which a statement was false",
    "exposed_unknown": "messages of which nobody can tell",
    "peaks": "wrong beliefs, at their end",
    "told_in_time": "states told within tell_within",
    "told_late": "states told after it",
    "told_never": "states not told",
    "told_unknown": "states of which the moment of entering is not known",
    "left_before": "states left again before",
}


def plan(tables: Tables, question: Question) -> dict[str, ir.Table]:
    """Return the expressions: messages by truth, areas and peaks of wrong beliefs, states by when they were told."""
    if tables.further is None:
        return {}
    keys = group_keys(question, "pack")
    answers = {"exposed": tallied(_exposures(tables, question), [*keys, "so"], question)}
    wrong = _wrong(tables, question)
    weighed = wrong.filter(wrong.w.notnull())
    group = weighed.cluster % GROUPS_MAX if tables.rows.get("subjects", 0) > GROUPS_MAX else weighed.cluster
    weighed = weighed.mutate(group=group)
    answers["ages"] = weighed.group_by([*keys, "group"]).aggregate(
        area=(weighed.w * weighed.area).sum(), time=(weighed.w * weighed.time).sum()
    )
    peaks = weighed.filter(weighed.peak)
    answers["peaks"] = peaks.group_by([*keys, "length"]).aggregate(w=peaks.w.sum(), n=peaks.count())
    if not own_columns(question, OWN):
        answers["changes"] = tallied(_changes(tables, question), [*keys, "part"], question)
    return answers


def _exposures(tables: Tables, question: Question) -> ir.Table:
    """Return one row for each message told, with whether all that it states (on the topic asked about) was true."""
    tellings = tables.told("tellings")
    topics = [name for name in ("topic",) if name in own_columns(question, OWN).values()]
    once = tellings.group_by(["subject", "pack", "message_id", "message", "channel", *topics]).aggregate(
        told_at=tellings.told_at.min(),
        false=ibis.ifelse(tellings["now"] == "false", 1, 0).sum(),
        unknown=ibis.ifelse(tellings["now"] == "unknown", 1, 0).sum(),
    )
    so = ibis.cases((once["false"] > 0, "false"), (once.unknown > 0, "unknown"), else_="true")
    return owned(tables, question, once.mutate(so=so).drop("false", "unknown"), OWN)


def _wrong(tables: Tables, question: Question) -> ir.Table:
    """Return one row for each stretch of belief on a topic: time and area under the age (seconds), length."""
    topics = tables.told("topics")
    believed = topics.filter(topics.message_id != "")
    zero = ibis.literal(0, "int64")
    wrong = believed.wrong_since.notnull()
    start = ibis.ifelse(wrong, believed.since - believed.wrong_since, zero).cast("float64") / SECOND
    end = ibis.ifelse(wrong, believed.until - believed.wrong_since, zero).cast("float64") / SECOND
    rows = believed.mutate(
        time=(believed.until - believed.since).cast("float64") / SECOND,
        area=(end * end - start * start) / 2,
        length=ibis.ifelse(wrong, believed.until - believed.wrong_since, zero),
    )
    return owned(tables, question, rows, OWN)


def _changes(tables: Tables, question: Question) -> ir.Table:
    """Return one row for each state of which the customer should be told, with when they were."""
    changes = tables.told("changes")
    due = changes.tell_by <= ibis.literal(tables.as_of, "int64")
    told = changes.told_at.notnull()
    left = changes.until.notnull() & (changes.until <= changes.tell_by)
    part = ibis.cases(
        (changes.undated, "unknown"),
        (due & told & (changes.told_at <= changes.tell_by), "in_time"),
        (due & told, "late"),
        (~told & left, "left"),
        (due, "never"),
        else_="waiting",
    )
    return owned(tables, question, changes.mutate(part=part), ())


class Figures:
    """The answers, by row.

    Args:
        answers: Of a plan that holds `plan`'s expressions.
        question: What was asked.
    """

    def __init__(self, answers: Answers, question: Question) -> None:
        """Take the answers apart."""
        self._keys = group_keys(question, "pack")
        self._found = {
            name: dict(split(answers[name], self._keys)) if name in answers else {}
            for name in ("exposed", "ages", "peaks", "changes")
        }

    def of(self, key: tuple[Any, ...]) -> dict[str, Any]:
        """Return the figures of one row."""
        found = {name: tables.get(key) for name, tables in self._found.items()}
        return {
            **_exposed(_parts(found["exposed"], "so")),
            **_ages(found["ages"], found["peaks"]),
            **_told(_parts(found["changes"], "part")),
        }


def _parts(table: pa.Table | None, name: str) -> dict[str, Part]:
    """Return counts by one column."""
    found: dict[str, Part] = {}
    for row in [] if table is None else table.to_pylist():
        found.setdefault(row[name], Part()).add(row)
    return found


def _sum(parts: Mapping[str, Part], names: Sequence[str]) -> Part:
    """Return the sum of some of the counts."""
    return added(parts.get(name, Part()) for name in names)


def _exposed(parts: Mapping[str, Part]) -> dict[str, Any]:
    """Return the figures of exposure."""
    true, known, unknown = parts.get("true", Part()), _sum(parts, EXPOSED), parts.get("unknown", Part())
    span = bounds(true.w, known.w, unknown.w)
    return {
        **share("exposed", true, known),
        "exposed_n": known.n,
        "exposed_unknown": unknown.n,
        "exposed_bound_low": span[0] if span else None,
        "exposed_bound_high": span[1] if span else None,
    }


def _ages(ages: pa.Table | None, peaks: pa.Table | None) -> dict[str, Any]:
    """Return the figures of the age of incorrect information."""
    figures: dict[str, Any] = {"age_mean": None, "age_mean_low": None, "age_mean_high": None}
    if ages is not None:
        low, value, high = mean_interval(ints(ages, "group"), floats(ages, "area"), floats(ages, "time"))
        figures = {"age_mean": value, "age_mean_low": low, "age_mean_high": high}
    longest = None if peaks is None else quantile(ints(peaks, "length"), floats(peaks, "w"), 0.95)
    figures["age_peak_p95"] = None if longest is None else longest / SECOND
    figures["peaks"] = 0 if peaks is None else int(np.sum(ints(peaks, "n")))
    return figures


def mean_interval(clusters: Ints, above: Floats, below: Floats) -> Mean:
    """Return (low, value, high) of sum(above) / sum(below), which may be more than 1: bootstrap over clusters."""
    return mean_intervals([(clusters, above, below)])[0]


def mean_intervals(samples: Sequence[Sample]) -> list[Mean]:
    """Return the means of several samples of (clusters, above, below) with their intervals, all in one go.

    It is taken as a share of the greatest of a cluster, so that the interval of a share serves; it stays within what
    has been seen.
    """
    wholes = [
        100.0 * float(np.max(np.divide(above, below, out=np.zeros_like(above), where=below > 0), initial=0.0))
        for _, above, below in samples
    ]
    scaled = [
        (clusters, above / (whole or 1.0), below)
        for (clusters, above, below), whole in zip(samples, wholes, strict=True)
    ]
    found: list[Mean] = []
    for (_, above, below), whole, ends in zip(samples, wholes, ratio_intervals(scaled), strict=True):
        total = float(np.sum(below))
        if total <= 0:
            found.append((None, None, None))
        elif whole <= 0:
            found.append((0.0, 0.0, 0.0))
        else:
            low, high = (None if end is None else end * whole for end in ends)
            found.append((low, float(np.sum(above)) / total, high))
    return found


def _told(parts: Mapping[str, Part]) -> dict[str, Any]:
    """Return the figures of how soon states were told."""
    known = _sum(parts, TOLD)
    return {
        **share("propagated", parts.get("in_time", Part()), known),
        "propagated_n": known.n,
        "propagated_unknown": parts.get("unknown", Part()).n,
        **{f"told_{name}": parts.get(name, Part()).n for name in TOLD},
        "left_before": parts.get("left", Part()).n,
    }


def evidence(tables: Tables, question: Question, segment: Mapping[str, object], kind: str, part: str) -> ir.Table:
    """Return the messages, wrong beliefs or states of one part of one row, in order of time."""
    if part.startswith("exposed_"):
        rows = in_segment(_exposures(tables, question), question, segment)
        rows = _of_pack(rows.filter(rows.so == part.removeprefix("exposed_")), kind)
        chosen = rows.select("subject", "message_id", "message", "channel", "told_at")
        return chosen.order_by(["told_at", "subject", "message_id"])
    if part == "peaks":
        rows = in_segment(_wrong(tables, question), question, segment)
        rows = _of_pack(rows.filter(rows.peak), kind)
        chosen = rows.select("subject", "topic", "channel", "message_id", start=rows.wrong_since, end=rows.until)
        return chosen.mutate(duration=chosen["end"] - chosen.start).order_by(
            [ibis.desc("duration"), "subject", "topic"]
        )
    asked = question if not own_columns(question, OWN) else Question(weight=question.weight)
    rows = _changes(tables, asked)
    rows = in_segment(rows, asked, segment if asked is question else {})
    name = "left" if part == "left_before" else part.removeprefix("told_")
    rows = _of_pack(rows.filter(rows.part == name), kind)
    chosen = rows.select("subject", "state", "told_at", start=rows.since, end=rows.until, due=rows.tell_by)
    return chosen.order_by(["start", "subject"])


def _of_pack(rows: ir.Table, name: str) -> ir.Table:
    """Return the rows of one pack; an empty name: of all."""
    return rows.filter(rows.pack == name) if name else rows
