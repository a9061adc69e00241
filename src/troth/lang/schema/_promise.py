"""The shape of a promise."""

from __future__ import annotations

from typing import Final

from troth.lang.schema.build import TITLE, choice, duration, either, many, name, record, rule, text, value

DUE: Final = either(
    "Due",
    "The due moment: undisclosed, or exactly one of at, day with zone, after.",
    {"type": "string", "enum": ["undisclosed"], "title": "undisclosed"},
    record(
        "a mapping with at, with day and zone, or with after",
        "How the due moment is taken from the event.",
        {
            "at": value("At", "A moment (timestamp)."),
            "day": value("Day", "A civil day, YYYY-MM-DD: kept until the next local midnight."),
            "zone": value("Zone", "IANA name of the day's time zone, in quotes within the text when it is fixed."),
            "after": duration("After", "So long after the making."),
        },
    ),
)

MAKER: Final = either(
    "Maker",
    "An event type, or {message: NAME}.",
    text("an event type", "An event of this type makes it."),
    record(
        "{message: NAME}",
        "It is made when this message has been told.",
        {"message": name("Message", "A message.")},
        required=["message"],
    ),
)

PROMISE: Final = record(
    "Promise",
    "A kind of commitment.",
    {
        "title": TITLE,
        "made_by": either(
            "Made by",
            "What makes it: event types and messages.",
            *MAKER["anyOf"],
            many("a list of those", "Several makers.", MAKER, least=1),
        ),
        "made_when": value("Made when", "The event makes it only when this is true."),
        "key": value("Key", "Tells several promises of one kind apart."),
        "opens": value("Opens", "Start of its window (timestamp); left out: the making."),
        "due": DUE,
        "until": choice("Until", "inclusive: at exactly the due moment still keeps it.", ("inclusive", "exclusive")),
        "grace": duration("Grace", "Internal allowance after due, never shown to the customer."),
        "grace_source": text(
            "Source of the grace", "Where the allowance comes from: a law, a contract, a public definition."
        ),
        "kept_when": rule("Kept when", "It is kept when this is true before due and grace have passed."),
        "late_when": rule("Late when", "Decides late where the due moment is undisclosed."),
        "void_when": rule("Void when", "The customer withdrew it or failed its condition."),
        "at_risk_when": rule("At risk when", "It will hardly be kept: its latest start has passed, say."),
        "renewed_by": record(
            "Renewed by",
            "Events that give it a new due moment.",
            {
                "event": either(
                    "Event",
                    "Type of the renewing event.",
                    text("an event type", "An event type."),
                    many("a list of event types", "Several.", text("an event type", "An event type."), least=1),
                ),
                "due": DUE,
                "consent": value("Consent", "The customer consented; left out: none is demanded."),
            },
            required=["event", "due"],
        ),
    },
    required=["made_by", "due", "kept_when"],
)
