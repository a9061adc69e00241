"""The action check: what the message invites can be done now."""

from __future__ import annotations

from troth.engine.gate.truth import CHECKING
from troth.engine.gate.unknown import held_until, unknown
from troth.model.decision import HOLD, SUPPRESS, Outcome, Reason
from troth.model.look import Look


def check_action(look: Look) -> list[Reason]:
    """Return a reason for every invited action that cannot be done, or of which nobody knows.

    An invitation that cannot be followed waits until it can, as long as the message may be held.
    """
    reasons: list[Reason] = []
    for name in look.message.statements:
        for action in look.pack.statements[name].invites:
            rule = look.pack.actions[action].available
            available = look.rule(rule)
            if available is False:
                until = held_until(look)
                over = until is not None and look.now >= until
                outcome: Outcome = SUPPRESS if over else HOLD
                text = f"action_not_available: {action}: the customer would be invited to what cannot be done"
                reasons.append(Reason("G401", "action", outcome, text, action, (), None if over else until))
            elif available is None and rule is not None and look.message.purpose != CHECKING:
                text = f"action_unknown: {action}: nobody knows whether it can be done"
                reasons += unknown(look, "action", "G402", text, action, (rule,))
    return reasons
