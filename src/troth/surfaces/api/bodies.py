"""What answers hold. Moments are RFC 3339 text; what is not known is null.

The server writes these and the client reads them. A member that is added has a default: a client may be newer than the
server that it speaks with.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from troth.surfaces.api.wire import Moment


class FoundProblem(Struct, frozen=True):
    """One thing that is not right.

    Attributes:
        code: Stable code; `GET /v1/explain/{code}` says more.
        place: Where: an event's source and id, a field of the body, a parameter.
        found: What stands there.
        expected: What should stand there.
        remedy: What to do about it.
    """

    code: str
    place: str
    found: str
    expected: str = ""
    remedy: str = ""


class ProblemDetails(Struct, frozen=True, omit_defaults=True):
    """A problem by RFC 9457.

    Attributes:
        type: Stable relative reference to its page.
        title: What is wrong, the same for every occurrence.
        status: The status code.
        detail: What is wrong this time.
        instance: This occurrence; also in the server's log.
        retryable: Whether the same request may succeed later.
        problems: Everything that is wrong, each with its place.
        idempotency_key: The key that was sent, when the problem is about it.
        specification: The section of the specification that asks for this answer.
        quarantined: How many events were kept in quarantine.
    """

    type: str
    title: str
    status: int
    detail: str
    instance: str
    retryable: bool
    problems: list[FoundProblem]
    idempotency_key: str | None = None
    specification: str | None = None
    quarantined: int | None = None


class Taken(Struct, frozen=True):
    """What became of events or receipts. It is durable by the time it is answered.

    Attributes:
        accepted: New events.
        duplicates: Known already, with the same content.
        conflicts: Known with another content: the one that lost is in quarantine.
        quarantined: Refused, and kept with the reason.
        subjects: Distinct subjects among the accepted.
        problems: Why some were refused.
    """

    accepted: int
    duplicates: int
    conflicts: int
    quarantined: int
    subjects: int
    problems: list[FoundProblem] = []


class ReasonBody(Struct, frozen=True):
    """One reason of a decision.

    Attributes:
        code: Stable code.
        check: The check that gives it.
        outcome: What it asks for.
        text: In words.
        about: The statement, action, fact, promise or case that it is about.
        evidence: The events on which it rests, as `source/id`.
        until: When time alone may take it away.
    """

    code: str
    check: str
    outcome: str
    text: str
    about: str
    evidence: list[str]
    until: Moment | None


class PermitBody(Struct, frozen=True):
    """Leave to say one message: confirm it just before hand-over.

    Attributes:
        id: The message's own id.
        message: What may be said; of a REPLACE the replacement.
        channel: Where.
        customer: To whom.
        issued_at: When it was given.
        expires_at: The first moment at which it is no longer valid.
    """

    id: str
    message: str
    channel: str
    customer: str
    issued_at: Moment
    expires_at: Moment | None


class DecisionBody(Struct, frozen=True):
    """The gate's answer.

    Attributes:
        id: The message's own id.
        subject: What it is about.
        message: What was asked for.
        outcome: SEND, REPLACE, HOLD or SUPPRESS.
        sends: The message that may go; empty when none may.
        at: The moment of which it speaks.
        reasons: All reasons of all checks, strictest first.
        permit: The leave to send; null for HOLD and SUPPRESS.
        replacement: How the replacement was decided, when there was one.
        recheck_at: The next moment at which time alone may change the answer.
    """

    id: str
    subject: str
    message: str
    outcome: str
    sends: str
    at: Moment
    reasons: list[ReasonBody]
    permit: PermitBody | None
    replacement: DecisionBody | None
    recheck_at: Moment | None


class UsedBody(Struct, frozen=True):
    """The confirmation of a permit that counted: there is one, however often a permit is confirmed.

    Attributes:
        id: The message's own id.
        sends: What was permitted: the message asked for, or its replacement.
        channel: Where.
        at: When it was confirmed.
    """

    id: str
    sends: str
    channel: str
    at: Moment


class ConfirmedBody(Struct, frozen=True):
    """Whether a message may be handed over now.

    Attributes:
        ok: True: hand it over. It is never confirmed a second time.
        code: Why not: G701 no permit, G702 expired, G703 revoked, G704 confirmed before, G705 decided otherwise now,
            G706 confirmed before, and the hand-over failed.
        decision: The decision that stands now.
        detail: Why not, in words; empty when ok.
        used: The confirmation that counted: this one when ok, the former one with G704 and G706; null otherwise.
    """

    ok: bool
    code: str
    decision: DecisionBody | None
    detail: str = ""
    used: UsedBody | None = None


class AskedBody(Struct, frozen=True):
    """A message that was put to the gate, as its standing decision tells.

    Attributes:
        id: The message's own id.
        subject: What it is about.
        message: What was asked for.
        channel: Where it would go.
        customer: To whom.
        outcome: SEND, REPLACE, HOLD or SUPPRESS.
        sends: What may go; empty when nothing may.
        codes: Codes of its reasons.
        requested_at: When it was first asked for.
        decided_at: When the standing decision was made.
        expires_at: Until when its permit is valid.
        confirmed_at: When its permit was used.
        revoked_at: When its permit was withdrawn.
    """

    id: str
    subject: str
    message: str
    channel: str
    customer: str
    outcome: str
    sends: str
    codes: list[str]
    requested_at: Moment | None
    decided_at: Moment | None
    expires_at: Moment | None
    confirmed_at: Moment | None
    revoked_at: Moment | None


class WindowBody(Struct, frozen=True):
    """A window that is kept with a stated probability.

    Attributes:
        subject: Whose; null: of a subject that nobody has heard of yet.
        kind: Kind of promise.
        made_at: When it is promised.
        start: Its beginning; where only the end is promised, the making.
        end: Its end, exclusive.
        basis: What it rests on: method, level, segment, number of cases, as of when, digest, coverage on later data.
        counts: Of a promise that was made how its window counts, `first` or `slip`; empty: none was made.
    """

    subject: str | None
    kind: str
    made_at: Moment
    start: Moment
    end: Moment
    basis: dict[str, Any]
    counts: str = ""


class CaseBody(Struct, frozen=True):
    """A service failure and how far its repair is.

    Attributes:
        id: Its id.
        subject: Whose.
        kind: Its kind.
        title: The kind in words.
        about: The promise, topic, fact or complaint that it is about.
        stage: open, owned, informed, remedied or closed.
        detected_by: system, associate or customer.
        owner: Who has it; empty: nobody.
        opened_at, broke_at, owned_at, informed_at, remedied_at, closed_at: The legs; null: not yet, or not known.
        closed_as: clean, unclean or void; empty while it is open.
        reopened_at: When it was open again.
    """

    id: str
    subject: str
    kind: str
    title: str
    about: str
    stage: str
    detected_by: str
    owner: str
    opened_at: Moment | None
    broke_at: Moment | None
    owned_at: Moment | None
    informed_at: Moment | None
    remedied_at: Moment | None
    closed_at: Moment | None
    closed_as: str
    reopened_at: list[Moment | None]


class OpenCase(Struct, frozen=True):
    """A line of the queue of cases.

    Attributes:
        case: The case.
        harm: Severity times people times time times value at stake: the order of the queue.
        factors: The four, by name.
        wrong: What is wrong, in one sentence.
    """

    case: CaseBody
    harm: float
    factors: dict[str, float]
    wrong: str


class CasePage(Struct, frozen=True):
    """Open cases, worst harm first.

    Attributes:
        items: The lines.
        next: Cursor of the next page; null: this is the last.
    """

    items: list[OpenCase]
    next: str | None
