"""Reading a mapping file: text → `Mapping`, or all of its problems at once with their places."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from troth.connectors.tabular.mapping import (
    HEARD_AT_EXTRACT,
    Block,
    EventForm,
    ExtractForm,
    Mapping,
    Table,
    Time,
)
from troth.connectors.tabular.schema import MAPPING, TYPES
from troth.errors import PackError, Place, Problem
from troth.lang.document import Document
from troth.lang.schema import check_document
from troth.model.pack import Pack
from troth.model.times import parse_instant, zone_of

_KINDS: Final = ("column", "clock", "plus", "shift", "latest")
_COMPANIONS: Final = {
    "column": {"format", "zone", "zone_column"},
    "clock": {"date", "after", "zone", "zone_column"},
    "plus": {"unit", "to"},
    "shift": {"to"},
    "latest": set(),
}


def load_mapping(text: str, file: str) -> Mapping:
    """Return the mapping that a file holds.

    Args:
        text: Its text (YAML).
        file: Its name, for places.

    Raises:
        PackError: The file is not right; carries all problems that can be seen without the data.
    """
    document, found = check_document(text, file, MAPPING)
    if document is None or found:
        raise PackError(found)
    problems = tuple(_problems(document))
    if problems:
        raise PackError(problems)
    data: dict[str, Any] = document.data
    return Mapping(
        name=data["mapping"],
        pack=data["pack"],
        zone=data["zone"],
        tables=msgspec.convert(data["tables"], dict[str, Table]),
        rows=msgspec.convert(data["rows"], tuple[Block, ...]),
        title=data.get("title", ""),
        missing=tuple(data.get("missing", [""])),
        extract=msgspec.convert(data["extract"], ExtractForm) if "extract" in data else None,
        digest=hashlib.sha256(text.encode()).hexdigest(),
        document=document,
    )


def check_against_pack(mapping: Mapping, pack: Pack) -> tuple[Problem, ...]:
    """Return a problem for each event type and source that the pack does not know, by place."""
    problems = []
    for index, block in enumerate(mapping.rows):
        for number, form in enumerate(block.events):
            here = ("rows", index, "events", number)
            if form.type not in pack.events and not form.type.startswith("message."):
                problems.append(_unknown(mapping.document, (*here, "type"), "event type", form.type, pack.events))
            if form.source not in {source.name for source in pack.sources}:
                known = [source.name for source in pack.sources]
                problems.append(_unknown(mapping.document, (*here, "source"), "source", form.source, known))
    return tuple(sorted(problems))


def _problems(document: Document) -> Iterator[Problem]:
    """Yield what a schema cannot see: names that do not exist, forms that do not go together."""
    data = document.data
    yield from _zone(document, ("zone",), data["zone"])
    for name, table in data["tables"].items():
        yield from _table(document, name, table)
    if "extract" in data:
        yield from _extract(document, data["extract"], data["tables"])
    for index, block in enumerate(data["rows"]):
        yield from _block(document, index, block, data["tables"])


def _table(document: Document, name: str, table: dict[str, Any]) -> Iterator[Problem]:
    """Yield the problems of one table."""
    here = ("tables", name)
    if ("file" in table) == ("columns" in table):
        found = f"the table `{name}` has {'both file and columns' if 'file' in table else 'neither file nor columns'}"
        yield _problem(document, here, "M101", found, "either `file`, or `columns` with `values`")
    width = len(table.get("columns", ()))
    for number, row in enumerate(table.get("values", ())):
        if len(row) != width:
            yield _problem(document, (*here, "values", number), "M101", f"a row of {len(row)} cells", f"{width} cells")
    for column, type_ in table.get("read_as", {}).items():
        if type_ not in TYPES and "%" not in type_:
            expected = f"one of: {', '.join(TYPES)}, or a strptime format"
            yield _problem(document, (*here, "read_as", column), "M102", f"the type `{type_}`", expected)


def _extract(document: Document, extract: dict[str, Any], tables: dict[str, Any]) -> Iterator[Problem]:
    """Yield the problems of the moment of the extract."""
    if len(extract) != 1:
        yield _problem(
            document, ("extract",), "M103", f"{len(extract)} ways to know the moment", "exactly one of: max, sql, at"
        )
    for number, name in enumerate(extract.get("max", ())):
        table, dot, column = name.partition(".")
        if not dot or not column or table not in tables:
            expected = f"table.column with a table of: {', '.join(tables)}"
            yield _problem(document, ("extract", "max", number), "M104", f"`{name}`", expected)
    if "at" in extract:
        try:
            parse_instant(extract["at"])
        except ValueError:
            expected = "RFC 3339 with an offset, such as 2016-01-12T22:22:40-05:00"
            yield _problem(document, ("extract", "at"), "M103", f"`{extract['at']}`", expected)


def _block(document: Document, index: int, block: dict[str, Any], tables: dict[str, Any]) -> Iterator[Problem]:
    """Yield the problems of one block."""
    here = ("rows", index)
    if block["table"] not in tables:
        yield _unknown(document, (*here, "table"), "table", block["table"], tables)
    yield from _zone(document, (*here, "zone"), block.get("zone", ""))
    before: list[str] = []
    for name, time in block["times"].items():
        yield from _time(document, (*here, "times", name), time, before)
        before.append(name)
    for number, form in enumerate(block["events"]):
        for key in ("at", "heard"):
            if key == "heard" and form.get(key) == HEARD_AT_EXTRACT:
                continue
            if key in form and form[key] not in before:
                yield _unknown(document, (*here, "events", number, key), "time", form[key], before)
    made = [form["type"] for form in block["events"]]
    for type_, columns in block.get("attributes", {}).items():
        if type_ not in made:
            yield _unknown(document, (*here, "attributes", type_), "event type of this block", type_, made)
        if columns == "*" and list(block["attributes"].values()).count("*") > 1:
            yield _problem(document, (*here, "attributes", type_), "M107", "`*` a second time", "one list with `*`")


def _time(
    document: Document, here: tuple[str | int, ...], time: dict[str, Any], before: list[str]
) -> Iterator[Problem]:
    """Yield the problems of one time."""
    kinds = [kind for kind in _KINDS if kind in time]
    if len(kinds) != 1:
        yield _problem(document, here, "M105", f"{len(kinds)} kinds of time", f"exactly one of: {', '.join(_KINDS)}")
        return
    kind = kinds[0]
    for key in sorted(set(time) - {kind} - _COMPANIONS[kind]):
        expected = f"beside {kind} only: {', '.join(sorted(_COMPANIONS[kind])) or 'nothing'}"
        yield _problem(document, (*here, key), "M105", f"`{key}` beside `{kind}`", expected)
    if kind == "clock" and ("date" in time) == ("after" in time):
        yield _problem(document, here, "M105", "a clock without its day, or with two", "exactly one of: date, after")
    if kind in ("plus", "shift") and "to" not in time:
        yield _problem(document, here, "M105", f"`{kind}` to nothing", "`to` with the name of another time")
    if kind == "plus" and "unit" not in time:
        yield _problem(document, here, "M105", "a number without its unit", "`unit`")
    if "zone" in time and "zone_column" in time:
        yield _problem(document, here, "M105", "both zone and zone_column", "one of the two")
    yield from _zone(document, (*here, "zone"), time.get("zone", ""))
    for key in ("after", "to"):
        if key in time and time[key] not in before:
            yield _unknown(document, (*here, key), "time before this one", time[key], before)
    for number, name in enumerate(time.get("latest", ())):
        if name not in before:
            yield _unknown(document, (*here, "latest", number), "time before this one", name, before)


def _zone(document: Document, path: tuple[str | int, ...], zone: str) -> Iterator[Problem]:
    """Yield a problem when a zone is named that does not exist."""
    if not zone:
        return
    try:
        zone_of(zone)
    except ValueError:
        yield _problem(document, path, "M106", f"the time zone `{zone}`", "an IANA name such as America/New_York")


def _problem(
    document: Document, path: tuple[str | int, ...], code: str, found: str, expected: str, remedy: str = ""
) -> Problem:
    """Return a problem at a place of the file."""
    return Problem(document.place(*path), code, found, expected, remedy)


def _unknown(document: Document, path: tuple[str | int, ...], noun: str, found: str, known: Any) -> Problem:
    """Return a problem for a name that does not exist."""
    names = ", ".join(sorted(known)) or "none is declared before it"
    place: Place = document.place(*path)
    return Problem(place, "M104", f"the {noun} `{found}`", f"one of: {names}")


__all__ = ["Block", "EventForm", "Time", "check_against_pack", "load_mapping"]
