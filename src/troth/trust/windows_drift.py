"""Whether durations have drifted: the later half of what calibrates against the earlier half.

The scores of both halves are compared by the log-rank test, which takes those that are still open for what they are.
With many promises the test finds the smallest drift; how much it matters says the other figure: the share of the later
half that the earlier half's limit would have kept.

Source: N. Mantel, *Evaluation of survival data and two new rank order statistics*, Cancer Chemotherapy Reports 50
(1966).
"""

from __future__ import annotations

import math

import msgspec
import numpy as np

from troth.trust.windows_conform import curve_of
from troth.trust.windows_past import Floats, Ints, Truths


class Drift(msgspec.Struct, frozen=True):
    """What the test found.

    Attributes:
        z: The log-rank statistic; positive: the later half is quicker.
        p: Its two-sided p-value.
        level: The level that the share is about.
        share: What share of the later half would have been kept within the earlier half's limit; `None`: it has none.
        earlier, later: How many promises each half has.
    """

    z: float
    p: float
    level: float
    share: float | None
    earlier: int
    later: int


def drift_of(made: Ints, scores: Floats, kept: Truths, level: float) -> Drift | None:
    """Return the test over promises in the order of making; `None` where a half has none that was kept."""
    middle = len(made) // 2
    halves = slice(0, middle), slice(middle, None)
    if not all(kept[half].any() for half in halves):
        return None
    z = log_rank(scores, kept, np.arange(len(made)) >= middle)
    before, after = (curve_of(scores[half], kept[half], np.ones(len(scores[half]))) for half in halves)
    limit = float(before.upper(np.array([level]))[0])
    share = None
    if math.isfinite(limit):
        place = int(np.searchsorted(after.scores, limit, side="right"))
        share = float(after.share[place - 1]) if place else 0.0
    return Drift(z, math.erfc(abs(z) / math.sqrt(2)), level, share, middle, len(made) - middle)


def log_rank(scores: Floats, kept: Truths, second: Truths) -> float:
    """Return the log-rank statistic; positive: the second group is kept at lower scores. 0 where it cannot be told."""
    order = np.argsort(scores, kind="stable")
    ordered, events, group = scores[order], kept[order], second[order]
    distinct, first = np.unique(ordered, return_index=True)
    at_risk = len(ordered) - first
    second_at_risk = np.cumsum(group[::-1])[::-1][first]
    died = np.add.reduceat(events.astype(np.float64), first)
    second_died = np.add.reduceat((events & group).astype(np.float64), first)
    share = second_at_risk / at_risk
    spread = died * share * (1 - share) * (at_risk - died) / np.maximum(at_risk - 1, 1)
    variance = float(spread[np.isfinite(distinct)].sum())
    moved = float((second_died - died * share)[np.isfinite(distinct)].sum())
    return moved / math.sqrt(variance) if variance > 0 else 0.0
