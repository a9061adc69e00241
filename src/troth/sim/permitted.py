"""Who may be written to, and when: the rules of contact and relevance in words, for the denominators of the score."""

from __future__ import annotations

from typing import Final

from troth.model.decision import Request
from troth.model.times import DAY, Micros, to_datetime, zone_of
from troth.sim.layout import Person
from troth.sim.rules import View

QUIET_CHANNELS: Final = frozenset({"sms", "push", "phone"})
_QUIET_FROM, _QUIET_UNTIL = 21, 8
"""Hours of the customer's local day."""
_URGENT: Final = frozenset({"cancellation"})
CONSENT: Final = {"survey": "survey", "offer": "marketing"}
"""Message → the consent that it needs."""
_AT_MOST: Final = 2
"""Messages that need a consent, to one customer in a day."""


def may_contact(request: Request, person: Person, now: Micros) -> bool:
    """Return whether the customer may be reached so, now: consent, and quiet hours in their own zone."""
    purpose = CONSENT.get(request.message)
    if purpose is not None and not person.consent.get(purpose, False):
        return False
    if request.channel in QUIET_CHANNELS and request.message not in _URGENT:
        hour = to_datetime(now).astimezone(zone_of(person.zone)).hour
        return _QUIET_UNTIL <= hour < _QUIET_FROM
    return True


def is_relevant(message: str, view: View) -> bool:
    """Return whether a message still has a point for an order that stands so."""
    over = view.value("handed_over") is True or view.value("cancelled") is True
    match message:
        case "survey":
            return view.value("handed_over") is True
        case "offer":
            return view.value("placed") is not True
        case "shipped" | "arrived" | "parcel_late" | "reminder" | "reserved":
            return not over
        case "out_for_delivery":
            return not over and view.value("at_store") is not True
        case _:
            return True


class Bothered:
    """How often customers were written to for their consent's sake."""

    __slots__ = ("_sent",)

    def __init__(self) -> None:
        self._sent: dict[str, list[Micros]] = {}

    def note(self, message: str, customer: str, at: Micros) -> None:
        """Note that a message went."""
        if message in CONSENT:
            self._sent.setdefault(customer, []).append(at)

    def enough(self, message: str, customer: str, now: Micros) -> bool:
        """Return whether one more would be too many."""
        recent = [at for at in self._sent.get(customer, ()) if at > now - DAY]
        return message in CONSENT and len(recent) >= _AT_MOST
