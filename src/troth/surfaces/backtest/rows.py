"""A backtest → rows: plain JSON values under published names, one `section` each. Pure.

Counts are counts of what the history holds. Where a weight is asked for, each share that is counted has the weighted
one beside it. Every figure carries `part`, which `--subjects PART` takes, and the first `subjects` behind it. The rows
are equal for equal histories, packs and moments; their digest stands in the first one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from troth.measures.backtest import figures
from troth.measures.backtest.figures import (
    OUTCOMES,
    TRUTHS,
    MessageFigures,
    MonthFigures,
    PromiseFigures,
    Share,
    SourceFigures,
)
from troth.model.backtest import FAULTS
from troth.model.times import SECOND, Micros
from troth.runtime.backtest.run import Found
from troth.surfaces.backtest.listed import Row, Where, example_row
from troth.surfaces.backtest.titles import Titles
from troth.surfaces.backtest.words import headline, meaning, more
from troth.surfaces.views.moments import Moments

VERSION: Final = 2
"""Version of the rows: counts up when a name changes its meaning."""

_encode: Final = msgspec.json.Encoder(order="sorted").encode


def backtest_rows(found: Found, moments: Moments, where: Where) -> list[Row]:
    """Return all rows of a backtest, the head first.

    Args:
        found: The backtest.
        moments: How to write instants.
        where: What to write into commands.
    """
    tally, titles = found.tally, Titles(found.packs)
    weigh = bool(found.weight)
    messages = figures.messages(tally)
    weights = found.weights or (None,) * len(found.examples)
    rows = [
        *(_figure(name, one, weigh) for name, one in figures.overall(tally).items()),
        *(_message(one, titles, weigh) for one in messages),
        *(row for one in messages for row in _gate(one, titles, weigh)),
        *(_source(one, titles, weigh) for one in figures.sources(tally)),
        *(_promise(one, titles, weigh) for one in figures.promises(tally)),
        *(_month(one, weigh) for one in figures.months(tally)),
        *(
            example_row(one, moments, where, titles) | ({"weight": weight} if weigh else {})
            for one, weight in zip(found.examples, weights, strict=True)
        ),
    ]
    return [_head(found, moments, rows, where), *rows]


def digest_of(rows: Iterable[Row]) -> str:
    """Return a digest of rows: equal where the figures are equal."""
    hasher = hashlib.blake2b(digest_size=16)
    for row in rows:
        hasher.update(_encode(row))
    return hasher.hexdigest()


def _head(found: Found, moments: Moments, rows: list[Row], where: Where) -> Row:
    """Return the first row: the answer, what was looked at, and as of when."""
    tally = found.tally
    overall = figures.overall(tally)
    told = tally.counts.get("told", 0)
    decided = (tally.counts.get("promised", 0), tally.counts.get("not_kept", 0))
    # Where commands point to is no part of what was found.
    plain = [{name: value for name, value in row.items() if name != "see"} for row in rows]
    weighing: Row = {}
    if found.weight:
        stand = tally.total("told")
        weighing = {
            "weight": found.weight,
            "stands_for": stand.stands_for,
            "n_effective": stand.effective,
            "weightless": tally.weightless,
        }
    return {
        "section": "backtest",
        "schema": VERSION,
        "answer": headline(told, overall["false"], overall["caught"], overall["without_a_word"], decided),
        "more": more(told, overall["without_a_word"], tally, found.weight, found.packs),
        **weighing,
        "as_of": moments.text(found.as_of),
        "first_told": moments.text(tally.first),
        "last_told": moments.text(tally.last),
        "subjects": tally.subjects,
        "told_subjects": tally.told_subjects,
        "events": tally.events,
        "messages": told,
        "promises": decided[0],
        "promises_undecided": tally.undecided,
        "packs": {name: pack.digest for name, pack in found.packs.items()},
        "heard": {source: moments.text(moment) for source, moment in found.heard.items()},
        "first": where.first or None,
        "digest": digest_of([*plain, {"as_of": found.as_of, "packs": {n: p.digest for n, p in found.packs.items()}}]),
    }


def _figure(name: str, one: Share, weigh: bool) -> Row:
    """Return an overall figure."""
    return {
        "section": "figure", "figure": name, "meaning": meaning(name), **_share("count", one, weigh), "of": one.of,
    }  # fmt: skip


def _message(one: MessageFigures, titles: Titles, weigh: bool) -> Row:
    """Return what became of a message."""
    return {
        "section": "message",
        "message": one.message,
        "title": titles.message(one.message),
        "told": one.told,
        **_share("false", one.faults["false"], weigh),
        **{fault: one.faults[fault].count for fault in FAULTS if fault != "false"},
        "faulty": one.faults["faulty"].count,
        "wrong_median_s": seconds(one.wrong_median),
        "wrong_p90_s": seconds(one.wrong_p90),
        **({"wrong_median_weighted_s": seconds(one.wrong_weighted)} if weigh else {}),
        "wrong_ended": one.wrong_ended,
        "wrong_open": one.wrong_open,
    }


def _gate(one: MessageFigures, titles: Titles, weigh: bool) -> Iterable[Row]:
    """Yield what the gate would have decided about a message: the counts, then the errors."""
    named = {"message": one.message, "title": titles.message(one.message)}
    for truth in TRUTHS:
        counts = {outcome.lower(): one.decided[truth, outcome] for outcome in OUTCOMES}
        if any(counts.values()):
            yield {"section": "gate", **named, "truth": truth, **counts, "part": f"{truth}+message={one.message}"}
    errors = {
        "false_send": one.false_send, "false_hold": one.false_hold, "false_suppress": one.false_suppress,
        "caught": one.caught,
    }  # fmt: skip
    for name, figure in errors.items():
        if figure.of:
            yield {"section": "gate_error", **named, "figure": name, "meaning": meaning(name),
                   **_share("count", figure, weigh), "of": figure.of}  # fmt: skip


def _source(one: SourceFigures, titles: Titles, weigh: bool) -> Row:
    """Return how late a source reports."""
    by_weight = {
        "lag_median_weighted_s": seconds(one.median_weighted), "lag_p95_weighted_s": seconds(one.p95_weighted),
    }  # fmt: skip
    return {
        "section": "source",
        "source": one.source,
        "title": titles.source(one.source),
        "events": one.events,
        "dated": one.dated,
        "undated": one.undated,
        "lag_median_s": seconds(one.median),
        "lag_p95_s": seconds(one.p95),
        "lag_max_s": seconds(one.largest),
        **(by_weight if weigh else {}),
        "late": one.late.count,
        "late_part": one.late.part,
        **_share("worth", one.worth, weigh),
    }


def _promise(one: PromiseFigures, titles: Titles, weigh: bool) -> Row:
    """Return what became of a kind of promise."""
    return {
        "section": "promise",
        "promise": one.kind,
        "title": titles.promise(one.kind),
        "told": one.told,
        "decided": one.decided,
        "kept": one.kept.count,
        "late": one.late.count,
        "broken": one.broken.count,
        **_share("without_a_word", one.without_a_word, weigh),
        "not_kept": one.without_a_word.of,
    }


def _month(one: MonthFigures, weigh: bool) -> Row:
    """Return one month."""
    return {
        "section": "month", "month": one.month, "told": one.told, **_share("false", one.false, weigh),
        "unknown": one.unknown,
    }  # fmt: skip


def _share(name: str, one: Share, weigh: bool) -> Row:
    """Return a share as members of a row: its count by a name, share, interval, part and first subjects."""
    low, high = one.interval or (None, None)
    beside: Row = {}
    if weigh:
        by = one.weighted
        beside = {
            "weighted": by.share, "weighted_low": by.low, "weighted_high": by.high, "n_effective": by.effective,
            "stands_for": by.stands_for,
        }  # fmt: skip
    return {
        name: one.count, "share": one.value, "low": low, "high": high, **beside, "part": one.part,
        "subjects": list(one.ids),
    }  # fmt: skip


def seconds(duration: Micros | None) -> float | None:
    """Return a duration in seconds; `None` for none."""
    return None if duration is None else duration / SECOND


def by_section(rows: Iterable[Row]) -> Mapping[str, list[Row]]:
    """Return rows by their section."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["section"], []).append(row)
    return found
