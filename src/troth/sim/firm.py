"""The firm: orders come in, things happen, systems report, senders speak; seeded, on a virtual clock, at any speed.

Source: discrete-event simulation in its plainest form: one queue of happenings by virtual time.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from random import Random
from typing import Final, TypeAlias

from troth.errors import Place, Problem, UsageError
from troth.model.decision import Decision
from troth.model.effect import Outgoing
from troth.model.times import DAY, HOUR, MINUTE, SECOND, Micros, parse_instant
from troth.sim.agenda import Agenda
from troth.sim.faults import Faults
from troth.sim.fulfilment import Fulfilment
from troth.sim.ground import Ground
from troth.sim.habits import Habits
from troth.sim.layout import Person, Store, morning, opening, person, stores, working_time
from troth.sim.order import IN_STORE, SHIP_TO_STORE, Order
from troth.sim.senders import Senders
from troth.sim.steps import Ask, Step
from troth.sim.systems import CUSTOMER, Systems
from troth.sim.truth import Truth

START: Final[Micros] = parse_instant("2026-03-02T13:00:00Z")
"""The first moment unless another is given: a Monday morning in New York."""
ORDERS_PER_HOUR: Final = 1200.0
HEARTBEAT: Final[Micros] = 2 * MINUTE
ROUND: Final[Micros] = 5 * SECOND
"""How long reports wait for the next round: what a service takes in at one moment."""
_PER_STORE: Final = 25
_AT_NIGHT: Final = 0.15
_SHIPPED: Final = 0.25
_KNOWN: Final = 0.35

Streamed: TypeAlias = tuple[Micros, Step, str]
"""(virtual moment of acceptance, step, its kind in lower case)."""


class Firm:
    """A firm with stores that errs on purpose, with the truth known beside it.

    The same arguments and the same answers give the same firm, to the last byte.

    Attributes:
        truth: What was really so, and when.
        systems: Who reports, with the counts of what befell reports.
        senders: Who speaks.
        orders: Every order placed so far, by subject.
        planned: How many are to be placed; `None`: it goes on for ever.

    Args:
        seed: Any whole number.
        start: The first virtual moment; microseconds since 1970 UTC.
        faults: What goes wrong.
        orders: How many orders are placed; `None`: it goes on for ever.
        per_hour: Orders an hour by day.

    Raises:
        UsageError: U101, U102: faults out of range; U103: orders or orders an hour are not above zero.
    """

    def __init__(
        self,
        seed: int,
        start: Micros = START,
        *,
        faults: Faults | None = None,
        orders: int | None = None,
        per_hour: float = ORDERS_PER_HOUR,
    ) -> None:
        faults = (faults or Faults()).require()
        for name, value in (("orders", orders), ("orders an hour", per_hour)):
            if value is not None and not 0 < value < math.inf:
                raise UsageError(
                    Problem(Place(path=name), "U103", f"{value} {name}", "a number above zero", "give one")
                )
        self._seed, self.planned, self._per_hour = seed, orders, per_hour
        self._agenda, self.truth = Agenda(start), Truth()
        self._emitted: list[Step] = []
        self._random = Random(f"{seed}/arrivals")  # noqa: S311 - a simulation, no secret
        self._people: list[Person] = []
        self._stores = stores(max(2, math.ceil(per_hour / _PER_STORE)), start)
        self.orders: dict[str, Order] = {}
        self.systems = Systems(self._agenda, faults, seed, self._emitted.append)
        ground = Ground(self._agenda, self.truth, self.systems, faults)
        self._habits = Habits(ground, self._emitted.append)
        self.senders = Senders(ground, seed, self._emitted.append, self._habits.told)
        ground.sender = self.senders.say
        self._fulfilment = Fulfilment(ground)
        self._agenda.at(start, self.systems.heartbeats, HEARTBEAT, idle=True)
        self._agenda.at(start + SECOND, self._arrival)

    @property
    def now(self) -> Micros:
        """Return the virtual moment."""
        return self._agenda.now

    @property
    def finished(self) -> bool:
        """Return whether nothing more is to come but heartbeats."""
        return self._agenda.working == 0 and not self._emitted

    def next_at(self) -> Micros:
        """Return the moment of the next happening, `FOREVER` when there is none."""
        return self._agenda.next_at()

    def steps(self, until: Micros) -> list[Step]:
        """Let time pass, and return what the firm does up to and including a moment, in order of time."""
        self._agenda.run(until)
        steps = list(self._emitted)
        self._emitted.clear()
        return steps

    def decided(self, decision: Decision) -> None:
        """Take the gate's answer to an `Ask`."""
        self.senders.decided(decision.request.id, decision.outcome, decision.sends)

    def confirmed(self, message_id: str, ok: bool, decision: Decision | None = None) -> None:
        """Take the answer to a `Confirm`."""
        self.senders.confirmed(message_id, ok, decision)

    def heard_back(self, news: Outgoing) -> None:
        """Take what the service tells its senders: another decision, a withdrawn permit, a message that it asks for."""
        body = news.body
        if news.topic in {"decision.changed", "permit.revoked"}:
            self.senders.decided(body["id"], body["outcome"], body["sends"])
        elif news.topic == "message.requested" and news.subject in self.orders:
            order = self.orders[news.subject]
            self.senders.requested(order, body["id"], body["message"], body["channel"], body["sends"])

    def stream(self) -> Iterator[Streamed]:
        """Yield what the firm does, endlessly or until all orders are over.

        An `Ask` that has not been answered (`decided`) when the next step is drawn is not answered at all: its sender
        goes on without the gate.
        """
        while not self.finished:
            for step in self.steps(max(self._agenda.next_at(), self.now)):
                yield step.at, step, type(step).__name__.lower()
                if isinstance(step, Ask) and self.senders.letters[step.request.id].state == "asked":
                    self.senders.go_on_without(step.request.id)

    def _arrival(self) -> None:
        """Somebody thinks of ordering; by night few do."""
        random, agenda = self._random, self._agenda
        if self.planned is not None and self.planned <= len(self.orders):
            return
        store = random.choice(self._stores)
        begins, ends = opening(store.zone, agenda.now)
        if begins <= agenda.now < ends or random.random() < _AT_NIGHT:
            self._place(store)
        agenda.at(agenda.now + round(random.expovariate(self._per_hour) * HOUR), self._arrival)

    def _place(self, store: Store) -> None:
        """An order is placed now."""
        number, now = len(self.orders) + 1, self._agenda.now
        random = Random(self._seed * 1_000_003 + number)  # noqa: S311 - a simulation, no secret
        customer = self._customer(store, random)
        mode = SHIP_TO_STORE if random.random() < _SHIPPED else IN_STORE
        items = 1 + min(9, int(random.expovariate(0.7)))
        if mode == IN_STORE:
            promised_by = working_time(store.zone, now, round(random.choice((2, 3, 4)) * HOUR))
        else:
            promised_by = morning(store.zone, now + 2 * DAY, 18)
        value = 10 + int(random.expovariate(1 / 60))
        order = Order(number, customer, store, mode, items, value, promised_by, random)
        self.orders[order.subject] = order
        self._fulfilment.place(order)
        self._habits.placed(order)

    def _customer(self, store: Store, random: Random) -> Person:
        """Return who orders: one known before, or somebody new, of whom the customer records tell."""
        if self._people and random.random() < _KNOWN:
            return random.choice(self._people)
        new = person(len(self._people) + 1, store.zone, random)
        self._people.append(new)
        data = {"zone": new.zone, "channel": new.prefers, "consent": new.consent}
        self.systems.report("crm", "customer.registered", new.id, data, pack=CUSTOMER)
        return new
