"""Truth or speed: rows and sections.

Pure: figures in, plain rows out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from troth.model.times import format_instant
from troth.surfaces.render.answer import Row, Section
from troth.surfaces.views.shares import between, percent
from troth.trust.figures import Figure
from troth.trust.truth_or_speed import Answer, Class


def split_rows(found: Answer) -> list[Row]:
    """Return truth or speed: a row a part, its share of all bad outcomes by the model and by strata."""
    parts: list[tuple[str, Figure, Figure | None]] = [
        ("never_served", found.never_bad, None),
        ("truth", found.truth, found.strata.truth),
        ("speed", found.speed, found.strata.speed),
        ("truth_and_speed", found.both, None),
    ]
    return [_part(name, model, strata, found.bad) for name, model, strata in parts]


def _part(name: str, model: Figure, strata: Figure | None, bad: float) -> Row:
    """Return one part of truth or speed."""
    row: Row = {
        "part": "share",
        "name": name,
        "share": model.value,
        "low": model.low,
        "high": model.high,
        "outcomes": model.value * bad,
    }
    if strata is None:
        return row
    return row | {"strata": strata.value, "strata_low": strata.low, "strata_high": strata.high}


def class_rows(classes: Iterable[Class]) -> list[Row]:
    """Return the classes of lateness: bad as it was, had they been on time, had they been fast."""
    return [
        {
            "part": "class",
            "name": one.name,
            "subjects_share": one.share,
            **_ends("was", one.was),
            **_ends("on_time", one.on_time),
            **_ends("fast", one.fast),
        }
        for one in classes
    ]


def _ends(name: str, figure: Figure) -> Row:
    return {name: figure.value, f"{name}_low": figure.low, f"{name}_high": figure.high}


def stratum_rows(found: Answer) -> list[Row]:
    """Return the strata of time taken: on time and late, each with the share that was bad."""
    return [
        {
            "part": "stratum",
            "name": f"{one.since:.2f} to {one.until:.2f} days",
            "on_time": one.kept,
            "on_time_bad": one.kept_bad,
            "late": one.late,
            "late_bad": one.late_bad,
        }
        for one in found.strata.rows
    ]


def split_summary(found: Answer, bad: str, promise: str, as_of: int) -> Row:
    """Return what was asked and of how many."""
    return {
        "part": "summary",
        "name": bad,
        "promise": promise,
        "subjects": found.n,
        "bad": found.bad,
        "bad_share": found.bad_share,
        "late_share": found.late_share,
        "still_waiting": found.waiting,
        "never_served": found.never,
        "late_compared": found.strata.compared_truth,
        "slower_compared": found.strata.compared_speed,
        "as_of": format_instant(as_of),
    }


_WORDS: Final = {
    "never_served": "never served",
    "truth": "truth: had the others been on time, as slow as they were",
    "speed": "speed: had the others been as fast as the fastest quarter, as late as they were",
    "truth_and_speed": "both",
}


def split_sections(found: Answer, rows: Sequence[Row]) -> tuple[Section, ...]:
    """Return the human form of truth or speed."""
    summary = rows[0]
    title = f"{found.n:,} subjects, {percent(found.bad_share)} bad ({summary['name']}); promise {summary['promise']}"
    text = (
        f"{percent(found.late_share)} of the served were late; {found.waiting:,} still waited when they answered.\n"
        f"By strata {percent(found.strata.compared_truth)} of the late could be compared with punctual ones as slow, "
        f"{percent(found.strata.compared_speed)} of the slower with fast ones as late."
    )
    shares = tuple(_shared(row) for row in rows if row["part"] == "share")
    classes = tuple(_classed(one) for one in found.classes)
    return (
        Section(title, shares, text=text),
        Section("share bad, by how late: as it was, and as it would have been", classes),
    )


def _shared(row: Row) -> Row:
    """Return one part for people."""
    own = between(row["low"], row["high"])
    shown = {"part": _WORDS[row["name"]], "of_all_bad": percent(row["share"]), "95 %": own}
    if "strata" not in row:
        return shown | {"by_strata": "", "95 % of it": ""}
    strata = between(row["strata_low"], row["strata_high"])
    return shown | {"by_strata": percent(row["strata"]), "95 % of it": strata}


def _classed(one: Class) -> Row:
    """Return one class of lateness for people."""
    shown: dict[str, Any] = {"class": one.name, "of_all": percent(one.share), "as_it_was": percent(one.was.value)}
    return shown | {"had_they_been_on_time": percent(one.on_time.value), "had_they_been_fast": percent(one.fast.value)}
