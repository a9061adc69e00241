"""The tables of what was told, believed, asked and decided: made from events, and only when a measure asks for them.

Their rows are those of `troth.model.told`: a field for each column, in order. Types, instants and nulls are as in
`troth.measures.tables`, so that every engine that holds those tables can hold these. Truths are words: `true`, `false`,
`unknown`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from troth.measures.tables import Schema, columns_from

TELLINGS: Final = Schema(
    "tellings",
    "one statement that was told, judged by what was known then and by what is known now",
    ("subject", "message_id", "statement"),
    columns_from("""
        subject      string  whose
        pack         string  the service model
        message_id   string  the message's own id
        message      string  its name: the message class
        channel      string  where it went
        statement    string  what was stated
        topic        string  what it is about
        told_at      int64   when it counts as told
        then         string  its truth as known then
        now          string  its truth as known now
        verdict      string  `honest`, `careless`, `lucky`, `unlucky`, `blind` or `doubtful`
        source       string  the source that was late, of what was unlucky, blind or doubtful; else empty
        event_id     string  the event that was late; empty where a whole feed was not heard
        lag          int64   how late; a duration
        permit       string  `permitted`, `bypass`, `shadow`; empty: of a class that is not gated
        state_then   string  the state at the telling, as known then
        state_now    string  the state at the telling, as known now
        promises     bool    the statement promises something
        age          int64   how long that state had held when it was told; a duration; null: not known
        implies      string  `promise`, `stays`, `moves_on`; empty: the pack does not say what it implies
        due_at       int64   when its validity, or the promise's window, had passed; null: it has no end
        followed     string  `yes`, `no`, `open`, `void`, `unknown`; empty where it implies nothing
        followed_at  int64   when the outcome came; null: it has not
    """),
)

TOPICS: Final = Schema(
    "topics",
    "one stretch of time on a subject's clock during which nothing changed on one topic",
    ("subject", "topic", "since"),
    columns_from("""
        subject      string  whose
        pack         string  the service model
        topic        string  what statements are about
        since        int64   start
        until        int64   end, exclusive; later than the start
        alignment    string  `aligned`, `ahead`, `stuck`, `unverifiable`, `behind` or `untold`
        channel      string  of the message that is believed; empty: none is
        message_id   string  that message
        wrong_since  int64   since when what is believed on the topic has been false; null: it is not
        peak         bool    what is believed is false, and is no longer at the end
    """),
)

BELIEFS: Final = Schema(
    "beliefs",
    "one stretch of time on a subject's clock during which a statement was believed and nothing about it changed",
    ("subject", "statement", "message_id", "since"),
    columns_from("""
        subject     string  whose
        pack        string  the service model
        statement   string  what is believed
        topic       string  what it is about
        since       int64   start
        until       int64   end, exclusive; later than the start
        channel     string  of the message that told it
        message_id  string  that message
        truth       string  its truth
        helps       string  true: it is true, and it promises, ends the matter, or invites what can be done
    """),
)

CHANGES: Final = Schema(
    "changes",
    "one entering of a state of which the customer should be told",
    ("subject", "since"),
    columns_from("""
        subject  string  whose
        pack     string  the service model
        state    string  the state
        since    int64   when it was entered
        until    int64   when it was left; null: it has not been
        tell_by  int64   when the customer should have been told at the latest
        told_at  int64   from when on they knew, while it lasted; null: they did not
        undated  bool    the moment of entering is not known
    """),
)

ASKS: Final = Schema(
    "asks",
    "one decision about a message: of the gate, or what it would have decided of one that nobody asked about",
    ("subject", "message_id", "decided_at"),
    columns_from("""
        subject     string  whose
        pack        string  the service model
        message_id  string  the message's own id
        message     string  its name: the message class
        channel     string  where it went
        decided_at  int64   when
        outcome     string  `SEND`, `REPLACE`, `HOLD` or `SUPPRESS`
        sends       string  what may go; empty: nothing
        codes       string  codes of its reasons, joined by a blank
        for_truth   bool    stopped, and only because of what was or was not known
        then        string  the truth of all that it states at that moment, as known then
        now         string  the same, as known now
        mode        string  `enforced`, `shadow` (its sender only watched) or `replayed` (nobody asked)
        permitted   bool    a permit was given
        confirmed   bool    and used
        left        bool    the message left
    """),
)

WORDS: Final = Schema(
    "words",
    "one promise that was not kept and of which anything was said",
    ("subject", "kind", "key"),
    columns_from("""
        subject     string  whose
        pack        string  the service model
        kind        string  its kind
        key         string  tells it from others of its kind
        shown       bool    a message can tell the customer of it
        noticed_at  int64   when the customer was first told, before it was due, that it might not hold
        asked_at    int64   when the customer first spoke up after it was made; null: never
    """),
)

CONTACTS: Final = Schema(
    "contacts",
    "one time that a customer spoke up",
    ("subject", "at"),
    columns_from("""
        subject  string  whose
        pack     string  the service model
        at       int64   when
    """),
)

TOLD_SCHEMAS: Final[Mapping[str, Schema]] = {
    schema.name: schema for schema in (TELLINGS, TOPICS, BELIEFS, CHANGES, ASKS, WORDS, CONTACTS)
}

GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "told": ("tellings", "topics", "beliefs", "changes", "asks"),
    "words": ("words", "contacts"),
}
"""Tables that are made together: whoever asks for one has all of its group."""
