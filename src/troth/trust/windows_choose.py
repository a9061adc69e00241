"""Choosing how fast windows forget, on earlier data only.

Half-lives and gains are tried on a walk through the last part of what was known before the windows that are judged.
Chosen is the pair whose coverage comes nearest to what was stated, where a point of coverage weighs as much as a
fifth of length: neither may be bought with the other.
"""

from __future__ import annotations

import dataclasses
from typing import Final

import numpy as np

from troth.model.times import DAY, Micros
from troth.trust.windows_judge import passed_by
from troth.trust.windows_past import MICROS, Floats, Past
from troth.trust.windows_stage import Plan, stage_at
from troth.trust.windows_walk import Given, Groups, missed_of, walk

GAINS: Final = (0.3, 0.6, 1.0)
HALF_LIVES: Final = (0.0, 6.0, 2.0, 1.0, 0.6)
"""In middle durations of a promise; 0: nothing is forgotten."""
LEVELS: Final = (0.8, 0.9, 0.95)
_FROM: Final = 0.6
_POINT: Final = 0.01
_LENGTH: Final = 0.2
_NEARLY: Final = 0.1
_WITHOUT: Final = 4.0


@dataclasses.dataclass(frozen=True)
class Tried:
    """One pair that was tried: its coverage by level, and its mean length in seconds."""

    half_life: Micros
    gain: float
    coverage: tuple[float, ...]
    mean_s: float
    cost: float


def choose(past: Past, at: Micros, plan: Plan, level: float) -> tuple[Plan, list[Tried]]:
    """Return the plan with the half-life and gain that served best by a moment, and all that were tried.

    Args:
        past: A history; what lies after the moment is not read.
        at: The moment.
        plan: Everything else.
        level: The level that matters; tried beside it are those near it.
    """
    then = past.as_known(at)
    begin = int(then.made[int(len(then) * _FROM)])
    levels = np.array(sorted({*LEVELS, level}))
    stage, groups = stage_at(then, begin, at, plan), Groups(then, plan.by)
    took = ((then.kept - then.made) * MICROS)[then.kept <= at]
    middle = float(np.median(took)) if len(took) else 0.0
    tried = []
    for times in HALF_LIVES:
        half_life = max(round(times * middle / MICROS), DAY) if times else 0
        for gain in GAINS:
            used = dataclasses.replace(plan, half_life=half_life, gain=gain)
            tried.append(_cost(walk([stage], groups, used, levels), then, at, used, level))
    shortest = min((one.mean_s for one in tried if one.mean_s > 0), default=1.0)
    costed = [dataclasses.replace(one, cost=one.cost + (one.mean_s / shortest - 1) / _LENGTH) for one in tried]
    least = min(one.cost for one in costed)
    # Of those that are nearly as good the one that remembers longest, since segments need their promises, and hears
    # most of what was missed.
    longest = sorted(costed, key=lambda one: (one.half_life == 0, one.half_life, one.gain), reverse=True)
    best = next(one for one in longest if one.cost <= least + _NEARLY)
    return dataclasses.replace(plan, half_life=best.half_life, gain=best.gain), costed


def _cost(given: Given, then: Past, at: Micros, plan: Plan, wanted: float) -> Tried:
    """Return how far coverage is from what was stated, in points, the mean over levels.

    Where at the level wanted no window can be given to a promise, that counts, too: four of a hundred like a point.
    """
    missed, weight = missed_of(given, then), then.weight[given.rows]
    coverage, away, without = [], [], 0.0
    for place, level in enumerate(given.levels):
        passed = passed_by(given, then, place, at)
        kept = float(np.average(1 - missed[passed, place], weights=weight[passed])) if passed.any() else np.nan
        coverage.append(kept)
        away.append(10.0 if np.isnan(kept) else abs(kept - level) / _POINT)
        if level == wanted:
            without = float(np.average(~np.isfinite(given.end_s[:, place]), weights=weight)) / _POINT / _WITHOUT
    return Tried(plan.half_life, plan.gain, tuple(coverage), _length(given), float(np.mean(away)) + without)


def _length(given: Given) -> float:
    """Return the mean length over all levels, of the windows that could be given."""
    width: Floats = given.end_s - given.start_s
    has = np.isfinite(width)
    return float(width[has].mean()) if has.any() else 0.0
