"""The oracle of promise reliability: promise by promise, as its definition reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from troth.measures.question import Question
from troth.testing.conformance.measures.asked import (
    Expected,
    Line,
    grouped,
    joined,
    mean_interval,
    passed,
    quantiles,
    share,
    spread,
    total,
    value_of,
    weights,
    whose,
)
from troth.testing.conformance.measures.plainly import kish
from troth.testing.conformance.measures.world import World

DECIDED: Final = ("kept", "late", "broken")
_PARTS: Final = (*DECIDED, "unknown", "void", "open", "early", "failed_early")
_HOUR: Final = 3_600_000_000


def part_of(outcome: str, limit: int | None, as_of: int) -> str:
    """Return which part of the count a promise is in."""
    if outcome == "void":
        return "void"
    due = passed(limit, as_of) if limit is not None else outcome in {*DECIDED, "unknown"}
    if due:
        return outcome if outcome in DECIDED else "unknown"
    if outcome == "kept":
        return "early"
    return "failed_early" if outcome in DECIDED else "open"


def oracle(world: World, question: Question) -> list[Expected]:
    """Return the rows that promise reliability should give."""
    words = {(row["subject"], row["kind"], row["key"]): row for row in world.of("words")}
    rows = [
        {
            **row,
            "part": part_of(row["outcome"], row["first_limit"], world.as_of),
            "later": part_of(row["renegotiated"], row["last_limit"], world.as_of),
            "word": words.get((row["subject"], row["kind"], row["key"])),
        }
        for row in joined(world, question, world.of("promises"))
        if question.kind in (None, row["kind"])
    ]
    found = []
    for (pack, kind, segment), own in grouped(rows, "pack", "kind", "segment").items():
        parts = {name: [row for row in own if row["part"] == name] for name in _PARTS}
        decided = [row for row in own if row["part"] in DECIDED]
        figures = whose(question, segment, pack=pack, kind=kind)
        figures |= value_of(parts["kept"], decided, parts["unknown"])
        figures |= {name: len(parts[name]) for name in _PARTS}
        figures["not_due"] = sum(len(parts[name]) for name in ("open", "early", "failed_early"))
        figures |= _renegotiated(own, figures["value"]) | _lateness(parts["late"])
        figures |= spread(parts["kept"], decided) | _said(decided) | _score(decided, world)
        if question.weight is not None:
            figures |= {
                "weighted_kept": total(parts["kept"]),
                "weighted_decided": total(decided),
                "n_effective": kish(weights(decided)),
                "unweighted": sum(row["w"] is None for row in own),
            }
        found.append(figures)
    return found


def _renegotiated(own: list[Line], value: float | None) -> Expected:
    decided = [row for row in own if row["later"] in DECIDED]
    whole = total(decided)
    later = total([row for row in decided if row["later"] == "kept"]) / whole if whole > 0 else None
    return {
        "renegotiated_value": later,
        "renegotiation_gap": later - value if later is not None and value is not None else None,
    }


def _lateness(late: list[Line]) -> Expected:
    known = [row for row in late if row["kept_at"] is not None and row["first_due"] is not None]
    return quantiles("late", [(row["kept_at"] - row["first_due"], row["w"]) for row in known if row["w"] is not None])


def _word(word: Mapping[str, Any] | None) -> str:
    if word is None or word["noticed_at"] is None:
        return "told_nothing"
    return "asked_first" if word["asked_at"] is not None and word["asked_at"] <= word["noticed_at"] else "told_first"


def _said(decided: list[Line]) -> Expected:
    """Return what was said of those not kept, and how early."""
    failed = [row for row in decided if row["part"] != "kept"]
    parts = {
        name: [row for row in failed if _word(row["word"]) == name]
        for name in ("told_first", "asked_first", "told_nothing")
    }
    leads = [
        (row["first_due"] - row["word"]["noticed_at"], row["w"])
        for row in failed
        if row["word"] is not None
        and row["word"]["noticed_at"] is not None
        and row["first_due"] is not None
        and row["w"] is not None
    ]
    return {
        **share("told_first", parts["told_first"], failed),
        "asked_first": len(parts["asked_first"]),
        "told_nothing": len(parts["told_nothing"]),
        **quantiles("lead", leads),
    }


def _score(decided: list[Line], world: World) -> Expected:
    """Return the interval score: width plus 20 times what was missed, in hours."""
    rows = [
        row for row in decided if row["first_due"] is not None and row["opens_at"] is not None and row["w"] is not None
    ]
    names = ("interval_score", "interval_score_low", "interval_score_high", "width", "miss")
    if not rows:
        return {**dict.fromkeys(names), "score_n": 0, "score_open": 0}
    lines = []
    for row in rows:
        came = world.as_of if row["kept_at"] is None else row["kept_at"]
        miss = 0 if row["part"] == "kept" else max(0, came - row["first_due"], row["opens_at"] - came)
        lines.append((row, max(0, row["first_due"] - row["opens_at"]) / _HOUR, miss / _HOUR))
    low, value, high = mean_interval(
        [(row["cluster"], row["w"] * (width + 20 * miss), row["w"]) for row, width, miss in lines]
    )
    whole = total(rows)
    width = sum(row["w"] * width for row, width, _ in lines) / whole if whole > 0 else None
    miss = sum(row["w"] * miss for row, _, miss in lines) / whole if whole > 0 else None
    return {
        **dict(zip(names, (value, low, high, width, miss), strict=True)),
        "score_n": len(rows),
        "score_open": sum(row["kept_at"] is None for row in rows),
    }
