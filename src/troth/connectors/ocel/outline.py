"""What of an event and its subject an object-centric log shows beside the marks: attributes, and how they change."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias

import msgspec

from troth.connectors.ocel.marks import FEED, LEDGER
from troth.model.event import Event
from troth.model.times import Micros, format_instant

Flow: TypeAlias = Iterable[tuple[str, str, list[Event]]]
"""(pack, subject, its events in order), each subject of a pack once."""

Scalar: TypeAlias = str | int | float | bool

BEGINNING: Final = "1970-01-01T00:00:00Z"
"""The time that OCEL gives to what an object begins with."""

ABOUT: Final = "about"
"""Qualifier of the relation between an event and its subject."""

_NAME: Final = re.compile(r"\w[\w .:-]{0,63}")
_MARK: Final = "troth_"


class Change(msgspec.Struct, frozen=True):
    """An attribute of a subject that takes a value."""

    field: str
    time: str
    value: Scalar


def type_of(subject: str) -> str:
    """Return the type of the object that a subject is: what stands before the first slash.

    >>> type_of("order/17"), type_of("17")
    ('order', 'subject')
    """
    noun, slash, _ = subject.partition("/")
    return noun if slash and noun else "subject"


def shown(event: Event) -> dict[str, Scalar]:
    """Return the plain members of an event's data, which tools show as attributes; the marks hold all of it."""
    return {
        name: value
        for name, value in event.data.items()
        if isinstance(value, str | int | float | bool) and _NAME.fullmatch(name) and not name.startswith(_MARK)
    }


def changes_of(events: Iterable[Event]) -> Iterator[Change]:
    """Yield how the attributes of a subject change, in the order of its events; a value repeated is no change."""
    before: dict[str, Any] = {}
    for event in events:
        said = event.data.get("attributes")
        for name, value in said.items() if isinstance(said, Mapping) else ():
            if value is None or (name in before and before[name] == value) or not _NAME.fullmatch(name):
                continue
            before[name] = value
            plain = value if isinstance(value, str | int | float | bool) else msgspec.json.encode(value).decode()
            yield Change(name, format_instant(event.occurred_at), plain)


def heads(feeds: Mapping[str, Micros], extract: Micros | None) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Yield (object, type, attributes) for each feed and the ledger: what the log itself must tell."""
    for source, until in sorted(feeds.items()):
        yield f"{FEED}/{source}", FEED, {"source": source, "heard_until": format_instant(until)}
    if extract is not None:
        yield LEDGER, LEDGER, {"extract": format_instant(extract)}
