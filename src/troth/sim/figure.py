"""A figure of the score: a value with its definition, its denominator, and the bar that it has to meet."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from troth.model.times import SECOND, Micros


class Figure(msgspec.Struct, frozen=True):
    """One figure.

    Attributes:
        name: Stable name.
        value: How many, of `of`; a duration in seconds where `of` is empty.
        of: The denominator; 0: nothing of the kind happened.
        share: `value / of`; `None` where there is no denominator.
        bar: What it has to meet, in words; empty: it is reported, not judged.
        met: Whether it does; a figure without a bar, or of which nothing happened, does.
        definition: What is counted, of what.
        unit: `""` for counts, `s` for seconds, `/s` for a rate.
    """

    name: str
    value: float
    of: int
    definition: str
    bar: str = ""
    met: bool = True
    unit: str = ""

    @property
    def share(self) -> float | None:
        """Return the value as a share of its denominator."""
        return self.value / self.of if self.of and not self.unit else None


def none_of(name: str, value: int, of: int, definition: str) -> Figure:
    """Return a figure that has to be 0."""
    return Figure(name, value, of, definition, "0", value == 0)


def at_most(name: str, value: int, of: int, share: float, definition: str) -> Figure:
    """Return a figure that may be a share of its denominator at most."""
    return Figure(name, value, of, definition, f"<= {share:.0%}", value <= share * of)


def all_of(name: str, value: int, of: int, definition: str) -> Figure:
    """Return a figure that has to be the whole of its denominator."""
    return Figure(name, value, of, definition, "100 %", value == of)


def counted(name: str, value: int, of: int, definition: str) -> Figure:
    """Return a figure that is only reported."""
    return Figure(name, value, of, definition)


def lasting(name: str, durations: Sequence[Micros], part: float, definition: str) -> Figure:
    """Return a quantile of durations, in seconds; of none, 0."""
    if not durations:
        return Figure(name, 0, 0, definition, unit="s")
    ordered = sorted(durations)
    place = min(len(ordered) - 1, int(part * len(ordered)))
    return Figure(name, round(ordered[place] / SECOND, 1), len(ordered), definition, unit="s")
