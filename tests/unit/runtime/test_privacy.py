"""Personal data: sealed when it comes in, read with the key, gone without it; everything else stays as it is."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from time import perf_counter
from typing import Any

import msgspec
import pytest

from tests.unit.runtime.live.firm import START, Firm, packs
from troth.bootstrap import open_ledger
from troth.errors import UsageError
from troth.ledger.memory import MemoryLedger
from troth.ledger.sqlite import SqliteLedger
from troth.model.event import Event
from troth.model.ids import content_hash, record_hash
from troth.model.times import DAY, Micros, format_instant
from troth.ports.ledger import Appended, Ledger, Refused
from troth.runtime.catalog import load, restore, store
from troth.runtime.forgetting import forget, forgotten, plan, remember
from troth.runtime.importing import Batch, append_sealed, import_events
from troth.runtime.ingest import Raw, replay_quarantine
from troth.runtime.live import LiveService
from troth.runtime.privacy import FORGOTTEN, Sealer
from troth.runtime.service import Complaint
from troth.runtime.work import fold

ADDRESS = "ada@example.org"
WORDS = "I waited an hour with my daughter"


@pytest.fixture(params=["memory", "sqlite"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    made: Ledger = MemoryLedger() if request.param == "memory" else SqliteLedger(tmp_path / "ledger.db")
    yield made
    made.close()


@pytest.fixture
def firm(ledger: Ledger) -> Firm:
    firm = Firm(ledger)
    firm.placed()
    firm.report("crm", "customer.registered", "customer/1", zone="Europe/Berlin", email=ADDRESS)
    firm.answer(firm.service.complain(Complaint("pickup/1", WORDS)))
    return firm


def take_in(ledger: Ledger, pack: str, raws: Sequence[Raw], now: Micros) -> Appended:
    """Have a service of the packs that the ledger keeps take in what came."""
    service = LiveService(ledger, restore(ledger), clock=lambda: now, threaded=False)
    taking = service.accept(pack, raws)
    service.close()
    return taking.result(timeout=0)


def sealer(firm: Firm) -> Sealer:
    """Return a sealer that remembers nothing."""
    return Sealer(firm.ledger, packs())


def stored(firm: Firm, subject: str) -> list[Event]:
    """Return a subject's events as they are stored."""
    return firm.ledger.events_of([subject])[subject]


def test_personal_members_are_never_stored_in_clear(firm: Firm) -> None:
    everything = msgspec.json.encode([stored(firm, "customer/1"), stored(firm, "pickup/1")])
    assert ADDRESS.encode() not in everything
    assert WORDS.encode() not in everything


def test_they_are_read_with_the_key(firm: Firm) -> None:
    opened = [sealer(firm).open(event).data for event in stored(firm, "customer/1")]
    assert any(data.get("email") == ADDRESS for data in opened)
    assert any(sealer(firm).open(event).data.get("text") == WORDS for event in stored(firm, "pickup/1"))


def test_forgetting_a_person_takes_what_is_personal_and_leaves_every_record_and_count(firm: Firm) -> None:
    before = {name: record_hash(firm.record(name)) for name in ("customer/1", "pickup/1")}
    counted = firm.ledger.count()["events"]
    done = forget(firm.ledger, "customer/1", firm.moment)
    assert (done.subjects, done.keys, done.events) == (2, 1, 2)
    opened = [sealer(firm).open(event).data for event in [*stored(firm, "customer/1"), *stored(firm, "pickup/1")]]
    assert [data["text"] for data in opened if "text" in data] == [FORGOTTEN]
    assert not any(ADDRESS in str(data) for data in opened)
    assert record_hash(firm.record("pickup/1")) == before["pickup/1"]
    assert firm.ledger.count()["events"] == counted + 1  # that somebody was forgotten is an event


def test_a_service_that_runs_forgets_as_well(firm: Firm) -> None:
    forget(firm.ledger, "customer/1", firm.moment)
    firm.at("1m")
    firm.answer(firm.service.complain(Complaint("pickup/1", "again " + WORDS)))
    assert WORDS.encode() not in msgspec.json.encode(stored(firm, "pickup/1"))
    assert not any("again" in str(sealer(firm).open(event).data) for event in stored(firm, "pickup/1"))


