"""What answers to readers hold: the truth about a subject, packs, pages, quarantine, deliveries, health.

Read by both ends, as `bodies` is.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from troth.surfaces.api.wire import Moment


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


class LinkBody(Struct, frozen=True, omit_defaults=True):
    """A link to a status page, without its secret.

    Attributes:
        id: Its id.
        subject: What it shows.
        may: What its holder may do.
        state: good, expired or revoked.
        created_at: When it was made.
        expires_at: When it ends.
        revoked_at: When it was revoked.
    """

    id: str
    subject: str
    may: list[str]
    state: str
    created_at: Moment
    expires_at: Moment
    revoked_at: Moment | None = None


class MadeLinkBody(LinkBody, frozen=True, omit_defaults=True, kw_only=True):
    """A link that has just been made.

    Attributes:
        path: Path of its page: shown this once.
        url: The same with the server's public address, where it has one.
    """

    path: str
    url: str


class LinkPage(Struct, frozen=True):
    """A page of links.

    Attributes:
        items: The links, the oldest first.
        next: Cursor of the next page; null: there is none.
    """

    items: list[LinkBody]
    next: str | None = None


class DestinationBody(Struct, frozen=True, omit_defaults=True):
    """Where outgoing messages go. Values of settings that may be secret are not shown.

    Attributes:
        id: Its id.
        topics: Topics that it wants; `*`: all.
        kind: webhook, smtp or sink.
        settings: Of its kind.
        active: False: no new deliveries are made for it.
        secret: The secret that was made for a webhook: shown this once.
    """

    id: str
    topics: list[str]
    kind: str
    settings: dict[str, Any]
    active: bool
    secret: str = ""


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
        fail: Message → what a sender does when the gate gives no answer, `closed` or `open`; without one it is not
            gated.
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
    fail: dict[str, str]


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


class ToldBody(Struct, frozen=True):
    """A statement that was told, as known then and as known now.

    Attributes:
        told_at: When it counts as told.
        message: The message that carried it.
        message_id: That message's own id.
        channel: Where it went.
        statement: What it stated.
        then: Its truth as known then; null: unknown.
        now: Its truth as known now; null: unknown.
        verdict: honest, careless, lucky, unlucky, blind or doubtful.
        meaning: The verdict in words.
        source: The source that was late; empty: no late report explains it.
        lag: How late, in words.
        lag_s: How late, in seconds; null: no source is named, or its feed was never heard.
        event_id: The event that was late; empty when a whole feed was not heard.
    """

    told_at: Moment
    message: str
    message_id: str
    channel: str
    statement: str
    then: bool | None
    now: bool | None
    verdict: str
    meaning: str
    source: str
    lag: str
    lag_s: float | None
    event_id: str


class HealthBody(Struct, frozen=True):
    """How the server is.

    Attributes:
        status: ok; a server that is not answers with a problem.
        checks: Each part that was looked at, and whether it is well.
        feeds_s: Source → seconds since it was last heard; for those who may read the metrics.
        feeds: How many feeds have been heard.
    """

    status: str
    checks: dict[str, bool] = {}
    feeds_s: dict[str, float] = {}
    feeds: int = 0
