"""The incremental step, alone and in bulk: a faster way to the same record that `refold` defines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from troth.engine.correct import distinct
from troth.engine.fold import advance, refold
from troth.engine.journal import JOURNAL, is_answer, with_answers
from troth.engine.live import Live, freeze, thaw
from troth.engine.machine import Machine, prepare
from troth.engine.resolve import Silence, silence_of
from troth.model.effect import WakeUp
from troth.model.event import Event
from troth.model.ids import derived_id
from troth.model.pack import Pack
from troth.model.record import RECORD_VERSION, Record
from troth.model.times import FOREVER, Micros


class Work(msgspec.Struct, frozen=True):
    """One subject's share of a batch.

    Attributes:
        subject: Whose.
        record: Its record so far; `None`: it has none.
        fresh: Events that its record has not seen.
        past: All its events, `fresh` included, when the record cannot be stepped; `None`: not loaded.
    """

    subject: str
    record: Record | None
    fresh: Sequence[Event] = ()
    past: Sequence[Event] | None = None


class Batch(msgspec.Struct, frozen=True):
    """What became of a batch.

    Attributes:
        records: New records, in the order of the work.
        wake_ups: One for each record that time alone will change although every feed goes on being heard.
        refold: Subjects whose past is needed: nothing was done for them.
    """

    records: tuple[Record, ...]
    wake_ups: tuple[WakeUp, ...]
    refold: tuple[str, ...]


def needs_past(
    pack: Pack | Machine, record: Record, fresh: Iterable[Event], heard: Mapping[str, Micros], now: Micros
) -> bool:
    """Return whether only a refold gives the right record.

    So it is when an event belongs before the latest moment that the record has visited (a journal event: before the
    moment of which the record speaks, since answers of the gate are noted without a visit), when which events stand
    depends on the whole set (corrections), when nothing has happened so far, when an event that lay in the future has
    come, when a watermark has moved past a moment at which its feed counted as silent, and when the pack or the format
    has changed.
    """
    machine = prepare(pack)
    if record.digest != machine.pack.digest or record.version != RECORD_VERSION or record.corrected:
        return True
    if record.pending <= now or record.last > now or record.last == -FOREVER:
        return True
    if any(heard.get(source, -FOREVER) != used for source, used in record.unheard.items()):
        return True
    return any(
        event.occurred_at <= (record.at if event.source == JOURNAL else record.last) or event.type in machine.correcting
        for event in fresh
    )


def step(
    pack: Pack | Machine,
    record: Record | None,
    subject: str,
    fresh: Sequence[Event],
    past: Sequence[Event] | None,
    heard: Mapping[str, Micros],
    now: Micros,
) -> Record:
    """Return a subject's record after fresh events, or after time alone.

    Args:
        pack: The pack or its machine.
        record: The record so far; `None`: none yet.
        subject: Whose.
        fresh: Events that the record has not seen, in any order.
        past: All events, fresh ones included; needed when `needs_past` says so or when there is no record.
        heard: Source → watermark.
        now: The moment.

    Raises:
        ValueError: The past is needed and was not given.
    """
    machine = prepare(pack)
    if record is not None and not needs_past(machine, record, fresh, heard, now):
        return _step(machine, record, fresh, heard, now, silence_of(machine.facts, heard))
    if past is None:
        if record is not None:
            raise ValueError(f"the past of {subject} is needed")
        past = fresh
    return refold(machine, subject, past, heard, now)


def apply_batch(
    pack: Pack | Machine,
    work: Sequence[Work],
    heard: Mapping[str, Micros],
    now: Micros,
    silence: Silence | None = None,
) -> Batch:
    """Bring many subjects to `now` at once.

    A subject whose past is needed and not given is named in `refold` and left alone; hand it in again with its past.
    `silence` is what silence means by those watermarks, when it has been worked out before.
    """
    machine = prepare(pack)
    silence = silence_of(machine.facts, heard) if silence is None else silence
    records: list[Record] = []
    wake_ups: list[WakeUp] = []
    refolds: list[str] = []
    for one in work:
        if one.record is None or one.past is not None:
            past = one.fresh if one.past is None else one.past
            record = refold(machine, one.subject, past, heard, now, silence)
        elif needs_past(machine, one.record, one.fresh, heard, now):
            refolds.append(one.subject)
            continue
        else:
            record = _step(machine, one.record, one.fresh, heard, now, silence)
        records.append(record)
        due_at = timer_at(record)
        if due_at < FOREVER:
            wake_ups.append(
                WakeUp(derived_id("wake", record.tenant, record.subject, str(due_at)), record.subject, due_at)
            )
    return Batch(tuple(records), tuple(wake_ups), tuple(refolds))


def wakes_at(record: Record) -> Micros:
    """Return the next moment at which the record changes although nothing arrives; `FOREVER`: none."""
    return min(record.wake_at, record.pending)


def timer_at(record: Record) -> Micros:
    """Return the same as long as every feed goes on being heard; `FOREVER`: none.

    Timers are armed for it. That a feed falls silent is one moment for all its subjects: see `silent`.
    """
    return min(record.timer_at, record.pending)


def silent(machine: Machine, heard: Mapping[str, Micros], now: Micros) -> frozenset[str]:
    """Return the sources of a pack that no longer count as heard at `now`, among those whose silence says something."""
    return frozenset(
        source
        for plan in machine.facts
        for source, heard_for in plan.silence
        if heard.get(source, -FOREVER) + heard_for < now
    )


def _step(
    machine: Machine,
    record: Record,
    fresh: Sequence[Event],
    heard: Mapping[str, Micros],
    now: Micros,
    silence: Silence,
) -> Record:
    """Move a record forward; nothing in `fresh` belongs before its last moment."""
    if _can_note(record, fresh, now):
        return with_answers(record, distinct(fresh), now)
    ordered = distinct(fresh)
    seen = [event for event in ordered if event.occurred_at <= now]
    later = min((event.occurred_at for event in ordered[len(seen) :]), default=FOREVER)
    live: Live = thaw(machine, record, heard, silence)
    advance(live, seen, now)
    return freeze(live, now, min(record.pending, later))


def _can_note(record: Record, fresh: Sequence[Event], now: Micros) -> bool:
    """Return whether fresh events need no visit: they are answers of the gate, and time has changed nothing either."""
    if not fresh or record.last == -FOREVER or wakes_at(record) <= now:
        return False
    return all(map(is_answer, fresh)) and max(one.occurred_at for one in fresh) <= now
