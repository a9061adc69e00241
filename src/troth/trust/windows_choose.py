"""Choosing how fast windows forget, on earlier data only.

Half-lives are tried on a walk through the last part of what was known before the windows that are judged. Chosen is the
one whose limits have the least quantile loss: it charges for length and for missing as the level says, so that neither
can be bought with the other, and nothing has to be weighed by hand. A promise that is still open counts as far as it
has gone, and so does its limit: the quantile of what has been seen is what has been seen of the quantile.

Source: R. Koenker, G. Bassett, *Regression quantiles*, Econometrica 46 (1978) for the loss; J. Powell, *Censored
regression quantiles*, Journal of Econometrics 32 (1986) for those still open.
"""

from __future__ import annotations

import dataclasses
from typing import Final

import numpy as np

from troth.model.times import DAY, Micros
from troth.trust.windows_past import Past, seconds
from troth.trust.windows_stage import Plan, Stage, stage_at
from troth.trust.windows_walk import Given, Groups, walk

PARTS: Final = (3, 9, 27)
"""Half-lives that are tried, as parts of the time before: a firm that has changed slowly may remember long."""
GAIN: Final = 1.0
_FROM: Final = 0.6


@dataclasses.dataclass(frozen=True)
class Tried:
    """One half-life that was tried, and the mean loss of its limits."""

    half_life: Micros
    loss: float


def choose(past: Past, at: Micros, plan: Plan, level: float) -> tuple[Plan, list[Tried]]:
    """Return the plan with the half-life that served best by a moment, and all that were tried.

    Args:
        past: A history; what lies after the moment is not read.
        at: The moment.
        plan: Everything else.
        level: The level that matters: a higher one may need a longer memory.
    """
    then = past.as_known(at)
    begin = int(then.made[int(len(then) * _FROM)])
    stage, groups = stage_at(then, begin, at, plan), Groups(then, plan.by)
    span = at - int(then.made[0])
    lives = [max(span // part, DAY) for part in PARTS]
    tried = []
    for half_life in lives:
        # Deaf: what is to be told apart is what is remembered, not how it is made good.
        used = dataclasses.replace(plan, half_life=half_life, gain=0.0)
        given = walk([stage], groups, used, np.array([level]))
        tried.append(Tried(half_life, _loss(given, stage, at, level, two_sided=plan.two_sided)))
    best = min(tried, key=lambda one: one.loss)
    return dataclasses.replace(plan, half_life=best.half_life, gain=GAIN), tried


def _loss(given: Given, stage: Stage, at: Micros, level: float, *, two_sided: bool) -> float:
    """Return the mean quantile loss of windows of one level, on the scale of the model."""
    then, rows = stage.past, given.rows
    age = seconds(at - then.made[rows])
    lead = stage.lead(rows)
    went = stage.model.scale.to(np.minimum(seconds(then.kept[rows] - then.made[rows]), age), lead)
    seen = stage.model.scale.to(age, lead)
    sides = [(given.end_s[:, 0], (1 + level) / 2 if two_sided else level)]
    if two_sided:
        sides.append((given.start_s[:, 0], (1 - level) / 2))
    loss = np.zeros(len(rows))
    for limit, share in sides:
        beyond = went - np.minimum(stage.model.scale.to(limit, lead), seen)
        loss += np.where(beyond > 0, share * beyond, (share - 1) * beyond)
    return float(np.average(loss, weights=then.weight[rows]))
