"""Record → index entries: what is looked up across subjects. Derived, and replaced with the record."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from troth.engine.machine import Machine
from troth.model.effect import Entry
from troth.model.record import LEFT, Asked, Case, Record, Told
from troth.model.times import Micros

CONTACT: Final = "contact"
"""What was sent or is permitted, by customer, ordered by moment; body: a `Contact` as a list."""

OPEN_CASE: Final = "open_case"
"""Open cases; key empty: all, key a customer: theirs. By when they were opened; worst first is the reader's."""

WAITING: Final = "waiting"
"""Messages that are held, ordered by when time alone may change the answer; body: the message's id."""

ASKING: Final = "asking"
"""Messages held or permitted and not yet handed over, by customer: decided again when consent changes."""

UNHEARD: Final = "unheard"
"""Subjects for which a feed counted as silent, by source: to be folded again when it is heard further."""

SUBJECT: Final = "subject"
"""Subjects by their customer: what is erased with them, and what one customer waits on."""

CASE: Final = "case"
"""Cases by their ids, open and closed; body: kind."""


def entries_of(machine: Machine, record: Record) -> tuple[Entry, ...]:
    """Return the index entries of a record."""
    found: list[Entry] = [Entry(UNHEARD, source, 0, record.subject) for source in record.unheard]
    if record.customer:
        found.append(Entry(SUBJECT, record.customer, 0, record.subject))
    if record.asks or record.cases or (record.customer and record.messages):
        found += (*_contacts(machine, record), *_cases(record), *_waiting(machine, record))
    return tuple(found)


def _contacts(machine: Machine, record: Record) -> Iterable[Entry]:
    """Yield the messages that count as contacts of the customer: sent, confirmed, or reserved by a permit."""
    asked = {one.id: one for one in record.asks}
    for told in record.messages:
        if not LEFT.isdisjoint(told.phases):
            at = min(moment for phase, moment in told.phases.items() if phase in LEFT)
            if told.id in asked and (confirmed := asked[told.id].confirmed_at) is not None:
                at = min(at, confirmed)
            whose = asked[told.id].customer if told.id in asked else ""
            yield from _contact(machine, record, whose, at, told, None)
    gone = {told.id for told in record.messages if not LEFT.isdisjoint(told.phases) or "failed" in told.phases}
    for one in record.asks:
        if one.id in gone or one.revoked_at is not None or not one.sends:
            continue
        at = one.decided_at if one.confirmed_at is None else one.confirmed_at
        until = None if one.confirmed_at is not None else one.expires_at
        yield from _contact(machine, record, one.customer, at, one, until)


def _contact(
    machine: Machine, record: Record, whose: str, at: Micros, one: Told | Asked, until: Micros | None
) -> Iterable[Entry]:
    """Yield the entry of one contact: of the customer that the sender named, else of the subject's own, if any."""
    name = one.message if isinstance(one, Told) else one.sends
    key, message = whose or record.customer, machine.pack.messages.get(name)
    # A message that the pack no longer has may still stand among those that were asked for.
    if key and message is not None:
        yield Entry(
            CONTACT, key, at, record.subject, [at, one.id, record.subject, name, message.purpose, one.channel, until]
        )


def _cases(record: Record) -> Iterable[Entry]:
    """Yield the cases, by their ids and, while they are open, in the queue and at their customer."""
    for case in record.cases:
        body = [case.kind, case.about, case.id]
        if case.id:
            yield Entry(CASE, case.id, case.opened_at, record.subject, body)
        if case.closed_at is None:
            yield from (Entry(OPEN_CASE, key, case.opened_at, record.subject, body) for key in _keys(record, case))


def _keys(record: Record, case: Case) -> tuple[str, ...]:
    """Return under which keys an open case is found."""
    assert case.closed_at is None
    return ("", record.customer) if record.customer else ("",)


def _waiting(machine: Machine, record: Record) -> Iterable[Entry]:
    """Yield the messages whose decision may still change: by time alone, and by what becomes of the customer."""
    for one in record.asks:
        if one.confirmed_at is not None or one.revoked_at is not None or one.message not in machine.pack.messages:
            continue
        if one.outcome != "SUPPRESS" and one.customer:
            yield Entry(ASKING, one.customer, one.requested_at, record.subject, one.id)
        if one.recheck_at and one.outcome == "HOLD":
            yield Entry(WAITING, "", one.recheck_at, record.subject, one.id)
