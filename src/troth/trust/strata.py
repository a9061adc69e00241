"""Truth or speed without a model: late against kept among the equally slow, slow against fast among the equally late.

Nothing is assumed about the form of either. What the strata cannot compare, since only late ones or only kept ones are
in them, is said: there a model only reaches out.

Source: K. J. Rothman, S. Greenland, T. L. Lash, *Modern Epidemiology* (2008), 15 (standardisation over strata).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import msgspec
import numpy as np

from troth.trust.figures import REPLICATES, Figure, interval, replicate_weights
from troth.trust.table import Bools, Floats, Ints

FAST: Final = 0.25
"""The fastest quarter."""
_BINS: Final = 20
_LEAST: Final = 10
"""A stratum compares only with so many subjects on either side."""
_QUARTERS: Final = (0.25, 0.5, 0.75)
"""The late fall into four classes of equal size, whatever the unit of the service's time."""


class Strata(msgspec.Struct, frozen=True):
    """What the strata say.

    Attributes:
        truth: Share of all bad outcomes that the late have beyond the kept who waited equally long.
        speed: Share of all bad outcomes that the slower have beyond the fastest quarter of those equally late.
        compared_truth: Weighted share of the late who have somebody to be compared with.
        compared_speed: Weighted share of the slower who have somebody.
        rows: A row a stratum of time taken: its ends in days, kept and late with the share that was bad.
    """

    truth: Figure
    speed: Figure
    compared_truth: float
    compared_speed: float
    rows: Sequence[Stratum]


class Stratum(msgspec.Struct, frozen=True):
    """Those who waited about equally long.

    Attributes:
        since: Least days taken.
        until: Most days taken.
        kept: How many were on time.
        kept_bad: Share of them that was bad; `None`: there is none.
        late: How many were late.
        late_bad: Share of them that was bad; `None`: there is none.
    """

    since: float
    until: float
    kept: int
    kept_bad: float | None
    late: int
    late_bad: float | None


def classes_of(late: Floats) -> tuple[Ints, list[str]]:
    """Return the class of lateness of each, numbered without gaps, and the names of the classes.

    >>> classes_of(np.array([0.0, 0.0, 1.0, 2.0, 3.0, 0.5]))[0].tolist()
    [0, 0, 2, 3, 4, 1]
    """
    some = late[late > 0]
    if not some.size:
        return np.zeros(len(late), dtype=np.int64), ["on time"]
    edges = np.unique(np.quantile(some, _QUARTERS, method="inverted_cdf"))
    place = np.where(late > 0, 1 + np.searchsorted(edges, late, side="left"), 0)
    names = ["on time", f"late by up to {lasting(edges[0])}"]
    names += [f"late by {lasting(low)} to {lasting(high)}" for low, high in pairwise(edges)]
    names.append(f"late by more than {lasting(edges[-1])}")
    present, numbers = np.unique(place, return_inverse=True)
    return numbers.astype(np.int64), [names[number] for number in present]


def lasting(days: float) -> str:
    """Return days in words, in the unit that fits.

    >>> lasting(8.24), lasting(0.25), lasting(0.01)
    ('8.2 days', '6.0 hours', '14 minutes')
    """
    if days >= 1:
        return f"{days:.1f} days"
    return f"{days * 24:.1f} hours" if days * 24 >= 1 else f"{days * 24 * 60:.0f} minutes"


def fast_of(late: Floats, taken: Floats, weights: Floats) -> Floats:
    """Return the time each would have taken, had it been as fast as the fastest quarter of those equally late."""
    classes, labels = classes_of(late)
    found = taken.copy()
    for number in range(len(labels)):
        inside = classes == number
        found[inside] = np.minimum(taken[inside], _quantile(taken[inside], weights[inside], FAST))
    return found


def _quantile(values: Floats, weights: Floats, share: float) -> float:
    """Return a weighted quantile; without weight, that of the values."""
    weights = weights if weights.sum() > 0 else np.ones(len(values))
    order = np.argsort(values, kind="stable")
    place = np.cumsum(weights[order]) / weights.sum()
    return float(values[order][min(int(np.searchsorted(place, share)), len(values) - 1)])


def strata_of(bad: Bools, never: Bools, late: Floats, taken: Floats, weights: Floats, clusters: Ints) -> Strata:
    """Return what late and kept, and slow and fast, have beyond each other, in strata.

    Those never served are in no stratum; their bad outcomes count among all.
    """
    some = ~never
    was, late, taken = weights[some], late[some], taken[some]
    edges = np.unique([_quantile(taken, was, number / _BINS) for number in range(1, _BINS)])
    by_time = np.searchsorted(edges, taken, side="right").astype(np.int64)
    by_late, labels = classes_of(late)
    slow = np.zeros(len(late), dtype=np.bool_)
    for number in range(len(labels)):
        inside = by_late == number
        slow[inside] = taken[inside] > _quantile(taken[inside], was[inside], FAST)
    comparisons = (_Comparison(by_time, late > 0), _Comparison(by_late, slow))
    draw = replicate_weights(clusters)
    values = np.empty((REPLICATES + 1, 2))
    for number in range(REPLICATES + 1):
        now = weights * draw(number - 1) if number else weights
        values[number] = [one.beyond(bad[some], now[some]) / (now @ bad) for one in comparisons]
    truth, speed = (Figure(float(column[0]), *interval(column[1:])) for column in values.T)
    rows = [_row(by_time == number, bad[some], late, taken, was) for number in np.unique(by_time)]
    return Strata(truth, speed, comparisons[0].compared(was), comparisons[1].compared(was), rows)


class _Comparison:
    """Those exposed against those who are not, within strata."""

    def __init__(self, strata: Ints, exposed: Bools) -> None:
        """Find the strata that hold enough of both; they stay the same in every resample."""
        self.count = int(strata.max()) + 1
        self.strata, self.exposed = strata, exposed
        sizes = [np.bincount(strata[side], minlength=self.count) for side in (exposed, ~exposed)]
        self.usable = (sizes[0] >= _LEAST) & (sizes[1] >= _LEAST)

    def beyond(self, bad: Bools, weights: Floats) -> float:
        """Return how many bad outcomes the exposed have beyond the others of their stratum."""
        sums = [self._sums(side, weights) for side in (self.exposed, ~self.exposed)]
        hits = [self._sums(side, weights * bad) for side in (self.exposed, ~self.exposed)]
        with np.errstate(divide="ignore", invalid="ignore"):
            beyond = hits[0] - sums[0] * hits[1] / sums[1]
        usable = self.usable & (sums[1] > 0)
        return float(beyond[usable].sum())

    def compared(self, weights: Floats) -> float:
        """Return the weighted share of the exposed who stand in a usable stratum."""
        sums = self._sums(self.exposed, weights)
        return float(sums[self.usable].sum() / sums.sum()) if sums.sum() > 0 else 0.0

    def _sums(self, side: Bools, weights: Floats) -> Floats:
        """Return the weight of one side in each stratum."""
        found = np.bincount(self.strata[side], weights=weights[side], minlength=self.count)
        return found.astype(np.float64)


def _row(inside: Bools, bad: Bools, late: Floats, taken: Floats, weights: Floats) -> Stratum:
    """Return the counts of one stratum of time taken."""
    sides = [inside & (late <= 0), inside & (late > 0)]
    shares = [
        float(np.average(bad[side], weights=weights[side])) if weights[side].sum() > 0 else None for side in sides
    ]
    return Stratum(
        float(taken[inside].min()),
        float(taken[inside].max()),
        int(sides[0].sum()),
        shares[0],
        int(sides[1].sum()),
        shares[1],
    )
