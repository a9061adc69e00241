"""The firm: the same seed the same firm, causes before effects, faults as often as they are asked for."""

from __future__ import annotations

from itertools import islice, pairwise
from math import sqrt
from typing import Any

import msgspec
import pytest

from tests.unit.sim.kit import NONE, YesDriver
from troth.errors import UsageError
from troth.model.times import HOUR, MINUTE, SECOND
from troth.runtime.catalog import load
from troth.sim.conduct import conduct
from troth.sim.faults import RATES, Faults
from troth.sim.firm import START, Firm
from troth.sim.order import IN_STORE, SHIP_TO_STORE
from troth.sim.steps import Ask, Confirm, Contact, Heartbeat, Report
from troth.sim.systems import SOURCES


def told(firm: Firm) -> YesDriver:
    """Run a firm without a gate to its end."""
    driver = YesDriver()
    conduct(firm, driver)
    return driver


def near(count: int, of: int, rate: float) -> bool:
    """Return whether a count is within four and a half standard deviations of what a rate makes probable."""
    return abs(count - of * rate) <= 4.5 * sqrt(max(1.0, of * rate * (1 - rate)))


def test_the_same_seed_gives_the_same_firm_to_the_last_byte() -> None:
    first, second = (msgspec.msgpack.encode(told(Firm(3, orders=40)).steps) for _ in range(2))
    assert first == second


def test_an_order_says_by_what_the_pack_compares_orders() -> None:
    pack = load("store_pickup").compiled.require()
    steps = told(Firm(3, orders=40)).steps
    placed = [step.event.data for step in steps if isinstance(step, Report) and step.event.type == "order.placed"]
    assert len(placed) >= 40
    assert all(set(data["attributes"]) == set(pack.segments) for data in placed)
    assert len({data["attributes"]["store"] for data in placed}) > 1
    assert {data["attributes"]["mode"] for data in placed} == {IN_STORE, SHIP_TO_STORE}


def test_another_seed_gives_another_firm() -> None:
    first, second = (told(Firm(seed, orders=10)).steps for seed in (1, 2))
    assert first != second


def test_steps_come_in_the_order_of_time_and_are_heard_when_they_arrive() -> None:
    steps = told(Firm(5, orders=30)).steps
    assert all(one.at <= other.at for one, other in pairwise(steps))
    assert all(step.event.heard_at == step.at for step in steps if isinstance(step, Report))
    assert {type(step) for step in steps} == {Report, Heartbeat, Ask, Confirm, Contact}


def test_causes_come_before_effects_in_the_truth() -> None:
    firm = Firm(11, orders=300)
    told(firm)
    after = {
        "on_shelf": "placed", "handed_over": "on_shelf", "returned": "on_shelf", "at_store": "delivered_to_store",
        "delivered_to_store": "out_for_delivery", "out_for_delivery": "shipped", "shipped": "labelled",
        "refunded": "placed", "lost": "arrived", "complete": "placed",
    }  # fmt: skip
    seen = set()
    for subject in firm.orders:
        for effect, cause in after.items():
            then = firm.truth.first(subject, effect)
            before = firm.truth.first(subject, cause)
            if then is not None:
                seen.add(effect)
                assert before is not None, f"{subject}: {effect} without {cause}"
                assert before <= then, f"{subject}: {effect} before {cause}"
        ends = [name for name in ("handed_over", "returned") if firm.truth.first(subject, name) is not None]
        assert len(ends) + (firm.truth.first(subject, "cancelled") is not None) <= 1, f"{subject} ends twice"
    assert seen == set(after)


def test_what_is_handed_over_lay_on_the_shelf_until_then() -> None:
    firm = Firm(12, orders=120)
    told(firm)
    moments = {subject: firm.truth.first(subject, "handed_over") for subject in firm.orders}
    handed_over = [(subject, handed) for subject, handed in moments.items() if handed is not None]
    assert len(handed_over) > 40
    for subject, handed in handed_over:
        assert firm.truth.at(subject, "on_shelf", handed - 1) is True
        assert firm.truth.at(subject, "on_shelf", handed) is False


