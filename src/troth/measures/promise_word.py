"""Beside promise reliability: who was told first when a promise failed, how early, and the interval score.

The interval score of a window is its width plus 2/alpha times what it was missed by: a firm cannot gain by padding its
windows, nor by promising what it will not keep. alpha is the share of windows that may be missed.

Source: T. Gneiting, A. E. Raftery, *Strictly proper scoring rules*, JASA 102 (2007), section 6.2.
"""

from __future__ import annotations

from typing import Any, Final

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from troth.measures.bootstrap import GROUPS_MAX, Sample
from troth.measures.definition import Answers
from troth.measures.fidelity_told import Mean, mean_intervals
from troth.measures.interval import quantile
from troth.measures.question import Question, Tables
from troth.measures.segment import floats, group_keys, ints, split
from troth.measures.share import Part, added, counted, share
from troth.model.times import HOUR, SECOND

ALPHA: Final = 0.1
"""The share of windows that may be missed: windows are meant to be kept nine times in ten."""

NOT_KEPT: Final = ("late", "broken")
COLUMNS: Final = {
    "told_first": "of those not kept: share told before it was due and before the customer had to ask",
    "told_first_low": "its Wilson 95 % interval",
    "told_first_high": "its upper end",
    "asked_first": "of those not kept: told before it was due, but only after the customer had spoken up",
    "told_nothing": "of those not kept: nothing was said before it was due",
    "lead_p50": "of those told: seconds from the notice to the due moment, median",
    "lead_p90": "the same, 90 %",
    "interval_score": f"mean over decided promises of width + 2/{ALPHA:g} x miss, in hours; less is better",
    "interval_score_low": "its 95 % bootstrap interval over subjects",
    "interval_score_high": "its upper end",
    "width": "its first part: mean width of the first windows, in hours",
    "miss": "mean time by which windows were missed, in hours: 0 where they were kept",
    "score_n": "decided promises with a due moment and its opening",
    "score_open": "of these, not come true by as_of: missed by the time since, so that the score is a least one",
}
PARTS: Final = {
    "told_first": "not kept, and told before it was due and before the customer asked",
    "asked_first": "not kept, and told before it was due, but after the customer asked",
    "told_nothing": "not kept, and not told before it was due",
}


def with_words(tables: Tables, rows: ir.Table) -> ir.Table:
    """Return rows of promises with `word`: one of `PARTS` for those not kept, else null; and `lead`."""
    words = tables.told("words").select("subject", "kind", "key", "noticed_at", "asked_at")
    joined = rows.left_join(words, ["subject", "kind", "key"])
    joined = joined.drop(*[name for name in joined.columns if name.endswith("_right")])
    told = joined.noticed_at.notnull()
    asked = joined.asked_at.notnull() & (joined.asked_at <= joined.noticed_at)
    word = ibis.cases((told & asked, "asked_first"), (told, "told_first"), else_="told_nothing")
    failed = joined.part.isin(NOT_KEPT)
    return joined.mutate(
        word=ibis.ifelse(failed, word, ibis.null("string")), lead=joined.first_due - joined.noticed_at
    )  # fmt: skip


def plan(tables: Tables, question: Question, rows: ir.Table, decided: tuple[str, ...]) -> dict[str, ir.Table]:
    """Return the expressions: those not kept by what was said, leads, and scores by bootstrap group.

    Args:
        tables: What is asked of.
        question: What is asked.
        rows: The promises that are counted, as promise reliability has them.
        decided: Its parts that are decided.
    """
    keys = group_keys(question, "pack", "kind")
    answers = {"scores": _scores(tables, rows, keys, decided)}
    if tables.further is None:
        return answers
    failed = with_words(tables, rows.filter(rows.part.isin(NOT_KEPT)))
    led = failed.filter(failed.lead.notnull() & failed.w.notnull())
    answers["words"] = counted(failed, [*keys, "word"])
    answers["leads"] = led.group_by([*keys, "lead"]).aggregate(w=led.w.sum())
    return answers


