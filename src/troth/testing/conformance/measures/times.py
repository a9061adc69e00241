"""The oracles of time to usable outcome and exception closure: life by life."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from troth.measures.question import Question
from troth.testing.conformance.measures import plainly
from troth.testing.conformance.measures.asked import (
    Expected,
    Line,
    grouped,
    joined,
    seconds,
    share,
    weights,
    whose,
)
from troth.testing.conformance.measures.plainly import Life
from troth.testing.conformance.measures.world import KINDS, LEGS, World

_CENSORED: Final = ("open", "unknown", "undated")
_QUANTILES: Final = {"p25": 0.25, "p50": 0.5, "p75": 0.75, "p90": 0.9}
_DAY: Final = 86_400_000_000

# ---------------------------------------------------------------- time to usable outcome


def _line(row: Line, since: int | None, as_of: int) -> Line:  # noqa: ARG001
    """Return a subject with its part, the end of its observation, its duration and its delay."""
    requested, until, outcome_at = row["requested_at"], row["observed_until"], row["outcome_at"]
    start = max(moment for moment in (row["entry"], requested, since) if moment is not None)
    seen = outcome_at is not None and until is not None and outcome_at <= until
    end = outcome_at if seen else until
    if seen and outcome_at < requested:
        part = "negative"
    elif end < start or (end == start and start > requested):
        part = "not_yet"
    elif seen:
        part = "reached" if row["outcome"] == "usable" else "competing"
    elif row["undated"]:
        part = "undated"
    else:
        part = "unknown" if row["state"] == "unknown" else "open"
    return {**row, "part": part, "end": end, "duration": end - requested, "delay": start - requested}


def usable(world: World, question: Question) -> list[Expected]:
    """Return the rows that time to usable outcome should give."""
    subjects = [row for row in world.of("subjects") if row["requested_at"] is not None]
    rows = [_line(row, question.since, world.as_of) for row in joined(world, question, subjects)]
    found = []
    for (pack, segment), own in grouped(rows, "pack", "segment").items():
        parts = {name: [row for row in own if row["part"] == name] for name in
                 ("reached", "competing", *_CENSORED, "negative", "not_yet")}  # fmt: skip
        observed = [row for name in ("reached", "competing", *_CENSORED) for row in parts[name]]
        figures = whose(question, segment, pack=pack)
        figures |= _wait([row for row in observed if row["w"] is not None], world, question)
        figures |= {
            "n": len(observed), "unknown": len(parts["unknown"]), "bound_low": None, "bound_high": None,
            "reached": len(parts["reached"]), "competing": len(parts["competing"]),
            "censored": sum(len(parts[name]) for name in _CENSORED),
            **{name: len(parts[name]) for name in ("undated", "negative", "not_yet")},
        }  # fmt: skip
        if question.weight is not None:
            unweighted = sum(row["w"] is None for row in own)
            figures |= {"n_effective": plainly.kish(weights(observed)), "unweighted": unweighted}
        found.append(figures)
    return found


def _life(row: Line, time: str, *, delayed: bool = True) -> Life:
    cause = {"reached": "usable", "competing": row["outcome"]}.get(row["part"])
    return Life(row[time], cause, row["w"], row["delay"] if delayed else 0)


def _steps(lives: Sequence[Life], scale: float) -> list[plainly.Step]:
    """Return the curve of the usable outcome: with competing endings, if there are any."""
    if {one.cause for one in lives} <= {"usable", None}:
        return plainly.kaplan_meier(lives, scale)
    return plainly.aalen_johansen(lives, "usable", scale)


def _wait(rows: list[Line], world: World, question: Question) -> Expected:
    """Return value, interval, quantiles, incidence, restricted mean and the share at the promise."""
    if not rows:
        return {"value": None, "low": None, "high": None}
    total = sum(row["w"] for row in rows)
    scale = plainly.kish([row["w"] for row in rows]) / total if total > 0 else 1.0
    lives = [_life(row, "duration") for row in rows]
    causes = {one.cause for one in lives if one.cause is not None} | {"usable"}
    steps = _steps(lives, scale)
    figures: Expected = {"method": "kaplan_meier" if causes == {"usable"} else "aalen_johansen"}
    figures |= {name: seconds(plainly.first(steps, part)) for name, part in _QUANTILES.items()}
    for name in ("p50", "p90"):
        figures[f"{name}_low"] = seconds(plainly.first(steps, _QUANTILES[name], "high"))
        figures[f"{name}_high"] = seconds(plainly.first(steps, _QUANTILES[name], "low"))
    figures |= {"value": figures["p50"], "low": figures["p50_low"], "high": figures["p50_high"]}
    figures["incidence"] = {cause: plainly.aalen_johansen(lives, cause, scale)[-1].share for cause in causes}
    until = steps[-1].time
    figures["restricted_mean"] = plainly.restricted_mean(steps, until) / 1e6
    ends = plainly.restricted_mean_interval(lives, until, scale) if causes == {"usable"} else (None, None)
    figures |= {"restricted_mean_low": seconds(ends[0]), "restricted_mean_high": seconds(ends[1])}
    figures["restricted_to"] = until / 1e6
    return figures | _promised(rows, world, question, scale)


def _promised(rows: list[Line], world: World, question: Question, scale: float) -> Expected:
    """Return the share with a usable outcome before the promised moment."""
    kind = question.kind or KINDS[0]
    dues: dict[str, int] = {}
    for row in world.of("promises"):
        if row["kind"] == kind and row["first_due"] is not None:
            dues[row["subject"]] = min(dues.get(row["subject"], row["first_due"]), row["first_due"])
    over = [{**row, "over": row["end"] - dues[row["subject"]]} for row in rows if row["subject"] in dues]
    names = ("promise", "at_promise", "at_promise_low", "at_promise_high")
    if not over:
        return dict.fromkeys(names)
    lives = [_life(row, "over", delayed=False) for row in over]
    found = plainly.share_at(lives, _steps(lives, scale), 0, before=True)
    told = (None, None, None) if found is None else (found.share, found.low, found.high)
    return dict(zip(names, (kind, *told), strict=True))


# ---------------------------------------------------------------- exception closure

_NEEDS: Final[Mapping[str, set[str]]] = {
    "open_owned": {"owned"},
    "open_informed": {"informed"},
    "open_resolved": {"resolved"},
    "resolved_closed": {"resolved", "closed"},
    "open_closed": {"closed"},
    "broke_detected": {"detected"},
    "detected_informed": {"detected", "informed"},
    "informed_closed": {"detected", "informed", "closed"},
    "broke_closed": {"detected", "closed"},
}
_CLOSING: Final = ("informed_closed", "broke_closed")


def _leg(row: Line, leg: str, as_of: int) -> Line | None:
    """Return a case on one leg, `None` where it never started it."""
    detected = row["opened_at"] if row["detected_at"] is None else row["detected_at"]
    start, end = {
        "open_owned": (row["opened_at"], row["owned_at"]),
        "open_informed": (row["opened_at"], row["informed_at"]),
        "open_resolved": (row["opened_at"], row["first_resolved_at"]),
        "resolved_closed": (row["first_resolved_at"], row["first_closed_at"]),
        "open_closed": (row["opened_at"], row["first_closed_at"]),
        "broke_detected": (row["broke_at"], detected),
        "detected_informed": (detected, row["informed_at"]),
        "informed_closed": (row["informed_at"], row["closed_at"]),
        "broke_closed": (row["broke_at"], row["closed_at"]),
        "relapse": _relapsing(row),
    }[leg]
    if start is None:
        return None
    again = row["first_reopened_at"]
    unclear = leg in {"open_owned", "open_informed", "detected_informed"} and again is not None
    unclear = unclear and (end is None or end >= again)
    state = "waiting" if end is None else "negative" if end < start else "done"
    if leg in _CLOSING:
        state = row["closed_as"] if state != "negative" and row["closed_as"] in {"void", "unclean"} else state
    else:
        state = "void" if row["closed_as"] == "void" else "unknown" if unclear else state
    return {**row, "state": state, "time": (as_of if end is None else end) - start}


def _relapsing(row: Line) -> tuple[int | None, int | None]:
    ended = [row[name] for name in ("first_resolved_at", "first_closed_at") if row[name] is not None]
    start = min(ended) if ended else None
    return start, None if start is None or row["relapse"] is None else start + row["relapse"]


def _lives(rows: list[Line], leg: str) -> list[Life]:
    causes = {"done": "done"} | ({"void": "other", "unclean": "other"} if leg in _CLOSING else {})
    return [
        Life(row["time"], causes.get(row["state"]), row["w"])
        for row in rows
        if row["state"] in causes or row["state"] == "waiting"
    ]


def _curve(lives: list[Life], leg: str) -> tuple[list[plainly.Step], float]:
    held = [one.weight for one in lives]
    if sum(held) <= 0:
        return [], 0.0
    effective = plainly.kish(held)
    scale = effective / sum(held)
    if leg in _CLOSING:
        return plainly.aalen_johansen(lives, "done", scale), effective
    return plainly.kaplan_meier(lives, scale), effective


def closure(world: World, question: Question) -> list[Expected]:
    """Return the rows that exception closure should give."""
    cases = [row for row in joined(world, question, world.of("cases")) if question.kind in (None, row["kind"])]
    found = []
    for (pack, kind, segment), own in grouped(cases, "pack", "kind", "segment").items():
        weighed = [row for row in own if row["w"] is not None]
        back = [line for row in weighed if (line := _leg(row, "relapse", world.as_of)) is not None]
        beside = _relapses(back) | _ends(own, world, (pack, kind))
        for leg, needs in _NEEDS.items():
            lines = [line for row in weighed if (line := _leg(row, leg, world.as_of)) is not None]
            if needs <= set(LEGS[pack, kind]) and lines:
                figures = whose(question, segment, pack=pack, kind=kind, leg=leg)
                found.append(figures | _of_leg(lines, leg, question) | beside)
    return found


def _of_leg(lines: list[Line], leg: str, question: Question) -> Expected:
    n = {state: sum(row["state"] == state for row in lines)
         for state in ("done", "waiting", "unknown", "negative", "void", "unclean")}  # fmt: skip
    lives = _lives(lines, leg)
    steps, effective = _curve(lives, leg)
    closing = leg in _CLOSING
    figures: Expected = {name: seconds(plainly.first(steps, part)) for name, part in _QUANTILES.items()}
    figures["p50_low"] = seconds(plainly.first(steps, 0.5, "high"))
    figures["p50_high"] = seconds(plainly.first(steps, 0.5, "low"))
    figures |= {
        "value": figures["p50"], "low": figures["p50_low"], "high": figures["p50_high"],
        "n": n["done"] + n["waiting"] + (n["void"] + n["unclean"] if closing else 0),
        "unknown": n["unknown"], "bound_low": None, "bound_high": None,
        "done": n["done"], "censored": n["waiting"], "negative": n["negative"], "void": n["void"],
        "cases": sum(n.values()), "unclean": n["unclean"] if closing else None,
    }  # fmt: skip
    return figures | ({"n_effective": effective} if question.weight is not None else {})


def _relapses(back: list[Line]) -> Expected:
    lives = _lives(back, "relapse")
    steps, _ = _curve(lives, "relapse")
    figures: Expected = {"reopened": sum(row["state"] == "done" for row in back)}
    for name, limit in (("relapse_7d", 7 * _DAY), ("relapse_30d", 30 * _DAY)):
        at = plainly.share_at(lives, steps, limit) if steps else None
        told: tuple[Any, ...] = (None, None, None) if at is None else (at.share, at.low, at.high)
        figures |= dict(zip((name, f"{name}_low", f"{name}_high"), told, strict=True))
    return figures


def _ends(own: list[Line], world: World, kind: tuple[str, str]) -> Expected:
    """Return how cases were closed, who found them, and how often customers spoke up; null where nobody tells."""
    names = ("clean_share", "clean_share_low", "clean_share_high", "unclean_share", "void_share",
             "found_first", "found_first_low", "found_first_high", "contacts", "contacts_per_case")  # fmt: skip
    if "detected" not in LEGS[kind]:
        return dict.fromkeys(names)
    closed = [row for row in own if row["closed_as"] in {"clean", "unclean", "void"}]
    ended = {name: [row for row in closed if row["closed_as"] == name] for name in ("clean", "unclean", "void")}
    real = [row for row in own if row["closed_as"] != "void"]
    first = [row for row in real if row["detected_by"] != "customer"]
    contacts = sum(_contacts(row, world) for row in real)
    return {
        **share("clean_share", ended["clean"], closed),
        "unclean_share": share("it", ended["unclean"], closed)["it"],
        "void_share": share("it", ended["void"], closed)["it"],
        **share("found_first", first, real),
        "contacts": contacts,
        "contacts_per_case": contacts / len(real) if real else None,
    }


def _contacts(case: Line, world: World) -> int:
    until = world.as_of if case["closed_at"] is None else case["closed_at"]
    return sum(
        row["subject"] == case["subject"] and case["broke_at"] <= row["at"] <= until for row in world.of("contacts")
    )
