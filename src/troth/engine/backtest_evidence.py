"""The evidence of one judgement: the facts that its statements read, as known when it was told and as known now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from troth.engine.backtest_past import Past
from troth.engine.correct import distinct
from troth.engine.fold import refold
from troth.engine.machine import Machine
from troth.engine.resolve import silence_of
from troth.model.backtest import Evidence, Judgement, Seen
from troth.model.event import Event
from troth.model.record import Record, Told
from troth.model.times import Micros


def evidence_of(
    machine: Machine, judgement: Judgement, events: Iterable[Event], heard: Mapping[str, Micros]
) -> Evidence:
    """Return what a judgement rests on.

    Args:
        machine: The pack, prepared.
        judgement: Of one message.
        events: All events of its subject.
        heard: Source → watermark.
    """
    ordered = distinct(events)
    moment = judgement.told_at
    silence = silence_of(machine.facts, heard)
    record = refold(machine, judgement.subject, ordered, heard, moment, silence)
    past = Past(machine, record, ordered, heard, silence)
    told = Told(judgement.message_id, judgement.message, judgement.channel, {}, moment)
    facts = _facts(machine, judgement.message)
    then, now = past.at(told, moment), past.at(told, moment, as_known_now=True)
    return Evidence(judgement, _seen(machine, then, facts, ordered), _seen(machine, now, facts, ordered))


def _facts(machine: Machine, message: str) -> list[int]:
    """Return the facts that the statements of a message read."""
    pack = machine.pack
    rules: set[int] = set()
    for name in pack.messages[message].statements:
        statement = pack.statements[name]
        kind = machine.promised.get(name)
        kept = None if kind is None else machine.kinds[kind].kept_when
        rules |= {rule for rule in (statement.true_when, statement.fails_when, kept) if rule is not None}
    return sorted({fact for rule in rules for fact in pack.rules.rules[rule].reads})


def _seen(machine: Machine, record: Record, facts: Sequence[int], events: Sequence[Event]) -> tuple[Seen, ...]:
    """Return some facts of a record with who said them and when it was heard."""
    by_id = {(event.source, event.id): event for event in events}
    found = []
    for index in facts:
        view, name = record.facts[index], machine.pack.facts[index].name
        if view.by is None:
            found.append(Seen(name, view.status, view.value))
            continue
        event = by_id.get((view.by.source, view.by.event_id))
        heard_at = None if event is None else event.heard_at
        found.append(
            Seen(name, view.status, view.value, view.by.source, view.by.event_id, view.by.occurred_at, heard_at)
        )
    return tuple(found)
