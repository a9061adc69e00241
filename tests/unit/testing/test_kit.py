"""The public kit: builders make what a pack understands, strategies reach what they promise to reach."""

from __future__ import annotations

from collections import Counter

from hypothesis import Phase, given, settings

from tests.unit.scenarios.kit import pack_named
from troth.engine.fold import refold
from troth.model.event import Event
from troth.model.ids import content_hash
from troth.model.times import DAY, FOREVER
from troth.testing import START, a_flight, an_event, an_order
from troth.testing.shapes import members_of, pools_of
from troth.testing.standing import Standing
from troth.testing.strategies import events_of

HEARD = dict.fromkeys(("shop", "payment", "carrier", "mailer", "timetable", "operations"), FOREVER)


def test_an_ordinary_order_is_delivered_in_time_and_told() -> None:
    record = refold(pack_named("delivery"), "order/7", an_order(7), HEARD, START + 9 * DAY)
    assert record.states[-1].value == "delivered"
    assert [promise.outcome for promise in record.promises] == ["kept"]
    assert [told.message for told in record.messages] == ["confirmation"]
    assert record.findings == ()


def test_an_order_never_delivered_breaks_its_promise() -> None:
    record = refold(pack_named("delivery"), "order/1", an_order(delivered=None), HEARD, START + 9 * DAY)
    assert [promise.outcome for promise in record.promises] == ["broken"]


def test_an_ordinary_flight_arrives_on_time() -> None:
    record = refold(pack_named("travel_disruption"), "flight/1", a_flight(), HEARD, START + 9 * DAY)
    assert (record.states[-1].value, record.promises[0].outcome) == ("arrived", "kept")


def test_an_event_has_an_id_of_its_own_unless_one_is_given() -> None:
    assert an_event(at=START) == an_event(at=START)
    assert an_event(at=START).id != an_event(at=START + 1).id
    assert an_event(id="x").id == "x"


def test_what_an_event_type_reads_is_found_by_asking() -> None:
    delivery, requests = pack_named("delivery"), pack_named("service_request")
    assert members_of(delivery.promises[0].due.day) == {"promised_day"}
    assert members_of(None) == frozenset()
    ids = ("e1", "e2")
    assert set(pools_of(requests, requests.events["request.updated"], START, ids)) == {
        "assigned", "closed", "resolved", "status", "target_missed"
    }  # fmt: skip
    assert pools_of(delivery, delivery.events["event.corrected"], START, ids)["corrects"] == ids


def test_strategies_reach_every_outcome_ties_conflicts_late_events_and_corrections() -> None:
    pack = pack_named("delivery")
    reached: Counter[str] = Counter()

    @settings(max_examples=1500, database=None, derandomize=True, phases=[Phase.generate])
    @given(events_of(pack))
    def note(events: list[Event]) -> None:
        """Note what one set of events reaches."""
        record = refold(pack, events[0].subject, events, HEARD, START + 30 * DAY)
        contents = {(event.source, event.id, content_hash(event)) for event in events}
        reached.update({promise.outcome for promise in record.promises})
        reached["correction"] += record.corrected
        reached["finding"] += bool(record.findings)
        reached["late event"] += any(event.heard_at > event.occurred_at for event in events)
        reached["tie"] += len({event.occurred_at for event in events}) < len(events)
        reached["repetition"] += len(contents) < len(events)
        reached["conflict"] += len({content[:2] for content in contents}) < len(contents)

    note()
    wanted = {"kept", "late", "broken", "void", "unknown", "correction", "finding", "late event", "tie", "conflict"}
    assert wanted <= {name for name, count in reached.items() if count >= 3}, reached


def test_of_two_contents_the_earlier_heard_stands_in_whatever_order_they_come() -> None:
    early = an_event(id="x", heard_at=START, data={"size": 1})
    late = an_event(id="x", heard_at=START + DAY, data={"size": 2}, subject="order/2")
    ledger = Standing()
    for arrivals in ([early, late], [late, early]):
        ledger = Standing()
        displaced = [ledger.take([event]).displaced for event in arrivals]
        assert (ledger.of("order/1"), ledger.of("order/2")) == ([early], [])
        assert displaced[1] == (frozenset() if arrivals[0] is early else {"order/1", "order/2"})
    assert ledger.take([late, early]).fresh == {}
