"""The machine forms of an answer: JSON, lines of JSON, CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from troth.surfaces.render.answer import Answer, Row, envelope


def as_json(answer: Answer, *, indent: bool = False) -> str:
    """Return the envelope as one JSON document, ending in a newline.

    Args:
        answer: What to say.
        indent: Two spaces a level, for people; else one line.
    """
    text = msgspec.json.encode(envelope(answer))
    return (msgspec.json.format(text, indent=2) if indent else text).decode() + "\n"


def as_ndjson(answer: Answer) -> str:
    """Return one JSON object a line, one line a row; diagnostics are not among them."""
    return "".join(msgspec.json.encode(row).decode() + "\n" for row in answer.data)


def as_csv(answer: Answer) -> str:
    """Return the rows as CSV (RFC 4180, but with plain line feeds), header first; nothing at all when there is no row.

    Nothing known is an empty cell; true and false are `true` and `false`; nested values are `name=value` text.
    """
    rows = answer.data if answer.flat is None else answer.flat
    if not rows:
        return ""
    text = io.StringIO()
    cells = [{key: cell(value) for key, value in row.items()} for row in rows]
    # The writer quotes line feeds by itself, but a carriage return only if it is part of its own line end.
    risky = any("\r" in value for row in cells for value in row.values())
    dialect = "unix" if risky else "excel"  # they differ in quoting everything, and in line ends
    writer = csv.DictWriter(text, fieldnames=keys_of(rows), dialect=dialect, lineterminator="\n", restval="")
    writer.writeheader()
    writer.writerows(cells)
    return text.getvalue()


def keys_of(rows: Iterable[Row]) -> Sequence[str]:
    """Return all keys of the rows in the order of their first appearance."""
    return list(dict.fromkeys(key for row in rows for key in row))


def cell(value: Any) -> str:
    """Return a value as the text of one cell.

    >>> cell(None), cell(True), cell({"carrier": "AA", "origin": "JFK"}), cell(["a", "b"])
    ('', 'true', 'carrier=AA origin=JFK', 'a; b')
    """
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case dict():
            return " ".join(f"{name}={cell(member)}" for name, member in value.items())
        case list() | tuple():
            return "; ".join(cell(member) for member in value)
        case _:
            return str(value)