def test_the_same_event_sent_again_is_the_same_event_also_after_forgetting(firm: Firm) -> None:
    raw = firm.event("crm", "customer.registered", "customer/1", zone="Europe/Berlin", email=ADDRESS)
    assert firm.answer(firm.service.accept("", [raw])).accepted == 1
    assert firm.answer(firm.service.accept("", [raw])).duplicates == 1
    forget(firm.ledger, "customer/1", firm.moment)
    firm.at("1m")
    assert firm.answer(firm.service.accept("", [raw])).duplicates == 1
    assert firm.ledger.count()["quarantined"] == 0


def test_what_is_refused_keeps_no_personal_member_in_clear(firm: Firm) -> None:
    raw = firm.event("crm", "customer.registered", "customer/1", email=ADDRESS)
    firm.answer(firm.service.accept("customer", [raw | {"time": "2027-01-01T00:00:00Z"}]))
    (refused,) = firm.ledger.quarantine()
    assert refused.code == "E122"
    assert ADDRESS not in refused.raw


def test_a_sealed_value_moved_to_another_event_cannot_be_opened(firm: Firm) -> None:
    event = next(event for event in stored(firm, "pickup/1") if event.type == "troth.complaint")
    moved = msgspec.structs.replace(event, id="other")
    assert sealer(firm).open(moved).data["text"] == FORGOTTEN


def test_the_content_of_an_event_does_not_depend_on_the_key() -> None:
    def sealed(box: str) -> Event:
        return Event(
            "crm", "1", "t", "customer/1", 0, 0, {"email": {"$sealed": box, "of": "customer/1"}, "zone": "UTC"}
        )

    assert content_hash(sealed("a")) == content_hash(sealed("b"))
    assert content_hash(sealed("a")) != content_hash(Event("crm", "1", "t", "customer/1", 0, 0, {"zone": "UTC"}))


def test_erased_keys_are_not_left_in_the_file(tmp_path: Path) -> None:
    file = tmp_path / "ledger.db"
    ledger = SqliteLedger(file)
    ledger.put("person-key/customer/1", "bytes-of-a-key-that-must-go")
    for number in range(200):
        ledger.put(f"other/{number}", "x" * 100)
    assert ledger.erase(["person-key/customer/1", "person-key/nobody"]) == 1
    left = file.read_bytes() + b"".join(one.read_bytes() for one in tmp_path.glob("ledger.db-wal"))
    assert b"bytes-of-a-key-that-must-go" not in left
    ledger.close()


def test_who_guesses_the_sealed_part_of_a_refusal_cannot_confirm_it_by_its_id(firm: Firm) -> None:
    raw = firm.event("crm", "customer.registered", "customer/1", email=ADDRESS) | {"time": "2027-01-01T00:00:00Z"}
    firm.answer(firm.service.accept("customer", [raw]))
    firm.answer(firm.service.accept("customer", [raw | {"data": {"email": "another@example.org"}}]))
    (refused,) = firm.ledger.quarantine()
    assert sealer(firm).open_refused(refused).raw.count("@example.org") == 1


@pytest.mark.parametrize(
    "guise",
    [{"$sealed": WORDS, "of": "customer/1"}, {"$sealed": ""}, {"$sealed": "", "of": 1}, {"$sealed": [], "of": "x"}],
)
def test_what_only_looks_sealed_is_sealed(firm: Firm, guise: dict[str, object]) -> None:
    firm.report("crm", "customer.registered", "customer/2", email=guise)
    (event,) = stored(firm, "customer/2")
    assert event.data["email"] != guise
    assert sealer(firm).open(event).data["email"] == guise


def test_of_a_type_that_the_pack_does_not_know_everything_is_sealed_that_is_personal_in_any(firm: Firm) -> None:
    firm.report("crm", "customer.regsitered", "customer/1", email=ADDRESS, zone="UTC")
    data = stored(firm, "customer/1")[-1].data
    assert ADDRESS not in str(data)
    assert data["zone"] == "UTC"


