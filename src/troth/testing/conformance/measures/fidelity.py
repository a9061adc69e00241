"""The oracles of status fidelity and informativeness: subject by subject, microsecond by microsecond."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from troth.measures.question import Question
from troth.testing.conformance.measures import plainly
from troth.testing.conformance.measures.asked import (
    Expected,
    Line,
    bounded,
    grouped,
    joined,
    mean_interval,
    seconds,
    share,
    total,
    whose,
)
from troth.testing.conformance.measures.world import World

ALIGNMENTS: Final = ("aligned", "ahead", "stuck", "unverifiable", "behind", "untold")
_HOUR: Final = 3_600_000_000


def _clocks(world: World, question: Question) -> list[Line]:
    """Return the subjects with the time in each alignment, in all, and possible where the end has no date."""
    lines = []
    for row in joined(world, question, world.of("subjects")):
        spans = [span for span in world.of("spans") if span["subject"] == row["subject"]]
        times = {
            name: sum(span["until"] - span["since"] for span in spans if span["alignment"] == name)
            for name in ALIGNMENTS
        }
        undated = row["requested_at"] is not None and row["clock_until"] is None
        possible = max(0, world.as_of - row["requested_at"]) if undated else 0
        line = {**row, **times, "total": sum(times.values()), "no_end": undated, "possible": possible}
        if undated or line["total"] > 0:
            lines.append(line)
    return lines


def _sum(rows: Sequence[Line], name: str, question: Question) -> Fraction | float:
    """Return a sum of microseconds: exact unless weighted."""
    if question.weight is None:
        return Fraction(sum(row[name] for row in rows))
    return math.fsum(row["w"] * float(row[name]) for row in rows if row["w"] is not None)


def _ratio(above: Fraction | float, below: Fraction | float) -> float | None:
    return float(above / below) if below else None


def _interval(rows: Sequence[Line], above: str, below: str) -> tuple[float | None, float | None]:
    return plainly.bootstrap([(row["cluster"], row["w"] * row[above], row["w"] * row[below]) for row in rows])


def status(world: World, question: Question) -> list[Expected]:
    """Return the rows that status fidelity should give."""
    found = []
    for (pack, segment), own in grouped(_clocks(world, question), "pack", "segment").items():
        dated = [row for row in own if not row["no_end"]]
        undated = [row for row in own if row["no_end"]]
        whole, possible = _sum(dated, "total", question), _sum(undated, "possible", question)
        aligned = _sum(dated, "aligned", question)
        figures = whose(question, segment, pack=pack)
        figures |= {name: _ratio(_sum(dated, name, question), whole) for name in ALIGNMENTS}
        figures |= {"value": _ratio(aligned, whole), "hours": float(whole) / _HOUR, "n": len(dated)}
        figures |= {"unknown": len(undated), "bound_low": _ratio(aligned, whole + possible)}
        figures["bound_high"] = _ratio(aligned + possible, whole + possible)
        seen = [{**row, "one": 1.0, "own": row["aligned"] / row["total"]} for row in dated if row["w"] is not None]
        figures |= _means(seen, "aligned", "total") if whole else _means([], "", "")
        if question.weight is not None:
            figures |= {"n_effective": plainly.kish([row["w"] for row in seen])}
            figures["unweighted"] = sum(row["w"] is None for row in own)
        found.append(figures | _told(world, question, (pack, segment)))
    return found


def _means(seen: list[Line], above: str, below: str) -> Expected:
    """Return the interval of the ratio, and the mean of the subjects' own shares with its interval."""
    low, high = _interval(seen, above, below) if seen else (None, None)
    figures: Expected = {"low": low, "high": high, "mean": None, "mean_low": None, "mean_high": None}
    held = total(seen)
    if seen and held > 0:
        figures["mean"] = math.fsum(row["w"] * row["own"] for row in seen) / held
        figures["mean_low"], figures["mean_high"] = _interval(seen, "own", "one")
    return figures


# ---------------------------------------------------------------- beside status fidelity


def _told(world: World, question: Question, key: tuple[str, tuple[object, ...]]) -> Expected:
    """Return exposure, age of incorrect information and propagation of one row."""
    mine = {
        name: [row for row in joined(world, question, world.of(name)) if (row["pack"], row["segment"]) == key]
        for name in ("tellings", "topics", "changes")
    }
    return {**_exposure(mine["tellings"]), **_ages(mine["topics"]), **_propagation(mine["changes"], world)}


