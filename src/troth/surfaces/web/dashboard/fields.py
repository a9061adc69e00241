"""What the fields of dates and moments hold: what was asked, as a browser's own controls can show it. Pure."""

from __future__ import annotations

from typing import Any, Final

from troth.model.times import Micros, to_datetime, zone_of
from troth.surfaces.web.dashboard.asked import Asked
from troth.surfaces.web.dashboard.span import DATE, moment

_NAMES: Final = ("from", "to", "vs_from", "vs_to", "at")
_MILLI: Final = 1_000


def fields(asked: Asked, zone: str) -> dict[str, dict[str, str]]:
    """Return the fields by name, each with its `type` and `value`; moments are in a zone.

    Args:
        asked: What is asked.
        zone: The reader's.

    >>> fields(Asked(at="2026-03-21T10:47:00Z", since="2026-03-01"), "Europe/Zurich")["at"]
    {'type': 'datetime-local', 'value': '2026-03-21T11:47:00'}
    """
    written = dict(zip(_NAMES, (asked.since, asked.until, asked.vs_since, asked.vs_until, asked.at), strict=True))
    return {name: _field(text, zone, "datetime-local" if name == "at" else "date") for name, text in written.items()}


def _field(text: str, zone: str, empty: str) -> dict[str, Any]:
    """Return one field; what is no moment stays as it was written, so that it can be mended."""
    if not text:
        return {"type": empty, "value": ""}
    if DATE.fullmatch(text):
        return {"type": "date", "value": text}
    try:
        return {"type": "datetime-local", "value": _local(moment(text, zone), zone)}
    except ValueError:
        return {"type": "text", "value": text}


def _local(instant: Micros, zone: str) -> str:
    """Return an instant as a local time to the millisecond, which is as fine as such a field is; never an earlier one.

    >>> _local(1_000_001, "UTC")
    '1970-01-01T00:00:01.001'
    """
    whole = -(-instant // _MILLI) * _MILLI
    local = to_datetime(whole).astimezone(zone_of(zone)).replace(tzinfo=None)
    return local.isoformat(timespec="milliseconds" if local.microsecond else "seconds")
