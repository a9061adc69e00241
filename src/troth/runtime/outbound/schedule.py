"""When a failed delivery is tried again: exponential backoff with full jitter, then a dead letter."""

from __future__ import annotations

from random import Random
from typing import Final

from troth.model.times import HOUR, MINUTE, SECOND, Micros

WAITS: Final[tuple[Micros, ...]] = (
    5 * SECOND,
    5 * MINUTE,
    1 * HOUR,
    4 * HOUR,
    12 * HOUR,
    12 * HOUR,
    12 * HOUR,
    12 * HOUR,
    12 * HOUR,
)
"""The mean wait after the first, second, … failed attempt: ten attempts over 65 hours in the mean.

Source: Standard Webhooks 1.0.0 recommends a schedule over several days; full jitter after Brooker (2015),
*Exponential Backoff and Jitter*.
"""

ATTEMPTS: Final = len(WAITS) + 1
"""After so many failed attempts a delivery is a dead letter."""


def wait_after(failed: int, random: Random) -> Micros:
    """Return how long to wait after so many failed attempts: anything between nothing and twice the mean.

    Args:
        failed: Failed attempts so far, at least 1 and less than `ATTEMPTS`.
        random: Where the jitter comes from.
    """
    assert 1 <= failed < ATTEMPTS, "the last attempt is followed by no wait"
    return round(random.uniform(0, 2 * WAITS[failed - 1]))
