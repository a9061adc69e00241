"""Conformal limits from scores of which some are only known to be greater than observed.

A limit is the score under which a stated share of earlier promises were kept, with one more promise, the one to come,
counted as never kept: this is what makes the share hold for it, too. Promises still open enter with the score that
they have reached, as right-censored: the share is Kaplan and Meier's, and without open ones it is the plain conformal
quantile. What is known never to come stays at risk for ever: no limit reaches it.

Source: V. Vovk, A. Gammerman, G. Shafer, *Algorithmic learning in a random world* (2005); Y. Romano, E. Patterson, E.
Candès, *Conformalized quantile regression*, NeurIPS 2019; R. Barber et al., *Conformal prediction beyond
exchangeability*, Annals of Statistics 51 (2023) for weights; E. Kaplan, P. Meier, JASA 53 (1958).
"""

from __future__ import annotations

import dataclasses
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from troth.trust.windows_past import Floats, Truths

LEAST: Final = 100
"""A segment needs so many promises' worth of weight to have limits of its own."""
BEYOND: Final = 10.0
"""And so many beyond the limit: at 95 % two hundred; four times as many where no limit is reached."""
NEVER: Final = 40.0


@dataclasses.dataclass(frozen=True)
class Curve:
    """The share of promises kept by each score.

    Attributes:
        scores: Scores at which promises were kept, ascending.
        share: Share kept by then, the one to come counted as never kept.
        below: The same with the one to come counted as kept before all others: for lower limits.
        n: How many promises' worth of weight it rests on (Kish): of those that were kept, or are overdue.
    """

    scores: Floats
    share: Floats
    below: Floats
    n: float

    def upper(self, levels: Floats) -> Floats:
        """Return the least score by which each share is reached; infinite: it is not reached."""
        place = np.searchsorted(self.share, levels - 1e-12, side="left")
        return np.append(self.scores, np.inf)[place]

    def lower(self, levels: Floats) -> Floats:
        """Return the greatest score before which no more than each share were kept; minus infinity: there is none."""
        place = np.searchsorted(self.below, levels + 1e-12, side="right")
        return np.insert(self.scores, 0, -np.inf)[place]

    def beyond(self, scores: Floats) -> Floats:
        """Return the share that is still open at scores; never 0, since one may always be to come."""
        place = np.searchsorted(self.scores, scores, side="right")
        return np.insert(1 - self.share, 0, 1.0)[place]

    def enough(self, levels: Floats, limits: Floats) -> Truths:
        """Return for which levels it rests on enough promises; to say that a level is never reached takes more."""
        beyond = np.where(np.isfinite(limits), BEYOND, NEVER)
        return np.asarray((self.n >= LEAST) & (self.n * (1 - levels) >= beyond))


def curve_of(scores: Floats, kept: Truths, weight: Floats) -> Curve:
    """Return the curve of scores.

    Args:
        scores: Of each promise: the score at which it was kept, or that it has reached unkept; infinite: it never will
            be kept.
        kept: Which were kept.
        weight: How much each counts; positive.
    """
    total = float(weight.sum())
    squares = float((weight * weight).sum())
    if total <= 0:
        return Curve(np.empty(0), np.empty(0), np.empty(0), 0.0)
    # What was kept at a score comes before what is still open at it.
    order = np.lexsort((~kept, scores))
    ordered, events, mass = scores[order], kept[order], weight[order]
    coming = squares / total
    at_risk = np.cumsum(mass[::-1])[::-1]
    # It weighs like those that are at risk with it: where old ones are left only, a new one would outweigh them all.
    one_more = np.cumsum((mass * mass)[::-1])[::-1] / at_risk
    # Those that were made just now are at risk and tell nothing yet: kept, or past the predicted middle, counts.
    telling = mass[events | (ordered > 0)]
    n = float(telling.sum() ** 2 / (telling * telling).sum()) if len(telling) else 0.0
    share = 1 - np.cumprod(1 - np.where(events, mass, 0.0) / (at_risk + one_more))
    alone = 1 - np.cumprod(1 - np.where(events, mass, 0.0) / at_risk)
    # Just before a score: what the earlier ones have reached, the one to come on top.
    before = np.concatenate(([0.0], alone[:-1]))
    below = (before * total + coming) / (total + coming)
    return Curve(_float(ordered[events]), _float(share[events]), _float(below[events]), n)


def _float(values: npt.NDArray[np.floating[Any]]) -> Floats:
    return np.asarray(values, dtype=np.float64)
