"""Estimates: a figure with its interval, its count and what is not known."""

from __future__ import annotations

from typing import Any

import msgspec

from troth.model.times import Micros


class Estimate(msgspec.Struct, frozen=True):
    """One row of a measure.

    Attributes:
        measure: Name of the measure.
        segment: Segment name → value; empty for the whole.
        value: The figure; `None` when it cannot be given (no case, or fewer than the minimum count).
        low: Lower end of its 95 % interval.
        high: Upper end of its 95 % interval.
        n: Decided cases behind it.
        unknown: Cases that cannot be decided because facts are unknown.
        bound_low: Value if every unknown case were a failure.
        bound_high: Value if every unknown case were a success.
        as_of: The moment it speaks of.
        figures: The measure's own further figures, by name, in the order to show them.
        note: What a reader must know, such as `insufficient data`; else empty.
    """

    measure: str
    segment: dict[str, Any]
    value: float | None
    low: float | None
    high: float | None
    n: int
    unknown: int
    bound_low: float | None
    bound_high: float | None
    as_of: Micros
    figures: dict[str, Any] = {}
    note: str = ""
