"""Closing in words: whether a case may be closed now, and if not, why. Pure."""

from __future__ import annotations

from typing import Any

import msgspec

from troth.engine.cases.closable import Closing
from troth.engine.machine import Machine
from troth.model.record import Record
from troth.model.times import format_instant
from troth.surfaces.web.console.row import Row, kind_of
from troth.surfaces.web.locales import Reader

_ALIGNMENTS = {
    "ahead": "the customer still believes what is false",
    "stuck": "the customer was told to do what cannot be done",
    "behind": "the customer has not been told how it stands",
    "unverifiable": "nobody can tell whether what the customer was told is so",
}
_WANTS = {"informed": "the customer has not been informed", "remedied": "the remedy is not done"}


class End(msgspec.Struct, frozen=True):
    """What closing a case would mean.

    Attributes:
        clean: Whether it would be closed clean.
        possible: Whether nothing wrong would be left behind.
        why: Why it would not be clean, in words; empty: it would be.
        by_itself: When it closes clean by itself, as RFC 3339; empty: something else is wanting.
    """

    clean: bool
    possible: bool
    why: str
    by_itself: str = ""

    @property
    def data(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {"clean": self.clean, "aligned": self.possible, "why": self.why, "by_itself": self.by_itself or None}


def end_of(row: Row, machine: Machine, record: Record, closing: Closing, reader: Reader) -> End:
    """Return what closing a case would mean, in words.

    Args:
        row: The case.
        machine: Its pack, prepared.
        record: Its record, brought to the present.
        closing: What the engine says.
        reader: Who reads.
    """
    if closing.clean:
        return End(clean=True, possible=True, why="")
    kind = kind_of(machine, row.case)
    reasons: list[str] = []
    if closing.failing is not False:
        known = closing.failing is True
        reasons.append(
            f"still wrong: {_lower(row.what)}" if known else f"nobody can tell whether it is over ({_lower(row.title)})"
        )
    if not closing.aligned:
        value = record.alignment[-1].value if record.alignment else ""
        text = _ALIGNMENTS.get(value, "message, state and action do not line up")
        # A contradiction says the same of itself.
        reasons += [] if reasons and kind.of in ("contradiction", "unverifiable", "silence") else [text]
    reasons += [_WANTS[want] for want in closing.wants if want in _WANTS]
    by_itself = ""
    if closing.possible and closing.clean_from is not None:
        by_itself = format_instant(closing.clean_from)
        reasons.append(f"it has to stay right for {reader.lasting(kind.dwell)}")
    if not reasons:
        own = kind.closed_when is not None
        reasons.append("the pack's own condition for closing is not met" if own else "it is not over")
    return End(clean=False, possible=closing.possible, why=_sentence(reasons), by_itself=by_itself)


def _sentence(reasons: list[str]) -> str:
    """Return reasons as one sentence."""
    text = "; ".join(reasons)
    return f"{text[:1].upper()}{text[1:]}."


def _lower(text: str) -> str:
    """Return a text as it stands within a sentence."""
    return f"{text[:1].lower()}{text[1:]}"
