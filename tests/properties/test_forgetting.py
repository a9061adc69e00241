"""Forgetting anybody, at any time, changes nothing but what can be read; sealed or not, an event is the same event."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.runtime.live.firm import START, packs
from troth.ledger.memory import MemoryLedger
from troth.model.event import Event
from troth.model.ids import SEALED, record_hash
from troth.model.times import MINUTE
from troth.ports.ledger import Ledger
from troth.runtime.forgetting import forget
from troth.runtime.importing import append_sealed
from troth.runtime.privacy import FORGOTTEN, Sealer
from troth.runtime.verify import verify
from troth.runtime.work import fold

PACK = {"store_pickup": packs()["store_pickup"]}
NOW = START + 600 * MINUTE

_texts = st.text(min_size=1, max_size=8).filter(lambda text: text != FORGOTTEN)
_personal = st.one_of(
    _texts, st.integers(-9, 9), st.lists(_texts, max_size=2), st.dictionaries(_texts, _texts, max_size=2)
)


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """Return events of three customers, with personal members of any shape, some before the customer is known."""
    made = []
    for number in range(draw(st.integers(1, 6))):
        subject = f"pickup/{draw(st.integers(1, 3))}"
        at = START + draw(st.integers(0, 300)) * MINUTE
        if draw(st.booleans()):
            data: dict[str, Any] = {"customer": f"customer/{subject[-1]}", "mode": "in_store", "items": 1}
            made.append(
                Event("oms", f"e{number}", "order.placed", subject, at, at, data | {"collector": draw(_personal)})
            )
        else:
            data = {"reason": "not_found", "note": draw(_personal)}
            made.append(Event("desk", f"e{number}", "pickup.refused", subject, at, at, data))
    return made


def filled(events: list[Event]) -> tuple[Ledger, Sealer]:
    """Return a ledger with these events, folded."""
    ledger = MemoryLedger()
    sealer = Sealer(ledger, PACK)
    append_sealed(ledger, sealer, "store_pickup", events)
    fold(ledger, PACK, now=NOW)
    return ledger, Sealer(ledger, PACK)


def hashes(ledger: Ledger) -> dict[str, str]:
    """Return what every record says but how many events there are: that somebody was forgotten is one."""
    records = (msgspec.structs.replace(record, events=0) for record in ledger.scan_records())
    return {record.subject: record_hash(record) for record in records}


def read_all(ledger: Ledger, sealer: Sealer) -> dict[str, Event]:
    """Return every event of a system as it can be read, by id."""
    events = (event for _, past in ledger.scan_events() for event in past)
    return {event.id: sealer.open(event) for event in events if event.source != "troth"}


@settings(max_examples=40)
@given(histories(), st.integers(1, 3))
def test_forgetting_changes_only_what_can_be_read_of_that_person(events: list[Event], who: int) -> None:
    ledger, sealer = filled(events)
    assert read_all(ledger, sealer) == {event.id: event for event in events}
    if all(event.subject != f"pickup/{who}" for event in events):
        return
    before, counted = hashes(ledger), ledger.count()["events"]
    known = any(event.subject == f"pickup/{who}" and "customer" in event.data for event in events)
    forget(ledger, f"customer/{who}" if known else f"pickup/{who}", NOW)
    fold(ledger, PACK, now=NOW)
    assert hashes(ledger) == before
    assert ledger.count()["events"] == counted + 1
    assert verify(ledger).count == 0
    for event in events:
        read = read_all(ledger, Sealer(ledger, PACK))[event.id]
        if event.subject == f"pickup/{who}":
            assert {read.data.get("note"), read.data.get("collector")} == {None, FORGOTTEN}
        else:
            assert read == event


@settings(max_examples=40)
@given(histories(), st.data())
def test_sealed_or_not_the_same_event_again_is_a_duplicate(events: list[Event], data: st.DataObject) -> None:
    ledger, _ = filled(events)
    stored = {event.id: event for _, past in ledger.scan_events() for event in past}
    again = [data.draw(st.sampled_from([event, stored[event.id]])) for event in events]
    if data.draw(st.booleans()):
        forget(ledger, data.draw(st.sampled_from(sorted({event.subject for event in events}))), NOW)
    position = ledger.last_position()
    done = append_sealed(ledger, Sealer(ledger, PACK), "store_pickup", again)
    assert (done.accepted, done.duplicates, done.conflicts) == (0, len(events), 0)
    assert ledger.last_position() == position


@settings(max_examples=40)
@given(histories())
def test_a_sealed_member_opens_only_where_it_was_sealed(events: list[Event]) -> None:
    ledger, sealer = filled(events)
    for _, past in ledger.scan_events():
        for event in past:
            name = next(name for name, value in event.data.items() if isinstance(value, dict) and SEALED in value)
            for change in ({"id": event.id + "x"}, {"source": "other"}, {"tenant": "other"}):
                assert sealer.open(msgspec.structs.replace(event, **change)).data[name] == FORGOTTEN
            moved = msgspec.structs.replace(event, data={"other": event.data[name]})
            assert sealer.open(moved).data["other"] == FORGOTTEN
            assert sealer.open(msgspec.structs.replace(event, subject="pickup/9")).data[name] != FORGOTTEN
