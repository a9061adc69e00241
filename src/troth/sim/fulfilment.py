"""What physically becomes of an order in the store: stock, picking, the shelf, the desk, the till, the way back.

Each step first makes the truth, then lets the system that sees it report, then wakes the senders that a firm without
a gate would have here.
"""

from __future__ import annotations

from typing import Final

from troth.model.times import DAY, HOUR, MINUTE, SECOND, Micros, format_instant
from troth.sim.ground import Ground
from troth.sim.layout import morning, open_at, opening, working_time
from troth.sim.order import SHIP_TO_STORE, Order
from troth.sim.parcels import Parcels

KEPT: Final = 7 * DAY
"""How long goods are kept on the shelf."""


class Fulfilment:
    """The stores' work.

    Args:
        ground: What every part of the firm stands on.
    """

    __slots__ = ("_ground", "parcels")

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self.parcels = Parcels(ground, self._stage)

    def place(self, order: Order) -> None:
        """An order is placed now."""
        ground, random = self._ground, order.random
        ground.note(order, "placed", True)
        ground.note(order, "mode", order.mode)
        ground.note(order, "promised_by", order.promised_by)
        data = {
            "customer": order.customer.id,
            "store": order.store.name,
            "mode": order.mode,
            "items": order.items,
            "value": order.value,
            "promised_by": format_instant(order.promised_by),
            # By what the pack compares orders.
            "attributes": {"store": order.store.name, "mode": order.mode},
        }
        ground.systems.report("oms", "order.placed", order.subject, data)
        ground.say(order, "confirmation", random.uniform(5, 60) * SECOND)
        if order.mode == SHIP_TO_STORE:
            self.parcels.begin(order)
        else:
            ground.later(random.uniform(5, 30) * SECOND, self._check_stock, order)
        if random.random() < 0.03:
            ground.later(random.expovariate(1 / 3) * HOUR + MINUTE, self.cancel, order, "customer", "changed_mind")
        ground.later(max(MINUTE, (order.promised_by - ground.now) * 0.85), self._look_ahead, order)

    def cancel(self, order: Order, by: str, reason: str) -> None:
        """The order is off, unless it is over already."""
        if order.over:
            return
        ground, random = self._ground, order.random
        order.cancelled = True
        ground.note(order, "cancelled", True)
        ground.systems.report("oms", "order.cancelled", order.subject, {"by": by, "reason": reason})
        ground.say(order, "cancellation", random.uniform(10, 120) * SECOND)
        if order.on_shelf:
            ground.later(random.uniform(10, 90) * MINUTE, self._clear, order)
        # One refund of a hundred is forgotten for longer than was promised.
        hours = random.uniform(1, 40) if random.random() < 0.99 else 24 * random.uniform(8, 10)
        ground.later(hours * HOUR, self._refund, order)

    def _check_stock(self, order: Order) -> None:
        """The stock system is asked; its count may be stale."""
        if order.over:
            return
        ground, random = self._ground, order.random
        stale = random.random() < ground.faults.stale_stock
        order.available = not stale and random.random() >= 0.03
        ground.note(order, "available", order.available)
        counted = order.available or stale
        ground.systems.report("inventory", "stock.checked", order.subject, {"available": counted})
        if counted:
            ground.later(random.uniform(1, 15) * MINUTE, self._queue, order)
        elif random.random() < 0.6:
            ground.later(random.uniform(5, 40) * MINUTE, self.cancel, order, "firm", "no_stock")
        else:
            self._delay(order)

    def _queue(self, order: Order) -> None:
        """The order waits for a picker, the one who is free first, in opening hours."""
        if order.over:
            return
        store, now, random = order.store, self._ground.now, order.random
        hand = min(range(len(store.free_at)), key=store.free_at.__getitem__)
        begins = open_at(store.zone, max(now, store.free_at[hand]))
        ends = working_time(store.zone, begins, round((2 + random.expovariate(1 / (2 + order.items))) * MINUTE))
        store.free_at[hand] = ends
        self._ground.at(begins, self._pick, order, ends)

    def _pick(self, order: Order, ends: Micros) -> None:
        """A picker begins."""
        if order.over:
            return
        self._ground.systems.report("store", "pick.started", order.subject)
        self._ground.at(ends, self._picked, order)

    def _picked(self, order: Order) -> None:
        """A picker ends, with the goods or without."""
        if order.over:
            return
        ground, random = self._ground, order.random
        if not order.available:
            ground.note(order, "not_found", True)
            ground.systems.report("store", "pick.failed", order.subject, {"reason": "not_on_shelf"})
            ground.say(order, "not_found_note", random.uniform(1, 15) * MINUTE)
            wait = random.uniform(5, 60) * MINUTE
            if random.random() < 0.7:
                ground.later(wait, self.cancel, order, "firm", "no_stock")
            else:
                self._delay(order)
            return
        short = int(order.items > 1 and not order.picked and random.random() < 0.03)
        order.picked = True
        ground.note(order, "not_found", False)
        ground.note(order, "complete", not short)
        ground.note(order, "short", short)
        ground.systems.report("store", "pick.completed", order.subject, {"picked": order.items - short, "short": short})
        if short:
            ground.say(order, "partly_ready", random.uniform(1, 10) * MINUTE)
            self._delay(order)
            return
        if random.random() < 0.5:
            ground.say(order, "ready", random.uniform(2, 40) * SECOND)
        staged = working_time(order.store.zone, ground.now, round((1 + random.expovariate(1 / 8)) * MINUTE))
        ground.at(staged, self._stage, order)

    def _stage(self, order: Order) -> None:
        """The goods are put where they can be handed out."""
        if order.over:
            return
        ground, random = self._ground, order.random
        order.on_shelf = True
        ground.note(order, "on_shelf", True)
        order.staged_at = order.staged_at or ground.now
        ground.systems.report("staging", "stage.placed", order.subject, {"slot": order.store.slot()})
        self._contradict(order)
        ground.say(order, "ready", random.uniform(5, 90) * SECOND)
        if random.random() < 0.01:
            ground.later(random.uniform(10, 240) * MINUTE, self._mislay, order)
        ground.say(order, "reminder", (2 * DAY if random.random() < 0.5 else DAY) + HOUR, ahead=HOUR)
        ground.later(KEPT + random.uniform(2, 20) * HOUR, self._return, order)

    def _mislay(self, order: Order) -> None:
        """Somebody takes it out by mistake; later it is put back."""
        if order.over or not order.on_shelf:
            return
        order.on_shelf = False
        self._ground.note(order, "on_shelf", False)
        self._ground.systems.report("staging", "stage.removed", order.subject)
        self._ground.later(order.random.uniform(20, 150) * MINUTE, self._put_back, order)

    def _put_back(self, order: Order) -> None:
        """It is found and put back."""
        if order.over or order.on_shelf:
            return
        order.on_shelf = True
        self._ground.note(order, "on_shelf", True)
        self._ground.systems.report("staging", "stage.placed", order.subject, {"slot": order.store.slot()})

    def _contradict(self, order: Order) -> None:
        """A second system may say what is not so: the stock system, or a scanner in the wrong hand."""
        ground, random = self._ground, order.random
        if random.random() >= ground.faults.contradicted:
            return
        if random.random() < 0.5:
            ground.systems.report("inventory", "stock.checked", order.subject, {"available": False})
        else:
            ground.systems.report("staging", "stage.removed", order.subject)
            ground.later(random.uniform(10, 60) * MINUTE, self._scan_again, order)

    def _scan_again(self, order: Order) -> None:
        """The scan is put right: it has been there all the time."""
        if order.on_shelf:
            self._ground.systems.report("staging", "stage.placed", order.subject, {"slot": order.store.slot()})

    def _clear(self, order: Order) -> None:
        """What nobody will collect leaves the shelf."""
        if order.on_shelf:
            order.on_shelf = False
            self._ground.note(order, "on_shelf", False)
            self._ground.systems.report("staging", "stage.removed", order.subject)

    def _return(self, order: Order) -> None:
        """Nobody came: it goes back."""
        if order.over:
            return
        self._clear(order)
        order.returned = True
        self._ground.note(order, "returned", True)
        days = round((self._ground.now - order.staged_at) / DAY, 2)
        self._ground.systems.report("store", "pickup.returned_to_stock", order.subject, {"shelf_days": days})
        self._ground.say(order, "went_back_note", order.random.uniform(1, 30) * MINUTE)
        self._ground.later(order.random.uniform(1, 30) * HOUR, self._refund, order)

    def _refund(self, order: Order) -> None:
        """The money is on its way back."""
        self._ground.note(order, "refunded", True)
        self._ground.systems.report("pos", "refund.issued", order.subject)
        self._ground.say(order, "refund_note", order.random.uniform(10, 300) * SECOND)

    def _delay(self, order: Order) -> None:
        """The goods come with the next delivery: a new moment, then picking."""
        again = morning(order.store.zone, self._ground.now, 9)
        self._reschedule(order, morning(order.store.zone, self._ground.now, 15))
        self._ground.at(again, self._restock, order)

    def _restock(self, order: Order) -> None:
        """The goods have come."""
        order.available = True
        self._ground.note(order, "available", True)
        self._ground.later(order.random.uniform(5, 30) * MINUTE, self._queue, order)

    def _look_ahead(self, order: Order) -> None:
        """The store sees that it will be late, and in one case of three says so."""
        if not order.over and not order.on_shelf and order.random.random() < 0.35:
            until = opening(order.store.zone, order.promised_by + 4 * HOUR)[1]
            self._reschedule(order, until - HOUR)

    def _reschedule(self, order: Order, promised_by: Micros) -> None:
        """A new moment is set; the customer has agreed to it in one case of two."""
        if order.over or promised_by <= order.promised_by:
            return
        order.promised_by = promised_by
        self._ground.note(order, "promised_by", promised_by)
        data = {"promised_by": format_instant(promised_by), "consent": order.random.random() < 0.5}
        self._ground.systems.report("oms", "order.rescheduled", order.subject, data)
        self._ground.say(order, "new_time", order.random.uniform(10, 120) * SECOND)
