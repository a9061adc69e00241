"""Windows beside the dates that were promised then: at the same reliability, at the same length, segment by segment."""

from __future__ import annotations

import dataclasses

import msgspec
import numpy as np

from troth.trust.windows_conform import LEAST
from troth.trust.windows_judge import Figure, better_score, more_reliable, shorter, side_by_side
from troth.trust.windows_past import Floats, Ints
from troth.trust.windows_tried import GRID, Walked
from troth.trust.windows_walk import Given


class Beside(msgspec.Struct, frozen=True):
    """Windows beside the dates promised then, for promises of which both have passed.

    Attributes:
        level: The level at which windows were given; with several segments the mean.
        n: How many promises.
        left_out: Of how many more the date has passed, but our window has not, or there was none.
        ours_kept, theirs_kept: Shares kept.
        ours_mean_s, theirs_mean_s: Mean lengths, seconds.
        ours_p50_s, theirs_p50_s: Middle lengths.
        shorter: By which share the mean length is shorter; negative: longer.
        more_reliable: By how much the share kept is greater.
        ours_score_s, theirs_score_s: Mean interval scores: width + 2/(1 - level) × miss.
        better_score: By which share the score is lower.
    """

    level: float
    n: int
    left_out: int
    ours_kept: float
    theirs_kept: float
    ours_mean_s: float
    theirs_mean_s: float
    ours_p50_s: float
    theirs_p50_s: float
    shorter: Figure | None
    more_reliable: Figure | None
    ours_score_s: float
    theirs_score_s: float
    better_score: Figure | None


def _theirs(on: Walked) -> tuple[Ints, Floats, Floats]:
    """Return, for promises whose date has passed: which they are, whether each was kept, what each weighs."""
    rows = on.given.rows
    due = np.flatnonzero(on.past.limit[rows] <= on.at)
    return due, (on.past.kept < on.past.limit)[rows[due]].astype(np.float64), on.past.weight[rows[due]]


def same_reliability(on: Walked) -> Beside | None:
    """Return the comparison at the level that equals the reliability of the dates then."""
    due, kept, weight = _theirs(on)
    if not len(due):
        return None
    level = float(np.clip(np.average(kept, weights=weight), GRID[0], GRID[-1]))
    return beside(on, on.again(np.array([level])), level)


def same_length(on: Walked) -> Beside | None:
    """Return the comparison at the level whose windows are as long as the dates then; `None`: none is.

    Lengths say nothing of what came of the promises: the level is not chosen by what is judged.
    """
    due, _, weight = _theirs(on)
    if not len(due):
        return None
    rows = on.given.rows[due]
    wanted = float(np.average((on.past.limit - on.past.made)[rows] * 1e-6, weights=weight))
    widths = on.given.end_s[due] - on.given.start_s[due]
    has = np.isfinite(widths)
    whole = has.mean(axis=0) > 0.9
    if not whole.any():
        return None
    heavy = weight[:, None] * has
    means = np.where(has, widths, 0.0)
    means = (means * heavy).sum(axis=0)[whole] / heavy.sum(axis=0)[whole]
    levels = on.given.levels[whole]
    if not means[0] <= wanted <= means[-1]:
        return None
    level = float(np.interp(wanted, np.maximum.accumulate(means), levels))
    return beside(on, on.again(np.array([level])), level)


def by_segment(on: Walked) -> Beside | None:
    """Return the comparison where each segment has the level that its own dates turned out to keep."""
    if not on.plan.by:
        return None
    due, kept, weight = _theirs(on)
    codes = on.groups.codes[1][on.given.rows]
    level_of: dict[int, float] = {}
    for code in np.unique(codes[due]):
        inside = codes[due] == code
        if inside.sum() >= LEAST:
            share = float(np.average(kept[inside], weights=weight[inside]))
            level_of[int(code)] = round(float(np.clip(share, GRID[0], GRID[-1])) * 100) / 100
    if not level_of:
        return None
    levels = np.array(sorted(set(level_of.values())))
    given = on.again(levels)
    chosen = np.array([code in level_of for code in codes])
    columns = np.array([int(np.searchsorted(levels, level_of.get(int(code), levels[0]))) for code in codes])
    every = np.arange(len(codes))
    end = np.where(chosen, given.end_s[every, columns], np.inf)
    picked = dataclasses.replace(
        given,
        levels=np.array([float(levels[columns[chosen]].mean())]),
        end_s=end[:, None],
        start_s=given.start_s[every, columns][:, None],
        depth=given.depth[every, columns][:, None],
    )
    return beside(on, picked, float(picked.levels[0]))


def beside(on: Walked, given: Given, level: float) -> Beside | None:
    """Return windows of one level beside the dates then; `None` where there is no promise of which both have passed."""
    pairs = side_by_side(given, on.past, 0, on.at)
    if not len(pairs.weight):
        return None
    seed = on.plan.seed
    ours, theirs, score = better_score(pairs, level, seed)
    w = pairs.weight
    return Beside(
        level=level,
        n=len(w),
        left_out=int((on.past.limit[given.rows] <= on.at).sum()) - len(w),
        ours_kept=float(np.average(pairs.ours_kept, weights=w)),
        theirs_kept=float(np.average(pairs.theirs_kept, weights=w)),
        ours_mean_s=float(np.average(pairs.ours_s, weights=w)),
        theirs_mean_s=float(np.average(pairs.theirs_s, weights=w)),
        ours_p50_s=float(np.median(pairs.ours_s)),
        theirs_p50_s=float(np.median(pairs.theirs_s)),
        shorter=shorter(pairs, seed),
        more_reliable=more_reliable(pairs, seed),
        ours_score_s=ours,
        theirs_score_s=theirs,
        better_score=score,
    )
