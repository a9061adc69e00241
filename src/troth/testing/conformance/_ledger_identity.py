"""Identity: of two contents the earlier stands, whatever the order of arrival; nothing that came is lost."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from troth.model.event import Event
from troth.model.ids import bucket_of, content_hash
from troth.ports.ledger import Appended, Ledger
from troth.runtime.envelope import to_json
from troth.testing.conformance._ledger_suite import LedgerSuite, commit_all
from troth.testing.conformance.strategies import a_refusal, an_event, arrivals

# The suite is inherited, so that hypothesis sees one test run by several classes: that is meant.
_inherited = settings(suppress_health_check=[HealthCheck.differing_executors, HealthCheck.too_slow])


class IdentityConformance(LedgerSuite):
    """What a ledger does with two arrivals of one identity."""

    def test_the_content_heard_earlier_stands_and_the_later_is_in_quarantine(self) -> None:
        first, second = an_event(heard=1, data={"n": 1}), an_event(heard=2, data={"n": 2})
        for order in ([first, second], [second, first]):
            with self.ledger() as ledger:
                assert ledger.append(order, pack="delivery") == Appended(accepted=1, conflicts=1, subjects=1)
                assert ledger.events_of(["order/1"]) == {"order/1": [first]}
                (kept,) = ledger.quarantine()
                assert (kept.kind, kept.code, kept.pack, kept.heard_at) == (
                    "conflict",
                    "E130",
                    "delivery",
                    second.heard_at,
                )
                assert json.loads(kept.raw)["data"] == {"n": 2}

    def test_of_two_contents_heard_at_once_the_smaller_hash_stands(self) -> None:
        contents = [an_event(data={"n": number}) for number in range(5)]
        with self.ledger() as ledger:
            ledger.append(contents, pack="delivery")
            assert ledger.events_of(["order/1"])["order/1"] == [min(contents, key=content_hash)]
            assert ledger.count()["quarantined"] == 4

    def test_the_same_content_heard_earlier_moves_heard_at_without_quarantine(self) -> None:
        with self.ledger() as ledger:
            ledger.append([an_event(heard=5)], pack="delivery")
            commit_all(ledger)
            assert ledger.append([an_event(heard=3)], pack="delivery") == Appended(duplicates=1)
            assert ledger.append([an_event(heard=4)], pack="delivery") == Appended(duplicates=1)
            assert ledger.events_of(["order/1"]) == {"order/1": [an_event(heard=3)]}
            (bucket,) = ledger.dirty_buckets()
            (stored,) = ledger.read(bucket, after=ledger.position(bucket)[0], limit=10)
            assert (stored.event, stored.replaces, stored.stands) == (an_event(heard=3), True, True)
            assert ledger.count()["quarantined"] == 0

    def test_an_event_without_time_sent_again_is_a_duplicate(self) -> None:
        sent = [an_event(at=second, assumed="occurred_at") for second in (5, 3, 9)]
        with self.ledger() as ledger:
            assert ledger.append(sent, pack="delivery") == Appended(accepted=1, duplicates=2, subjects=1)
            assert ledger.events_of(["order/1"]) == {"order/1": [sent[1]]}

    def test_a_displaced_event_of_another_subject_leaves_a_notice_for_it(self) -> None:
        former, other = an_event(heard=5), an_event(heard=3, subject="order/2")
        with self.ledger() as ledger:
            ledger.append([former], pack="delivery")
            commit_all(ledger)
            ledger.append([other], pack="delivery")
            assert list(ledger.dirty_buckets()) == sorted({bucket_of("main", "order/1"), bucket_of("main", "order/2")})
            notice = ledger.read(bucket_of("main", "order/1"), after=1, limit=10)[0]
            assert (notice.event.subject, notice.replaces, notice.stands) == ("order/1", True, False)
            stored = ledger.read(bucket_of("main", "order/2"), after=0, limit=10)[-1]
            assert (stored.event, stored.replaces, stored.stands) == (other, True, True)
            assert ledger.events_of(["order/1", "order/2"]) == {"order/1": [], "order/2": [other]}
            assert list(ledger.scan_events()) == [("order/2", [other])]
            assert ledger.count()["subjects"] == ledger.count()["events"] == 1

    def test_a_content_that_comes_to_stand_leaves_quarantine(self) -> None:
        with self.ledger() as ledger:
            ledger.append([an_event(heard=2, data={"n": 1}), an_event(heard=3, data={"n": 2})], pack="delivery")
            appended = ledger.append([an_event(heard=1, data={"n": 2})], pack="delivery")
            assert appended == Appended(duplicates=1), "both contents were known"
            assert [json.loads(kept.raw)["data"] for kept in ledger.quarantine()] == [{"n": 1}]

    @_inherited
    @given(arrivals(), st.randoms(use_true_random=False))
    def test_any_order_and_grouping_ends_alike(self, events: list[Event], random: Any) -> None:
        """Three contents, earlier repetitions, changing subjects: what stands is a function of the set."""
        shuffled = random.sample(events, len(events))
        with self.ledger() as ledger, self.ledger() as other:
            told = ledger.append(events, pack="delivery")
            singly = [other.append([event], pack="delivery") for event in shuffled]
            standing, losers = _by_the_rule(events)
            for one in (ledger, other):
                found = [event for of_one in one.events_of(["order/1", "order/2"]).values() for event in of_one]
                assert sorted(found, key=lambda event: event.key) == sorted(standing, key=lambda event: event.key)
                kept = [(refusal.place, refusal.heard_at) for refusal in one.quarantine()]
                assert sorted(kept) == sorted((f"{event.source} {event.id}", event.heard_at) for event in losers)
            assert list(ledger.quarantine()) == list(other.quarantine())
            assert told.accepted == sum(one.accepted for one in singly) == len(standing)
            assert told.conflicts == sum(one.conflicts for one in singly) == len(losers)
            assert told.duplicates == sum(one.duplicates for one in singly)

    @_inherited
    @given(st.lists(arrivals(), max_size=4))
    def test_a_reader_that_refolds_where_told_has_what_stands(self, batches: list[list[Event]]) -> None:
        """It applies new events on top, and asks `events_of` where an event replaces one, or a notice came."""
        with self.ledger() as ledger:
            known: dict[str, list[Event]] = {}
            for batch in batches:
                ledger.append(batch, pack="delivery")
                _follow(ledger, known)
            for subject, events in ledger.events_of(["order/1", "order/2"]).items():
                assert sorted(known.get(subject, []), key=lambda event: event.key) == events

    def test_quarantine_is_paged_by_id_and_released(self) -> None:
        refusals = [a_refusal(f"r{number}") for number in (3, 1, 4, 0, 2)]
        with self.ledger() as ledger:
            assert ledger.append([], refusals, pack="delivery") == Appended(quarantined=5)
            first = ledger.quarantine(limit=2)
            second = ledger.quarantine(after=first[-1].id, limit=2)
            last = ledger.quarantine(after=second[-1].id, limit=2)
            assert [*first, *second, *last] == sorted(refusals, key=lambda refusal: refusal.id)
            assert ledger.release(["r1", "r3", "unknown", "r1"]) == 2
            assert [refusal.id for refusal in ledger.quarantine()] == ["r0", "r2", "r4"]
            assert ledger.count()["quarantined"] == 3

    def test_of_one_refusal_kept_twice_the_earlier_stays(self) -> None:
        for order in ((1, 2), (2, 1)):
            with self.ledger() as ledger:
                for heard in order:
                    ledger.append([], [a_refusal(heard=heard)], pack="delivery")
                assert list(ledger.quarantine()) == [a_refusal(heard=1)]


def _by_the_rule(events: list[Event]) -> tuple[list[Event], list[Event]]:
    """Return what stands and what loses, straight from the definition."""
    contents: dict[tuple[str, str], dict[str, Event]] = {}
    for event in sorted(events, key=lambda one: (one.heard_at, to_json(one))):
        contents.setdefault((event.source, event.id), {}).setdefault(content_hash(event), event)
    ranked = [sorted(of_one.items(), key=lambda item: (item[1].heard_at, item[0])) for of_one in contents.values()]
    return [of_one[0][1] for of_one in ranked], [event for of_one in ranked for _, event in of_one[1:]]


def _follow(ledger: Ledger, known: dict[str, list[Event]]) -> None:
    """Read what is new, as a worker does, and commit."""
    for bucket in ledger.dirty_buckets():
        position, fence = ledger.position(bucket)
        page = ledger.read(bucket, after=position, limit=1000)
        refold = {stored.event.subject for stored in page if stored.replaces}
        for stored in page:
            if stored.event.subject not in refold:
                known.setdefault(stored.event.subject, []).append(stored.event)
        known.update(ledger.events_of(refold))
        ledger.commit(bucket, fence=fence, position=page[-1].position, records=[], wake_ups=[])
