"""The promise check: the date that the message states is the one that stands, and it can be kept."""

from __future__ import annotations

from troth.engine.gate.truth import replacement_for_state
from troth.engine.gate.unknown import unknown
from troth.model.decision import HOLD, REPLACE, SUPPRESS, Outcome, Reason
from troth.model.look import Look
from troth.model.pack import PromiseKind
from troth.model.times import format_instant


def check_promise(look: Look) -> list[Reason]:
    """Return a reason for every promise that the message states wrongly, or that will hardly be kept."""
    reasons: list[Reason] = []
    for name in look.message.statements:
        promise = look.pack.statements[name].promise
        if promise is not None:
            kind = look.pack.promises[promise]
            reasons += _date(look, kind)
            reasons += _risk(look, kind)
    return reasons


def _date(look: Look, kind: PromiseKind) -> list[Reason]:
    """Return why the date that the message states is not the promise's."""
    if look.message.due is None:
        return []
    said = look.message.due(look.request.data)
    if not isinstance(said, int) or isinstance(said, bool):
        text = f"no_date: {kind.name}: the message has to state its moment, and its data carry none that can be read"
        return [Reason("G601", "promise", SUPPRESS, text, kind.name)]
    dues = [one.windows[-1].due for one in look.record.promises if one.kind == kind.name]
    if not dues and look.message.name in kind.made_by_message:
        return [] if said > look.now else [_late(kind)]
    if said in dues:
        return []
    stands = ", ".join(format_instant(due) for due in dues if due is not None) or "none"
    text = f"other_date: {kind.name}: the message says {format_instant(said)}, the promise is {stands}"
    return [Reason("G602", "promise", _or_replaced(look, SUPPRESS), text, kind.name)]


def _late(kind: PromiseKind) -> Reason:
    """Return the reason against a promise for the past."""
    text = f"past_date: {kind.name}: the moment that the message promises has passed"
    return Reason("G605", "promise", SUPPRESS, text, kind.name)


def _risk(look: Look, kind: PromiseKind) -> list[Reason]:
    """Return why a promise that is open must not be stated: it will hardly be kept."""
    if kind.at_risk_when is None or any(
        one.kind == kind.name and one.kept_at is not None for one in look.record.promises
    ):
        return []
    risk = look.rule(kind.at_risk_when)
    if risk is False:
        return []
    if risk is None:
        text = f"risk_unknown: {kind.name}: nobody knows whether it can still be kept"
        return unknown(look, "promise", "G604", text, kind.name, (kind.at_risk_when,))
    text = f"at_risk: {kind.name}: it will hardly be kept"
    return [Reason("G603", "promise", _or_replaced(look, HOLD), text, kind.name)]


def _or_replaced(look: Look, otherwise: Outcome) -> Outcome:
    """Return REPLACE where the pack has a truthful message for the state, else the other outcome."""
    return REPLACE if replacement_for_state(look.record, look.message) else otherwise
