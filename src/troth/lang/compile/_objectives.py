"""Objectives: which share of what, over which period."""

from __future__ import annotations

from typing import Final

from troth.lang.compile._draft import Draft
from troth.lang.words import did_you_mean, one_of
from troth.model.objective import AIMED_AT, BURN, OVER, TIMED, Objective

_PROMISES: Final = "promise_reliability"
_CASES: Final = "exception_closure"


def objectives(draft: Draft) -> dict[str, Objective]:
    """Return the objectives by name; those that do not hold together are noted in the draft."""
    made = {name: _objective(draft, name) for name in draft.mapping("objectives")}
    return {name: objective for name, objective in made.items() if objective is not None}


def _objective(draft: Draft, name: str) -> Objective | None:
    """Return one objective; `None` where its target is none."""
    path = ("objectives", name)
    measure = draft.text(*path, "measure") or _PROMISES
    target = draft.get(*path, "target")
    kind = _kind(draft, name, measure)
    _check_time(draft, name, measure)
    _check_segments(draft, name)
    if measure not in AIMED_AT or isinstance(target, bool) or not isinstance(target, int | float):
        return None
    burn = draft.get(*path, "burn")
    return Objective(
        name=name,
        measure=measure,
        target=float(target),
        kind=kind,
        over=draft.duration(*path, "over") or OVER,
        within=draft.duration(*path, "within"),
        leg=(draft.text(*path, "leg") or "open_closed") if measure == _CASES else "",
        by=tuple(text for text, _ in draft.texts(*path, "by")),
        burn=float(burn) if isinstance(burn, int | float) else BURN,
        title=draft.text(*path, "title") or name.replace("_", " "),
    )


def _kind(draft: Draft, name: str, measure: str) -> str:
    """Return the kind of promise or case that an objective speaks of: its own name, unless `kind` says another."""
    path = ("objectives", name)
    given = draft.text(*path, "kind")
    where = (*path, "kind") if given else path
    if measure == _PROMISES:
        draft.refer("promises", given or name, where, at_key=not given)
        return given or name
    if measure == _CASES:
        known = tuple(draft.mapping("cases"))
        if (given or name) not in known:
            remedy = did_you_mean(given or name, known) or "name one with `kind:`, or declare it under `cases:`"
            found = f"the undeclared case kind `{given or name}`"
            draft.complain(where, "P230", found, one_of(known), remedy, at_key=not given)
        return given or name
    if given:
        draft.complain(where, "P231", f"`kind` beside {measure}", "no kind: this measure has none", "remove it")
    return ""


def _check_time(draft: Draft, name: str, measure: str) -> None:
    """Ask for `within` where the measure is a time, and refuse it, and `leg`, elsewhere."""
    path = ("objectives", name)
    if measure in TIMED and not draft.has(*path, "within"):
        found = f"an objective of {measure} without `within`"
        remedy = "add `within:`, such as `within: 7d`: the target is the share that is there by then"
        draft.complain(path, "P231", found, "the time by which that share should be there", remedy, at_key=True)
    for key, fits in (("within", TIMED), ("leg", {_CASES})):
        if draft.has(*path, key) and measure not in fits:
            found, expected = f"`{key}` beside {measure}", f"`{key}` only with {' or '.join(sorted(fits))}"
            draft.complain((*path, key), "P231", found, expected, "remove it", at_key=True)


def _check_segments(draft: Draft, name: str) -> None:
    """Refuse attributes that the pack does not name as segments: a misspelt one would never be looked at."""
    known = tuple(draft.mapping("segments"))
    for text, where in draft.texts("objectives", name, "by"):
        if text not in known:
            remedy = did_you_mean(text, known) or "declare it under `segments:`"
            draft.complain(where, "P232", f"the undeclared segment `{text}`", one_of(known), remedy)
