"""Promises: made, renegotiated or slipped, kept, late, broken, void.

The outcome for the first window is never rewritten by a new date; the outcome as renegotiated stands beside it. A new
date renegotiates only if the customer was told of it before the old due moment, and consented where the pack demands
it.
"""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from troth.engine.live import Live
from troth.model.event import Event
from troth.model.pack import Due, PromiseKind
from troth.model.record import Finding, Promise, Window
from troth.model.rules import Extract
from troth.model.times import FOREVER, Micros, day_in, end_of_day, parse_instant
from troth.model.truth import Truth

FINAL = frozenset({"kept", "void", "late"})
"""Outcomes that nothing later changes."""


def make(live: Live, kind_index: int, event: Event) -> None:
    """Make the promise that an event gives; one without a due moment that can be read is a finding and no promise.

    Made again with the same due moment it is the same promise; with another one the new date counts as a renewal.
    """
    kind = live.machine.pack.promises[kind_index]
    if kind.made_when is not None and kind.made_when(event.data) is not True:
        return
    given = due_of(kind.due, event)
    if given is None and not _undisclosed(kind.due):
        text = f"{kind.name} was not promised: {event.source}/{event.id} has no due moment that can be read"
        live.findings.append(Finding("F106", event.occurred_at, text))
        return
    key = _key_of(kind, event)
    standing = _find(live, kind.name, key)
    if standing is not None:
        if live.promises[standing].windows[-1].due != given:
            _renew_at(live, standing, kind, given, event)
        return
    opens = _instant(kind.opens, event)
    window = Window(given, event.occurred_at, "first", event.id)
    live.promises.append(
        Promise(kind.name, key, event.occurred_at, event.occurred_at if opens is None else opens, (window,))
    )


def promised(live: Live, event: Event) -> None:
    """Make the promise that troth wrote down itself, with the basis of its window.

    The kind, key and due moment of one that stands make it the same promise; another due moment is a renewal, which
    counts as every other: as a slip until the customer is told.

    Raises:
        KeyError, TypeError, ValueError: It cannot be read, or the pack has no such kind with a due moment.
    """
    data = event.data
    kind, due = live.machine.kinds[data["kind"]], parse_instant(data["due"])
    opens = parse_instant(data["opens"]) if data.get("opens") else event.occurred_at
    key, basis = data.get("key", ""), data["basis"]
    if not isinstance(key, str) or not isinstance(basis, dict):
        raise TypeError("key is no text, or basis no object")
    if _undisclosed(kind.due):
        raise ValueError(f"{kind.name} discloses no due moment")
    standing = _find(live, kind.name, key)
    if standing is None:
        window = Window(due, event.occurred_at, "first", event.id)
        live.promises.append(Promise(kind.name, key, event.occurred_at, opens, (window,), basis=basis))
        return
    if live.promises[standing].windows[-1].due != due:
        _renew_at(live, standing, kind, due, event)
        live.promises[standing] = replace(live.promises[standing], basis=basis)


def renew(live: Live, kind_index: int, event: Event) -> None:
    """Give a promise a new due moment; whether it renegotiates is decided by what the customer is told, and when."""
    kind = live.machine.pack.promises[kind_index]
    standing = _find(live, kind.name, _key_of(kind, event))
    given = due_of(kind.renew_due, event) if kind.renew_due is not None else None
    if standing is not None and given is not None and live.promises[standing].windows[-1].due != given:
        _renew_at(live, standing, kind, given, event)


def told(live: Live, kind_name: str, moment: Micros) -> None:
    """Note that the customer was told the present due moment of a kind of promise: a slip told in time renegotiates."""
    for place, promise in enumerate(live.promises):
        if promise.kind != kind_name or promise.windows[-1].counts != "slip":
            continue
        old = _counting(promise).due
        if old is not None and moment < old:
            last = replace(promise.windows[-1], counts="renegotiated")
            live.promises[place] = replace(promise, windows=(*promise.windows[:-1], last))


