"""How well probabilities foretell: area under the ROC curve, calibration error, what the riskiest tenth holds.

All figures take weights (of sampling, of a bootstrap replicate) and do not hang on the order of the rows: rows of one
probability share their rank, and where a line must be drawn between them, the subjects' numbers decide.

Source: T. Fawcett, *An introduction to ROC analysis*, Pattern Recognition Letters 27 (2006); M. Pakdaman Naeini, G.
Cooper, M. Hauskrecht, *Obtaining well calibrated probabilities using Bayesian binning*, AAAI (2015).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec
import numpy as np

from troth.measures.bootstrap import GROUPS_MAX, poisson_weights
from troth.trust.table import Bools, Floats, Ints

REPLICATES: Final = 200
BINS: Final = 10
TENTH: Final = 0.1


class Figure(msgspec.Struct, frozen=True):
    """A figure with its 95 % interval; an end is `None` where no interval can be given."""

    value: float
    low: float | None = None
    high: float | None = None


class Bin(msgspec.Struct, frozen=True):
    """A tenth of the subjects by probability.

    Attributes:
        subjects: How many there are.
        foretold: Mean probability.
        found: Share that was bad.
    """

    subjects: int
    foretold: float
    found: float


class Scored(msgspec.Struct, frozen=True):
    """Probabilities and what came of them, a row a subject.

    Attributes:
        chance: Probability of a bad outcome.
        bad: Whether it was bad.
        weights: How many subjects each stands for.
        clusters: The customer's number: subjects of one customer are resampled together.
        numbers: The subject's own number; decides between equal probabilities.
    """

    chance: Floats
    bad: Bools
    weights: Floats
    clusters: Ints
    numbers: Ints


def area(chance: Floats, bad: Bools, weights: Floats) -> float:
    """Return the area under the ROC curve: the chance that a bad outcome had the higher probability than a good one.

    Equal probabilities count half. NaN when all outcomes are alike.

    >>> area(np.array([0.1, 0.4, 0.35, 0.8]), np.array([False, False, True, True]), np.ones(4))
    0.75
    """
    order = np.argsort(chance, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(chance[order]) > 0])
    return _area(starts, (weights * bad)[order], (weights * ~bad)[order])


def _area(starts: Ints, bad: Floats, good: Floats) -> float:
    """Return the area from weights in the order of probability; `starts` are the first rows of equal ones."""
    bad, good = np.add.reduceat(bad, starts), np.add.reduceat(good, starts)
    total = bad.sum() * good.sum()
    return float(bad @ (np.cumsum(good) - good / 2) / total) if total > 0 else float("nan")


def bins_of(scored: Scored) -> list[Bin]:
    """Return the subjects in ten bins of equal weight, the least probable first."""
    order = np.lexsort((scored.numbers, scored.chance))
    weights = scored.weights[order]
    middle = (np.cumsum(weights) - weights / 2) / weights.sum()
    place = np.minimum((middle * BINS).astype(np.int64), BINS - 1)
    found = []
    for number in range(BINS):
        inside = (place == number) & (weights > 0)
        if inside.any():
            share = weights[inside]
            found.append(
                Bin(
                    int(inside.sum()),
                    float(np.average(scored.chance[order][inside], weights=share)),
                    float(np.average(scored.bad[order][inside], weights=share)),
                )
            )
    return found


def calibration_error(scored: Scored) -> float:
    """Return the expected calibration error: the mean over ten bins of equal weight of |foretold - found|."""
    found = bins_of(scored)
    return float(np.mean([abs(one.foretold - one.found) for one in found])) if found else float("nan")


def riskiest(scored: Scored, share: float = TENTH) -> Bools:
    """Return who belongs to the riskiest share of the subjects by weight; the last one may be there in part."""
    order = np.lexsort((scored.numbers, -scored.chance))
    weights = scored.weights[order]
    before = np.cumsum(weights) - weights
    chosen = np.zeros(len(order), dtype=np.bool_)
    chosen[order] = (before < share * weights.sum()) & (weights > 0)
    return chosen


def found_in_riskiest(scored: Scored, weights: Floats, share: float = TENTH) -> float:
    """Return the share of all bad outcomes that the riskiest share of the subjects holds."""
    order = np.lexsort((scored.numbers, -scored.chance))
    return _captured(weights[order], scored.bad[order], share)


def _captured(weights: Floats, bad: Bools, share: float) -> float:
    """Return the captured share of rows in the order of risk; the one on the line counts in part."""
    limit = share * weights.sum()
    inside = np.clip(limit - (np.cumsum(weights) - weights), 0.0, weights)
    total = (weights * bad).sum()
    return float((inside * bad).sum() / total) if total > 0 else float("nan")


def replicate_weights(clusters: Ints, count: int = REPLICATES) -> Callable[[int], Floats]:
    """Return a function from the number of a replicate to the Poisson weight of every row, equal within a cluster."""
    # Many clusters are dealt into groups by their number: the interval is the same but for noise, at bounded memory.
    numbers, place = np.unique(clusters, return_inverse=True)
    if len(numbers) > GROUPS_MAX:
        numbers, place = np.arange(GROUPS_MAX), clusters % GROUPS_MAX
    table = poisson_weights(numbers.astype(np.int64), count)
    return lambda number: table[number][place].astype(np.float64)


def interval(values: Floats) -> tuple[float | None, float | None]:
    """Return the 2.5th and 97.5th percentile of a figure's replicates; nothing where too few of them exist."""
    known = values[np.isfinite(values)]
    if known.size < 0.9 * values.size or known.size == 0:
        return None, None
    low, high = np.quantile(known, [0.025, 0.975])
    return float(low), float(high)


def area_figure(scored: Scored, other: Floats | None = None) -> tuple[Figure, Figure | None]:
    """Return the area with its interval, and the gain over another model's probabilities of the same subjects."""
    draw = replicate_weights(scored.clusters)
    areas, gains = np.empty(REPLICATES), np.empty(REPLICATES)
    rival = _ranked(scored, other) if other is not None else None
    own = _ranked(scored, scored.chance)
    for number in range(REPLICATES):
        weights = scored.weights * draw(number)
        areas[number] = own(weights)
        gains[number] = areas[number] - rival(weights) if rival is not None else 0.0
    value = own(scored.weights)
    figure = Figure(value, *interval(areas))
    return figure, None if rival is None else Figure(value - rival(scored.weights), *interval(gains))


def _ranked(scored: Scored, chance: Floats) -> Callable[[Floats], float]:
    """Return the area as a function of the weights, the rows being sorted once."""
    order = np.argsort(chance, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(chance[order]) > 0])
    bad = scored.bad[order]
    return lambda weights: _area(starts, weights[order] * bad, weights[order] * ~bad)


def riskiest_figure(scored: Scored) -> Figure:
    """Return the share of bad outcomes in the riskiest tenth, with its interval."""
    order = np.lexsort((scored.numbers, -scored.chance))
    draw, bad = replicate_weights(scored.clusters), scored.bad[order]
    found = [_captured((scored.weights * draw(number))[order], bad, TENTH) for number in range(REPLICATES)]
    return Figure(found_in_riskiest(scored, scored.weights), *interval(np.array(found)))
