"""Work: records, fences, wake-ups, watermarks and settings."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from troth.model.effect import WakeUp
from troth.model.ids import bucket_of
from troth.model.record import Attribute, FactView, Observation, Promise, Record, Window
from troth.ports.ledger import Share
from troth.testing.conformance._ledger_suite import LedgerSuite
from troth.testing.conformance.strategies import a_record, an_event, subjects_of


class WorkConformance(LedgerSuite):
    """What a ledger does with what is derived."""

    def test_a_record_is_given_back_as_it_was_committed(self) -> None:
        seen = Observation(12.5, "oms", 7, 1, "e1")
        record = Record(
            subject="order/é",
            pack="delivery",
            digest="d",
            at=9,
            observations=((seen,), ()),
            facts=(FactView("known", "x", seen), FactView("missing")),
            promises=(Promise("day", "", 1, 2, (Window(None, 1, "first", "e1"),)),),
            attributes={"carrier": Attribute("AA", 3)},
        )
        with self.ledger() as ledger:
            bucket = bucket_of("main", record.subject)
            ledger.commit(bucket, fence=0, position=4, records=[record], wake_ups=[])
            assert ledger.records(["order/é", "order/none"]) == {"order/é": record}
            assert ledger.position(bucket) == (4, 1)

    def test_a_later_commit_replaces_the_record(self) -> None:
        subject = subjects_of(5, 1)[0]
        with self.ledger() as ledger:
            for fence in range(3):
                ledger.commit(5, fence=fence, position=fence, records=[a_record(subject, at=fence)], wake_ups=[])
            assert ledger.records([subject]) == {subject: a_record(subject, at=2)}
            assert ledger.count()["records"] == 1

    def test_a_stale_fence_is_refused_and_nothing_stored(self) -> None:
        subject = subjects_of(5, 1)[0]
        with self.ledger() as ledger:
            ledger.commit(5, fence=0, position=3, records=[a_record(subject)], wake_ups=[WakeUp("w", subject, 1)])
            for fence in (0, 2):
                with self.refused("L105"):
                    ledger.commit(5, fence=fence, position=9, records=[a_record(subject, at=7)], wake_ups=[])
            assert ledger.position(5) == (3, 1)
            assert ledger.records([subject]) == {subject: a_record(subject)}
            assert [wake_up.id for wake_up in ledger.due(1, limit=9)] == ["w"]

    def test_a_fence_guards_its_own_bucket_only(self) -> None:
        with self.ledger() as ledger:
            ledger.commit(5, fence=0, position=3, records=[], wake_ups=[])
            ledger.commit(6, fence=0, position=2, records=[], wake_ups=[])
            assert (ledger.position(5), ledger.position(6), ledger.position(7)) == ((3, 1), (2, 1), (0, 0))

    def test_a_position_set_back_has_events_read_again(self) -> None:
        event = an_event()
        bucket = bucket_of("main", event.subject)
        with self.ledger() as ledger:
            ledger.append([event], pack="delivery")
            ledger.commit(bucket, fence=0, position=ledger.last_position(), records=[], wake_ups=[])
            assert list(ledger.dirty_buckets()) == []
            ledger.commit(bucket, fence=1, position=0, records=[], wake_ups=[])
            assert list(ledger.dirty_buckets()) == [bucket]

    def test_what_belongs_to_another_bucket_is_refused_and_nothing_stored(self) -> None:
        mine, other = subjects_of(5, 1)[0], subjects_of(6, 1)[0]
        with self.ledger() as ledger:
            with self.refused("L108"):
                ledger.commit(5, fence=0, position=1, records=[a_record(mine), a_record(other)], wake_ups=[])
            with self.refused("L108"):
                ledger.commit(5, fence=0, position=1, records=[a_record(mine)], wake_ups=[WakeUp("w", other, 1)])
            assert ledger.position(5) == (0, 0)
            assert ledger.count()["records"] == 0

    def test_shares_of_several_buckets_are_committed_together_or_not_at_all(self) -> None:
        five, six = subjects_of(5, 1)[0], subjects_of(6, 1)[0]
        with self.ledger() as ledger:
            ledger.commit_shares([Share(5, 0, 3, [a_record(five)]), Share(6, 0, 2, [a_record(six)])])
            assert set(ledger.records([five, six])) == {five, six}
            with self.refused("L105"):
                ledger.commit_shares([Share(5, 1, 4, [a_record(five, at=9)]), Share(6, 0, 3)])
            assert ledger.records([five])[five].at == a_record(five).at
            assert (ledger.position(5), ledger.position(6)) == ((3, 1), (2, 1))

    def test_records_are_scanned_by_bucket_and_subject_and_by_pack(self) -> None:
        with self.ledger() as ledger:
            for bucket in (9, 2):
                first, second = subjects_of(bucket, 2)
                records = [a_record(second), a_record(first, pack="travel")]
                ledger.commit(bucket, fence=0, position=1, records=records, wake_ups=[])
            scanned = [record.subject for record in ledger.scan_records()]
            assert scanned == sorted(scanned, key=lambda subject: (bucket_of("main", subject), subject))
            assert len(scanned) == 4
            assert {record.pack for record in ledger.scan_records(pack="travel")} == {"travel"}
            assert len(list(ledger.scan_records(pack="travel"))) == 2
            assert [bucket_of("main", record.subject) for record in ledger.scan_records(buckets=[9, 7])] == [9, 9]
            assert len(list(ledger.scan_records(pack="travel", buckets={2}))) == 1
            assert list(ledger.scan_records(buckets=())) == []

    def test_wake_ups_come_earliest_first_and_stay(self) -> None:
        subjects = subjects_of(5, 3)
        with self.ledger() as ledger:
            wake_ups = [WakeUp(f"w{due}", subject, due) for subject, due in zip(subjects, (30, 10, 20), strict=True)]
            ledger.commit(5, fence=0, position=1, records=[], wake_ups=wake_ups)
            ledger.commit(6, fence=0, position=1, records=[], wake_ups=[WakeUp("far", subjects_of(6, 1)[0], 15)])
            for _ in range(2):
                assert [wake_up.id for wake_up in ledger.due(20, limit=9)] == ["w10", "far", "w20"]
            assert [wake_up.id for wake_up in ledger.due(30, limit=2)] == ["w10", "far"]
            assert [wake_up.id for wake_up in ledger.due(30, limit=9, bucket=5)] == ["w10", "w20", "w30"]
            assert ledger.due(9, limit=9) == []
            assert ledger.due(10, limit=9) == [wake_ups[1]]

    def test_wake_ups_of_one_moment_come_by_subject(self) -> None:
        subjects = subjects_of(5, 4)
        with self.ledger() as ledger:
            ledger.commit(5, fence=0, position=1, records=[], wake_ups=[WakeUp("w", one, 1) for one in subjects[::-1]])
            assert [wake_up.subject for wake_up in ledger.due(1, limit=9)] == sorted(subjects)

    def test_a_commit_replaces_or_removes_the_wake_up_of_its_subjects(self) -> None:
        first, second, third = subjects_of(5, 3)
        with self.ledger() as ledger:
            ledger.commit(
                5, fence=0, position=1, records=[], wake_ups=[WakeUp("a", one, 1) for one in (first, second, third)]
            )
            ledger.commit(
                5, fence=1, position=2, records=[a_record(first), a_record(second)], wake_ups=[WakeUp("b", first, 5)]
            )
            left = [(wake_up.id, wake_up.subject, wake_up.due_at) for wake_up in ledger.due(9, limit=9)]
            assert left == [("a", third, 1), ("b", first, 5)]
            assert ledger.count()["wake_ups"] == 2

    def test_of_two_wake_ups_of_one_subject_the_earlier_is_kept(self) -> None:
        subject = subjects_of(5, 1)[0]
        with self.ledger() as ledger:
            wake_ups = [WakeUp("late", subject, 9), WakeUp("early", subject, 4), WakeUp("later", subject, 10)]
            ledger.commit(5, fence=0, position=1, records=[a_record(subject)], wake_ups=wake_ups)
            assert ledger.due(99, limit=9) == [wake_ups[1]]

    @settings(suppress_health_check=[HealthCheck.differing_executors, HealthCheck.too_slow])
    @given(st.lists(st.dictionaries(st.sampled_from(["oms", "store"]), st.integers(-(2**40), 2**60)), max_size=5))
    def test_watermarks_never_move_backward(self, moves: list[dict[str, int]]) -> None:
        with self.ledger() as ledger:
            highest: dict[str, int] = {}
            for move in moves:
                ledger.advance(move)
                highest |= {source: max(moment, highest.get(source, moment)) for source, moment in move.items()}
                assert ledger.watermarks() == highest

    def test_settings_are_kept_listed_and_removed(self) -> None:
        with self.ledger() as ledger:
            assert ledger.get("pack.delivery") is None
            values: list[Any] = [{"digest": "x", "list": [1, 2.5, None, True]}, "text", 7, False, []]
            for value in values:
                ledger.put("pack.delivery", value)
                assert ledger.get("pack.delivery") == value
            ledger.put("pack.travel", 1)
            ledger.put("pack_", 1)
            ledger.put("cursor.a%", 1)
            assert list(ledger.keys("pack.")) == ["pack.delivery", "pack.travel"]
            assert list(ledger.keys("")) == ["cursor.a%", "pack.delivery", "pack.travel", "pack_"]
            ledger.put("pack.travel", None)
            ledger.put("pack.unknown", None)
            assert ledger.get("pack.travel") is None
            assert list(ledger.keys("pack.")) == ["pack.delivery"]

    def test_settings_are_erased_and_counted(self) -> None:
        with self.ledger() as ledger:
            for key in ("key/anna", "key/ben"):
                ledger.put(key, "secret")
            assert ledger.erase(["key/anna", "key/none"]) == 1
            assert list(ledger.keys("")) == ["key/ben"]
            assert ledger.erase([]) == 0

    def test_what_was_committed_is_there_after_reopening(self) -> None:
        subject = subjects_of(5, 1)[0]
        ledger = self.make()
        ledger.commit(5, fence=0, position=3, records=[a_record(subject)], wake_ups=[WakeUp("w", subject, 7)])
        ledger.advance({"oms": 9})
        ledger.put("cursor", 17)
        with self.reopened(ledger) as again:
            assert again.position(5) == (3, 1)
            assert again.records([subject]) == {subject: a_record(subject)}
            assert again.due(7, limit=9) == [WakeUp("w", subject, 7)]
            assert again.watermarks() == {"oms": 9}
            assert again.get("cursor") == 17
            with self.refused("L105"):
                again.commit(5, fence=0, position=4, records=[], wake_ups=[])
