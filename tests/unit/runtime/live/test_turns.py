"""What a turn keeps: nothing that was decided is lost, nothing is looked at for ever."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from threading import Event as Signal
from typing import Any

import pytest
from msgspec.structs import replace

from tests.unit.runtime.live.firm import START, Firm, packs
from troth.engine.project import CONTACT, SUBJECT
from troth.errors import GateError, LedgerError, Place, Problem
from troth.ledger.memory import MemoryLedger
from troth.model.decision import Request
from troth.model.effect import Entry
from troth.model.times import FOREVER, HOUR, parse_duration
from troth.ports.ledger import Share
from troth.ports.outbox import Destination
from troth.runtime.ingest import judge
from troth.runtime.live import LiveService
from troth.runtime.live.commands import Heartbeat, answered
from troth.runtime.live.house import House
from troth.runtime.live.turn import Turn
from troth.runtime.service import CaseAction, CaseVerb, Complaint


class Failing(MemoryLedger):
    """A ledger whose commits, and readings of one index after so many, fail as long as somebody says so."""

    def __init__(self) -> None:
        super().__init__()
        self.failing = False
        self.unreadable = ""
        self.readings = 0
        self.failed = 0

    def commit_shares(self, shares: Sequence[Share]) -> None:
        """Commit, unless it fails."""
        if self.failing:
            self.failed += 1
            raise _trouble()
        super().commit_shares(shares)

    def entries(
        self, kind: str, key: str = "", *, after: int | None = None, until: int | None = None, limit: int = 100
    ) -> list[Entry]:
        """Read an index, unless it is the one that fails."""
        if kind == self.unreadable:
            if not self.readings:
                raise _trouble()
            self.readings -= 1
        return super().entries(kind, key, after=after, until=until, limit=limit)


class Watching(MemoryLedger):
    """A ledger that notes, just before each transaction ends, who of those that wait has been answered."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting: list[Future[Any]] = []
        self.answered: list[bool] = []

    @contextmanager
    def unit(self, buckets: Iterable[int]) -> Iterator[None]:
        """Begin a transaction."""
        with super().unit(buckets):
            yield
            self.answered += [one.done() for one in self.waiting]


def _trouble() -> LedgerError:
    """Return what a full disk says."""
    return LedgerError(Problem(Place(path="disk"), "L102", "the disk is full", "room", "make some"))


def test_a_decision_about_a_corrected_subject_is_kept_after_a_restart() -> None:
    firm = Firm.shop(ready=True)
    firm.report("staging", "event.corrected", corrects="e0")
    assert firm.record().corrected
    firm.restart()
    assert firm.ask().outcome == "SEND"
    assert firm.confirm().ok
    assert firm.confirm().code == "G704"


def test_what_was_handed_over_stays_permitted_when_the_sender_asks_again() -> None:
    firm = Firm.shop(ready=True)
    firm.send()
    firm.topics()
    assert firm.ask().outcome == "SUPPRESS"
    assert "bypass.found" not in firm.topics()
    (asked,) = firm.record().asks
    assert (asked.outcome, asked.sends) == ("SEND", "ready")
    assert asked.confirmed_at is not None


def test_a_changed_pack_leaves_the_index_as_it_was() -> None:
    firm = Firm.shop(ready=True)
    firm.send()
    before = [firm.ledger.entries(kind, "customer/1", limit=9) for kind in (CONTACT, SUBJECT)]
    assert all(before)
    changed = {name: replace(pack, digest="another") for name, pack in packs().items()}
    LiveService(firm.ledger, changed, clock=lambda: firm.moment, threaded=False)
    assert [firm.ledger.entries(kind, "customer/1", limit=9) for kind in (CONTACT, SUBJECT)] == before


