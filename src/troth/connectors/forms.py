"""What kind of file it is, told from its first bytes, and the reader that unfolds it into parts.

Text tables and Parquet are read as they are. An event log holds several tables; a mapping names the one it means by
`part`.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Final, TypeAlias

from troth.connectors.parts import Unfolding
from troth.errors import Place, Problem, SourceError

Reader: TypeAlias = Callable[[Path, Path], Unfolding]
"""Reads a file and writes its parts into a folder."""

READERS: Final = {
    "xes": "troth.connectors.xes.reader",
    "ocel-json": "troth.connectors.ocel.read_json",
    "ocel1-json": "troth.connectors.ocel.read_json1",
    "ocel-xml": "troth.connectors.ocel.read_xml",
    "ocel-sqlite": "troth.connectors.ocel.read_sqlite",
}
"""Form → module whose `unfold` reads it."""

PARTS: Final = {
    "xes": ("events", "cases", "log"),
    **dict.fromkeys(
        ("ocel-json", "ocel1-json", "ocel-xml", "ocel-sqlite"), ("events", "objects", "relations", "links", "changes")
    ),
}
"""Form → the parts that it has; the first is read where a mapping names none."""

_HEAD: Final = 1 << 16
_TEXT: Final = (".csv", ".tsv", ".txt", ".zip")
_GZIP: Final = b"\x1f\x8b"
_SQLITE: Final = b"SQLite format 3\x00"


def form_of(file: Path) -> str:
    """Return the form of a file: `table` (CSV, Parquet), `cloudevents`, or one of `READERS`.

    A name that says CSV or Parquet is believed; of every other file the first bytes decide.

    Raises:
        SourceError: M111, the file cannot be read.
    """
    name = file.name.lower().removesuffix(".gz")
    if name.endswith((*_TEXT, ".parquet", ".pq")):
        return "table"
    head = head_of(file)
    if head.startswith(_SQLITE):
        return "ocel-sqlite"
    text = _text(head).lstrip("\ufeff \t\r\n")
    if text.startswith("<"):
        return "ocel-xml" if name.endswith(".xmlocel") or "<object-types" in text or "<event-types" in text else "xes"
    if text.startswith(("{", "[")) or name.endswith((".json", ".jsonl", ".ndjson", ".jsonocel")):
        return _json_form(text, name)
    return "table"


def unfold(file: Path, form: str, folder: Path) -> Unfolding:
    """Return the parts of a file, written into a new folder below one.

    Raises:
        SourceError: The file is damaged, or is not what it seems to be; D1xx with line or path.
    """
    target = folder / f"{file.name}.parts"
    target.mkdir()
    reader: Reader = import_module(READERS[form]).unfold
    return reader(file, target)


def plain_file(file: Path, folder: Path) -> Path:
    """Return a file, unpacked below a folder where it is gzipped: for readers that must seek.

    Raises:
        SourceError: M111, it cannot be unpacked.
    """
    if not _starts_as_gzip(file):
        return file
    target = folder / "unpacked"
    try:
        with gzip.open(file, "rb") as source, target.open("wb") as sink:
            while block := source.read(1 << 20):
                sink.write(block)
    except (OSError, EOFError, zlib.error) as error:
        raise unreadable(file, error) from error
    return target


def open_plain(file: Path) -> gzip.GzipFile:
    """Return a stream of a file's bytes, gunzipped where it is gzipped."""
    return gzip.open(file, "rb") if _starts_as_gzip(file) else file.open("rb")  # type: ignore[return-value]


def head_of(file: Path) -> bytes:
    """Return the first bytes of a file, gunzipped where it is gzipped.

    Raises:
        SourceError: M111, the file cannot be read.
    """
    try:
        with open_plain(file) as stream:
            return stream.read(_HEAD)
    except (OSError, EOFError, zlib.error) as error:
        raise unreadable(file, error) from error


def _starts_as_gzip(file: Path) -> bool:
    """Return whether the first bytes are those of gzip."""
    with file.open("rb") as stream:
        return stream.read(2) == _GZIP


def _text(head: bytes) -> str:
    """Return the first bytes as text, whatever they are: for looking at only."""
    wide = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    return head.decode("utf-16" if wide else "utf-8", "replace")


def _json_form(text: str, name: str) -> str:
    """Return which of the forms in JSON it is."""
    if '"ocel:' in text:
        return "ocel1-json"
    if '"specversion"' in text or name.endswith((".ndjson", ".jsonl")):
        return "cloudevents"
    return "ocel-json"


def unreadable(file: Path, error: Exception) -> SourceError:
    """Return the error of a file that cannot be read: M111."""
    remedy = "copy or download it again"
    return SourceError(Problem(Place(file.name), "M111", f"the file cannot be read: {error}", "a whole file", remedy))
