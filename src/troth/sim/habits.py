"""What customers do: they come when told, call when turned away, and call when the time passes and nobody told them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from troth.model.times import HOUR, MINUTE, SECOND
from troth.sim.ground import Ground
from troth.sim.layout import morning, open_at
from troth.sim.order import Order
from troth.sim.steps import Contact, Step

COME: Final = frozenset({"ready", "reminder", "arrived"})
"""Messages after which a customer sets out. *Arrived* is read as ready, whatever was meant."""
CALM: Final = frozenset({"new_time", "cancellation", "looking_into_it", "apology", "not_found_note", "partly_ready"})
"""Messages after which a customer waits."""
TURNED_AWAY: Final = "You told me that it was ready. I came, and there was nothing for me."
OVERDUE: Final = "It was to be ready by now, and I have heard nothing. Where is it?"
_MOST_CALLS: Final = 2
_CALMED: Final = 0.6
"""Of those who were told something else than *ready*, the share that goes on waiting when the moment passes."""


class Habits:
    """The customers.

    Args:
        ground: What every part of the firm stands on.
        emit: Takes each contact when its moment has come.
    """

    __slots__ = ("_emit", "_ground")

    def __init__(self, ground: Ground, emit: Callable[[Step], None]) -> None:
        self._ground, self._emit = ground, emit

    def placed(self, order: Order) -> None:
        """A customer has ordered, and remembers the moment that was promised."""
        wait = order.promised_by - self._ground.now + round(order.random.uniform(0.2, 3) * HOUR)
        self._ground.later(wait, self._overdue, order)

    def told(self, order: Order, message: str) -> None:
        """A message has reached the customer."""
        if message in COME:
            self._set_out(order, order.random.expovariate(1 / order.customer.punctual))
        elif message in CALM:
            order.told_more = True

    def _set_out(self, order: Order, hours: float) -> None:
        """Plan a visit; some never come."""
        if order.coming or order.over:
            return
        order.coming = True
        if order.random.random() < 0.03:
            return
        # People drive in the shop's hours, and arrive within minutes of each other in the morning.
        moment = open_at(order.store.zone, self._ground.now + round((0.1 + hours) * HOUR))
        self._ground.at(moment + round(order.random.uniform(0, 50) * MINUTE), self._arrive, order)

    def _overdue(self, order: Order) -> None:
        """The promised moment has passed."""
        if order.over or order.coming:
            return
        if order.told_more and order.random.random() < _CALMED:
            return
        if order.customer.patience < 0.6:
            self._contact(order, OVERDUE, "overdue")
            self._ground.say(order, "apology", order.random.uniform(3, 20) * MINUTE)
        elif order.customer.patience < 0.8:
            self._set_out(order, order.random.uniform(0.2, 6))

    def _arrive(self, order: Order) -> None:
        """The customer stands at the desk."""
        if order.over:
            return
        ground, random = self._ground, order.random
        ground.note(order, "arrived", True)
        ground.systems.report("desk", "pickup.customer_arrived", order.subject)
        if order.on_shelf and random.random() > 0.005:
            ground.later(random.uniform(2, 9) * MINUTE, self._hand_over, order)
        else:
            reason = "no_proof" if order.on_shelf else random.choice(("not_found", "not_ready"))
            ground.later(random.uniform(4, 20) * MINUTE, self._refuse, order, reason)

    def _hand_over(self, order: Order) -> None:
        """The customer leaves with the goods, and a survey is put in motion, overnight or days later."""
        if order.over:
            return
        ground, random = self._ground, order.random
        if not order.on_shelf:
            self._refuse(order, "not_found")
            return
        order.handed_over, order.on_shelf = True, False
        ground.note(order, "on_shelf", False)
        ground.note(order, "handed_over", True)
        ground.systems.report("staging", "stage.removed", order.subject)
        ground.systems.report("pos", "pickup.handed_over", order.subject)
        if random.random() < 0.3:
            night = morning(order.store.zone, ground.now, 2 + random.random())
            ground.say(order, "survey", night - ground.now, ahead=30 * MINUTE)

    def _refuse(self, order: Order, reason: str) -> None:
        """The customer is turned away, and may say what they think of it."""
        if order.over:
            return
        ground, random = self._ground, order.random
        order.coming = False
        ground.systems.report("desk", "pickup.refused", order.subject, {"reason": reason})
        if not order.on_shelf:
            ground.note(order, "lost", True)
        if reason != "no_proof" and random.random() < 0.7:
            ground.later(random.uniform(2, 60) * MINUTE, self._contact, order, TURNED_AWAY, "turned_away")
        self._set_out(order, random.uniform(4, 30))

    def _contact(self, order: Order, text: str, reason: str) -> None:
        """The customer calls or writes."""
        if order.calls >= _MOST_CALLS:
            return
        order.calls += 1
        channel = "phone" if order.random.random() < 0.7 else "email"
        self._emit(Contact(self._ground.now, order.subject, order.customer.id, text, channel, reason))
        if order.random.random() < 0.2:
            # What comes to mind first after a complaint: an offer, the worst moment for one.
            self._ground.say(order, "offer", order.random.uniform(60, 600) * SECOND)
