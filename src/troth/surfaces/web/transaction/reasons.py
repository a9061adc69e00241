"""Reasons of the gate in words, with the page of their code."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from troth.codes import Page
from troth.model.decision import Decision, Reason
from troth.surfaces.pages import code_pages
from troth.surfaces.web.transaction.matter import Matter

Row = dict[str, Any]

OUTCOMES: Final = {
    "SEND": ("well", "May go"),
    "REPLACE": ("late", "Would be replaced"),
    "HOLD": ("unknown", "Would be held back"),
    "SUPPRESS": ("contradiction", "Would not be sent"),
}
"""Outcome → shape and words."""
_SAYS: Final = {
    "SEND": "It may go now: “{message}”.",
    "REPLACE": "Not this, but “{sends}” may go: it says what is so.",
    "HOLD": "It would be held back until it is known to be true and welcome: “{message}”.",
    "SUPPRESS": "It would not be sent: “{message}”.",
}
_LACKS: Final = "Fill in what it has to say, and look again: “{message}”."
_CHECKS: Final = {
    "contact": "May this customer be contacted so, now?", "relevance": "Does it concern them?", "truth": "Is it so?",
    "action": "Can they do what it invites?", "substance": "Does it tell them something?",
    "promise": "Can its date be relied on?", "permit": "Is the leave good?",
}  # fmt: skip


LACKING: Final = frozenset({"G506", "G601"})
"""Codes of what somebody can still fill in."""


def title_of(code: str) -> str:
    """Return what a code means, in a few words; the code itself where it has no page."""
    page = _pages().get(code)
    return page.title if page is not None else code


@lru_cache(maxsize=1)
def _pages() -> Mapping[str, Page]:
    """Return the pages of all codes."""
    return code_pages()


def verdict(matter: Matter, decision: Decision) -> Row:
    """Return what the gate says of a message, with all reasons.

    Returns:
        `outcome`, its `word` and `tone`, what it `says`, whether only words are `lacking`, the message that
        `sends`, `reasons` (`code`, `check`, `asks`, `word`, `tone`, `title`, `text`, `until`), the moment
        `again_at` which it is looked at again, and the verdict on the `replacement`, or null.
    """
    tone, word = OUTCOMES[decision.outcome]
    lacking = decision.outcome == "SUPPRESS" and {reason.code for reason in decision.reasons} <= LACKING
    if lacking:
        tone, word = "open", "Not complete yet"
    message, sends = matter.message(decision.request.message), matter.message(decision.sends)
    inner = decision.replacement
    return {
        "outcome": decision.outcome,
        "word": word,
        "tone": tone,
        "says": (_LACKS if lacking else _SAYS[decision.outcome]).format(message=message, sends=sends),
        "lacking": lacking,
        "message": decision.request.message,
        "title": message,
        "sends": decision.sends,
        "sends_title": sends if decision.sends else "",
        "reasons": [_reason(matter, reason) for reason in decision.reasons],
        "again_at": matter.moments.text(decision.recheck_at),
        "replacement": None if inner is None else verdict(matter, inner),
    }


def _reason(matter: Matter, reason: Reason) -> Row:
    """Return one reason."""
    tone, word = OUTCOMES[reason.outcome]
    return {
        "code": reason.code,
        "check": reason.check,
        "asks": _CHECKS[reason.check],
        "outcome": reason.outcome,
        "word": word,
        "tone": tone,
        "title": title_of(reason.code),
        "text": _plain(matter, reason),
        "until": matter.moments.text(reason.until),
        "evidence": list(reason.evidence),
    }


def _plain(matter: Matter, reason: Reason) -> str:
    """Return what a reason is about, in words; empty: its title says it all."""
    name = reason.fact or reason.about
    if not name:
        return ""
    if reason.check in ("truth", "promise") and name in matter.pack.statements:
        return matter.statement(name)
    return matter.topic(name)
