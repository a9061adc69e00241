"""What had been decided about a message before: one walk over a subject's journal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

import msgspec

from troth.engine.journal import CONFIRMED, DECIDED, JOURNAL, RECEIPT, REVOKED
from troth.model.event import Event
from troth.model.pack import Pack
from troth.model.record import LEFT

Identity: TypeAlias = tuple[str, str]
"""Source and id of an event."""


class Before(msgspec.Struct, frozen=True):
    """The decision that stood before an event.

    Attributes:
        decided: The event of the decision; `None`: the message was not known.
        held_since: When it was first held without being released since; `None`: it was not.
        used: Whether its permit had been used.
    """

    decided: Event | None = None
    held_since: int | None = None
    used: bool = False


class Past(msgspec.Struct, frozen=True):
    """A subject's past.

    Attributes:
        before: Identity of each decision, confirmation, revocation and receipt → what stood before it.
        left: Identity of the receipt by which it was first heard that a message had left → the message's id.
        asked: Ids of the messages that the gate was asked about.
    """

    before: dict[Identity, Before]
    left: dict[Identity, str]
    asked: frozenset[str]


def past_of(events: Iterable[Event], pack: Pack | None) -> Past:
    """Return the past of a subject.

    Args:
        events: All its events, in total order.
        pack: Its pack; `None`: it is not known, and so are its receipts.
    """
    stands: dict[str, Before] = {}
    before: dict[Identity, Before] = {}
    first: dict[str, Event] = {}
    for event in events:
        if event.source == JOURNAL and event.type in {DECIDED, CONFIRMED, REVOKED}:
            name = str(event.data.get("id", ""))
            known = stands.get(name, Before())
            before[event.source, event.id] = known
            stands[name] = _after(known, event)
        elif message_id := left_by(event, pack):
            before[event.source, event.id] = stands.get(message_id, Before())
            known_first = first.get(message_id)
            if known_first is None or event.heard_at < known_first.heard_at:
                first[message_id] = event
    for name, event in first.items():
        if before[event.source, event.id].decided is None:
            # A sender's clock may be behind: the decision that it had asked for seems to come later then.
            before[event.source, event.id] = stands.get(name, Before())
    return Past(before, {(event.source, event.id): name for name, event in first.items()}, frozenset(stands))


def left_by(event: Event, pack: Pack | None) -> str:
    """Return the id of the message of which an event says that it has left; empty: it says no such thing."""
    if event.source == JOURNAL:
        said = event.type == RECEIPT and event.data.get("phase") in LEFT
        return str(event.data.get("id", "")) if said else ""
    declared = pack.events.get(event.type) if pack is not None else None
    if declared is None or declared.receipt is None or declared.receipt.phase not in LEFT:
        return ""
    return str(declared.receipt.id(event.data) or f"{event.source}/{event.id}")


def _after(known: Before, event: Event) -> Before:
    """Return what stands after an event of the journal."""
    match event.type:
        case "troth.decided":
            held = event.data.get("outcome") == "HOLD"
            since = (known.held_since or event.occurred_at) if held else None
            return Before(event, since, known.used)
        case "troth.confirmed":
            return Before(known.decided, None, used=True)
        case _:
            return Before(known.decided, None, known.used)
