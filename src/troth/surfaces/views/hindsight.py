"""What was told, as known then and as known now: a row a statement, and counts that name the system to fix.

Pure: judgements in, plain rows out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from statistics import median
from typing import Any, Final

import msgspec

from troth.model.hindsight import BLIND, DOUBTFUL, HONEST, UNLUCKY, VERDICTS, Hindsight
from troth.model.times import SECOND, Micros, format_duration
from troth.model.truth import WORD_OF
from troth.surfaces.views.moments import Moments
from troth.surfaces.views.shares import percent

Row = dict[str, Any]

LATE: Final = (UNLUCKY, BLIND, DOUBTFUL)
"""Verdicts that a late report, or a feed that was not heard, explains."""
NOBODY: Final = "(none is named)"
"""What stands in a table for statements that no late report explains."""


def told_row(found: Hindsight, moments: Moments) -> Row:
    """Return one statement that was told.

    Returns:
        `then` and `now` are true, false or null for unknown; `lag` is in words, `lag_s` in seconds and null where no
        source is named or a feed was never heard.
    """
    return {
        "told_at": moments.text(found.told_at),
        "message": found.message,
        "message_id": found.message_id,
        "channel": found.channel,
        "statement": found.statement,
        "then": found.then,
        "now": found.now,
        "verdict": found.verdict,
        "meaning": VERDICTS[found.verdict],
        "source": found.source,
        "lag": lag_text(found),
        "lag_s": found.lag / SECOND if found.lag else None,
        "event_id": found.event_id,
    }


def in_words(row: Row) -> Row:
    """Return a row of `told_row` with its truths in words, for people."""
    return row | {"then": WORD_OF[row["then"]], "now": WORD_OF[row["now"]]}


def meanings(verdicts: Iterable[str]) -> str:
    """Return what verdicts mean, a line each, but for the one that needs no words; each once, in their order."""
    named = set(verdicts)
    return "\n".join(f"{name}: {text}" for name, text in VERDICTS.items() if name in named and name != HONEST)


def lag_text(found: Hindsight) -> str:
    """Return in words how late a source was; empty where none is named."""
    if not found.source:
        return ""
    if found.event_id:
        return f"{lasting(found.lag)} late"
    return f"{lasting(found.lag)} behind" if found.lag else "never heard"


def lasting(duration: Micros) -> str:
    """Return a duration in its two largest units, rounded down.

    >>> lasting(38 * 60 * SECOND), lasting(93_784 * SECOND), lasting(7)
    ('38m', '1d 2h', 'under 1s')
    """
    if duration < SECOND:
        return "under 1s"
    return " ".join(re.findall(r"\d+[a-z]+", format_duration(duration - duration % SECOND))[:2])


class Group(msgspec.Struct):
    """Statements that are counted together.

    Attributes:
        name: What they share.
        counts: Verdict → how many.
        lags: How late, of those where it is known; microseconds.
        example: The subject of the one to look at first: one explained by a late report, with the largest lag.
        worst: What ranks it so: late, not honest, its lag.
    """

    name: str
    counts: dict[str, int] = {}
    lags: list[Micros] = []
    example: str = ""
    worst: tuple[bool, bool, Micros] | None = None

    def add(self, found: Hindsight) -> None:
        """Count one."""
        self.counts[found.verdict] = self.counts.get(found.verdict, 0) + 1
        if found.lag:
            self.lags.append(found.lag)
        rank = (found.verdict in LATE, found.verdict != HONEST, found.lag)
        if self.worst is None or rank > self.worst:
            self.example, self.worst = found.subject, rank

    @property
    def total(self) -> int:
        """How many there are."""
        return sum(self.counts.values())

    @property
    def late(self) -> int:
        """How many a late report, or a feed that was not heard, explains."""
        return sum(self.counts.get(name, 0) for name in LATE)


class Summary:
    """Counts over many statements, one by one: nothing but lags is kept of them.

    Args:
        by: One of `KEYS`. By source only what a source could be late for counts.
    """

    def __init__(self, by: str = "source") -> None:
        """Begin with nothing."""
        self.by = by
        self.verdicts = {name: Group(name) for name in VERDICTS}
        self.groups: dict[str, Group] = {}

    def add(self, found: Hindsight) -> None:
        """Count one."""
        self.verdicts[found.verdict].add(found)
        if self.by == "source" and found.verdict not in LATE:
            return
        name = getattr(found, self.by)
        if name not in self.groups:
            self.groups[name] = Group(name)
        self.groups[name].add(found)

    @property
    def total(self) -> int:
        """How many statements were told."""
        return sum(group.total for group in self.verdicts.values())

    def rows(self) -> tuple[list[Row], list[Row]]:
        """Return the rows of the verdicts, and those of the key: most late ones first. None when nothing was told.

        Returns:
            Rows `part` (verdict, or the key), `name`, `statements`, their `share` of all, a count a verdict,
            `lag_median_s` and `lag_max_s` (null: nobody was late), and the subject of the `example`.
        """
        if not self.total:
            return [], []
        groups = sorted(self.groups.values(), key=lambda one: (-one.late, -one.total, one.name))
        verdicts = [self._row("verdict", group) for group in self.verdicts.values()]
        return verdicts, [self._row(self.by, group) for group in groups]

    def _row(self, part: str, group: Group) -> Row:
        """Return one row."""
        return {
            "part": part,
            "name": group.name,
            "statements": group.total,
            "share": group.total / self.total,
            **{name: group.counts.get(name, 0) for name in VERDICTS},
            "lag_median_s": median(group.lags) / SECOND if group.lags else None,
            "lag_max_s": max(group.lags) / SECOND if group.lags else None,
            "example": group.example,
        }


def verdict_rows(rows: Sequence[Row]) -> list[Row]:
    """Return rows of verdicts for people: how many, what share, and what the verdict means."""
    return [
        {
            "verdict": row["name"],
            "statements": row["statements"],
            "share": percent(row["share"]),
            "meaning": VERDICTS[row["name"]],
        }
        for row in rows
    ]


def group_rows(rows: Sequence[Row]) -> list[Row]:
    """Return rows of a key for people: lags in words."""
    return [
        {
            row["part"]: row["name"] or NOBODY,
            **{name: row[name] for name in ("statements", *VERDICTS)},
            "median_lag": _seconds(row["lag_median_s"]),
            "largest_lag": _seconds(row["lag_max_s"]),
            "example": row["example"],
        }
        for row in rows
    ]


def _seconds(seconds: float | None) -> str:
    """Return seconds in words; empty for none."""
    return "" if seconds is None else lasting(round(seconds * SECOND))
