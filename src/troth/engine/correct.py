"""Which events stand: one content an identity, and none that a standing correction withdraws.

A correction (an error declaration) withdraws an earlier event as if it had never been reported. Correcting a
correction restores what it had withdrawn.

Source: EPCIS 2.0, section 7.4.1.4 (error declaration).
"""

from __future__ import annotations

from collections.abc import Iterable

from troth.engine.machine import Machine, route_of
from troth.model.event import Event, Key
from troth.model.ids import content_hash


def distinct(events: Iterable[Event]) -> list[Event]:
    """Return one event an identity, in total order; of two contents the earlier (heard_at, content hash) stands."""
    best: dict[tuple[str, str, str], Event] = {}
    for event in events:
        other = best.setdefault((event.tenant, event.source, event.id), event)
        if other is not event and (event.heard_at, content_hash(event)) < (other.heard_at, content_hash(other)):
            best[(event.tenant, event.source, event.id)] = event
    return sorted(best.values(), key=_key_of)


def _key_of(event: Event) -> Key:
    """Return the event's place in the total order."""
    return (event.occurred_at, event.sequence, event.source, event.id)


def target_of(machine: Machine, event: Event) -> tuple[str, str] | None:
    """Return (source, id) of the event that this one withdraws; `None` when it is no correction.

    What the pack does not accept from the event's source, or only under a guard that is not true, withdraws nothing.
    """
    route = route_of(machine, event)
    if route is None or route.corrects is None:
        return None
    source = event.source if route.corrects_source is None else route.corrects_source(event.data)
    target = route.corrects(event.data)
    return (source if isinstance(source, str) else event.source, target) if isinstance(target, str) else None


def standing(machine: Machine, events: list[Event]) -> tuple[list[Event], bool]:
    """Return the events that no standing correction withdraws, and whether there was any correction.

    Args:
        machine: The pack, prepared.
        events: Distinct events in total order.
    """
    if not any(event.type in machine.correcting for event in events):
        return events, False
    corrections: dict[tuple[str, str], list[Event]] = {}
    for event in events:
        target = target_of(machine, event)
        if target is not None:
            corrections.setdefault(target, []).append(event)
    if not corrections:
        return events, False
    verdicts: dict[tuple[str, str], bool] = {}

    def withdrawn(event: Event) -> bool:
        """Return whether a standing correction names the event; in a ring of corrections all stand."""
        identity = (event.source, event.id)
        if identity not in verdicts:
            verdicts[identity] = False
            verdicts[identity] = any(not withdrawn(one) for one in corrections.get(identity, ()) if one is not event)
        return verdicts[identity]

    return [event for event in events if not withdrawn(event)], True
