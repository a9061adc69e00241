"""Ship to store: what becomes of a parcel on the road, and what the carrier says of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from troth.model.times import DAY, HOUR, MINUTE, SECOND, Micros
from troth.sim.ground import Ground
from troth.sim.layout import morning, open_at
from troth.sim.order import Order

HUBS: Final = ("Columbus", "Memphis", "Dallas", "Reno", "Harrisburg")


class Parcels:
    """The carrier's work.

    Args:
        ground: What every part of the firm stands on.
        stage: Puts a received parcel on the shelf.
    """

    __slots__ = ("_ground", "_stage")

    def __init__(self, ground: Ground, stage: Callable[[Order], None]) -> None:
        self._ground, self._stage = ground, stage

    def begin(self, order: Order) -> None:
        """The warehouse takes up an order: a label is printed long before anything moves."""
        self._ground.later(order.random.uniform(0.3, 4) * HOUR, self._label, order)

    def _label(self, order: Order) -> None:
        """A label exists; the naive firm says *shipped* now."""
        if order.over:
            return
        ground, random = self._ground, order.random
        ground.note(order, "labelled", True)
        ground.systems.report("carrier", "label.printed", order.subject, {"tracked": random.random() < 0.97})
        if random.random() < 0.5:
            ground.say(order, "shipped", random.uniform(10, 90) * SECOND)
        ground.later(random.uniform(1, 10) * HOUR, self._accept, order)

    def _accept(self, order: Order) -> None:
        """The carrier has it: the first scan."""
        if order.over:
            return
        ground, random = self._ground, order.random
        ground.note(order, "shipped", True)
        ground.systems.report("carrier", "parcel.accepted", order.subject)
        ground.say(order, "shipped", random.uniform(10, 90) * SECOND)
        ground.later(random.uniform(4, 12) * HOUR, self._hub, order, 1 + (random.random() < 0.5))

    def _hub(self, order: Order, left: int) -> None:
        """It lies in a hub, sometimes for days; sometimes it is scanned as out for delivery while it does."""
        if order.over:
            return
        ground, random = self._ground, order.random
        ground.systems.report("carrier", "parcel.at_hub", order.subject, {"hub": random.choice(HUBS)})
        stuck = random.random() < 0.05
        stays = random.uniform(20, 50) * HOUR if stuck else random.uniform(3, 9) * HOUR
        if stuck and random.random() < 0.5:
            ground.later(stays * 0.3, self._say_out, order)
        if left > 1:
            ground.later(stays, self._hub, order, left - 1)
        else:
            ground.at(morning(order.store.zone, ground.now + round(stays), 6 + random.random()), self._load, order)

    def _say_out(self, order: Order) -> None:
        """The carrier says that it is out for delivery, and may believe so."""
        if order.over:
            return
        self._ground.systems.report("carrier", "parcel.out_for_delivery", order.subject)
        self._ground.say(order, "out_for_delivery", order.random.uniform(10, 90) * SECOND)

    def _load(self, order: Order) -> None:
        """It is on the van."""
        if order.over:
            return
        ground, random = self._ground, order.random
        ground.note(order, "out_for_delivery", True)
        self._say_out(order)
        arrives = open_at(order.store.zone, ground.now + round(random.uniform(2, 8) * HOUR))
        early = random.random() < ground.faults.early
        if early:
            between: Micros = round(random.uniform(0.1, 0.8) * (arrives - ground.now))
            ground.later(between, self._say_delivered, order)
        ground.at(arrives, self._deliver, order, early)

    def _say_delivered(self, order: Order) -> None:
        """The carrier scans it as delivered."""
        if order.over:
            return
        self._ground.systems.report("carrier", "parcel.delivered_to_store", order.subject)
        self._ground.say(order, "arrived", order.random.uniform(10, 90) * SECOND)

    def _deliver(self, order: Order, scanned: bool) -> None:
        """It is really there."""
        if order.over:
            return
        self._ground.note(order, "delivered_to_store", True)
        if not scanned:
            self._say_delivered(order)
        lag = order.random.uniform(5, 45) * MINUTE if order.random.random() < 0.97 else DAY
        self._ground.later(lag, self._receive, order)

    def _receive(self, order: Order) -> None:
        """The store has it in hand."""
        if order.over:
            return
        self._ground.note(order, "at_store", True)
        self._ground.note(order, "complete", True)
        self._ground.systems.report("store", "parcel.received", order.subject)
        self._ground.say(order, "arrived", order.random.uniform(10, 90) * SECOND)
        self._ground.later(order.random.uniform(5, 40) * MINUTE, self._stage, order)
