"""Comparing segments: each partially pooled, each held against the rest, and corrected for how many are compared.

Columns are added to the rows of any measure that is asked with segments; the value itself and its n stay as they are.

Source: Y. Benjamini, Y. Hochberg, *Controlling the false discovery rate*, JRSS B 57 (1995); the test of two shares is
Pearson's with (N - 1)/N after I. Campbell, Statistics in Medicine 26 (2007).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Literal, TypeAlias

import msgspec
import numpy as np

from troth.measures.interval import Z95
from troth.measures.pooling import Floats, Pooled, pool_shares, pool_times
from troth.measures.question import Question
from troth.model.estimate import Estimate

Scale: TypeAlias = Literal["share", "time", "none"]
"""What a measure's value is: a share between 0 and 1, a time (compared by its logarithm), or nothing to pool."""

COMPARED: Final[Mapping[str, str]] = {
    "rank": "place among the segments of its kind by `pooled` (by the value where there is none), 1 being the worst",
    "pooled": "the value drawn towards the other segments by as much as its own cases leave open; null: cannot be",
    "pooled_low": "its 95 % interval",
    "pooled_high": "its upper end",
    "q": "false discovery rate at which the segment differs from the rest (Benjamini-Hochberg over its kind)",
}
"""The columns that every measure has with segments."""

_NONE: Final[Mapping[str, Any]] = {"pooled": None, "pooled_low": None, "pooled_high": None, "q": None}


def cases_behind(share: float, low: float | None, high: float | None, n: int) -> float:
    """Return how many independent cases a share is worth: as many as make Wilson's interval as wide as its own.

    An interval of no width, or none at all, says nothing about spread: then each of the n counts once.

    >>> from troth.measures.interval import wilson
    >>> round(cases_behind(0.3, *wilson(12, 40), 40), 9)
    40.0
    """
    if low is None or high is None or high <= low:
        return float(n)
    square, width, spread = Z95 * Z95, high - low, 4 * share * (1 - share)
    # Wilson's width solved for n: width^2 x^2 - spread square x + square^2 (spread - 1) = 0 with x = n + square.
    root = math.sqrt(spread * spread + 4 * width * width * max(0.0, 1 - spread))
    return max(square * (spread + root) / (2 * width * width) - square, 1e-9)


def variance_behind(value: float, low: float | None, high: float | None, n: int) -> float:
    """Return the variance of the logarithm of a median, from its interval.

    Where only one end is known, that side speaks for both. Where the ends are equal (times rounded to the same day) or
    there are none, it is that of n waiting times without memory, 1 / (n log(2)^2).
    """
    low = low if low is not None and low > 0 else None
    if low is not None and high is not None and high > low:
        return (math.log(high / low) / (2 * Z95)) ** 2
    if low is not None and high is None and low < value:
        return (math.log(value / low) / Z95) ** 2
    return 1 / (max(n, 1) * math.log(2) ** 2)


def false_discovery_rates(chances: Sequence[float]) -> list[float]:
    """Return the q-value of each p-value, by Benjamini and Hochberg's step-up procedure.

    >>> false_discovery_rates([0.01, 0.04, 0.03])
    [0.03, 0.04, 0.04]
    """
    order = sorted(range(len(chances)), key=lambda index: chances[index], reverse=True)
    found, least = [0.0] * len(chances), 1.0
    for place, index in enumerate(order):
        least = min(least, chances[index] * len(chances) / (len(chances) - place))
        found[index] = least
    return found


