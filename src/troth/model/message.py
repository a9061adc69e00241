"""What a firm can say: statements, and the messages that carry them."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from troth.model.rules import Extract, RuleIndex
from troth.model.times import Micros


class Statement(msgspec.Struct, frozen=True):
    """A proposition that a message puts into the customer's mind.

    Attributes:
        name: Its name.
        about: Its topic; a later statement on the same topic replaces it.
        true_when: Rule; `None` for a promising statement, which is true while its promise is open or kept.
        promise: Index of the promise kind that it states; `None`: it promises nothing.
        fails_when: Rule: known to be impossible; `None`: none.
        valid_for: How long the customer may be taken to believe it; `None`: until replaced.
        invites: Names of the actions it invites.
        title: In words.
    """

    name: str
    about: str
    true_when: RuleIndex | None = None
    promise: int | None = None
    fails_when: RuleIndex | None = None
    valid_for: Micros | None = None
    invites: tuple[str, ...] = ()
    title: str = ""


class Message(msgspec.Struct, frozen=True):
    """A message and what it says.

    Attributes:
        name: Its name.
        purpose: `inform`, `promise`, `survey`, `offer`, `checking`, `apology`, `legal`.
        statements: Names of the statements it carries.
        told_at: Channel name → phase of the receipt that counts as told (`sent`, `delivered`, `read`); `*`: any other.
        replace: State name → message to send instead when this one is not true; `*`: any other state.
        title: In words.
        fail: What a sender does when the gate cannot be reached: `closed` (does not send) or `open` (sends and meters).
            Empty: the message is not gated, and one that leaves without a permit is no bypass.
        hold_for: How long it may be held for want of a fact, from the first request on; `None`: without end.
        meanwhile: The honest "we are checking" to send when it has been held that long; empty: it is suppressed.
        consent: The consent that it needs, such as `survey`; empty: none.
        urgent: True when quiet hours and limits do not hold it.
        relevant_when: Rule: false makes it pointless (an offer for what is done, a survey into a closed channel);
            `None`: always relevant.
        affects: Rule: this subject is affected by what it says (a notice to many); `None`: always.
        must_say: Members that its data have to carry, not empty: cause, next step, the time of the next word.
        reminder: True when it may say again what the customer believes already.
        due: The moment that it states, taken from its data, to be held against the promise; `None`: it states none.
        reads: Members of its data that `due` reads; `*`: any. No other value is kept with a decision.
    """

    name: str
    purpose: str
    statements: tuple[str, ...]
    told_at: Mapping[str, str] = {}
    replace: Mapping[str, str] = {}
    title: str = ""
    fail: str = ""
    hold_for: Micros | None = None
    meanwhile: str = ""
    consent: str = ""
    urgent: bool = False
    relevant_when: RuleIndex | None = None
    affects: RuleIndex | None = None
    must_say: tuple[str, ...] = ()
    reminder: bool = False
    due: Extract | None = None
    reads: tuple[str, ...] = ()
