"""What the gate would have decided about a message that left, over the record as known then.

A history rarely holds the variables of a message. Reasons that only say that a variable is not there are left out:
that is a gap in the data, not a fault of the message.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from troth.engine.gate import CHECKS, decide
from troth.engine.machine import Machine
from troth.model.customer import Customer
from troth.model.decision import Decision, Reason, Request
from troth.model.look import Check, Look
from troth.model.record import Record, Told
from troth.model.times import Micros

Whose: TypeAlias = Callable[[Record, Request, Micros], tuple[Customer, Sequence[Check]]]
"""Tells who a message was for, as known then, and which checks can be made of it."""

_VAGUE: Final = "G506"
_NO_DATE: Final = "G601"


def nobody(record: Record, request: Request, now: Micros) -> tuple[Customer, Sequence[Check]]:  # noqa: ARG001 - a `Whose`
    """Return a customer of whom nothing is known, and the pack's own checks: whether to contact them is not judged."""
    return Customer(request.customer), CHECKS


def decision_of(
    machine: Machine, record: Record, told: Told, moment: Micros, said: Mapping[str, Any], whose: Whose
) -> Decision:
    """Return what the gate would have decided.

    Args:
        machine: The pack, prepared.
        record: The subject's record as known at that moment, without the message's own receipts.
        told: The message.
        moment: When it left.
        said: The variables of the message, as far as they are known.
        whose: Tells the customer and the checks.
    """
    asked = next((one for one in record.asks if one.id == told.id), None)
    request = Request(
        id=told.id,
        message=told.message,
        subject=record.subject,
        channel=told.channel,
        customer=record.customer if asked is None or not asked.customer else asked.customer,
        data={**said, **({} if asked is None else asked.data)},
        requested_at=min(moment, told.phases.get("requested", moment) if asked is None else asked.requested_at),
        tenant=record.tenant,
    )
    customer, checks = whose(record, request, moment)
    return decide(machine, record, customer, request, moment, [_lenient(check) for check in checks])


def _lenient(check: Check) -> Check:
    """Return a check that says nothing of variables that the history does not hold."""

    def checked(look: Look) -> Sequence[Reason]:
        """Return the reasons that rest on what is known."""
        reasons = check(look)
        return [reason for reason in reasons if not _is_gap(look, reason)] if reasons else reasons

    return checked


def _is_gap(look: Look, reason: Reason) -> bool:
    """Return whether a reason only says that the history lacks a variable."""
    data = look.request.data
    if reason.code == _VAGUE:
        return reason.about not in data
    return reason.code == _NO_DATE and not any(name in data for name in look.message.reads)
