"""Durations counted in bins whose width grows with the duration: quantiles of any number of them in little memory.

Each bin is at most 1/16 as wide as it is long, so that a quantile is at most 6 % from the exact one, whatever the
number of durations. Counts of two histograms are added, so that parts of a history can be counted apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from troth.model.times import Micros

_STEPS: Final = 16
"""Bins between a power of two and the next."""


def bin_of(duration: Micros) -> int:
    """Return the bin of a duration; below `_STEPS` microseconds, and below zero, its own.

    >>> bin_of(0), bin_of(15), bin_of(16), bin_of(33) == bin_of(32)
    (0, 15, 16, True)
    """
    if duration < _STEPS:
        return max(duration, 0)
    shift = duration.bit_length() - 5
    return (shift + 1) * _STEPS + (duration >> shift) - _STEPS


def middle_of(number: int) -> Micros:
    """Return the middle of a bin.

    >>> middle_of(bin_of(1_000_000)) / 1_000_000 > 0.96
    True
    """
    if number < 2 * _STEPS:
        return number
    shift = number // _STEPS - 1
    low = (number % _STEPS + _STEPS) << shift
    return low + (1 << shift) // 2


def add(counts: dict[int, int], duration: Micros, times: int = 1) -> None:
    """Count one duration, once or by a weight in whole units."""
    number = bin_of(duration)
    counts[number] = counts.get(number, 0) + times


def quantile(counts: Mapping[int, int], share: float) -> Micros | None:
    """Return the smallest bin's middle with at least that share at or below it; `None` of nothing."""
    total = sum(counts.values())
    if total <= 0:
        return None
    seen = 0
    for number in sorted(counts):
        seen += counts[number]
        if seen >= share * total:
            return middle_of(number)
    raise AssertionError("a share is at most one")
