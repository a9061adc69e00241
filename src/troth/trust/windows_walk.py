"""The walk: windows promised one after another through time, each from what was known at its moment and no more.

Each stage is one training, at its beginning: the earlier part of what had been promised by then teaches the model, the
later part, with everything that is promised and becomes known on the way, calibrates it. Training, calibrating and
judging never share a promise that the earlier of them could not have known.

Two things follow drift: old promises weigh less (half for each `half_life`), and the share aimed at is moved so that
the windows given so far come out as stated (`troth.trust.windows_aim`).

Source: V. Vovk, *On-line confidence machines are well-calibrated*, FOCS 2002, for the group-conditional (Mondrian)
form.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from troth.model.times import DAY, Micros
from troth.trust.windows_aim import Aim, Shares
from troth.trust.windows_conform import LEAST, Curve, curve_of
from troth.trust.windows_features import word_of
from troth.trust.windows_past import MICROS, Floats, Ints, Past, Truths
from troth.trust.windows_stage import Plan, Stage

STEPS: Final = 180
"""A walk looks at what has become known about so often, and at most once a day."""


@dataclasses.dataclass(frozen=True)
class Given:
    """Windows given on a walk, a row for each promise and a column for each level.

    Attributes:
        rows: Which promises of the history.
        levels: The levels asked for.
        start_s, end_s: Windows, in seconds from the making; an infinite end: none could be given.
        depth: How many attributes its segment has, by promise and level: fewer than asked where there were too few.
        shares: The shares that may miss as they stood at the end.
    """

    rows: Ints
    levels: Floats
    start_s: Floats
    end_s: Floats
    depth: Ints
    shares: Shares


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
        places = [{name: number for number, name in enumerate(names)} for names in self.names]
        self.path = [[places[depth][name[:depth]] for depth in range(len(by) + 1)] for name in self.names[-1]]
        """Finest segment → its own code and those of its parents, from the whole on."""


class Calibration:
    """What calibrates at a moment: the curve of each segment, made when it is asked for."""

    def __init__(self, stage: Stage, groups: Groups, plan: Plan, at: Micros) -> None:
        """Look at what is known at the moment."""
        self.used, self._scores, self._kept, self._weight = stage.calibration(at)
        self._groups, self._plan = groups, plan
        self._codes = [codes[self.used] for codes in groups.codes]
        self._curves: dict[tuple[int, int], Curve] = {}

    def curve(self, depth: int, code: int) -> Curve:
        """Return the curve of a segment."""
        found = self._curves.get((depth, code))
        if found is None:
            inside = self._codes[depth] == code
            found = curve_of(self._scores[inside], self._kept[inside], self._weight[inside])
            self._curves[depth, code] = found
        return found

    def telling(self, code: int) -> Curve:
        """Return the curve of a finest segment, or of the nearest parent that rests on enough promises."""
        for depth, one in reversed(list(enumerate(self._groups.path[code]))[1:]):
            found = self.curve(depth, one)
            if found.n >= LEAST:
                return found
        return self.curve(0, 0)

    def limits(self, code: int, share: Floats, wanted: Floats) -> tuple[Floats, Floats, Ints]:
        """Return lower and upper limits of a finest segment by level, and the depth at which each was found."""
        low, high = np.full(len(share), -np.inf), np.full(len(share), np.inf)
        found = np.zeros(len(share), dtype=np.int64)
        for depth, one in enumerate(self._groups.path[code]):
            two_sided = self._plan.two_sided
            lower, upper, enough = limits_of(
                self.curve(depth, one), share, wanted, two_sided=two_sided, whole=depth == 0
            )
            low, high = np.where(enough, lower, low), np.where(enough, upper, high)
            found = np.where(enough, depth, found)
        # Levels are moved, and fall back, each by itself: a higher one is never given less than a lower one.
        return np.minimum.accumulate(low), np.maximum.accumulate(high), found

    def all_limits(
        self, shares: Shares, wanted: Floats
    ) -> Iterator[tuple[tuple[int, int], tuple[Floats, Floats, Truths]]]:
        """Yield the limits of the whole and of each segment: ((depth, code), (lower, upper, enough))."""
        deepest = len(self._codes) - 1
        for depth, codes in enumerate(self._codes):
            for code in np.unique(codes).tolist():
                share = shares.own[code] if depth and depth == deepest else shares.whole
                curve = self.curve(depth, code)
                two_sided = self._plan.two_sided
                yield (depth, code), limits_of(curve, share, wanted, two_sided=two_sided, whole=depth == 0)


def walk(stages: Sequence[Stage], groups: Groups, plan: Plan, levels: Floats) -> Given:
    """Return the windows promised on the way through the stages, for every promise made in them.

    Args:
        stages: One after another; the end of each is the beginning of the next, and none has learned from a promise of
            the walk.
        groups: Segments of the same history.
        plan: How windows are made.
        levels: Levels, ascending.
    """
    past = stages[0].past
    first, last = (int(np.searchsorted(past.made, at, side="left")) for at in (stages[0].begin, stages[-1].end))
    rows = np.arange(first, last)
    shape = (len(rows), len(levels))
    aim = Aim(past, rows, groups.codes[-1][rows], levels, plan.gain, split=bool(plan.by))
    given = Given(rows, levels, np.zeros(shape), np.full(shape, np.inf), np.zeros(shape, dtype=np.int64), aim.shares)
    step = max(DAY, (stages[-1].end - stages[0].begin) // STEPS)
    for stage in stages:
        for at in range(stage.begin, stage.end, step):
            until = min(at + step, stage.end)
            begin, stop = (int(np.searchsorted(past.made, one, side="left")) for one in (at, until))
            if begin == stop:
                continue
            known = Calibration(stage, groups, plan, at)
            if plan.gain:
                aim.hear(at, stage, known.telling)
            _give(given, stage, groups, plan, known, np.arange(begin, stop), aim)
    return dataclasses.replace(given, shares=aim.shares)


def missed_of(given: Given, past: Past) -> Floats:
    """Return 1 where a promise was not kept within its window, by promise and level; for windows that have passed."""
    took = ((past.kept - past.made)[given.rows] * MICROS)[:, None]
    return ((took > given.end_s) | (took < given.start_s)).astype(np.float64)


def _give(given: Given, stage: Stage, groups: Groups, plan: Plan, known: Calibration, rows: Ints, aim: Aim) -> None:
    """Give windows to the promises of one step: whole seconds, so that rounding does not decide."""
    shares = aim.shares
    places = rows - given.rows[0]
    codes = groups.codes[-1][rows]
    for code in np.unique(codes).tolist():
        inside = codes == code
        mine, some = places[inside], rows[inside]
        low, high, given.depth[mine] = known.limits(code, shares.own[code], aim.wanted)
        given.end_s[mine] = np.ceil(stage.durations(some, np.tile(high, (len(some), 1))))
        if plan.two_sided:
            given.start_s[mine] = np.floor(stage.durations(some, np.tile(low, (len(some), 1))))
    aim.give(places, given.start_s[places], given.end_s[places])


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
