"""What an exported event carries beside what OCEL knows, so that it can be read back to the last bit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from troth.model.event import Event
from troth.model.times import format_instant, parse_instant

SOURCE: Final = "troth_source"
ID: Final = "troth_id"
SUBJECT: Final = "troth_subject"
HEARD: Final = "troth_heard_at"
SEQUENCE: Final = "troth_sequence"
ASSUMED: Final = "troth_assumed"
PACK: Final = "troth_pack"
DATA: Final = "troth_data"

FEED: Final = "troth.feed"
"""Type of the objects that say up to when each source had been heard: attribute `heard_until`."""

LEDGER: Final = "troth.ledger"
"""Type of the one object that says what the log is an export of: attribute `extract`."""


def event_id(event: Event) -> str:
    """Return the id of an event in a log: its source, in which `%` and `/` are escaped, and its id.

    >>> event_id(Event("a/b", "1", "t", "order/1", 0, 0))
    'a%2Fb/1'
    """
    return f"{event.source.replace('%', '%25').replace('/', '%2F')}/{event.id}"


def marks_of(event: Event, pack: str) -> dict[str, str | int]:
    """Return the attributes with which an event can be read back."""
    marks: dict[str, str | int] = {
        SOURCE: event.source,
        ID: event.id,
        SUBJECT: event.subject,
        HEARD: format_instant(event.heard_at),
        PACK: pack,
        DATA: msgspec.json.encode(event.data).decode(),
    }
    if event.sequence:
        marks[SEQUENCE] = event.sequence
    if event.assumed:
        marks[ASSUMED] = event.assumed
    return marks


def event_from(type_: str, time: str, marks: Mapping[str, Any]) -> Event:
    """Return the event that was exported.

    Raises:
        KeyError: A mark is missing.
        ValueError: A mark is not what it should be.
    """
    return Event(
        source=marks[SOURCE],
        id=marks[ID],
        type=type_,
        subject=marks[SUBJECT],
        occurred_at=parse_instant(time),
        heard_at=parse_instant(marks[HEARD]),
        data=msgspec.json.decode(marks[DATA]),
        sequence=int(marks.get(SEQUENCE, 0)),
        assumed=marks.get(ASSUMED, ""),
    )
