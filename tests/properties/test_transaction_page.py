"""The page of one subject says nothing that was not known: over random stories, at random moments."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.properties.every_pack import every_pack, machine_of
from troth.engine.fold import refold
from troth.engine.hindsight import judge_told
from troth.engine.machine import Machine, prepare
from troth.model.event import Event
from troth.model.times import Micros, parse_instant
from troth.runtime import catalog
from troth.runtime.replay import heard_by
from troth.surfaces.views.standing import standing
from troth.surfaces.web.environment import render
from troth.surfaces.web.locales import Reader
from troth.surfaces.web.staff.person import Person
from troth.surfaces.web.transaction.answer import WORDS
from troth.surfaces.web.transaction.matter import Matter
from troth.surfaces.web.transaction.shoes import steps
from troth.surfaces.web.transaction.view import view
from troth.testing.strategies import events_of, moments_near, watermarks_of

_FORETOLD = frozenset({"due", "until", "recheck_at", "clean_from", "expires_at"})
"""Members that speak of what is to come: the only moments after the one asked about."""
_INSTANT = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$")
_MACHINE: list[Machine] = []


def machine() -> Machine:
    """Return a pack with everything in it, prepared."""
    if not _MACHINE:
        _MACHINE.append(prepare(catalog.load("store_pickup").compiled.require()))
    return _MACHINE[0]


def shown(events: list[Event], heard: dict[str, Micros], at: Micros, *, past: bool) -> dict[str, Any]:
    """Return what the page shows of what had been heard by a moment."""
    known = heard_by(events, at)
    subject = events[0].subject
    record = refold(machine(), subject, known, heard, at)
    told = judge_told(machine(), subject, known, heard, at, record)
    matter = Matter(standing(record, machine(), at), Reader(), known, told, heard, past=past)
    assert [step["at"] for step in steps(matter)]
    return view(matter)


def moments_of(value: Any, name: str = "") -> Iterator[tuple[str, Micros]]:
    """Yield every moment in a JSON value with the member that names it."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from moments_of(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from moments_of(inner, name)
    elif isinstance(value, str) and _INSTANT.match(value):
        yield name, parse_instant(value)


def test_as_known_at_shows_nothing_that_was_heard_later() -> None:
    tally = Counter[str]()

    @settings(max_examples=80, deadline=None)
    @given(data=st.data())
    def check(data: st.DataObject) -> None:
        pack = machine().pack
        events = data.draw(events_of(pack))
        heard, at = data.draw(watermarks_of(pack)), data.draw(moments_near(events))
        page = msgspec.json.decode(msgspec.json.encode(shown(events, heard, at, past=True)))
        values = {fact["fact"] for group in page["facts"].values() for fact in group if fact["type"] == "timestamp"}
        assert not values, "no fact of this pack is a moment of its own"
        for name, moment in moments_of(page):
            if name not in _FORETOLD:
                assert moment <= at, (name, page["at"])
                tally["moments"] += 1
        later = {event.id for event in events if event.heard_at > at or event.occurred_at > at}
        named = {entry["event_id"] for entry in page["story"]["entries"]}
        named |= {fact["event_id"] for group in page["facts"].values() for fact in group}
        assert not named & (later - {event.id for event in heard_by(events, at)})
        assert page["choices"] == []
        tally["late"] += bool(later)
        tally[page["answer"]["standing"]] += 1

    check()
    assert tally["moments"] > 0
    assert tally["late"] > 0


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_later_events_change_nothing_of_what_was_known(data: st.DataObject) -> None:
    pack = machine().pack
    events = data.draw(events_of(pack))
    heard, at = data.draw(watermarks_of(pack)), data.draw(moments_near(events))
    known = heard_by(events, at)
    if known:
        assert shown(events, heard, at, past=True) == shown(known, heard, at, past=True)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_the_answer_is_the_records_alignment_and_every_box_agrees_with_it(data: st.DataObject) -> None:
    pack = machine().pack
    events = data.draw(events_of(pack))
    heard, at = data.draw(watermarks_of(pack)), data.draw(moments_near(events))
    page = shown(events, heard, at, past=False)
    record = refold(machine(), events[0].subject, heard_by(events, at), heard, at)
    alignment = record.alignment[-1].value if record.alignment and record.events else "untold"
    assert page["answer"]["standing"] in WORDS
    assert (page["answer"]["standing"] == "contradiction") == (alignment in ("ahead", "stuck"))
    assert any(box["disagrees"] for box in page["boxes"]) == (alignment in ("ahead", "stuck", "unverifiable", "behind"))
    for row in page["believed"]:
        if row["true"] is not True:
            assert row["word"] != "This is so"
    told = {row["message"]: row for row in page["choices"]}
    false = {row["statement"] for row in page["believed"] if row["true"] is not True}
    for name in told:
        assert not false & {one for one in pack.messages[name].statements if pack.statements[one].promise is None}


@every_pack
@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_every_pack_can_be_shown_in_whatever_state(name: str, data: st.DataObject) -> None:
    prepared = machine_of(name)
    events = data.draw(events_of(prepared.pack))
    heard, at = data.draw(watermarks_of(prepared.pack)), data.draw(moments_near(events))
    known, past = heard_by(events, at), data.draw(st.booleans())
    record = refold(prepared, events[0].subject, known, heard, at)
    told = judge_told(prepared, record.subject, known, heard, at, record)
    matter = Matter(standing(record, prepared, at), Reader(), known, told, heard, past=past)
    page = view(matter)
    person = Person("ann", "Ann", "associate", "s")
    text = render(
        "transaction_part.html.j2", Reader(), v=page, now=page["at"], at_now=page["at"], person=person, csrf="x",
        address="/tx/x/1", query="", ticks=[page["at"]], tick=0, others=["ben"], may_act=not past,
    )  # fmt: skip
    assert text.count("<h1") == 1
    for step in steps(matter):
        assert step["says"]