def test_what_goes_to_a_customer_that_the_sender_names_counts_for_them() -> None:
    firm = Firm.shop(ready=True)
    request = Request("m9", "ready", "pickup/1", "email", customer="customer/9")
    assert firm.answer(firm.service.ask([request]))[0].outcome == "SEND"
    assert len(firm.ledger.entries(CONTACT, "customer/9", limit=9)) == 1
    assert not firm.ledger.entries(CONTACT, "customer/1", limit=9)


def test_a_message_that_the_pack_no_longer_has_stops_nothing() -> None:
    firm = Firm.shop(ready=True)
    firm.ask()
    pack = packs()["store_pickup"]
    fewer = {name: message for name, message in pack.messages.items() if name != "ready"}
    changed = {**packs(), "store_pickup": replace(pack, messages=fewer, digest="fewer")}
    firm.service = LiveService(firm.ledger, changed, clock=lambda: firm.moment, threaded=False)
    firm.at("10m")
    assert firm.report("desk", "pickup.refused", reason="not_found").accepted == 1
    confirming = firm.service.confirm("pickup/1", "m1")
    firm.service.pump()
    with pytest.raises(GateError, match="G802"):
        confirming.result(timeout=0)


def test_a_service_without_the_pack_of_its_records_does_not_start() -> None:
    firm = Firm.shop()
    with pytest.raises(LedgerError, match="store_pickup"):
        LiveService(firm.ledger, {"customer": packs()["customer"]}, clock=lambda: firm.moment, threaded=False)


def test_events_for_a_pack_that_is_not_served_are_refused_alone() -> None:
    firm = Firm.shop(ready=True)
    taking = firm.service.accept("nosuch", [firm.event("store", "pick.completed", "pickup/77", picked=1, short=0)])
    assert firm.ask().outcome == "SEND"
    assert taking.result(timeout=0).quarantined == 1


def test_what_is_due_and_fails_is_left_for_the_next_time() -> None:
    ledger = Failing()
    firm = Firm(ledger)
    firm.placed()
    firm.moment += parse_duration("8h")
    ledger.failing = True
    assert firm.service.pump() == 1
    assert ledger.failed == 1
    ledger.failing = False
    assert firm.service.pump() >= 1
    assert firm.service.next_due() > firm.moment


def test_nobody_is_answered_before_the_commit() -> None:
    ledger = Watching()
    firm = Firm(ledger)
    firm.placed()
    firm.ready()
    ledger.waiting = [firm.service.ask([Request("m1", "ready", "pickup/1", "email")]), firm.service.accept("", [])]
    firm.service.pump()
    ledger.waiting.append(firm.service.confirm("pickup/1", "m1"))
    firm.service.pump()
    assert all(one.done() for one in ledger.waiting)
    # The first two in their own turn and, answered by then, in the next one; the third in its turn.
    assert ledger.answered == [False, False, True, True, False]


def test_what_is_told_to_the_world_is_in_the_outbox_with_the_same_commit() -> None:
    ledger = MemoryLedger()
    ledger.put_destination(Destination("everybody", ("*",)))
    firm = Firm(ledger)
    firm.placed()
    firm.ready()
    firm.ask()
    firm.at("20m")
    firm.report("desk", "pickup.refused", reason="not_found")
    told = [one.outgoing for one in ledger.deliveries(limit=1_000)]
    assert "permit.revoked" in {one.topic for one in told}
    assert sorted(one.id for one in told) == sorted(one.id for one in firm.outgoing)


def test_a_failed_turn_forgets_which_feeds_it_found_silent() -> None:
    ledger = Failing()
    house = House(ledger, packs(), lambda: START, ())
    house.hear(dict.fromkeys(house.sources, START))
    assert "store_pickup" in house.newly_silent(START + 1_000 * HOUR)
    assert not house.newly_silent(START + 1_000 * HOUR)
    house.forget_safely()
    assert "store_pickup" in house.newly_silent(START + 1_000 * HOUR)


