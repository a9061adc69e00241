"""Objectives: what share of promises, time, waits or cases a service aims at, over which period."""

from __future__ import annotations

from typing import Final

import msgspec

from troth.model.times import DAY, Micros

LEGS: Final = (
    "open_owned", "open_informed", "open_resolved", "resolved_closed", "open_closed",
    "broke_detected", "detected_informed", "informed_closed", "broke_closed",
)  # fmt: skip
"""Legs of a case's life that an objective can speak of; the last four are of kinds with a full life."""

AIMED_AT: Final = {
    "promise_reliability": "promises kept in their first window",
    "status_fidelity": "time in which message, state and action line up",
    "time_to_usable_outcome": "subjects with a usable outcome within the time",
    "exception_closure": "cases through the leg within the time",
}
"""Measure → what the target is a share of."""

TIMED: Final = frozenset({"time_to_usable_outcome", "exception_closure"})
"""Measures of times: their objectives say within which time."""

OVER: Final = 28 * DAY
BURN: Final = 2.0


class Objective(msgspec.Struct, frozen=True):
    """What a service aims at.

    Attributes:
        name: Its name.
        measure: One of `AIMED_AT`.
        target: The share aimed at, above 0, at most 1.
        kind: Promise kind, or case kind; empty where the measure has none.
        over: The period that it is counted over; microseconds.
        within: For times: the target is the share that is there within this time; microseconds.
        leg: For cases: the leg that the time is of.
        by: Attributes in each of whose values it should hold, too.
        burn: Alert when the budget is used so many times as fast as would last the period.
        title: In words.
    """

    name: str
    measure: str
    target: float
    kind: str = ""
    over: Micros = OVER
    within: Micros | None = None
    leg: str = ""
    by: tuple[str, ...] = ()
    burn: float = BURN
    title: str = ""