def _scores(tables: Tables, rows: ir.Table, keys: list[str], decided: tuple[str, ...]) -> ir.Table:
    """Return sums of width and miss, in hours, for each bootstrap group."""
    zero, as_of = ibis.literal(0, "int64"), ibis.literal(tables.as_of, "int64")
    own = rows.filter(rows.part.isin(decided) & rows.first_due.notnull() & rows.opens_at.notnull() & rows.w.notnull())
    came = ibis.coalesce(own.kept_at, as_of)
    missed = ibis.greatest(came - own.first_due, own.opens_at - came, zero)
    # Kept within its grace is kept: it has missed nothing.
    missed = ibis.ifelse(own.part == "kept", zero, missed)
    own = own.mutate(
        group=own.cluster % GROUPS_MAX if tables.rows.get("subjects", 0) > GROUPS_MAX else own.cluster,
        width=ibis.greatest(own.first_due - own.opens_at, zero).cast("float64") / HOUR,
        miss=missed.cast("float64") / HOUR,
    )
    return own.group_by([*keys, "group"]).aggregate(
        n=own.count(),
        open=ibis.ifelse(own.kept_at.isnull(), 1, 0).sum().cast("int64"),
        w=own.w.sum(),
        width=(own.w * own.width).sum(),
        miss=(own.w * own.miss).sum(),
    )


class Figures:
    """The answers, by row.

    Args:
        answers: Of a plan that holds `plan`'s expressions.
        question: What was asked.
    """

    def __init__(self, answers: Answers, question: Question) -> None:
        """Take the answers apart."""
        keys = group_keys(question, "pack", "kind")
        self._found = {
            name: dict(split(answers[name], keys)) if name in answers else {} for name in ("words", "leads", "scores")
        }
        self._known = "words" in answers
        scores = self._found["scores"]
        self._means = dict(zip(scores, mean_intervals([_sample(one) for one in scores.values()]), strict=True))

    def of(self, key: tuple[Any, ...]) -> dict[str, Any]:
        """Return the figures of one row."""
        found = {name: tables.get(key) for name, tables in self._found.items()}
        return {
            **self._words(found["words"]),
            **_leads(found["leads"]),
            **_score(found["scores"], self._means.get(key)),
        }

    def _words(self, table: pa.Table | None) -> dict[str, Any]:
        """Return what was said of those not kept."""
        parts: dict[str, Part] = {}
        for row in [] if table is None else table.to_pylist():
            parts.setdefault(row["word"], Part()).add(row)
        counts = {name: parts.get(name, Part()).n if self._known else None for name in ("asked_first", "told_nothing")}
        return {**share("told_first", parts.get("told_first", Part()), added(parts.values())), **counts}


def _leads(leads: pa.Table | None) -> dict[str, float | None]:
    """Return quantiles of how early a notice was, in seconds."""
    shares = (("lead_p50", 0.5), ("lead_p90", 0.9))
    if leads is None:
        return {name: None for name, _ in shares}
    values, weights = ints(leads, "lead"), floats(leads, "w")
    found = {name: quantile(values, weights, part) for name, part in shares}
    return {name: None if value is None else value / SECOND for name, value in found.items()}


def _sample(scores: pa.Table) -> Sample:
    """Return clusters, sums of scores and weights."""
    return ints(scores, "group"), floats(scores, "width") + 2 / ALPHA * floats(scores, "miss"), floats(scores, "w")


def _score(scores: pa.Table | None, mean: Mean | None) -> dict[str, Any]:
    """Return the interval score with its interval and parts."""
    names = ("interval_score", "interval_score_low", "interval_score_high", "width", "miss")
    if scores is None or mean is None:
        return {**dict.fromkeys(names), "score_n": 0, "score_open": 0}
    weights, width, miss = floats(scores, "w"), floats(scores, "width"), floats(scores, "miss")
    low, value, high = mean
    total = float(np.sum(weights))
    means = (float(np.sum(part)) / total if total > 0 else None for part in (width, miss))
    figures: dict[str, Any] = dict(zip(names, (value, low, high, *means), strict=True))
    return figures | {name: int(np.sum(ints(scores, key))) for name, key in (("score_n", "n"), ("score_open", "open"))}


def evidence(tables: Tables, rows: ir.Table, part: str) -> ir.Table:
    """Return the promises not kept of which one thing was said, in total order.

    Args:
        tables: What was asked of.
        rows: The promises of the row.
        part: One of `PARTS`.
    """
    found = with_words(tables, rows.filter(rows.part.isin(NOT_KEPT)))
    chosen = found.filter(found.word == part).select(
        "subject", "kind", "key", "made_at", "first_due", "kept_at", "noticed_at", "asked_at"
    )
    return chosen.order_by(["made_at", "subject", "key"])
