"""Reading a JSON document as a whole, with the line and column of what is wrong with it."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

import msgspec

from troth.connectors.forms import open_plain
from troth.errors import Place, Problem, SourceError


def read_whole(file: Path) -> dict[str, Any]:
    """Return the object that a JSON file holds, gunzipped where it is gzipped.

    Raises:
        SourceError: D101, it is no JSON; D104, no object; M111, it cannot be read.
    """
    try:
        with open_plain(file) as stream:
            text = stream.read().removeprefix(b"\xef\xbb\xbf")
    except (OSError, EOFError, zlib.error) as error:
        raise SourceError(Problem(Place(file.name), "M111", f"the file cannot be read: {error}")) from error
    try:
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        line, column = _spot(text, str(error))
        remedy = "is the file whole? copy or download it again"
        problem = Problem(Place(file.name, line, column), "D101", f"no JSON: {error}", "one JSON object", remedy)
        raise SourceError(problem) from error
    if not isinstance(found, dict):
        raise SourceError(Problem(Place(file.name, 1, 1), "D104", "no JSON object", "an OCEL log", "is it a log?"))
    return found


def need(document: dict[str, Any], file: Path, *names: str) -> None:
    """Refuse a document that lacks a member.

    Raises:
        SourceError: D104.
    """
    lacking = [name for name in names if name not in document]
    if lacking:
        found = f"the object has no {', '.join(lacking)}"
        expected = f"the members {', '.join(names)} of an OCEL log"
        raise SourceError(Problem(Place(file.name, 1, 1), "D104", found, expected, "is it an event log?"))


def _spot(text: bytes, said: str) -> tuple[int, int]:
    """Return line and column of the byte that a decoder names; the end of the text when it names none."""
    _, _, tail = said.partition("(byte ")
    digits = tail.rstrip(")")
    before = text[: int(digits)] if digits.isdigit() else text
    return before.count(b"\n") + 1, len(before) - before.rfind(b"\n")
