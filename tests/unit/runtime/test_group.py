"""Group commit: together, durable before the answer, each caller its own answer. No test lets time pass."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import wait as wait_for
from threading import Condition, Event, Thread
from typing import Any

import pytest

from troth.errors import LedgerError
from troth.ledger.memory import MemoryLedger
from troth.ports.ledger import Appended, Batch
from troth.runtime.group import WINDOW, GroupCommit
from troth.testing.conformance.strategies import an_event


class Spy(MemoryLedger):
    """A ledger that notes how many events each commit held, and can be held up."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes: list[int] = []
        self.open = Event()
        self.open.set()
        self.entered = Event()

    def append_all(self, batches: Sequence[Batch]) -> list[Appended]:
        self.entered.set()
        assert self.open.wait(timeout=60)
        self.sizes.append(sum(len(batch.events) for batch in batches))
        return super().append_all(batches)


class Frozen:
    """Time that stands still until a wait is asked for: then it has passed at once."""

    def __init__(self) -> None:
        self.now = 0
        self.waited: list[float] = []

    def clock(self) -> int:
        return self.now

    def wait(self, condition: Condition, seconds: float | None) -> object:
        if seconds is None:
            return condition.wait()
        self.waited.append(seconds)
        self.now += round(seconds * 1_000_000)
        return False


def only_notified(condition: Condition, seconds: float | None) -> object:
    """Wait as if the window never ended: only notifications wake it."""
    return condition.wait()


def batch(*ids: str, **others: Any) -> Batch:
    return Batch([an_event(one, **others) for one in ids], pack="delivery")


def test_a_lone_event_is_committed_when_its_window_has_passed() -> None:
    ledger, time = Spy(), Frozen()
    with GroupCommit(ledger, clock=time.clock, wait=time.wait) as group:
        assert group.submit(batch("1")).result(timeout=60) == Appended(accepted=1, subjects=1)
        assert ledger.sizes == [1]
        assert time.waited == [WINDOW / 1_000_000]


def test_a_full_group_does_not_wait_for_its_window() -> None:
    ledger = Spy()
    with GroupCommit(ledger, most=3, clock=lambda: 0, wait=only_notified) as group:
        first = group.submit(batch("1", "2"))
        second = group.submit(batch("3"))
        wait_for([first, second], timeout=60)
        assert ledger.sizes == [3]


def test_what_comes_during_a_commit_goes_together_into_the_next() -> None:
    ledger = Spy()
    ledger.open.clear()
    with GroupCommit(ledger, most=1, clock=lambda: 0, wait=only_notified) as group:
        answers = [group.submit(batch("first"))]
        assert ledger.entered.wait(timeout=60)
        group._most = 100
        answers += [group.submit(batch(str(number))) for number in range(20)]
        assert not any(answer.done() for answer in answers), "nobody is answered before the commit"
        group._most = 20
        ledger.open.set()
        wait_for(answers, timeout=60)
        assert ledger.sizes == [1, 20]


def test_a_group_holds_no_more_than_the_most_but_a_bigger_batch_goes_alone() -> None:
    ledger = Spy()
    ledger.open.clear()
    with GroupCommit(ledger, most=3, clock=lambda: 0, wait=only_notified) as group:
        answers = [group.submit(batch("a", "b", "c"))]
        assert ledger.entered.wait(timeout=60)
        answers += [group.submit(batch("1", "2")), group.submit(batch("3", "4")), group.submit(batch(*"56789"))]
        ledger.open.set()
    assert all(answer.done() for answer in answers)
    assert ledger.sizes == [3, 2, 2, 5]


def test_each_caller_is_told_what_became_of_its_own() -> None:
    with GroupCommit(Spy(), most=4, clock=lambda: 0, wait=only_notified) as group:
        first = group.submit(batch("1"))
        again = group.submit(batch("1"))
        clash = group.submit(batch("1", "2", data={"n": 1}, heard=9))
        assert first.result(timeout=60) == Appended(accepted=1, subjects=1)
        assert again.result(timeout=60) == Appended(duplicates=1)
        assert clash.result(timeout=60) == Appended(accepted=1, conflicts=1, subjects=1)


def test_a_batch_that_cannot_be_stored_fails_alone() -> None:
    ledger = Spy()
    with GroupCommit(ledger, most=3, clock=lambda: 0, wait=only_notified) as group:
        good = group.submit(batch("1"))
        bad = group.submit(batch("2", tenant="other"))
        also = group.submit(batch("3"))
        assert good.result(timeout=60).accepted == also.result(timeout=60).accepted == 1
        with pytest.raises(LedgerError):
            bad.result(timeout=60)
    assert ledger.count()["events"] == 2


def test_closing_commits_what_waits_and_takes_nothing_more() -> None:
    ledger = Spy()
    group = GroupCommit(ledger, clock=lambda: 0, wait=only_notified)
    answer = group.submit(batch("1"))
    group.close()
    assert answer.result(timeout=0).accepted == 1
    with pytest.raises(RuntimeError):
        group.submit(batch("2"))


def test_a_caller_that_gave_up_is_left_out() -> None:
    ledger = Spy()
    ledger.open.clear()
    with GroupCommit(ledger, most=1, clock=lambda: 0, wait=only_notified) as group:
        group.submit(batch("first"))
        assert ledger.entered.wait(timeout=60)
        given_up = group.submit(batch("1"))
        assert given_up.cancel()
        kept = group.submit(batch("2"))
        ledger.open.set()
        assert kept.result(timeout=60).accepted == 1
    assert ledger.sizes == [1, 1]


def test_many_threads_and_tasks_are_all_answered() -> None:
    ledger, time = Spy(), Frozen()
    accepted: list[int] = []

    async def tasks(name: str) -> None:
        answers = await asyncio.gather(*(group.append(batch(f"{name}{number}")) for number in range(50)))
        accepted.extend(answer.accepted for answer in answers)

    with GroupCommit(ledger, most=25, clock=time.clock, wait=time.wait) as group:
        threads = [Thread(target=lambda name=name: asyncio.run(tasks(name))) for name in "abcd"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=60)
    assert sum(accepted) == ledger.count()["events"] == 200
    assert max(ledger.sizes) <= 25
