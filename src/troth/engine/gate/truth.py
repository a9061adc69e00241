"""The truth check: every statement that the message makes is true."""

from __future__ import annotations

from troth.engine.gate.unknown import unknown
from troth.model.decision import REPLACE, SUPPRESS, Outcome, Reason
from troth.model.look import Look
from troth.model.message import Message, Statement
from troth.model.record import Record

CHECKING = "checking"
"""The purpose of messages that say only that we do not know: what is unknown does not hold them."""


def check_truth(look: Look) -> list[Reason]:
    """Return a reason for every statement that is false or not known to be true."""
    reasons: list[Reason] = []
    for name in look.message.statements:
        statement = look.pack.statements[name]
        truth = look.truth(name)
        if truth is True or _is_made_by(look, statement):
            continue
        if truth is False:
            outcome: Outcome = REPLACE if replacement_for_state(look.record, look.message) else SUPPRESS
            reasons.append(
                Reason("G301", "truth", outcome, f"statement_false: {name}", name, _evidence(look, statement))
            )
        elif look.message.purpose != CHECKING:
            rules = [rule for rule in (statement.true_when, statement.fails_when) if rule is not None]
            text = f"outcome_unknown: {name}: the promise that it states is not known to stand"
            reasons += unknown(look, "truth", "G305", text, name, rules)
    return reasons


def replacement_for_state(record: Record, message: Message) -> str:
    """Return the truthful message that the pack names for the present state; empty: none.

    While the state is unknown only what the pack names for any other state (`*`) will do.
    """
    state = record.states[-1].value if record.states else ""
    return message.replace.get(state) or message.replace.get("*", "")


def _is_made_by(look: Look, statement: Statement) -> bool:
    """Return whether the message itself makes the promise that the statement states, and nothing rules it out."""
    if statement.promise is None:
        return False
    kind = look.pack.promises[statement.promise]
    if look.message.name not in kind.made_by_message:
        return False
    standing = any(one.kind == kind.name for one in look.record.promises)
    return not standing and look.rule(statement.fails_when, default=False) is False


def _evidence(look: Look, statement: Statement) -> tuple[str, ...]:
    """Return the events of the facts that make a statement false."""
    rules = [rule for rule in (statement.true_when, statement.fails_when) if rule is not None]
    if statement.promise is not None:
        rules.append(look.pack.promises[statement.promise].kept_when)
    found = {read.event: None for rule in rules for read in look.reads(rule) if read.status == "known" and read.event}
    return tuple(found)
