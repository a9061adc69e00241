"""The parts of an object-centric log, whatever it is written in, and the rules that all its forms share.

Source: A. Berti, I. Koren, J. N. Adams et al., OCEL (Object-Centric Event Log) 2.0 Specification, 2024.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from troth.connectors.parts import Unfolding, compact

COLUMNS: Final = {
    "events": ("event_id", "activity", "ts", "attributes"),
    "objects": ("object_id", "object_type", "ts", "attributes"),
    "relations": ("event_id", "object_id", "object_type", "qualifier"),
    "links": ("object_id", "to_id", "qualifier"),
    "changes": ("object_id", "object_type", "field", "ts", "value"),
}
"""Part → columns; `attributes` are JSON objects, for objects the values that they begin with."""

_BEGINNING: Final = "1970-01-01"


class Log:
    """Writes events and objects into parts, and sets aside what contradicts itself."""

    def __init__(self, parts: Unfolding) -> None:
        """Begin with nothing."""
        self._parts = parts
        self._events: set[str] = set()
        self._types: dict[str, str] = {}

    def add_object(self, name: Any, type_: Any, values: Iterable[tuple[Any, Any, Any]], where: str) -> None:
        """Add an object.

        Args:
            name: Its id.
            type_: Its type.
            values: (attribute, time, value); a time of 1970-01-01, or none, means from the beginning.
            where: Its place in the file, for problems.
        """
        given = [(field, time, value) for field, time, value in values]
        cells = {"object_id": name, "object_type": type_, "values": given}
        if not isinstance(name, str) or not name or not isinstance(type_, str):
            self._parts.refuse("objects", "D111", f"{where}: an object without id or type", cells)
        elif name in self._types:
            self._parts.refuse("objects", "D113", f"{where}: a second object `{name}`", cells)
        else:
            self._types[name] = type_
            self._values(name, type_, given)

    def add_event(
        self,
        name: Any,
        type_: Any,
        time: Any,
        attributes: Mapping[str, Any],
        relations: Iterable[tuple[Any, Any]],
        where: str,
    ) -> None:
        """Add an event with its relations: (object, qualifier). All objects are added before the first event."""
        related = list(relations)
        cells = {"event_id": name, "activity": type_, "ts": time, "relations": related, **attributes}
        fault = ""
        if not isinstance(name, str) or not name or not isinstance(type_, str):
            fault = "an event without id or type"
        elif not isinstance(time, str) or not time:
            fault = f"the event `{name}` has no time"
        if fault:
            self._parts.refuse("events", "D111", f"{where}: {fault}", cells)
        elif name in self._events:
            self._parts.refuse("events", "D113", f"{where}: a second event `{name}`", cells)
        else:
            self._events.add(name)
            self._parts.add("events", name, type_, time, compact(dict(attributes)))
            for to, qualifier in related:
                self._relate(name, to, qualifier, where)

    def refuse_text(self, part: str, where: str, text: bytes) -> None:
        """Set aside what should be an event or an object and is no JSON object at all."""
        self._parts.refuse(part, "D111", f"{where}: no object", {"text": text.decode(errors="replace")})

    def link(self, name: str, to: Any, qualifier: Any, where: str) -> None:
        """Add a relation between two objects; the second need not be in the log."""
        if isinstance(to, str) and to:
            self._parts.add("links", name, to, _word(qualifier))
        else:
            cells = {"object_id": name, "to_id": to, "qualifier": qualifier}
            self._parts.refuse("links", "D112", f"{where}: `{name}` is related to no object", cells)

    def _relate(self, name: str, to: Any, qualifier: Any, where: str) -> None:
        """Add a relation of an event to an object that is there."""
        type_ = self._types.get(to) if isinstance(to, str) else None
        if type_ is None:
            cells = {"event_id": name, "object_id": to, "qualifier": qualifier}
            reason = f"{where}: the event `{name}` names the object `{to}`, which is not in the log"
            self._parts.refuse("relations", "D112", reason, cells)
        else:
            self._parts.add("relations", name, to, type_, _word(qualifier))

    def _values(self, name: str, type_: str, values: Iterable[tuple[Any, Any, Any]]) -> None:
        """Add an object's values: those from the beginning as its attributes, the others as changes."""
        first: dict[str, Any] = {}
        changes: list[tuple[str, str, Any]] = []
        for field, time, value in values:
            if is_beginning(time) and str(field) not in first:
                first[str(field)] = value
            else:
                changes.append((str(field), _word(time) or "", value))
        self._parts.add("objects", name, type_, None, compact(first))
        for field, moment, value in changes:
            self._parts.add("changes", name, type_, field, moment or None, _word(value))


def unfolding(file: Path, folder: Path) -> Unfolding:
    """Return the parts of an object-centric log, ready to be written."""
    return Unfolding(file, folder, COLUMNS, frozenset())


def is_beginning(time: Any) -> bool:
    """Return whether a time means that a value holds from the beginning: none, or OCEL's own mark, the year 1970."""
    return time is None or str(time).startswith(_BEGINNING)


def _word(value: Any) -> str | None:
    """Return a cell as text."""
    return value if value is None or isinstance(value, str) else compact(value)
