"""Units: one durable transaction for all that a thread does in it, seen by nobody before its end."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event as Signal

import pytest

from troth.model.effect import Entry, Outgoing, WakeUp
from troth.ports.ledger import Ledger, Share
from troth.ports.outbox import Destination
from troth.testing.conformance._ledger_suite import LedgerSuite, everything
from troth.testing.conformance.strategies import START, a_record, a_refusal, an_event, subjects_of

_WAIT = 20
"""Seconds after which a test that waits for another thread gives up: it would wait for ever."""


def write_everything(ledger: Ledger) -> None:
    """Write by every method that writes, so that what is left of it can be looked for."""
    subject = subjects_of(5, 1)[0]
    clash = an_event("known", subject=subject, heard=-1, data={"n": 2})
    ledger.append([an_event("new", subject=subject), clash], [a_refusal("new")], pack="delivery")
    position, fence = ledger.position(5)
    share = Share(
        5,
        fence,
        position + 1,
        [a_record(subject, at=7)],
        [WakeUp("w", subject, 7)],
        [Entry("case", "customer/1", 7, subject)],
        [Outgoing("unit", "case.opened", subject, START)],
    )
    ledger.commit_shares([share])
    ledger.advance({"oms": 7})
    ledger.put("setting", 7)
    ledger.put("former", None)
    ledger.erase(["secret"])
    ledger.release(["former"])
    ledger.settle("unknown", state="dead")
    (leased,) = ledger.lease(START, until=START + 9, limit=1)
    ledger.settle(leased.id, state="dead")
    ledger.put_destination(Destination("second", ("*",)))
    ledger.drop_destination("first")


def seen_of(ledger: Ledger) -> list[object]:
    """Return all that a reader can see."""
    subject = subjects_of(5, 1)[0]
    return [
        everything(ledger),
        ledger.events_of([subject]),
        ledger.records([subject]),
        ledger.position(5),
        ledger.last_position(),
        list(ledger.dirty_buckets()),
        ledger.due(START, limit=9),
        ledger.next_due(),
        list(ledger.entries("case", "customer/1")),
        ledger.watermarks(),
        list(ledger.quarantine()),
        [(key, ledger.get(key)) for key in ledger.keys("")],
        list(ledger.deliveries()),
        list(ledger.destinations()),
        ledger.count(),
    ]


def prepared(ledger: Ledger) -> None:
    """Store what `write_everything` changes."""
    subject = subjects_of(5, 1)[0]
    ledger.append([an_event("known", subject=subject)], [a_refusal("former")], pack="delivery")
    share = Share(5, 0, 1, [a_record(subject)], [WakeUp("v", subject, 3)], [Entry("case", "customer/1", 3, subject)])
    ledger.commit_shares([share])
    ledger.advance({"oms": 3})
    ledger.put("former", 3)
    ledger.put("secret", 3)
    ledger.put_destination(Destination("first", ("*",)))


class UnitConformance(LedgerSuite):
    """What a ledger does with a unit."""

    readers_wait = False
    """Whether a reader waits for the end of another thread's unit: only a ledger that is not durable may do so."""

    def test_a_unit_that_fails_leaves_nothing(self) -> None:
        with self.ledger() as ledger:
            prepared(ledger)
            before = seen_of(ledger)
            inside: list[object] = []

            def fail() -> None:
                with ledger.unit([5]):
                    write_everything(ledger)
                    inside.extend(seen_of(ledger))
                    raise ZeroDivisionError

            with pytest.raises(ZeroDivisionError):
                fail()
            assert inside != before
            assert seen_of(ledger) == before
            with ledger.unit([5]):
                write_everything(ledger)
            assert seen_of(ledger) != before

    def test_a_unit_leaves_what_its_calls_would_leave_by_themselves(self) -> None:
        with self.ledger() as ledger, self.ledger() as other:
            for one in (ledger, other):
                prepared(one)
            with ledger.unit([5]):
                write_everything(ledger)
            write_everything(other)
            assert seen_of(ledger) == seen_of(other)

    def test_in_a_unit_the_thread_sees_what_it_has_written(self) -> None:
        subject = subjects_of(5, 1)[0]
        with self.ledger() as ledger, ledger.unit([5]):
            ledger.append([an_event(subject=subject)], pack="delivery")
            assert ledger.last_position() == 1
            assert list(ledger.dirty_buckets()) == [5]
            assert ledger.events_of([subject]) == {subject: [an_event(subject=subject)]}
            assert [stored.event.id for stored in ledger.read(5, after=0, limit=9)] == ["1"]
            ledger.commit(5, fence=0, position=1, records=[a_record(subject)], wake_ups=[])
            assert ledger.position(5) == (1, 1)
            assert set(ledger.records([subject])) == {subject}
            assert list(ledger.dirty_buckets()) == []

    def test_a_call_that_fails_in_a_unit_leaves_nothing_of_itself(self) -> None:
        five, six = subjects_of(5, 1)[0], subjects_of(6, 1)[0]
        with self.ledger() as ledger:
            with ledger.unit([5, 6]):
                ledger.put("before", 1)
                with self.refused("L105"):
                    ledger.commit_shares([Share(5, 0, 3, [a_record(five)]), Share(6, 9, 3, [a_record(six)])])
                ledger.put("after", 1)
            assert list(ledger.keys("")) == ["after", "before"]
            assert ledger.position(5) == (0, 0)
            assert ledger.records([five]) == {}

    def test_units_do_not_nest(self) -> None:
        with self.ledger() as ledger:
            with ledger.unit([1]):
                ledger.put("outer", 1)
                with pytest.raises(RuntimeError, match="nest"), ledger.unit([2]):
                    pass
            assert ledger.get("outer") == 1
            with ledger.unit([]):
                pass

    def test_what_a_unit_stored_is_there_after_reopening(self) -> None:
        ledger = self.make()
        prepared(ledger)
        with ledger.unit([5]):
            write_everything(ledger)
        seen = seen_of(ledger)
        with self.reopened(ledger) as again:
            assert seen_of(again) == seen

    def test_another_thread_sees_all_of_a_unit_or_nothing(self) -> None:
        with self.ledger() as ledger, ThreadPoolExecutor(1) as pool:
            prepared(ledger)
            before = seen_of(ledger)
            with ledger.unit([5]):
                write_everything(ledger)
                inside = seen_of(ledger)
                seen = pool.submit(seen_of, ledger)
                if not self.readers_wait:
                    assert seen.result(_WAIT) == before, "it neither waits nor sees what is not committed"
            # A ledger that lets readers wait lets them in between two of its answers, all of them after the end.
            assert seen.result(_WAIT) == (inside if self.readers_wait else before)
            assert pool.submit(seen_of, ledger).result(_WAIT) == inside

    def test_a_unit_shuts_out_other_threads_that_write(self) -> None:
        with self.ledger() as ledger:
            self._shut_out(ledger, lambda: ledger.put("later", ledger.get("count")), lambda: ledger.get("later"))

    def test_a_unit_shuts_out_other_instances_on_its_bucket(self) -> None:
        """Each counts up in a unit: not one count is lost."""
        with self.ledger() as ledger:
            beside = self.beside(ledger)
            if beside is None:
                pytest.skip("this ledger has one instance, and does not claim to have more")
            try:
                with ThreadPoolExecutor(2) as pool:
                    done = [pool.submit(_count_up, one, 40) for one in (ledger, beside)]
                    for one in done:
                        one.result(_WAIT * 3)
                assert ledger.get("count") == beside.get("count") == 80
                assert ledger.position(5) == beside.position(5) == (80, 80)
            finally:
                beside.close()

    def test_units_of_two_threads_come_one_after_the_other(self) -> None:
        with self.ledger() as ledger, ThreadPoolExecutor(2) as pool:
            done = [pool.submit(_count_up, ledger, 40) for _ in range(2)]
            for one in done:
                one.result(_WAIT * 3)
            assert ledger.get("count") == 80

    def _shut_out(self, ledger: Ledger, write: Callable[[], object], read: Callable[[], object]) -> None:
        """Write from another thread during a unit; it is stored after the unit, and saw what the unit stored."""
        started = Signal()

        def other() -> None:
            started.set()
            with ledger.unit([5]):
                write()

        with ThreadPoolExecutor(1) as pool:
            with ledger.unit([5]):
                written = pool.submit(other)
                assert started.wait(_WAIT)
                ledger.put("count", 1)
                assert read() is None
            written.result(_WAIT)
        assert read() == 1


def _count_up(ledger: Ledger, times: int) -> None:
    """Count up in a setting and in a bucket's position, each time in a unit."""
    for _ in range(times):
        with ledger.unit([5]):
            ledger.put("count", (ledger.get("count") or 0) + 1)
            position, fence = ledger.position(5)
            ledger.commit(5, fence=fence, position=position + 1, records=[], wake_ups=[])