def test_what_was_sealed_before_the_customer_was_known_is_forgotten_with_the_customer(firm: Firm) -> None:
    firm.report("desk", "pickup.refused", "pickup/2", reason="not_found", note=WORDS)
    assert stored(firm, "pickup/2")[0].data["note"]["of"] == "pickup/2"
    firm.placed(2)
    firm.report("desk", "pickup.refused", "pickup/2", reason="damaged", note=WORDS)
    owners = {event.data["note"]["of"] for event in stored(firm, "pickup/2") if "note" in event.data}
    assert owners == {"pickup/2", "customer/1"}
    assert forget(firm.ledger, "customer/1", firm.moment).keys == 2
    opened = [sealer(firm).open(event).data.get("note") for event in stored(firm, "pickup/2")]
    assert set(opened) == {None, FORGOTTEN}


def test_forgetting_again_takes_what_has_come_since_and_else_changes_nothing(firm: Firm) -> None:
    first = forget(firm.ledger, "customer/1", firm.moment)
    position = firm.ledger.last_position()
    again = forget(firm.ledger, "customer/1", firm.moment + 1)
    assert (again.keys, again.at, firm.ledger.last_position()) == (0, first.at, position)
    firm.at("1m")
    firm.report("desk", "pickup.refused", "pickup/2", reason="not_found", note=WORDS)
    firm.placed(2)
    assert forget(firm.ledger, "customer/1", firm.moment).keys == 1
    assert not any(WORDS in str(sealer(firm).open(event).data) for event in stored(firm, "pickup/2"))


def test_who_was_forgotten_stays_so_until_it_is_lifted_and_then_only_what_is_new_is_known(firm: Firm) -> None:
    forget(firm.ledger, "customer/1", firm.moment)
    firm.at("1m")
    firm.report("crm", "customer.registered", "customer/1", email="second@example.org")
    remember(firm.ledger, "customer/1", firm.moment)
    assert forgotten(firm.ledger) == []
    firm.at("2m")
    firm.report("crm", "customer.registered", "customer/1", email="third@example.org")
    opened = [sealer(firm).open(event).data.get("email") for event in stored(firm, "customer/1")]
    assert [email for email in opened if email] == [FORGOTTEN, FORGOTTEN, "third@example.org"]
    with pytest.raises(UsageError, match="C103"):
        remember(firm.ledger, "customer/1", firm.moment)


def test_looking_before_changes_nothing_and_tells_what_will_be_done(firm: Firm) -> None:
    position, keys = firm.ledger.last_position(), firm.ledger.keys("")
    planned = plan(firm.ledger, "customer/1")
    assert (planned.subjects, planned.keys, planned.events, planned.at) == (2, 1, 2, None)
    assert (firm.ledger.last_position(), firm.ledger.keys("")) == (position, keys)
    with pytest.raises(UsageError, match="C103"):
        plan(firm.ledger, "customer/99")


def test_a_person_without_a_record_is_forgotten_too_and_every_event_still_has_a_pack(ledger: Ledger) -> None:
    pack = {"store_pickup": packs()["store_pickup"]}
    data = {"customer": "customer/5", "mode": "in_store", "items": 1, "collector": WORDS}
    placed = Event("oms", "e1", "order.placed", "pickup/5", START, START, data)
    append_sealed(ledger, Sealer(ledger, pack), "store_pickup", [placed])
    assert plan(ledger, "customer/5").events == 1  # No record shows the event yet.
    fold(ledger, pack, now=START)
    assert forget(ledger, "customer/5", START + 1).keys == 1
    fold(ledger, pack, now=START + 1)
    (event, said) = ledger.events_of(["pickup/5"])["pickup/5"]
    assert Sealer(ledger, pack).open(event).data["collector"] == FORGOTTEN
    assert (said.type, said.data) == ("troth.forgotten", {"person": "customer/5"})


