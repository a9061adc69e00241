"""Scales, ticks, and how much room a text takes. Pure arithmetic."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import msgspec

EM: Final = 12.0
"""Size of a chart's text, in its own units."""

_WIDE: Final = 0.58
"""Mean width of a character in parts of its size: a little more than that of common sans-serif faces."""

_LEAST: Final = 1e-300
_MOST: Final = 1e300
"""Values between which every step is a number: not lost in the last bits of a double, and not beyond its end."""


_STEPS: Final = 5
"""How many steps a scale has at the most, about."""


class Scale(msgspec.Struct, frozen=True):
    """A straight line from values to places.

    Attributes:
        low, high: The values at both ends; different from each other.
        start, end: Their places.
    """

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Return the place of a value; one beyond an end lies at the end.

        >>> Scale(0, 10, 0, 100)(2.5), Scale(0, 1, 100, 0)(2.0)
        (25.0, 0.0)
        """
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)


def ticks(high: float) -> list[float]:
    """Return round values from 0 to at least `high`, in steps of 1, 2 or 5 times a power of ten.

    Where `high` is nothing, or so small or large that its steps are no numbers, they are 0 and 1.

    >>> ticks(0.083), ticks(7)
    ([0.0, 0.02, 0.04, 0.06, 0.08, 0.1], [0.0, 2.0, 4.0, 6.0, 8.0])
    >>> ticks(3e-242), ticks(0.0)
    ([0.0, 1e-242, 2e-242, 3e-242], [0.0, 1.0])
    """
    if not _LEAST <= high <= _MOST:
        return [0.0, 1.0]
    rough = high / _STEPS
    exponent = math.floor(math.log10(rough))
    power = 10.0**exponent
    step = next(one * power for one in (1, 2, 5, 10) if one * power >= rough * (1 - 1e-9))
    count = math.ceil(high / step - 1e-9)
    return [round(number * step, -exponent) for number in range(count + 1)]


def width_of(text: str, size: float = EM) -> float:
    """Return about how wide a text is, a little more rather than less."""
    return sum(1.0 if ord(letter) > 0x2E80 else _WIDE for letter in text) * size


def cut(text: str, room: float, size: float = EM) -> str:
    """Return a text that fits a room, cut with an ellipsis where it has to be.

    >>> cut("a long label", 40), cut("short", 40)
    ('a lo…', 'short')
    """
    if width_of(text, size) <= room:
        return text
    count = max(1, int(room / (_WIDE * size)) - 1)
    return f"{text[:count].rstrip()}…"


def thinned(labels: Sequence[str], places: Sequence[float], gap: float = 8.0) -> list[int]:
    """Return which labels can be written at their places without touching one another; the first and the last first."""
    if not labels:
        return []
    chosen = [0]
    taken = [(places[0] - width_of(labels[0]) / 2, places[0] + width_of(labels[0]) / 2)]
    for index in (len(labels) - 1, *range(1, len(labels) - 1)):
        half = width_of(labels[index]) / 2
        span = (places[index] - half - gap, places[index] + half + gap)
        if index not in chosen and all(span[1] <= low or high <= span[0] for low, high in taken):
            chosen.append(index)
            taken.append((span[0] + gap, span[1] - gap))
    return sorted(chosen)
