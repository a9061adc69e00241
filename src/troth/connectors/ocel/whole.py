"""Reading a JSON document as a whole, its members one by one: memory is little more than the text of the file.

What is wrong with the text is told with line and column.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, TypeAlias

import msgspec

from troth.connectors.forms import open_plain, unreadable
from troth.errors import Place, Problem, SourceError

Document: TypeAlias = dict[str, msgspec.Raw]
"""The members of a JSON object, not yet read."""

_DOCUMENT: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_LIST: Final = msgspec.json.Decoder(list[msgspec.Raw])
_ONE: Final = msgspec.json.Decoder(dict[str, Any])


def read_whole(file: Path, *needed: str) -> Document:
    """Return the object that a JSON file holds, gunzipped where it is gzipped.

    Args:
        file: The file.
        needed: Members that it must have.

    Raises:
        SourceError: D101, it is no JSON; D104, no object, or one without these members; M111, it cannot be read.
    """
    try:
        with open_plain(file) as stream:
            text = stream.read().removeprefix(b"\xef\xbb\xbf")
    except (OSError, EOFError, zlib.error) as error:
        raise unreadable(file, error) from error
    try:
        document = _DOCUMENT.decode(text)
    except msgspec.ValidationError as error:
        raise _no_log(file, "no JSON object") from error
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        line, column = _spot(text, str(error))
        remedy = "is the file whole? copy or download it again"
        problem = Problem(Place(file.name, line, column), "D101", f"no JSON: {error}", "one JSON object", remedy)
        raise SourceError(problem) from error
    if lacking := [name for name in needed if name not in document]:
        raise _no_log(file, f"the object has no {', '.join(lacking)}")
    return document


def members(document: Document, name: str, file: Path) -> Iterator[tuple[str, bytes]]:
    """Yield (path, text) for each member of an array, or of an object, of a document.

    Raises:
        SourceError: D104, it is neither.
    """
    text = document[name]
    try:
        try:
            for number, raw in enumerate(_LIST.decode(text)):
                yield f"{name}[{number}]", bytes(raw)
        except msgspec.ValidationError:
            for key, raw in _DOCUMENT.decode(text).items():
                yield key, bytes(raw)
    except msgspec.ValidationError as error:
        raise _no_log(file, f"`{name}` is neither an array nor an object") from error


def read_one(text: bytes) -> dict[str, Any] | None:
    """Return the object that a text is; `None`: it is none."""
    try:
        return _ONE.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None


def _no_log(file: Path, found: str) -> SourceError:
    """Return the error of a document that is no log."""
    return SourceError(Problem(Place(file.name, 1, 1), "D104", found, "an OCEL log", "is it an event log?"))


def _spot(text: bytes, said: str) -> tuple[int, int]:
    """Return line and column of the byte that a decoder names; the end of the text when it names none."""
    _, _, tail = said.partition("(byte ")
    digits = tail.rstrip(")")
    before = text[: int(digits)] if digits.isdigit() else text
    return before.count(b"\n") + 1, len(before) - before.rfind(b"\n")
