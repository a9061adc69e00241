"""Histories for windows, out of a ledger's tables: one row for each promise of a kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from troth.errors import MeasureError, Place, Problem
from troth.measures.question import NUMERIC, Tables
from troth.model.pack import Pack
from troth.runtime.snapshot import run
from troth.trust.windows_past import Past, past_of

USABLE: Final = "usable"
"""The kind that is no promise: from the request to the first usable state, of every subject."""
_OPEN: Final = "open"
_APART: Final = frozenset({"void", "unknown"})


def past_from(
    tables: Tables, kind: str, names: Sequence[str], weight: str | None = None, pack: str | None = None
) -> Past:
    """Return the history of a kind of promise.

    Void promises (the customer withdrew in time) and those whose outcome is unknown are left out and counted. A subject
    that has ended without keeping the promise never will: known from the moment of its end, or, where that moment is
    not known, from the moment of the tables.

    Args:
        tables: Opened tables.
        kind: The kind; `usable`: no promise, but the way from the request to the first usable state.
        names: Attributes to take along.
        weight: Attribute with sampling weights.
        pack: Only subjects of this pack.

    Raises:
        MeasureError: N105, N106, an attribute cannot be used; N107, there is no such kind; N108, its due moment is not
            disclosed; Q104, the weight is no number.
    """
    check_attributes(names, tables.attributes, kind)
    if weight is not None and weight not in tables.attributes:
        check_attributes([weight], tables.attributes, kind)
    if pack is not None:
        mine = tables.subjects.filter(tables.subjects.pack == pack)
        tables = tables.only(mine.select("subject"))
    if weight is not None and tables.attributes[weight].type not in NUMERIC:
        found_type = f"the weight {weight!r} is of type {tables.attributes[weight].type}"
        raise MeasureError(Problem(Place(kind), "Q104", found_type, "a number", "weigh with an attribute that is one"))
    found = _rows(tables, kind, names, weight)
    apart: Counter[str] = Counter()
    rows: dict[str, list[Any]] = {name: [] for name in ("subject", "made", "kept", "ended", "limit", "weight")}
    places = []
    for place in range(len(found["subject"])):
        kept, outcome = found["kept_at"][place], found["outcome"][place]
        if kept is None and outcome in _APART:
            apart[outcome] += 1
            continue
        over = kept is None and found["ended_as"][place] not in (_OPEN, USABLE)
        ended = found["ended_at"][place]
        rows["subject"].append(found["subject"][place])
        rows["made"].append(found["made_at"][place])
        rows["kept"].append(kept)
        rows["ended"].append((tables.as_of if ended is None else ended) if over else None)
        rows["limit"].append(found["first_limit"][place])
        rows["weight"].append(1.0 if weight is None else found["w"][place])
        places.append(place)
    attributes = {name: [found[f"a{index}"][place] for place in places] for index, name in enumerate(names)}
    return past_of(kind, rows, attributes, apart)


def _rows(tables: Tables, kind: str, names: Sequence[str], weight: str | None) -> Mapping[str, list[Any]]:
    """Return the columns of a kind's promises, joined with what is known of their subjects."""
    columns = {f"a{index}": tables.subjects[tables.attributes[name].column] for index, name in enumerate(names)}
    if weight is not None:
        columns["w"] = tables.subjects[tables.attributes[weight].column].cast("float64")
    subjects = tables.subjects
    kinds = [name for some in tables.kinds.values() for name in some]
    if kind == USABLE and kind not in kinds:
        requested = subjects.filter(subjects.requested_at.notnull())
        undated = (requested.outcome == USABLE) & requested.undated
        own = {
            "made_at": requested.requested_at,
            "kept_at": (requested.outcome == USABLE).ifelse(requested.outcome_at, None),
            "first_limit": requested.requested_at.nullif(requested.requested_at),
            "outcome": undated.ifelse("unknown", ""),
            "ended_as": requested.outcome,
            "ended_at": requested.outcome_at,
        }
        return dict(run(requested.select("subject", **own, **columns)).to_pydict())
    promises = tables.promises.filter(tables.promises.kind == kind)
    rows = promises.select("subject", "made_at", "kept_at", "first_limit", "outcome")
    whose = subjects.select("subject", ended_as="outcome", ended_at="outcome_at", **columns)
    found: dict[str, list[Any]] = run(rows.inner_join(whose, "subject")).to_pydict()
    if kind not in kinds:
        known = f"one of: {', '.join([*kinds, USABLE])}"
        raise MeasureError(Problem(Place(kind), "N107", f"no promise is of the kind {kind!r}", known, "choose one"))
    if found["subject"] and all(limit is None for limit in found["first_limit"]):
        what = f"promises of the kind {kind!r} do not disclose when they are due"
        remedy = f"use `{USABLE}`, the way to the first usable state"
        raise MeasureError(Problem(Place(kind), "N108", what, "a kind with a due moment", remedy))
    return found


def check_attributes(names: Sequence[str], known: Mapping[str, Any], place: str) -> None:
    """Refuse attributes that are not there, or are known only after the promise is made.

    Args:
        names: The attributes asked for.
        known: Attribute → its column, with `later`: for how many subjects it became known after the request.
        place: For the problems.

    Raises:
        MeasureError: N105, there is none of this name; N106, it is known too late.
    """
    problems = []
    for name in dict.fromkeys(names):
        if name not in known:
            expected = f"one of: {', '.join(sorted(known)) or 'none'}"
            problems.append(Problem(Place(place), "N105", f"no attribute {name!r}", expected, "choose one of them"))
        elif known[name].later:
            found = f"{name!r} is known only after the request for {known[name].later} subjects"
            problems.append(
                Problem(
                    Place(place), "N106", found, "an attribute that is known when a promise is made", "leave it out"
                )
            )
    if problems:
        raise MeasureError(problems)


def attributes_for(pack: Pack, tables: Tables, by: Sequence[str], using: Sequence[str]) -> tuple[str, ...]:
    """Return the attributes that a model reads: the pack's segments that are known in time, and those asked for.

    Other attributes are not taken by themselves: a column of an export may know more than the firm did then.
    """
    segments = [name for name in pack.segments if name in tables.attributes and not tables.attributes[name].later]
    return tuple(dict.fromkeys([*by, *segments, *using]))
