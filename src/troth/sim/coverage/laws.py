"""Laws of durations, with exact quantiles, and the censoring that hides a given share of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import NormalDist
from typing import Final, TypeAlias

import msgspec
import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]

_NORMAL: Final = NormalDist()
_STEPS: Final = 500


class Law(msgspec.Struct, frozen=True):
    """A law of durations, in units of its own.

    Attributes:
        name: As figures name it.
        quantile: Share → the duration by which that share is over.
        share: Duration → the share that is over by then.
    """

    name: str
    quantile: Callable[[Floats], Floats]
    share: Callable[[float], float]


def _weibull(shape: float) -> Law:
    """Return the law with a hazard that rises (shape above 1), falls (below), or stays (1: exponential)."""

    def quantile(shares: Floats) -> Floats:
        return np.asarray((-np.log1p(-shares)) ** (1 / shape), dtype=np.float64)

    return Law(f"weibull {shape:g}", quantile, lambda time: -math.expm1(-(time**shape)))


def _lognormal(sigma: float) -> Law:
    """Return the law whose logarithm is normal around 0: a long tail."""
    grid = np.linspace(0, 1, 20_001)[1:-1]
    table = np.array([_NORMAL.inv_cdf(float(share)) for share in grid])

    def quantile(shares: Floats) -> Floats:
        return np.asarray(np.exp(sigma * np.interp(shares, grid, table)), dtype=np.float64)

    return Law(f"lognormal {sigma:g}", quantile, lambda time: _NORMAL.cdf(math.log(time) / sigma) if time > 0 else 0.0)


LAWS: Final = (_weibull(1.0), _weibull(0.7), _weibull(1.5), _lognormal(1.0))


def follow_up(law: Law, censored: float) -> float:
    """Return T such that a follow-up uniform on (0, T] censors that share: customers come evenly, the extract ends.

    >>> round(follow_up(LAWS[0], 0.5), 2)
    1.59
    """
    low, high = 1e-6, 1e6
    for _ in range(60):
        middle = math.sqrt(low * high)
        low, high = (middle, high) if _hidden(law, middle) > censored else (low, middle)
    return math.sqrt(low * high)


def _hidden(law: Law, until: float) -> float:
    """Return the share that a follow-up uniform on (0, until] censors: the mean of 1 - F over it."""
    step = until / _STEPS
    return sum(1 - law.share((place + 0.5) * step) for place in range(_STEPS)) / _STEPS


def mean_without(law: Law, until: float) -> float:
    """Return the mean time that is not over, up to a limit: the restricted mean."""
    step = until / _STEPS
    return step * sum(1 - law.share((place + 0.5) * step) for place in range(_STEPS))
