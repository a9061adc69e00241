"""Short ways to write engine tests: a pack from YAML, events from tuples, moments from text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from troth.engine.fold import refold
from troth.engine.step import needs_past, step
from troth.lang.compile import compile_pack
from troth.model.event import Event
from troth.model.ids import record_hash
from troth.model.pack import Pack
from troth.model.record import FactView, Promise, Record
from troth.model.times import Micros, parse_duration

SUBJECT = "order/1"
Told = tuple[str, str, str] | tuple[str, str, str, Mapping[str, Any]]
"""(when, source, type[, data]): when as `10m`, or `10m heard 2h`, or `10m #3` with a sequence."""

BASE: dict[str, Any] = {
    "pack": "test",
    "version": 1,
    "title": "A test",
    "subject": "order",
    "request": "order.placed",
    "sources": {"desk": {}, "floor": {}, "carrier": {}},
    "facts": {
        "placed": {"type": "bool", "authority": [["desk"]], "otherwise": False},
        "done": {"type": "bool", "authority": [["floor"]], "otherwise": False},
    },
    "events": {"order.placed": {"observe": {"placed": True}}, "order.done": {"observe": {"done": "data.done"}}},
    "states": {"done": {"when": "done", "usable": True, "terminal": True}, "open": {"when": "!done"}},
}


def a_pack(**changes: Any) -> Pack:
    """Return the base pack with whole sections exchanged, or merged where the section's name starts with `more_`."""
    value = dict(BASE)
    for name, section in changes.items():
        if name.startswith("more_"):
            value[name[5:]] = {**value.get(name[5:], {}), **section}
        else:
            value[name] = section
    compiled = compile_pack({"pack.yaml": yaml.safe_dump(value, sort_keys=False)})
    errors = [str(problem) for problem in compiled.problems if problem.severity == "error"]
    assert compiled.pack is not None, errors
    return compiled.pack


def moment(text: str) -> Micros:
    """Return a moment of the test's clock, which starts at zero."""
    return -parse_duration(text[1:]) if text.startswith("-") else parse_duration(text)


def an_event(told: Told, number: int) -> Event:
    """Return the event of a tuple; its id is its number."""
    when, source, kind = told[:3]
    data: dict[str, Any] = dict(told[3]) if len(told) > 3 else {}
    when, _, sequence = when.partition(" #")
    when, _, heard = when.partition(" heard ")
    occurred = moment(when)
    return Event(
        source, f"e{number}", kind, SUBJECT, occurred, moment(heard) if heard else occurred, data, int(sequence or 0)
    )


def events(*told: Told) -> list[Event]:
    """Return events of tuples with the ids e0, e1 and so on."""
    return [an_event(one, number) for number, one in enumerate(told)]


def fold(pack: Pack, told: Sequence[Told | Event], now: str, heard: str | Mapping[str, str] | None = None) -> Record:
    """Return the record at `now`, having checked that feeding the events one by one, as heard, ends in the same.

    Args:
        pack: The pack.
        told: Events, as tuples or as they are.
        now: The moment.
        heard: Watermark of every source, or of each; `None`: all up to `now`.
    """
    happened = [one if isinstance(one, Event) else an_event(one, number) for number, one in enumerate(told)]
    marks = heard if isinstance(heard, Mapping) else {source.name: heard or now for source in pack.sources}
    watermarks = {source: moment(mark) for source, mark in marks.items()}
    record = refold(pack, SUBJECT, happened, watermarks, moment(now))
    _check_stepwise(pack, happened, watermarks, moment(now), record)
    return record


def _check_stepwise(
    pack: Pack, happened: list[Event], watermarks: Mapping[str, Micros], now: Micros, wanted: Record
) -> None:
    """Check that stepping from event to event in the order of hearing gives the record that the refold gives."""
    record: Record | None = None
    seen: list[Event] = []
    for event in sorted(happened, key=lambda one: (one.heard_at, one.key)):
        seen.append(event)
        at = min(now, max(event.heard_at, event.occurred_at))
        if record is not None and needs_past(pack, record, [event], watermarks, at):
            record = step(pack, record, SUBJECT, [event], seen, watermarks, at)
        else:
            record = step(pack, record, SUBJECT, [event], None, watermarks, at)
    record = step(pack, record, SUBJECT, [], seen, watermarks, now)
    assert record_hash(record) == record_hash(wanted)


def fact(pack: Pack, record: Record, name: str) -> FactView:
    """Return a fact of the record by name."""
    return record.facts[[one.name for one in pack.facts].index(name)]


def promise(record: Record, kind: str, key: str = "") -> Promise:
    """Return a promise of the record."""
    return next(one for one in record.promises if one.kind == kind and one.key == key)


def state(record: Record) -> str:
    """Return the present state's name."""
    return record.states[-1].value


def codes(record: Record) -> list[str]:
    """Return the codes of the record's findings in order."""
    return [finding.code for finding in record.findings]
