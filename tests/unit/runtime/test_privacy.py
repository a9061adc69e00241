"""Personal data: sealed when it comes in, read with the key, gone without it; everything else stays as it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from tests.unit.runtime.live.firm import Firm, packs
from troth.ledger.memory import MemoryLedger
from troth.ledger.sqlite import SqliteLedger
from troth.model.event import Event
from troth.model.ids import content_hash, record_hash
from troth.ports.ledger import Ledger
from troth.runtime.forgetting import forget
from troth.runtime.privacy import FORGOTTEN, Sealer
from troth.runtime.service import Complaint

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
