"""Hindsight: of everything that was told, whether it was true as known then, and as known now.

*Then* is what had been heard by the moment of telling; *now* is what had occurred by that moment, whenever it was
heard, less what has been corrected since. Where the two differ, the source whose report (or correction) came late is
named: that is the system to fix.

Source: 2-semantics, Late and disordered evidence.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from troth.engine.align import truth_of
from troth.engine.correct import distinct, standing
from troth.engine.fold import refold
from troth.engine.gate.look import evaluated
from troth.engine.journal import JOURNAL, RECEIPT
from troth.engine.machine import Machine, route_of
from troth.model.event import Event
from troth.model.hindsight import BLIND, CARELESS, DOUBTFUL, HONEST, LUCKY, UNLUCKY, Hindsight
from troth.model.record import Record, Told
from troth.model.times import Micros
from troth.model.truth import Truth


class _Late(msgspec.Struct, frozen=True):
    """A report that came late, or a feed that was not heard."""

    source: str = ""
    event_id: str = ""
    lag: Micros = 0


def judge_told(
    machine: Machine,
    subject: str,
    events: Iterable[Event],
    heard: Mapping[str, Micros],
    now: Micros,
    record: Record | None = None,
) -> tuple[Hindsight, ...]:
    """Return the judgement of every statement that the subject's customer was told, in the order of telling.

    Where nothing was heard late, the past is folded once and not again.

    Args:
        machine: The pack, prepared.
        subject: Whose.
        events: All events of the subject, in any order.
        heard: Source → watermark as of now.
        now: The moment up to which events count.
        record: The record of exactly these events, watermarks and moment, if there is one already.
    """
    ordered = [event for event in distinct(events) if event.occurred_at <= now]
    record = refold(machine, subject, ordered, heard, now) if record is None else record
    told = sorted((one for one in record.messages if one.told_at is not None), key=lambda one: (one.told_at, one.id))
    return tuple(
        found for one in told if one.told_at is not None for found in _judge(machine, record, ordered, heard, one)
    )


def verdict_of(then: Truth, now: Truth) -> str:
    """Return what to call a statement with these two truths.

    >>> verdict_of(True, False), verdict_of(False, True), verdict_of(None, True)
    ('unlucky', 'lucky', 'blind')
    """
    if then is None:
        return BLIND
    if then is False:
        return LUCKY if now is True else CARELESS
    return {True: HONEST, False: UNLUCKY, None: DOUBTFUL}[now]


def _judge(
    machine: Machine, record: Record, events: Sequence[Event], heard: Mapping[str, Micros], told: Told
) -> list[Hindsight]:
    """Return the judgement of every statement of one message."""
    told_at = told.told_at
    assert told_at is not None, "only what was told is judged"
    names = machine.pack.messages[told.message].statements
    late = [
        event
        for event in events
        if event.heard_at > told_at
        and (event.occurred_at <= told_at or event.type in machine.correcting)
        and not _is_receipt_of(machine, event, told)
    ]
    if not late and _was_aligned(machine, record, told):
        return [_judged(record, told, name, True, True, _Late()) for name in names]
    late.sort(key=lambda event: (event.heard_at, event.key))
    course = _Course(machine, record.subject, events, heard, told_at)
    known_now = course.truths(names, ())
    known_then = course.truths(names, late) if late else known_now
    return [
        _judged(record, told, name, then, present, _blame(course, name, then, present, late))
        for name, then, present in zip(names, known_then, known_now, strict=True)
    ]


def _judged(record: Record, told: Told, name: str, then: Truth, now: Truth, late: _Late) -> Hindsight:
    """Return one judgement."""
    assert told.told_at is not None
    verdict = verdict_of(then, now)
    return Hindsight(
        record.subject,
        told.id,
        told.message,
        told.channel,
        name,
        told.told_at,
        then,
        now,
        verdict,
        late.source,
        late.event_id,
        late.lag,
    )


class _Course:
    """The past up to one moment of telling, folded with some reports left out."""

    def __init__(
        self, machine: Machine, subject: str, events: Sequence[Event], heard: Mapping[str, Micros], told_at: Micros
    ) -> None:
        """Keep what is known; no feed was heard further than the moment of telling."""
        self.machine = machine
        self.subject = subject
        self.events = events
        self.heard = {source: min(mark, told_at) for source, mark in heard.items()}
        self.told_at = told_at

    def record(self, without: Sequence[Event]) -> Record:
        """Return the record at the moment of telling as it was without some reports."""
        left_out = {(event.source, event.id) for event in without}
        known = [event for event in self.events if (event.source, event.id) not in left_out]
        stands, _ = standing(self.machine, known)
        return refold(self.machine, self.subject, stands, self.heard, self.told_at)

    def truths(self, names: Sequence[str], without: Sequence[Event]) -> list[Truth]:
        """Return the truth of statements at the moment of telling without some reports."""
        record = self.record(without)
        results = evaluated(self.machine, record, self.told_at)
        statements = self.machine.pack.statements
        return [truth_of(self.machine, statements[name], results, record.promises, anew=True) for name in names]


def _blame(course: _Course, name: str, then: Truth, now: Truth, late: Sequence[Event]) -> _Late:
    """Return the report whose hearing gave a statement its present truth; late ones are in the order of hearing."""
    if then == now:
        return _unheard(course, name) if then is None else _Late()
    if then is False:
        return _Late()
    deciding, before = late[-1], now
    for count in range(1, len(late) + 1):
        # Going back in time: the report is found without which the present truth was not yet known.
        (before,) = course.truths((name,), late[len(late) - count :])
        deciding = late[len(late) - count]
        if before != now:
            break
    return _Late(deciding.source, deciding.id, deciding.heard_at - min(deciding.occurred_at, course.told_at))


def _unheard(course: _Course, name: str) -> _Late:
    """Return the feed that was not heard and so left a statement unknown: of those that it reads, the last heard."""
    statement = course.machine.pack.statements[name]
    rules = course.machine.pack.rules.rules
    reads = {
        fact
        for rule in (statement.true_when, statement.fails_when, _kept_when(course.machine, name))
        if rule is not None
        for fact in rules[rule].reads
    }
    record = course.record(())
    sources = {
        source
        for fact in reads
        if record.facts[fact].status != "known"
        for source in course.machine.facts[fact].tier
        if source in record.unheard
    }
    if not sources:
        return _Late()
    source = min(sources, key=lambda one: (record.unheard[one], one))
    # A feed of which nothing was ever heard has no age.
    behind = course.told_at - record.unheard[source] if source in course.heard else 0
    return _Late(source, "", behind)


def _kept_when(machine: Machine, name: str) -> int | None:
    """Return the rule that keeps what a statement promises."""
    kind = machine.promised.get(name)
    return None if kind is None else machine.kinds[kind].kept_when


def _is_receipt_of(machine: Machine, event: Event, told: Told) -> bool:
    """Return whether an event tells that a message went out: its teller knew that it was speaking."""
    if event.source == JOURNAL:
        return event.type == RECEIPT and event.data.get("id") == told.id
    route = route_of(machine, event)
    if route is None or route.receipt is None:
        return False
    return str(route.receipt.id(event.data) or f"{event.source}/{event.id}") == told.id


def _was_aligned(machine: Machine, record: Record, told: Told) -> bool:
    """Return whether the alignment of the moment already says that all statements of a message were true.

    Then the past need not be folded again. It does not say so where another message was told in the same moment, or
    where a promise that is void takes its statement out of the belief.
    """
    at = told.told_at
    assert at is not None
    if sum(one.told_at == at for one in record.messages) > 1:
        return False
    names = machine.pack.messages[told.message].statements
    if any(name in machine.promised for name in names):
        return False
    span = next((one for one in reversed(record.alignment) if one.since <= at), None)
    # Stuck comes before unverifiable, and so says nothing of the other statements.
    return span is not None and span.value in ("aligned", "behind")
