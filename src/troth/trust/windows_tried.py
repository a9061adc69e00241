"""Windows tried on the later part of a history, promised on the way from what was known at each moment.

The history is cut in time. Up to the cut everything is known that was known then; after it windows are promised one
after another, trained anew at each stage.
"""

from __future__ import annotations

import dataclasses
from itertools import pairwise
from typing import Final

import numpy as np

from troth.errors import MeasureError, Place, Problem
from troth.model.times import FOREVER, Micros
from troth.trust.windows_choose import chosen
from troth.trust.windows_past import Floats, Past
from troth.trust.windows_scale import DATE
from troth.trust.windows_stage import Plan, Stage, stage_at
from troth.trust.windows_walk import Given, Groups, walk

GRID: Final = (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.92, 0.94, 0.95, 0.96, 0.97, 0.98, 0.99)
"""Levels for which limits are kept; between them limits are drawn straight."""
LEAST_HISTORY: Final = 600
"""A history of fewer promises is not enough to learn from, calibrate with and judge."""
_BEFORE: Final = 0.6
_STAGES: Final = 3


@dataclasses.dataclass(frozen=True)
class Walked:
    """A walk over the later part of a history, ready to be judged or repeated at other levels."""

    past: Past
    at: Micros
    plan: Plan
    stages: tuple[Stage, ...]
    groups: Groups
    given: Given

    def again(self, levels: Floats) -> Given:
        """Return the windows at other levels; the training is not repeated."""
        return walk(self.stages, self.groups, self.plan, levels)

    def place(self, level: float) -> int:
        """Return the column of a level that was walked."""
        return int(np.argmin(np.abs(self.given.levels - level)))


def _dated(past: Past) -> Past:
    """Return the promises to which the firm gave a date; the others are counted as left out."""
    dated = past.limit < FOREVER
    left = int((~dated).sum())
    return dataclasses.replace(past.rows(dated), apart={**past.apart, **({"undated": left} if left else {})})


def walked(past: Past, at: Micros, plan: Plan, level: float) -> Walked:
    """Walk over the later part of a history as it was known at a moment.

    Raises:
        MeasureError: N101, it is too short.
    """
    then = past.as_known(at)
    if plan.anchor == DATE:
        then = _dated(then)
    came = int((then.kept <= at).sum())
    if came < LEAST_HISTORY:
        found = f"{came} promises of the kind {past.kind!r} have been kept by then"
        expected = f"at least {LEAST_HISTORY}"
        raise MeasureError(Problem(Place(past.kind), "N101", found, expected, "wait for more history, or import more"))
    begin, end = int(then.made[int(len(then) * _BEFORE)]), int(then.made[-1]) + 1
    seeded = dataclasses.replace(plan, seed=int(then.digest()[:8], 16))
    edges = [begin + (end - begin) * one // _STAGES for one in range(_STAGES + 1)]
    plans = [chosen(then, one, seeded) for one in edges[:-1]]
    stages = tuple(stage_at(then, one, other, used) for (one, other), used in zip(pairwise(edges), plans, strict=True))
    groups = Groups(then, plan.by)
    given = walk(stages, groups, plans[-1], np.array(sorted({*GRID, level})))
    return Walked(then, at, plans[-1], stages, groups, given)
