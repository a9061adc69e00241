"""Effects: what the engine asks the runtime to do. The engine performs none of them.

Every effect has a deterministic id, so that a repeated batch repeats nothing.
"""

from __future__ import annotations

from typing import Any

import msgspec

from troth.model.times import Micros


class WakeUp(msgspec.Struct, frozen=True, gc=False):
    """Ask to be stepped again at a moment, although no event may arrive.

    Attributes:
        id: Deterministic: the same record asks for the same id.
        subject: Whose record.
        due_at: When.
    """

    id: str
    subject: str
    due_at: Micros


class Outgoing(msgspec.Struct, frozen=True, gc=False):
    """Something to deliver to the world outside, at least once: a row of the outbox.

    Attributes:
        id: Deterministic; the receiver can tell a repetition by it (webhook-id).
        topic: What it is: `message.requested`, `permit.revoked`, `decision.changed`, `case.opened`, `case.closed`,
            `case.reopened`, `state.changed`, `promise.lapsed`, `alignment.changed`, `bypass.found`. A subscription
            names topics.
        subject: Whose.
        at: When it arose; microseconds since 1970 UTC.
        body: The payload: JSON object, without personal data.
    """

    id: str
    topic: str
    subject: str
    at: Micros
    body: dict[str, Any] = {}


class Entry(msgspec.Struct, frozen=True, gc=False):
    """A line of an index over records: derived from one record, replaced with it.

    Attributes:
        kind: Which index; `troth.engine.project` names them all, with their keys and orders.
        key: What it is found by.
        order: Ascending order within (kind, key), such as a moment or minus the harm.
        subject: Whose record.
        body: JSON value.
    """

    kind: str
    key: str
    order: int
    subject: str
    body: Any = None
