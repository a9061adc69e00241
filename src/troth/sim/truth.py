"""The truth beside the simulator: what really was so, and when. No report, fault or decision touches it."""

from __future__ import annotations

from bisect import bisect_right
from typing import Any

import msgspec

from troth.model.times import Micros


class Sent(msgspec.Struct, frozen=True):
    """A message that left.

    Attributes:
        at: When it was handed over.
        subject: What about.
        id: Its id.
        message: Its name.
        bypass: True: nobody asked.
        receipt_at: When its first receipt reached the firm; `None`: it was lost.
    """

    at: Micros
    subject: str
    id: str
    message: str
    bypass: bool
    receipt_at: Micros | None = None


class Truth:
    """Step functions of time, per (subject, fact).

    Of an order `on_shelf`, `lost`, `not_found` and `short` rise and fall, `promised_by` is a moment, `mode` a word; all
    else rises once. `lost` is from when a customer was turned away from an empty shelf until it lies there again.

    Attributes:
        sent: Id → message that left.
    """

    __slots__ = ("_facts", "sent")

    def __init__(self) -> None:
        self._facts: dict[str, dict[str, list[tuple[Micros, Any]]]] = {}
        self.sent: dict[str, Sent] = {}

    def set(self, subject: str, fact: str, value: Any, at: Micros) -> None:
        """Note that a fact is so from a moment on. Moments of one fact never go back."""
        spans = self._facts.setdefault(subject, {}).setdefault(fact, [])
        assert not spans or spans[-1][0] <= at, "the physical world does not run backwards"
        spans.append((at, value))

    def at(self, subject: str, fact: str, moment: Micros) -> Any:
        """Return what was so at a moment; `None`: nothing had happened yet."""
        spans = self._facts.get(subject, {}).get(fact)
        if not spans:
            return None
        place = bisect_right(spans, moment, key=lambda span: span[0])
        return spans[place - 1][1] if place else None

    def first(self, subject: str, fact: str) -> Micros | None:
        """Return when a fact was first so; `None`: never."""
        return next((at for at, value in self._facts.get(subject, {}).get(fact, ()) if value), None)

    def facts(self, subject: str) -> tuple[str, ...]:
        """Return the facts that are known of a subject."""
        return tuple(self._facts.get(subject, ()))

    def subjects(self) -> tuple[str, ...]:
        """Return all subjects, in the order of their first truth."""
        return tuple(self._facts)

    def kept(self, subject: str, due: Micros) -> bool:
        """Return whether a promise was kept: the order was ready on the shelf, or handed over, before it was due."""
        ready = self.first(subject, "on_shelf")
        return ready is not None and ready < due
