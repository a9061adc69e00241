"""The machine's clock: the one place where the present moment comes from."""

from __future__ import annotations

import time

from troth.model.times import Micros


def wall_clock() -> Micros:
    """Return the present moment; microseconds since 1970 UTC."""
    return time.time_ns() // 1_000
