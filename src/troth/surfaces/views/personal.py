"""What is personal about one subject: which members, from which event, and what of them may be read.

Pure: events in, plain rows out; who opens them decides what is read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from troth.model.event import Event
from troth.surfaces.views.moments import Moments


def personal_rows(events: Iterable[Event], shown: Callable[[Event], Event], moments: Moments) -> list[dict[str, Any]]:
    """Return one row for each sealed member, in order of the events.

    Args:
        events: As they are stored.
        shown: Returns an event as it may be read.
        moments: How to write instants.

    Returns:
        Rows `member, value, event, source, at`.
    """
    rows = []
    for event in events:
        readable = shown(event).data
        rows += [
            {
                "member": name,
                "value": readable[name],
                "event": event.type,
                "source": event.source,
                "at": moments.text(event.occurred_at),
            }
            for name, value in event.data.items()
            if readable[name] is not value
        ]
    return rows
