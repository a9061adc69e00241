"""The hash chain: whoever changes, removes or puts in a row beside the ledger is found out."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from troth.ports.chain import DISPLACED, NOTICE, STANDS, Head, Link
from troth.ports.ledger import Ledger
from troth.runtime.chain import linked, seed
from troth.runtime.verify import Kept, verify
from troth.testing.conformance._ledger_suite import LedgerSuite
from troth.testing.conformance.strategies import an_event, subjects_of


class ChainConformance(LedgerSuite):
    """What a ledger does to show that its events are as they were stored.

    All subjects here are of one bucket, so that they are of one shard, however an adapter makes its shards.
    """

    def tamper(self, ledger: Ledger, change: str, position: int) -> None:  # noqa: ARG002  an adapter may offer it
        """Change the storage behind the ledger's back, or skip the test.

        Args:
            ledger: The ledger, which stays open.
            change: `alter` (give the row at the position another type), `remove` (the row), `insert` (a copy of the
                row, of another id, at the next free position), `hide` (the event stands no more), `cut` (remove the
                row and all after it, of all tables of events), `forget` (remove the heads).
            position: Which row.
        """
        pytest.skip("this ledger's storage cannot be reached beside it")

    def test_an_empty_ledger_has_no_chain_and_fits(self) -> None:
        with self.ledger() as ledger:
            assert list(ledger.heads()) == []
            done = verify(ledger)
            assert (done.rows, done.problems, done.count) == (0, (), 0)

    def test_every_row_is_bound_to_the_one_before_it(self) -> None:
        with self.ledger() as ledger:
            head = _filled(ledger)
            links = _links(ledger, head.shard)
            former = seed("main", head.shard)
            for number, link in enumerate(links, start=1):
                former = linked(former, link.said)
                assert (link.number, link.hash) == (number, former)
            assert head == Head(head.shard, links[-1].position, len(links), former)
            assert [link.position for link in links] == sorted({link.position for link in links})
            assert len({link.said for link in links}) == len(links)

    def test_duplicates_take_no_place_in_the_chain(self) -> None:
        with self.ledger() as ledger:
            subject = subjects_of(5, 1)[0]
            events = [an_event(str(number), subject=subject) for number in range(6)]
            ledger.append(events[:4], pack="delivery")
            ledger.append([*events[2:5], events[4], *events[:2], events[5]], pack="delivery")
            (head,) = ledger.heads()
            assert head.number == 6
            assert [link.id for link in _links(ledger, head.shard)] == [event.id for event in events]
            assert not verify(ledger).count

    def test_displaced_rows_and_notices_are_of_the_chain(self) -> None:
        first, second = subjects_of(5, 2)
        with self.ledger() as ledger:
            ledger.append([an_event("a", subject=first, heard=5), an_event("b", subject=first)], pack="delivery")
            ledger.append([an_event("a", subject=second, heard=3)], pack="delivery")
            (head,) = ledger.heads()
            links = [(link.id, link.standing, link.replaces) for link in _links(ledger, head.shard)]
            assert links[:2] == [("a", DISPLACED, False), ("b", STANDS, False)]
            assert sorted(links[2:]) == [("a", STANDS, True), ("a", NOTICE, True)]
            assert not verify(ledger).count

    def test_the_chain_is_read_page_by_page(self) -> None:
        with self.ledger() as ledger:
            head = _filled(ledger)
            links = _links(ledger, head.shard)
            pages = [ledger.chain(head.shard, after=after.position, limit=2) for after in links[:-1:2]]
            assert [link for page in pages for link in page] == links[1:]

    def test_the_same_rows_in_another_order_have_another_head(self) -> None:
        with self.ledger() as ledger, self.ledger() as same, self.ledger() as other:
            events = [an_event(str(number), subject=subjects_of(5, 1)[0]) for number in range(3)]
            for one, given in ((ledger, events), (same, events), (other, events[::-1])):
                for event in given:
                    one.append([event], pack="delivery")
            assert list(ledger.heads()) == list(same.heads())
            assert ledger.heads()[0].hash != other.heads()[0].hash

    def test_a_unit_that_fails_leaves_the_chain_as_it_was(self) -> None:
        with self.ledger() as ledger:
            head = _filled(ledger)

            def fail() -> None:
                with ledger.unit([5]):
                    ledger.append([an_event("lost", subject=subjects_of(5, 1)[0])], pack="delivery")
                    raise ZeroDivisionError

            with pytest.raises(ZeroDivisionError):
                fail()
            assert list(ledger.heads()) == [head]
            ledger.append([an_event("next", subject=subjects_of(5, 1)[0])], pack="delivery")
            assert ledger.heads()[0].number == head.number + 1
            assert not verify(ledger).count

    def test_writers_side_by_side_make_one_chain(self) -> None:
        subject = subjects_of(5, 1)[0]
        with self.ledger() as ledger:
            beside = self.beside(ledger) or ledger

            def write(one: Ledger, name: str) -> None:
                for number in range(25):
                    one.append([an_event(f"{name}{number}", subject=subject)], pack="delivery")

            try:
                with ThreadPoolExecutor(2) as pool:
                    list(pool.map(write, (ledger, beside), "ab"))
            finally:
                if beside is not ledger:
                    beside.close()
            (head,) = ledger.heads()
            assert head.number == ledger.count()["events"]
            assert not verify(ledger).count

    def test_the_chain_goes_on_after_reopening(self) -> None:
        ledger = self.make()
        head = _filled(ledger)
        with self.reopened(ledger) as again:
            assert list(again.heads()) == [head]
            again.append([an_event("next", subject=subjects_of(5, 1)[0])], pack="delivery")
            assert again.heads()[0].number == head.number + 1
            assert not verify(again, kept=[_kept(head)]).count

    def test_a_changed_row_is_found(self) -> None:
        assert self._found("alter", 2) == [("V101", 2)]

    def test_a_changed_last_row_is_found(self) -> None:
        assert self._found("alter", -1) == [("V101", -1)]

    def test_a_removed_row_is_found_by_the_gap(self) -> None:
        assert self._found("remove", 2) == [("V102", 3)]

    def test_a_row_put_in_is_found(self) -> None:
        # A copy has the number of its original (V103), unless the adapter derives the number: then its hash tells.
        assert self._found("insert", 2) in ([("V103", None)], [("V101", None)])

    def test_a_hidden_event_is_found(self) -> None:
        assert self._found("hide", 2) == [("V107", 2)]

    def test_a_cut_end_is_found_by_the_head(self) -> None:
        assert self._found("cut", 3) == [("V104", 2)]

    def test_a_forgotten_head_is_found(self) -> None:
        assert self._found("forget", -1) == [("V106", -1)]

    def test_a_history_that_fits_itself_does_not_fit_a_head_kept_outside(self) -> None:
        with self.ledger() as ledger, self.ledger() as other:
            kept = _kept(_filled(ledger))
            _filled(other, kind="order.forged")
            assert not verify(other).count
            assert [problem.code for problem in verify(other, kept=[kept]).problems] == ["V105"]
            assert not verify(ledger, kept=[kept]).count
            absent = Kept(kept.shard, kept.position + 1000, kept.hash)
            assert [problem.code for problem in verify(ledger, kept=[absent]).problems] == ["V105"]

    def _found(self, change: str, index: int) -> list[tuple[str, int | None]]:
        """Tamper with the row of an index; return what is found, as (code, index of the row named)."""
        with self.ledger() as ledger:
            head = _filled(ledger)
            positions = [link.position for link in _links(ledger, head.shard)]
            self.tamper(ledger, change, positions[index])
            done = verify(ledger, name="it")
            assert done.count == len(done.problems)
            names = {f"position {position}": number for number, position in enumerate(positions)}
            names[f"position {positions[-1]}"] = -1
            return [(one.code, names.get(one.place.path.split(", ")[-1])) for one in done.problems]


def _filled(ledger: Ledger, *, kind: str = "order.placed") -> Head:
    """Append five events in three calls; return the head of their chain."""
    subject = subjects_of(5, 1)[0]
    events = [an_event(str(number), subject=subject, type=kind, data={"n": number}) for number in range(5)]
    ledger.append(events[:1], pack="delivery")
    ledger.append(events[1:3], pack="delivery")
    ledger.append(events[3:], pack="delivery")
    (head,) = ledger.heads()
    return head


def _links(ledger: Ledger, shard: int) -> list[Link]:
    """Return all links of a shard."""
    return list(ledger.chain(shard, after=0, limit=10**6))


def _kept(head: Head) -> Kept:
    """Return a head as somebody keeps it."""
    return Kept(head.shard, head.position, head.hash)
