"""Single messages and promises of a backtest → rows, and the commands that lead on from them. Pure."""

from __future__ import annotations

from shlex import quote
from typing import Any

import msgspec

from troth.model.backtest import BrokenWord, Evidence, Judgement, Seen
from troth.model.times import SECOND
from troth.surfaces.backtest.titles import Titles
from troth.surfaces.views.moments import Moments

Row = dict[str, Any]


class Where(msgspec.Struct, frozen=True):
    """What commands in rows name.

    Attributes:
        asked: The command line that made the backtest, without what lists or writes: `troth backtest --db shop.db`.
        db: The ledger to look at.
        first: The command that makes this ledger of the same files; empty: it is there.
    """

    asked: str
    db: str
    first: str = ""

    def timeline(self, subject: str) -> str:
        """Return the command that shows everything about a subject."""
        return f"troth timeline {quote(subject)} --db {quote(self.db)}"

    def rows(self, part: str) -> str:
        """Return the command that lists the rows behind a part."""
        return f"{self.asked} --subjects {quote(part)}"

    def single(self) -> str:
        """Return how to look at a single subject, in one sentence or two."""
        command = f"troth timeline SUBJECT --db {quote(self.db)}"
        if not self.first:
            return f"A single subject: {command}"
        return f"A single subject: once {self.first}\nand then {command}"


def judgement_row(one: Judgement, moments: Moments, where: Where, titles: Titles) -> Row:
    """Return a message as a row of `--subjects`, with the events on which its judgement rests."""
    return {
        "subject": one.subject,
        "message": one.message,
        "title": titles.message(one.message),
        "message_id": one.message_id,
        "channel": one.channel,
        "customer": one.customer,
        "told_at": moments.text(one.told_at),
        "then": one.then,
        "now": one.now,
        "verdicts": [said.verdict for said in one.stated],
        "statements": [said.statement for said in one.stated],
        "stated": [titles.statement(one.message, said.statement) for said in one.stated],
        "faults": list(one.faults),
        "wrong_for_s": one.wrong_for / SECOND,
        "wrong_ended": one.wrong_ended,
        "gate": one.outcome,
        "sends": one.sends,
        "would": titles.gate(one.outcome, one.sends),
        "reasons": [reason.code for reason in one.reasons],
        "because": [titles.reason(one.message, reason) for reason in one.reasons],
        "late": [
            f"{said.source}/{said.event_id}" if said.event_id else said.source for said in one.stated if said.source
        ],
        "see": where.timeline(one.subject),
    }


def promise_row(one: BrokenWord, moments: Moments, where: Where, titles: Titles) -> Row:
    """Return a promise as a row of `--subjects`."""
    return {
        "subject": one.subject,
        "promise": one.kind,
        "title": titles.promise(one.kind),
        "key": one.key,
        "customer": one.customer,
        "due": moments.text(one.due),
        "outcome": one.outcome,
        "decided_at": moments.text(one.decided_at),
        "noticed_at": moments.text(one.noticed_at),
        "without_a_word": one.without_a_word,
        "see": where.timeline(one.subject),
    }


def example_row(one: Evidence, moments: Moments, where: Where, titles: Titles) -> Row:
    """Return an example with its evidence."""
    message = one.judgement.message
    return {
        "section": "example",
        **judgement_row(one.judgement, moments, where, titles),
        "harm": one.judgement.harm,
        "known_then": [_seen(fact, moments, titles, message) for fact in one.known_then],
        "known_now": [_seen(fact, moments, titles, message) for fact in one.known_now],
    }


def _seen(one: Seen, moments: Moments, titles: Titles, message: str) -> Row:
    """Return a fact as it was known."""
    return {
        "fact": one.fact,
        "title": titles.fact(message, one.fact),
        "status": one.status,
        "value": one.value,
        "source": one.source,
        "event_id": one.event_id,
        "occurred_at": moments.text(one.occurred_at),
        "heard_at": moments.text(one.heard_at),
    }
