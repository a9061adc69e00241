"""Events: what each type observes, retracts, corrects and says about messages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from troth.errors import Place
from troth.lang.compile._draft import CORRECTED, Draft
from troth.lang.document import Path
from troth.lang.expressions import compile_data
from troth.model.pack import EventPlan, Observe, Receipt
from troth.model.record import PHASES
from troth.model.rules import ABSENT, Extract, ValueType

_QUOTED = re.compile(r"""^\s*(?:'([^'\\]*)'|"([^"\\]*)")\s*$""")


def events(draft: Draft) -> dict[str, EventPlan]:
    """Return the plan of every event type: those declared, and those that every pack has.

    Every pack has `message.requested|decided|sent|delivered|failed|read`, receipts of the message `data.message` with
    the id `data.id` on `data.channel`, and `event.corrected`, which withdraws the event `data.corrects` of the source
    `data.source`. A declared type of these names keeps that part unless it declares its own.
    """
    plans = _generic()
    for kind in draft.mapping("events"):
        plan = _plan(draft, kind)
        generic = plans.get(kind)
        if generic is not None:
            receipt, corrects = plan.receipt or generic.receipt, plan.corrects or generic.corrects
            source = plan.corrects_source if plan.corrects else generic.corrects_source
            plan = msgspec.structs.replace(plan, receipt=receipt, corrects=corrects, corrects_source=source)
        plans[kind] = plan
    request = draft.text("request")
    if request and draft.refer("events", request, ("request",)):
        plans[request] = msgspec.structs.replace(plans[request], starts=True)
    return plans


def _plan(draft: Draft, kind: str) -> EventPlan:
    """Return what a declared event does; promises are added later."""
    path = ("events", kind)
    return EventPlan(
        type=kind,
        sources=draft.references("sources", *path, "from"),
        when=draft.extract(*path, "when", expected="bool"),
        observe=_observations(draft, kind),
        retract=tuple(draft.index("facts", fact) for fact in draft.references("facts", *path, "retract")),
        corrects=draft.extract(*path, "corrects", expected="string"),
        corrects_source=draft.extract(*path, "corrects_source", expected="string"),
        receipt=_receipt(draft, kind),
        personal=tuple(member for member, _ in draft.texts(*path, "personal")),
    )


def _observations(draft: Draft, kind: str) -> tuple[Observe, ...]:
    """Return the observations that an event makes, literals checked against the types of their facts."""
    made = []
    for fact in draft.mapping("events", kind, "observe"):
        path = ("events", kind, "observe", fact)
        known = draft.refer("facts", fact, path, at_key=True)
        guarded = bool(draft.mapping(*path))
        when = draft.extract(*path, "when", expected="bool") if guarded else None
        value = _observed(
            draft, draft.facts.get(fact, "dyn") if known else "dyn", (*path, "value") if guarded else path
        )
        if known and value is not None:
            made.append(Observe(draft.index("facts", fact), value if when is None else _guarded(when, value)))
    return tuple(made)


def _observed(draft: Draft, kind: ValueType, path: Path) -> Extract | None:
    """Return how an observed value is taken from the data; `None` where none is written."""
    value = draft.get(*path)
    literal = isinstance(value, bool | int | float)
    fits = not literal or kind == "dyn" or draft.literal(kind, value, path) is not None
    return draft.extract(*path, expected=kind if fits else "dyn")


def _guarded(when: Extract, value: Extract) -> Extract:
    """Return an observation that is made only when its own guard is true."""
    return lambda data: value(data) if when(data) is True else ABSENT


def _receipt(draft: Draft, kind: str) -> Receipt | None:
    """Return what an event says about a message; a message named in quotes has to exist."""
    path = ("events", kind, "receipt")
    if not draft.mapping(*path):
        return None
    named = message_named(draft.text(*path, "message"))
    if named:
        draft.refer("messages", named, (*path, "message"))
    parts = [draft.extract(*path, part, expected="string") for part in ("message", "id", "channel")]
    message, identity, channel = (part or _nothing for part in parts)
    return Receipt(message, draft.text(*path, "phase"), identity, channel)


def message_named(text: str) -> str:
    """Return the name that an expression is when it is a quoted word and nothing else; else empty."""
    match = _QUOTED.match(text)
    return (match[1] or match[2] or "") if match else ""


def _generic() -> dict[str, EventPlan]:
    """Return the plans that every pack has."""
    receipt = {part: _over_data(f"data.{part}") for part in ("message", "id", "channel")}
    plans = {}
    for phase in PHASES:
        said = Receipt(receipt["message"], phase, receipt["id"], receipt["channel"])
        plans[f"message.{phase}"] = EventPlan(f"message.{phase}", receipt=said)
    plans[CORRECTED] = EventPlan(
        CORRECTED, corrects=_over_data("data.corrects"), corrects_source=_over_data("data.source")
    )
    return plans


def _over_data(text: str) -> Extract:
    """Return one of our own expressions, compiled."""
    extract, problems = compile_data(text, place=Place("<every pack>"), expected="dyn")
    assert extract is not None, problems
    return extract


def _nothing(_: Mapping[str, Any]) -> Any:
    """Stand in for an expression that did not compile; such a pack is never returned."""
    return ABSENT
