"""Reading OCEL 2.0 in JSON. The text is read as a whole: of logs beyond memory take the SQLite form."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from troth.connectors.ocel.log import Log, unfolding
from troth.connectors.ocel.whole import members, read_one, read_whole
from troth.connectors.parts import Unfolding


def unfold(file: Path, folder: Path) -> Unfolding:
    """Return the parts of an OCEL 2.0 JSON file.

    Raises:
        SourceError: It is no JSON, or no OCEL.
    """
    document = read_whole(file, "events", "objects")
    with unfolding(file, folder) as parts:
        log = Log(parts)
        for where, text in members(document, "objects", file):
            if (one := read_one(text)) is None:
                log.refuse_text("objects", where, text)
                continue
            values = [(v.get("name"), v.get("time"), v.get("value")) for _, v in _each(one.get("attributes"), where)]
            log.add_object(one.get("id"), one.get("type"), values, where)
            for spot, to in _each(one.get("relationships"), f"{where}.relationships"):
                log.link(str(one.get("id")), to.get("objectId"), to.get("qualifier"), spot)
        for where, text in members(document, "events", file):
            if (one := read_one(text)) is None:
                log.refuse_text("events", where, text)
                continue
            attributes = {str(v.get("name")): v.get("value") for _, v in _each(one.get("attributes"), where)}
            related = [(to.get("objectId"), to.get("qualifier")) for _, to in _each(one.get("relationships"), where)]
            log.add_event(one.get("id"), one.get("type"), one.get("time"), attributes, related, where)
    return parts


def _each(listed: Any, where: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (path, object) for each member of an array; what is no object is an empty one, and refused as such."""
    for number, one in enumerate(listed if isinstance(listed, list) else ()):
        yield f"{where}[{number}]", one if isinstance(one, dict) else {}
