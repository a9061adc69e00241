"""The tables of what was told, believed, asked and decided: made from events, and only when a measure asks for them.

Their rows are those of `troth.model.told`: a field for each column, in order. Types, instants and nulls are as in
`troth.measures.tables`, so that every engine that holds those tables can hold these. Truths are words: `true`, `false`,
`unknown`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from troth.measures.tables import Column, Schema

_WHOSE: Final = (Column("subject", "string", "whose"), Column("pack", "string", "the service model"))
_SAID: Final = (
    Column("message_id", "string", "the message's own id"),
    Column("message", "string", "its name: the message class"),
    Column("channel", "string", "where it went"),
)

TELLINGS: Final = Schema(
    "tellings",
    "one statement that was told, judged by what was known then and by what is known now",
    ("subject", "message_id", "statement"),
    (
        *_WHOSE,
        *_SAID,
        Column("statement", "string", "what was stated"),
        Column("topic", "string", "what it is about"),
        Column("told_at", "int64", "when it counts as told"),
        Column("then", "string", "its truth as known then"),
        Column("now", "string", "its truth as known now"),
        Column("verdict", "string", "`honest`, `careless`, `lucky`, `unlucky`, `blind` or `doubtful`"),
        Column("source", "string", "the source that was late, of what was unlucky, blind or doubtful; else empty"),
        Column("event_id", "string", "the event that was late; empty where a whole feed was not heard"),
        Column("lag", "int64", "how late; a duration"),
        Column("permit", "string", "`permitted`, `bypass`, `shadow`; empty: of a class that is not gated"),
        Column("state_then", "string", "the state at the telling, as known then"),
        Column("state_now", "string", "the state at the telling, as known now"),
        Column("promises", "bool", "the statement promises something"),
        Column("age", "int64", "how long that state had held when it was told; a duration; null: not known"),
        Column("implies", "string", "`promise`, `stays`, `moves_on`; empty: the pack does not say what it implies"),
        Column("due_at", "int64", "when its validity, or the promise's window, had passed; null: it has no end"),
        Column("followed", "string", "`yes`, `no`, `open`, `void`, `unknown`; empty where it implies nothing"),
        Column("followed_at", "int64", "when the outcome came; null: it has not"),
    ),
)

TOPICS: Final = Schema(
    "topics",
    "one stretch of time on a subject's clock during which nothing changed on one topic",
    ("subject", "topic", "since"),
    (
        *_WHOSE,
        Column("topic", "string", "what statements are about"),
        Column("since", "int64", "start"),
        Column("until", "int64", "end, exclusive; later than the start"),
        Column("alignment", "string", "`aligned`, `ahead`, `stuck`, `unverifiable`, `behind` or `untold`"),
        Column("channel", "string", "of the message that is believed; empty: none is"),
        Column("message_id", "string", "that message"),
        Column("wrong_since", "int64", "since when what is believed on the topic has been false; null: it is not"),
        Column("peak", "bool", "what is believed is false, and is no longer at the end"),
    ),
)

BELIEFS: Final = Schema(
    "beliefs",
    "one stretch of time on a subject's clock during which a statement was believed and nothing about it changed",
    ("subject", "statement", "message_id", "since"),
    (
        *_WHOSE,
        Column("statement", "string", "what is believed"),
        Column("topic", "string", "what it is about"),
        Column("since", "int64", "start"),
        Column("until", "int64", "end, exclusive; later than the start"),
        Column("channel", "string", "of the message that told it"),
        Column("message_id", "string", "that message"),
        Column("truth", "string", "its truth"),
        Column("helps", "string", "true: it is true, and it promises, ends the matter, or invites what can be done"),
    ),
)

CHANGES: Final = Schema(
    "changes",
    "one entering of a state of which the customer should be told",
    ("subject", "since"),
    (
        *_WHOSE,
        Column("state", "string", "the state"),
        Column("since", "int64", "when it was entered"),
        Column("until", "int64", "when it was left; null: it has not been"),
        Column("tell_by", "int64", "when the customer should have been told at the latest"),
        Column("told_at", "int64", "from when on they knew, while it lasted; null: they did not"),
        Column("undated", "bool", "the moment of entering is not known"),
    ),
)

ASKS: Final = Schema(
    "asks",
    "one decision about a message: of the gate, or what it would have decided of one that nobody asked about",
    ("subject", "message_id", "decided_at"),
    (
        *_WHOSE,
        *_SAID,
        Column("decided_at", "int64", "when"),
        Column("outcome", "string", "`SEND`, `REPLACE`, `HOLD` or `SUPPRESS`"),
        Column("sends", "string", "what may go; empty: nothing"),
        Column("codes", "string", "codes of its reasons, joined by a blank"),
        Column("for_truth", "bool", "stopped, and only because of what was or was not known"),
        Column("then", "string", "the truth of all that it states at that moment, as known then"),
        Column("now", "string", "the same, as known now"),
        Column("mode", "string", "`enforced`, `shadow` (its sender only watched) or `replayed` (nobody asked)"),
        Column("permitted", "bool", "a permit was given"),
        Column("confirmed", "bool", "and used"),
        Column("left", "bool", "the message left"),
    ),
)

WORDS: Final = Schema(
    "words",
    "one promise that was not kept and of which anything was said",
    ("subject", "kind", "key"),
    (
        *_WHOSE,
        Column("kind", "string", "its kind"),
        Column("key", "string", "tells it from others of its kind"),
        Column("shown", "bool", "a message can tell the customer of it"),
        Column("noticed_at", "int64", "when the customer was first told, before it was due, that it might not hold"),
        Column("asked_at", "int64", "when the customer first spoke up after it was made; null: never"),
    ),
)

CONTACTS: Final = Schema(
    "contacts", "one time that a customer spoke up", ("subject", "at"), (*_WHOSE, Column("at", "int64", "when"))
)

TOLD_SCHEMAS: Final[Mapping[str, Schema]] = {
    schema.name: schema for schema in (TELLINGS, TOPICS, BELIEFS, CHANGES, ASKS, WORDS, CONTACTS)
}

GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "told": ("tellings", "topics", "beliefs", "changes", "asks"),
    "words": ("words", "contacts"),
}
"""Tables that are made together: whoever asks for one has all of its group."""
