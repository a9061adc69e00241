"""One order, as it really stands in the simulated world."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import msgspec

from troth.model.times import Micros

if TYPE_CHECKING:
    from troth.sim.layout import Person, Store

IN_STORE = "in_store"
SHIP_TO_STORE = "ship_to_store"


class Order(msgspec.Struct):
    """An order and what has physically become of it.

    Attributes:
        number: From 1.
        customer: Who.
        store: Where it is picked up.
        mode: `in_store` or `ship_to_store`.
        items: How many.
        value: What it is worth, in currency units.
        promised_by: The promised moment that stands.
        random: Its own randomness, so that the physical world does not depend on what is reported.
        available: Whether the goods are really there.
        picked, on_shelf, handed_over, cancelled, returned, told_more: As named; `told_more`: told of a delay, a
            cancellation, or that somebody is looking into it.
        coming: A visit is planned.
        calls: How often the customer has called.
        staged_at: When it first lay on the shelf; 0: not yet.
    """

    number: int
    customer: Person
    store: Store
    mode: str
    items: int
    value: int
    promised_by: Micros
    random: Random
    available: bool = True
    picked: bool = False
    on_shelf: bool = False
    handed_over: bool = False
    cancelled: bool = False
    returned: bool = False
    told_more: bool = False
    coming: bool = False
    calls: int = 0
    staged_at: Micros = 0

    @property
    def subject(self) -> str:
        """Return what the customer waits on."""
        return f"pickup/{self.number}"

    @property
    def over(self) -> bool:
        """Return whether nothing more is to come of it."""
        return self.handed_over or self.cancelled or self.returned
