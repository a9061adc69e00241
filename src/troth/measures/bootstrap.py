"""A repeatable bootstrap: Poisson weights from a hash of (cluster, replicate), without any random state.

The weight of a cluster in a replicate depends on nothing but their two numbers, so the same data give the same interval
on every engine, in any order, and in parts.

Source: B. Efron, *Bootstrap methods: another look at the jackknife*, Annals of Statistics 7 (1979); J. A. Hanley, B.
MacGibbon, *Creating non-parametric bootstrap samples using Poisson frequencies*, Comput. Methods Programs Biomed. 83
(2006); the mixing function is SplitMix64's finalizer (G. L. Steele et al., OOPSLA 2014).
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import numpy.typing as npt

REPLICATES: Final = 1_000
GROUPS_MAX: Final = 4_096
"""More clusters than this are dealt into so many groups by their number before they are resampled."""

_GOLDEN: Final = 0x9E3779B97F4A7C15
_MASK: Final = 2**64 - 1
_BLOCK: Final = 1 << 20


def _thresholds() -> npt.NDArray[np.uint64]:
    """Return the cumulative distribution of a Poisson variable of mean 1 on the scale of 64-bit numbers."""
    cumulated, total, term = [], 0.0, math.exp(-1.0)
    for count in range(1, 20):
        total += term
        cumulated.append(min(int(total * 2**64), _MASK))
        term /= count
    return np.array(cumulated, dtype=np.uint64)


_CUMULATED: Final = _thresholds()


def _mixed(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Return SplitMix64's finalizer of each value (arithmetic modulo 2^64, as intended)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def poisson_weights(clusters: npt.NDArray[np.int64], replicates: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return weights, one row for each replicate and one column for each cluster: Poisson of mean 1.

    >>> ones = poisson_weights(np.array([7]), np.array([0, 1]))
    >>> bool((ones == poisson_weights(np.array([7]), np.array([0, 1]))).all())
    True
    """
    seeds = _mixed((replicates.astype(np.uint64) + np.uint64(1)) * np.uint64(_GOLDEN))
    mixed = _mixed(_mixed(clusters.astype(np.uint64) * np.uint64(_GOLDEN))[None, :] ^ seeds[:, None])
    return np.searchsorted(_CUMULATED, mixed, side="right").astype(np.int64)


def ratio_interval(
    clusters: npt.NDArray[np.int64],
    above: npt.NDArray[np.float64],
    below: npt.NDArray[np.float64],
    replicates: int = REPLICATES,
) -> tuple[float | None, float | None]:
    """Return the 95 % percentile interval of sum(above) / sum(below) over resampled clusters; `None` under two.

    Rows are put into the order of their clusters first, so that sums, too, are the same for any order of the input.
    Rows of one cluster number get the same weight: they are one cluster.
    """
    if len(clusters) < 2:
        return None, None
    order = np.lexsort((below, above, clusters))
    clusters, sums = clusters[order], np.stack([above[order], below[order]], axis=1)
    step = max(1, _BLOCK // len(clusters))
    ratios = []
    for start in range(0, replicates, step):
        chosen = np.arange(start, min(start + step, replicates))
        totals = poisson_weights(clusters, chosen).astype(np.float64) @ sums
        kept = totals[totals[:, 1] > 0]
        ratios.append(kept[:, 0] / kept[:, 1])
    drawn = np.concatenate(ratios)
    if not len(drawn):
        return None, None
    low, high = np.quantile(drawn, (0.025, 0.975))
    return float(low), float(high)
