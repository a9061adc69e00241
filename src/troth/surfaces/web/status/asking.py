"""What the customer can do on the page: requests that become events, and what has been asked for already."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, Final

from troth.engine.journal import JOURNAL
from troth.model.event import Event
from troth.model.page import ActionText
from troth.model.times import format_instant
from troth.surfaces.web.status.sight import Sight

Row = dict[str, Any]

SOURCE: Final = "status_page"
"""The source of the events that customers' requests become."""
TELL_ME: Final = "customer.asked_to_be_told"
"""The event of a customer who wants to be told when something changes; every pack takes it."""
COMPLAINT: Final = "troth.complaint"
ASK: Final = "ask:"
"""Before the name of an action: what a form's button sends."""
TELL: Final = "tell"
WRONG: Final = "wrong"
CUSTOMER: Final = "customer"


def actions(sight: Sight, asked: Iterable[Event], *, reachable: bool) -> list[Row]:
    """Return what the customer can do, in the order of the pack.

    Args:
        sight: The subject, and who reads.
        asked: The subject's events.
        reachable: Whether the page names a way to reach a person: what it has no form for is done by that way alone.

    Returns:
        Rows `action`, `title` (it names the consequence), `says`, `available` (true, or null where nobody knows),
        `form` (the page can ask for it), `wish`, and `asked_at` and `wished` when it has been asked for. What cannot
        be done is left out; of a subject that nobody has heard of, all of it is.
    """
    if not sight.record.events:
        return []
    last = {event.type: event for event in asked if event.source == SOURCE}
    found = []
    for name, action in sight.pack.actions.items():
        available = sight.now.truth(action.available)
        text = sight.page.actions.get(name, ActionText())
        if action.by != CUSTOMER or available is False or not (text.event or text.says or reachable):
            continue
        found.append(
            {
                "action": name,
                "title": sight.say(action.title) or name.replace("_", " "),
                "says": sight.say(text.says) if text.says else "",
                "available": available,
                "form": bool(text.event),
                "wish": text.wish,
                "asked_at": format_instant(last[text.event].occurred_at) if text.event in last else None,
                "wished": day_of(last[text.event].data.get("day")) if text.event in last else None,
            }
        )
    return found


def day_of(said: object) -> str | None:
    """Return a day as it is written, `2026-03-04`; `None` for what is none."""
    try:
        return date.fromisoformat(said).isoformat() if isinstance(said, str) else None
    except ValueError:
        return None


def asked_to_be_told(asked: Iterable[Event]) -> str | None:
    """Return when the customer last asked to be told; `None`: never."""
    moments = [event.occurred_at for event in asked if (event.source, event.type) == (SOURCE, TELL_ME)]
    return format_instant(max(moments)) if moments else None


def complaints(asked: Iterable[Event]) -> list[Event]:
    """Return what the customer has said that is wrong, on this page."""
    return [
        event
        for event in asked
        if (event.source, event.type) == (JOURNAL, COMPLAINT) and event.data.get("channel") == SOURCE
    ]


def event_type(sight: Sight, action: str) -> str:
    """Return the type of the event that a request becomes; empty: it cannot be asked for, or not now."""
    declared = sight.pack.actions.get(action)
    if (
        not sight.record.events
        or declared is None
        or declared.by != CUSTOMER
        or sight.now.truth(declared.available) is not True
    ):
        return ""
    return sight.page.actions.get(action, ActionText()).event
