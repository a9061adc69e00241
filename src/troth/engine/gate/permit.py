"""Permits: what a SEND rests on, and until when."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from troth.engine.gate.look import read_of
from troth.engine.keep import counting_due
from troth.engine.machine import Machine
from troth.model.customer import quiet_hours
from troth.model.decision import Permit, Read
from troth.model.look import Look
from troth.model.message import Statement
from troth.model.rules import FactIndex
from troth.model.times import HOUR, Micros, next_local_minute

PERMIT_FOR: Final[Micros] = HOUR
"""The longest that a permit is valid: a queue that takes longer asks again."""


def permit_for(machine: Machine, look: Look) -> Permit:
    """Return the leave to send the look's message: the facts it rests on, and the earliest moment it ends."""
    facts = sorted(set(_facts(look)))
    reads = tuple(_read(look, index) for index in facts)
    return Permit(
        id=look.request.id,
        subject=look.request.subject,
        message=look.message.name,
        channel=look.request.channel,
        customer=look.customer.id,
        issued_at=look.now,
        expires_at=max(look.now + 1, min(_ends(machine, look, facts), look.now + PERMIT_FOR)),
        version=look.record.events,
        customer_version=look.customer.version,
        reads=reads,
    )


def _read(look: Look, index: FactIndex) -> Read:
    """Return a fact as it stands."""
    return read_of(look.pack.facts[index].name, look.record.facts[index])


def _facts(look: Look) -> Iterable[FactIndex]:
    """Yield the facts that the message rests on."""
    pack = look.pack
    message = look.message
    rules = [message.relevant_when, message.affects]
    for name in message.statements:
        statement = pack.statements[name]
        rules += [statement.true_when, statement.fails_when]
        rules += [pack.actions[action].available for action in statement.invites]
        if statement.promise is not None:
            rules.append(pack.promises[statement.promise].at_risk_when)
    for rule in rules:
        if rule is not None:
            yield from pack.rules.rules[rule].reads


def _ends(machine: Machine, look: Look, facts: Iterable[FactIndex]) -> Micros:
    """Return the earliest moment at which freshness, validity, a promise's due moment or quiet hours end the permit."""
    ends = [look.now + PERMIT_FOR]
    for index in facts:
        by, fresh_for = look.record.facts[index].by, machine.facts[index].fact.fresh_for
        if by is not None and fresh_for is not None:
            ends.append(by.occurred_at + fresh_for)
    for name in look.message.statements:
        statement: Statement = look.pack.statements[name]
        if statement.valid_for is not None:
            ends.append(look.now + statement.valid_for)
        if statement.promise is not None:
            kind = look.pack.promises[statement.promise].name
            dues = (counting_due(one) for one in look.record.promises if one.kind == kind and one.kept_at is None)
            ends += [due for due in dues if due is not None]
    hours = quiet_hours(look.pack.contact, look.customer, look.message, look.request.channel)
    if hours is not None and look.customer.zone is not None:
        ends.append(next_local_minute(look.now, look.customer.zone, hours[0]))
    return min(ends)
