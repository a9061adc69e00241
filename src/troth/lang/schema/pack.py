"""The schema of a pack: every key, its type and what it means.

`troth schema` prints it; editors check and complete packs with it. What a schema cannot say (that a named state exists, that an
expression has the right type) is checked in `troth.lang.compile`.
"""

from __future__ import annotations

from typing import Final

from troth.lang.schema.build import (
    Schema,
    choice,
    document,
    duration,
    either,
    flag,
    many,
    name,
    named,
    number,
    record,
    rule,
    text,
    value,
)

EVENT_TYPE: Final = r"^[A-Za-z0-9][A-Za-z0-9._:/-]*$"
PHASES: Final = ("requested", "decided", "sent", "delivered", "failed", "read")
PURPOSES: Final = ("inform", "promise", "survey", "offer", "checking", "apology", "legal")
FACT_TYPES: Final = ("bool", "int", "double", "string", "timestamp", "duration")
_TITLE: Final = text("Title", "In words, for people.")

_SOURCE: Final = record(
    "Source",
    "A system that reports.",
    {
        "title": _TITLE,
        "copies": name("Copies", "The source that it copies from: its reports are echoes and add no weight."),
        "heard_for": duration("Heard for", "How long after its watermark the feed still counts as heard."),
    },
)

_LITERAL: Final[Schema] = {"type": ["string", "number", "boolean"]}

_FACT: Final = record(
    "Fact",
    "Something that is so or not so about a subject, and who may say it.",
    {
        "type": choice("Type", "Type of its values.", FACT_TYPES),
        "authority": many(
            "Authority",
            "Tiers of sources, highest first; sources of one tier are peers. A source that is not listed never decides.",
            many("Tier", "Sources of equal standing.", name("Source", "A declared source."), least=1),
            least=1,
        ),
        "title": _TITLE,
        "fresh_for": duration("Fresh for", "An observation older than this is stale."),
        "settle": duration("Settle", "How long peers may differ before the fact is disputed."),
        "tolerance": {
            "type": ["number", "string"],
            "minimum": 0,
            "title": "Tolerance",
            "description": "Peers that differ by no more agree: a number, or a duration for facts of type timestamp or duration.",
        },
        "progress": many("Progress", "Values from first to last: the furthest reported counts.", _LITERAL, least=2),
        "otherwise": {
            **_LITERAL,
            "title": "Otherwise",
            "description": "The value while no observation exists and the deciding source is heard.",
        },
    },
    required=["type", "authority"],
)

