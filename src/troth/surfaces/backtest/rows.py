"""A backtest → rows: plain JSON values under published names, one `section` each. Pure.

Every figure carries `part`, which `--subjects PART` takes, and the first `subjects` behind it. The rows are equal for
equal histories, packs and moments; their digest stands in the first one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from shlex import quote
from typing import Any, Final

import msgspec

from troth.measures.backtest import figures
from troth.measures.backtest.figures import OUTCOMES, TRUTHS, MessageFigures, PromiseFigures, Share, SourceFigures
from troth.model.backtest import FAULTS, BrokenWord, Evidence, Judgement, Seen
from troth.model.times import SECOND, Micros
from troth.runtime.backtest.run import Found
from troth.surfaces.backtest.words import headline, meaning
from troth.surfaces.views.moments import Moments

Row = dict[str, Any]

VERSION: Final = 1
"""Version of the rows: counts up when a name changes its meaning."""

_encode: Final = msgspec.json.Encoder(order="sorted").encode


def backtest_rows(found: Found, moments: Moments, where: Where) -> list[Row]:
    """Return all rows of a backtest, the head first.

    Args:
        found: The backtest.
        moments: How to write instants.
        where: What to write into commands.
    """
    tally = found.tally
    rows = [
        *(_figure(name, one) for name, one in figures.overall(tally).items()),
        *(_message(found, one) for one in figures.messages(tally)),
        *(row for one in figures.messages(tally) for row in _gate(one)),
        *(_source(one) for one in figures.sources(tally)),
        *(_promise(found, one) for one in figures.promises(tally)),
        *(
            {
                "section": "month",
                "month": one.month,
                "told": one.told,
                **_share("false", one.false),
                "unknown": one.unknown,
            }
            for one in figures.months(tally)
        ),
        *(example_row(one, moments, where) for one in found.examples),
    ]
    return [_head(found, moments, rows), *rows]


class Where(msgspec.Struct, frozen=True):
    """What commands in rows name.

    Attributes:
        asked: The command line that made the backtest, without what lists or writes: `troth backtest --db shop.db`.
        db: The ledger to look at; a history that lies in no ledger has one to make first.
    """

    asked: str
    db: str

    def timeline(self, subject: str) -> str:
        """Return the command that shows everything about a subject."""
        return f"troth timeline {quote(subject)} --db {quote(self.db)}"

    def rows(self, part: str) -> str:
        """Return the command that lists the rows behind a part."""
        return f"{self.asked} --subjects {quote(part)}"


def judgement_row(one: Judgement, moments: Moments, where: Where) -> Row:
    """Return a message as a row of `--subjects`, with the events on which its judgement rests."""
    return {
        "subject": one.subject,
        "message": one.message,
        "message_id": one.message_id,
        "channel": one.channel,
        "customer": one.customer,
        "told_at": moments.text(one.told_at),
        "then": one.then,
        "now": one.now,
        "verdicts": [said.verdict for said in one.stated],
        "statements": [said.statement for said in one.stated],
        "faults": list(one.faults),
        "wrong_for_s": one.wrong_for / SECOND,
        "gate": one.outcome,
        "sends": one.sends,
        "reasons": [reason.code for reason in one.reasons],
        "because": [reason.text for reason in one.reasons],
        "late": [
            f"{said.source}/{said.event_id}" if said.event_id else said.source for said in one.stated if said.source
        ],
        "see": where.timeline(one.subject),
    }


def promise_row(one: BrokenWord, moments: Moments, where: Where) -> Row:
    """Return a promise as a row of `--subjects`."""
    return {
        "subject": one.subject,
        "promise": one.kind,
        "key": one.key,
        "customer": one.customer,
        "due": moments.text(one.due),
        "outcome": one.outcome,
        "decided_at": moments.text(one.decided_at),
        "noticed_at": moments.text(one.noticed_at),
        "without_a_word": one.without_a_word,
        "see": where.timeline(one.subject),
    }


def example_row(one: Evidence, moments: Moments, where: Where) -> Row:
    """Return an example with its evidence."""
    return {
        "section": "example",
        **judgement_row(one.judgement, moments, where),
        "harm": one.judgement.harm,
        "known_then": [_seen(fact, moments) for fact in one.known_then],
        "known_now": [_seen(fact, moments) for fact in one.known_now],
    }


def digest_of(rows: Iterable[Row]) -> str:
    """Return a digest of rows: equal where the figures are equal."""
    hasher = hashlib.blake2b(digest_size=16)
    for row in rows:
        hasher.update(_encode(row))
    return hasher.hexdigest()


def _head(found: Found, moments: Moments, rows: list[Row]) -> Row:
    """Return the first row: the answer, what was looked at, and as of when."""
    tally = found.tally
    overall = figures.overall(tally)
    told = tally.counts.get("told", 0)
    # Where commands point to is no part of what was found.
    plain = [{name: value for name, value in row.items() if name != "see"} for row in rows]
    return {
        "section": "backtest",
        "schema": VERSION,
        "answer": headline(
            told,
            overall["false"],
            overall["caught"],
            overall["without_a_word"],
            (tally.counts.get("promised", 0), tally.counts.get("not_kept", 0)),
        ),
        "as_of": moments.text(found.as_of),
        "first_told": moments.text(tally.first),
        "last_told": moments.text(tally.last),
        "subjects": tally.subjects,
        "told_subjects": tally.told_subjects,
        "events": tally.events,
        "messages": told,
        "promises": tally.counts.get("promised", 0),
        "promises_undecided": tally.undecided,
        "packs": {name: pack.digest for name, pack in found.packs.items()},
        "heard": {source: moments.text(moment) for source, moment in found.heard.items()},
        "digest": digest_of([*plain, {"as_of": found.as_of, "packs": {n: p.digest for n, p in found.packs.items()}}]),
    }


def _figure(name: str, one: Share) -> Row:
    """Return an overall figure."""
    return {"section": "figure", "figure": name, "meaning": meaning(name), **_share("count", one), "of": one.of}


def _message(found: Found, one: MessageFigures) -> Row:
    """Return what became of a message."""
    title = next(
        (pack.messages[one.message].title for pack in found.packs.values() if one.message in pack.messages), ""
    )
    return {
        "section": "message",
        "message": one.message,
        "title": title,
        "told": one.told,
        **_share("false", one.faults["false"]),
        **{fault: one.faults[fault].count for fault in FAULTS if fault != "false"},
        "faulty": one.faults["faulty"].count,
        "wrong_median_s": seconds(one.wrong_median),
        "wrong_p90_s": seconds(one.wrong_p90),
    }


def _gate(one: MessageFigures) -> Iterable[Row]:
    """Yield what the gate would have decided about a message: the counts, then the errors."""
    for truth in TRUTHS:
        counts = {outcome.lower(): one.decided[truth, outcome] for outcome in OUTCOMES}
        if any(counts.values()):
            yield {"section": "gate", "message": one.message, "truth": truth, **counts,
                   "part": f"{truth}+message={one.message}"}  # fmt: skip
    errors = {
        "false_send": one.false_send, "false_hold": one.false_hold, "false_suppress": one.false_suppress,
        "caught": one.caught,
    }  # fmt: skip
    for name, figure in errors.items():
        if figure.of:
            yield {"section": "gate_error", "message": one.message, "figure": name, "meaning": meaning(name),
                   **_share("count", figure), "of": figure.of}  # fmt: skip


def _source(one: SourceFigures) -> Row:
    """Return how late a source reports."""
    return {
        "section": "source",
        "source": one.source,
        "events": one.events,
        "dated": one.dated,
        "lag_median_s": seconds(one.median),
        "lag_p95_s": seconds(one.p95),
        "lag_max_s": seconds(one.largest),
        "late": one.late.count,
        "late_part": one.late.part,
        **_share("worth", one.worth),
    }


def _promise(found: Found, one: PromiseFigures) -> Row:
    """Return what became of a kind of promise."""
    kinds = [kind for pack in found.packs.values() for kind in pack.promises if kind.name == one.kind]
    return {
        "section": "promise",
        "promise": one.kind,
        "title": kinds[0].title if kinds else "",
        "told": one.told,
        "decided": one.decided,
        "kept": one.kept.count,
        "late": one.late.count,
        "broken": one.broken.count,
        **_share("without_a_word", one.without_a_word),
        "not_kept": one.without_a_word.of,
    }


def _share(name: str, one: Share) -> Row:
    """Return a share as members of a row: its count by a name, share, interval, part and first subjects."""
    low, high = one.interval or (None, None)
    return {name: one.count, "share": one.value, "low": low, "high": high, "part": one.part, "subjects": list(one.ids)}


def _seen(one: Seen, moments: Moments) -> Row:
    """Return a fact as it was known."""
    return {
        "fact": one.fact,
        "status": one.status,
        "value": one.value,
        "source": one.source,
        "event_id": one.event_id,
        "occurred_at": moments.text(one.occurred_at),
        "heard_at": moments.text(one.heard_at),
    }


def seconds(duration: Micros | None) -> float | None:
    """Return a duration in seconds; `None` for none."""
    return None if duration is None else duration / SECOND


def by_section(rows: Iterable[Row]) -> Mapping[str, list[Row]]:
    """Return rows by their section."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["section"], []).append(row)
    return found
