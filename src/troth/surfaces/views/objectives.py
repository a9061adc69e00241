"""Where objectives stand, as plain rows and findings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from troth.errors import Place, Problem
from troth.measures.standing import FAST, MISSED, PARTS, SLOW, Standing, note_of
from troth.model.times import Micros, format_duration, format_instant
from troth.surfaces.render.answer import Row, Section

_COLUMNS: Final = ("objective", "verdict", "value", "low", "high", "target", "n", "allowed", "used", "left")
_OPTIONAL: Final = ("burn_fast", "burn_slow", "alert", "unit", "unknown", "note")


def row(one: Standing) -> Row:
    """Return a standing as its published row."""
    aim = one.objective
    return {
        "pack": one.pack,
        "objective": aim.name,
        "segment": one.segment,
        "measure": aim.measure,
        "kind": aim.kind,
        "verdict": one.verdict,
        "value": one.value,
        "low": one.low,
        "high": one.high,
        "target": aim.target,
        "n": one.n,
        "unit": one.unit,
        "unknown": one.unknown,
        "bound_low": one.bound_low,
        "bound_high": one.bound_high,
        "subjects": one.subjects,
        "allowed": one.allowed,
        "used": one.used,
        "left": one.left,
        "burn_fast": one.burn_fast,
        "burn_slow": one.burn_slow,
        "burn_limit": aim.burn,
        "n_slow": one.n_slow,
        "alert": one.alert,
        "within": None if aim.within is None else format_duration(aim.within),
        "since": format_instant(one.since),
        "as_of": format_instant(one.as_of),
        "note": note_of(one),
    }


def section(standings: Sequence[Standing], as_of: Micros) -> Section:
    """Return the human form: verdict, value with interval, budget in counts, burn rates where there is room."""
    packs = {one.pack for one in standings}
    first = ("pack",) if len(packs) > 1 else ()
    split = ("segment",) if any(one.segment for one in standings) else ()
    return Section(
        title=f"objectives as of {format_instant(as_of)}",
        rows=tuple(row(one) for one in standings),
        columns=(*first, _COLUMNS[0], *split, *_COLUMNS[1:], *_OPTIONAL),
        optional=_OPTIONAL,
        empty="Nothing was due in the period of any objective.",
    )


def findings(standings: Iterable[Standing]) -> tuple[Problem, ...]:
    """Return a warning for each objective that is missed (J201) and for each budget that burns too fast (J202)."""
    return tuple(problem for one in standings for problem in _of(one))


def _of(one: Standing) -> Iterable[Problem]:
    aim = one.objective
    place = Place(path=" ".join([aim.name, *(f"{name}={value}" for name, value in one.segment.items())]))
    if one.verdict == MISSED:
        found = f"{one.value:.1%} of {one.n:,.0f} {one.unit} (95 % interval up to {one.high:.1%})"
        yield Problem(place, "J201", found, f"{aim.target:.1%}", "look at the subjects behind it", severity="warning")
    if one.alert:
        found = f"the budget burns {one.burn_fast:.1f} and {one.burn_slow:.1f} times as fast as it would last"
        expected = f"at most {aim.burn:g} times over {_windows(aim.over)}"
        yield Problem(place, "J202", found, expected, "look at what changed", severity="warning")


def _windows(over: Micros) -> str:
    return " and ".join(format_duration(over * part // PARTS) for part in (FAST, SLOW))
