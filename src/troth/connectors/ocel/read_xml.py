"""Reading OCEL 2.0 in XML, in two passes: which objects there are, then everything."""

from __future__ import annotations

from pathlib import Path

from troth.connectors.ocel.log import Log, unfolding
from troth.connectors.parts import Unfolding
from troth.connectors.xmlstream import walk
from troth.errors import Place, Problem, SourceError


class _Reader:
    """Follows the elements of one of the two lists: objects first, then events."""

    def __init__(self, log: Log, wanted: str, file: Path) -> None:
        """Begin at the root; `wanted` is `object` or `event`."""
        self._log = log
        self._wanted = wanted
        self._file = file
        self._path: list[str] = []
        self._one: dict[str, str] = {}
        self._line = 0
        self._attribute: dict[str, str] = {}
        self._values: list[tuple[str | None, str | None, str]] = []
        self._related: list[tuple[str | None, str | None]] = []

    def start(self, name: str, attributes: dict[str, str], line: int) -> None:
        """See an element begin."""
        if not self._path and name != "log":
            place = Place(self._file.name, line, 1)
            raise SourceError(Problem(place, "D104", f"the root is <{name}>", "<log> of OCEL", "is it an event log?"))
        self._path.append(name)
        if self._path == ["log", f"{self._wanted}s", self._wanted]:
            self._one, self._line = attributes, line
            self._values, self._related = [], []
        elif len(self._path) > 3 and self._path[1] == f"{self._wanted}s":
            if name == "attribute":
                self._attribute = attributes
            elif name in ("relationship", "relobj", "object") and "object-id" in attributes:
                self._related.append((attributes["object-id"], attributes.get("qualifier")))

    def end(self, name: str, text: str) -> None:
        """See an element end."""
        if name == "attribute" and len(self._path) > 3 and self._path[1] == f"{self._wanted}s":
            self._values.append((self._attribute.get("name"), self._attribute.get("time"), text))
        elif self._path == ["log", f"{self._wanted}s", self._wanted]:
            self._finish()
        self._path.pop()

    def _finish(self) -> None:
        """Hand a finished object or event on."""
        one, where = self._one, f"line {self._line}"
        if self._wanted == "object":
            self._log.add_object(one.get("id"), one.get("type"), self._values, where)
            for to, qualifier in self._related:
                self._log.link(one.get("id", ""), to, qualifier, where)
        else:
            values = {str(name): value for name, _, value in self._values}
            self._log.add_event(one.get("id"), one.get("type"), one.get("time"), values, self._related, where)


def unfold(file: Path, folder: Path) -> Unfolding:
    """Return the parts of an OCEL 2.0 XML file.

    Raises:
        SourceError: It is not well-formed, or no OCEL; with line and column.
    """
    with unfolding(file, folder) as parts:
        log = Log(parts)
        walk(file, _Reader(log, "object", file))
        walk(file, _Reader(log, "event", file))
    return parts
