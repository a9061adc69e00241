"""The part of the schema that is about the gate, about messages on their way, and about cases."""

from __future__ import annotations

from typing import Any, Final, get_args

from troth.model.decision import STRICTNESS
from troth.runtime.service import CaseVerb
from troth.scenarios.schema_words import NAME_OR_NAMES, NAMES, TEXT, closed, map_of, time_or

PHASES: Final = ("sent", "delivered", "failed", "read")
PERMITS: Final = ("valid", "used", "revoked", "expired", "none")
VERBS: Final = get_args(CaseVerb)
ENDS: Final = ("clean", "unclean", "void")
FINDERS: Final = ("system", "associate", "customer")


def _short_or(short: str, full: dict[str, Any], description: str) -> dict[str, Any]:
    """Return the schema of a text that says most, or an object that says all."""
    return {"description": description, "anyOf": [{**TEXT, "title": short}, {**full, "title": "a mapping"}]}


_WITH_DETAIL: Final[dict[str, Any]] = {
    "anyOf": [
        {**TEXT, "title": "a word"},
        {
            "type": "object",
            "minProperties": 1,
            "maxProperties": 1,
            "additionalProperties": TEXT,
            "title": "word: about",
        },
    ]
}

STEP: Final[dict[str, Any]] = {
    "ask": _short_or(
        "a message",
        closed(
            {
                "message": {**TEXT, "description": "The message, as the pack names it."},
                "id": {**TEXT, "description": "The message's own id; its name when omitted."},
                "channel": {**TEXT, "description": "Where it would go; not said when omitted."},
                "customer": {**TEXT, "description": "To whom; the subject's own customer when omitted."},
                "data": {"type": "object", "description": "What it would say; times as in the data of an event."},
            },
            ("message",),
        ),
        "A question to the gate: may this message go now?",
    ),
    "confirm": _short_or(
        "a message's id",
        closed(
            {
                "id": {**TEXT, "description": "The message's own id."},
                "expect": closed(
                    {
                        "ok": {"type": "boolean", "description": "Whether it may be handed over."},
                        "code": {**TEXT, "description": "Why not: G701, …"},
                    },
                    minProperties=1,
                    description="What is answered; it may be handed over when omitted.",
                ),
            },
            ("id",),
        ),
        "Use a permit, just before hand-over.",
    ),
    "receipt": _short_or(
        "a message",
        closed(
            {
                "message": {**TEXT, "description": "The message that went, as the pack names it."},
                "id": {**TEXT, "description": "The message's own id; its name when omitted."},
                "channel": {**TEXT, "description": "Where it went; that of the question when omitted."},
                "phase": {"enum": list(PHASES), "description": "What became of it; sent when omitted."},
                "source": {**TEXT, "description": "Who says so; troth's own sender when omitted."},
                "open": {"type": "boolean", "description": "The sender went on without the gate: it was out of reach."},
            },
            ("message",),
        ),
        "What became of a message, told through troth's own door.",
    ),
    "complain": _short_or(
        "what the customer says",
        closed(
            {
                "text": {**TEXT, "description": "In the customer's words."},
                "channel": {**TEXT, "description": "Where it came from."},
                "id": {**TEXT, "description": "Its own id."},
                "reply_to": {**TEXT, "description": "Id of the message that it answers."},
            },
            ("text",),
        ),
        "What the customer says: it opens a case at once.",
    ),
    "act": {
        **closed(
            {
                "verb": {"enum": list(VERBS), "description": "What is done."},
                "case": {**TEXT, "description": "Kind of the case; kind/about where there are several."},
                "by": {**TEXT, "description": "Who does it."},
                "note": {**TEXT, "description": "What they note."},
                "message": {**TEXT, "description": "For inform: id of the message that told the customer."},
                "how": {**TEXT, "description": "For remedy: its name."},
            },
            ("verb", "case"),
        ),
        "description": "What somebody does to a case.",
    },
}

EXPECT: Final[dict[str, Any]] = {
    "decision": {"enum": list(STRICTNESS), "description": "What the gate answers to the step's question."},
    "because": {
        "type": "array",
        "items": _WITH_DETAIL,
        "description": "Reasons that are among those given: a code or its word, or either with what it is about; [] "
        "for no reason at all.",
    },
    "sends": {**TEXT, "description": "The message that may go, or none."},
    "until": {**time_or("none"), "description": "When the permit ends, or when what is held is looked at again."},
    "permit": map_of({"enum": list(PERMITS)}, "A message's id → what its permit is worth now."),
    "effects": {
        "type": "array",
        "items": _WITH_DETAIL,
        "description": "Everything that the world is told of the subject since the step before, in any order: a topic, "
        "or a topic with the message, case, state, alignment or promise that it is about.",
    },
    "bypass": {**NAMES, "description": "Ids of all messages that left without a permit."},
}

CASE: Final[dict[str, Any]] = {
    "informed": {**NAME_OR_NAMES, "description": "The customer has been told what is true."},
    "closed_as": map_of({"enum": list(ENDS)}, "Case → how it was closed."),
    "detected_by": map_of({"enum": list(FINDERS)}, "Case → who found it first."),
}
