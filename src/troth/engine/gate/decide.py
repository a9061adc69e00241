"""The decision: all checks run, all reasons are reported, the strictest outcome wins.

SEND < REPLACE < HOLD < SUPPRESS. A replacement is itself decided by all checks, once; if it is not SEND, its outcome
stands. A SEND carries a permit.

Source: 2-semantics, The gate.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from msgspec.structs import replace

from troth.engine.gate.action import check_action
from troth.engine.gate.look import evaluated, look_at
from troth.engine.gate.permit import permit_for
from troth.engine.gate.promise import check_promise
from troth.engine.gate.relevance import check_relevance
from troth.engine.gate.substance import check_substance
from troth.engine.gate.truth import check_truth, replacement_for_state
from troth.engine.machine import Machine
from troth.model.customer import Customer
from troth.model.decision import (
    HOLD,
    REPLACE,
    SEND,
    STRICTNESS,
    SUPPRESS,
    Decision,
    Outcome,
    Reason,
    Request,
    strictest,
)
from troth.model.look import Check, Look
from troth.model.record import Record
from troth.model.times import Micros

CHECKS: Final[tuple[Check, ...]] = (check_relevance, check_truth, check_action, check_substance, check_promise)
"""The checks that a pack compiles to; the contact check is the customers' own, and goes before them."""

_WANTING: Final = frozenset({"G302", "G303", "G304", "G305", "G205", "G402", "G505", "G604"})
"""Reasons for want of knowledge: past its time such a message is replaced by `meanwhile`, not by the state's."""


def decide(
    machine: Machine,
    record: Record,
    customer: Customer,
    request: Request,
    now: Micros,
    checks: Sequence[Check] = CHECKS,
) -> Decision:
    """Decide about one message.

    Args:
        machine: The pack, prepared.
        record: The subject's record, brought to `now`, with every event that was acknowledged.
        customer: To whom.
        request: What is asked; its message is one of the pack's.
        now: The moment; microseconds since 1970 UTC.
        checks: All that run, in the order of reporting.
    """
    results = evaluated(machine, record, now)
    look = look_at(machine, record, customer, request, now, results=results)
    reasons = _reasons(look, checks)
    outcome = strictest(tuple(reason.outcome for reason in reasons))
    if outcome == SEND:
        return Decision(request, SEND, now, request.message, reasons, permit_for(machine, look))
    if outcome == REPLACE:
        return _replaced(machine, look, reasons, checks, results)
    return Decision(request, outcome, now, "", reasons, recheck_at=_recheck(reasons, outcome))


def _reasons(look: Look, checks: Sequence[Check]) -> tuple[Reason, ...]:
    """Return the reasons of all checks, the strictest first."""
    found = [reason for check in checks for reason in check(look)]
    return tuple(sorted(found, key=lambda reason: -STRICTNESS.index(reason.outcome)))


def _replaced(
    machine: Machine, look: Look, reasons: tuple[Reason, ...], checks: Sequence[Check], results: Sequence[Any]
) -> Decision:
    """Return the decision that sends another message instead, if that one may go."""
    name = _replacement(look, reasons)
    other = look_at(machine, look.record, look.customer, replace(look.request, message=name), look.now, results=results)
    second = _reasons(other, checks)
    outcome = strictest(tuple(reason.outcome for reason in second))
    if outcome == SEND:
        permit = permit_for(machine, other)
        inner = Decision(other.request, SEND, look.now, name, second, permit)
        return Decision(look.request, REPLACE, look.now, name, reasons, permit, inner)
    # Replaced once only: what would have to be replaced again is not said at all.
    stands: Outcome = HOLD if outcome == HOLD else SUPPRESS
    inner = Decision(other.request, outcome, look.now, "", second)
    return Decision(look.request, stands, look.now, "", reasons, replacement=inner, recheck_at=_recheck(second, stands))


def _replacement(look: Look, reasons: Sequence[Reason]) -> str:
    """Return the message to send instead: the state's where something is false, else the honest "we are checking"."""
    asked = [reason for reason in reasons if reason.outcome == REPLACE]
    wanting = all(reason.code in _WANTING for reason in asked)
    return look.message.meanwhile if wanting else replacement_for_state(look.record, look.message)


def _recheck(reasons: Sequence[Reason], outcome: str) -> Micros | None:
    """Return when time alone may change a HOLD: the earliest moment that one of its reasons names."""
    if outcome != HOLD:
        return None
    return min((reason.until for reason in reasons if reason.until is not None), default=None)
