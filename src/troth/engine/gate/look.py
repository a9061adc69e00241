"""Record and request → look: everything that the checks of one message read, evaluated once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from troth.engine.align import truth_of
from troth.engine.machine import Machine
from troth.model.customer import Customer
from troth.model.decision import Read, Request
from troth.model.look import Look
from troth.model.record import FactView, Record
from troth.model.times import Micros
from troth.model.truth import Truth


def evaluated(machine: Machine, record: Record, now: Micros) -> Sequence[Any]:
    """Return the value of every rule of a record at `now`; the record has been brought to `now` before."""
    values, stale, observed_at = [], [], []
    for view in record.facts:
        status = view.status
        values.append(view.value if status == "known" else None)
        stale.append(status == "stale")
        observed_at.append(0 if view.by is None else view.by.occurred_at)
    return machine.evaluate(values, stale, observed_at, now)


def look_at(
    machine: Machine,
    record: Record,
    customer: Customer,
    request: Request,
    now: Micros,
    *,
    results: Sequence[Any] | None = None,
) -> Look:
    """Return the look that the checks of a request's message take.

    Args:
        machine: The pack, prepared.
        record: The subject's record, brought to `now`.
        customer: To whom.
        request: What is asked; its message is one of the pack's.
        now: The moment.
        results: The values of the rules, when they have been worked out for this record and moment.
    """
    pack = machine.pack
    values = evaluated(machine, record, now) if results is None else results

    def truth(name: str) -> Truth:
        """Return whether a statement is true to say now."""
        return truth_of(machine, pack.statements[name], values, record.promises, anew=True)

    def reads(rule: int) -> tuple[Read, ...]:
        """Return the facts that a rule reads, as they stand."""
        return tuple(read_of(pack.facts[index].name, record.facts[index]) for index in pack.rules.rules[rule].reads)

    return Look(
        pack=pack,
        record=record,
        customer=customer,
        request=request,
        message=pack.messages[request.message],
        now=now,
        results=values,
        truth=truth,
        reads=reads,
    )


def read_of(name: str, view: FactView) -> Read:
    """Return a fact as a decision has read it."""
    return Read(name, view.status, view.value, "" if view.by is None else f"{view.by.source}/{view.by.event_id}")
