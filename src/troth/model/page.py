"""What customers are shown of a subject on its status page: texts of the pack, in the pack's own words.

Nothing here decides anything. A fact that the pack does not list is not shown; what it lists is shown as the record
has it: known, not known, or disputed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from troth.model.rules import FactIndex

WISHES: Final = ("none", "day", "text")
"""What a customer may add to a request: nothing, a day, words of their own."""
PROOFS: Final = ("phone", "email", "number")
"""What a customer may show to know: a phone number's last digits, an e-mail address, the subject's own number."""
KINDS: Final = ("Order", "ParcelDelivery", "Reservation")
"""Types of schema.org that a subject can be marked up as."""
MARKS: Final[Mapping[str, tuple[str, ...]]] = {
    "Order": (
        "OrderCancelled", "OrderDelivered", "OrderInTransit", "OrderPaymentDue", "OrderPickupAvailable", "OrderProblem",
        "OrderProcessing", "OrderReturned",
    ),
    "ParcelDelivery": (
        "OrderCancelled", "OrderDelivered", "OrderInTransit", "OrderPickupAvailable", "OrderProblem", "OrderProcessing",
        "OrderReturned",
    ),
    "Reservation": ("ReservationCancelled", "ReservationConfirmed", "ReservationHold", "ReservationPending"),
}  # fmt: skip
"""Type → the states of schema.org that it can be in."""


class FactText(msgspec.Struct, frozen=True):
    """How a fact is told to customers.

    Attributes:
        fact: Its index.
        label: What it is about, in a word or two.
        true, false: The sentence for a fact of type bool; empty: it is not shown while it is so.
        values: Value → its sentence; a value without one is not shown.
        says: The sentence for any other value, with `{value}` where the value stands; empty: values alone are told.
        personal: Shown only to whoever has shown who they are.
    """

    fact: FactIndex
    label: str
    true: str = ""
    false: str = ""
    values: Mapping[str, str] = {}
    says: str = ""
    personal: bool = False


class StateText(msgspec.Struct, frozen=True):
    """How a state is told: the truth in one sentence, what happens next, and its name in schema.org; empty: none."""

    says: str = ""
    next: str = ""
    mark: str = ""


class ActionText(msgspec.Struct, frozen=True):
    """How a customer asks for an action.

    Attributes:
        event: Type of the event that the request becomes; empty: the page only tells that it can be done.
        wish: What the customer may add; one of `WISHES`.
        says: What follows from asking.
    """

    event: str = ""
    wish: str = "none"
    says: str = ""


class StatusPage(msgspec.Struct, frozen=True):
    """The texts of a pack's status page.

    Attributes:
        thing: What the customer waits on, in their words: `Your order`.
        kind: Its type in schema.org; empty: it is not marked up.
        proof: What a customer may show to know, to see what is personal; of `PROOFS`.
        personal: Members of events' data that whoever has shown who they are is shown; only those that are sealed.
        facts: The facts that are told, in the order of telling.
        states: State → its texts.
        promises: Promise kind → its sentence.
        actions: Action → how it is asked for.
        texts: Language → text as the pack has it → the same in that language.
    """

    thing: str = ""
    kind: str = ""
    proof: tuple[str, ...] = ("phone", "email")
    personal: tuple[str, ...] = ("name",)
    facts: tuple[FactText, ...] = ()
    states: Mapping[str, StateText] = {}
    promises: Mapping[str, str] = {}
    actions: Mapping[str, ActionText] = {}
    texts: Mapping[str, Mapping[str, str]] = {}

    def say(self, text: str, language: str) -> str:
        """Return a text of the pack in a language; as the pack has it where it has no other."""
        return self.texts.get(language, {}).get(text, text)
