"""Takes deliveries that are due out of the outbox, has couriers deliver them, and notes what became of each.

Nothing is lost: a delivery is waiting, delivered or a dead letter. It may arrive more than once (a fall between the
receiver's answer and the note), and the order of arrival is not promised.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from random import Random
from threading import Lock
from typing import Final

import msgspec

from troth.model.times import MINUTE, Micros
from troth.ports.outbox import Delivery, Destination, Outbox
from troth.ports.sender import Attempt, Couriers
from troth.runtime.outbound.health import FAILURES, GIVE_UP, Health, failed, succeeded
from troth.runtime.outbound.schedule import ATTEMPTS, wait_after

FAILING_SINCE: Final = "failing_since"
"""The setting of a destination that keeps failing: since when; microseconds since 1970 UTC."""

_log: Final = logging.getLogger("troth.outbound")


class Limits(msgspec.Struct, frozen=True):
    """How much is done at once.

    Attributes:
        together: Deliveries under way at once, over all destinations.
        each: Of them, to one destination.
        lease: For how long a worker has a delivery: longer than any attempt can take.
    """

    together: int = 16
    each: int = 4
    lease: Micros = 5 * MINUTE


class Job(msgspec.Struct, frozen=True):
    """A delivery that has been taken, with where it goes; `None`: the destination is not there."""

    delivery: Delivery
    destination: Destination | None


class Deliverer:
    """The delivery loop's steps. Safe to use from several threads; several processes may share one outbox.

    Args:
        outbox: Where deliveries wait.
        couriers: Kind of destination → who delivers there.
        clock: The present moment, read after each attempt.
        random: Where jitter comes from.
        limits: How much is done at once.
    """

    def __init__(
        self,
        outbox: Outbox,
        couriers: Couriers,
        clock: Callable[[], Micros],
        random: Random,
        *,
        limits: Limits = Limits(),  # noqa: B008 - a frozen value
    ) -> None:
        self._outbox = outbox
        self._couriers = couriers
        self._clock = clock
        self._random = random
        self.limits = limits
        self._lock = Lock()
        self._health: dict[str, Health] = {}
        self._busy: Counter[str] = Counter()

    def deliver_due(self, now: Micros) -> dict[str, int]:
        """Deliver all that is due and has room, one after the other; return how many ended as what.

        The keys are the outcomes of `Attempt`. Raises LedgerError when the outbox cannot be used.
        """
        tally: Counter[str] = Counter()
        while jobs := self.take(now):
            tally.update(self.attempt(job, now) for job in jobs)
        return dict(tally)

    def take(self, now: Micros) -> list[Job]:
        """Lease deliveries that are due, as many as there is room for; each has to go through `attempt`."""
        with self._lock:
            destinations = {one.id: one for one in self._outbox.destinations()}
            jobs: list[Job] = []
            # What is remembered of a destination goes with it.
            self._health = {name: health for name, health in self._health.items() if name in destinations}
            while free := self.limits.together - self._busy.total():
                room = {name: self._room(name, now) for name in {*destinations, *self._busy}}
                # A few at a time: what is leased for a destination beyond its room has to be put back.
                limit = min(free, max(1, max(room.values(), default=1)))
                full = [name for name, left in room.items() if left <= 0]
                leased = self._outbox.lease(now, until=now + self.limits.lease, limit=limit, skip=full)
                entered = [one for one in leased if self._enters(one, now)]
                jobs += [Job(one, destinations.get(one.destination)) for one in entered]
                if len(leased) < limit:
                    break
            return jobs

    def _room(self, destination: str, now: Micros) -> int:
        """Return how many more deliveries a destination may have under way."""
        return self._health.get(destination, Health()).room(now) - self._busy[destination]

    def _enters(self, delivery: Delivery, now: Micros) -> bool:
        """Count a leased delivery as under way, or put it back where its destination has no room."""
        if self._room(delivery.destination, now) <= 0:
            self._put_back(delivery)
            return False
        self._busy[delivery.destination] += 1
        return True

    def _put_back(self, delivery: Delivery) -> None:
        """End a lease without an attempt; everything else stays as it was."""
        self._outbox.settle(delivery.id, state="waiting", due_at=delivery.due_at, error=delivery.error)

    def attempt(self, job: Job, now: Micros) -> str:
        """Deliver one that was taken, and note what became of it; return the attempt's outcome.

        Raises:
            LedgerError: It could not be noted; the delivery comes back when its lease ends.
        """
        try:
            result = self._deliver(job, now)
            after = max(now, self._clock())
            with self._lock:
                self._learn(job, result, after)
                self._note(job.delivery, result, after)
            return result.outcome
        finally:
            with self._lock:
                self._busy[job.delivery.destination] -= 1
                # Zeros are dropped, so that removed destinations are forgotten.
                self._busy = +self._busy

    def _deliver(self, job: Job, now: Micros) -> Attempt:
        """Have the courier deliver; whatever goes wrong there is a failed attempt of this delivery alone."""
        if job.destination is None or not job.destination.active:
            return Attempt("refused", "O108", "the destination is switched off or was removed")
        courier = self._couriers.get(job.destination.kind)
        if courier is None:
            return Attempt("refused", "O107", f"nobody here delivers to {job.destination.kind}")
        try:
            return courier.deliver(job.delivery.outgoing, job.destination, now=now)
        except Exception as error:  # noqa: BLE001 - a courier's fault must neither end the loop nor lose the delivery
            # Only the type: the text of a foreign error may hold what must not be stored or logged.
            _log.error("a courier failed: kind=%s error=%s", job.destination.kind, type(error).__name__)
            return Attempt("retry", "O111", f"the courier failed with {type(error).__name__}")

    def _note(self, delivery: Delivery, result: Attempt, now: Micros) -> None:
        """Settle a delivery by what became of the attempt."""
        if result.outcome == "delivered":
            self._outbox.settle(delivery.id, state="delivered", attempts=delivery.attempts)
            return
        count = delivery.attempts + 1
        if result.outcome in {"refused", "gone"} or count >= ATTEMPTS:
            self._outbox.settle(delivery.id, state="dead", attempts=count, error=result.error)
            _log.warning("dead letter: delivery=%s destination=%s", delivery.id, delivery.destination)
            return
        # Nothing is due while the destination is left alone.
        silent = self._health.get(delivery.destination, Health()).silent_until
        due_at = max(now + max(wait_after(count, self._random), result.wait), silent)
        self._outbox.settle(delivery.id, state="waiting", due_at=due_at, attempts=count, error=result.error)

    def _learn(self, job: Job, result: Attempt, now: Micros) -> None:
        """Draw conclusions about the destination: leave it alone, try it with more, or switch it off."""
        if job.destination is None or result.outcome == "refused":
            return
        name = job.destination.id
        before = self._health.get(name, Health())
        if result.outcome == "delivered":
            self._health[name] = succeeded(before, self.limits.each)
            if FAILING_SINCE in job.destination.settings:
                self._change(name, failing_since=None)
        elif result.outcome == "gone":
            self._change(name, active=False)
        else:
            self._health[name] = failed(before, now, self._random, wait=result.wait)
            since = job.destination.settings.get(FAILING_SINCE)
            if not isinstance(since, int):
                # Whoever stores a destination may store anything under this name.
                since = None
            if since is None and self._health[name].failures >= FAILURES:
                self._change(name, failing_since=now)
            elif since is not None and now - since >= GIVE_UP:
                self._change(name, active=False)

    def _change(self, name: str, *, active: bool = True, failing_since: Micros | None = None) -> None:
        """Store what was learnt of a destination, on top of what it is by now."""
        current = next((one for one in self._outbox.destinations() if one.id == name), None)
        if current is None:
            return
        settings = {key: value for key, value in current.settings.items() if key != FAILING_SINCE}
        if failing_since is not None:
            settings[FAILING_SINCE] = failing_since
        switched = active and current.active
        self._outbox.put_destination(msgspec.structs.replace(current, settings=settings, active=switched))
        if not switched:
            _log.warning("switched off: destination=%s", name)
