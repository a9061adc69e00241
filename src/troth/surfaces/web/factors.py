"""Factors of harm as they are shown: with as many places as make their product the score that stands beside. Pure."""

from __future__ import annotations

from typing import Final

_LEAST: Final = 2
_MOST: Final = 5


def shown(score: float, whole: int, time: float, value: float) -> tuple[float, float]:
    """Return the factors of time and value as they are shown, so that anybody can check a score by hand.

    Args:
        score: The score, which is shown with one place.
        whole: Severity times people.
        time: How much waiting adds.
        value: How much adds what is at stake.

    >>> shown(24.248, 4, 2.165, 2.8)
    (2.165, 2.8)
    >>> shown(24.19, 4, 2.16012, 2.79967)
    (2.16, 2.8)
    """
    for places in range(_LEAST, _MOST):
        found = round(time, places), round(value, places)
        if round(whole * found[0] * found[1], 1) == round(score, 1):
            return found
    return round(time, _MOST), round(value, _MOST)