def compared(
    rows: Sequence[Estimate], question: Question, group: Callable[[Estimate], Any], scale: Scale
) -> list[Estimate]:
    """Return the rows with `pooled`, `pooled_low`, `pooled_high` and `q`, in their order.

    Rows are compared within their group (kind, leg). Every row with a value lends strength to the others and is pooled;
    only those with enough cases are tested.

    Args:
        rows: Estimates of all segments.
        question: What was asked.
        group: What a row is compared within.
        scale: What the value is.
    """
    together: dict[Any, list[int]] = {}
    for index, row in enumerate(rows):
        if _fit(row, scale):
            together.setdefault(group(row), []).append(index)
    added: dict[int, dict[str, Any]] = {}
    for places in together.values():
        if len(places) >= 2:
            added |= dict(zip(places, _group([rows[place] for place in places], question, scale), strict=True))
    return [
        msgspec.structs.replace(row, figures={**row.figures, **added.get(index, _NONE)})
        for index, row in enumerate(rows)
    ]


def _fit(row: Estimate, scale: Scale) -> bool:
    """Return whether a row can be pooled: it has cases and a value on the scale (no time at all has no logarithm)."""
    if scale == "none" or row.value is None or row.n <= 0:
        return False
    return 0 <= row.value <= 1 if scale == "share" else row.value > 0


def _group(rows: Sequence[Estimate], question: Question, scale: Scale) -> list[dict[str, Any]]:
    """Return the added columns of the rows of one group."""
    values = np.array([row.value for row in rows], dtype=np.float64)
    if scale == "share":
        cases = np.array([_cases(row) for row in rows])
        pooled, chances = pool_shares(values, cases), _against_the_rest(values, cases)
    else:
        spread = np.array([variance_behind(float(row.value or 0), row.low, row.high, row.n) for row in rows])
        pooled, chances = pool_times(np.log(values), spread), _times_against_the_rest(np.log(values), spread)
    tested = [index for index, row in enumerate(rows) if row.n >= question.minimum]
    rates = dict(zip(tested, false_discovery_rates([chances[index] for index in tested]), strict=True))
    return [_columns(pooled, index, rates.get(index)) for index in range(len(rows))]


def _cases(row: Estimate) -> float:
    """Return the cases that a row is worth: by the wider of its interval and that over clusters."""
    share, figures = float(row.value or 0), row.figures
    own = cases_behind(share, row.low, row.high, row.n)
    clustered = figures.get("cluster_low"), figures.get("cluster_high")
    return own if None in clustered else min(own, cases_behind(share, *clustered, row.n))


def _columns(pooled: Pooled, index: int, rate: float | None) -> dict[str, Any]:
    return {
        "pooled": float(pooled.value[index]),
        "pooled_low": float(pooled.low[index]),
        "pooled_high": float(pooled.high[index]),
        "q": rate,
    }


def _against_the_rest(shares: Floats, cases: Floats) -> list[float]:
    """Return the two-sided chance of so great a difference between each share and that of all others together."""
    successes, total = shares * cases, float(np.sum(cases))
    common = float(np.sum(successes)) / total
    others = total - cases
    rest = (float(np.sum(successes)) - successes) / others
    variance = common * (1 - common) * (1 / cases + 1 / others) * total / max(total - 1, 1e-9)
    return _two_sided(shares - rest, variance)


def _times_against_the_rest(logarithms: Floats, variances: Floats) -> list[float]:
    """Return the same for medians on the logarithmic scale, the rest weighted by precision."""
    precision = 1 / variances
    others = _all_but_each(precision)
    rest = _all_but_each(precision * logarithms) / others
    return _two_sided(logarithms - rest, variances + 1 / others)


def _all_but_each(values: Floats) -> Floats:
    """Return for each value the sum of all others, added up and not taken away: beside a huge one they would vanish."""
    before = np.concatenate(([0.0], np.cumsum(values)[:-1]))
    after = np.concatenate((np.cumsum(values[::-1])[::-1][1:], [0.0]))
    return before + after


def _two_sided(differences: Floats, variances: Floats) -> list[float]:
    # Without any spread (all kept) nothing differs.
    return [
        math.erfc(abs(float(difference)) / math.sqrt(2 * float(variance))) if variance > 0 else 1.0
        for difference, variance in zip(differences, variances, strict=True)
    ]
