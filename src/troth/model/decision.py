"""The gate's nouns: what is asked, why it was decided so, and the permit to say it.

Source: semantics of the gate; the outcomes are ordered by strictness, SEND < REPLACE < HOLD < SUPPRESS.
"""

from __future__ import annotations

from typing import Any, Final, Literal, TypeAlias

import msgspec

from troth.model.times import Micros

Outcome: TypeAlias = Literal["SEND", "REPLACE", "HOLD", "SUPPRESS"]

SEND: Final = "SEND"
REPLACE: Final = "REPLACE"
HOLD: Final = "HOLD"
SUPPRESS: Final = "SUPPRESS"
STRICTNESS: Final[tuple[Outcome, ...]] = ("SEND", "REPLACE", "HOLD", "SUPPRESS")

CheckName: TypeAlias = Literal["contact", "relevance", "truth", "action", "substance", "promise", "permit"]


def strictest(outcomes: tuple[Outcome, ...]) -> Outcome:
    """Return the strictest of some outcomes; of none, SEND.

    >>> strictest(("SEND", "HOLD", "REPLACE"))
    'HOLD'
    """
    return max(outcomes, key=STRICTNESS.index, default="SEND")


class Request(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """What a sender asks: may this message go to this customer now?

    Attributes:
        id: The message's own id, unique within the subject: asked again with the same id it is the same message.
        message: Its name in the pack.
        subject: What it is about.
        channel: Where it would go, such as `email`; empty: not said.
        customer: To whom, `customer/17`; empty: the subject's own customer.
        data: What it would say, as the template's variables: read by the substance and promise checks.
        requested_at: When it was first asked for; microseconds since 1970 UTC. HOLD is bounded from then on.
        tenant: Whose ledger.
    """

    id: str
    message: str
    subject: str
    channel: str = ""
    customer: str = ""
    data: dict[str, Any] = {}
    requested_at: Micros = 0
    tenant: str = "main"


class Reason(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One reason of a decision.

    Attributes:
        code: Stable code, G1xx contact, G2xx relevance, G3xx truth, G4xx action, G5xx substance, G6xx promise, G7xx
            permit; `troth explain` knows each.
        check: The check that gives it.
        outcome: What it asks for.
        text: In words, without personal data.
        about: The statement, action, fact, promise or case that it is about.
        evidence: Ids (`source/id`) of the events on which it rests.
        until: When time alone may take it away (quiet hours end, a count falls); `None`: time alone does not.
        fact: The fact that is not known, where that is the reason (G302, G303, G304).
    """

    code: str
    check: CheckName
    outcome: Outcome
    text: str
    about: str = ""
    evidence: tuple[str, ...] = ()
    until: Micros | None = None
    fact: str = ""


class Read(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A fact that a decision has read: name, status, value, and the event that said it (empty: silence)."""

    fact: str
    status: str
    value: Any
    event: str = ""


class Permit(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """Leave to say one message, until a moment or until what it rests on changes.

    Attributes:
        id: The message's id.
        subject, customer, message, channel: Of what is permitted; `message` is the replacement's of a REPLACE.
        issued_at: When; microseconds since 1970 UTC.
        expires_at: The first moment at which it is no longer valid: earliest of freshness, validity, quiet hours.
        version: Events of the subject's record that the decision saw.
        customer_version: Events of the customer's record that it saw.
        reads: The facts it rests on.
    """

    id: str
    subject: str
    message: str
    channel: str
    customer: str
    issued_at: Micros
    expires_at: Micros
    version: int
    customer_version: int
    reads: tuple[Read, ...] = ()


class Decision(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """The answer of the gate.

    Attributes:
        request: What was asked.
        outcome: SEND, REPLACE, HOLD or SUPPRESS.
        at: The moment of which it speaks.
        sends: The message that may go: the one asked for, or its replacement; empty when none may.
        reasons: All reasons of all checks, strictest first; of a SEND those that were looked at and passed are not
            listed.
        permit: The leave to send; `None` for HOLD and SUPPRESS.
        replacement: How the replacement was decided, when there was one.
        recheck_at: The next moment at which time alone may change the answer; `None`: only events can.
    """

    request: Request
    outcome: Outcome
    at: Micros
    sends: str = ""
    reasons: tuple[Reason, ...] = ()
    permit: Permit | None = None
    replacement: Decision | None = None
    recheck_at: Micros | None = None
