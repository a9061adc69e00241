"""Promises with their history: every moment that was named, when, and when the customer was told of it."""

from __future__ import annotations

from typing import Any, Final

from troth.model.record import Promise, Window
from troth.model.times import FOREVER, Micros
from troth.surfaces.views.card import promise_row
from troth.surfaces.web.status.sight import counted_due, is_late
from troth.surfaces.web.transaction.matter import Matter, spaced

Row = dict[str, Any]

_WORDS: Final = {
    "open": "Still open", "overdue": "Overdue", "kept": "Kept", "late": "Kept late", "broken": "Not kept",
    "void": "Withdrawn", "unknown": "Not known",
}  # fmt: skip
_COUNTS: Final = {
    "first": "First promised", "renegotiated": "Moved, and told in time", "slip": "Moved, and not told in time",
    "unconsented": "Moved without the customer's agreement",
}  # fmt: skip


def promises(matter: Matter) -> list[Row]:
    """Return the promises.

    Returns:
        Rows of `views.card.promise_row`, with `says`, `word` and `tone` of the outcome (as renegotiated), `first` (the
        outcome for the first moment that was named), and per window a `word` and when the customer was `told_at` of it.
    """
    return [_promise(matter, one) for one in matter.record.promises]


def clock(matter: Matter) -> Row | None:
    """Return the promise that is waited for next, or overdue the longest; `None`: none is.

    Returns:
        `says` (its words), `due`, `over` (whether that moment has passed), `broken` (given up before it has).
    """
    dues = [
        (due, one)
        for one in matter.record.promises
        if one.kept_at is None
        and one.renegotiated in ("open", "late", "broken")
        and (due := counted_due(one)) is not None
    ]
    if not dues:
        return None
    due, one = min(dues, key=lambda found: found[0])
    over = is_late(one, matter.now.now)
    return {
        "says": matter.promise(one.kind), "due": matter.moments.text(due), "over": over,
        "broken": one.renegotiated in ("late", "broken") and not over,
    }  # fmt: skip


def _promise(matter: Matter, one: Promise) -> Row:
    """Return one promise."""
    row = promise_row(one, matter.pack, matter.moments)
    outcome = one.renegotiated
    if outcome == "open" and is_late(one, matter.now.now):
        outcome = "overdue"
    windows = [_window(matter, one, window, row["windows"][index], index) for index, window in enumerate(one.windows)]
    return row | {
        "says": matter.promise(one.kind) if not one.key else f"{matter.promise(one.kind)} ({spaced(one.key)})",
        "standing": outcome,
        "word": _WORDS[outcome],
        "tone": outcome,
        "first": _WORDS[one.outcome],
        "windows": windows,
    }


def _window(matter: Matter, one: Promise, window: Window, row: Row, index: int) -> Row:
    """Return one moment that was named."""
    after = one.windows[index + 1].given_at if index + 1 < len(one.windows) else FOREVER
    return row | {
        "word": _COUNTS[window.counts],
        "told_at": matter.moments.text(_told_at(matter, one.kind, window.given_at, after)),
    }


def _told_at(matter: Matter, kind: str, given_at: Micros, until: Micros) -> Micros | None:
    """Return when the customer was first told of a moment that was named; `None`: they were not."""
    for said in matter.told:
        statement = matter.pack.statements.get(said.statement)
        if statement is None or statement.promise is None or not given_at <= said.told_at < until:
            continue
        if matter.pack.promises[statement.promise].name == kind:
            return said.told_at
    return None
