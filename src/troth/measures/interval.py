"""Intervals for shares and quantiles, as plain functions of counts."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import numpy.typing as npt

Z95: Final = 1.959963984540054
"""The 97.5 % point of the normal distribution."""
_BELOW: Final = 1 - 1e-12
"""Rounding of a share of the weight must not move a quantile to the next value."""


def wilson(successes: float, n: float, z: float = Z95) -> tuple[float, float] | None:
    """Return the Wilson score interval of a share; `None` of nothing.

    Counts may be fractions: effective counts of a weighted sample.

    >>> low, high = wilson(19618, 21007)
    >>> f"{low:.4f} {high:.4f}"
    '0.9304 0.9372'

    Source: E. B. Wilson, *Probable inference, the law of succession, and statistical inference*, JASA 22 (1927).
    """
    if n <= 0:
        return None
    share = min(1.0, max(0.0, successes / n))
    square = z * z
    middle = share + square / (2 * n)
    half = z * math.sqrt(share * (1 - share) / n + square / (4 * n * n))
    scale = 1 + square / n
    # At the ends the formula is exactly 0 and 1; rounding must not leave the range or the value outside its interval.
    low = 0.0 if share == 0 else max(0.0, (middle - half) / scale)
    high = 1.0 if share == 1 else min(1.0, (middle + half) / scale)
    return min(low, share), max(high, share)


def bounds(successes: float, decided: float, unknown: float) -> tuple[float, float] | None:
    """Return the share if every unknown case were a failure, and if every one were a success; `None` of nothing.

    >>> bounds(1, 2, 2)
    (0.25, 0.75)
    """
    total = decided + unknown
    if total <= 0:
        return None
    return successes / total, (successes + unknown) / total


def effective(weights: float, squares: float) -> float:
    """Return Kish's effective number of cases from the sum of weights and the sum of their squares.

    >>> effective(10.0, 10.0)
    10.0

    Source: L. Kish, *Survey Sampling* (1965), section 11.7.
    """
    return weights * weights / squares if squares > 0 else 0.0


def ratio_effective(successes: float, total: float, groups: int, squares: tuple[float, float, float]) -> float:
    """Return the effective number of cases of a share whose cases come in clusters.

    Taylor linearisation: the variance of k/d is the sum over clusters of (k_c - p d_c)^2, divided by d^2, times c/(c -
    1). The effective number is the n with which p (1 - p) / n is that variance; where the share is 0 or 1, the number
    of clusters.

    Args:
        successes: Sum of k_c.
        total: Sum of d_c.
        groups: Number of clusters with d_c > 0.
        squares: Sums over clusters of k_c^2, k_c d_c, d_c^2.

    Source: W. G. Cochran, *Sampling Techniques* (1977), section 6.4.
    """
    if groups < 2 or total <= 0:
        return float(max(groups, 0))
    share = successes / total
    kk, kd, dd = squares
    variance = max(0.0, kk - 2 * share * kd + share * share * dd) / (total * total) * groups / (groups - 1)
    spread = share * (1 - share)
    if variance <= 1e-15 * spread or spread <= 0:
        return float(groups)
    return spread / variance


def quantile(values: npt.NDArray[np.int64], weights: npt.NDArray[np.float64] | None, share: float) -> int | None:
    """Return the smallest value with at least that share of the weight at or below it; `None` of nothing.

    Args:
        values: Any order, repetitions allowed.
        weights: Weight of each value; `None`: each counts once.
        share: Between 0 and 1.
    """
    size = len(values)
    if not size:
        return None
    if weights is None:
        # As below, but the sums are known: nothing needs to be sorted to find one value.
        index = max(0, math.ceil(share * size * _BELOW) - 1)
        return int(np.partition(values, index)[index])
    order = np.argsort(values, kind="stable")
    cumulated = np.cumsum(weights[order])
    if cumulated[-1] <= 0:
        return None
    index = int(np.searchsorted(cumulated, share * cumulated[-1] * _BELOW))
    return int(values[order][min(index, size - 1)])
