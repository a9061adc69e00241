"""Partial pooling: what a small segment is probably like, given how its neighbours are.

A segment of forty cases that were all kept is hardly perfect, and one that lost five of eight is hardly as bad as that.
Each segment is drawn towards the mean of all by as much as its own cases leave open: a large one keeps its figure, a
small one borrows. How much the segments differ among themselves is learned from them (empirical Bayes), and what the
data leave open about that is averaged over, so that three segments do not pretend to know it.

Shares are beta-binomial. Times are normal on the logarithm of their median. How alike the segments are is averaged
over a grid: flat in the correlation within segments for shares, in variance / (1 + variance) between them for times
(both flat in the variance where it is small, as Morris has it, and bounded where two segments could not bound it). The
mean of the segments is integrated out by its variance, and the interval is that of the distribution with the mean and
variance of the mixture.

Source: C. N. Morris, *Parametric empirical Bayes inference*, JASA 78 (1983); J. C. Kleinman, *Proportions with
extraneous variance*, JASA 68 (1973).
"""

from __future__ import annotations

import dataclasses
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from troth.measures.interval import Z95

Floats: TypeAlias = npt.NDArray[np.float64]

# How much of the way to the common mean a typical segment goes, B in (0, 1), on a grid of equal steps of its logit.
_PULLS: Final = 1 / (1 + np.exp(-np.arange(-12.0, 12.0 + 1e-9, 0.25)))

_LARGE: Final = 50.0


@dataclasses.dataclass(frozen=True)
class Pooled:
    """Pooled figures of segments, in their order, each with its 95 % interval."""

    value: Floats
    low: Floats
    high: Floats


def pool_shares(shares: Floats, cases: Floats) -> Pooled:
    """Return partially pooled shares.

    Args:
        shares: Share of each segment; at least two.
        cases: Cases that it is worth, more than 0; fractional where weighted or clustered.

    >>> pooled = pool_shares(np.array([0.9, 0.88, 0.92, 0.6]), np.array([1e3, 1e3, 1e3, 5.0]))
    >>> [round(float(value), 2) for value in pooled.value]
    [0.9, 0.88, 0.92, 0.8]
    """
    successes = shares * cases
    typical = len(cases) / np.sum(1 / cases)
    weights, means, spreads = [], [], []
    for pull in _PULLS:
        strength = typical * pull / (1 - pull)
        alike = 1 / (1 + strength)
        # Flat in the correlation within segments: a step of the grid covers so much of it.
        prior = alike * (1 - alike)
        own = cases / (1 + (cases - 1) * alike)
        edge = 0.5 / (1 + float(np.sum(cases)))
        mean = float(np.clip(np.sum(own * shares) / np.sum(own), edge, 1 - edge))
        of_mean = mean * (1 - mean) / float(np.sum(own))
        drawn = strength / (cases + strength)
        centre = (successes + strength * mean) / (cases + strength)
        weights.append(_likelihood(successes, cases, mean, strength) + np.log(prior) + 0.5 * np.log(of_mean))
        means.append(centre)
        spreads.append(centre * (1 - centre) / (cases + strength + 1) + drawn * drawn * of_mean)
    value, variance = _mixed(np.array(weights), np.array(means), np.array(spreads))
    return _beta(value, variance)


def pool_times(logarithms: Floats, variances: Floats) -> Pooled:
    """Return partially pooled times: the exponentials of pooled logarithms.

    Args:
        logarithms: Natural logarithm of each segment's median; at least two.
        variances: Its variance, more than 0.
    """
    typical = len(variances) / np.sum(1 / variances)
    weights, means, spreads = [], [], []
    for pull in _PULLS:
        between = typical * (1 - pull) / pull
        prior = between / (1 + between) ** 2
        own = 1 / (variances + between)
        total = float(np.sum(own))
        mean = float(np.sum(own * logarithms)) / total
        drawn = variances * own
        likelihood = 0.5 * float(np.sum(np.log(own) - own * (logarithms - mean) ** 2))
        weights.append(likelihood - 0.5 * np.log(total) + np.log(prior))
        means.append(drawn * mean + (1 - drawn) * logarithms)
        spreads.append(variances * (1 - drawn) + drawn * drawn / total)
    value, variance = _mixed(np.array(weights), np.array(means), np.array(spreads))
    half = Z95 * np.sqrt(variance)
    return Pooled(np.exp(value), np.exp(value - half), np.exp(value + half))


def _mixed(weights: Floats, means: Floats, spreads: Floats) -> tuple[Floats, Floats]:
    """Return mean and variance of each segment over the grid, given the logarithms of the grid's weights."""
    share = np.exp(weights - np.max(weights))
    share = (share / np.sum(share))[:, None]
    value = np.sum(share * means, axis=0)
    variance = np.sum(share * (spreads + (means - value) ** 2), axis=0)
    return value, variance


def _likelihood(successes: Floats, cases: Floats, mean: float, strength: float) -> float:
    """Return the logarithm of the beta-binomial likelihood of all segments, but for a constant."""
    up, down = strength * mean, strength * (1 - mean)
    terms = _rising(up, successes) + _rising(down, cases - successes) - _rising(strength, cases)
    return float(np.sum(terms))


def _rising(base: float, more: Floats) -> Floats:
    """Return log gamma(base + more) - log gamma(base), without loss of digits where the base is large."""
    from scipy.special import gammaln

    if base < _LARGE:
        small: Floats = gammaln(base + more) - gammaln(base)
        return small
    top = base + more
    large: Floats = (base - 0.5) * np.log1p(more / base) + more * (np.log(top) - 1) + _stirling(top) - _stirling(base)
    return large


def _stirling(x: Floats | float) -> Floats | float:
    """Return the tail of Stirling's series, exact to the last digit from 50 on."""
    square = x * x
    return (1 / 12 - (1 / 360 - 1 / (1260 * square)) / square) / x


def _beta(value: Floats, variance: Floats) -> Pooled:
    """Return shares with the 95 % interval of the beta distribution that has this mean and variance."""
    from scipy.special import betaincinv

    size = np.maximum(value * (1 - value) / variance - 1, 1e-6)
    low = betaincinv(value * size, (1 - value) * size, 0.025)
    high = betaincinv(value * size, (1 - value) * size, 0.975)
    return Pooled(value, np.minimum(low, value), np.maximum(high, value))
