"""The shapes of what the gate decides by and of what follows when it went wrong: messages, contact, cases."""

from __future__ import annotations

from typing import Final

from troth.lang.schema.build import TITLE, choice, duration, flag, many, name, record, rule, text, value

PURPOSES: Final = ("inform", "promise", "survey", "offer", "checking", "apology", "legal")
WATCHED: Final = ("contradiction", "at_risk", "silence", "unverifiable", "impossible", "conflict", "complaint")
_CLOCK: Final = r"^([01]\d|2[0-3]):[0-5]\d$(?!\n)"

MESSAGE: Final = record(
    "Message",
    "A message and what it says.",
    {
        "purpose": choice("Purpose", "Why it is sent.", PURPOSES),
        "title": TITLE,
        "statements": many("Statements", "What it states.", name("Statement", "A statement."), least=1),
        "told_at": {
            "type": "object",
            "additionalProperties": choice("Phase", "The receipt that counts as told.", ("sent", "delivered", "read")),
            "minProperties": 1,
            "title": "Told at",
            "description": 'Channel → the receipt that counts as told; "*" stands for every other channel.',
        },
        "replace": {
            "type": "object",
            "additionalProperties": name("Message", "A message."),
            "title": "Replace",
            "description": 'State → the truthful message to send instead when this one is not true; "*": any other '
            "state.",
        },
        "fail": choice(
            "Fail",
            "What a sender does when the gate cannot be reached: closed, it does not send; open, it sends and says so. "
            "Left out: the message is not put to the gate.",
            ("closed", "open"),
        ),
        "hold_for": duration("Hold for", "How long it may be held for want of a fact, from the first question on."),
        "meanwhile": name("Meanwhile", "The honest message to send when it has been held that long; left out: none."),
        "consent": text(
            "Consent",
            "The consent that it needs; none for none. Left out: survey for surveys, marketing for offers, else none.",
        ),
        "urgent": flag("Urgent", "Quiet hours and limits do not hold it."),
        "relevant_when": rule(
            "Relevant when", "False makes it pointless: an offer for what is done; left out: always."
        ),
        "affects": rule("Affects", "What it says concerns this subject: for a notice to many; left out: always."),
        "must_say": many(
            "Must say",
            "Members that its data have to carry, not empty: the cause, the next step, the time of the next word.",
            name("Member", "A member of the message's data."),
        ),
        "reminder": flag("Reminder", "It may say again what the customer believes already."),
        "due": value("Due", "The moment that it states (timestamp), over the data of the question to the gate."),
    },
    required=["purpose", "statements", "told_at"],
)

CONTACT: Final = record(
    "Contact",
    "When and how often customers may be contacted.",
    {
        "quiet": record(
            "Quiet hours",
            "Hours in the customer's own time zone in which only urgent messages go out. They may pass midnight.",
            {
                "from": text("From", "Their begin, HH:MM.", pattern=_CLOCK, **{"$comment": "a time of day, HH:MM"}),
                "until": text("Until", "Their end, HH:MM.", pattern=_CLOCK, **{"$comment": "a time of day, HH:MM"}),
                "channels": many("Channels", "Channels that they hold; left out: all.", name("Channel", "A channel.")),
            },
            required=["from", "until"],
        ),
        "at_most": many(
            "At most",
            "Limits on the number of messages a customer; all apply.",
            record(
                "Limit",
                "At most so many messages a customer.",
                {
                    "count": {
                        "type": "integer",
                        "minimum": 1,
                        "title": "Count",
                        "description": "How many.",
                    },
                    "per": duration("Per", "In how long: a window that slides."),
                    "purposes": many(
                        "Purposes",
                        "Purposes that it counts and limits; left out: all.",
                        choice("Purpose", "One.", PURPOSES),
                    ),
                },
                required=["count", "per"],
            ),
        ),
    },
)

CASE: Final = record(
    "Case",
    "A kind of service failure. It has exactly one of open_when, lapse_of and of.",
    {
        "title": TITLE,
        "open_when": rule("Open when", "It opens when this becomes true."),
        "lapse_of": name("Lapse of", "It opens when a promise of this kind is late or broken."),
        "of": choice(
            "Of",
            "It opens by what troth itself sees: contradiction (ahead or stuck), at_risk (a promise will hardly be "
            "kept), silence (behind), unverifiable, impossible (transition), conflict (of sources), complaint.",
            WATCHED,
        ),
        "after": duration("After", "How long the failure has to last before it opens."),
        "dwell": duration(
            "Dwell", "How long it has to be over before it closes; a relapse within it is the same case."
        ),
        "severity": {
            "type": "integer",
            "minimum": 1,
            "maximum": 5,
            "default": 3,
            "title": "Severity",
            "description": "1 (a nuisance) to 5 (grave): a factor of the harm score.",
        },
        "people": {
            "type": "integer",
            "minimum": 1,
            "default": 1,
            "title": "People",
            "description": "How many people it touches: a factor of the harm score.",
        },
        "value": {
            "type": ["string", "number"],
            "minLength": 1,
            "title": "Value",
            "description": "Value at stake, a factor of the harm score: a number, or CEL over the facts.",
        },
        "owned_when": rule("Owned when", "Somebody has it."),
        "informed_when": rule("Informed when", "The customer has been told what is true."),
        "resolved_when": rule("Resolved when", "The remedy is done."),
        "closed_when": rule(
            "Closed when",
            "It is closed; left out: when open_when is false again, or the lapsed promise is kept after all.",
        ),
    },
)
