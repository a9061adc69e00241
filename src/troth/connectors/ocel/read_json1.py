"""Reading OCEL 1.0 in JSON: no qualifiers, no changes of objects.

Source: A. F. Ghahfarokhi, G. Park, A. Berti, W. van der Aalst, OCEL: A Standard for Object-Centric Event Logs, 2021.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from troth.connectors.ocel.log import Log, unfolding
from troth.connectors.ocel.whole import members, read_one, read_whole
from troth.connectors.parts import Unfolding

_EVENTS: Final = "ocel:events"
_OBJECTS: Final = "ocel:objects"


def unfold(file: Path, folder: Path) -> Unfolding:
    """Return the parts of an OCEL 1.0 JSON file.

    Raises:
        SourceError: It is no JSON, or no OCEL.
    """
    document = read_whole(file, _EVENTS, _OBJECTS)
    with unfolding(file, folder) as parts:
        parts.notes.append(("D401", "OCEL 1.0: relations have no qualifiers, and attributes of objects no times"))
        log = Log(parts)
        for name, text in members(document, _OBJECTS, file):
            if (one := read_one(text)) is None:
                log.refuse_text("objects", f"{_OBJECTS}.{name}", text)
                continue
            values = [(field, None, value) for field, value in _object(one.get("ocel:ovmap")).items()]
            log.add_object(name, one.get("ocel:type"), values, f"{_OBJECTS}.{name}")
        for name, text in members(document, _EVENTS, file):
            if (one := read_one(text)) is None:
                log.refuse_text("events", f"{_EVENTS}.{name}", text)
                continue
            related = one.get("ocel:omap")
            objects = [(to, None) for to in related] if isinstance(related, list) else []
            values_of = _object(one.get("ocel:vmap"))
            time = one.get("ocel:timestamp")
            log.add_event(name, one.get("ocel:activity"), time, values_of, objects, f"{_EVENTS}.{name}")
    return parts


def _object(found: Any) -> dict[str, Any]:
    """Return an object; anything else is an empty one."""
    return found if isinstance(found, dict) else {}
