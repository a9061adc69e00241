"""Reading an XES file: traces and events in, the parts `events`, `cases` and `log` out.

Source: IEEE Std 1849-2016 and 1849-2023 (XES); the extensions concept, time, org, lifecycle.
"""

from __future__ import annotations

import re
from math import isfinite
from pathlib import Path
from typing import Any, Final

from troth.connectors.parts import Unfolding, compact
from troth.connectors.xmlstream import walk
from troth.errors import Place, Problem, SourceError

COLUMNS: Final = {
    "events": (
        "case_id",
        "seq",
        "activity",
        "lifecycle",
        "ts",
        "resource",
        "attributes",
        "case_attributes",
        "line",
    ),
    "cases": ("case_id", "events", "attributes", "line"),
    "log": ("key", "value"),
}
"""Part → columns; `attributes` are JSON objects by the keys of the file."""

_OWN: Final = {
    "concept:name": "activity",
    "time:timestamp": "ts",
    "lifecycle:transition": "lifecycle",
    "org:resource": "resource",
}
_KINDS: Final = frozenset({"string", "date", "int", "float", "boolean", "id", "list", "container"})
_REAL: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_OFFSET: Final = re.compile(r"([+-]\d\d)(\d\d)$")


class _Attribute:
    """An attribute while it is being read: its value, and what it holds."""

    __slots__ = ("inner", "key", "kind", "many", "value")

    def __init__(self, kind: str, key: str, value: Any) -> None:
        """Begin an attribute."""
        self.kind, self.key, self.value = kind, key, value
        self.inner: dict[str, Any] | None = None
        self.many: list[Any] | None = None

    def put(self, key: str, value: Any) -> None:
        """Add an attribute that it holds."""
        if self.kind == "list":
            self.many = [] if self.many is None else self.many
            self.many.append({key: value})
        else:
            self.inner = {} if self.inner is None else self.inner
            _put(self.inner, key, value)

    def read(self) -> Any:
        """Return the value; with attributes of its own an object of both."""
        if self.kind == "list":
            return self.many or []
        if self.kind == "container":
            return self.inner or {}
        return {"value": self.value, "attributes": self.inner} if self.inner else self.value


