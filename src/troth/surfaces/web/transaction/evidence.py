"""Facts with their provenance: what decides, since when, how old, what else is said, and why that does not count."""

from __future__ import annotations

from typing import Any, Final

from troth.model.pack import Fact
from troth.model.record import FactView, Observation
from troth.model.times import SECOND
from troth.surfaces.views.card import card
from troth.surfaces.web.transaction.matter import Matter

Row = dict[str, Any]

_GROUPS: Final = {"known": "known", "stale": "unknown", "missing": "unknown", "disputed": "disputed"}
_WHY_UNKNOWN: Final = {
    "missing": "Nobody who would know has said anything, or is heard.",
    "stale": "What was said last is too old to count.",
    "disputed": "Sources of equal rank say different things.",
}
_LOW: Final = 1_000


def facts(matter: Matter) -> dict[str, list[Row]]:
    """Return all facts in three groups: `known`, `unknown` (not known yet, or too old), `disputed`.

    Returns:
        Rows `fact`, `title`, `status`, `value`, `source` in words, `since`, `age_s`, `assumed`, `conflict`, `why` (of
        what is not known), and `losers`: `source`, `value`, `since`, `why` it does not count.
    """
    found: dict[str, list[Row]] = {"disputed": [], "known": [], "unknown": []}
    if not matter.known:
        return found
    rows = card(matter.record, matter.now.machine, matter.moments)["facts"]
    for row, fact, view, seen in zip(
        rows, matter.pack.facts, matter.record.facts, matter.record.observations, strict=True
    ):
        group = "disputed" if view.conflict else _GROUPS[view.status]
        found[group].append({
            "fact": fact.name,
            "title": fact.title or matter.fact(fact.name),
            "status": view.status,
            "value": row["value"],
            "type": fact.type,
            "source": matter.source(row["source"]) if row["source"] else _authority(matter, fact),
            "since": row["occurred_at"],
            "age_s": row["age_s"],
            "event_id": row["event_id"],
            "assumed": view.assumed,
            "conflict": view.conflict,
            "why": _WHY_UNKNOWN.get(view.status, ""),
            "losers": _losers(matter, fact, view, seen, row["losers"]),
        })  # fmt: skip
    return found


def _authority(matter: Matter, fact: Fact) -> str:
    """Return in words who decides about a fact."""
    return " or ".join(matter.source(name) for name in fact.authority[0]) if fact.authority else ""


def _losers(matter: Matter, fact: Fact, view: FactView, seen: tuple[Observation, ...], rows: list[Row]) -> list[Row]:
    """Return what else is said, each with why it does not count."""
    by_key = {(one.source, matter.moments.text(one.occurred_at)): one for one in seen}
    return [
        {
            "source": matter.source(row["source"]),
            "value": row["value"],
            "since": row["occurred_at"],
            "why": _why(matter, fact, view, by_key[row["source"], row["occurred_at"]]),
        }
        for row in rows
    ]


def _why(matter: Matter, fact: Fact, view: FactView, lost: Observation) -> str:
    """Return why an observation does not decide."""
    tiers = {name: number for number, tier in enumerate(fact.authority) for name in tier}
    own = tiers.get(lost.source, _LOW)
    if own == _LOW:
        return "It is evidence only: it is no authority on this."
    if lost.value is None:
        return "It says that it cannot tell."
    if fact.fresh_for is not None and matter.now.now >= lost.occurred_at + fact.fresh_for:
        return f"It is too old: it counts for {matter.reader.lasting(fact.fresh_for)}."
    if view.by is None:
        return "Another source of equal rank says something else."
    winner = matter.source(view.by.source)
    if own > tiers.get(view.by.source, _LOW):
        return f"It ranks below {winner}."
    if lost.occurred_at < view.by.occurred_at:
        older = matter.reader.lasting(max(SECOND, view.by.occurred_at - lost.occurred_at))
        return f"It is older than what {winner} said, by {older}."
    return f"{winner[:1].upper()}{winner[1:]} said something further, or later."
