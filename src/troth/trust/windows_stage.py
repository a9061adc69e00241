"""One training: what it learned from, what it predicts, and what calibrates it at any moment after."""

from __future__ import annotations

import dataclasses
from functools import cached_property
from typing import Final

import numpy as np

from troth.model.times import Micros
from troth.trust.windows_model import Model, places_at, scores_of, train
from troth.trust.windows_past import Floats, Ints, Past, Truths, seconds
from troth.trust.windows_scale import lead_of

TAUGHT: Final = 0.6
"""The share of what was promised by a stage's beginning that teaches the model."""


@dataclasses.dataclass(frozen=True)
class Plan:
    """How windows are made.

    Attributes:
        names: Attributes that the model reads.
        by: Attributes that make segments, from the coarse to the fine: a segment with too few promises takes the limits
            of its parent, the same without the last attribute.
        anchor: `made` or `date`: see `troth.trust.windows_scale`.
        two_sided: Windows have a beginning, too, and half of what may miss falls on each side.
        half_life: The age at which a promise weighs half in a calibration; microseconds, 0: all weigh the same.
        gain: How fast the balance of misses moves the share aimed at; 0: not at all.
        seed: For the choices of the forest.
    """

    names: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    anchor: str = "made"
    two_sided: bool = False
    half_life: Micros = 0
    gain: float = 0.0
    seed: int = 0


@dataclasses.dataclass(frozen=True)
class Stage:
    """One training and what it predicts of every promise.

    Attributes:
        past: The history.
        begin, end: From when until when it is used.
        cut: The first row that it has not learned from.
        model: What it has learned.
        half_life: The age at which a promise weighs half in its calibrations; 0: all weigh the same.
    """

    past: Past
    begin: Micros
    end: Micros
    cut: int
    model: Model
    half_life: Micros

    @cached_property
    def _quantiles(self) -> Floats:
        """Return the predicted quantiles of the rows from the cut on, up to the stage's end."""
        stop = int(np.searchsorted(self.past.made, self.end, side="left"))
        return self.model.quantiles(self.past.rows(np.arange(self.cut, stop)))

    @cached_property
    def _lead(self) -> Floats:
        """Return the leads of the firm's own dates, of the same rows."""
        return lead_of(self.past)[self.cut :]

    @cached_property
    def _kept_scores(self) -> Floats:
        """Return the scores at which the same rows were kept, whenever that was."""
        rows = np.arange(self.cut, self.cut + len(self._quantiles))
        return self.scores(rows, seconds((self.past.kept - self.past.made)[rows]))

    def scores(self, rows: Ints, age_s: Floats) -> Floats:
        """Return the scores of rows at ages."""
        places = self.model.scale.to(age_s, self._lead[rows - self.cut])
        return scores_of(self._quantiles[rows - self.cut], places)

    def durations(self, rows: Ints, scores: Floats) -> Floats:
        """Return the durations of rows at scores, a column for each."""
        places = places_at(self._quantiles[rows - self.cut], scores)
        return self.model.scale.back(places, self._lead[rows - self.cut][:, None])

    def calibration(self, at: Micros, half_life: Micros | None = None) -> tuple[Ints, Floats, Truths, Floats]:
        """Return what calibrates at a moment: rows, their scores, which were kept, what each weighs.

        Args:
            at: The moment.
            half_life: Another one than its own.
        """
        half_life = self.half_life if half_life is None else half_life
        past = self.past
        stop = int(np.searchsorted(past.made, at, side="left"))
        rows = np.arange(self.cut, stop)
        weight = past.weight[self.cut : stop]
        if half_life and len(rows):
            # From the newest on: where nothing was promised of late, what is there is not the less worth for it.
            # However little the oldest weigh, they are the only ones that tell how the longest end.
            weight = weight * np.exp2(-(past.made[stop - 1] - past.made[self.cut : stop]) / half_life)
        kept = past.kept[rows] <= at
        never = ~kept & (past.ended[rows] <= at)
        scores = np.where(never, np.inf, self._kept_scores[rows - self.cut])
        still = np.flatnonzero(~kept & ~never)
        scores[still] = self.scores(rows[still], seconds(at - past.made[rows[still]]))
        return rows, scores, kept, weight


def stage_at(past: Past, begin: Micros, end: Micros, plan: Plan) -> Stage:
    """Return the stage that begins at a moment, trained on what was known then."""
    promised = int(np.searchsorted(past.made, begin, side="left"))
    cut = int(promised * TAUGHT)
    taught = past.rows(np.arange(cut))
    model = train(taught, taught.known(begin), plan.names, plan.anchor, plan.seed)
    return Stage(past, begin, end, cut, model, plan.half_life)
