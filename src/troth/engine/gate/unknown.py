"""What is not known holds: the reasons of every check whose condition is unknown."""

from __future__ import annotations

from collections.abc import Iterable

from troth.model.decision import HOLD, REPLACE, SUPPRESS, CheckName, Outcome, Read, Reason
from troth.model.look import Look
from troth.model.times import Micros

_CODES = {"missing": "G302", "stale": "G303", "disputed": "G304"}
_WORDS = {
    "missing": "fact_missing: {}: nobody who knows has said, or is heard",
    "stale": "fact_stale: {}: what was said is too old to count",
    "disputed": "fact_disputed: {}: sources of equal authority differ",
}


def held_until(look: Look) -> Micros | None:
    """Return until when the message may be held for want of a fact; `None`: without end."""
    limit = look.message.hold_for
    return None if limit is None else look.request.requested_at + limit


def unknown(look: Look, check: CheckName, code: str, text: str, about: str, rules: Iterable[int]) -> list[Reason]:
    """Return why a condition is unknown: one reason a fact that is not known, else one in words.

    While the message may still be held they ask for HOLD. Once it has been held for as long as its class allows, they
    ask for its honest "we are checking" (REPLACE), or, where the pack has none, for SUPPRESS.
    """
    outcome: Outcome = HOLD
    until = held_until(look)
    if until is not None and look.now >= until:
        outcome, until = (REPLACE if look.message.meanwhile else SUPPRESS), None
    found: dict[str, Read] = {}
    for rule in rules:
        for read in look.reads(rule):
            if read.status != "known":
                found.setdefault(read.fact, read)
    if not found:
        return [Reason(code, check, outcome, text, about, (), until)]
    return [
        Reason(
            _CODES[read.status],
            check,
            outcome,
            _WORDS[read.status].format(read.fact),
            about,
            (read.event,) if read.event else (),
            until,
            read.fact,
        )
        for read in found.values()
    ]