def test_a_feed_that_another_process_has_heard_may_fall_silent_again() -> None:
    ledger = MemoryLedger()
    house = House(ledger, packs(), lambda: START, ())
    house.newly_silent(START)
    assert house.silent_from() == FOREVER
    ledger.advance(dict.fromkeys(house.sources, START))
    house.forget()
    assert START < house.silent_from() < FOREVER


def test_a_storage_that_fails_in_a_question_fails_the_turn() -> None:
    ledger = Failing()
    firm = Firm(ledger)
    firm.placed()
    firm.ready()
    events = len(ledger.events_of(["pickup/1"])["pickup/1"])
    ledger.unreadable, ledger.readings = CONTACT, 1
    asking = firm.service.ask([Request(name, "ready", "pickup/1", "email") for name in ("m1", "m2")])
    firm.service.pump()
    with pytest.raises(LedgerError):
        asking.result(timeout=0)
    assert len(ledger.events_of(["pickup/1"])["pickup/1"]) == events


def test_whoever_goes_away_while_being_answered_harms_nobody() -> None:
    gone: Future[None] = Future()
    gone.cancel()
    answered(Heartbeat(gone, {}, {}), None)
    assert gone.cancelled()


def test_the_writer_outlives_whoever_is_told_of_its_turns() -> None:
    told = Signal()

    def fails(_done: Any) -> None:
        told.set()
        raise RuntimeError("broken")

    service = LiveService(MemoryLedger(), packs(), clock=lambda: START, on_turn=fails)
    service.heartbeat({"oms": START}).result(timeout=10)
    assert told.wait(10)
    service.heartbeat({"oms": START}).result(timeout=10)
    assert service.alive()
    service.close()


def test_a_reply_that_is_sent_again_is_one_reply() -> None:
    firm = Firm.shop()
    opened = firm.answer(firm.service.complain(Complaint("pickup/1", "where is it?", "c1")))
    reply = Complaint("pickup/1", "still nothing", "c2", reply_to="m1")
    assert firm.answer(firm.service.complain(reply)).id == opened.id
    events = firm.record().events
    assert firm.answer(firm.service.complain(reply)).id == opened.id
    verbs: Sequence[CaseVerb] = ("inform", "remedy", "close")
    for verb in verbs:
        firm.answer(firm.service.act(CaseAction(verb, "pickup/1", opened.id, "anna")))
    assert firm.answer(firm.service.complain(reply)).id == opened.id
    assert firm.record().events == events + 3


def test_what_another_process_takes_in_releases_what_is_held() -> None:
    firm = Firm.shop()
    firm.hear("store", "staging")
    firm.at("5m")
    assert firm.ask().outcome == "HOLD"
    firm.topics()
    reports = [
        firm.event("store", "pick.completed", picked=1, short=0),
        firm.event("staging", "stage.placed", slot="A1"),
    ]
    judged = judge(reports, pack="store_pickup", now=firm.moment)
    assert firm.ledger.append(judged.events, pack="store_pickup").accepted == 2
    firm.hear()
    assert "decision.changed" in firm.topics()
    assert firm.record().asks[0].sends == "ready"


def test_a_subject_whose_timer_fails_does_not_stop_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    firm = Firm()
    firm.placed(1)
    firm.placed(2, customer=2)
    real = Turn.wake

    def broken(turn: Turn, subjects: Iterable[str]) -> None:
        wanted = list(subjects)
        if "pickup/1" in wanted:
            raise ZeroDivisionError("a fault of ours in one record")
        real(turn, wanted)

    monkeypatch.setattr(Turn, "wake", broken)
    firm.moment += 6 * HOUR
    assert firm.service.pump() < 50
    firm.hear()
    assert firm.record("pickup/2").promises[0].outcome != "open"
    assert any(one.topic == "promise.lapsed" and one.subject == "pickup/2" for one in firm.outgoing)
    firm.ready(2)
    assert firm.ask(subject="pickup/2").outcome == "SEND"
