"""The told tables say what is so: held against the record of each moment, folded anew, and against hindsight."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest

from tests.unit.measures.told_kit import (
    AS_OF,
    Events,
    EventShelf,
    a_past,
    many,
    opened,
    rows_of,
    talk,
)
from troth.engine.align import truth_of
from troth.engine.correct import distinct
from troth.engine.fold import refold
from troth.engine.gate.look import evaluated
from troth.engine.hindsight import judge_told
from troth.engine.machine import prepare
from troth.engine.resolve import silence_of
from troth.engine.told_walk import walk
from troth.measures.question import Question
from troth.measures.tables import columns_of
from troth.measures.told import GROUPS, TOLD_SCHEMAS
from troth.measures.told_rows import Maker
from troth.model.event import Event
from troth.model.record import Record
from troth.model.times import HOUR, MINUTE, Micros
from troth.model.told import Ask, Believed, Change, Spoke, Telling, Topical, Word
from troth.ports.ledger import Ledger
from troth.runtime import snapshot

PACK = talk()
MACHINE = prepare(PACK)
HEARD = {source.name: AS_OF for source in PACK.sources}
ROWS = {
    "tellings": Telling, "topics": Topical, "beliefs": Believed, "changes": Change, "asks": Ask, "words": Word,
    "contacts": Spoke,
}  # fmt: skip


@pytest.mark.parametrize("name", TOLD_SCHEMAS)
def test_a_row_has_a_field_for_each_column_in_order(name: str) -> None:
    schema = TOLD_SCHEMAS[name]
    assert [column.name for column in schema.columns] == list(ROWS[name].__struct_fields__)
    assert {column.type for column in schema.columns} <= {"string", "int64", "bool"}
    assert set(schema.key) <= set(ROWS[name].__struct_fields__)
    assert sum(name in names for names in GROUPS.values()) == 1


def test_every_telling_is_judged_as_hindsight_has_it() -> None:
    found = {
        (row["subject"], row["message_id"], row["statement"]): [
            row[name] for name in ("then", "now", "verdict", "source", "event_id", "lag", "told_at", "channel")
        ]
        for row in rows_of(opened(many(60)), "tellings")
    }
    words = {True: "true", False: "false", None: "unknown"}
    expected = {}
    for number in range(60):
        for one in judge_told(MACHINE, f"order/{number}", a_past(number), HEARD, AS_OF):
            expected[one.subject, one.message_id, one.statement] = [
                words[one.then], words[one.now], one.verdict, one.source, one.event_id, one.lag, one.told_at,
                one.channel,
            ]  # fmt: skip
    assert found == expected
    assert {"honest", "careless", "unlucky", "blind", "doubtful"} <= {row[2] for row in found.values()}


def test_at_every_moment_the_tables_say_what_the_record_of_that_moment_says() -> None:
    """Slow and plain: the past is folded up to a moment, and believed, true and available are read off."""
    tables = opened(many(25, seed=1))
    topics, beliefs, states = (rows_of(tables, name) for name in ("topics", "beliefs", "changes"))
    seen = 0
    for number in range(25):
        subject, events = f"order/{number}", a_past(number, seed=1)
        own = [row for row in topics if row["subject"] == subject]
        believed = [row for row in beliefs if row["subject"] == subject]
        assert own, "every subject was requested"
        for moment in _moments(events, own[0]["since"], max(row["until"] for row in own)):
            record = refold(PACK, subject, events, HEARD, moment)
            for topic in ("pickup", "date"):
                (row,) = [one for one in own if one["topic"] == topic and one["since"] <= moment < one["until"]]
                assert (row["alignment"], row["channel"]) == _on_topic(record, topic, moment), (subject, topic, moment)
            now = [one for one in believed if one["since"] <= moment < one["until"]]
            assert {(one["statement"], one["truth"], one["helps"]) for one in now} == set(_believed(record, moment))
            seen += 1
    assert seen > 100
    assert {row["state"] for row in states} == {"gone", "done", "packed"}


def _moments(events: list[Event], start: Micros, end: Micros) -> list[Micros]:
    """Return moments of a life: when something happened, and some in between."""
    dice = random.Random(len(events))
    drawn = {dice.randrange(start, end, MINUTE) for _ in range(6)} if end > start else set()
    return sorted({at for event in events for at in (event.occurred_at,) if start <= at < end} | drawn)


def _truths(record: Record, moment: Micros) -> Iterator[tuple[str, str, bool | None, bool | None]]:
    """Yield (statement, channel, truth, whether what it invites is available) of all that is believed."""
    results = evaluated(MACHINE, record, moment)
    channels = {told.id: told.channel for told in record.messages}
    for belief in record.beliefs:
        statement = PACK.statements[belief.statement]
        truth = truth_of(MACHINE, statement, results, record.promises)
        rules = [rule for _, rule in MACHINE.invited[statement.name]]
        ready = [results[rule] for rule in rules if rule is not None]
        yield statement.name, channels[belief.message_id], truth, (ready[0] if ready else None)


def _on_topic(record: Record, topic: str, moment: Micros) -> tuple[str, str]:
    """Return the alignment of a topic and the channel of what is believed on it."""
    mine = [one for one in _truths(record, moment) if PACK.statements[one[0]].about == topic]
    channel = mine[0][1] if mine else ""
    if any(truth is False for _, _, truth, _ in mine):
        return "ahead", channel
    invites = [one for one in mine if one[0] == "ready" and one[2] is True]
    if any(ready is False for *_, ready in invites):
        return "stuck", channel
    if any(truth is None for _, _, truth, _ in mine) or any(ready is None for *_, ready in invites):
        return "unverifiable", channel
    if topic == "pickup" and record.alignment[-1].value == "behind":
        return "behind", channel
    # What the whole subject's alignment does not show, since the other topic is worse: ask the state itself.
    if topic == "pickup" and _is_behind(record, moment):
        return "behind", channel
    return ("aligned", channel) if mine else ("untold", "")


def _is_behind(record: Record, moment: Micros) -> bool:
    state = MACHINE.states.get(record.states[-1].value)
    if state is None or state.tell_within is None:
        return False
    told = any(belief.statement in state.tell for belief in record.beliefs)
    return not told and moment >= record.states[-1].since + state.tell_within


def _believed(record: Record, moment: Micros) -> Iterator[tuple[str, str, str]]:
    words = {True: "true", False: "false", None: "unknown"}
    for name, _, truth, _ in _truths(record, moment):
        # A promise helps, and so does word of an end; that it is packed, or that we have it, does not.
        yield name, words[truth], words[truth if name in ("by_then", "cancelled", "ready") else False]


def test_an_invitation_helps_while_it_can_be_taken() -> None:
    """Where being ready is not the end, it helps while the shop is open."""
    states = {
        "done": {"when": "done", "usable": True, "tell": ["ready"], "tell_within": "2h"},
        "open": {"when": "placed"},
    }  # fmt: skip
    made = Events("order/1")
    made.add("desk", "order.placed", 0)
    made.add("floor", "order.done", HOUR, done=True)
    made.tell("ready_note", 2 * HOUR)
    made.add("desk", "shop.open", 3 * HOUR, open=False)
    made.add("desk", "shop.open", 5 * HOUR, open=True)
    made.add("floor", "order.done", 8 * HOUR, done=False)
    rows = rows_of(opened(made.made, talk(states=states, transitions={})), "beliefs")
    assert [(row["since"], row["truth"], row["helps"]) for row in rows] == [
        (2 * HOUR, "true", "true"), (3 * HOUR, "true", "false"), (5 * HOUR, "true", "true"),
        (8 * HOUR, "false", "false"),
    ]  # fmt: skip


def test_a_change_is_told_from_when_the_customer_knew() -> None:
    made = Events("order/1")
    made.add("desk", "order.placed", 0)
    made.add("floor", "order.packed", HOUR)
    made.tell("soon_note", 3 * HOUR)
    made.add("floor", "order.done", 10 * HOUR, done=True)
    rows = rows_of(opened(made.made), "changes")
    assert [(row["state"], row["since"], row["until"], row["tell_by"], row["told_at"]) for row in rows] == [
        ("packed", HOUR, 10 * HOUR, 5 * HOUR, 3 * HOUR),
        ("done", 10 * HOUR, None, 12 * HOUR, None),
    ]


def test_a_falsehood_told_again_does_not_begin_anew() -> None:
    made = Events("order/1")
    made.add("desk", "order.placed", 0)
    made.tell("ready_note", HOUR, "mail")
    made.tell("ready_note", 4 * HOUR, "app")
    made.add("floor", "order.packed", 9 * HOUR)
    made.tell("soon_note", 10 * HOUR)
    rows = [row for row in rows_of(opened(made.made), "topics") if row["topic"] == "pickup"]
    assert [(row["since"], row["until"], row["channel"], row["wrong_since"], row["peak"]) for row in rows[:3]] == [
        (0, HOUR, "", None, False),
        (HOUR, 4 * HOUR, "mail", HOUR, False),
        (4 * HOUR, 10 * HOUR, "app", HOUR, True),
    ]


def test_a_subject_of_which_nothing_was_said_needs_no_events() -> None:
    """What the record says of it alone is what a walk through its events finds."""
    events = [event for event in many(12) if event.type != "message.sent"]
    shelf = EventShelf(PACK, events)
    tables = snapshot.open_tables(cast(Ledger, shelf), {PACK.name: PACK}, AS_OF)
    assert {row["alignment"] for row in rows_of(tables, "topics")} == {"untold", "behind"}
    assert shelf.asked == 0
    maker, silence = Maker(PACK, AS_OF), silence_of(MACHINE.facts, HEARD)
    for subject, own in shelf.events.items():
        ordered = distinct(own)
        record = refold(MACHINE, subject, ordered, HEARD, AS_OF)
        found, _, folded = walk(MACHINE, subject, ordered, HEARD, AS_OF, silence)
        assert folded == record
        assert maker.unspoken(record) == maker.rows(record, [], found)


def test_neither_order_nor_repetition_of_events_changes_a_row() -> None:
    events = many(20)
    tables, again = opened(events), opened([*reversed(events), *events[::2]])
    for name in TOLD_SCHEMAS:
        assert _sorted(rows_of(again, name)) == _sorted(rows_of(tables, name))


def _sorted(rows: list[dict[str, Any]]) -> list[str]:
    return sorted(map(repr, rows))


def test_tables_are_built_when_they_are_asked_for_and_kept(tmp_path: Path) -> None:
    shelf = EventShelf(PACK, many(10), path=tmp_path / "a.db")
    tables = snapshot.open_tables(cast(Ledger, shelf), {PACK.name: PACK}, AS_OF)
    snapshot.measure("time_to_usable_outcome", tables, Question())
    assert shelf.asked == 0, "a measure that reads none builds none"
    first = rows_of(tables, "tellings")
    asked = shelf.asked
    assert asked
    again = snapshot.open_tables(cast(Ledger, shelf), {PACK.name: PACK}, AS_OF)
    assert rows_of(again, "tellings") == first
    assert shelf.asked == asked
    assert not list(tmp_path.glob("**/*.partial"))


def test_in_the_past_only_what_had_been_heard_counts() -> None:
    made = Events("order/1")
    made.add("desk", "order.placed", 0)
    made.add("floor", "order.done", HOUR, done=True)
    made.tell("ready_note", 2 * HOUR)
    made.add("floor", "order.done", HOUR + MINUTE, 20 * HOUR, done=False)
    shelf = EventShelf(PACK, made.made)
    for at, verdict in ((10 * HOUR, "honest"), (AS_OF, "unlucky")):
        tables = snapshot.open_tables(cast(Ledger, shelf), {PACK.name: PACK}, at)
        (row,) = rows_of(tables, "tellings")
        assert row["verdict"] == verdict


def test_the_four_tables_do_not_change_by_it() -> None:
    """What was told is beside the record's own tables: these are as they were."""
    records = list(EventShelf(PACK, many(5)).scan_records())
    assert set(columns_of(records, {PACK.name: PACK}, AS_OF)) == {"subjects", "promises", "spans", "cases"}
    assert not set(TOLD_SCHEMAS) & {"subjects", "promises", "spans", "cases"}
    assert all(issubclass(row, msgspec.Struct) for row in ROWS.values())
