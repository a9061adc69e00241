"""Our own reading of the CloudEvents 1.0 JSON format, and the way back.

`envelope_problems` says whether something is a CloudEvent at all, with every problem at once. What troth asks beyond
that (a subject, an object as data) is judged by `troth.runtime.ingest`.

Source: CloudEvents 1.0.2, core specification and JSON event format; RFC 3339, RFC 3986, RFC 2046.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from itertools import chain, islice
from typing import Any, Final

import msgspec

from troth.errors import Place, Problem
from troth.model.event import Event
from troth.model.times import MINUTE, SECOND, Micros, format_instant, from_datetime

_REQUIRED: Final = ("specversion", "id", "source", "type")
_TEXTS: Final = ("id", "source", "type", "subject", "datacontenttype", "dataschema", "time")
_NAME: Final = re.compile(r"[a-z0-9]+")
_INTEGERS: Final = range(-(2**31), 2**31)
# Control characters, surrogates and noncharacters: what a CloudEvents String must not hold.
_FORBIDDEN: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef"
    + "".join(f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in range(17))
    + "]"
)
_URI: Final = r"(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+"
_URI_REFERENCE: Final = re.compile(_URI)
_ABSOLUTE_URI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:" + _URI)
_TOKEN: Final = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"  # noqa: S105  a token of RFC 2045, no secret
_MEDIA_TYPE: Final = re.compile(rf'{_TOKEN}/{_TOKEN}(?:\s*;\s*{_TOKEN}=(?:{_TOKEN}|"(?:[^"\\]|\\.)*"))*\s*')
_INSTANT: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:([Zz])|([+-])(\d\d):(\d\d))", re.ASCII
)
_encode: Final = msgspec.json.Encoder().encode

PROBLEMS_MAX: Final = 100
"""How many problems of one event are told: each names its place, and whoever sends decides how many there are."""
_PLACE_MAX: Final = 200


@lru_cache(maxsize=16)  # An event's moments are judged first, and read right afterwards.
def parse_time(text: str) -> Micros:
    """Return the instant of an RFC 3339 timestamp, stricter than `parse_instant`: exactly its grammar.

    Digits after the microsecond are cut off. A leap second counts as the second after it.

    >>> parse_time("1970-01-01T01:00:01.5+01:00")
    1500000

    Raises:
        ValueError: The text is no RFC 3339 timestamp, or there is no such moment.
    """
    match = _INSTANT.fullmatch(text)
    if match is None:
        raise ValueError(f"no RFC 3339 timestamp: {text!r}")
    year, month, day, hour, minute, second = (int(part) for part in match.group(1, 2, 3, 4, 5, 6))
    micros = int((match[7] or "")[:6].ljust(6, "0"))
    offset = 0
    if match[8] is None:
        hours, minutes = int(match[10]), int(match[11])
        if hours > 23 or minutes > 59:
            raise ValueError(f"no such offset: {text!r}")
        offset = (60 * hours + minutes) * MINUTE * (-1 if match[9] == "-" else 1)
    leap = second == 60
    start = datetime(year, month, day, hour, minute, 59 if leap else second, tzinfo=UTC)
    instant = from_datetime(start) - offset
    if leap:
        # Leap seconds end a day in UTC, nothing else.
        if (instant + SECOND) % (24 * 60 * MINUTE):
            raise ValueError(f"no leap second: {text!r}")
        instant += SECOND
    return instant + micros


def envelope_problems(raw: object, place: Place | None = None) -> list[Problem]:
    """Return everything that keeps a decoded JSON value from being a CloudEvent; empty when it is one.

    Of more than `PROBLEMS_MAX` problems only the first ones are told.

    Args:
        raw: A decoded JSON value.
        place: Where it came from; by default its own source and id.
    """
    if not isinstance(raw, Mapping):
        where = place or Place()
        return [
            Problem(where, "E101", f"not an object: {_short(raw)}", "a JSON object", "send one event as one object")
        ]
    where = place or place_of(raw.get("source"), raw.get("id"))
    found = chain(
        _required(raw, where),
        _context(raw, where),
        (problem for name, value in raw.items() for problem in _attribute(name, value, where)),
        _data(raw, where),
    )
    return list(islice(found, PROBLEMS_MAX))


def place_of(source: object, event_id: object) -> Place:
    """Return where an event comes from, as far as it says so: its source, and its id as the path.

    What cannot be printed, or not be encoded at all, is escaped: places end up in logs and on terminals. Every problem
    repeats its place, so that a long one is cut.
    """
    named = [_cut("" if name is None else str(name)) for name in (source, event_id)]
    file, path = (name if name.isprintable() else ascii(name) for name in named)
    return Place(file=file, path=path)


def _cut(text: str) -> str:
    """Return a text that is not too long for a place."""
    return text if len(text) <= _PLACE_MAX else text[: _PLACE_MAX - 3] + "..."


def _required(raw: Mapping[str, Any], place: Place) -> Iterator[Problem]:
    """Yield the problems of attributes that are not there."""
    for name in _REQUIRED:
        if raw.get(name) is None:
            yield Problem(place, "E102", f"no {name}", f"the attribute {name}", "have the source send it")


def _context(raw: Mapping[str, Any], place: Place) -> Iterator[Problem]:
    """Yield the problems of the attributes that the specification names."""
    version = raw.get("specversion")
    if version is not None and version != "1.0":
        yield Problem(place, "E104", f"specversion {_short(version)}", '"1.0"', "have the source send CloudEvents 1.0")
    for name in _TEXTS:
        value = raw.get(name)
        if value is None:
            continue
        if not isinstance(value, str) or not value:
            yield Problem(place, "E103", f"{name} is {_short(value)}", "text that is not empty", "correct or omit it")
        elif name in _FORMS and not _FORMS[name][0].fullmatch(value):
            _, code, expected = _FORMS[name]
            yield Problem(place, code, f"{name} is {_short(value)}", expected, "correct it where it is made")
        elif name == "time":
            yield from time_problems("time", value, place)


_FORMS: Final = {
    "source": (_URI_REFERENCE, "E111", "a URI reference (percent-encode spaces and letters beyond ASCII)"),
    "dataschema": (_ABSOLUTE_URI, "E111", "an absolute URI"),
    "datacontenttype": (_MEDIA_TYPE, "E110", "a media type, such as application/json"),
}


def time_problems(name: str, value: str, place: Place) -> Iterator[Problem]:
    """Yield the problem of an attribute that is to be a timestamp."""
    try:
        parse_time(value)
    except ValueError:
        expected = "an RFC 3339 timestamp with seconds and offset, such as 2026-03-02T09:00:00Z"
        yield Problem(place, "E105", f"{name} is {_short(value)}", expected, "send the moment with its offset")


def _attribute(name: object, value: object, place: Place) -> Iterator[Problem]:
    """Yield the problems that any attribute can have: its name, its type, its characters."""
    if name in ("data", "data_base64"):
        return
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        yield Problem(place, "E106", f"an attribute is called {_short(name)}", "lower-case letters and digits only")
        return
    if isinstance(value, str):
        if _FORBIDDEN.search(value):
            expected = "text without control characters, surrogates and noncharacters"
            yield Problem(place, "E112", f"{name} is {_short(value)}", expected, "remove them where it is made")
    elif name not in _TEXTS and name != "specversion" and value is not None and not _is_small(value):
        expected = "text, true, false or a whole number of 32 bits"
        yield Problem(place, "E107", f"{name} is {_short(value)}", expected, "put richer values into data")


def _is_small(value: object) -> bool:
    """Return whether a value is a CloudEvents Boolean or Integer."""
    return isinstance(value, bool) or (type(value) is int and value in _INTEGERS)


def _data(raw: Mapping[str, Any], place: Place) -> Iterator[Problem]:
    """Yield the problems of the payload's two members."""
    encoded = raw.get("data_base64")
    if encoded is None:
        return
    if raw.get("data") is not None:
        yield Problem(place, "E108", "both data and data_base64", "one of them", "omit data_base64")
    try:
        base64.b64decode(encoded, validate=True)
    except (TypeError, ValueError, binascii.Error):
        yield Problem(place, "E109", f"data_base64 is {_short(encoded)}", "Base64 text", "correct it where it is made")


def _short(value: object) -> str:
    """Return a value in few characters, for a message."""
    text = ascii(value)
    return text if len(text) <= 60 else text[:57] + "..."


def to_envelope(event: Event) -> dict[str, Any]:
    """Return the event as a CloudEvents 1.0 JSON object, which `troth.runtime.ingest` reads back.

    The extension `heardat` carries heard_at, `sequence` the sequence; a time that was only assumed is left out.
    """
    envelope: dict[str, Any] = {
        "specversion": "1.0",
        "id": event.id,
        "source": event.source,
        "type": event.type,
        "subject": event.subject,
    }
    if event.assumed != "occurred_at":
        envelope["time"] = format_instant(event.said_at)
    if event.assumed != "heard_at":
        envelope["heardat"] = format_instant(event.heard_at)
    if event.said_sequence:
        envelope["sequence"] = event.said_sequence
    if event.data:
        envelope["datacontenttype"] = "application/json"
        envelope["data"] = event.data
    return envelope


def to_json(event: Event) -> str:
    """Return the event as CloudEvents 1.0 JSON text."""
    return _encode(to_envelope(event)).decode()
