"""Bad experiences, foretold: rows and sections.

Pure: figures in, plain rows out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from troth.errors import Place, Problem
from troth.model.times import format_instant
from troth.surfaces.render.answer import Row, Section
from troth.surfaces.views.shares import percent
from troth.trust.experience import Experience, Quality, Segment
from troth.trust.figures import Bin, Figure
from troth.trust.occasion import Occasion, Survey
from troth.trust.reasons import Reason, Weight

AREA: Final = "area_under_curve"
GAIN: Final = "gain_over_plain_model"
CALIBRATION: Final = "calibration_error"
RISKIEST: Final = "found_in_riskiest_tenth"


def figure_rows(found: Experience) -> list[Row]:
    """Return how well bad experiences are foretold, a row a figure, the plain model's beside it."""
    own, plain = found.quality, found.plain
    return [
        _figure(AREA, own.area, plain.area),
        _figure(GAIN, found.gain, None),
        _figure(CALIBRATION, Figure(own.calibration_error), Figure(plain.calibration_error)),
        _figure(RISKIEST, own.riskiest, plain.riskiest)
        | {"subjects": own.riskiest_subjects, "bad": own.riskiest_bad, "bad_in_all": int(found.scored.bad.sum())},
    ]


def _figure(name: str, own: Figure, plain: Figure | None) -> Row:
    """Return one figure."""
    row: Row = {"part": "figure", "name": name, "value": own.value, "low": own.low, "high": own.high}
    return row if plain is None else row | {"plain": plain.value, "plain_low": plain.low, "plain_high": plain.high}


def summary_row(found: Experience, bad: str, before: str, as_of: int) -> Row:
    """Return what was asked and of how many."""
    return {
        "part": "summary",
        "name": bad,
        "before": before or "it was said how it was",
        "experiences": len(found.occasions),
        "bad": int(found.scored.bad.sum()),
        "bad_share": found.bad_share,
        "without_answer": len(found.silent),
        "as_of": format_instant(as_of),
    }


def bin_rows(quality: Quality) -> list[Row]:
    """Return the ten bins, the safest first."""
    return [_bin(number, one) for number, one in enumerate(quality.bins, start=1)]


def _bin(number: int, one: Bin) -> Row:
    return {"part": "bin", "name": number, "subjects": one.subjects, "foretold": one.foretold, "found": one.found}


def weight_rows(weights: Iterable[Weight]) -> list[Row]:
    """Return what the probabilities rest on, the most telling group first."""
    return [{"part": "reason", "name": one.group, "area_lost": one.lost} for one in weights]


def segment_rows(segments: Iterable[Segment]) -> list[Row]:
    """Return the segments, the worst foretold first."""
    return [
        {
            "part": "segment",
            "segment": dict(one.values),
            "subjects": one.subjects,
            "answered": one.answered,
            "foretold": one.foretold,
            "found": one.found,
        }
        for one in segments
    ]


def survey_summary(surveys: Sequence[Survey]) -> list[Row]:
    """Return how many surveys left after a failure was known, and how those were answered; none when none was sent."""
    if not surveys:
        return []
    parts = {
        "surveys": list(surveys),
        "after_a_known_failure": [one for one in surveys if one.failures],
        "to_a_customer_still_waiting": [one for one in surveys if one.waiting],
        "either": [one for one in surveys if one.failures or one.waiting],
        "neither": [one for one in surveys if not one.failures and not one.waiting],
    }
    return [_survey_part(name, rows, len(surveys)) for name, rows in parts.items()]


def _survey_part(name: str, rows: Sequence[Survey], total: int) -> Row:
    """Return one part of the surveys."""
    known = [one.bad for one in rows if one.bad is not None]
    share = sum(known) / len(known) if known else None
    return {"part": "surveys", "name": name, "surveys": len(rows), "share": len(rows) / total, "bad_share": share}


def survey_row(one: Survey) -> Row:
    """Return one survey that should not have left."""
    return {
        "subject": one.subject,
        "message_id": one.message_id,
        "sent_at": format_instant(one.sent_at),
        "failures": list(one.failures),
        "waiting": one.waiting,
        "bad": one.bad,
    }


def subject_row(one: Occasion, chance: float, reasons: Sequence[Reason]) -> Row:
    """Return one subject with its probability and why it is so high."""
    return {
        "subject": one.subject,
        "chance": chance,
        "bad": one.bad,
        "before": format_instant(one.moment),
        "reasons": [f"{reason.words} (+{reason.share * 100:.0f} points)" for reason in reasons],
    }


def experience_sections(rows: Sequence[Row]) -> tuple[Section, ...]:
    """Return the human form of all rows of an experience."""
    parts: dict[str, list[Row]] = {}
    for row in rows:
        parts.setdefault(row["part"], []).append(row)
    summary = parts["summary"][0]
    title = (
        f"{summary['experiences']:,} experiences, {percent(summary['bad_share'])} bad ({summary['name']}), "
        f"foretold from what was known before {summary['before']}"
    )
    sections = [
        Section(title, tuple(_shown_figure(row) for row in parts["figure"])),
        Section("foretold and found, a tenth of the subjects each", tuple(_short(row) for row in parts["bin"])),
        Section("what it rests on", tuple(_rested(row) for row in parts["reason"])),
    ]
    if "segment" in parts:
        sections.append(
            Section("segments, the worst foretold first", tuple(_segmented(row) for row in parts["segment"]))
        )
    if "surveys" in parts:
        sections.append(Section("surveys, by what was known when they left", tuple(map(_surveyed, parts["surveys"]))))
    return tuple(sections)


def _shown_figure(row: Row) -> Row:
    """Return a figure for people."""
    name = row["name"].replace("_", " ")
    if row["name"] != RISKIEST:
        return {"figure": name} | {key: row.get(key) for key in ("value", "low", "high", "plain")} | {"counted": ""}
    counted = f"{row['bad']:,} of {row['bad_in_all']:,} bad among {row['subjects']:,}"
    return {"figure": name} | {key: row.get(key) for key in ("value", "low", "high", "plain")} | {"counted": counted}


def _short(row: Row) -> Row:
    return {"tenth": row["name"], **{key: row[key] for key in ("subjects", "foretold", "found")}}


def _rested(row: Row) -> Row:
    return {"facts": row["name"], "area_lost": row["area_lost"]}


def _segmented(row: Row) -> Row:
    segment = {name: "(not known)" if value is None else value for name, value in row["segment"].items()}
    return segment | {key: row[key] for key in ("subjects", "answered", "foretold", "found")}


def _surveyed(row: Row) -> Row:
    words = row["name"].replace("_", " ")
    return {"part": words, "surveys": row["surveys"], "share": percent(row["share"]), "bad": percent(row["bad_share"])}


def left_out(count: int, why: str) -> tuple[Problem, ...]:
    """Return a note on subjects that are left out; none when there is none."""
    if not count:
        return ()
    noun = "subject is" if count == 1 else "subjects are"
    return (Problem(Place(), "T105", f"{count:,} {noun} left out: {why}", severity="note"),)
