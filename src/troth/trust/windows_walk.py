"""The walk: windows promised one after another through time, each from what was known at its moment and no more.

Each stage is one training, at its beginning: the earlier part of what had been promised by then teaches the model, the
later part, with everything that is promised and becomes known on the way, calibrates it. Training, calibrating and
judging never share a promise that the earlier of them could not have known.

Two things follow drift: old promises weigh less (half for each `half_life`), and the share aimed at is moved by what
came of the windows that have passed (adaptive conformal inference), whose end alone decides, so that quick ones do not
report first.

Source: I. Gibbs, E. Candès, *Adaptive conformal inference under distribution shift*, NeurIPS 2021; V. Vovk, *On-line
confidence machines are well-calibrated*, FOCS 2002, for the group-conditional (Mondrian) form.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from troth.model.times import DAY, Micros
from troth.trust.windows_conform import Curve, curve_of
from troth.trust.windows_features import word_of
from troth.trust.windows_past import MICROS, Floats, Ints, Past, Truths
from troth.trust.windows_stage import Plan, Stage

STEPS: Final = 180
"""A walk looks at what has become known about so often, and at most once a day."""
_FAR: Final = 1.1
"""How far the share aimed at is moved at most, as a logarithm."""


@dataclasses.dataclass(frozen=True)
class Given:
    """Windows given on a walk, a row for each promise and a column for each level.

    Attributes:
        rows: Which promises of the history.
        levels: The levels asked for.
        start_s, end_s: Windows, in seconds from the making; an infinite end: none could be given.
        depth: How many attributes its segment has, by promise and level: fewer than asked where there were too few.
        share: The share that may miss, by level, as it stood at the end.
    """

    rows: Ints
    levels: Floats
    start_s: Floats
    end_s: Floats
    depth: Ints
    share: Floats


class Groups:
    """Segments of a history: codes for each depth, from the whole (0) to all attributes."""

    def __init__(self, past: Past, by: Sequence[str]) -> None:
        """Number the segments of each depth."""
        self.names: list[list[tuple[str, ...]]] = [[()]]
        self.codes: list[Ints] = [np.zeros(len(past), dtype=np.int64)]
        for depth in range(1, len(by) + 1):
            joined = list(
                zip(*([word_of(value) for value in past.attributes[name]] for name in by[:depth]), strict=True)
            )
            numbers = {name: number for number, name in enumerate(sorted(set(joined)))}
            self.names.append(list(numbers))
            self.codes.append(np.array([numbers[one] for one in joined], dtype=np.int64))


class Aim:
    """The share that may miss, by level, moved by what came of windows that have passed."""

    def __init__(self, levels: Floats, gain: float) -> None:
        """Begin with what the levels say."""
        self.wanted: Floats = 1 - levels
        self.gain = gain
        self._moved = np.zeros(len(levels))

    @property
    def share(self) -> Floats:
        """Return the share that may miss at present, by level."""
        highest = np.minimum(self.wanted * 4, (1 + self.wanted) / 2)
        return np.asarray(np.minimum(self.wanted * np.exp(self._moved), highest), dtype=np.float64)

    def learn(self, missed: Floats, passed: Floats, delay: Floats) -> None:
        """Move after a step, on the scale of logarithms, at most to between a third and three times what was stated.

        Args:
            missed: By level, the share missed of the windows that passed in the step.
            passed: By level, how much passed, of what usually does in a step; 0: nothing.
            delay: By level, how many steps go by before a window passes: whoever hears late moves slowly.
        """
        pace = self.gain / (1 + delay) * np.minimum(passed, 3.0)
        moved = self._moved + pace * (self.wanted - missed) / np.maximum(self.wanted, 0.02)
        self._moved = np.clip(moved, -_FAR, _FAR)


def walk(stages: Sequence[Stage], groups: Groups, plan: Plan, levels: Floats) -> Given:
    """Return the windows promised on the way through the stages, for every promise made in them.

    Args:
        stages: One after another; the end of each is the beginning of the next.
        groups: Segments of the same history.
        plan: How windows are made.
        levels: Levels, ascending.
    """
    past = stages[0].past
    first, last = (int(np.searchsorted(past.made, at, side="left")) for at in (stages[0].begin, stages[-1].end))
    rows = np.arange(first, last)
    shape = (len(rows), len(levels))
    aim, judged = Aim(levels, plan.gain), np.zeros(shape, dtype=bool)
    given = Given(rows, levels, np.zeros(shape), np.full(shape, np.inf), np.zeros(shape, dtype=np.int64), levels)
    step = max(DAY, (stages[-1].end - stages[0].begin) // STEPS)
    for stage in stages:
        for at in range(stage.begin, stage.end, step):
            if plan.gain:
                _hear(given, judged, past, at, aim, step)
            until = min(at + step, stage.end)
            begin, stop = (int(np.searchsorted(past.made, one, side="left")) for one in (at, until))
            if begin < stop:
                _give(given, stage, groups, plan, at, np.arange(begin, stop), aim)
    return dataclasses.replace(given, share=aim.share)


def _hear(given: Given, judged: Truths, past: Past, at: Micros, aim: Aim, step: Micros) -> None:
    """Take in the windows that have passed since the last step, level by level: none that is to come tells."""
    made = past.made[given.rows]
    so_far = int(np.searchsorted(made, at, side="left"))
    if not so_far:
        return
    ends = given.end_s[:so_far]
    passed = ~judged[:so_far] & (made[:so_far, None] + ends / MICROS <= at)
    judged[:so_far] |= passed
    weight = past.weight[given.rows[:so_far], None] * passed
    total = weight.sum(axis=0)
    missed = (weight * missed_of(given, past, so_far)).sum(axis=0) / np.maximum(total, 1e-12)
    usual = float(past.weight[given.rows[:so_far]].sum()) / max(1.0, (at - made[0]) / step)
    has = np.isfinite(ends)
    delay = np.where(has, ends, 0.0).sum(axis=0) / np.maximum(has.sum(axis=0), 1) / (step * MICROS)
    aim.learn(missed, total / usual, delay)


def missed_of(given: Given, past: Past, count: int | None = None) -> Floats:
    """Return 1 where a promise was not kept within its window, by promise and level; for windows that have passed."""
    took = ((past.kept - past.made)[given.rows[:count]] * MICROS)[:, None]
    return ((took > given.end_s[:count]) | (took < given.start_s[:count])).astype(np.float64)


def _give(given: Given, stage: Stage, groups: Groups, plan: Plan, at: Micros, rows: Ints, aim: Aim) -> None:
    """Give windows to the promises of one step."""
    share = aim.share
    limits = dict(limits_at(stage, groups, plan, at, share, aim.wanted, rows))
    place = rows - given.rows[0]
    low, high = np.full((len(rows), len(share)), -np.inf), np.full((len(rows), len(share)), np.inf)
    for depth in range(len(plan.by) + 1):
        codes = groups.codes[depth][rows]
        for code in np.unique(codes):
            found = limits.get((depth, int(code)))
            if found is None:
                continue
            inside = codes == code
            lower, upper, enough = found
            low[inside] = np.where(enough, lower, low[inside])
            high[inside] = np.where(enough, upper, high[inside])
            given.depth[place[inside]] = np.where(enough, depth, given.depth[place[inside]])
    # Levels are moved, and fall back, each by itself: a higher one is never given less than a lower one.
    given.end_s[place] = stage.durations(rows, np.maximum.accumulate(high, axis=1))
    if plan.two_sided:
        given.start_s[place] = stage.durations(rows, np.minimum.accumulate(low, axis=1))


def limits_at(
    stage: Stage, groups: Groups, plan: Plan, at: Micros, share: Floats, wanted: Floats, rows: Ints | None = None
) -> Iterator[tuple[tuple[int, int], tuple[Floats, Floats, Truths]]]:
    """Yield the limits at a moment, for the whole and each segment: ((depth, code), (lower, upper, enough)).

    Args:
        stage: The training.
        groups: Segments.
        plan: How windows are made.
        at: The moment.
        share: By level, the share that may miss as the aim stands.
        wanted: By level, the share that may miss as it was stated.
        rows: Only the segments of these rows; `None`: of all that calibrate.
    """
    used, scores, kept, weight = stage.calibration(at, plan.half_life)
    for depth in range(len(plan.by) + 1):
        codes = groups.codes[depth][used]
        asked = codes if rows is None else groups.codes[depth][rows]
        for code in np.unique(asked):
            inside = codes == code
            curve = curve_of(scores[inside], kept[inside], weight[inside])
            yield (depth, int(code)), limits_of(curve, share, wanted, two_sided=plan.two_sided, whole=depth == 0)


def limits_of(
    curve: Curve, share: Floats, wanted: Floats, *, two_sided: bool, whole: bool
) -> tuple[Floats, Floats, Truths]:
    """Return lower and upper limits by level, and for which levels the curve rests on enough promises.

    The whole is enough for any level: there is no parent to fall back to, and few promises make it wide.
    """
    side = share / 2 if two_sided else share
    asked = wanted / 2 if two_sided else wanted
    upper = curve.upper(1 - side)
    if len(curve.scores):
        # A share that was moved beyond what is ever reached, from one that is: the longest that was kept.
        upper = np.where(np.isinf(upper) & np.isfinite(curve.upper(1 - asked)), curve.scores[-1], upper)
    lower = curve.lower(side) if two_sided else np.full(len(share), -np.inf)
    enough = np.ones(len(share), dtype=bool) if whole else curve.enough(1 - side, upper)
    return lower, upper, enough
