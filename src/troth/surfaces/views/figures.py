"""Estimates and the subjects behind them as plain rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from troth.errors import Place, Problem
from troth.measures.comparison import COMPARED
from troth.measures.question import Question, Tables
from troth.measures.registry import evidence, measure_of
from troth.model.estimate import Estimate
from troth.model.times import FOREVER, SECOND, Micros, format_instant
from troth.runtime.snapshot import run
from troth.surfaces.render.answer import Row, Section
from troth.surfaces.render.formats import cell

_COMMON: Final = ("segment", "value", "low", "high", "n", "unknown", "bound_low", "bound_high")
_NAMES: Final = ("pack", "kind", "leg", "mode")
"""Figures that say what a row is about: shown before the others."""

_INSTANTS: Final = frozenset({"first_due", "due", "start", "end"})
_DURATIONS: Final = frozenset({"time", "total", "duration", "lateness"})


def row(estimate: Estimate) -> Row:
    """Return an estimate as its published row: the common columns, then the measure's own figures on the same level."""
    return {
        "measure": estimate.measure,
        "segment": estimate.segment,
        "value": estimate.value,
        "low": estimate.low,
        "high": estimate.high,
        "n": estimate.n,
        "unknown": estimate.unknown,
        "bound_low": estimate.bound_low,
        "bound_high": estimate.bound_high,
        "as_of": format_instant(estimate.as_of),
        **estimate.figures,
        "note": estimate.note,
    }


def table(name: str, estimates: Sequence[Estimate], as_of: Micros) -> Section:
    """Return the human form: what a row is about, value, interval, counts; further figures where there is room."""
    rows = tuple(row(estimate) for estimate in estimates)
    own = list(dict.fromkeys(key for estimate in estimates for key in estimate.figures))
    packs = {estimate.figures.get("pack") for estimate in estimates}
    names = [key for key in _NAMES if key in own and not (key == "pack" and len(packs) < 2)]
    noted = ["note"] if any(estimate.note for estimate in estimates) else []
    segmented = any(estimate.segment for estimate in estimates)
    common = [key for key in _COMMON if segmented or key != "segment"]
    compared = [key for key in COMPARED if key in own] if segmented else []
    left = {*_NAMES, *_COMMON, *compared, *measure_of(name).definition.aside}
    further = [key for key in own if key not in left]
    return Section(
        title=f"{name} as of {format_instant(as_of)}",
        rows=tuple({key: _shown(value) for key, value in one.items()} for one in rows),
        columns=(*names, *common, *compared, *noted, *further),
        optional=(*compared, *noted, *further),
        empty="There is nothing that this could be measured on.",
    )


def beside(name: str, estimates: Sequence[Estimate]) -> tuple[Section, ...]:
    """Return the figures that stand beside a measure's own as a table, those left out that no row has."""
    told = [estimate.figures for estimate in estimates]
    shown = [key for key in measure_of(name).definition.aside if any(figures.get(key) is not None for figures in told)]
    if not shown:
        return ()
    names = [key for key in _NAMES if len({figures.get(key) for figures in told} - {None}) > 1]
    names += ["segment"] if any(estimate.segment for estimate in estimates) else []
    rows = tuple({key: _shown(value) for key, value in row(estimate).items()} for estimate in estimates)
    return (Section(title="beside it", rows=rows, columns=(*names, *shown), optional=tuple(shown[1:])),)


def _shown(value: Any) -> Any:
    """Return a figure for a table: nested figures as text."""
    return cell(value) if isinstance(value, dict) else value


def too_thin(estimates: Sequence[Estimate]) -> tuple[Problem, ...]:
    """Return a note if some rows rest on too few cases to be ranked."""
    thin = [estimate for estimate in estimates if "insufficient data" in estimate.note]
    if not thin:
        return ()
    found = f"{len(thin)} of {len(estimates)} rows rest on too few cases: they stand last and are not ranked"
    return (Problem(Place(), "C114", found, remedy="choose larger segments", severity="note"),)


def subjects(name: str, tables: Tables, question: Question, estimates: Sequence[Estimate], part: str) -> Iterator[Row]:
    """Yield the subjects behind one part of each estimate, with the moments that put them there.

    Raises:
        MeasureError: Q108, the measure has no such part.
    """
    seen = set()
    for estimate in estimates:
        kind = estimate.figures.get("kind") or estimate.figures.get("pack", "")
        # Several rows of one kind (legs, modes) have one evidence: the part says which.
        whose = (kind, *estimate.segment.values())
        if whose in seen:
            continue
        seen.add(whose)
        found = run(evidence(name, tables, question, estimate.segment, part, kind))
        for one in found.to_pylist():
            yield {"subject": one.pop("subject"), "segment": estimate.segment, "part": part, **readable(one)}


def readable(values: Mapping[str, Any]) -> Row:
    """Return evidence with instants as RFC 3339 and durations in seconds."""
    said: Row = {}
    for name, value in values.items():
        if name in _DURATIONS:
            said[f"{name}_s"] = None if value is None else value / SECOND
        elif name in _INSTANTS or name.endswith("_at"):
            said[name] = None if value is None or abs(value) >= FOREVER else format_instant(value)
        else:
            said[name] = value
    return said
