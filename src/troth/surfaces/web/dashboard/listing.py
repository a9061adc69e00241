"""The rows behind a number as a page shows them: paged, each with the way to its events. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from starlette.datastructures import QueryParams

from troth.model.times import format_instant, parse_instant
from troth.surfaces.web.dashboard.asked import PATH, address
from troth.surfaces.web.dashboard.parts import LAYOUTS
from troth.surfaces.web.dashboard.rows import LARGEST, SIZE, Listed, Wanted
from troth.surfaces.web.dashboard.scene import Scene
from troth.surfaces.web.dashboard.words import Words

_PARTS: Final = 12
_DEEPEST: Final = 10_000_000
_LENGTH: Final = 80


def wanted_of(measure: str, query: QueryParams) -> Wanted:
    """Return which rows an address asks for.

    >>> wanted_of("m", QueryParams("part=kept&part=late&page=3&size=x"))
    Wanted(measure='m', parts=('kept', 'late'), both=False, objective='', offset=100, size=50)
    """
    parts = tuple(dict.fromkeys(part[:_LENGTH] for part in query.getlist("part")))[:_PARTS]
    size = min(max(_whole(query.get("size", ""), SIZE), 1), LARGEST)
    page = max(_whole(query.get("page", ""), 1), 1)
    return Wanted(
        measure, parts, query.get("both", "") == "1", query.get("objective", "")[:_LENGTH],
        min((page - 1) * size, _DEEPEST), size,
    )  # fmt: skip


def _whole(text: str, otherwise: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else otherwise


def view(scene: Scene, wanted: Wanted, found: Listed) -> dict[str, Any]:
    """Return what the page of the rows behind a number shows.

    Args:
        scene: What it is about.
        wanted: Which rows.
        found: The rows.
    """
    asked, words = scene.asked, scene.words
    path = f"{PATH}/{wanted.measure}/rows"
    page = wanted.offset // wanted.size + 1
    pages = max(1, -(-found.total // wanted.size))
    fixed = _fixed(wanted)
    columns = list(dict.fromkeys(name for row in found.rows for name in row if name != "subject"))
    at = format_instant(scene.span.at)
    back = asked.but(segment="", seen="")
    return {
        "title": LAYOUTS[wanted.measure].title,
        "total": found.total,
        "total_text": words.number(found.total, 0),
        "sources": [
            {"part": one.part, "says": one.says, "period": one.period, "rows": one.rows,
             "text": words.number(one.rows, 0), "href": address(path, asked, part=one.part, **_but(fixed, "part"))}
            for one in found.sources
        ],
        "objective": wanted.objective,
        "segment": asked.segment,
        "columns": columns,
        "rows": [
            {**row, "href": way_to(row["subject"], at),
             "cells": [_cell(words, name, row.get(name)) for name in columns]}
            for row in found.rows
        ],
        "page": page,
        "pages": pages,
        "first": wanted.offset + 1 if found.rows else 0,
        "last": wanted.offset + len(found.rows),
        "before": address(path, asked, **fixed, page=str(page - 1)) if page > 1 else "",
        "after": address(path, asked, **fixed, page=str(page + 1)) if page < pages else "",
        "csv": address(f"{path}.csv", asked, **_but(fixed, "size")),
        "json": address(f"{path}.json", asked, **fixed, **({"page": str(page)} if page > 1 else {})),
        "back": address(f"{PATH}/{wanted.measure}", back),
    }  # fmt: skip


def _fixed(wanted: Wanted) -> dict[str, Any]:
    """Return what tells these rows from others, as an address names it."""
    found: dict[str, Any] = {"part": list(wanted.parts)}
    found |= {"both": "1"} if wanted.both else {}
    found |= {"objective": wanted.objective} if wanted.objective else {}
    return found | ({"size": str(wanted.size)} if wanted.size != SIZE else {})


def _but(values: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in names}


def way_to(subject: str, at: str) -> str:
    """Return the address of a subject's events, as known at a moment.

    >>> way_to("flight/UA 1545?", "2013-06-01T00:00:00Z")
    '/tx/flight/UA%201545%3F?at=2013-06-01T00:00:00Z'
    """
    return f"/tx/{quote(subject, safe='/')}?at={quote(at, safe=':')}"


def _cell(words: Words, name: str, value: Any) -> dict[str, Any]:
    """Return a value of a row: instants and durations in words."""
    if value is None or value == "":
        return {"text": "–", "number": False, "instant": ""}
    if name.endswith("_s") and isinstance(value, int | float):
        return {"text": words.time(value), "number": True, "instant": ""}
    if isinstance(value, str) and _is_instant(name, value):
        return {"text": words.reader.moment(value, "1970-01-01T00:00:00Z"), "number": False, "instant": value}
    if isinstance(value, bool):
        return {"text": "yes" if value else "no", "number": False, "instant": ""}
    if isinstance(value, int | float):
        return {"text": words.number(value, 2), "number": True, "instant": ""}
    return {"text": str(value).replace("_", " ") if name == "part" else str(value), "number": False, "instant": ""}


def _is_instant(name: str, value: str) -> bool:
    """Return whether a cell is a moment."""
    if not (name.endswith("_at") or name in ("first_due", "due", "start", "end")):
        return False
    try:
        parse_instant(value)
    except ValueError:
        return False
    return True
