"""Beside promise reliability: who was told first when a promise failed, how early, and the interval score.

The interval score of a window is its width plus 2/alpha times what it was missed by: a firm cannot gain by padding its
windows, nor by promising what it will not keep. alpha is the share of windows that may be missed.

Source: T. Gneiting, A. E. Raftery, *Strictly proper scoring rules*, JASA 102 (2007), section 6.2.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from troth.measures.bootstrap import GROUPS_MAX, Sample
from troth.measures.definition import Answers
from troth.measures.fidelity_told import Mean, mean_intervals
from troth.measures.question import Question, Tables, members
from troth.measures.segment import floats, group_keys, ints, split
from troth.measures.share import Part, added, share
from troth.measures.tally import Tally, quantiles, tallied, tallies
from troth.model.times import HOUR

ALPHA: Final = 0.1
"""The share of windows that may be missed: windows are meant to be kept nine times in ten."""

NOT_KEPT: Final = ("late", "broken")
LEADS: Final = {"lead_p50": 0.5, "lead_p90": 0.9}
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


def plan(tables: Tables, question: Question, rows: ir.Table, decided: ir.Table) -> dict[str, ir.Table]:
    """Return the expressions: sums by bootstrap group, and those not kept by what was said, with leads.

    Args:
        tables: What is asked of.
        question: What is asked.
        rows: The promises that are counted, as promise reliability has them.
        decided: Those that are decided, without segments and weights.
    """
    keys = group_keys(question, "pack", "kind")
    answers = {"scores": _scores(tables, question, decided, keys)}
    if tables.further is not None:
        failed = with_words(tables, rows.filter(rows.part.isin(NOT_KEPT)))
        answers["words"] = tallied(failed, [*keys, "word"], question, "lead")
    return answers


def _scores(tables: Tables, question: Question, decided: ir.Table, keys: list[str]) -> ir.Table:
    """Return sums of width and miss, in hours, and of squares over subjects, for each bootstrap group."""
    single = _by_subject(_hours(decided, tables)) if tables.several else _hours(decided, tables)
    own = single.inner_join(members(tables, question), "subject")
    if question.weight is not None:
        own = own.filter(own.w.notnull())
    own = own.mutate(
        group=own.cluster % GROUPS_MAX if tables.rows.get("subjects", 0) > GROUPS_MAX else own.cluster,
        k=own.w * own.kept.cast("float64"),
        d=own.w * own.m.cast("float64"),
    )
    return own.group_by([*keys, "group"]).aggregate(
        n=own.n.sum().cast("int64"),
        open=own.open.sum().cast("int64"),
        w=(own.w * own.n.cast("float64")).sum(),
        width=(own.w * own.width).sum(),
        miss=(own.w * own.miss).sum(),
        groups=own.count(),
        most=own.m.max(),
        kk=(own.k * own.k).sum(),
        kd=(own.k * own.d).sum(),
        dd=(own.d * own.d).sum(),
    )


def _hours(decided: ir.Table, tables: Tables) -> ir.Table:
    """Return, for each promise, whether it is kept, and the parts of its score: nothing where it has none."""
    zero, one, as_of = (ibis.literal(value, "int64") for value in (0, 1, tables.as_of))
    came = ibis.coalesce(decided.kept_at, as_of)
    missed = ibis.greatest(came - decided.first_due, decided.opens_at - came, zero)
    # Kept within its grace is kept: it has missed nothing.
    missed = ibis.ifelse(decided.kept, zero, missed)
    width = ibis.greatest(decided.first_due - decided.opens_at, zero)
    scored = decided.first_due.notnull() & decided.opens_at.notnull()
    return decided.select(
        "subject",
        "pack",
        "kind",
        kept=ibis.ifelse(decided.kept, one, zero),
        m=one,
        n=ibis.ifelse(scored, one, zero),
        open=ibis.ifelse(scored & decided.kept_at.isnull(), one, zero),
        width=ibis.ifelse(scored, width, zero).cast("float64") / HOUR,
        miss=ibis.ifelse(scored, missed, zero).cast("float64") / HOUR,
    )


def _by_subject(rows: ir.Table) -> ir.Table:
    """Return the same added up for each subject and kind."""
    whole = {name: rows[name].sum().cast("int64") for name in ("kept", "m", "n", "open")}
    hours = {name: rows[name].sum() for name in ("width", "miss")}
    return rows.group_by(["subject", "pack", "kind"]).aggregate(**whole, **hours)


class Figures:
    """The answers, by row.

    Args:
        answers: Of a plan that holds `plan`'s expressions.
        question: What was asked.
    """

    def __init__(self, answers: Answers, question: Question) -> None:
        """Take the answers apart."""
        keys = group_keys(question, "pack", "kind")
        self._known = "words" in answers
        self._words = tallies(answers["words"], keys, "lead") if self._known else {}
        self._sums = dict(split(answers["scores"], keys))
        scored = {key: _scored(one) for key, one in self._sums.items()}
        self._scores = {key: one for key, one in scored.items() if one is not None}
        samples = [_sample(one) for one in self._scores.values()]
        self._means = dict(zip(self._scores, mean_intervals(samples), strict=True))

    def of(self, key: tuple[Any, ...]) -> dict[str, Any]:
        """Return the figures of one row."""
        words = self._words.get(key, [])
        return {
            **self._said(words),
            **quantiles(words, LEADS),
            **_score(self._scores.get(key), self._means.get(key)),
        }

    def squares(self, key: tuple[Any, ...]) -> dict[str, Any] | None:
        """Return the sums over subjects that the interval of the share needs; `None`: nothing is decided."""
        found = self._sums.get(key)
        if found is None:
            return None
        sums: dict[str, Any] = {name: float(np.sum(floats(found, name))) for name in ("kk", "kd", "dd")}
        return sums | {"groups": int(np.sum(ints(found, "groups"))), "most": int(np.max(ints(found, "most")))}

    def _said(self, words: Sequence[Tally]) -> dict[str, Any]:
        """Return what was said of those not kept."""
        parts: dict[str, Part] = {}
        for row in (one.row for one in words):
            parts.setdefault(row["word"], Part()).add(row)
        counts = {name: parts.get(name, Part()).n if self._known else None for name in ("asked_first", "told_nothing")}
        return {**share("told_first", parts.get("told_first", Part()), added(parts.values())), **counts}


def _scored(sums: pa.Table) -> pa.Table | None:
    """Return the groups in which any promise has a score; `None`: there are none."""
    found = sums.filter(pc.greater(sums.column("n"), 0))
    return found if found.num_rows else None


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
    # Exact sums: the same in any order.
    total = math.fsum(weights)
    means = (math.fsum(part) / total if total > 0 else None for part in (width, miss))
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
