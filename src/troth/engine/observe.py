"""Event → observations: what an event does to its subject before anything is derived."""

from __future__ import annotations

from typing import Any

from troth.engine.believe import receive
from troth.engine.keep import make, renew
from troth.engine.live import Live
from troth.engine.resolve import keep_candidate
from troth.model.event import Event
from troth.model.pack import ABSENT, EventPlan
from troth.model.record import Attribute, FactView, Finding, Observation
from troth.model.times import FOREVER


def apply(live: Live, event: Event) -> None:
    """Apply one event, which is later in order than all applied before.

    An event type that the pack does not know, a source it is not accepted from, or a guard that is not true leave the
    facts alone; attributes are taken all the same, since they are the subject's own.
    """
    live.events += 1
    data = event.data
    if attributes := data.get("attributes"):
        _take_attributes(live, event, attributes)
    plan = live.machine.plans.get(event.type)
    if plan is None or not _accepted(plan, event):
        return
    if plan.starts and live.requested_at is None:
        live.requested_at = event.occurred_at
    for one in plan.observe:
        value = one.value(data)
        if value is not ABSENT:
            _observe(live, one.fact, value, event)
    for fact in plan.retract:
        live.observations[fact] = [one for one in live.observations[fact] if one.source != event.source]
        live.touched.add(fact)
    for kind in plan.makes:
        live.moved = True
        make(live, kind, event)
    for kind in plan.renews:
        live.moved = True
        renew(live, kind, event)
    if plan.receipt is not None:
        live.moved = True
        receive(live, plan.receipt, event)


def _accepted(plan: EventPlan, event: Event) -> bool:
    """Return whether the plan applies to the event."""
    if plan.sources and event.source not in plan.sources:
        return False
    return plan.when is None or plan.when(event.data) is True


def _observe(live: Live, fact: int, value: Any, event: Event) -> None:
    """Keep what the event says about one fact, if its source may say it."""
    plan = live.machine.facts[fact]
    if event.source not in plan.tier:
        return
    new = Observation(_typed(plan.fact.type, value), event.source, event.occurred_at, event.sequence, event.id)
    if plan.plain and new.value is not None:
        # The latest word of the only voice needs no resolving: it is the value, whatever was before.
        live.observations[fact] = [new]
        live.views[fact] = FactView("known", new.value, new)
        live.values[fact], live.stale[fact], live.observed_at[fact] = new.value, False, event.occurred_at
        live.crossings[fact] = FOREVER
        return
    live.observations[fact] = [new] if plan.plain else keep_candidate(plan, live.observations[fact], new)
    live.touched.add(fact)


def _typed(kind: str, value: Any) -> Any:
    """Return the value if it has the fact's type, else unknown: a wrong type is a source that cannot tell."""
    if value is None or kind == "dyn":
        return value
    if kind == "bool":
        return value if isinstance(value, bool) else None
    if kind == "string":
        return value if isinstance(value, str) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if kind == "double":
        return float(value)
    return value if isinstance(value, int) else None


def _take_attributes(live: Live, event: Event, attributes: Any) -> None:
    """Take the subject's attributes as known from the event's moment on; the latest in order stands."""
    if not isinstance(attributes, dict):
        live.findings.append(
            Finding("F105", event.occurred_at, f"attributes of {event.source}/{event.id} are no object")
        )
        return
    for name, value in attributes.items():
        old = live.attributes.get(name)
        if old is None or old.value != value or type(old.value) is not type(value):
            live.attributes[name] = Attribute(value, event.occurred_at)