def judge(live: Live, now: Micros, ended: bool) -> Micros:
    """Bring every promise up to `now` and return the next moment at which time alone decides one.

    Args:
        live: The working state, rules evaluated.
        now: The moment.
        ended: The subject is in a terminal state that has lasted.
    """
    crossing = FOREVER
    machine, results = live.machine, live.results
    for place, promise in enumerate(live.promises):
        outcome = promise.outcome
        if outcome in FINAL and promise.renegotiated in FINAL:
            continue
        kind = machine.kinds[promise.kind]
        if outcome == "open" and not ended and results[kind.kept_when] is False and len(promise.windows) == 1:
            # The plain case, and the commonest: still open, still unkept, and nobody has withdrawn it.
            end = _end(kind, promise.windows[0].due)
            void, late = kind.void_when, kind.late_when
            if (
                now < end
                and (void is None or results[void] is not True)
                and (late is None or results[late] is not True)
            ):
                crossing = min(crossing, end)
                continue
        judged = _judge_one(live, kind, promise, now, ended)
        if judged is not promise:
            live.promises[place] = judged
        if judged.kept_at is None:
            crossing = min(crossing, _next_due(kind, judged, now))
    return crossing


def counting_due(promise: Promise) -> Micros | None:
    """Return the due moment that counts as renegotiated; `None`: undisclosed."""
    return _counting(promise).due


def due_of(due: Due, event: Event) -> Micros | None:
    """Return the due moment that an event gives, or `None` where it gives none that can be read."""
    if due.at is not None:
        return _instant(due.at, event)
    if due.after is not None:
        return event.occurred_at + due.after
    if due.day is None or due.zone is None:
        return None
    day, zone = due.day(event.data), due.zone(event.data)
    if not isinstance(day, str) or not isinstance(zone, str):
        return None
    try:
        return end_of_day(day_in(day, zone), zone)
    except ValueError:
        return None


def _judge_one(live: Live, kind: PromiseKind, promise: Promise, now: Micros, ended: bool) -> Promise:
    """Return the promise as it stands at `now`."""
    truth: Truth = live.results[kind.kept_when]
    if promise.kept_at is None and truth is True:
        promise = replace(promise, kept_at=now)
    withdrawn = kind.void_when is not None and live.results[kind.void_when] is True
    late = kind.late_when is not None and live.results[kind.late_when] is True
    outcome = promise.outcome
    if _undisclosed(kind.due):
        outcome = _without_due(outcome, promise, late, withdrawn, ended and truth is False)
        renegotiated = outcome
    else:
        first = _end(kind, promise.windows[0].due)
        outcome = _with_due(outcome, promise, first, truth, now, ended)
        if withdrawn and outcome in ("open", "broken") and promise.kept_at is None:
            outcome = _withdraw(live, promise, promise.outcome, promise.windows[0].due, now)
        renegotiated = outcome
        if _counting(promise) is not promise.windows[0]:
            last = _end(kind, counting_due(promise))
            renegotiated = _with_due(promise.renegotiated, promise, last, truth, now, ended)
            if withdrawn and renegotiated in ("open", "broken") and promise.kept_at is None:
                renegotiated = _withdraw(live, promise, promise.renegotiated, counting_due(promise), now)
    if outcome == promise.outcome and renegotiated == promise.renegotiated:
        return promise
    moved = outcome != promise.outcome
    return replace(
        promise,
        outcome=outcome,
        renegotiated=renegotiated,
        decided_at=(None if outcome in ("open", "unknown") else now) if moved else promise.decided_at,
        undecided_since=now if outcome == "unknown" and promise.undecided_since is None else promise.undecided_since,
    )