def test_what_the_door_refuses_is_sealed_and_a_replay_makes_it_readable_again(ledger: Ledger) -> None:
    store(ledger, load("customer"))
    raw = {"specversion": "1.0", "id": "e1", "source": "crm", "type": "customer.registered", "subject": "customer/1",
           "time": format_instant(START + DAY), "data": {"email": ADDRESS, "zone": "UTC"}}  # fmt: skip
    assert take_in(ledger, "customer", [raw], START).quarantined == 1
    (refused,) = ledger.quarantine()
    assert ADDRESS not in str(refused)
    assert replay_quarantine(ledger, now=START).released == 0
    assert replay_quarantine(ledger, now=START + DAY).accepted == 1
    (event,) = ledger.events_of(["customer/1"])["customer/1"]
    assert ADDRESS not in str(event)
    assert Sealer(ledger, packs()).open(event).data["email"] == ADDRESS
    assert take_in(ledger, "customer", [raw], START + DAY).duplicates == 1


@pytest.mark.parametrize("forgotten_first", [False, True])
def test_a_refused_row_is_opened_for_its_replay_and_loses_the_key_that_was_its_own(
    ledger: Ledger, forgotten_first: bool
) -> None:
    store(ledger, load("customer"))
    said = {"cells": {"mail": ADDRESS, "town": "Ulm"}, "personal": ["mail"], "of": ""}
    row = Refused("r1", "M201", f"no time in {ADDRESS}", "rows.csv row 1", json.dumps(said), 0, "row", "customer")
    import_events(ledger, "customer", [Batch("rows", 1, 1, (), [row])])
    (kept,) = ledger.quarantine()
    assert (kept.id, kept.reason) == ("r1", "no time in [sealed]")
    assert ADDRESS not in kept.raw
    assert json.loads(kept.raw)["cells"]["town"] == "Ulm"
    if forgotten_first:
        forget(ledger, "row/r1", START)
    seen: list[object] = []

    def read(refused: Refused) -> list[Event]:
        seen.append(json.loads(refused.raw)["cells"]["mail"])
        return [Event("crm", "e1", "customer.registered", "customer/1", START, START, {"email": ADDRESS})]

    assert replay_quarantine(ledger, now=START, rows=read).released == 1
    assert (seen == [ADDRESS]) != forgotten_first
    assert list(ledger.keys("person-key/")) == ["person-key/customer/1"]


def test_of_a_refusal_with_a_long_personal_text_only_places_and_codes_are_kept(ledger: Ledger) -> None:
    cells = [f"{number}@example.org" for number in range(200_000)]
    reason = f"<input> (time): error E126: no time in {cells[7]}\n<input> (id): error E103: no id"
    for shown, expected in (
        (cells[:900], "<input> (time): error E126: no time in [sealed]\n<input> (id): error E103: no id"),
        (cells, "oms: error E126: [sealed]\noms: error E103: [sealed]"),
    ):
        data = {"email": ",".join(shown)}
        raw = {"source": "oms", "id": "1", "type": "customer.registered", "subject": "customer/1", "data": data}
        refused = Refused("r1", "E126", reason, "oms", json.dumps(raw), START, "event", "customer")
        began = perf_counter()
        kept = Sealer(ledger, packs()).seal_refused("customer", refused)
        # One replacement for each cell took several seconds.
        assert perf_counter() - began < 1
        assert kept.reason == expected
        assert cells[7] not in kept.raw


@pytest.mark.parametrize("where", ["file", pytest.param("server", marks=pytest.mark.slow)])
def test_two_processes_that_meet_a_person_at_once_use_one_key(
    where: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    address = request.getfixturevalue("postgres").database() if where == "server" else str(tmp_path / "shared.db")
    ledgers = [open_ledger(address) for _ in range(2)]
    pack = {"customer": packs()["customer"]}
    start = Barrier(2)

    def write(number: int) -> None:
        ledger = ledgers[number]
        events = [
            Event("crm", f"{number}-{of}", "customer.registered", f"customer/{of}", START, START, {"email": ADDRESS})
            for of in range(20)
        ]
        start.wait(timeout=10)
        for event in events:
            append_sealed(ledger, Sealer(ledger, pack), "customer", [event])

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(write, range(2)))
    reader = Sealer(ledgers[0], pack)
    for events in ledgers[1].events_of(f"customer/{of}" for of in range(20)).values():
        assert [reader.open(event).data["email"] for event in events] == [ADDRESS, ADDRESS]
    for ledger in ledgers:
        ledger.close()


