"""The floor of the fold: the bench pack's rules written out in Python, for this one pack and nothing else.

It keeps the same facts with their sources, the state's history, both promises, the confirmation's alignment and both
cases, and folds an order again when an event comes late. It has no freshness, disputes, retractions, corrections,
watermarks, explanations or
findings: what a careful engineer would write who needs exactly this and will never change it.
"""

from __future__ import annotations

from typing import Any

from troth.model.event import Event
from troth.model.times import DAY, FOREVER, HOUR, Micros


class HandOrder:
    """One order."""

    __slots__ = ("alignment", "cases", "events", "facts", "last", "promises", "seen", "states", "told")

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.seen: set[tuple[str, str]] = set()
        self.reset()

    def reset(self) -> None:
        """Forget what was derived."""
        self.last: Micros = -FOREVER
        self.facts: dict[str, tuple[Any, str, Micros]] = {}
        self.states: list[tuple[str, Micros]] = []
        self.promises: dict[str, list[Any]] = {}
        self.alignment: list[tuple[str, Micros]] = []
        self.cases: dict[str, list[Any]] = {}
        self.told: Micros | None = None


class HandFold:
    """All orders."""

    def __init__(self, now: Micros) -> None:
        self.now = now
        self.orders: dict[str, HandOrder] = {}

    def feed(self, event: Event) -> None:
        """Apply one event; a late one folds its order again."""
        order = self.orders.get(event.subject)
        if order is None:
            order = self.orders[event.subject] = HandOrder()
        identity = (event.source, event.id)
        if identity in order.seen:
            return
        order.seen.add(identity)
        order.events.append(event)
        if event.occurred_at <= order.last:
            order.events.sort(key=lambda one: one.key)
            order.reset()
            for one in order.events:
                _apply(order, one)
        else:
            _apply(order, event)

    def finish(self) -> None:
        """Let the promises lapse that are due by now."""
        for order in self.orders.values():
            _lapse(order, self.now)
            _align(order, self.now)


def _apply(order: HandOrder, event: Event) -> None:
    """Derive everything that one event changes."""
    moment, data, facts, kind = event.occurred_at, event.data, order.facts, event.type
    _lapse(order, moment)
    order.last = moment
    if kind == "order.placed":
        facts["placed"] = (True, event.source, moment)
        facts["lines"] = (data.get("lines"), event.source, moment)
        facts["channel"] = (data.get("channel"), event.source, moment)
        order.promises["ready_by"] = [moment, moment + 4 * HOUR, "open", None]
    elif kind == "order.picked":
        facts["picked"] = (True, event.source, moment)
        facts["picked_lines"] = (data.get("lines"), event.source, moment)
        facts["bin"] = (data.get("bin"), event.source, moment)
    elif kind == "order.staged":
        facts["staged"] = (True, event.source, moment)
        facts["checked"] = (data.get("checked"), event.source, moment)
        facts["bin"] = (data.get("bin"), event.source, moment)
        order.promises.setdefault("hold_until", [moment, moment + 3 * DAY, "open", None])
    elif kind == "order.collected":
        facts["collected"] = (True, event.source, moment)
    elif kind == "order.cancelled":
        facts["cancelled"] = (True, event.source, moment)
    elif kind == "message.sent" and order.told is None:
        order.told = moment
    _settle(order, moment)
    _align(order, moment)


def _value(order: HandOrder, name: str) -> Any:
    """Return a fact's value, or `None`."""
    fact = order.facts.get(name)
    return None if fact is None else fact[0]


def _settle(order: HandOrder, moment: Micros) -> None:
    """Derive state, promises and cases."""
    ready = _value(order, "staged") is True and _value(order, "checked") is True
    picked, lines = _value(order, "picked_lines"), _value(order, "lines")
    collected, cancelled = _value(order, "collected") is True, _value(order, "cancelled") is True
    short = _value(order, "staged") is True and picked is not None and lines is not None and picked < lines
    if collected:
        state = "collected"
    elif cancelled:
        state = "cancelled"
    elif ready and picked == lines:
        state = "ready"
    elif short:
        state = "short"
    elif _value(order, "picked") is True and _value(order, "channel") != "desk":
        state = "picking"
    else:
        state = "open"
    if not order.states or order.states[-1][0] != state:
        order.states.append((state, moment))
    _keep(order, "ready_by", moment, kept=ready, cancelled=cancelled)
    _keep(order, "hold_until", moment, kept=collected, cancelled=cancelled)
    if short and "shortfall" not in order.cases:
        order.cases["shortfall"] = [moment, None]
    case = order.cases.get("shortfall")
    if case is not None and case[1] is None and (collected or cancelled):
        case[1] = moment


def _keep(order: HandOrder, kind: str, moment: Micros, *, kept: bool, cancelled: bool) -> None:
    """Decide one promise."""
    promise = order.promises.get(kind)
    if promise is None or promise[2] in ("kept", "late", "void"):
        return
    if kept:
        promise[2], promise[3] = ("kept" if moment < promise[1] else "late"), moment
        if kind == "ready_by" and "late" in order.cases:
            order.cases["late"][1] = moment
    elif cancelled:
        promise[2] = "void" if promise[2] == "open" and not order.cases else "broken"


def _lapse(order: HandOrder, moment: Micros) -> None:
    """Break the promises whose due moment has passed."""
    for kind, promise in order.promises.items():
        if promise[2] == "open" and promise[1] <= moment:
            promise[2] = "broken"
            if kind == "ready_by":
                order.cases.setdefault("late", [promise[1], None])
                _note(order, "ahead", promise[1])


def _align(order: HandOrder, moment: Micros) -> None:
    """Derive the alignment of the confirmation."""
    if order.told is None:
        _note(order, "untold", moment)
        return
    promise = order.promises.get("ready_by")
    if promise is None:
        _note(order, "unverifiable", moment)
    elif promise[2] in ("open", "kept"):
        _note(order, "aligned", moment)
    elif promise[2] in ("late", "broken"):
        _note(order, "ahead", moment)


def _note(order: HandOrder, alignment: str, moment: Micros) -> None:
    """Append to the alignment's history."""
    if not order.alignment or order.alignment[-1][0] != alignment:
        order.alignment.append((alignment, moment))