def test_without_faults_every_report_is_prompt_and_dated_when_it_happened() -> None:
    firm = Firm(2, faults=NONE, orders=60)
    driver = told(firm)
    assert not {"lost", "late", "duplicated", "reordered"} & {
        name for name, some in firm.systems.counts.items() if some
    }
    assert set(firm.systems.clocks.values()) == {0}
    delays = [step.at - step.event.occurred_at for step in driver.steps if isinstance(step, Report)]
    assert min(delays) > 0
    assert max(delays) < MINUTE
    assert not any(sent.bypass for sent in firm.truth.sent.values())


@pytest.mark.parametrize("rate", [0.02, 0.5])
def test_each_fault_is_as_frequent_as_it_is_asked_for(rate: float) -> None:
    rates: dict[str, Any] = dict.fromkeys(RATES, rate) | {"outages": 0.0, "failing": 0.0}
    faults = Faults(**rates)
    firm = Firm(4, faults=faults, orders=400)
    told(firm)
    counts = firm.systems.counts
    arrived = counts["made"] - counts["lost"]
    assert near(counts["lost"], counts["scans"], rate)
    assert near(counts["late"], arrived, rate)
    assert near(counts["reordered"], arrived - counts["late"], rate)
    assert near(counts["duplicated"], arrived, rate)
    sent = firm.truth.sent.values()
    assert near(sum(one.bypass for one in sent), len(sent), rate)


def test_clocks_are_wrong_by_no_more_than_the_skew() -> None:
    clocks = Firm(9, faults=Faults(skew=2 * MINUTE), orders=1).systems.clocks
    assert set(clocks) == set(SOURCES)
    assert all(abs(ahead) <= 2 * MINUTE for ahead in clocks.values())
    assert len(set(clocks.values())) == len(SOURCES)


def test_a_late_report_is_at_least_ten_minutes_late() -> None:
    driver = told(Firm(6, faults=msgspec.structs.replace(NONE, late=0.3), orders=40))
    delays = [step.at - step.event.occurred_at for step in driver.steps if isinstance(step, Report)]
    late = [delay for delay in delays if delay >= MINUTE]
    assert late
    assert min(late) >= 10 * MINUTE
    assert max(late) > HOUR, "the tail is heavy"


def test_an_endless_firm_goes_on() -> None:
    stream = Firm(1).stream()
    kinds = {kind for _, _, kind in islice(stream, 3000)}
    assert {"report", "heartbeat", "ask"} <= kinds


def test_who_is_not_answered_goes_on_without_the_gate() -> None:
    firm = Firm(8, faults=NONE, orders=5)
    kinds = [kind for _, _, kind in firm.stream()]
    assert "ask" in kinds
    assert firm.truth.sent
    assert all(sent.bypass for sent in firm.truth.sent.values())


def test_heartbeats_never_tell_of_what_is_to_come() -> None:
    beats = [step for step in told(Firm(3, orders=5)).steps if isinstance(step, Heartbeat)]
    assert any(step.heard for step in beats)
    for step in beats:
        assert all(heard <= step.at for heard in step.heard.values())


@pytest.mark.parametrize("name", RATES)
@pytest.mark.parametrize("rate", [-0.1, 0.51, float("nan"), float("inf")])
def test_a_rate_that_is_none_is_refused(name: str, rate: float) -> None:
    with pytest.raises(UsageError, match="U101") as caught:
        Firm(1, faults=msgspec.structs.replace(NONE, **{name: rate}))
    assert [problem.place.path for problem in caught.value.problems] == [name]


def test_all_faults_out_of_range_are_refused_at_once() -> None:
    with pytest.raises(UsageError) as caught:
        Firm(1, faults=Faults(lost=2, late=-1, skew=HOUR))
    assert sorted(problem.code for problem in caught.value.problems) == ["U101", "U101", "U102"]


@pytest.mark.parametrize("orders", [0, -3])
def test_a_firm_without_orders_is_refused(orders: int) -> None:
    with pytest.raises(UsageError, match="U103"):
        Firm(1, orders=orders)


@pytest.mark.parametrize("per_hour", [0.0, -1.0, float("inf"), float("nan")])
def test_orders_an_hour_are_above_zero(per_hour: float) -> None:
    with pytest.raises(UsageError, match="U103"):
        Firm(1, per_hour=per_hour)


def test_orders_come_at_the_rate_that_is_asked_for() -> None:
    firm = Firm(1, START, per_hour=600)
    firm.steps(START + 2 * HOUR + SECOND)
    # From 08:00 in New York stores open one after the other towards the west.
    assert 300 < len(firm.orders) < 1200
