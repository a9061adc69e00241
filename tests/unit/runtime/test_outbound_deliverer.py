"""The delivery loop on a simulated clock: retries, dead letters, pauses, fairness; nothing is lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from random import Random
from threading import Barrier, Event
from typing import Any

import pytest

from troth.bootstrap import open_ledger
from troth.model.effect import Outgoing
from troth.model.times import DAY, HOUR, MINUTE, SECOND, Micros
from troth.ports.outbox import Delivery, Destination, Outbox
from troth.ports.sender import Attempt
from troth.runtime.outbound import Deliverer, Limits, OutboxWorker
from troth.runtime.outbound.deliverer import FAILING_SINCE
from troth.runtime.outbound.health import FAILURES, GIVE_UP, LONGEST_PAUSE, Health, failed, succeeded
from troth.runtime.outbound.schedule import ATTEMPTS, WAITS, wait_after

START = 1_700_000_000 * SECOND
OK = Attempt("delivered")
DOWN = Attempt("retry", "O110", "answered 503")


class Clock:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.now: Micros = START

    def __call__(self) -> Micros:
        return self.now


class Couriers:
    """Answers by destination; keeps what it was asked to deliver and when."""

    def __init__(self, clock: Clock, answer: Callable[[str, Micros], Attempt]) -> None:
        self._clock = clock
        self._answer = answer
        self.calls: list[tuple[Micros, str, str]] = []

    def deliver(self, outgoing: Outgoing, destination: Destination, *, now: Micros) -> Attempt:
        self.calls.append((now, destination.id, outgoing.id))
        return self._answer(destination.id, now)

    def of(self, destination: str) -> list[Micros]:
        """Return when a destination was tried."""
        return [now for now, name, _ in self.calls if name == destination]


class World:
    """An outbox in memory, a clock, couriers and a deliverer."""

    def __init__(self, answer: Callable[[str, Micros], Attempt], *destinations: str, **limits: Any) -> None:
        self.clock = Clock()
        self.outbox: Outbox = open_ledger()
        self.couriers = Couriers(self.clock, answer)
        for name in destinations or ("shop",):
            self.outbox.put_destination(Destination(name, ("*",), "webhook"))
        random = Random(7)
        self.deliverer = Deliverer(self.outbox, {"webhook": self.couriers}, self.clock, random, limits=Limits(**limits))

    def put(self, count: int = 1, at: Micros = START, prefix: str = "o") -> None:
        """Put outgoings into the outbox."""
        self.outbox.send([Outgoing(f"{prefix}{n}", "case.opened", "order/1", at) for n in range(count)])

    def step(self, forward: Micros = 0) -> dict[str, int]:
        """Move the clock and deliver what is due."""
        self.clock.now += forward
        return self.deliverer.deliver_due(self.clock.now)

    def run(self, duration: Micros, step: Micros) -> None:
        """Deliver in steps."""
        for _ in range(duration // step):
            self.step(step)

    def states(self) -> Counter[str]:
        """Return how many deliveries are in which state."""
        return Counter(one.state for one in self.all())

    def all(self) -> list[Delivery]:
        """Return all deliveries."""
        return list(self.outbox.deliveries(limit=10_000))


def always(attempt: Attempt) -> Callable[[str, Micros], Attempt]:
    """Return what answers always alike."""
    return lambda destination, now: attempt


def test_what_is_due_is_delivered_once() -> None:
    world = World(always(OK))
    world.put(20)
    assert world.step() == {"delivered": 20}
    assert world.step(DAY) == {}
    assert world.states() == {"delivered": 20}
    assert len(world.couriers.calls) == 20


def test_a_failed_delivery_waits_longer_each_time_and_ends_as_a_dead_letter_with_its_last_error() -> None:
    world = World(always(DOWN))
    world.put()
    waits = []
    while (one := world.all()[0]).state == "waiting":
        waits.append(one.due_at - world.clock.now)
        world.step(max(0, one.due_at - world.clock.now))
    assert (one.state, one.attempts, one.error) == ("dead", ATTEMPTS, "O110: answered 503")
    assert len(waits) == ATTEMPTS
    assert sum(waits) < 2 * sum(WAITS) + ATTEMPTS * LONGEST_PAUSE
    # The fifth failure in a row and those after it also pause the destination, for at most a quarter of an hour.
    assert all(wait <= max(2 * mean, LONGEST_PAUSE) for wait, mean in zip(waits[1:], WAITS, strict=True))


def test_the_waits_are_spread_between_nothing_and_twice_the_mean_over_about_three_days() -> None:
    random = Random(1)
    for failures, mean in enumerate(WAITS, start=1):
        waits = [wait_after(failures, random) for _ in range(2_000)]
        assert 0 <= min(waits) < 0.01 * mean
        assert 1.99 * mean < max(waits) <= 2 * mean
        assert sum(waits) / len(waits) == pytest.approx(mean, rel=0.05)
    assert 2.5 * DAY < sum(WAITS) < 3 * DAY


def test_a_replayed_dead_letter_is_delivered() -> None:
    world = World(lambda destination, now: OK if now >= START + 9 * DAY else Attempt("refused", "O105", "no url"))
    world.put()
    world.step()
    (dead,) = world.outbox.deliveries(state="dead")
    world.clock.now = START + 9 * DAY
    assert world.outbox.replay([dead.id], world.clock.now) == 1
    assert world.step() == {"delivered": 1}


def test_a_receiver_that_asks_for_time_is_left_alone_with_all_its_deliveries() -> None:
    busy = Attempt("retry", "O110", "answered 429", wait=10 * MINUTE)
    world = World(lambda destination, now: busy if now < START + 10 * MINUTE else OK)
    world.put(50)
    world.run(9 * MINUTE, 30 * SECOND)
    assert len(world.couriers.calls) == 1
    world.run(2 * HOUR, MINUTE)
    assert world.states() == {"delivered": 50}


def test_a_dead_destination_holds_up_nobody_else() -> None:
    world = World(lambda destination, now: DOWN if destination == "dead" else OK, "dead", "well")
    world.put(300)
    world.step()
    assert len(world.couriers.of("well")) == 300
    assert len(world.couriers.of("dead")) == FAILURES


def test_a_destination_that_always_fails_is_hardly_tried_and_at_last_switched_off() -> None:
    world = World(always(DOWN))
    world.put(200)
    world.run(HOUR, 10 * SECOND)
    # Five failures, then single probes: after 30 s, 1, 2, 4, 8, 15, 15 minutes, each at least half of it.
    assert FAILURES < len(world.couriers.calls) <= FAILURES + 12
    (destination,) = world.outbox.destinations()
    assert START <= destination.settings["failing_since"] <= START + HOUR
    world.clock.now += GIVE_UP
    world.step()
    (destination,) = world.outbox.destinations()
    assert not destination.active
    world.step(HOUR)
    assert world.states() == {"dead": 200}
    assert {one.error[:4] for one in world.all()} <= {"O108", "O110"}


def test_a_success_ends_the_count_towards_switching_off() -> None:
    world = World(lambda destination, now: DOWN if now < START + HOUR else OK)
    world.put(FAILURES + 1)
    world.run(HOUR, MINUTE)
    assert "failing_since" in world.outbox.destinations()[0].settings
    world.run(DAY, 10 * MINUTE)
    assert "failing_since" not in world.outbox.destinations()[0].settings


def test_a_provider_that_is_down_for_an_hour_loses_nothing_and_is_not_overrun_when_it_returns() -> None:
    back = START + HOUR
    world = World(lambda destination, now: DOWN if now < back else OK, each=4, together=16)
    for second in range(0, 3600, 5):
        world.put(1, at=world.clock.now, prefix=f"at{second}-")
        world.step(5 * SECOND)
    assert len(world.couriers.calls) <= 20
    assert world.states() == {"waiting": 720}
    # What is under way at once grows by doubling from a single probe.
    while not (jobs := world.deliverer.take(world.clock.now)):
        world.clock.now += SECOND
    assert world.clock.now <= back + LONGEST_PAUSE
    widths = []
    while jobs:
        widths.append(len(jobs))
        for job in jobs:
            world.deliverer.attempt(job, world.clock.now)
        jobs = world.deliverer.take(world.clock.now)
    assert widths[0] == 1
    assert max(widths) <= 4
    world.run(5 * HOUR, 5 * MINUTE)
    assert world.states() == {"delivered": 720}
    ids = Counter(outgoing for now, _, outgoing in world.couriers.calls if now >= back)
    assert len(ids) == 720
    assert set(ids.values()) == {1}


def test_a_setting_that_is_no_moment_does_not_keep_a_failure_from_being_noted() -> None:
    world = World(always(DOWN))
    world.outbox.put_destination(Destination("shop", ("*",), "webhook", {FAILING_SINCE: "soon"}))
    world.put()
    assert world.deliverer.deliver_due(START) == {"retry": 1}
    (one,) = world.outbox.deliveries()
    assert (one.state, one.attempts, one.leased_until) == ("waiting", 1, 0)


def test_gone_switches_the_destination_off_and_keeps_what_waits_as_dead_letters() -> None:
    world = World(always(Attempt("gone", "O110", "answered 410")))
    world.put(3)
    world.step()
    assert not world.outbox.destinations()[0].active
    assert world.states() == {"dead": 3}
    assert len(world.couriers.calls) == 1
    world.put(1, prefix="later")
    assert len(world.all()) == 3


def test_a_delivery_that_nobody_can_deliver_says_so() -> None:
    world = World(always(OK))
    world.outbox.put_destination(Destination("wire", ("*",), "telegraph"))
    world.put()
    world.step()
    (dead,) = world.outbox.deliveries(state="dead")
    assert dead.error == "O107: nobody here delivers to telegraph"


def test_a_fault_of_a_courier_fails_its_delivery_alone_and_tells_nothing_secret() -> None:
    def faulty(destination: str, now: Micros) -> Attempt:
        if destination == "bad":
            raise ValueError("whsec_hidden")
        return OK

    world = World(faulty, "bad", "good")
    world.put()
    assert world.step() == {"delivered": 1, "retry": 1}
    assert {one.error for one in world.all()} == {"", "O111: the courier failed with ValueError"}


def test_an_unsure_delivery_is_sent_again() -> None:
    answers = [Attempt("unsure", "O111", "no whole answer came"), OK]
    world = World(lambda destination, now: answers.pop(0))
    world.put()
    assert world.step() == {"unsure": 1}
    assert world.step(MINUTE) == {"delivered": 1}


def test_what_a_worker_had_when_it_fell_comes_back_after_its_lease() -> None:
    world = World(always(OK), lease=2 * MINUTE)
    world.put()
    assert len(world.deliverer.take(START)) == 1
    other = Deliverer(world.outbox, {"webhook": world.couriers}, world.clock, Random(2))
    assert other.deliver_due(START + MINUTE) == {}
    assert other.deliver_due(START + 2 * MINUTE) == {"delivered": 1}


def test_one_destination_never_has_more_under_way_than_it_may() -> None:
    world = World(always(OK), "one", "two", each=3, together=5)
    world.put(100)
    rounds = []
    for _ in range(6):
        taken = world.deliverer.take(START)
        rounds.append(Counter(job.delivery.destination for job in taken))
        assert world.deliverer.take(START) == []
        for job in taken:
            world.deliverer.attempt(job, START)
    assert max(each.total() for each in rounds) == 5
    assert max(max(each.values()) for each in rounds) == 3
    assert all(len(each) == 2 for each in rounds)


def test_what_is_put_back_for_lack_of_room_has_not_been_tried() -> None:
    world = World(always(OK), "one", "two", each=4)
    world.put(40)
    world.step()
    assert {one.attempts for one in world.all()} == {0}
    assert world.states() == {"delivered": 80}


def test_failures_that_were_under_way_together_count_as_one_pause() -> None:
    health = Health(lanes=8)
    for _ in range(8):
        health = failed(health, START, Random(1))
    assert health.failures == FAILURES
    assert health.silent_until <= START + 30 * SECOND
    assert health.room(START) == 0
    assert health.room(health.silent_until) == 1
    assert succeeded(health, 4).lanes == 2


def test_no_answer_makes_a_destination_wait_longer_than_a_quarter_of_an_hour() -> None:
    health = Health()
    for _ in range(100):
        health = failed(health, health.silent_until or START, Random(1), wait=DAY)
    now = health.silent_until
    assert failed(health, now, Random(1), wait=DAY).silent_until == now + LONGEST_PAUSE


def test_the_worker_delivers_in_the_background_until_it_is_stopped() -> None:
    together = Barrier(3, timeout=10)
    done = Event()

    def answer(destination: str, now: Micros) -> Attempt:
        # Only if all three are under way at once does any of them get past this.
        together.wait()
        done.set()
        return OK

    world = World(answer, "one", "two", "three")
    worker = OutboxWorker(world.deliverer, world.clock, idle_s=60)
    worker.start()
    world.put()
    worker.wake()
    assert done.wait(10)
    worker.stop()
    assert world.states() == {"delivered": 3}
    worker.stop()
