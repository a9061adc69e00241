"""How fast windows forget: a promise weighs half when a thirty-sixth of the time before has gone by, or 400 promises.

Half-lives between a third and an 81st were tried on earlier data, by the quantile loss of their limits. Where nothing
drifts they are as good as each other, so that chance chooses; where something does, earlier data did not show it yet.
So nothing is chosen: a short memory costs little where nothing drifts, and the balance that is kept beside it
(`troth.trust.windows_aim`) makes good what it misses.
"""

from __future__ import annotations

import dataclasses
from typing import Final

import numpy as np

from troth.model.times import DAY, Micros
from troth.trust.windows_past import Past
from troth.trust.windows_stage import Plan

PART: Final = 36
FEWEST: Final = 400
"""The latest so many weigh at least half: segments need their promises."""
GAIN: Final = 1.0


def chosen(past: Past, at: Micros, plan: Plan) -> Plan:
    """Return the plan with the memory that a history has at a moment: at least a day.

    Args:
        past: A history; what lies after the moment is not read.
        at: The moment.
        plan: Everything else.
    """
    stop = int(np.searchsorted(past.made, at, side="left"))
    latest = int(past.made[stop - 1] - past.made[max(stop - FEWEST, 0)]) if stop else 0
    half_life = max((at - int(past.made[0])) // PART, latest, DAY)
    return dataclasses.replace(plan, half_life=half_life, gain=GAIN)