_RECEIPT: Final = record(
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

_EVENT: Final = record(
    "Event",
    "What an event of this type does to its subject.",
    {
        "title": _TITLE,
        "from": many("From", "Sources it is accepted from; left out: any declared source.", name("Source", "A declared source.")),
        "when": value("When", "The event does nothing unless this is true."),
        "observe": named("Observe", "Fact → value: the observations the event makes. null: the source cannot tell.",
                         value("Value", "The observed value.")),
        "retract": many("Retract", "Facts whose earlier observations by this source it withdraws.", name("Fact", "A fact.")),
        "corrects": value("Corrects", "Id of the event that it withdraws altogether."),
        "corrects_source": value("Source of the corrected event", "Left out: the correcting event's own source."),
        "receipt": _RECEIPT,
    },
)  # fmt: skip

_STATE: Final = record(
    "State",
    "The state of a subject is the first whose condition is true while all before it are false.",
    {
        "when": rule("When", "Its condition."),
        "title": text("Title", "In words, for customers."),
        "usable": flag("Usable", "The customer has what they came for, or can have it now."),
        "terminal": flag("Terminal", "Nothing is to come after it."),
        "lasts": duration("Lasts", "How long it must hold to count as usable or terminal."),
        "tell": many("Tell", "Statements of which the customer should believe at least one.", name("Statement", "A statement.")),
        "tell_within": duration("Tell within", "How long after entering it the customer should have been told."),
        "undated": rule("Undated", "True when the moment of entering is not known."),
    },
    required=["when"],
)

_ACTION: Final = record(
    "Action",
    "Something that the customer or the staff can do.",
    {
        "by": text("By", "Who does it, such as customer or associate."),
        "available_when": rule("Available when", "It can be done now; left out: always."),
        "title": _TITLE,
    },
    required=["by"],
)

_STATEMENT: Final = record(
    "Statement",
    "A proposition that a message puts into the customer's mind. It has either true_when or promise.",
    {
        "about": text("About", "Its topic: a later statement on the topic replaces it."),
        "title": text("Title", "The statement as a sentence, for customers."),
        "true_when": rule("True when", "Its condition."),
        "promise": name("Promise", "The promise it states: true while that is open or kept."),
        "fails_when": rule("Fails when", "Known to be impossible."),
        "valid_for": duration("Valid for", "How long the customer may be taken to believe it."),
        "invites": many("Invites", "Actions that it invites.", name("Action", "An action.")),
    },
    required=["about"],
)

_MESSAGE: Final = record(
    "Message",
    "A message and what it says.",
    {
        "purpose": choice("Purpose", "Why it is sent.", PURPOSES),
        "title": _TITLE,
        "statements": many("Statements", "What it states.", name("Statement", "A statement."), least=1),
        "told_at": {
            "type": "object",
            "additionalProperties": choice("Phase", "The receipt that counts as told.", ("sent", "delivered", "read")),
            "minProperties": 1,
            "title": "Told at",
            "description": "Channel → the receipt that counts as told; \"*\" stands for every other channel.",
        },
        "replace": {
            "type": "object",
            "additionalProperties": name("Message", "A message."),
            "title": "Replace",
            "description": "State → the truthful message to send instead when this one is not true; \"*\": any other state.",
        },
    },
    required=["purpose", "statements", "told_at"],
)

_DUE: Final = either(
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

_MAKER: Final = either(
    "Maker",
    "An event type, or {message: NAME}.",
    text("an event type", "An event of this type makes it."),
    record("{message: NAME}", "It is made when this message has been told.", {"message": name("Message", "A message.")},
           required=["message"]),
)  # fmt: skip

_PROMISE: Final = record(
    "Promise",
    "A kind of commitment.",
    {
        "title": _TITLE,
        "made_by": either(
            "Made by", "What makes it: event types and messages.",
            *_MAKER["anyOf"], many("a list of those", "Several makers.", _MAKER, least=1),
        ),
        "made_when": value("Made when", "The event makes it only when this is true."),
        "key": value("Key", "Tells several promises of one kind apart."),
        "opens": value("Opens", "Start of its window (timestamp); left out: the making."),
        "due": _DUE,
        "until": choice("Until", "inclusive: at exactly the due moment still keeps it.", ("inclusive", "exclusive")),
        "grace": duration("Grace", "Internal allowance after due, never shown to the customer."),
        "grace_source": text("Source of the grace", "Where the allowance comes from: a law, a contract, a public definition."),
        "kept_when": rule("Kept when", "It is kept when this is true before due and grace have passed."),
        "late_when": rule("Late when", "Decides late where the due moment is undisclosed."),
        "void_when": rule("Void when", "The customer withdrew it or failed its condition."),
        "renewed_by": record(
            "Renewed by",
            "Events that give it a new due moment.",
            {
                "event": either("Event", "Type of the renewing event.", text("an event type", "An event type."),
                                many("a list of event types", "Several.", text("an event type", "An event type."), least=1)),
                "due": _DUE,
                "consent": value("Consent", "The customer consented; left out: none is demanded."),
            },
            required=["event", "due"],
        ),
    },
    required=["made_by", "due", "kept_when"],
)  # fmt: skip

_CASE: Final = record(
    "Case",
    "A kind of service failure. It has either open_when or lapse_of.",
    {
        "title": _TITLE,
        "open_when": rule("Open when", "It opens when this becomes true."),
        "lapse_of": name("Lapse of", "It opens when a promise of this kind is late or broken."),
        "owned_when": rule("Owned when", "Somebody has it."),
        "informed_when": rule("Informed when", "The customer has been told what is true."),
        "resolved_when": rule("Resolved when", "The remedy is done."),
        "closed_when": rule("Closed when", "It is closed; left out: when open_when is false again."),
    },
)

_OBJECTIVE: Final = record(
    "Objective",
    "The share of promises of a kind that should be kept.",
    {
        "target": number("Target", "A share between 0 and 1.", exclusiveMinimum=0, maximum=1),
        "over": duration("Over", "The period that it is counted over."),
    },
    required=["target", "over"],
)

_LINT: Final = record(
    "Lint",
    "Warnings that the pack justifies.",
    {
        "allow": {
            "type": "object",
            "additionalProperties": text("Reason", "Why the warning does not apply."),
            "propertyNames": {
                "pattern": r"^W[0-9]{3}(:[A-Za-z0-9_.:/*-]+)?$",
                "$comment": "a code of a warning such as W101, or W101:name for one thing",
            },
            "title": "Allow",
            "description": "Code (or code:name of the thing) → the reason why the warning does not apply.",
        }
    },
)

PACK: Final = document(
    "pack:1",
    "Pack",
    "A service model: who knows what, what is promised, what may be said.",
    {
        "pack": text("Pack", "Its name.", pattern="^[a-z][a-z0-9_]*$"),
        "version": {"type": "integer", "minimum": 1, "title": "Version", "description": "Counts up with every change."},
        "title": _TITLE,
        "description": text("Description", "What it models and what it assumes."),
        "subject": text("Subject", "The noun: subjects are named <noun>/<id>.", pattern="^[a-z][a-z0-9_]*$"),
        "request": text("Request", "Type of the event from which the customer's clock runs.", pattern=EVENT_TYPE),
        "sources": named("Sources", "The systems that report.", _SOURCE, pattern=r"^[^\s'\"]+$", least=1,
                         form="a source's name without spaces and quotes"),
        "facts": named("Facts", "What can be so about a subject.", _FACT, least=1),
        "events": named("Events", "Event type → what it does.", _EVENT, pattern=EVENT_TYPE, least=1,
                        form="an event type such as order.placed"),
        "states": named("States", "In order: the first whose condition is true.", _STATE, least=1),
        "transitions": {
            "type": "object",
            "additionalProperties": many("Next states", "States that may follow it.", name("State", "A state.")),
            "title": "Transitions",
            "description": "State → states that may follow it. Checked, not enforced: another one is a finding.",
        },
        "chronology": many("Chronology", "Lists of facts that should come true in this order; another order is a finding.",
                           many("Order", "Facts in order.", name("Fact", "A fact of type bool."), least=2)),
        "actions": named("Actions", "What can be done.", _ACTION),
        "statements": named("Statements", "What may be said.", _STATEMENT),
        "messages": named("Messages", "What is sent.", _MESSAGE),
        "promises": named("Promises", "What is committed to.", _PROMISE),
        "cases": named("Cases", "Service failures.", _CASE),
        "segments": {
            "type": "object", "additionalProperties": text("Title", "In words."), "title": "Segments",
            "description": "Attributes worth comparing → their titles.",
        },
        "objectives": {
            "type": "object", "additionalProperties": _OBJECTIVE, "title": "Objectives",
            "description": "Promise kind → what is aimed at.",
        },
        "lint": _LINT,
    },
    required=["pack", "version", "title", "subject", "request", "sources", "facts", "events", "states"],
)  # fmt: skip
