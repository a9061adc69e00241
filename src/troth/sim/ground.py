"""The ground that every part of the firm stands on: clock, truth, systems, and the way to the senders."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from troth.model.times import Micros
from troth.sim.agenda import Agenda
from troth.sim.faults import Faults
from troth.sim.order import Order
from troth.sim.systems import Systems
from troth.sim.truth import Truth


class Say(Protocol):
    """Has a sender say something about an order."""

    def __call__(self, order: Order, message: str, *, ahead: Micros = 0) -> None:
        """Put a message in motion.

        Args:
            order: What about.
            message: Its name in the pack.
            ahead: It is asked for now and goes out so much later; microseconds.
        """
        ...


class Ground:
    """What all parts share.

    Attributes:
        agenda: The virtual clock.
        truth: What is really so.
        systems: Who reports.
        faults: What goes wrong.
        sender: Says things; set by the firm.
    """

    __slots__ = ("agenda", "faults", "sender", "systems", "truth")

    def __init__(self, agenda: Agenda, truth: Truth, systems: Systems, faults: Faults) -> None:
        self.agenda, self.truth, self.systems, self.faults = agenda, truth, systems, faults
        self.sender: Say | None = None

    @property
    def now(self) -> Micros:
        """Return the virtual moment."""
        return self.agenda.now

    def note(self, order: Order, fact: str, value: Any) -> None:
        """Make something true of an order, now."""
        self.truth.set(order.subject, fact, value, self.agenda.now)
        if fact == "on_shelf" and value:
            self.truth.set(order.subject, "lost", False, self.agenda.now)

    def later(self, delay: float, happening: Callable[..., None], *args: Any) -> None:
        """Let something happen after a delay in microseconds."""
        self.agenda.at(self.agenda.now + round(delay), happening, *args)

    def at(self, moment: Micros, happening: Callable[..., None], *args: Any) -> None:
        """Let something happen at a moment."""
        self.agenda.at(moment, happening, *args)

    def say(self, order: Order, message: str, delay: float, *, ahead: Micros = 0) -> None:
        """Let a sender say something after a delay in microseconds; `ahead`: it asks so much before it sends."""
        assert self.sender is not None, "the firm sets its senders before anything happens"
        self.agenda.at(self.agenda.now + round(delay), self._say, order, message, ahead)

    def _say(self, order: Order, message: str, ahead: Micros) -> None:
        """Have the sender say it."""
        assert self.sender is not None, "the firm sets its senders before anything happens"
        self.sender(order, message, ahead=ahead)
