"""The door and the queue of the live service: nothing is lost, and what waits together is committed together."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from concurrent.futures import wait as wait_for
from threading import Event as Signal
from threading import Thread
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.runtime.live.firm import START, Firm, packs
from troth.errors import GateError, LedgerError
from troth.ledger.memory import MemoryLedger
from troth.model.times import DAY, MINUTE, SECOND, format_instant
from troth.ports.ledger import Appended, Batch
from troth.runtime.ingest import Raw, replay_quarantine
from troth.runtime.live import LiveService
from troth.runtime.live import service as live
from troth.runtime.live.run import Done
from troth.testing.conformance.strategies import an_event


class Spy(MemoryLedger):
    """A ledger whose appends can be held up, and which breaks over one event."""

    def __init__(self) -> None:
        super().__init__()
        self.entered, self.open = Signal(), Signal()
        self.open.set()

    def append_all(self, batches: Sequence[Batch]) -> list[Appended]:
        """Append, once it may."""
        self.entered.set()
        assert self.open.wait(timeout=60)
        if any(event.id == "breaks" for batch in batches for event in batch.events):
            raise ZeroDivisionError("a fault of ours over one event")
        return super().append_all(batches)


def envelope(name: str = "1", **changes: Any) -> dict[str, Any]:
    """Return an order that was placed, each in the name of its event."""
    said = {"specversion": "1.0", "id": name, "source": "oms", "type": "order.placed", "subject": f"pickup/{name}"}
    return said | {"time": format_instant(START)} | changes


def served(
    ledger: MemoryLedger, on_turn: Callable[[Done], None] | None = None, *, threaded: bool = False
) -> LiveService:
    """Return a service whose clock stands still."""
    return LiveService(ledger, packs(), clock=lambda: START, threaded=threaded, on_turn=on_turn)


# ---------------------------------------------------------------------- the door


def test_a_feed_is_heard_up_to_its_latest_event_and_never_further_than_now() -> None:
    """A live feed's watermark moves with its events, whatever their order."""
    firm = Firm()
    firm.moment = now = START + 10 * DAY
    raws: list[Raw] = [envelope(str(at), time=format_instant(at)) for at in (now - DAY, now + MINUTE, now - 2 * DAY)]
    firm.answer(firm.service.accept("", raws[:1]))
    assert firm.ledger.watermarks() == {"oms": now - DAY}
    firm.answer(firm.service.accept("", raws))
    assert firm.ledger.watermarks() == {"oms": now}


def test_good_and_bad_are_counted_and_nothing_is_lost() -> None:
    firm = Firm()
    raws: list[Raw] = [envelope("1"), envelope("2"), envelope("3", id=""), b"{"]
    assert firm.answer(firm.service.accept("store_pickup", raws)) == Appended(accepted=2, quarantined=2, subjects=2)
    firm.moment += MINUTE
    assert firm.answer(firm.service.accept("store_pickup", raws)) == Appended(duplicates=2)
    kept = firm.ledger.quarantine()
    assert json.loads(next(one for one in kept if one.code == "E103").raw) == envelope("3", id="")
    assert {(refusal.heard_at, refusal.pack) for refusal in kept} == {(START, "store_pickup")}


@given(
    st.binary()
    | st.text()
    | st.lists(st.binary(), max_size=3).map(lambda parts: b'{"id":"' + b'","'.join(parts) + b'"}')
)
def test_whatever_comes_in_ends_in_the_ledger_or_in_quarantine(raw: bytes | str) -> None:
    ledger = MemoryLedger()
    service = served(ledger)
    taking = service.accept("store_pickup", [raw])
    service.pump()
    taking.result(timeout=0)
    empty_batch = raw.strip() in ("[]", b"[]")
    assert ledger.count()["events"] + ledger.count()["quarantined"] == (0 if empty_batch else 1)
    for refusal in ledger.quarantine():
        (refusal.raw + refusal.reason + refusal.place).encode()


def test_what_speaks_in_troths_own_name_stays_in_quarantine_whatever_else_was_wrong() -> None:
    firm = Firm()
    forged = envelope(source="troth", type="troth.decided", time=format_instant(START + DAY))
    assert firm.answer(firm.service.accept("store_pickup", [forged])).quarantined == 1
    replayed = replay_quarantine(firm.ledger, now=START + 2 * DAY)
    assert (replayed.tried, replayed.accepted) == (1, 0)
    assert firm.ledger.count()["quarantined"] == 1


# ---------------------------------------------------------------------- the queue


