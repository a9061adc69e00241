"""Writing OCEL 2.0 in JSON, with bounded memory: objects and events go to files of their own and are joined."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import msgspec

from troth.connectors.ocel.marks import event_id, marks_of
from troth.connectors.ocel.outline import ABOUT, BEGINNING, Flow, changes_of, heads, shown, type_of
from troth.model.times import Micros, format_instant

_KINDS: Final = {bool: "boolean", int: "integer", float: "float", str: "string"}
_encode: Final = msgspec.json.Encoder().encode


class _List:
    """A list of the document while it grows: members in a file, types with their attributes in memory."""

    def __init__(self, file: Path) -> None:
        """Open the file."""
        self._file = file
        self._stream = file.open("wb")
        self._types: dict[str, dict[str, str]] = {}
        self.count = 0

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file."""
        self._stream.close()

    def add(self, member: Mapping[str, Any]) -> None:
        """Add a member; note its type and the kinds of its attributes."""
        kinds = self._types.setdefault(member["type"], {})
        for attribute in member["attributes"]:
            kind = _KINDS[type(attribute["value"])]
            # An attribute of two kinds is declared as text: that can be read in any case.
            kinds[attribute["name"]] = kind if kinds.get(attribute["name"], kind) == kind else "string"
        self._stream.write(b",\n" if self.count else b"\n")
        self._stream.write(_encode(member))
        self.count += 1

    def types(self) -> bytes:
        """Return the declaration of the types."""
        return _encode(
            [
                {"name": name, "attributes": [{"name": one, "type": kind} for one, kind in sorted(kinds.items())]}
                for name, kinds in sorted(self._types.items())
            ]
        )

    def pour(self, target: Any) -> None:
        """Write the members into a stream."""
        self._stream.close()
        with self._file.open("rb") as source:
            shutil.copyfileobj(source, target, 1 << 20)


def write_json(target: Path, flow: Flow, feeds: Mapping[str, Micros], extract: Micros | None) -> int:
    """Write a log into a new file and return the number of its events; arguments as of `write_sqlite`."""
    with (
        tempfile.TemporaryDirectory(prefix="troth-", dir=target.parent) as folder,
        _List(Path(folder) / "objects") as objects,
        _List(Path(folder) / "events") as events,
        target.open("wb") as stream,
    ):
        for name, type_, values in heads(feeds, extract):
            first = [{"name": field, "time": BEGINNING, "value": value} for field, value in values.items()]
            objects.add({"id": name, "type": type_, "attributes": first, "relationships": []})
        _write_subjects(flow, objects, events)
        stream.write(b'{"objectTypes":' + objects.types() + b',\n"eventTypes":' + events.types())
        stream.write(b',\n"objects":[')
        objects.pour(stream)
        stream.write(b'\n],\n"events":[')
        events.pour(stream)
        stream.write(b"\n]}\n")
        return events.count


def _write_subjects(flow: Flow, objects: _List, events: _List) -> None:
    """Write every subject as an object, and its events; a subject of a second pack is the same object."""
    seen: set[str] = set()
    for pack, subject, of_subject in flow:
        changes = [{"name": one.field, "time": one.time, "value": one.value} for one in changes_of(of_subject)]
        if subject not in seen:
            seen.add(subject)
            objects.add({"id": subject, "type": type_of(subject), "attributes": changes, "relationships": []})
        for event in of_subject:
            values: dict[str, Any] = {**shown(event), **marks_of(event, pack)}
            events.add(
                {
                    "id": event_id(event),
                    "type": event.type,
                    "time": format_instant(event.occurred_at),
                    "attributes": [{"name": name, "value": value} for name, value in values.items()],
                    "relationships": [{"objectId": subject, "qualifier": ABOUT}],
                }
            )
