"""The share that may miss: moved so that what was promised so far comes out as it was stated.

A balance is kept for all promises and for each segment: misses, less those that were stated. Windows that are over
count as they came out. Those that are not count as they stand: kept ones as kept, open ones with the share that would
still miss of those that have waited as long. So nothing waits for the end of a window, and a correction that is under
way is not made twice: both make a rule that only hears of windows that have passed late, and swing.

A balance of as many misses as are still expected, and fifteen more, moves the share by a factor of e: with fewer it
would answer to chance, and trust too much in what is only expected; with more it would come too late.

Source: I. Gibbs, E. Candès, *Adaptive conformal inference under distribution shift*, NeurIPS 2021; A. Angelopoulos, E.
Candès, R. Tibshirani, *Conformal PID control for time series prediction*, NeurIPS 2023, for the sum of errors as what
corrects; O. Smith, *Closer control of loops with dead time*, Chemical Engineering Progress 53 (1957), for counting what
is under way.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np

from troth.model.times import Micros
from troth.trust.windows_conform import Curve
from troth.trust.windows_past import Floats, Ints, Past, Truths, seconds
from troth.trust.windows_stage import Stage

MISSES: Final = 15.0
"""With so many chance alone moves the share by less than a fifth, 1/√(2 × 15): less than it moves a limit."""
_FAR: Final = 1.1
"""How far the share aimed at is moved at most, as a logarithm: to a third, or to three times."""


class Shares(NamedTuple):
    """The share that may miss, by level: where no segment has its own, and by segment (a row for each)."""

    whole: Floats
    own: Floats


class Aim:
    """The balance of windows given on a walk, and the share that may miss on account of it."""

    def __init__(self, past: Past, rows: Ints, codes: Ints, levels: Floats, gain: float, *, split: bool) -> None:
        """Begin even.

        Args:
            past: The history.
            rows: The promises of the walk.
            codes: The finest segment of each of them.
            levels: Levels.
            gain: How fast the balance is made good; 0: not at all.
            split: Whether there are segments.
        """
        self._past, self._rows, self._codes, self._gain, self._split = past, rows, codes, gain, split
        self.wanted: Floats = 1 - levels
        shape = (len(rows), len(levels))
        self._open: Truths = np.zeros(shape, dtype=bool)
        self._start, self._end = np.zeros(shape), np.zeros(shape)
        self._start_score, self._end_score = np.zeros(shape), np.zeros(shape)
        self._stage: Stage | None = None
        self._weight = past.weight[rows] / past.weight.mean()
        self._settled = np.zeros((int(codes.max(initial=0)) + 1, len(levels)))
        self._pending, self._due = np.zeros_like(self._settled), np.zeros_like(self._settled)

    @property
    def shares(self) -> Shares:
        """Return the shares that may miss at present."""
        balance = self._settled + self._pending
        moved = balance.sum(axis=0) / (MISSES + self._due.sum(axis=0))
        own = balance / (MISSES + self._due) if self._split else np.zeros_like(balance)
        return Shares(self._share(moved), self._share(moved + own))

    def _share(self, moved: Floats) -> Floats:
        highest = np.minimum(self.wanted * 4, (1 + self.wanted) / 2)
        found = self.wanted * np.exp(-np.clip(self._gain * moved, -_FAR, _FAR))
        return np.asarray(np.minimum(found, highest), dtype=np.float64)

    def give(self, places: Ints, start_s: Floats, end_s: Floats) -> None:
        """Take in windows that were given; where none could be, there is nothing to keep."""
        self._start[places], self._end[places] = start_s, end_s
        self._open[places] = np.isfinite(end_s)
        self._score(places)

    def hear(self, at: Micros, stage: Stage, curve: Callable[[int], Curve]) -> None:
        """Take in what has become known by a moment, and what is to be expected of the rest.

        Args:
            at: The moment.
            stage: The training by which those that are open are judged.
            curve: Segment → the share kept by each score, as known at the moment.
        """
        places = np.flatnonzero(self._open.any(axis=1))
        if stage is not self._stage:
            self._stage = stage
            self._score(places)
        rows = self._rows[places]
        age = seconds(at - self._past.made[rows])
        took = seconds(self._past.kept[rows] - self._past.made[rows])
        kept = took <= age
        never = ~kept & (self._past.ended[rows] <= at)
        start, end, still = self._start[places], self._end[places], self._open[places]
        known = still & ((kept | never)[:, None] | (end <= age[:, None]))
        missed = ~kept[:, None] | (took[:, None] > end) | (took[:, None] < start)
        np.add.at(self._settled, self._codes[places], (missed - self.wanted) * known * self._weight[places][:, None])
        self._open[places] = still & ~known
        self._pending[:], self._due[:] = 0.0, 0.0
        live = (still & ~known).any(axis=1)
        if live.any():
            self._expect(places[live], age[live], stage, curve)

    def _expect(self, places: Ints, age: Floats, stage: Stage, curve: Callable[[int], Curve]) -> None:
        """Take in what is to be expected of windows that are open."""
        rows, codes = self._rows[places], self._codes[places]
        now = stage.scores(rows, age)
        for code in np.unique(codes):
            inside = codes == code
            mine, left = places[inside], curve(int(code))
            waited = left.beyond(now[inside])[:, None]
            miss = left.beyond(self._end_score[mine]) / waited
            early = self._start[mine] > age[inside][:, None]
            if early.any():
                miss += np.where(early, 1 - left.beyond(self._start_score[mine]) / waited, 0.0)
            heavy = self._open[mine] * self._weight[mine][:, None]
            self._pending[code] = ((miss - self.wanted) * heavy).sum(axis=0)
            self._due[code] = (miss * heavy).sum(axis=0)

    def _score(self, places: Ints) -> None:
        """Note the scores at which windows begin and end, by the training that is used at present."""
        if self._stage is None:
            return
        rows = self._rows[places]
        for level in range(len(self.wanted)):
            self._end_score[places, level] = self._stage.scores(rows, self._end[places, level])
            if self._start.any():
                self._start_score[places, level] = self._stage.scores(rows, self._start[places, level])
