"""Event → observations: what an event does to its subject before anything is derived."""

from __future__ import annotations

from typing import Any

from troth.engine.believe import receive
from troth.engine.journal import JOURNAL, note
from troth.engine.keep import make, renew
from troth.engine.live import Live
from troth.engine.machine import Hearing, Route, route_of
from troth.engine.resolve import keep_candidate
from troth.model.event import Event
from troth.model.record import Attribute, FactView, Finding, Observation
from troth.model.rules import ABSENT
from troth.model.times import FOREVER


def apply(live: Live, event: Event) -> None:
    """Apply one event, which is later in order than all applied before.

    An event type that the pack does not know, a source it is not accepted from, or a guard that is not true leave the
    facts alone; attributes are taken all the same, since they are the subject's own.
    """
    live.events += 1
    if event.source == JOURNAL:
        note(live, event)
        return
    data = event.data
    if attributes := data.get("attributes"):
        _take_attributes(live, event, attributes)
    route = route_of(live.machine, event)
    if route is None:
        return
    if route.starts and live.requested_at is None:
        live.requested_at = event.occurred_at
    customer = live.machine.pack.customer
    if customer is not None and isinstance(whose := customer(data), str):
        live.customer = whose
    for one in route.observe:
        value = one.value(data)
        if value is not ABSENT:
            _observe(live, one, value, event)
    for fact in route.retract:
        live.observations[fact] = [one for one in live.observations[fact] if one.source != event.source]
        live.touched.add(fact)
    if route.moves:
        _move(live, route, event)


def _move(live: Live, route: Route, event: Event) -> None:
    """Make and renew promises, and note what the event says about a message."""
    live.moved = True
    for kind in route.makes:
        make(live, kind, event)
    for kind in route.renews:
        renew(live, kind, event)
    if route.receipt is not None:
        receive(live, route.receipt, event)


def _observe(live: Live, heard: Hearing, value: Any, event: Event) -> None:
    """Keep what the event says about one fact, which its source may say."""
    fact = heard.fact
    if type(value) is not heard.exact:
        value = _typed(heard.type_name, value)
    new = Observation(value, event.source, event.occurred_at, event.sequence, event.id)
    if heard.plain and value is not None:
        # The latest word of the only voice needs no resolving: it is the value, whatever was before.
        live.observations[fact] = [new]
        live.views[fact] = FactView("known", value, new)
        live.values[fact] = value
        live.stale[fact] = False
        live.observed_at[fact] = event.occurred_at
        live.crossings[fact] = live.lasting[fact] = FOREVER
        return
    plan = live.machine.facts[fact]
    live.observations[fact] = [new] if heard.plain else keep_candidate(plan, live.observations[fact], new)
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