def test_a_turn_takes_what_waits_up_to_the_most_and_the_next_one_the_rest() -> None:
    turns: list[int] = []
    service = served(MemoryLedger(), lambda done: turns.append(done.commands))
    answers = [service.heartbeat({"oms": START}) for _ in range(live.MOST + 3)]
    assert service.waiting() == live.MOST + 3
    service.pump()
    assert [count for count in turns if count] == [live.MOST, 3]
    assert all(answer.done() for answer in answers)


def test_a_batch_is_never_cut_however_large_it_is() -> None:
    firm = Firm()
    many = [envelope(str(number)) for number in range(live.MOST + 3)]
    assert firm.answer(firm.service.accept("", many)).accepted == live.MOST + 3


def test_what_comes_during_a_commit_goes_together_into_the_next() -> None:
    ledger, turns = Spy(), list[int]()
    service = served(ledger, lambda done: turns.append(done.commands), threaded=True)
    ledger.open.clear()
    answers = [service.accept("", [envelope("first")])]
    assert ledger.entered.wait(timeout=60)
    answers += [service.accept("", [envelope(str(number))]) for number in range(20)]
    assert not any(answer.done() for answer in answers), "nobody is answered before the commit"
    ledger.open.set()
    wait_for(answers, timeout=60)
    service.close()
    assert [count for count in turns if count] == [1, 20]


def test_each_caller_is_told_what_became_of_its_own() -> None:
    service = served(MemoryLedger())
    later = format_instant(START + SECOND)
    first, again = service.accept("", [envelope()]), service.accept("", [envelope()])
    clash = service.accept("", [envelope(data={"items": 2}, heardat=later), envelope("2")])
    service.pump()
    assert first.result(timeout=0) == Appended(accepted=1, subjects=1)
    assert again.result(timeout=0) == Appended(duplicates=1)
    assert clash.result(timeout=0) == Appended(accepted=1, conflicts=1, subjects=1)


def test_a_batch_over_which_a_turn_breaks_fails_alone() -> None:
    ledger = Spy()
    service = served(ledger)
    good, bad, also = (service.accept("", [envelope(name)]) for name in ("1", "breaks", "2"))
    service.pump()
    assert good.result(timeout=0).accepted == also.result(timeout=0).accepted == 1
    with pytest.raises(ZeroDivisionError):
        bad.result(timeout=0)
    assert ledger.count()["events"] == 2


def test_a_batch_that_the_storage_cannot_keep_fails_alone() -> None:
    ledger = MemoryLedger()
    service = served(ledger)
    good = service.accept("", [envelope("1")])
    bad = service.accept("", [an_event(subject="pickup/9", tenant="other")])
    also = service.accept("", [envelope("2")])
    service.pump()
    assert good.result(timeout=0).accepted == also.result(timeout=0).accepted == 1
    with pytest.raises(LedgerError, match="tenant"):
        bad.result(timeout=0)
    assert ledger.count()["events"] == 2


def test_closing_does_what_waits_and_takes_nothing_more() -> None:
    ledger = MemoryLedger()
    service = served(ledger)
    taking = service.accept("", [envelope()])
    service.close()
    assert taking.result(timeout=0).accepted == ledger.count()["events"] == 1
    with pytest.raises(GateError, match="G806"):
        service.accept("", [envelope("2")])


def test_more_than_may_wait_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "WAITING", 2)
    service = served(MemoryLedger())
    answers = [service.accept("", [envelope(name)]) for name in "12"]
    with pytest.raises(GateError, match="G805"):
        service.accept("", [envelope("3")])
    service.pump()
    assert [answer.result(timeout=0).accepted for answer in answers] == [1, 1]


def test_what_was_handed_in_is_done_also_when_its_caller_gave_up() -> None:
    ledger = MemoryLedger()
    service = served(ledger)
    given_up, kept = service.accept("", [envelope("1")]), service.accept("", [envelope("2")])
    assert given_up.cancel()
    service.pump()
    assert kept.result(timeout=0).accepted == 1
    assert ledger.count()["events"] == 2


def test_many_threads_and_tasks_are_all_answered() -> None:
    ledger, accepted = MemoryLedger(), list[int]()
    service = served(ledger, threaded=True)

    async def tasks(thread: str) -> None:
        futures = [service.accept("", [envelope(f"{thread}{number}")]) for number in range(25)]
        accepted.extend([(await asyncio.wrap_future(future)).accepted for future in futures])

    threads = [Thread(target=lambda name=name: asyncio.run(tasks(name))) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    service.close()
    assert sum(accepted) == ledger.count()["events"] == 100
