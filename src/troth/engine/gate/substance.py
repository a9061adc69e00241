"""The substance check: the message tells this customer something."""

from __future__ import annotations

from typing import Final

from troth.engine.gate.unknown import unknown
from troth.engine.keep import counting_due
from troth.model.decision import SUPPRESS, Reason
from troth.model.look import Look
from troth.model.record import Asked, Told
from troth.model.times import DAY, Micros

ON_ITS_WAY_FOR: Final[Micros] = DAY
"""How long a message that was handed over is awaited: a sender may have died, and a channel may have no receipts."""


def check_substance(look: Look) -> list[Reason]:
    """Return the reasons for which the message would say nothing to this customer."""
    reasons = [] if look.message.reminder else _said_already(look)
    rule = look.message.affects
    affected = look.rule(rule)
    if affected is False:
        reasons.append(Reason("G504", "substance", SUPPRESS, "not_affected: this subject is not affected", ""))
    elif affected is None and rule is not None:
        reasons += unknown(look, "substance", "G505", "affected_unknown: nobody knows whether it is", "", (rule,))
    reasons += [
        Reason("G506", "substance", SUPPRESS, f"vague: {name}: a notice has to say it", name)
        for name in look.message.must_say
        if look.request.data.get(name) in (None, "", [], {})
    ]
    return reasons


def _said_already(look: Look) -> list[Reason]:
    """Return why the message is not new: told, or on its way.

    Two senders may hold a permit for one message: the first to confirm it sends it, and the other is refused then.
    """
    record, message = look.record, look.message
    for asked in record.asks:
        if asked.id == look.request.id or asked.sends != message.name or asked.revoked_at is not None:
            continue
        handed_over = asked.confirmed_at is not None and look.now < asked.confirmed_at + ON_ITS_WAY_FOR
        if handed_over and _is_on_its_way(record.messages, asked):
            text = f"on_its_way: {message.name}: it was handed over as {asked.id}, and has not come to count as told"
            return [Reason("G503", "substance", SUPPRESS, text, asked.id)]
    if _is_believed(look):
        text = f"nothing_new: {message.name}: the customer knows it already"
        return [Reason("G501", "substance", SUPPRESS, text, message.name)]
    return []


def _is_believed(look: Look) -> bool:
    """Return whether the customer believes all that the message states, as it stands now."""
    beliefs = {belief.statement: belief.told_at for belief in look.record.beliefs}
    for name in look.message.statements:
        told_at = beliefs.get(name)
        if told_at is None:
            return False
        promise = look.pack.statements[name].promise
        if promise is not None:
            kind = look.pack.promises[promise].name
            # A due moment that was given after the telling is news; so is one that a slip has put aside.
            for one in look.record.promises:
                last = one.windows[-1]
                if one.kind == kind and (last.given_at > told_at or last.due != counting_due(one)):
                    return False
    return True


def _is_on_its_way(messages: tuple[Told, ...], asked: Asked) -> bool:
    """Return whether a message that was handed over has neither been told nor failed, and nothing came after it."""
    for told in messages:
        if told.id == asked.id:
            return told.told_at is None and "failed" not in told.phases
        if told.told_at is not None and asked.confirmed_at is not None and told.told_at > asked.confirmed_at:
            return False
    return True