def _exposure(tellings: list[Line]) -> Expected:
    messages: dict[str, list[Line]] = {"true": [], "false": [], "unknown": []}
    for rows in grouped(tellings, "subject", "message_id", "message", "channel").values():
        truths = {row["now"] for row in rows}
        messages["false" if "false" in truths else "unknown" if "unknown" in truths else "true"].append(rows[0])
    known = messages["true"] + messages["false"]
    span = bounded(total(messages["true"]), total(known), total(messages["unknown"]))
    return {
        **share("exposed", messages["true"], known),
        "exposed_n": len(known),
        "exposed_unknown": len(messages["unknown"]),
        "exposed_bound_low": span["bound_low"],
        "exposed_bound_high": span["bound_high"],
    }


def _ages(topics: list[Line]) -> Expected:
    lines, peaks = [], []
    for row in topics:
        if row["message_id"] == "" or row["w"] is None:
            continue
        start, end = row["wrong_since"], (row["until"] - row["since"]) / 1e6
        area = 0.0
        if start is not None:
            area = (((row["until"] - start) / 1e6) ** 2 - ((row["since"] - start) / 1e6) ** 2) / 2
        lines.append((row["cluster"], row["w"] * area, row["w"] * end))
        if row["peak"]:
            peaks.append((0 if start is None else row["until"] - start, row["w"]))
    low, value, high = mean_interval(lines)
    return {
        "age_mean": value, "age_mean_low": low, "age_mean_high": high,
        "age_peak_p95": seconds(plainly.smallest_with(peaks, 0.95)), "peaks": len(peaks),
    }  # fmt: skip


def _change(row: Line, as_of: int) -> str:
    due, told = row["tell_by"] <= as_of, row["told_at"] is not None
    if row["undated"]:
        return "unknown"
    if due and told:
        return "in_time" if row["told_at"] <= row["tell_by"] else "late"
    if not told and row["until"] is not None and row["until"] <= row["tell_by"]:
        return "left"
    return "never" if due else "waiting"


def _propagation(changes: list[Line], world: World) -> Expected:
    parts: dict[str, list[Line]] = {}
    for row in changes:
        parts.setdefault(_change(row, world.as_of), []).append(row)
    in_time, late, never = (parts.get(name, []) for name in ("in_time", "late", "never"))
    known = in_time + late + never
    return {
        **share("propagated", in_time, known), "propagated_n": len(known),
        "propagated_unknown": len(parts.get("unknown", [])), "told_in_time": len(in_time), "told_late": len(late),
        "told_never": len(never), "left_before": len(parts.get("left", [])),
    }  # fmt: skip


# ---------------------------------------------------------------- informativeness


def _covered(spans: list[tuple[int, int]]) -> int:
    """Return the time that at least one of some spans covers, by walking their ends."""
    edges = sorted({edge for span in spans for edge in span})
    return sum(
        edges[i + 1] - edges[i]
        for i in range(len(edges) - 1)
        if any(since <= edges[i] and edges[i + 1] <= until for since, until in spans)
    )


def informed(world: World, question: Question) -> list[Expected]:
    """Return the rows that informativeness should give."""
    lines = []
    for row in _clocks(world, question):
        beliefs = [one for one in world.of("beliefs") if one["subject"] == row["subject"]]
        helped = _covered([(one["since"], one["until"]) for one in beliefs if one["helps"] == "true"])
        perhaps = _covered([(one["since"], one["until"]) for one in beliefs if one["helps"] != "false"])
        lines.append({**row, "helped": helped, "doubtful": perhaps - helped})
    found = []
    for (pack, segment), own in grouped(lines, "pack", "segment").items():
        dated = [row for row in own if not row["no_end"]]
        sums = {name: _sum(own, name, question) for name in ("helped", "doubtful", "total", "possible")}
        known, whole = sums["total"] - sums["doubtful"], sums["total"] + sums["possible"]
        figures = whose(question, segment, pack=pack)
        figures |= {
            "value": _ratio(sums["helped"], known), "n": len(dated), "unknown": len(own) - len(dated),
            "bound_low": _ratio(sums["helped"], whole),
            "bound_high": _ratio(sums["helped"] + sums["doubtful"] + sums["possible"], whole),
            "doubtful": _ratio(sums["doubtful"], sums["total"]), "hours": float(sums["total"]) / _HOUR,
            "never": sum(row["helped"] == 0 and row["doubtful"] == 0 for row in dated),
        }  # fmt: skip
        seen = [
            {**row, "known": row["total"] - row["doubtful"], "one": 1.0,
             "own": row["helped"] / (row["total"] - row["doubtful"])}
            for row in dated if row["w"] is not None and row["total"] > row["doubtful"]
        ]  # fmt: skip
        figures |= _means(seen, "helped", "known")
        if question.weight is not None:
            figures |= {"n_effective": plainly.kish([row["w"] for row in seen])}
            figures["unweighted"] = sum(row["w"] is None for row in own)
        found.append(figures)
    return found
