"""Judging what comes: an event, or a refusal with its reason; a replay of the quarantine after a fix takes it in."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from troth.errors import EventError, Place, Problem
from troth.ledger.memory import MemoryLedger
from troth.model.event import Event, in_order
from troth.model.times import DAY, MINUTE, SECOND, format_instant
from troth.ports.ledger import Refused
from troth.runtime.envelope import to_envelope, to_json
from troth.runtime.incoming import DEPTH_MAX, SKEW
from troth.runtime.ingest import Raw, judge, replay_quarantine
from troth.testing.conformance.strategies import START, an_event

NOW = START + 100 * DAY
TIME = "2020-09-13T12:26:40Z"  # START
MINIMAL: dict[str, Any] = {
    "specversion": "1.0",
    "id": "1",
    "source": "oms",
    "type": "order.placed",
    "subject": "order/1",
}


def event_of(**changes: Any) -> Event:
    """Return the one event that the minimal envelope with changes becomes."""
    judged = judge([MINIMAL | changes], pack="delivery", now=NOW)
    assert judged.refused == []
    (event,) = judged.events
    return event


def refusal_of(raw: Raw) -> Refused:
    """Return the one refusal that something becomes."""
    judged = judge([raw], pack="delivery", now=NOW)
    assert judged.events == []
    (refusal,) = judged.refused
    return refusal


def take_in(ledger: MemoryLedger, raws: Sequence[Raw], pack: str = "delivery") -> None:
    """Store what is good, and keep the rest in quarantine."""
    judged = judge(raws, pack=pack, now=NOW)
    ledger.append(judged.events, judged.refused, pack=pack)


def test_data_that_come_as_base64_are_no_deeper_than_others() -> None:
    def nested(levels: int) -> str:
        return base64.b64encode(b'{"a":' * levels + b"[1]" + b"}" * levels).decode()

    assert event_of(data_base64=nested(DEPTH_MAX - 1)).data["a"]
    assert refusal_of(MINIMAL | {"data_base64": nested(DEPTH_MAX)}).code == "E125"
    assert refusal_of(MINIMAL | {"data_base64": nested(900)}).code == "E125"


def test_a_live_event_is_heard_now() -> None:
    event = event_of(time=TIME, data={"n": 1}, sequence=7)
    assert event == Event("oms", "1", "order.placed", "order/1", START, NOW, {"n": 1}, 7)


def test_an_event_without_time_happened_when_it_was_heard_and_says_so() -> None:
    event = event_of()
    assert (event.occurred_at, event.heard_at, event.assumed) == (NOW, NOW, "occurred_at")


def test_history_says_itself_when_it_was_heard() -> None:
    event = event_of(time=TIME, heardat="2020-09-13T12:26:45Z")
    assert (event.occurred_at, event.heard_at, event.assumed) == (START, START + 5 * SECOND, "")
    assert event_of(heardat=TIME).occurred_at == START


def test_sequence_may_be_text_that_is_a_number() -> None:
    assert event_of(sequence="0012").sequence == 12
    assert event_of(sequence=-1).sequence == -1


def test_data_in_base64_are_read() -> None:
    encoded = base64.b64encode(b'{"n": 1}').decode()
    assert event_of(data_base64=encoded).data == {"n": 1}


def test_optional_attributes_that_are_null_are_absent() -> None:
    assert event_of(time=None, data=None, sequence=None, heardat=None) == event_of()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"subject": None}, "E120"),
        ({"data": "text"}, "E121"),
        ({"data": [1]}, "E121"),
        ({"data_base64": base64.b64encode(b"\xff").decode()}, "E121"),
        ({"time": format_instant(NOW + SKEW + 1)}, "E122"),
        ({"time": TIME, "heardat": "2999-01-01T00:00:00Z"}, "E122"),
        ({"heardat": "yesterday"}, "E105"),
        ({"heardat": 5}, "E105"),
        ({"sequence": "first"}, "E123"),
        ({"sequence": True}, "E123"),
        ({"sequence": str(2**63)}, "E123"),
        ({"data": {"attributes": "red"}}, "E124"),
        ({"data": {"n": 2**70}}, "E125"),
        ({"data": {"text": "\ud800"}}, "E125"),
        ({"time": "0001-01-01T00:00:00+10:00"}, "E125"),
        ({"specversion": "0.3"}, "E104"),
    ],
)
def test_what_troth_cannot_use_is_refused_with_the_reason(changes: dict[str, Any], code: str) -> None:
    refusal = refusal_of(MINIMAL | changes)
    assert (refusal.code, refusal.kind, refusal.pack, refusal.heard_at) == (code, "event", "delivery", NOW)
    assert f"error {code}: " in refusal.reason
    assert "; expected " in refusal.reason
    assert refusal.place.startswith("oms")


def test_a_clock_that_is_a_little_ahead_is_tolerated() -> None:
    event = event_of(time=format_instant(NOW + SKEW))
    assert (event.occurred_at, event.said_at) == (NOW, NOW + 5 * MINUTE)


def test_an_event_ready_made_is_judged_too() -> None:
    ready = an_event()
    assert judge([ready], pack="delivery", now=NOW).events == [ready]
    assert refusal_of(an_event(at=101 * 86_400)).code == "E122"
    assert "E125" in refusal_of(an_event(at=NOW)).reason, "in a year beyond the calendar"
    assert refusal_of(an_event(subject="")).code == "E103"
    assert refusal_of(an_event(data={"attributes": 1})).code == "E124"
    assert refusal_of(an_event(data={"not": object()})).code == "E125"


def test_all_reasons_are_kept() -> None:
    reason = refusal_of({"specversion": "1.0", "id": "1", "time": "noon"}).reason
    assert [line.split("error ")[1][:4] for line in reason.splitlines()] == ["E102", "E102", "E105"]


def test_text_is_read_as_one_event_or_as_a_batch() -> None:
    batch = json.dumps([MINIMAL, MINIMAL | {"id": "2"}, 5])
    judged = judge([json.dumps(MINIMAL), batch.encode(), b"{", b"\xff"], pack="delivery", now=NOW)
    assert [event.id for event in judged.events] == ["1", "1", "2"]
    assert [(refusal.code, refusal.raw) for refusal in judged.refused] == [
        ("E101", "5"),
        ("E101", "{"),
        ("E101", "\ufffd"),
    ]


def test_a_replay_takes_in_what_is_right_by_now_with_the_moment_it_was_first_heard() -> None:
    ledger = MemoryLedger()
    early = MINIMAL | {"id": "early", "time": format_instant(NOW + DAY)}
    take_in(ledger, [early, MINIMAL | {"id": ""}])
    assert replay_quarantine(ledger, now=NOW).released == 0
    later = replay_quarantine(ledger, now=NOW + 2 * DAY)
    assert (later.tried, later.released, later.accepted) == (2, 1, 1)
    (event,) = ledger.events_of(["order/1"])["order/1"]
    assert (event.occurred_at, event.heard_at) == (NOW + DAY, NOW)
    assert ledger.count()["quarantined"] == 1
    assert replay_quarantine(ledger, now=NOW + 2 * DAY).released == 0


def test_a_replay_interrupted_before_the_release_repeats_nothing() -> None:
    ledger = MemoryLedger()
    early = MINIMAL | {"time": format_instant(NOW + DAY)}
    take_in(ledger, [early])
    (refusal,) = ledger.quarantine()
    replay_quarantine(ledger, now=NOW + DAY)
    ledger.append([], [refusal], pack="delivery")
    again = replay_quarantine(ledger, now=NOW + DAY)
    assert (again.released, again.accepted) == (1, 0)
    assert ledger.count()["events"] == 1


def test_a_replay_reads_many_pages_and_only_the_pack_asked_for() -> None:
    ledger = MemoryLedger()
    for pack in ("delivery", "travel"):
        raws = [MINIMAL | {"id": f"{pack}{n}", "time": format_instant(NOW + DAY)} for n in range(10)]
        take_in(ledger, raws, pack)
    assert replay_quarantine(ledger, now=NOW + DAY, pack="travel", page=3).accepted == 10
    assert {stored for stored, _ in ledger.scan_events(pack="delivery")} == set()
    assert replay_quarantine(ledger, now=NOW + DAY, page=3).accepted == 10


def test_conflicts_stay_and_rows_go_through_the_hook() -> None:
    ledger = MemoryLedger()
    row = Refused("row", "M101", "no date", "orders.csv (row 7)", '{"row": 7}', NOW, "row", "delivery")
    bad = Refused("bad", "M101", "no date", "orders.csv (row 8)", '{"row": 8}', NOW, "row", "delivery")
    ledger.append([an_event(heard=1), an_event(heard=2, data={"n": 1})], [row, bad], pack="delivery")

    def read(refusal: Refused) -> list[Event]:
        if refusal.id == "bad":
            raise EventError(Problem(Place(), "E102", "no date"))
        return [an_event("from the row"), an_event("and another")]

    assert replay_quarantine(ledger, now=NOW).tried == 0
    replayed = replay_quarantine(ledger, now=NOW, rows=read)
    assert (replayed.tried, replayed.released, replayed.accepted) == (2, 1, 2)
    assert sorted(refusal.kind for refusal in ledger.quarantine()) == ["conflict", "row"]


@given(
    st.builds(
        an_event,
        id=st.text("ab1", min_size=1),
        at=st.integers(-(10**9), 10**6),
        heard=st.integers(-(10**9), 10**6),
        sequence=st.integers(-(2**31), 2**31 - 1),
        data=st.dictionaries(
            st.text("xy"),
            st.none() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False),
        ),
    )
)
def test_an_event_written_as_an_envelope_is_read_back_as_it_was(event: Event) -> None:
    stored = in_order(event, SKEW)
    for raw in (event, to_envelope(event), to_json(event), to_envelope(stored), to_json(stored)):
        assert judge([raw], pack="delivery", now=NOW).events == [stored]