CLOSED: list[Any] = [
    f"name=Ada;mail={ADDRESS}".encode(),
    f'{{"specversion": "1.0", "email": "{ADDRESS}"'.encode(),
    {"specversion": "1.0", "id": "e1", "source": "crm", "type": "customer.registered", "subject": "customer/1",
     "data": ADDRESS},
    {"specversion": "1.0", "id": "e1", "source": "crm", "type": "customer.registered",
     "data_base64": "eyJlbWFpbCI6ICJhZGFAZXhhbXBsZS5vcmcifQ=="},
    {"order": 7, "email": ADDRESS},
    {"order": 7, "customer": {"contact": ADDRESS}},
    ADDRESS, [[ADDRESS]],
]  # fmt: skip


@pytest.mark.parametrize("came", CLOSED)
def test_what_cannot_be_taken_apart_is_sealed_as_a_whole_and_opened_for_its_replay(ledger: Ledger, came: Raw) -> None:
    store(ledger, load("customer"))
    assert take_in(ledger, "customer", [came], START).quarantined == 1
    assert take_in(ledger, "customer", [came], START + 1).quarantined == 0
    (refused,) = ledger.quarantine()
    for told in (ADDRESS, "eyJlbWFpbCI6"):
        assert told not in str(refused)
    assert refused.code in refused.reason
    opened = Sealer(ledger, packs()).open_refused(refused).raw
    assert ADDRESS in opened or "eyJlbWFpbCI6" in opened
    assert (replay_quarantine(ledger, now=START).tried, list(ledger.quarantine())) == (1, [refused])


def test_what_was_sealed_as_a_whole_becomes_an_event_once_it_may(ledger: Ledger) -> None:
    store(ledger, load("customer"))
    raw = {"specversion": "1.0", "id": "e1", "source": "crm", "type": "customer.registered", "subject": "customer/1",
           "time": format_instant(START + DAY), "data_base64": "eyJlbWFpbCI6ICJhZGFAZXhhbXBsZS5vcmcifQ=="}  # fmt: skip
    assert take_in(ledger, "customer", [raw], START).quarantined == 1
    (refused,) = ledger.quarantine()
    assert json.loads(refused.raw).keys() == {"text"}
    assert replay_quarantine(ledger, now=START + DAY).accepted == 1
    (event,) = ledger.events_of(["customer/1"])["customer/1"]
    assert Sealer(ledger, packs()).open(event).data["email"] == ADDRESS
    assert list(ledger.quarantine()) == []


def test_the_quarantine_is_forgotten_as_a_whole_and_nobody_can_guess_what_was_in_it(ledger: Ledger) -> None:
    store(ledger, load("customer"))
    take_in(ledger, "customer", [CLOSED[0]], START)
    (refused,) = ledger.quarantine()
    other = MemoryLedger()
    store(other, load("customer"))
    take_in(other, "customer", [CLOSED[0]], START)
    assert other.quarantine()[0].id != refused.id
    assert forget(ledger, "quarantine", START).keys == 1
    assert ADDRESS not in Sealer(ledger, packs()).open_refused(refused).raw
    take_in(ledger, "customer", [CLOSED[1]], START)
    assert not any(ADDRESS in Sealer(ledger, packs()).open_refused(one).raw for one in ledger.quarantine())
    remember(ledger, "quarantine", START)
    take_in(ledger, "customer", [b"again " + ADDRESS.encode()], START)
    assert sum(ADDRESS in Sealer(ledger, packs()).open_refused(one).raw for one in ledger.quarantine()) == 1


def test_where_nothing_is_personal_what_came_stays_readable(ledger: Ledger) -> None:
    store(ledger, load("delivery"))
    take_in(ledger, "delivery", [b"no json"], START)
    (refused,) = ledger.quarantine()
    assert refused.raw == "no json"


def test_a_sealed_text_in_another_guise_is_sealed_like_any_other(ledger: Ledger) -> None:
    store(ledger, load("customer"))
    take_in(ledger, "customer", [CLOSED[0]], START)
    (refused,) = ledger.quarantine()
    box = json.loads(refused.raw)["text"]["$sealed"]
    take_in(ledger, "customer", [{"text": {"$sealed": box, "of": "customer/1"}, "email": ADDRESS}], START)
    assert not any(ADDRESS in str(one) for one in ledger.quarantine())
