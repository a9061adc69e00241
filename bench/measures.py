"""Rows: each measure over ten million intervals in DuckDB, against the same written by hand in SQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import duckdb

from bench.harness import Row, Work
from bench.measures_data import PER_SUBJECT, SHOPS, made, opened
from bench.measures_sql import BY_HAND
from troth.measures.question import Question
from troth.runtime.snapshot import measure

BAR: Final = 0.8
INTERVALS: Final = 10_000_000

_OVER: Final[Mapping[str, tuple[str, ...]]] = {
    "promise_reliability": ("promises",),
    "status_fidelity": ("spans",),
    "time_to_usable_outcome": ("subjects",),
    "exception_closure": ("cases",),
    "told_truth": ("tellings",),
    "predictive_fidelity": ("tellings",),
    "informativeness": ("beliefs", "spans"),
    "gate_quality": ("asks",),
}
"""Measure → the tables that it reads beside the subjects, each of so many rows."""


def counts_of(name: str, intervals: int) -> dict[str, int]:
    """Return how many rows each table has for a measure."""
    over = _OVER[name]
    subjects = intervals if over == ("subjects",) else intervals // PER_SUBJECT
    return {**dict.fromkeys(over, intervals), "subjects": subjects}


def subject(name: str, folder: Path, intervals: int) -> Callable[[], Work]:
    """Return the subject: the measure by shop, from the files to its estimates."""

    def make() -> Work:
        counts = counts_of(name, intervals)
        place = made(folder, counts)

        def work() -> None:
            assert measure(name, opened(place, counts), Question(by=("shop",)))

        return work

    return make


def by_hand(name: str, folder: Path, intervals: int) -> Callable[[], Work]:
    """Return the floor: statements of SQL over the same files, their answers fetched."""

    def make() -> Work:
        counts = counts_of(name, intervals)
        place = made(folder, counts)

        def work() -> None:
            with duckdb.connect() as connection:
                for table in counts:
                    connection.execute(f"CREATE VIEW {table} AS FROM read_parquet('{place / table}.parquet')")
                for statement in BY_HAND[name]:
                    # As Arrow, since making tuples of eighty thousand rows would slow the floor down.
                    found = connection.sql(statement)
                    if found is not None:
                        found.to_arrow_table()

        return work

    return make


def rows(folder: Path, *, scale: float) -> list[Row]:
    """Return the rows of this module.

    Args:
        folder: An empty folder for files; ten million intervals take some hundred megabytes for each measure.
        scale: 1 for the figures that are published; less for a quick look.
    """
    intervals = max(20_000, int(INTERVALS * scale))
    return [
        Row(
            name=f"measure {name}",
            work=f"{intervals:,} intervals ({', '.join(_OVER[name])}) in Parquet, by {SHOPS} shops, with intervals",
            units=intervals,
            unit="intervals",
            subject=subject(name, folder, intervals),
            floor=by_hand(name, folder, intervals),
            floor_is="the same figures by hand-written SQL in DuckDB over the same files, one join, no bootstrap",
            bar=BAR,
        )
        for name in BY_HAND
    ]
