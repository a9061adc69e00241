"""The shape of what customers are shown on a status page."""

from __future__ import annotations

from typing import Final

from troth.lang.schema.build import choice, flag, many, name, named, record, text
from troth.model.page import KINDS, PROOFS, WISHES

_FACT: Final = record(
    "Fact for customers",
    "How a fact is told. A fact that is not listed is not shown.",
    {
        "label": text("Label", "What it is about, in a word or two."),
        "when_true": text("When true", "The sentence while it is true; left out: not shown then."),
        "when_false": text("When false", "The sentence while it is false; left out: not shown then."),
        "values": {
            "type": "object",
            "additionalProperties": text("Sentence", "What customers read."),
            "minProperties": 1,
            "title": "Values",
            "description": "Value → its sentence; a value without one is not shown, unless `says` tells it.",
        },
        "says": text("Says", "The sentence for any value, with {value} where the value stands."),
        "personal": flag("Personal", "Shown only to whoever has shown who they are."),
    },
    required=["label"],
)

_STATE: Final = record(
    "State for customers",
    "How a state is told.",
    {
        "says": text("Says", "The truth in one sentence."),
        "next": text("Next", "What happens next, in one sentence."),
        "mark": text("Mark", "Its name in schema.org, such as OrderPickupAvailable."),
    },
)

_ACTION: Final = record(
    "Action for customers",
    "How a customer asks for an action on the page.",
    {
        "event": name("Event", "The event that the request becomes; left out: the page only says that it can be done."),
        "wish": choice("Wish", "What the customer may add; left out: none.", WISHES),
        "says": text("Says", "What follows from asking, in one sentence."),
    },
)

PAGE: Final = record(
    "Status page",
    "What customers are shown of a subject, in the words of the pack.",
    {
        "thing": text("Thing", "What the customer waits on, in their words, such as Your order."),
        "kind": choice("Kind", "Its type in schema.org; left out: it is not marked up.", KINDS),
        "proof": many(
            "Proof",
            "What a customer may show to know, before personal data are shown: the last digits of a phone number, an "
            "e-mail address, the subject's number. Left out: phone and email.",
            choice("Proof", "One.", PROOFS),
        ),
        "personal": many(
            "Personal",
            "Personal members of events that are shown to whoever has shown who they are. Left out: name.",
            name("Member", "A member of the data."),
        ),
        "facts": named("Facts", "Fact → how it is told, in the order of telling.", _FACT),
        "states": named("States", "State → how it is told.", _STATE),
        "promises": {
            "type": "object",
            "additionalProperties": text("Sentence", "What was promised."),
            "title": "Promises",
            "description": "Promise → what was promised, in one sentence; left out: its title.",
        },
        "actions": named("Actions", "Action of the customer → how it is asked for.", _ACTION),
        "texts": {
            "type": "object",
            "propertyNames": {"pattern": r"^[a-z]{2,3}$(?!\n)", "$comment": "a language such as de"},
            "additionalProperties": {
                "type": "object",
                "additionalProperties": text("Text", "The same in that language."),
                "title": "Language",
                "description": "Text of the pack → the same in this language.",
            },
            "title": "Texts",
            "description": "Language → what customers read, translated.",
        },
    },
)
