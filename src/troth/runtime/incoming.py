"""One event from outside: what troth asks of it beyond being a CloudEvent."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from troth.errors import EventError, Place, Problem
from troth.model.event import Event, in_order
from troth.model.ids import content_hash
from troth.model.times import MINUTE, Micros, format_duration, format_instant, is_in_calendar
from troth.runtime.envelope import envelope_problems, parse_time, place_of, time_problems

SKEW: Final = 5 * MINUTE
"""How far in the future a live event may lie: the clocks of systems differ."""

DEPTH_MAX: Final = 100
"""The most levels of data that come as Base64."""

_INT64: Final = range(-(2**63), 2**63)


def event_of(raw: object, *, heard_at: Micros, now: Micros, tenant: str = "main", skew: Micros = SKEW) -> Event:
    """Return the event that an envelope is, or an event itself when it is one that can be stored.

    Args:
        raw: A decoded CloudEvents JSON object, or an event.
        heard_at: When it was heard, unless its extension `heardat` says otherwise; microseconds since 1970 UTC.
        now: The present moment.
        tenant: Whose event it is.
        skew: How far after `now` it may lie; microseconds.

    Raises:
        EventError: E1xx, all problems at once.
    """
    if isinstance(raw, Event):
        event, place = raw, place_of(raw.source, raw.id)
    else:
        problems = envelope_problems(raw)
        if problems or not isinstance(raw, Mapping):
            raise EventError(problems)
        place = place_of(raw["source"], raw["id"])
        event = _from_envelope(
            {name: value for name, value in raw.items() if value is not None}, place, heard_at, tenant
        )
    problems = [*_unfit(event, place), *_early(event, place, now, skew)]
    if problems:
        raise EventError(problems)
    return in_order(event, skew)


def _from_envelope(raw: Mapping[str, Any], place: Place, heard_at: Micros, tenant: str) -> Event:
    """Return the event of a valid envelope.

    Raises:
        EventError: It lacks what troth needs beyond CloudEvents.
    """
    problems: list[Problem] = []
    if "subject" not in raw:
        expected = "the attribute subject: what a customer waits on, such as order/17"
        problems.append(Problem(place, "E120", "no subject", expected, "have the source name it"))
    heard = _heard(raw, place, problems)
    sequence = _sequence(raw, place, problems)
    data = _payload(raw, place, problems)
    if problems:
        raise EventError(problems)
    heard = heard_at if heard is None else heard
    timed = "time" in raw
    return Event(
        source=raw["source"],
        id=raw["id"],
        type=raw["type"],
        subject=raw["subject"],
        occurred_at=parse_time(raw["time"]) if timed else heard,
        heard_at=heard,
        data=data,
        sequence=sequence,
        tenant=tenant,
        assumed="" if timed else "occurred_at",
    )


def _heard(raw: Mapping[str, Any], place: Place, problems: list[Problem]) -> Micros | None:
    """Return the moment of the extension `heardat`, `None` without one."""
    value = raw.get("heardat")
    if value is None:
        return None
    found = list(time_problems("heardat", str(value), place))
    problems += found
    return None if found else parse_time(str(value))


def _sequence(raw: Mapping[str, Any], place: Place, problems: list[Problem]) -> int:
    """Return the extension `sequence`: a whole number, or text that is one."""
    value = raw.get("sequence", 0)
    try:
        number = int(value) if not isinstance(value, bool) else None
    except ValueError:
        number = None
    if number is None or number not in _INT64:
        problems.append(
            Problem(place, "E123", f"sequence is {value!r}", "a whole number of 64 bits", "correct or omit it")
        )
        return 0
    return number


def _payload(raw: Mapping[str, Any], place: Place, problems: list[Problem]) -> dict[str, Any]:
    """Return the payload as an object; none is an empty one."""
    data = raw.get("data", {})
    if "data_base64" in raw:
        try:
            data = msgspec.json.decode(base64.b64decode(raw["data_base64"]))
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            data = None
        if _is_deep(data):
            # The door counts the levels of what it can read, and cannot read this.
            expected = f"at most {DEPTH_MAX} levels"
            problems.append(Problem(place, "E125", "the data are nested too deeply", expected, "send flatter data"))
            return {}
    if not isinstance(data, dict):
        problems.append(Problem(place, "E121", "the data are no JSON object", "an object", 'send {"value": …} instead'))
        return {}
    return data


def _is_deep(data: object) -> bool:
    """Return whether decoded JSON has more levels than may be."""
    level = [data]
    for _ in range(DEPTH_MAX):
        level = [
            inner for one in level if isinstance(one, dict | list)
            for inner in (one.values() if isinstance(one, dict) else one)
        ]  # fmt: skip
        if not level:
            return False
    return any(isinstance(one, dict | list) for one in level)


def _unfit(event: Event, place: Place) -> Iterator[Problem]:
    """Yield the problems of an event that the ledger could not keep or the engine not read."""
    for name in ("source", "id", "type", "subject"):
        if not getattr(event, name):
            yield Problem(place, "E103", f"{name} is empty", "text", "correct it where it is made")
    if not isinstance(event.data.get("attributes", {}), dict):
        expected = "an object: each member becomes an attribute of the subject"
        yield Problem(place, "E124", "data.attributes is no object", expected, "rename the member, or send an object")
    moments = (event.occurred_at, event.heard_at)
    try:
        content_hash(event)
        msgspec.msgpack.encode(event)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        expected = "JSON values; whole numbers of 64 bits; no unpaired surrogates"
        yield Problem(place, "E125", f"cannot be stored: {error}", expected, "send the value as text")
    else:
        if event.sequence not in _INT64 or not all(map(is_in_calendar, moments)):
            expected = "years 1 to 9999; a sequence of 64 bits"
            yield Problem(place, "E125", "cannot be stored: a time or sequence is out of range", expected, "correct it")


def _early(event: Event, place: Place, now: Micros, skew: Micros) -> Iterator[Problem]:
    """Yield the problem of an event from the future."""
    for name, moment in (("time", event.occurred_at), ("heardat", event.heard_at)):
        if moment > now + skew:
            found = f"{name} is {_shown(moment)}, {format_duration((moment - now) // 1000 * 1000)} after now"
            expected = f"no more than {format_duration(skew)} after now"
            yield Problem(
                place, "E122", found, expected, "set the source's clock right, or replay when the moment has come"
            )
            return


def _shown(moment: Micros) -> str:
    """Return a moment for a message, also one beyond the calendar."""
    return format_instant(moment) if is_in_calendar(moment) else f"{moment} microseconds since 1970"
