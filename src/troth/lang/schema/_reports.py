"""The shapes of what systems report: sources, facts, events."""

from __future__ import annotations

from typing import Final

from troth.lang.schema.build import TITLE, Schema, choice, duration, either, many, name, named, record, value
from troth.model.record import PHASES

FACT_TYPES: Final = ("bool", "int", "double", "string", "timestamp", "duration")

SOURCE: Final = record(
    "Source",
    "A system that reports.",
    {
        "title": TITLE,
        "copies": name("Copies", "The source that it copies from: its reports are echoes and add no weight."),
        "heard_for": duration("Heard for", "How long after its watermark the feed still counts as heard."),
    },
)

LITERAL: Final[Schema] = {"type": ["string", "number", "boolean"]}

FACT: Final = record(
    "Fact",
    "Something that is so or not so about a subject, and who may say it.",
    {
        "type": choice("Type", "Type of its values.", FACT_TYPES),
        "authority": many(
            "Authority",
            "Tiers of sources, highest first; sources of one tier are peers. A source that is not listed never "
            "decides.",
            many("Tier", "Sources of equal standing.", name("Source", "A declared source."), least=1),
            least=1,
            unique=False,
        ),
        "title": TITLE,
        "fresh_for": duration("Fresh for", "An observation older than this is stale."),
        "settle": duration("Settle", "How long peers may differ before the fact is disputed."),
        "tolerance": {
            "type": ["number", "string"],
            "minimum": 0,
            "title": "Tolerance",
            "description": "Peers that differ by no more agree: a number, or a duration for facts of type timestamp "
            "or duration.",
        },
        "progress": many("Progress", "Values from first to last: the furthest reported counts.", LITERAL, least=2),
        "otherwise": {
            **LITERAL,
            "title": "Otherwise",
            "description": "The value while no observation exists and the deciding source is heard.",
        },
    },
    required=["type", "authority"],
)

RECEIPT: Final = record(
    "Receipt",
    "What the event says about a message.",
    {
        "message": value("Message", "Name of the message; a name in quotes within the text, such as \"'survey'\"."),
        "phase": choice("Phase", "What became of the message.", PHASES),
        "id": value("Id", "The message's own id: one over all its phases."),
        "channel": value("Channel", "Where it went."),
    },
    required=["message", "phase", "id", "channel"],
)

OBSERVED: Final = either(
    "Observed",
    "The observed value, or {when, value}: it is observed only when the condition is true.",
    value("a value", "The observed value."),
    record(
        "a mapping with when and value",
        "One event type may speak of several facts: this one is observed only when the condition is true.",
        {"when": value("When", "The fact is observed only when this is true."), "value": value("Value", "The value.")},
        required=["when", "value"],
    ),
)

EVENT: Final = record(
    "Event",
    "What an event of this type does to its subject.",
    {
        "title": TITLE,
        "from": many(
            "From", "Sources it is accepted from; left out: any declared source.", name("Source", "A declared source.")
        ),
        "when": value("When", "The event does nothing unless this is true."),
        "observe": named(
            "Observe",
            "Fact → value: the observations the event makes. null: the source cannot tell.",
            OBSERVED,
        ),
        "retract": many(
            "Retract", "Facts whose earlier observations by this source it withdraws.", name("Fact", "A fact.")
        ),
        "corrects": value("Corrects", "Id of the event that it withdraws altogether."),
        "corrects_source": value("Source of the corrected event", "Left out: the correcting event's own source."),
        "receipt": RECEIPT,
        "personal": many(
            "Personal",
            "Members of its data that tell who somebody is: kept encrypted under that person's key, read by no "
            "expression.",
            name("Member", "A member of the data."),
        ),
    },
)
