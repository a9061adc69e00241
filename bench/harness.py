"""Measures a subject and its floor in turns and compares them.

A figure is a ratio to a floor of the same run, never a time: a machine that is slow, or busy with something else, slows
both. Subject and floor take turns (floor, subject, floor, subject, …), so that a slow minute hits both; the ratio is
the median of the ratios of neighbours.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Literal

import msgspec

Work = Callable[[], object]
"""One repeat: does the row's work once and returns anything; set-up that should not count belongs before it."""


class Row(msgspec.Struct, frozen=True):
    """What is measured.

    Attributes:
        name: What the subject does.
        work: What one repeat does, in words, enough to repeat it elsewhere.
        units: How many units (events, decisions, …) one repeat handles.
        unit: Name of a unit, in the plural.
        subject: Makes one repeat of the subject ready and returns it.
        floor: Makes one repeat of the floor ready and returns it; `None` when the row has no floor.
        floor_is: What the floor does, in words.
        bar: Smallest ratio of rates subject/floor that is good enough; `None` when there is none.
        rate_bar: Smallest rate in units a second that is good enough; `None` when there is none.
    """

    name: str
    work: str
    units: int
    unit: str
    subject: Callable[[], Work]
    floor: Callable[[], Work] | None = None
    floor_is: str = ""
    bar: float | None = None
    rate_bar: float | None = None


class Result(msgspec.Struct, frozen=True):
    """What was measured, as it is printed and written.

    Attributes:
        name: As in the row.
        unit: As in the row.
        rate: Median rate of the subject, units a second.
        floor_rate: Median rate of the floor; `None` without one.
        ratio: Median of subject/floor over neighbouring repeats; `None` without a floor.
        spread: (largest − smallest) / median of what is compared: the ratios, or the rates without a floor.
        repeats: How often each was measured.
        bar: As in the row.
        rate_bar: As in the row.
        verdict: `ok`, `below`, or `-` for a row without bar.
        work: As in the row.
        floor_is: As in the row.
    """

    name: str
    unit: str
    rate: float
    floor_rate: float | None
    ratio: float | None
    spread: float
    repeats: int
    bar: float | None
    rate_bar: float | None
    verdict: Literal["ok", "below", "-"]
    work: str
    floor_is: str


def seconds(make: Callable[[], Work]) -> float:
    """Return the duration of one repeat, set-up and collection of garbage not counted, in seconds."""
    work = make()
    gc.collect()
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def measure(row: Row, *, repeats: int = 5) -> Result:
    """Measure a row: one warming repeat of each, then `repeats` turns of floor and subject.

    Raises:
        ValueError: Fewer than one repeat asked for.
    """
    if repeats < 1:
        raise ValueError(f"at least one repeat, not {repeats}")
    for make in (row.floor, row.subject):
        if make:
            seconds(make)
    floors: list[float] = []
    subjects: list[float] = []
    for _ in range(repeats):
        if row.floor:
            floors.append(row.units / seconds(row.floor))
        subjects.append(row.units / seconds(row.subject))
    ratios = [subject / floor for subject, floor in zip(subjects, floors, strict=True)] if floors else []
    return summarise(row, subjects, floors, ratios)


def summarise(row: Row, subjects: Sequence[float], floors: Sequence[float], ratios: Sequence[float]) -> Result:
    """Return the result of measured rates.

    >>> row = Row("r", "w", 1, "events", subject=lambda: int, bar=0.5)
    >>> found = summarise(row, [40, 50, 90], [100, 100, 100], [0.4, 0.5, 0.9])
    >>> found.rate, found.ratio, found.spread, found.verdict
    (50, 0.5, 1.0, 'ok')
    """
    rate = statistics.median(subjects)
    ratio = statistics.median(ratios) if ratios else None
    compared = ratios or subjects
    held = [
        *([ratio >= row.bar] if ratio is not None and row.bar is not None else []),
        *([rate >= row.rate_bar] if row.rate_bar is not None else []),
    ]
    return Result(
        name=row.name,
        unit=row.unit,
        rate=rate,
        floor_rate=statistics.median(floors) if floors else None,
        ratio=ratio,
        spread=(max(compared) - min(compared)) / statistics.median(compared),
        repeats=len(subjects),
        bar=row.bar,
        rate_bar=row.rate_bar,
        verdict="-" if not held else "ok" if all(held) else "below",
        work=row.work,
        floor_is=row.floor_is,
    )
