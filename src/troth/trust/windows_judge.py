"""How well windows were kept that were promised on a walk, and how they compare with the dates promised then.

A window is judged once it has passed by the moment of judging, as reliability judges promises: those that are not yet
over, kept or not, are not counted. Misses come together (a storm, a strike), so that intervals resample stretches of
time (days or weeks of making), not single promises.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

import msgspec
import numpy as np

from troth.model.times import DAY, FOREVER, Micros
from troth.trust.windows_past import MICROS, Floats, Ints, Past, Truths
from troth.trust.windows_walk import Given, missed_of

REPLICATES: Final = 1_000
WEEK: Final = 7 * DAY
_WEEKS: Final = 30
"""From so many weeks on, weeks are resampled, else days."""
_SHARES: Final = (0.1, 0.5, 0.9)


class Coverage(msgspec.Struct, frozen=True):
    """How many windows were kept.

    Attributes:
        level: The share that was stated.
        segment: Attribute → value; empty: all.
        value: The share kept of the windows that have passed.
        se: Its standard error, if promises were independent.
        se_blocks: The same, if only stretches of time are.
        n: Windows that have passed.
        not_due: Windows that have not.
        no_window: Promises for which no window could be given at this level.
        never: Of those missed, how many ended without ever being kept.
        width_p10_s, width_p50_s, width_p90_s, width_mean_s: Lengths of the windows, seconds.
        within: Whether the value lies within the larger of one point and two standard errors (`se`) of the level.
    """

    level: float
    segment: dict[str, str]
    value: float | None
    se: float | None
    se_blocks: float | None
    n: int
    not_due: int
    no_window: int
    never: int
    width_p10_s: float | None
    width_p50_s: float | None
    width_p90_s: float | None
    width_mean_s: float | None
    within: bool | None


class Figure(msgspec.Struct, frozen=True):
    """A figure with its 95 % interval from resampled stretches of time."""

    value: float
    low: float
    high: float


def coverage_of(given: Given, past: Past, place: int, at: Micros, chosen: Truths | None = None) -> Coverage:
    """Return how many windows of one level were kept.

    Args:
        given: Windows.
        past: What became of the promises.
        place: Which level.
        at: The moment of judging.
        chosen: Which of the promises to look at; `None`: all.
    """
    inside = np.ones(len(given.rows), dtype=bool) if chosen is None else chosen
    end = given.end_s[:, place]
    width = end - given.start_s[:, place]
    has = np.isfinite(end)
    passed = inside & passed_by(given, past, place, at)
    weight = past.weight[given.rows]
    level = float(given.levels[place])
    counts = {
        "n": int(passed.sum()),
        "not_due": int((inside & has & ~passed).sum()),
        "no_window": int((inside & ~has).sum()),
    }
    missed = missed_of(given, past)[:, place]
    never = int((passed & (missed > 0) & (past.ended[given.rows] < FOREVER)).sum())
    if not counts["n"]:
        return Coverage(level, {}, None, None, None, **counts, never=0, width_p10_s=None, width_p50_s=None,
                        width_p90_s=None, width_mean_s=None, within=None)  # fmt: skip
    w, kept = weight[passed], 1 - missed[passed]
    value = float(np.average(kept, weights=w))
    # The error that the stated level would have: that of the observed share is 0 where all were kept.
    se = math.sqrt(level * (1 - level) * float((w * w).sum()) / float(w.sum()) ** 2)
    low, middle, high = np.quantile(width[passed], _SHARES)
    return Coverage(
        level, {}, value, se, _block_error(kept, w, blocks_of(past.made[given.rows[passed]])), **counts, never=never,
        width_p10_s=float(low), width_p50_s=float(middle), width_p90_s=float(high),
        width_mean_s=float(np.average(width[passed], weights=w)), within=abs(value - level) <= max(0.01, 2 * se),
    )  # fmt: skip


def passed_by(given: Given, past: Past, place: int, at: Micros) -> Truths:
    """Return which windows of a level had passed by a moment."""
    return np.asarray(past.made[given.rows] + given.end_s[:, place] / MICROS <= at)


def blocks_of(made: Ints) -> Ints:
    """Return the stretch of time that each promise belongs to: its week, or its day where there are few weeks."""
    if not len(made):
        return made
    weeks = len(np.unique(made // WEEK))
    found: Ints = np.unique(made // (WEEK if weeks >= _WEEKS else DAY), return_inverse=True)[1]
    return found


def _block_error(kept: Floats, weight: Floats, blocks: Ints) -> float | None:
    """Return the standard error of a weighted share by the linearised variance over blocks; `None`: under two."""
    count = int(blocks.max()) + 1
    if count < 2:
        return None
    value = float(np.average(kept, weights=weight))
    sums = np.bincount(blocks, weight * (kept - value), count)
    return math.sqrt(float((sums * sums).sum()) * count / (count - 1)) / float(weight.sum())


class Lengths(msgspec.Struct, frozen=True):
    """Windows and the dates promised then, side by side: one number for each promise in every column."""

    weight: Any
    block: Any
    ours_s: Any
    theirs_s: Any
    ours_kept: Any
    theirs_kept: Any
    ours_missed_s: Any
    theirs_missed_s: Any


def side_by_side(given: Given, past: Past, place: int, at: Micros) -> Lengths:
    """Return windows of a level beside the dates promised then, for promises of which both have passed.

    What was not kept by the moment of judging has missed by as much as it has waited: at least so much.
    """
    rows = given.rows
    both = passed_by(given, past, place, at) & (past.limit[rows] <= at)
    rows, ours = rows[both], given.end_s[both, place]
    start = given.start_s[both, place]
    theirs = (past.limit[rows] - past.made[rows]) * MICROS
    took = (np.minimum(past.kept[rows], at) - past.made[rows]) * MICROS
    kept = past.kept[rows] <= at
    limit_kept = past.kept[rows] < past.limit[rows]
    ours_kept = kept & (took <= ours) & (took >= start)
    ours_missed = np.where(ours_kept, 0.0, np.maximum(took - ours, start - took))
    theirs_missed = np.where(limit_kept, 0.0, np.maximum(took - theirs, 0.0))
    return Lengths(
        past.weight[rows], blocks_of(past.made[rows]), ours - start, theirs, ours_kept, limit_kept,
        np.maximum(ours_missed, 0.0), theirs_missed,
    )  # fmt: skip


def resampled(block: Ints, columns: Floats, figure: Callable[[Floats], Any], seed: int) -> Figure | None:
    """Return a figure of weighted sums with its interval over resampled blocks; `None` where it cannot be told.

    Args:
        block: The block of each row.
        columns: What is summed, a column each.
        figure: From sums (a row for each replicate) to figures.
        seed: From the data.
    """
    if not len(block) or int(block.max()) < 1:
        return None
    count = int(block.max()) + 1
    sums = np.column_stack([np.bincount(block, column, count) for column in columns.T])
    draws = np.random.Generator(np.random.PCG64(seed)).multinomial(count, np.full(count, 1 / count), REPLICATES)
    with np.errstate(all="ignore"):
        value = float(figure(sums.sum(axis=0, keepdims=True))[0])
        many = figure(draws.astype(np.float64) @ sums)
    many = many[np.isfinite(many)]
    if not math.isfinite(value) or not len(many):
        return None
    low, high = np.quantile(many, (0.025, 0.975))
    return Figure(value, float(low), float(high))


def shorter(lengths: Lengths, seed: int) -> Figure | None:
    """Return by which share the mean window is shorter than the mean promised then; negative: longer."""
    w = lengths.weight
    columns = np.column_stack([w * lengths.ours_s, w * lengths.theirs_s])
    return resampled(lengths.block, columns, lambda sums: 1 - sums[:, 0] / sums[:, 1], seed)


def more_reliable(lengths: Lengths, seed: int) -> Figure | None:
    """Return by how much the share kept is greater than of the dates promised then."""
    w = lengths.weight
    columns = np.column_stack([w * lengths.ours_kept, w * lengths.theirs_kept, w])
    return resampled(lengths.block, columns, lambda sums: (sums[:, 0] - sums[:, 1]) / sums[:, 2], seed)


def better_score(lengths: Lengths, level: float, seed: int) -> tuple[float, float, Figure | None]:
    """Return the mean interval scores, ours and theirs in seconds, and by which share ours is lower.

    The score is width + 2/(1 - level) × miss: padding loses, and so does promising too much.
    """
    w, price = lengths.weight, 2 / (1 - level)
    ours = lengths.ours_s + price * lengths.ours_missed_s
    theirs = lengths.theirs_s + price * lengths.theirs_missed_s
    columns = np.column_stack([w * ours, w * theirs])
    found = resampled(lengths.block, columns, lambda sums: 1 - sums[:, 0] / sums[:, 1], seed)
    total = float(w.sum()) if len(w) else 0.0
    means = (float(columns[:, 0].sum() / total), float(columns[:, 1].sum() / total)) if total else (math.nan, math.nan)
    return *means, found