def _with_due(outcome: str, promise: Promise, end: Micros, truth: Truth, now: Micros, ended: bool) -> str:
    """Return the outcome against one due moment; `end` is the first moment at which keeping is too late."""
    if outcome in FINAL:
        return outcome
    if promise.kept_at is not None:
        if promise.kept_at < end:
            return "kept"
        # What was unknown when it fell due may have been so in time: that it is true now does not tell.
        return "unknown" if outcome == "unknown" else "late"
    if now >= end:
        if truth is None:
            return outcome if outcome == "broken" else "unknown"
        return "broken"
    return "broken" if ended and truth is False else outcome


def _without_due(outcome: str, promise: Promise, late: bool, withdrawn: bool, ended: bool) -> str:
    """Return the outcome of a promise whose due moment is undisclosed: events alone decide."""
    if late or outcome == "late":
        return "late"
    if promise.kept_at is not None:
        return "kept"
    if withdrawn and outcome == "open":
        return "void"
    return "broken" if ended else outcome


def _withdraw(live: Live, promise: Promise, before: str, due: Micros | None, now: Micros) -> str:
    """Return void if the customer withdrew in time and nothing had gone wrong before, else broken.

    `before` is the outcome, for the first window or as renegotiated, as it stood just before.
    """
    slipped = any(window.counts in ("slip", "unconsented") for window in promise.windows)
    failed = any(case.opened_at < now for case in live.cases)
    in_time = (due is None or now < due) and (before == "open" or promise.decided_at == now)
    return "void" if in_time and not slipped and not failed else "broken"


def _renew_at(live: Live, place: int, kind: PromiseKind, given: Micros | None, event: Event) -> None:
    """Append a due moment, as a slip until the customer is told."""
    promise = live.promises[place]
    consented = kind.renew_consent is None or kind.renew_consent(event.data) is True
    window = Window(given, event.occurred_at, "slip" if consented else "unconsented", event.id)
    live.promises[place] = replace(promise, windows=(*promise.windows, window))
    # Of one moment the message may come first in order: then it has just been told.
    promised = live.machine.promised
    if any(promised.get(one.statement) == kind.name for one in live.beliefs if one.told_at == event.occurred_at):
        told(live, kind.name, event.occurred_at)
    old = _counting(promise).due
    if old is not None and event.occurred_at >= old:
        text = f"{promise.kind} was given a new date after its due moment"
        live.findings.append(Finding("F103", event.occurred_at, text))


def _next_due(kind: PromiseKind, promise: Promise, now: Micros) -> Micros:
    """Return the next moment after `now` at which a window of a promise that is not kept ends."""
    ends = (_end(kind, window.due) for window in (promise.windows[0], _counting(promise)))
    return min((end for end in ends if end > now), default=FOREVER)


def _end(kind: PromiseKind, due: Micros | None) -> Micros:
    """Return the first moment at which keeping is too late."""
    return FOREVER if due is None else due + kind.grace + (1 if kind.inclusive else 0)


def _counting(promise: Promise) -> Window:
    """Return the last window that counts: the first one, or the last that was renegotiated."""
    for window in reversed(promise.windows):
        if window.counts == "renegotiated":
            return window
    return promise.windows[0]


def _undisclosed(due: Due) -> bool:
    """Return whether the kind has no due moment that an event discloses."""
    return due.at is None and due.day is None and due.after is None


def _find(live: Live, kind: str, key: str) -> int | None:
    """Return the place of a promise among the subject's."""
    for place, promise in enumerate(live.promises):
        if promise.kind == kind and promise.key == key:
            return place
    return None


def _key_of(kind: PromiseKind, event: Event) -> str:
    """Return the promise's key in the event; empty where the kind has none."""
    if kind.key is None:
        return ""
    value = kind.key(event.data)
    return str(value) if isinstance(value, str | int | float) else ""


def _instant(extract: Extract | None, event: Event) -> Micros | None:
    """Return an instant from the event's data."""
    value: Any = None if extract is None else extract(event.data)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
