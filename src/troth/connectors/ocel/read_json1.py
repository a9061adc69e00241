"""Reading OCEL 1.0 in JSON: no qualifiers, no changes of objects.

Source: A. F. Ghahfarokhi, G. Park, A. Berti, W. van der Aalst, OCEL: A Standard for Object-Centric Event Logs, 2021.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from troth.connectors.ocel.log import Log, unfolding
from troth.connectors.ocel.whole import need, read_whole
from troth.connectors.parts import Unfolding


def unfold(file: Path, folder: Path) -> Unfolding:
    """Return the parts of an OCEL 1.0 JSON file.

    Raises:
        SourceError: It is no JSON, or no OCEL.
    """
    document = read_whole(file)
    need(document, file, "ocel:events", "ocel:objects")
    with unfolding(file, folder) as parts:
        parts.notes.append(("D401", "OCEL 1.0: relations have no qualifiers, and attributes of objects no times"))
        log = Log(parts)
        for name, one in _members(document["ocel:objects"]):
            values = [(field, None, value) for field, value in _object(one.get("ocel:ovmap")).items()]
            log.add_object(name, one.get("ocel:type"), values, f"ocel:objects.{name}")
        for name, one in _members(document["ocel:events"]):
            related = one.get("ocel:omap")
            objects = [(to, None) for to in related] if isinstance(related, list) else []
            values_of = _object(one.get("ocel:vmap"))
            time = one.get("ocel:timestamp")
            log.add_event(name, one.get("ocel:activity"), time, values_of, objects, f"ocel:events.{name}")
    return parts


def _members(found: Any) -> list[tuple[str, dict[str, Any]]]:
    """Return the members of an object, each as an object."""
    return [(name, _object(one)) for name, one in _object(found).items()]


def _object(found: Any) -> dict[str, Any]:
    """Return an object; anything else is an empty one."""
    return found if isinstance(found, dict) else {}
