"""Sums of sampling weights beside counts: exact, so that they do not hang on the order of adding up.

A weight says how many like it a subject stands for. It is summed as a whole number of 2^-60: sums of parts of a history
add up to the same number however the history was cut.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from troth.measures.interval import wilson
from troth.measures.segment import refuse_negative

_UNIT: Final = 1 << 60

MINIMUM: Final = 30
"""Cases below which no share is given: insufficient data."""


class Weight(msgspec.Struct, frozen=True):
    """The weight of one subject, in whole units.

    Attributes:
        sum: The weight.
        square: Its square.
    """

    sum: int
    square: int

    @property
    def value(self) -> float:
        """Return the weight as it was given."""
        return self.sum / _UNIT


def weight_of(attributes: Mapping[str, Any], name: str) -> Weight | None:
    """Return a subject's weight; `None` where it has none that is a number.

    Raises:
        MeasureError: Q107, it is negative.
    """
    found = attributes.get(name)
    value = None if found is None else found.value
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    refuse_negative(value, "backtest", name)
    whole = round(value * _UNIT)
    return Weight(whole, whole * whole)


class Total(msgspec.Struct, frozen=True):
    """How many there are, and how many they stand for.

    Attributes:
        count: How many.
        sum, square: Of the weights of these, in whole units; 0 where none is asked for.
    """

    count: int = 0
    sum: int = 0
    square: int = 0

    def __add__(self, other: Total) -> Total:
        """Return both together."""
        return Total(self.count + other.count, self.sum + other.sum, self.square + other.square)

    @property
    def stands_for(self) -> float:
        """Return how many the cases stand for."""
        return self.sum / _UNIT

    @property
    def effective(self) -> float:
        """Return Kish's effective number of cases: the square of the sum over the sum of the squares.

        In whole numbers what `troth.measures.interval.effective` is in fractions.

        Source: L. Kish, *Survey Sampling* (1965), section 11.7.
        """
        return self.sum * self.sum / self.square if self.square else 0.0


class Weighted(msgspec.Struct, frozen=True):
    """A share of the weight, beside one that was counted.

    Attributes:
        share: The share; `None` of fewer effective cases than the minimum.
        low, high: Its interval at 95 %; `None` where no share is given.
        effective: The effective number of cases that the interval rests on.
        stands_for: How many all cases stand for.
    """

    share: float | None = None
    low: float | None = None
    high: float | None = None
    effective: float = 0.0
    stands_for: float = 0.0


def weighted(part: Total, of: Total) -> Weighted:
    """Return the weighted share of a part.

    >>> one = weighted(Total(10, 20, 40), Total(40, 80, 160))
    >>> one.share, one.effective
    (0.25, 40.0)
    """
    cases = of.effective
    if of.sum <= 0 or cases < MINIMUM * (1 - 1e-12):
        return Weighted(None, None, None, cases, of.stands_for)
    share = part.sum / of.sum
    low, high = wilson(share * cases, cases) or (None, None)
    return Weighted(share, low, high, cases, of.stands_for)