class _Reader:
    """Follows the elements of an XES file."""

    def __init__(self, parts: Unfolding) -> None:
        """Begin at the root."""
        self._parts = parts
        self._place = ""  # "log", "trace" or "event": whose attributes come
        self._skipped = 0  # levels inside global, extension, classifier or something unknown
        self._open: list[_Attribute] = []
        self._case: dict[str, Any] = {}
        self._event: dict[str, Any] = {}
        self._faults: list[str] = []
        self._lines = {"trace": 0, "event": 0}
        self._waiting: list[tuple[dict[str, Any], list[str], int]] = []
        self._seen_log = False

    def start(self, name: str, attributes: dict[str, str], line: int) -> None:
        """See an element begin."""
        if self._skipped:
            self._skipped += 1
        elif name in _KINDS and self._seen_log:
            self._begin(name, attributes, line)
        elif not self._seen_log:
            self._root(name, line)
        elif name in ("trace", "event") and not self._open:
            self._enter(name, line)
        elif name != "values" or not self._open or self._open[-1].kind != "list":
            self._skipped += 1

    def end(self, name: str, text: str) -> None:  # noqa: ARG002 - XES keeps nothing in text
        """See an element end."""
        if self._skipped:
            self._skipped -= 1
        elif name in _KINDS:
            self._finish()
        elif name == "event":
            self._finish_event()
        elif name == "trace":
            self._finish_trace()

    def _root(self, name: str, line: int) -> None:
        """See the root: only `log` will do."""
        if name != "log":
            place = Place(self._parts.file.name, line, 1)
            raise SourceError(Problem(place, "D104", f"the root is <{name}>", "<log> of XES", "is it an event log?"))
        self._seen_log, self._place = True, "log"

    def _enter(self, name: str, line: int) -> None:
        """Begin a trace or an event."""
        self._lines[name] = line
        if name == "trace":
            self._case = {}
        else:
            self._event, self._faults = {}, []
        self._place = "event" if name == "event" else "trace"

    def _begin(self, kind: str, attributes: dict[str, str], line: int) -> None:
        """Begin an attribute."""
        key = attributes.get("key", "")
        value, fault = _value(kind, attributes.get("value"))
        if fault and self._place == "event":
            self._faults.append(f"line {line}: `{key}`: {fault}")
        self._open.append(_Attribute(kind, key, value))

    def _finish(self) -> None:
        """Put a finished attribute where it belongs."""
        done = self._open.pop()
        value = done.read()
        if not self._open:
            _put(self._holder(), done.key, value)
            if self._place == "log":
                self._parts.add("log", done.key, compact(value))
        else:
            self._open[-1].put(done.key, value)

    def _holder(self) -> dict[str, Any]:
        """Return whose attributes come."""
        return {"trace": self._case, "event": self._event}.get(self._place, {})

    def _finish_event(self) -> None:
        """Keep an event until its case is known: attributes of a trace may stand after its events."""
        event = self._event, self._faults, self._lines["event"]
        if self._lines["trace"]:
            self._waiting.append(event)
            self._place = "trace"
        else:  # an event outside every trace belongs to no case
            self._write(None, 0, event, None)
            self._place = "log"

    def _finish_trace(self) -> None:
        """Write a case with its events."""
        name = self._case.pop("concept:name", None)
        case = None if name is None else _text(name)
        others = compact(self._case)
        for seq, event in enumerate(self._waiting):
            self._write(case, seq, event, others if seq == 0 else None)
        self._parts.add("cases", case, len(self._waiting), others, self._lines["trace"])
        self._case, self._waiting, self._place = {}, [], "log"
        self._lines["trace"] = 0

    def _write(
        self, case: str | None, seq: int, event: tuple[dict[str, Any], list[str], int], others: str | None
    ) -> None:
        """Write one event, or set it aside."""
        read, faults, line = event
        own = {column: read.pop(key, None) for key, column in _OWN.items()}
        cells = {name: None if cell is None else _text(cell) for name, cell in own.items()}
        if cells["ts"] is None:
            faults = [*faults, f"line {line}: the event has no time:timestamp"]
        if case is None:
            faults = [*faults, f"line {line}: the event's case has no concept:name"]
        if faults:
            said = {"case_id": case, "seq": seq, **cells, **read}
            self._parts.refuse("events", "D110", "; ".join(faults), said)
            return
        when = _OFFSET.sub(r"\1:\2", cells["ts"] or "")
        self._parts.add(
            "events", case, seq, cells["activity"], cells["lifecycle"], when, cells["resource"],
            compact(read), others, line,
        )  # fmt: skip


def _value(kind: str, written: str | None) -> tuple[Any, str]:
    """Return the value of an attribute and what is wrong with it; a value that is not of its kind stays text."""
    if kind == "string" and written is not None:
        return written, ""
    if kind in ("list", "container"):
        return None, ""
    if written is None:
        return None, f"a {kind} without a value"
    if kind == "int":
        try:
            return int(written), ""
        except ValueError:
            return written, f"`{written}` is no whole number"
    if kind == "float":
        # NaN and infinity are floats of XES and no numbers of JSON: they stay words.
        known = written in ("NaN", "INF", "-INF", "Infinity", "-Infinity")
        real = _REAL.fullmatch(written.strip()) is not None and isfinite(float(written))
        return (float(written) if real else written), "" if real or known else f"`{written}` is no number"
    if kind == "boolean":
        word = written.strip().lower()
        known = word in ("true", "false", "1", "0")
        return (word in ("true", "1") if known else written), "" if known else f"`{written}` is neither true nor false"
    return written, ""


def _put(holder: dict[str, Any], key: str, value: Any) -> None:
    """Set a member; a key that comes twice, which XES forbids, keeps both values."""
    if key not in holder:
        holder[key] = value
    elif isinstance(holder[key], list):
        holder[key] = [*holder[key], value]
    else:
        holder[key] = [holder[key], value]


def _text(value: Any) -> str:
    """Return the value of one of the columns as text; attributes of its own are left out."""
    if isinstance(value, dict) and "value" in value:
        value = value["value"]
    return value if isinstance(value, str) else compact(value)


def unfold(file: Path, folder: Path) -> Unfolding:
    """Return the parts of an XES file; the time of an event is text as it stands.

    Raises:
        SourceError: The file is no XES, or not well-formed; with line and column.
    """
    with Unfolding(file, folder, COLUMNS, frozenset({"seq", "events", "line"})) as parts:
        walk(file, _Reader(parts), texts=False)
    return parts
