"""The status page says nothing that the record does not: over random stories, and with every fact hidden in turn."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from troth.engine.fold import refold
from troth.engine.hindsight import judge_told
from troth.engine.machine import Machine, prepare
from troth.model.event import Event
from troth.model.record import FactView, Record
from troth.model.times import Micros
from troth.runtime import catalog
from troth.surfaces.views.standing import standing
from troth.surfaces.web.environment import render
from troth.surfaces.web.locales import Reader
from troth.surfaces.web.status.facts import sentence
from troth.surfaces.web.status.sight import Sight
from troth.surfaces.web.status.view import Known, view
from troth.testing.strategies import events_of, moments_near, watermarks_of

PERSON = "Ada Roe <b>"
Row = dict[str, Any]
_MACHINE: list[Machine] = []


def machine() -> Machine:
    """Return the pack whose page has texts, prepared."""
    if not _MACHINE:
        _MACHINE.append(prepare(catalog.load("store_pickup").compiled.require()))
    return _MACHINE[0]


def sight_of(record: Record, now: Micros, *, proved: bool = False) -> Sight:
    """Return what a page looks at."""
    return Sight(standing(record, machine(), now), Reader(), proved)


def shown(
    record: Record, now: Micros, events: list[Event], heard: dict[str, Micros], *, proved: bool
) -> dict[str, Any]:
    """Return all that a page shows."""
    told = judge_told(machine(), record.subject, events, heard, now)
    personal = {"name": PERSON} if proved else {}
    known = Known(told=told, events=events, personal=personal, proofs=("phone",), may_act=True)
    return view(sight_of(record, now, proved=proved), known, {"firm": "", "phone": "", "email": "", "hours": ""})


def test_every_sentence_about_a_fact_is_the_records() -> None:
    tally = Counter[str]()

    @settings(max_examples=60)
    @given(data=st.data())
    def check(data: st.DataObject) -> None:
        _says_what_is_so(data, tally)

    check()
    assert all(tally[name] for name in ("confirmed", "unknown", "stands", "markup")), tally


def _says_what_is_so(data: st.DataObject, tally: Counter[str]) -> None:
    """Tell a story, and compare what the page says with the record."""
    pack = machine().pack
    events = data.draw(events_of(pack))
    heard, now = data.draw(watermarks_of(pack)), data.draw(moments_near(events))
    record = refold(machine(), events[0].subject, events, heard, now)
    page = shown(record, now, events, heard, proved=False)
    sight = sight_of(record, now)
    views = {fact.name: found for fact, found in zip(pack.facts, record.facts, strict=True)}
    texts = {pack.facts[text.fact].name: text for text in pack.page.facts}
    for row in page["facts"]["confirmed"]:
        fact = views[row["fact"]]
        assert fact.status == "known"
        assert row["says"] == sentence(sight, texts[row["fact"]], fact.value)
        assert not texts[row["fact"]].personal
        tally["confirmed"] += 1
    for row in page["facts"]["unknown"]:
        assert views[row["fact"]].status in ("missing", "stale")
        assert row["says"] == ""
        tally["unknown"] += 1
    for row in page["facts"]["disputed"]:
        assert views[row["fact"]].status == "disputed" or views[row["fact"]].conflict
    listed = Counter(row["fact"] for group in page["facts"].values() for row in group)
    assert all(count == 1 for count in listed.values())
    for row in page["told"]:
        for one in row["statements"]:
            if one["standing"] == "stands":
                titles = {statement.title for _, statement in sight.believed() if sight.truth(statement) is True}
                assert one["says"] in titles
                tally["stands"] += 1
    if page["markup"] is not None:
        assert sight.state() is not None
        tally["markup"] += 1
    render("status_part.html.j2", Reader(), v=page, now=page["at"], path="/s/x", query="", csrf="x")


@settings(max_examples=40)
@given(data=st.data())
def test_hiding_a_fact_never_makes_a_sentence_or_a_button_appear(data: st.DataObject) -> None:
    pack = machine().pack
    events = data.draw(events_of(pack))
    heard, now = data.draw(watermarks_of(pack)), data.draw(moments_near(events))
    record = refold(machine(), events[0].subject, events, heard, now)
    page = shown(record, now, events, heard, proved=False)
    hidden = data.draw(st.sets(st.integers(0, len(pack.facts) - 1), min_size=1, max_size=3))
    facts = tuple(FactView("missing") if index in hidden else one for index, one in enumerate(record.facts))
    blind = shown(replace(record, facts=facts), now, events, heard, proved=False)
    before = {(row["fact"], row["says"]) for row in page["facts"]["confirmed"]}
    after = {(row["fact"], row["says"]) for row in blind["facts"]["confirmed"]}
    assert after <= before
    assert not {pack.facts[index].name for index in hidden} & {name for name, _ in after}
    offered = {row["action"] for row in page["actions"] if row["available"] is True}
    assert {row["action"] for row in blind["actions"] if row["available"] is True} <= offered


@settings(max_examples=40)
@given(data=st.data())
def test_nothing_personal_is_shown_before_the_reader_has_shown_who_they_are(data: st.DataObject) -> None:
    pack = machine().pack
    events = data.draw(events_of(pack))
    heard, now = data.draw(watermarks_of(pack)), data.draw(moments_near(events))
    record = refold(machine(), events[0].subject, events, heard, now)
    page = shown(record, now, events, heard, proved=False)
    personal = {pack.facts[text.fact].name for text in pack.page.facts if text.personal}
    assert not personal & {row["fact"] for group in page["facts"].values() for row in group}
    assert (page["personal"]["number"], page["personal"]["members"], page["personal"]["words"]) == (None, [], [])
    assert PERSON.encode() not in msgspec.json.encode(page)
    opened = shown(record, now, events, heard, proved=True)
    assert opened["personal"]["number"] == record.subject.partition("/")[2]
    assert PERSON in {row["value"] for row in opened["personal"]["members"]}
