"""The relevance check: one voice. No survey during or after a known failure, no offer for what is done."""

from __future__ import annotations

from troth.engine.gate.unknown import unknown
from troth.model.decision import SUPPRESS, Reason
from troth.model.look import Look
from troth.model.record import Promise, Record

VOLUNTARY = frozenset({"survey", "offer"})
"""Purposes that a customer in trouble must be spared."""


def check_relevance(look: Look) -> list[Reason]:
    """Return the reasons for which the message would be pointless, or out of place."""
    reasons = _spared(look) if look.message.purpose in VOLUNTARY else []
    rule = look.message.relevant_when
    relevant = look.rule(rule)
    if relevant is False:
        text = f"pointless: {look.message.name}: what it is for is over, or done"
        reasons.append(Reason("G204", "relevance", SUPPRESS, text, look.message.name))
    elif relevant is None and rule is not None:
        text = f"relevance_unknown: {look.message.name}"
        reasons += unknown(look, "relevance", "G205", text, look.message.name, (rule,))
    return reasons


def _spared(look: Look) -> list[Reason]:
    """Return the known failures that the customer has not recovered from."""
    record = look.record
    reasons = [
        Reason("G201", "relevance", SUPPRESS, f"case_open: {case.kind}: a known failure is not closed", case.kind)
        for case in record.cases
        if case.closed_at is None
    ]
    alignment = record.alignment[-1].value if record.alignment else ""
    if alignment in ("ahead", "stuck"):
        text = f"{alignment}: what the customer believes does not agree with what is so"
        reasons.append(Reason("G202", "relevance", SUPPRESS, text, alignment))
    reasons += [
        Reason(
            "G203", "relevance", SUPPRESS, f"promise_lapsed: {one.kind}: {one.renegotiated}, not put right", one.kind
        )
        for one in record.promises
        if one.renegotiated in ("late", "broken") and not _recovered(record, one, look)
    ]
    reasons += [
        Reason("G206", "relevance", SUPPRESS, "case_open_elsewhere: another subject of the customer is in trouble", one)
        for one in look.customer.troubled
        if one != record.subject
    ]
    return reasons


def _recovered(record: Record, promise: Promise, look: Look) -> bool:
    """Return whether a lapsed promise has a case that has been closed, and not before it was put right (unclean)."""
    kinds = {
        kind.name
        for kind in look.pack.cases
        if kind.lapse_of is not None and look.pack.promises[kind.lapse_of].name == promise.kind
    }
    return any(
        case.kind in kinds and case.about == promise.key and case.closed_at is not None and case.closed_as != "unclean"
        for case in record.cases
    )
