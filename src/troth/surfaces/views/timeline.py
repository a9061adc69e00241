"""Everything about one subject in order of time: what happened, what was said, what changed.

Pure: a record, its pack and its events in, plain rows out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from troth.model.event import Event
from troth.model.pack import Pack
from troth.model.record import Case, Promise, Record, Span, Told
from troth.model.times import FOREVER, SECOND, Micros
from troth.surfaces.views.moments import Moments, coarse

Row = dict[str, Any]

_LANES: Final = ("event", "attribute", "message", "state", "promise", "case", "alignment", "finding")
"""What comes first where several things share a moment: causes before what follows from them."""

_Entry = tuple[Micros, int, Row]


def timeline(record: Record, pack: Pack, events: Sequence[Event], moments: Moments) -> list[Row]:
    """Return the rows of a subject's story.

    Args:
        record: Derived up to `moments.now`.
        pack: The pack that derived it.
        events: The subject's events, in total order; those that happened after `moments.now` are not shown.
        moments: How to write instants.

    Returns:
        Rows `at, lane, what, detail, source, heard_at, heard_late_s, event_id`; one row is one thing that happened or
        changed. In order of time; within a moment causes come before what follows from them. What happened at an
        unknown moment has no `at` and stands where the record places it.
    """
    entries: list[_Entry] = []
    entries += _events(events, moments)
    entries += _attributes(events, moments)
    entries += _messages(record.messages, moments)
    entries += _states(record.states, moments)
    entries += _promises(record.promises, pack, moments)
    entries += _cases(record.cases, moments)
    entries += _alignments(record.alignment, moments)
    entries += (_entry("finding", one.at, one.code, one.text, moments) for one in record.findings)
    return [row for _, _, row in sorted(entries, key=lambda entry: entry[:2])]


def _entry(lane: str, at: Micros, what: str, detail: str, moments: Moments, **more: Any) -> _Entry:
    """Return one row with its place in the order."""
    row = {"at": moments.text(at), "lane": lane, "what": what, "detail": detail, "source": "", "heard_at": None,
           "heard_late_s": None, "event_id": ""}  # fmt: skip
    return at, _LANES.index(lane), row | more


def _events(events: Sequence[Event], moments: Moments) -> Iterator[_Entry]:
    """Yield the events that had happened by now."""
    for event in events:
        if event.occurred_at <= moments.now:
            data = {name: value for name, value in event.data.items() if name != "attributes"}
            yield _entry(
                "event", event.occurred_at, event.type, _pairs(data), moments, source=event.source,
                heard_at=moments.text(event.heard_at),
                heard_late_s=(event.heard_at - event.occurred_at) / SECOND, event_id=event.id,
            )  # fmt: skip


def _attributes(events: Sequence[Event], moments: Moments) -> Iterator[_Entry]:
    """Yield the changes of attributes: a new owner, another priority. What is said for the first time is no change."""
    known: dict[str, Any] = {}
    for event in events:
        attributes = event.data.get("attributes")
        if event.occurred_at > moments.now or not isinstance(attributes, dict):
            continue
        for name, value in attributes.items():
            if name in known and known[name] != value:
                detail = f"{_shown(known[name])} → {_shown(value)}"
                yield _entry("attribute", event.occurred_at, name, detail, moments, source=event.source)
            known[name] = value


def _messages(messages: Iterable[Told], moments: Moments) -> Iterator[_Entry]:
    """Yield the phases of messages; the one that makes it told says so."""
    for told in messages:
        for phase, at in told.phases.items():
            counts = " (told)" if at == told.told_at else ""
            yield _entry(
                "message", at, f"{told.message} {phase}{counts}", f"by {told.channel or 'unnamed channel'}", moments
            )


def _states(spans: Iterable[Span], moments: Moments) -> Iterator[_Entry]:
    """Yield the changes of state."""
    for span in spans:
        detail = f"one of {', '.join(span.about)}" if span.about else ""
        at, lane, row = _entry("state", span.since, span.value, detail, moments)
        if span.undated:
            row |= {"at": None, "detail": "at an unknown moment"}
        yield at, lane, row


def _promises(promises: Iterable[Promise], pack: Pack, moments: Moments) -> Iterator[_Entry]:
    """Yield what was promised, promised anew, when it had to be kept, and what became of it."""
    grace = {kind.name: kind.grace for kind in pack.promises}
    for promise in promises:
        name = f"{promise.kind} {promise.key}".rstrip()
        for window in promise.windows:
            verb = {"first": "made", "renegotiated": "renegotiated"}.get(window.counts, window.counts)
            until = moments.text(window.due) or "not disclosed"
            stated = _stated(promise) if window is promise.windows[-1] else ""
            yield _entry("promise", window.given_at, f"{name} {verb}", f"due {until}{stated}", moments)
        due = promise.windows[0].due if promise.windows else None
        if due is not None and promise.outcome == "late":
            yield _entry(
                "promise", due + grace.get(promise.kind, 0), f"{name} overdue", "it was not kept by then", moments
            )
        if promise.undecided_since is not None:
            yield _entry(
                "promise", promise.undecided_since, f"{name} unknown", "what would decide it is not known", moments
            )
        if promise.decided_at is not None:
            yield _entry("promise", promise.decided_at, f"{name} {promise.outcome}", _measure(promise), moments)


def _stated(promise: Promise) -> str:
    """Return with which probability the latest window was given, where its basis says so."""
    level = (promise.basis or {}).get("level")
    return f", to be kept with {level:.1%}" if isinstance(level, int | float) else ""


def _measure(promise: Promise) -> str:
    """Return how far before or after its first due moment a promise was kept."""
    due = promise.windows[0].due if promise.windows else None
    if due is None or promise.kept_at is None:
        return ""
    distance = promise.kept_at - due
    return f"{coarse(abs(distance))} {'before' if distance < 0 else 'after'} due"


def _cases(cases: Iterable[Case], moments: Moments) -> Iterator[_Entry]:
    """Yield the legs of cases."""
    for case in cases:
        name = f"{case.kind} {case.about}".rstrip()
        for leg, at, detail in legs_of(case):
            if at is not None:
                yield _entry("case", at, f"{name} {leg}", detail, moments)


def legs_of(case: Case) -> Iterator[tuple[str, Micros | None, str]]:
    """Yield the legs of a case in the order of its life, each with its moment and what there is to say of it."""
    if case.broke_at is not None and case.broke_at != case.opened_at:
        yield "broke", case.broke_at, ""
    if case.detected_at is not None:
        yield "detected", case.detected_at, f"by {case.detected_by}"
    yield "opened", case.opened_at, ""
    yield "owned", case.owned_at, f"by {case.owner}" if case.owner else ""
    yield "informed", case.informed_at, ""
    for at in {case.first_resolved_at, case.resolved_at}:
        yield "resolved", at, ""
    for at in {case.first_closed_at, case.closed_at}:
        # How it was closed is known of the present life only.
        yield "closed", at, case.closed_as if at == case.closed_at else ""
    for at in case.reopened_at:
        yield "reopened", at, ""


def _alignments(spans: Iterable[Span], moments: Moments) -> Iterator[_Entry]:
    """Yield the changes of alignment."""
    for span in spans:
        if abs(span.since) < FOREVER:
            yield _entry("alignment", span.since, span.value, ", ".join(span.about), moments)


def _pairs(data: dict[str, Any]) -> str:
    """Return an event's data in one line."""
    return " ".join(f"{name}={_short(value)}" for name, value in data.items() if value is not None)


def _shown(value: Any) -> str:
    """Return a value as short text, with a word for none."""
    return "none" if value is None else _short(value)


def _short(value: Any) -> str:
    """Return a value as short text."""
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)
