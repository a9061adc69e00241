"""Events: appended once, read in order, scanned, kept over a restart."""

from __future__ import annotations

from collections.abc import Callable

from troth.model.event import Event, Stored
from troth.model.ids import BUCKETS, bucket_of
from troth.ports.ledger import Appended, Batch
from troth.testing.conformance._ledger_suite import LedgerSuite, commit_all, everything
from troth.testing.conformance.strategies import START, a_record, a_refusal, an_event, subjects_of


class EventsConformance(LedgerSuite):
    """What a ledger does with events."""

    def test_a_new_ledger_is_empty(self) -> None:
        with self.ledger() as ledger:
            assert ledger.count() == {"events": 0, "subjects": 0, "records": 0, "quarantined": 0, "wake_ups": 0}
            assert ledger.last_position() == 0
            assert list(ledger.dirty_buckets()) == []
            assert ledger.position(0) == (0, 0)
            assert list(ledger.scan_events()) == []
            assert list(ledger.scan_records()) == []

    def test_an_event_is_given_back_as_it_came(self) -> None:
        data = {"text": "Zoë ☂", "n": -(2**63), "x": 0.1, "yes": True, "none": None, "list": [1, {"a": []}], "": {}}
        event = Event("oms", "№ 1", "order.placed", "order/é", -5, START, data, -3, "main", "heard_at")
        with self.ledger() as ledger:
            ledger.append([event], pack="delivery")
            assert ledger.events_of(["order/é"]) == {"order/é": [event]}
            (stored,) = ledger.read(bucket_of("main", "order/é"), after=0, limit=10)
            assert (stored.event, stored.replaces, stored.stands, stored.pack) == (event, False, True, "delivery")

    def test_append_counts_events_and_subjects(self) -> None:
        events = [an_event(str(number), subject=f"order/{number % 3}") for number in range(10)]
        with self.ledger() as ledger:
            assert ledger.append(events, pack="delivery") == Appended(accepted=10, subjects=3)
            assert ledger.count()["events"] == 10
            assert ledger.count()["subjects"] == 3

    def test_appending_again_changes_nothing(self) -> None:
        events = [an_event(str(number), subject=f"order/{number % 3}", at=number) for number in range(10)]
        with self.ledger() as ledger:
            ledger.append(events, [a_refusal()], pack="delivery")
            seen, last = everything(ledger), ledger.last_position()
            assert ledger.append(events[::-1], [a_refusal()], pack="delivery") == Appended(duplicates=10)
            assert everything(ledger) == seen
            assert ledger.last_position() == last

    def test_a_repetition_within_one_batch_is_a_duplicate(self) -> None:
        with self.ledger() as ledger:
            appended = ledger.append([an_event("1"), an_event("2"), an_event("1")], pack="delivery")
            assert appended == Appended(accepted=2, duplicates=1, subjects=1)

    def test_nothing_appended_is_fine(self) -> None:
        with self.ledger() as ledger:
            assert ledger.append([], pack="delivery") == Appended()
            assert list(ledger.append_all([])) == []

    def test_the_same_id_of_two_sources_is_two_events(self) -> None:
        with self.ledger() as ledger:
            assert ledger.append([an_event(source="oms"), an_event(source="store")], pack="delivery").accepted == 2

    def test_several_batches_are_each_told_what_became_of_theirs(self) -> None:
        first = Batch([an_event("1"), an_event("2", subject="order/2")], [a_refusal("r")], "delivery")
        second = Batch([an_event("1"), an_event("3"), an_event("2", data={"n": 1})], [a_refusal("r")], "pickup")
        with self.ledger() as ledger:
            told = list(ledger.append_all([first, second]))
            assert told[0] == Appended(accepted=2, quarantined=1, subjects=2)
            assert told[1] == Appended(accepted=1, duplicates=1, conflicts=1, subjects=1)
            assert [subject for subject, _ in ledger.scan_events(pack="pickup")] == ["order/1"]

    def test_an_event_of_another_tenant_is_refused_and_nothing_stored(self) -> None:
        with self.ledger() as ledger:
            with self.refused("L106"):
                ledger.append([an_event("1"), an_event("2", tenant="other")], [a_refusal()], pack="delivery")
            assert ledger.count()["events"] == ledger.count()["quarantined"] == 0

    def test_read_pages_a_bucket_by_ascending_position(self) -> None:
        subjects = subjects_of(7, 3)
        events = [an_event(str(number), subject=subjects[number % 3], at=-number) for number in range(9)]
        with self.ledger() as ledger:
            for event in events:
                ledger.append([event, an_event(event.id, source="else", subject="order/far")], pack="delivery")
            seen: list[Stored] = []
            after = 0
            while page := ledger.read(7, after=after, limit=2):
                assert len(page) <= 2
                seen += page
                after = page[-1].position
            positions = [stored.position for stored in seen]
            assert positions == sorted(set(positions))
            assert [stored.event for stored in seen] == events
            assert ledger.last_position() >= positions[-1]

    def test_the_tail_pages_all_buckets_and_leaves_out_what_does_not_stand(self) -> None:
        events = [an_event(str(number), subject=f"order/{number}") for number in range(5)]
        with self.ledger() as ledger:
            for event in events:
                ledger.append([event], pack="delivery")
            ledger.append([an_event("0", subject="order/9", heard=-1)], pack="delivery")
            seen: list[Stored] = []
            for shard in range(ledger.shards):
                first = ledger.tail(shard, after=0, limit=1)
                rest = ledger.tail(shard, after=first[-1].position, limit=9) if first else ()
                mine = [*first, *rest]
                last = mine[-1].position if mine else 0
                assert last <= next((head.position for head in ledger.heads() if head.shard == shard), 0)
                assert list(ledger.tail(shard, after=last, limit=9)) == []
                assert list(ledger.tail(shard, after=0, limit=9)) == mine
                seen += mine
            seen.sort(key=lambda stored: stored.position)
            found = [stored.event.subject for stored in seen]
            assert found == ["order/1", "order/2", "order/3", "order/4", "order/9"]

    def test_buckets_are_dirty_until_their_last_event_is_committed(self) -> None:
        events = [an_event(str(bucket), subject=subjects_of(bucket, 1)[0]) for bucket in (200, 3, 77)]
        with self.ledger() as ledger:
            ledger.append(events, pack="delivery")
            assert list(ledger.dirty_buckets()) == [3, 77, 200]
            commit_all(ledger)
            ledger.append([an_event("new", subject=events[1].subject)], pack="delivery")
            assert list(ledger.dirty_buckets()) == [3]

    def test_events_of_a_subject_come_in_total_order(self) -> None:
        events = [
            an_event("b", at=1, source="a"),
            an_event("a", at=1, source="b"),
            an_event("z", at=1, sequence=-1),
            an_event("y", at=0, sequence=9),
            an_event("a", at=1, source="a"),
        ]
        with self.ledger() as ledger:
            ledger.append(events, pack="delivery")
            found = ledger.events_of(["order/1", "order/none"])
            assert found == {"order/1": sorted(events, key=lambda event: event.key), "order/none": []}

    def test_scan_events_goes_by_bucket_subject_and_total_order(self) -> None:
        events = [an_event(str(number), subject=f"order/{number % 40}", at=-number) for number in range(120)]
        with self.ledger() as ledger:
            ledger.append(events, pack="delivery")
            ledger.append([an_event("other", subject="flight/1")], pack="travel")
            scanned = list(ledger.scan_events(pack="delivery"))
            subjects = [subject for subject, _ in scanned]
            assert subjects == sorted(
                {event.subject for event in events}, key=lambda subject: (bucket_of("main", subject), subject)
            )
            assert dict(scanned) == ledger.events_of(subjects)
            assert len(list(ledger.scan_events())) == 41
            even = list(ledger.scan_events(buckets=range(0, BUCKETS, 2)))
            odd = list(ledger.scan_events(buckets=range(1, BUCKETS, 2)))
            assert even
            assert dict(even + odd) == dict(ledger.scan_events())
            assert {bucket_of("main", subject) % 2 for subject, _ in even} == {0}

    def test_a_scan_sees_one_moment_of_the_ledger(self) -> None:
        with self.ledger() as ledger:
            ledger.append([an_event("1"), an_event("2", subject="order/2")], pack="delivery")
            bucket = bucket_of("main", "order/1")
            ledger.commit(bucket, fence=0, position=1, records=[a_record("order/1")], wake_ups=[])
            events, records = ledger.scan_events(), ledger.scan_records()
            seen = [next(events)]
            found = [next(records)]
            ledger.append(
                [an_event(f"late{number}", subject=f"order/{number}") for number in range(50)], pack="delivery"
            )
            ledger.commit(bucket, fence=1, position=2, records=[a_record("order/1", at=9)], wake_ups=[])
            seen += list(events)
            found += list(records)
            assert sorted(seen) == [("order/1", [an_event("1")]), ("order/2", [an_event("2", subject="order/2")])]
            assert found == [a_record("order/1")]

    def test_what_was_appended_is_there_after_reopening(self) -> None:
        ledger = self.make()
        ledger.append([an_event("1"), an_event("2", subject="order/2")], [a_refusal()], pack="delivery")
        seen, last = everything(ledger), ledger.last_position()
        with self.reopened(ledger) as again:
            assert everything(again) == seen
            assert again.last_position() == last
            assert again.count()["quarantined"] == 1
            assert again.append([an_event("1"), an_event("3")], pack="delivery") == Appended(1, 1, subjects=1)
            assert again.last_position() > last

    def test_a_closed_ledger_says_so(self) -> None:
        ledger = self.make()
        ledger.close()
        ledger.close()
        uses: list[Callable[[], object]] = [
            ledger.count,
            ledger.dirty_buckets,
            lambda: ledger.append([an_event()], pack="delivery"),
            lambda: ledger.commit(0, fence=0, position=1, records=[], wake_ups=[]),
            lambda: list(ledger.scan_records()),
            lambda: list(ledger.scan_events()),
            lambda: ledger.get("setting"),
        ]
        for use in uses:
            with self.refused("L107"):
                use()
