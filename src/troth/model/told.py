"""What was told and asked, as plain rows: each is a row of one of the tables that measures read.

The fields of a row are the columns of its table, in order: see `troth.measures.told.TOLD_SCHEMAS`, which says what each
one means. Truths are words here (`true`, `false`, `unknown`), so that every engine can hold and group them.
"""

from __future__ import annotations

import msgspec

from troth.model.times import Micros


class Telling(msgspec.Struct, frozen=True, gc=False):
    """One statement that was told, judged; see the table `tellings`."""

    subject: str
    pack: str
    message_id: str
    message: str
    channel: str
    statement: str
    topic: str
    told_at: Micros
    then: str
    now: str
    verdict: str
    source: str
    event_id: str
    lag: Micros
    permit: str
    state_then: str
    state_now: str
    promises: bool
    age: Micros | None = None
    implies: str = ""
    due_at: Micros | None = None
    followed: str = ""
    followed_at: Micros | None = None


class Topical(msgspec.Struct, frozen=True, gc=False):
    """A stretch of time in which nothing changed on one topic; see the table `topics`."""

    subject: str
    pack: str
    topic: str
    since: Micros
    until: Micros
    alignment: str
    channel: str
    message_id: str
    wrong_since: Micros | None
    peak: bool


class Believed(msgspec.Struct, frozen=True, gc=False):
    """A stretch of time in which one statement was believed and nothing about it changed; see the table `beliefs`."""

    subject: str
    pack: str
    statement: str
    topic: str
    since: Micros
    until: Micros
    channel: str
    message_id: str
    truth: str
    helps: str


class Change(msgspec.Struct, frozen=True, gc=False):
    """A state of which the customer should be told; see the table `changes`."""

    subject: str
    pack: str
    state: str
    since: Micros
    until: Micros | None
    tell_by: Micros
    told_at: Micros | None
    undated: bool


class Ask(msgspec.Struct, frozen=True, gc=False):
    """One decision about a message; see the table `asks`."""

    subject: str
    pack: str
    message_id: str
    message: str
    channel: str
    decided_at: Micros
    outcome: str
    sends: str
    codes: str
    for_truth: bool
    then: str
    now: str
    mode: str
    permitted: bool
    confirmed: bool
    left: bool


class Word(msgspec.Struct, frozen=True, gc=False):
    """What was said of a promise that was not kept; see the table `words`."""

    subject: str
    pack: str
    kind: str
    key: str
    shown: bool
    noticed_at: Micros | None
    asked_at: Micros | None


class Spoke(msgspec.Struct, frozen=True, gc=False):
    """A customer speaking up; see the table `contacts`."""

    subject: str
    pack: str
    at: Micros


class Walked(msgspec.Struct):
    """What a walk through a subject's past has found, not yet cut to the customer's clock."""

    topics: list[Topical]
    beliefs: list[Believed]
    changes: list[Change]
    asks: list[Ask]
