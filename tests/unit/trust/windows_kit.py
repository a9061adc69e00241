"""A firm whose durations are drawn from a known distribution: what windows are worth can be told exactly."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from troth.model.times import DAY, FOREVER, HOUR, Micros, parse_instant
from troth.trust.windows_past import Past, past_of

START: Micros = parse_instant("2026-01-05T00:00:00Z")
PLACES = ("north", "south", "west")


def a_history(
    *,
    count: int = 1_500,
    days: int = 200,
    seed: int = 1,
    until: Micros | None = None,
    slower: float = 1.0,
    never: float = 0.0,
    promised_days: float = 6.0,
    thin: int = 0,
) -> Past:
    """Return promises whose durations are log-normal about two days in the north, four in the south, eight in the west.

    Args:
        count: How many, spread evenly over the days.
        days: How long they are made for.
        seed: Of the draws.
        until: What happens after this moment has not happened; `None`: everything has.
        slower: From half of the days on, durations are so many times as long.
        never: This share is never kept; it is known after ten days.
        promised_days: The date promised then, the same for all.
        thin: So many of a place of their own, `islet`, among the later half.
    """
    draws = np.random.default_rng(seed)
    made = START + (np.arange(count) * (days * DAY // count))
    place = draws.integers(0, 3, count)
    took = 2.0 ** (place + 1) * np.exp(0.4 * draws.standard_normal(count))
    took = np.where(made >= START + days // 2 * DAY, took * slower, took)
    names = [PLACES[one] for one in place]
    for one in range(thin):
        names[count // 2 + one * 7] = "islet"
    lost = draws.random(count) < never
    kept = np.where(lost, FOREVER, made + (took * DAY).astype(np.int64))
    ended = np.where(lost, made + 10 * DAY, FOREVER)
    if until is not None:
        kept = np.where(kept <= until, kept, FOREVER)
        ended = np.where(ended <= until, ended, FOREVER)
    rows: dict[str, Any] = {
        "subject": [f"order/{one}" for one in range(count)],
        "made": made.tolist(),
        "kept": [None if one >= FOREVER else int(one) for one in kept],
        "ended": [None if one >= FOREVER else int(one) for one in ended],
        "limit": (made + int(promised_days * DAY)).tolist(),
    }
    return past_of("day", rows, {"place": names, "size": (draws.random(count) * 10).tolist()}, {"void": 3})


def end_of(past: Past) -> Micros:
    """Return a moment by which everything has happened that will."""
    return int(past.made[-1]) + 400 * DAY


def quantile_days(place: int, level: float) -> float:
    """Return the true quantile of a place's durations: log-normal, without drift."""
    low, high = -10.0, 10.0
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if (1 + math.erf(middle / math.sqrt(2))) / 2 < level else (low, middle)
    return float(2.0 ** (place + 1) * math.exp(0.4 * low))


NOON: Micros = START + 12 * HOUR
