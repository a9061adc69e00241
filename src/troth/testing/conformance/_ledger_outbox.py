"""Index entries and the outbox: derived and sent in the commit of the records."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from troth.model.effect import Entry, Outgoing, WakeUp
from troth.model.times import FOREVER, SECOND
from troth.ports.ledger import Ledger, Share
from troth.ports.outbox import Delivery, Destination
from troth.testing.conformance._ledger_suite import LedgerSuite
from troth.testing.conformance.strategies import START, a_record, subjects_of

CASES = Destination("crm", ("case.opened", "case.closed"), settings={"url": "https://crm.example/hook", "n": 1})
ALL = Destination("watch", ("*",), kind="sink")


def an_outgoing(id: str = "1", *, topic: str = "case.opened", at: int = 0) -> Outgoing:
    """Return an outgoing; `at` is seconds after `START`."""
    return Outgoing(id, topic, "order/1", START + SECOND * at, {"case": id, "list": [1, None, "é"]})


class EntryConformance(LedgerSuite):
    """What a ledger does with index entries and the next wake-up."""

    def test_entries_are_found_by_kind_and_key_in_order(self) -> None:
        first, second = subjects_of(5, 2)
        lines = [
            Entry("contact", "customer/1", 30, first, {"channel": "sms", "list": [1, None]}),
            Entry("contact", "customer/1", -10, second, "text"),
            Entry("contact", "customer/1", 30, second),
            Entry("contact", "customer/2", 20, first),
            Entry("open_case", "", 5, first, 7),
        ]
        with self.ledger() as ledger:
            ledger.commit_shares([Share(5, 0, 1, [a_record(first), a_record(second)], entries=lines)])
            found = list(ledger.entries("contact", "customer/1"))
            assert found == sorted(lines[:3], key=lambda one: (one.order, one.subject))
            assert list(ledger.entries("contact", "customer/1", after=-10)) == found[1:]
            assert list(ledger.entries("contact", "customer/1", after=30)) == []
            assert list(ledger.entries("contact", "customer/1", until=10)) == [one for one in found if one.order <= 10]
            assert list(ledger.entries("contact", "customer/1", until=found[0].order - 1)) == []
            assert list(ledger.entries("contact", "customer/1", limit=2)) == found[:2]
            assert list(ledger.entries("open_case")) == [lines[4]]
            assert list(ledger.entries("contact")) == list(ledger.entries("ask", "customer/1")) == []

    def test_a_subject_may_have_several_lines_of_one_place(self) -> None:
        subject = subjects_of(5, 1)[0]
        lines = [Entry("contact", "customer/1", 1, subject, number) for number in range(3)]
        with self.ledger() as ledger:
            ledger.commit_shares([Share(5, 0, 1, [a_record(subject)], entries=lines)])
            assert list(ledger.entries("contact", "customer/1")) == lines

    def test_entries_of_a_record_are_replaced_with_it(self) -> None:
        first, second, third = subjects_of(5, 3)
        lines = [Entry(kind, "k", 1, one) for one in (first, second, third) for kind in ("case", "ask")]
        with self.ledger() as ledger:
            ledger.commit_shares([Share(5, 0, 1, [a_record(one) for one in (first, second, third)], entries=lines)])
            again = [Entry("case", "k", 2, first)]
            ledger.commit_shares([Share(5, 1, 2, [a_record(first), a_record(second)], entries=again)])
            assert list(ledger.entries("case", "k")) == [Entry("case", "k", 1, third), again[0]]
            assert list(ledger.entries("ask", "k")) == [Entry("ask", "k", 1, third)]

    def test_entries_of_another_bucket_or_a_stale_fence_are_not_stored(self) -> None:
        mine, other = subjects_of(5, 1)[0], subjects_of(6, 1)[0]
        with self.ledger() as ledger:
            with self.refused("L108"):
                ledger.commit_shares([Share(5, 0, 1, [a_record(mine)], entries=[Entry("case", "", 1, other)])])
            with self.refused("L105"):
                ledger.commit_shares([Share(5, 3, 1, [a_record(mine)], entries=[Entry("case", "", 1, mine)])])
            assert list(ledger.entries("case")) == []

    def test_the_next_wake_up_is_the_earliest(self) -> None:
        first, second = subjects_of(5, 2)
        with self.ledger() as ledger:
            assert ledger.next_due() == FOREVER
            wake_ups = [WakeUp("a", first, START + 9), WakeUp("b", second, START + 4)]
            ledger.commit(5, fence=0, position=1, records=[], wake_ups=wake_ups)
            assert ledger.next_due() == START + 4
            ledger.commit(5, fence=1, position=2, records=[a_record(second)], wake_ups=[])
            assert ledger.next_due() == START + 9


class OutboxConformance(LedgerSuite):
    """What a ledger does with what is to be delivered."""

    def test_an_outgoing_is_delivered_to_every_destination_that_wants_it(self) -> None:
        with self._with(CASES, ALL, Destination("off", ("*",), active=False)) as ledger:
            assert ledger.send([an_outgoing("1"), an_outgoing("2", topic="state.changed")]) == 3
            seen = {(one.outgoing.id, one.destination) for one in ledger.deliveries()}
            assert seen == {("1", "crm"), ("1", "watch"), ("2", "watch")}
            for one in ledger.deliveries():
                assert one.outgoing == an_outgoing(one.outgoing.id, topic=one.outgoing.topic)
                told = (one.state, one.attempts, one.due_at, one.leased_until, one.error)
                assert told == ("waiting", 0, one.outgoing.at, 0, "")

    def test_a_topic_that_nobody_wants_makes_no_delivery_then_or_later(self) -> None:
        with self._with(CASES) as ledger:
            assert ledger.send([an_outgoing(topic="state.changed")]) == 0
            ledger.put_destination(ALL)
            assert list(ledger.deliveries()) == []
            assert ledger.lease(FOREVER - 1, until=FOREVER, limit=9) == []

    def test_an_id_is_sent_once(self) -> None:
        with self._with(CASES) as ledger:
            assert ledger.send([an_outgoing("1"), an_outgoing("1")]) == 1
            ledger.put_destination(ALL)
            assert ledger.send([an_outgoing("1"), an_outgoing("2")]) == 2
            assert len(ledger.deliveries()) == 3

    def test_what_a_commit_sends_is_stored_with_it_and_once(self) -> None:
        subject = subjects_of(5, 1)[0]
        with self._with(ALL) as ledger:
            for fence in range(3):
                share = Share(
                    5, fence, fence, [a_record(subject)], outgoing=[an_outgoing("1"), an_outgoing(f"f{fence}")]
                )
                ledger.commit_shares([share])
                with self.refused("L105"):
                    ledger.commit_shares([Share(5, fence, 9, outgoing=[an_outgoing("never")])])
            assert sorted(one.outgoing.id for one in ledger.deliveries()) == ["1", "f0", "f1", "f2"]

    def test_ids_of_deliveries_are_the_same_everywhere(self) -> None:
        with self._with(CASES, ALL) as ledger, self._with(ALL, CASES) as other:
            ledger.send([an_outgoing("1"), an_outgoing("2")])
            other.send([an_outgoing("2"), an_outgoing("1")])
            assert list(ledger.deliveries()) == list(other.deliveries())

    def test_a_lease_gives_what_is_due_oldest_first_and_only_once(self) -> None:
        with self._with(ALL) as ledger:
            ledger.send([an_outgoing(str(at), at=at) for at in (3, 1, 2, 99)])
            now = START + 9 * SECOND
            assert _ids(ledger.lease(now, until=now + 10, limit=2)) == ["1", "2"]
            (third,) = ledger.lease(now, until=now + 20, limit=9)
            assert (third.outgoing.id, third.leased_until) == ("3", now + 20)
            assert ledger.lease(now, until=now + 10, limit=9) == []

    def test_a_lease_leaves_out_destinations_without_room(self) -> None:
        with self._with(CASES, ALL) as ledger:
            ledger.send([an_outgoing()])
            assert ledger.lease(START, until=START + 9, limit=9, skip={"crm", "watch"}) == []
            (one,) = ledger.lease(START, until=START + 9, limit=9, skip=["crm", "none"])
            assert one.destination == "watch"
            assert [one.destination for one in ledger.lease(START, until=START + 9, limit=9)] == ["crm"]

    def test_a_lease_ends_at_its_moment(self) -> None:
        with self._with(ALL) as ledger:
            ledger.send([an_outgoing()])
            ledger.lease(START, until=START + 10, limit=9)
            assert ledger.lease(START + 9, until=START + 30, limit=9) == []
            (again,) = ledger.lease(START + 10, until=START + 30, limit=9)
            assert (again.attempts, again.leased_until) == (0, START + 30)

    def test_a_failed_attempt_waits_until_it_is_due_again(self) -> None:
        with self._with(ALL) as ledger:
            ledger.send([an_outgoing()])
            (one,) = ledger.lease(START, until=START + 10, limit=9)
            ledger.settle(one.id, state="waiting", due_at=START + 5, attempts=1, error="no answer")
            assert ledger.lease(START + 4, until=START + 10, limit=9) == []
            (again,) = ledger.lease(START + 5, until=START + 10, limit=9)
            assert (again.attempts, again.error, again.due_at) == (1, "no answer", START + 5)

    def test_what_was_delivered_stays_so(self) -> None:
        """A worker whose lease ran out tells late that it failed; another has delivered meanwhile."""
        with self._with(ALL) as ledger:
            ledger.send([an_outgoing()])
            (one,) = ledger.lease(START, until=START + 10, limit=9)
            ledger.settle(one.id, state="delivered", attempts=0)
            ledger.settle(one.id, state="waiting", due_at=START, attempts=1, error="too late")
            (seen,) = ledger.deliveries()
            assert (seen.state, seen.attempts, seen.error, seen.leased_until) == ("delivered", 0, "", 0)
            assert ledger.lease(FOREVER - 1, until=FOREVER, limit=9) == []
            assert ledger.replay([one.id], START) == 0

    def test_the_dead_are_left_alone_until_they_are_replayed(self) -> None:
        with self._with(ALL) as ledger:
            ledger.send([an_outgoing("1"), an_outgoing("2")])
            for one in ledger.lease(START, until=START + 10, limit=9):
                ledger.settle(one.id, state="dead", attempts=8, error="gone")
            assert ledger.lease(START + 99, until=FOREVER, limit=9) == []
            first = ledger.deliveries(state="dead")[0]
            assert ledger.replay([first.id, "unknown", first.id], START + 50) == 1
            assert ledger.lease(START + 49, until=START + 90, limit=9) == []
            (again,) = ledger.lease(START + 50, until=START + 90, limit=9)
            assert (again.id, again.attempts, again.error) == (first.id, 0, "")

    def test_deliveries_are_paged_by_id_and_state(self) -> None:
        with self._with(ALL) as ledger:
            ledger.send([an_outgoing(str(number)) for number in range(5)])
            every = list(ledger.deliveries())
            assert [one.id for one in every] == sorted(one.id for one in every)
            ledger.settle(every[1].id, state="dead")
            pages = [ledger.deliveries(limit=2), ledger.deliveries(after=every[1].id, limit=2)]
            assert [one.id for page in pages for one in page] == [one.id for one in every[:4]]
            waiting = ledger.deliveries(state="waiting", after=every[0].id, limit=2)
            assert [one.id for one in waiting] == [every[2].id, every[3].id]
            assert [one.id for one in ledger.deliveries(state="dead")] == [every[1].id]

    def test_destinations_are_kept_replaced_and_dropped(self) -> None:
        with self.ledger() as ledger:
            assert list(ledger.destinations()) == []
            ledger.put_destination(ALL)
            ledger.put_destination(CASES)
            assert list(ledger.destinations()) == [CASES, ALL]
            moved = Destination("crm", ("*",), active=False)
            ledger.put_destination(moved)
            assert list(ledger.destinations()) == [moved, ALL]
            assert ledger.drop_destination("crm")
            assert not ledger.drop_destination("crm")
            assert list(ledger.destinations()) == [ALL]

    def test_what_waits_for_a_destination_dies_with_it(self) -> None:
        with self._with(CASES, ALL) as ledger:
            ledger.send([an_outgoing()])
            ledger.drop_destination("crm")
            assert [(one.destination, one.state) for one in ledger.lease(START, until=START + 9, limit=9)] == [
                ("watch", "waiting")
            ]
            (dead,) = ledger.deliveries(state="dead")
            assert dead.destination == "crm"
            assert dead.error

    def test_two_workers_never_hold_one_delivery(self) -> None:
        with self._with(ALL) as ledger:
            ledger.send([an_outgoing(str(number)) for number in range(60)])
            beside = self.beside(ledger) or ledger
            try:
                with ThreadPoolExecutor(2) as pool:
                    shares = list(pool.map(_work_off, (ledger, beside)))
            finally:
                if beside is not ledger:
                    beside.close()
            assert sorted(shares[0] + shares[1]) == sorted(str(number) for number in range(60))
            assert len(ledger.deliveries(state="delivered")) == 60

    def test_what_is_at_an_end_is_pruned_when_it_is_old(self) -> None:
        with self._with(CASES, ALL) as ledger:
            ledger.send([an_outgoing(str(at), at=at) for at in range(4)])
            for one in ledger.deliveries():
                if one.outgoing.id != "1":
                    ledger.settle(one.id, state="delivered" if one.destination == "crm" else "dead", error="gone")
            assert ledger.prune(START + 3 * SECOND, dead=START + SECOND, limit=9) == 3
            left = {(one.outgoing.id, one.destination) for one in ledger.deliveries()}
            # Too young, dead and kept longer, or still waiting.
            assert left == {("1", "crm"), ("1", "watch"), ("2", "watch"), ("3", "crm"), ("3", "watch")}
            assert ledger.prune(START + 3 * SECOND, dead=START + SECOND, limit=9) == 0
            assert ledger.prune(START + 4 * SECOND, limit=9) == 3
            waiting = ledger.lease(START + 9 * SECOND, until=START + 10 * SECOND, limit=9)
            assert [(one.outgoing, one.state) for one in waiting] == [(an_outgoing("1", at=1), "waiting")] * 2

    def test_pruning_goes_in_steps(self) -> None:
        with self._with(ALL) as ledger:
            ledger.send([an_outgoing(str(number)) for number in range(5)])
            for one in ledger.deliveries():
                ledger.settle(one.id, state="delivered")
            assert [ledger.prune(START + 1, limit=2) for _ in range(4)] == [2, 2, 1, 0]
            assert list(ledger.deliveries()) == []

    def test_an_id_is_known_until_its_last_delivery_is_pruned_and_then_it_is_sent_anew(self) -> None:
        for name in ("crm", "watch"):
            with self._with(CASES, ALL) as ledger:
                ledger.send([an_outgoing("0"), an_outgoing("1"), an_outgoing("2")])
                first, last = sorted(
                    (one for one in ledger.deliveries() if one.outgoing.id == "1"),
                    key=lambda one: one.destination != name,
                )
                ledger.settle(first.id, state="delivered")
                assert ledger.prune(START + 1, limit=9) == 1
                assert ledger.send([an_outgoing("1")]) == 0
                ledger.settle(last.id, state="delivered")
                assert ledger.prune(START + 1, limit=9) == 1
                assert ledger.send([an_outgoing("0"), an_outgoing("1"), an_outgoing("2")]) == 2
                again = {(one.id, one.state) for one in ledger.deliveries() if one.outgoing.id == "1"}
                assert again == {(first.id, "waiting"), (last.id, "waiting")}

    def test_what_was_sent_is_there_after_reopening(self) -> None:
        ledger = self.make()
        ledger.put_destination(ALL)
        ledger.send([an_outgoing("1"), an_outgoing("2")])
        ledger.lease(START, until=START + 9, limit=1)
        seen = list(ledger.deliveries())
        with self.reopened(ledger) as again:
            assert list(again.deliveries()) == seen
            assert again.send([an_outgoing("1")]) == 0

    @contextmanager
    def _with(self, *destinations: Destination) -> Iterator[Ledger]:
        """Give a new ledger with destinations and close it afterwards."""
        with self.ledger() as ledger:
            for one in destinations:
                ledger.put_destination(one)
            yield ledger


def _ids(deliveries: Sequence[Delivery]) -> list[str]:
    """Return the ids of what is delivered, in order."""
    return [one.outgoing.id for one in deliveries]


def _work_off(ledger: Ledger) -> list[str]:
    """Lease and deliver until nothing is left; return what was leased."""
    done: list[str] = []
    while leased := ledger.lease(START, until=START + 9, limit=3):
        done += _ids(leased)
        for one in leased:
            ledger.settle(one.id, state="delivered")
    return done
