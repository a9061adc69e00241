"""What answers hold. Moments are RFC 3339 text; what is not known is null."""

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


class ConfirmedBody(Struct, frozen=True):
    """Whether a message may be handed over now.

    Attributes:
        ok: True: hand it over. It is never confirmed a second time.
        code: Why not: G701 no permit, G702 expired, G703 revoked, G704 confirmed before, G705 decided otherwise now.
        decision: The decision that stands now.
    """

    ok: bool
    code: str
    decision: DecisionBody | None


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


class QuarantinePage(Struct, frozen=True):
    """What could not be accepted, by id.

    Attributes:
        items: Refusals: id, kind, code, reason, place, pack, heard_at, and what came (`raw`).
        next: Cursor of the next page; null: this is the last.
    """

    items: list[dict[str, Any]]
    next: str | None


class ReplayedBody(Struct, frozen=True):
    """What a replay did.

    Attributes:
        tried: Judged again.
        released: Left quarantine (or are on their way again).
        accepted: New events among them.
    """

    tried: int
    released: int
    accepted: int


class DeliveryBody(Struct, frozen=True):
    """Something on its way to the world outside.

    Attributes:
        id: Its id.
        destination: Where it goes.
        topic: What it is.
        subject: Whose.
        state: waiting, delivered or dead.
        attempts: How many attempts have failed.
        arose_at: When it arose.
        due_at: When the next attempt is due.
        error: What the last attempt met.
    """

    id: str
    destination: str
    topic: str
    subject: str
    state: str
    attempts: int
    arose_at: Moment | None
    due_at: Moment | None
    error: str


class DeliveryPage(Struct, frozen=True):
    """Deliveries, by id.

    Attributes:
        items: The deliveries.
        next: Cursor of the next page; null: this is the last.
    """

    items: list[DeliveryBody]
    next: str | None


class DestinationBody(Struct, frozen=True):
    """Where outgoing messages go. Values of settings that may be secret are not shown.

    Attributes:
        id: Its id.
        topics: Topics that it wants; `*`: all.
        kind: webhook, smtp or sink.
        settings: Of its kind.
        active: False: no new deliveries are made for it.
    """

    id: str
    topics: list[str]
    kind: str
    settings: dict[str, Any]
    active: bool


class PageBody(Struct, frozen=True):
    """What a code or a measure means.

    Attributes:
        code: The code, or the measure's name.
        title: In one line.
        meaning: In full sentences.
        example: One that shows it.
        remedy: What to do.
    """

    code: str
    title: str
    meaning: str
    example: str
    remedy: str


class PackBody(Struct, frozen=True):
    """A service model that this server serves.

    Attributes:
        name: Its name.
        version: Its version.
        digest: Digest of its sources.
        title: In words.
        subject: The noun of its subjects.
        sources, facts, events, states, statements, messages, actions, promises, cases: Names of what it declares.
    """

    name: str
    version: int
    digest: str
    title: str
    subject: str
    sources: list[str]
    facts: list[str]
    events: list[str]
    states: list[str]
    statements: list[str]
    messages: list[str]
    actions: list[str]
    promises: list[str]
    cases: list[str]


class TruthBody(Struct, frozen=True):
    """Message, state and action of one subject: what was told, what is true, what can be done; with the evidence.

    Attributes:
        subject: Which.
        pack: Its pack.
        at: The moment of which this speaks.
        alignment: ahead, stuck, unverifiable, behind, aligned or untold; since when; about what.
        message: Statements that the customer believes, each with its truth now and why.
        state: The present state; of an unknown one the candidates.
        facts: Each fact with status, value, deciding source, age, and what other sources say against it.
        action: Each action, and whether it can be done now.
        promises: Each promise with every window it has had.
        told: Messages as far as their receipts tell.
        cases: Service failures and their legs.
        findings: What the data say that a reader should know.
        attributes: Segments.
        events: How many events it rests on.
        version: Grows with each event: the version of the ETag.
    """

    subject: str
    pack: str
    at: Moment
    alignment: dict[str, Any]
    message: list[dict[str, Any]]
    state: dict[str, Any]
    facts: list[dict[str, Any]]
    action: list[dict[str, Any]]
    promises: list[dict[str, Any]]
    told: list[dict[str, Any]]
    cases: list[dict[str, Any]]
    findings: list[dict[str, Any]]
    attributes: dict[str, Any]
    events: int
    version: int


class HealthBody(Struct, frozen=True):
    """How the server is.

    Attributes:
        status: ok; a server that is not answers with a problem.
        checks: Each part that was looked at, and whether it is well.
        feeds_s: Source → seconds since it was last heard.
    """

    status: str
    checks: dict[str, bool] = {}
    feeds_s: dict[str, float] = {}
