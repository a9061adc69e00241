"""The schema of a pack: every key, its type and what it means.

`troth schema` prints it; editors check and complete packs with it. What a schema cannot say (that a named state exists,
that an expression has the right type) is checked in `troth.lang.compile`.
"""

from __future__ import annotations

from typing import Final

from troth.lang.schema._derived import ACTION, LINT, OBJECTIVE, STATE, STATEMENT
from troth.lang.schema._gate import CASE, CONTACT, MESSAGE
from troth.lang.schema._page import PAGE
from troth.lang.schema._promise import PROMISE
from troth.lang.schema._reports import EVENT, FACT, SOURCE
from troth.lang.schema.build import TITLE, document, many, name, named, text, value, word

EVENT_TYPE: Final = r"^[A-Za-z0-9][A-Za-z0-9._:/-]*$"

PACK: Final = document(
    "pack:1",
    "Pack",
    "A service model: who knows what, what is promised, what may be said.",
    {
        "pack": word("Pack", "Its name."),
        "version": {"type": "integer", "minimum": 1, "title": "Version", "description": "Counts up with every change."},
        "title": TITLE,
        "description": text("Description", "What it models and what it assumes."),
        "subject": word("Subject", "The noun: subjects are named <noun>/<id>."),
        "request": name("Request", "Type of the event from which the customer's clock runs."),
        "customer": value(
            "Customer", "Who waits on the subject, such as customer/17; left out: it knows no customers."
        ),
        "contact": CONTACT,
        "sources": named(
            "Sources",
            "The systems that report.",
            SOURCE,
            pattern=r"^[^\s'\"]+$",
            least=1,
            form="a source's name without spaces and quotes",
        ),
        "facts": named("Facts", "What can be so about a subject.", FACT, least=1),
        "events": named(
            "Events",
            "Event type → what it does.",
            EVENT,
            pattern=EVENT_TYPE,
            least=1,
            form="an event type such as order.placed",
        ),
        "states": named("States", "In order: the first whose condition is true.", STATE, least=1),
        "transitions": {
            "type": "object",
            "additionalProperties": many("Next states", "States that may follow it.", name("State", "A state.")),
            "title": "Transitions",
            "description": "State → states that may follow it. Checked, not enforced: another one is a finding.",
        },
        "chronology": many(
            "Chronology",
            "Lists of facts that should come true in this order; another order is a finding.",
            many("Order", "Facts in order.", name("Fact", "A fact of type bool."), least=2),
        ),
        "actions": named("Actions", "What can be done.", ACTION),
        "statements": named("Statements", "What may be said.", STATEMENT),
        "messages": named("Messages", "What is sent.", MESSAGE),
        "promises": named("Promises", "What is committed to.", PROMISE),
        "cases": named("Cases", "Service failures.", CASE),
        "segments": {
            "type": "object",
            "additionalProperties": text("Title", "In words."),
            "title": "Segments",
            "description": "Attributes worth comparing → their titles.",
        },
        "objectives": {
            "type": "object",
            "additionalProperties": OBJECTIVE,
            "title": "Objectives",
            "description": "Promise kind, or a name → what is aimed at.",
        },
        "page": PAGE,
        "lint": LINT,
    },
    required=["pack", "version", "title", "subject", "request", "sources", "facts", "events", "states"],
)
