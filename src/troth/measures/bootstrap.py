"""A repeatable bootstrap: Poisson weights from a hash of (cluster, replicate), without any random state.

The weight of a cluster in a replicate depends on nothing but their two numbers, so the same data give the same interval
on every engine, in any order, and in parts.

Source: B. Efron, *Bootstrap methods: another look at the jackknife*, Annals of Statistics 7 (1979); studentized after
P. Hall, *Theoretical comparison of bootstrap confidence intervals*, Annals of Statistics 16 (1988); J. A. Hanley, B.
MacGibbon, *Creating non-parametric bootstrap samples using Poisson frequencies*, Comput. Methods Programs Biomed. 83
(2006); the mixing function is SplitMix64's finalizer (G. L. Steele et al., OOPSLA 2014).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

REPLICATES: Final = 1_000
GROUPS_MAX: Final = 4_096
"""More clusters than this are dealt into so many groups by their number before they are resampled."""

Sample: TypeAlias = tuple[npt.NDArray[np.int64], npt.NDArray[np.float64], npt.NDArray[np.float64]]
"""Clusters, and for each what is above and below the line of the share."""
Floats: TypeAlias = npt.NDArray[np.float64]
Interval: TypeAlias = tuple[float | None, float | None]

_AT_ONCE: Final = 64
"""Samples that are resampled together: some megabytes."""
_GOLDEN: Final = 0x9E3779B97F4A7C15
_BLOCK: Final = 1 << 20
_TOUCH: Final = 1e-12
_ALIKE: Final = 1e-12
"""Rounding of sums must not pass for spread, neither in the sample nor in what is left where squares cancel."""
_CANCELS: Final = 1e-4
"""Squares of which less than this part is left have lost digits: they are summed again, each distance by itself."""


def _table() -> npt.NDArray[np.uint8]:
    """Return the Poisson distribution of mean 1 as a table: the count for each of 2^16 equally likely numbers."""
    cumulated, total, term = [], 0.0, math.exp(-1.0)
    for count in range(1, 12):
        total += term
        cumulated.append(total)
        term /= count
    middles = (np.arange(1 << 16) + 0.5) / (1 << 16)
    return np.searchsorted(np.array(cumulated), middles, side="right").astype(np.uint8)


_COUNTS: Final = _table()


def _mixed(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Return SplitMix64's finalizer of each value (arithmetic modulo 2^64, as intended)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def poisson_weights(clusters: npt.NDArray[np.int64], replicates: int = REPLICATES) -> npt.NDArray[np.uint8]:
    """Return weights, one row for each replicate and one column for each cluster: Poisson of mean 1.

    >>> weights = poisson_weights(np.array([7, 8]), 5)
    >>> weights.shape, bool((weights[:3, 1:] == poisson_weights(np.array([8]), 3)).all())
    ((5, 2), True)
    """
    return _weights_in(np.arange(1, replicates + 1, dtype=np.uint64), clusters)


def _weights_in(numbers: npt.NDArray[np.uint64], clusters: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
    """Return the weights in some replicates, by their numbers from 1: one row for each."""
    seeds = _mixed(numbers * np.uint64(_GOLDEN))
    own = _mixed(clusters.astype(np.uint64) * np.uint64(_GOLDEN))
    weights = np.empty((len(numbers), len(clusters)), dtype=np.uint8)
    step = max(1, _BLOCK // max(1, len(clusters)))
    for start in range(0, len(numbers), step):
        mixed = _mixed(own[None, :] ^ seeds[start : start + step, None])
        weights[start : start + step] = _COUNTS[mixed >> np.uint64(48)]
    return weights


@lru_cache(maxsize=1)
def _dealt() -> npt.NDArray[np.float64]:
    """Return the weights of the groups 0 to `GROUPS_MAX` - 1, one row for each group: all large segments share them."""
    return np.ascontiguousarray(poisson_weights(np.arange(GROUPS_MAX)).T, dtype=np.float64)


def _weighted(
    samples: Sequence[tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]],
) -> Iterator[npt.NDArray[np.float64]]:
    """Yield, for each sample of clusters and rows of values, the weighted sum of each row in every replicate."""
    shared = {
        index: np.stack([np.bincount(clusters, weights=row, minlength=GROUPS_MAX) for row in rows])
        for index, (clusters, rows) in enumerate(samples)
        if clusters.min() >= 0 and clusters.max() < GROUPS_MAX
    }
    # Laid out over all groups, so that every segment uses the one table of weights, and all do so at once.
    answers = np.concatenate(list(shared.values())) @ _dealt() if shared else np.empty((0, REPLICATES))
    done = 0
    for index, (clusters, rows) in enumerate(samples):
        if index in shared:
            yield answers[done : done + len(rows)]
            done += len(rows)
        else:
            yield np.asarray(rows @ poisson_weights(clusters).T.astype(np.float64))


def ratio_interval(
    clusters: npt.NDArray[np.int64], above: npt.NDArray[np.float64], below: npt.NDArray[np.float64]
) -> Interval:
    """Return the 95 % interval of the share sum(above) / sum(below) over resampled clusters; `None` under two.

    The bootstrap is studentized: what is resampled is the distance of the share from the truth in units of its own
    linearised deviation. Percentiles alone are too narrow in small samples where the long lives are the worse ones.

    Rows are put into the order of their clusters first, so that sums, too, are the same for any order of the input.
    Rows of one cluster number get the same weight: they are one cluster.
    """
    return ratio_intervals([(clusters, above, below)])[0]


def ratio_intervals(samples: Sequence[Sample]) -> list[Interval]:
    """Return the intervals of several samples of (clusters, above, below): as `ratio_interval`, and faster."""
    prepared = [_prepared(*sample) for sample in samples]
    found: list[Interval] = [(None, None)] * len(samples)
    whole = [index for index, one in enumerate(prepared) if one is not None]
    for start in range(0, len(whole), _AT_ONCE):
        some = [(index, one) for index in whole[start : start + _AT_ONCE] if (one := prepared[index]) is not None]
        resampled = _weighted([(one.clusters, one.sums) for _, one in some])
        for (index, one), sums in zip(some, resampled, strict=True):
            found[index] = _interval(one, sums)
    return found


class _Prepared(NamedTuple):
    """A sample in the order of its clusters: its share, and what is summed to tell how far a replicate is off."""

    clusters: npt.NDArray[np.int64]
    share: float
    sums: npt.NDArray[np.float64]


def _prepared(
    clusters: npt.NDArray[np.int64], above: npt.NDArray[np.float64], below: npt.NDArray[np.float64]
) -> _Prepared | None:
    """Return a sample to resample, `None` where there is nothing to."""
    if len(clusters) < 2:
        return None
    order = np.lexsort((below, above, clusters))
    above, below = above[order], below[order]
    total = float(np.sum(below))
    if total <= 0:
        return None
    share = float(np.sum(above)) / total
    # What each row has too much or too little: sums of these lose no digits to what all have in common.
    rest = above - share * below
    return _Prepared(clusters[order], share, np.stack([rest, below, rest * rest, rest * below, below * below]))


def _interval(sample: _Prepared, resampled: npt.NDArray[np.float64]) -> Interval:
    """Return the interval of a sample from its sums in every replicate."""
    share = sample.share
    _, deviation = _linearised(sample.sums.sum(axis=1)[:, None], lambda _, shares: _spread(sample, None, shares))
    if deviation[0] <= _TOUCH * max(share, _TOUCH):
        # All are alike, as where nothing went wrong: in every replicate the squares would be summed anew in vain.
        return share, share
    off, deviations = _linearised(resampled, lambda chosen, shares: _spread(sample, chosen, shares))
    # A replicate of one cluster, or of clusters that are all alike, says nothing about distance.
    told = deviations > 0
    if not told.any():
        return share, share
    low, high = np.quantile(off[told] / deviations[told], (0.025, 0.975))
    ends = share - high * deviation[0], share - low * deviation[0]
    return float(min(max(0.0, ends[0]), share)), float(max(min(1.0, ends[1]), share))


def _linearised(
    sums: npt.NDArray[np.float64], again: Callable[[npt.NDArray[np.int64], Floats], Floats]
) -> tuple[Floats, Floats]:
    """Return shares a/b and their deviations by Taylor's linearisation, from sums of a, b, aa, ab, bb; one a column.

    `again` returns the squares of some columns with their shares, summed without taking one great sum from another.
    """
    a, b, aa, ab, bb = sums
    whole = b > 0
    share = np.divide(a, b, out=np.full_like(a, np.nan), where=whole)
    square, scale = aa - 2 * share * ab + share * share * bb, aa + share * share * bb
    doubtful = np.flatnonzero(whole & (square <= _CANCELS * scale))
    if len(doubtful):
        square[doubtful] = again(doubtful, share[doubtful])
    square = np.where(square > _ALIKE * scale, square, 0.0)
    deviation = np.divide(np.sqrt(square), b, out=np.zeros_like(a), where=whole)
    return share, deviation


def _spread(sample: _Prepared, chosen: npt.NDArray[np.int64] | None, shares: Floats) -> Floats:
    """Return the sums of squared distances of a sample's rows from some shares: of the sample, or in replicates."""
    rest, below = sample.sums[0], sample.sums[1]
    found = np.empty(len(shares))
    step = max(1, _BLOCK // max(1, len(rest)))
    for start in range(0, len(shares), step):
        part = slice(start, start + step)
        squares = (rest[None, :] - shares[part, None] * below[None, :]) ** 2
        if chosen is not None:
            squares *= _weights_in(chosen[part].astype(np.uint64) + np.uint64(1), sample.clusters)
        found[part] = squares.sum(axis=1)
    return found
