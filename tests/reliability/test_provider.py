"""The provider is down for an hour (on a virtual clock): nothing is lost, and it is not overrun when it returns."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.reliability.conftest import Figures
from tests.unit.runtime.test_outbound_deliverer import DOWN, OK, START, World
from troth.model.times import HOUR, MINUTE, SECOND, Micros
from troth.runtime.outbound.health import LONGEST_PAUSE

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3_600)]
whole = pytest.mark.reliability


@pytest.mark.parametrize("count", [pytest.param(600, id="sample"), pytest.param(7_200, id="whole", marks=whole)])
def test_an_hour_without_the_provider(count: int, figures: Figures) -> None:
    back, first = START + HOUR, list[Micros]()
    world = World(lambda destination, now: DOWN if now < back else OK, each=4, together=16)
    for number in range(count):
        world.put(1, at=world.clock.now, prefix=f"at{number}-")
        world.step(HOUR // count)
    in_vain = len(world.couriers.calls)
    assert in_vain <= 20, "a provider that is down is hammered"
    while not (jobs := world.deliverer.take(world.clock.now)):
        world.clock.now += SECOND
    first.append(world.clock.now - back)
    widths: list[int] = []
    while jobs:
        widths.append(len(jobs))
        for job in jobs:
            world.deliverer.attempt(job, world.clock.now)
        jobs = world.deliverer.take(world.clock.now)
    world.run(5 * HOUR, 5 * MINUTE)
    times = Counter(outgoing for now, _, outgoing in world.couriers.calls if now >= back)
    states = Counter(one.state for one in world.outbox.deliveries(limit=count))
    figures(
        "provider down for an hour",
        {
            "deliveries": count,
            "attempts while it was down": in_vain,
            "first attempt after its return, s": first[0] // SECOND,
            "longest pause allowed, s": LONGEST_PAUSE // SECOND,
            "at once, at first": widths[0],
            "at once, at most": max(widths),
            "delivered": states["delivered"],
            "delivered more than once": sum(one > 1 for one in times.values()),
        },
    )
    assert states == {"delivered": count}
    assert set(times.values()) == {1}
    assert widths[0] == 1
    assert max(widths) <= 4
    assert first[0] <= LONGEST_PAUSE
