"""The record: everything troth derives about one subject, at one moment.

A record is a function of the set of (event, heard_at), the feeds' watermarks and `now`, whatever the order of
arrival. It holds no events (the ledger does), serialises to about one kilobyte, and carries what the next step needs
to go on without them.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from troth.model.times import FOREVER, Micros

RECORD_VERSION = 2

PHASES: Final = ("requested", "decided", "sent", "delivered", "failed", "read")
"""What reports may say of a message, in the order of its life."""
LEFT: Final = frozenset({"sent", "delivered", "read"})
"""Phases that say that a message has left."""


class Observation(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What one source said about one fact.

    Attributes:
        value: The value; `None`: the source said that it cannot tell.
        source: Name of the source.
        occurred_at: When it was so; microseconds since 1970 UTC.
        sequence: Its place among the events of that moment.
        event_id: The event that said it.
    """

    value: Any
    source: str
    occurred_at: Micros
    sequence: int
    event_id: str


class FactView(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A fact as resolved.

    Attributes:
        status: `known`, `stale`, `missing` or `disputed`.
        value: The value; of a stale fact the last one; `None` when missing or disputed.
        by: The observation that decides, or the last stale one; `None` when the value is the declared `otherwise` or
            missing.
        assumed: True when the value is the declared `otherwise`: the deciding source is heard and has said nothing.
        differ_since: Since when peers differ beyond the tolerance; `None`: they agree.
        conflict_since: Since when a lower tier disagrees; `None`: none does.
        conflict: True when a lower tier has disagreed for longer than settle.
    """

    status: str
    value: Any = None
    by: Observation | None = None
    assumed: bool = False
    differ_since: Micros | None = None
    conflict_since: Micros | None = None
    conflict: bool = False


class Span(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One step of a step function of time: from `since` until the next span's.

    Attributes:
        value: A state's name or an alignment; `unknown` for an unknown state.
        since: Start, microseconds since 1970 UTC.
        about: Candidates of an unknown state, or what decides an alignment (statement, action, state).
        undated: The moment of entering is not known (a snapshot without a date).
    """

    value: str
    since: Micros
    about: tuple[str, ...] = ()
    undated: bool = False


class Window(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One due moment that a promise has had.

    Attributes:
        due: The moment (exclusive, without grace); `None`: undisclosed.
        given_at: When it was given.
        counts: `first`, `renegotiated` (told before the old due moment, consented where demanded), `slip` (not told in
            time) or `unconsented`.
        event_id: The event that gave it.
    """

    due: Micros | None
    given_at: Micros
    counts: str
    event_id: str


class Promise(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A commitment and what became of it.

    Attributes:
        kind: Its kind.
        key: Tells it from others of its kind; empty when there is one.
        made_at: When it was made.
        opens_at: Start of its window.
        windows: Every due moment it has had, the first first.
        outcome: `open`, `kept`, `late`, `broken`, `void` or `unknown`, for the first window.
        renegotiated: The same as renegotiated: for the last window that counts.
        decided_at: When the outcome for the first window was decided; `None` while it is open or unknown.
        kept_at: When kept_when became true; `None`: it has not.
        undecided_since: Since when kept_when is unknown after due; `None`.
        basis: On what its latest window rests, where troth made it: method, level, segment, number of cases, when it
            was learned and from what; `None`: nobody has said.
    """

    kind: str
    key: str
    made_at: Micros
    opens_at: Micros
    windows: tuple[Window, ...]
    outcome: str = "open"
    renegotiated: str = "open"
    decided_at: Micros | None = None
    kept_at: Micros | None = None
    undecided_since: Micros | None = None
    basis: dict[str, Any] | None = None


class Told(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A message as far as receipts tell.

    Attributes:
        id: The message's own id.
        message: Its name in the pack.
        channel: Where it went.
        phases: Phase → first occurred_at.
        told_at: When it counts as told; `None`: it does not (yet).
        heard_at: When the receipt that makes it told was heard.
        shadow: Whether its sender only watched what the gate would do: it had no leave to wait for.
    """

    id: str
    message: str
    channel: str
    phases: dict[str, Micros]
    told_at: Micros | None = None
    heard_at: Micros | None = None
    shadow: bool = False


class Belief(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A statement the customer has been told and that has not been replaced, corrected or expired.

    Attributes:
        topic: What it is about.
        statement: Its name.
        told_at: When it was told.
        until: When it expires; `FOREVER` when it does not.
        message_id: The message that carried it.
    """

    topic: str
    statement: str
    told_at: Micros
    until: Micros = FOREVER
    message_id: str = ""


class Asked(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A message that was put to the gate, as its decisions tell; one row a message id, the last decision stands.

    Attributes:
        id: The message's own id.
        message: What was asked for.
        channel: Where it would go.
        customer: To whom.
        requested_at: When it was first asked for.
        decided_at: When the standing decision was made.
        outcome: SEND, REPLACE, HOLD or SUPPRESS.
        sends: What may go; empty when nothing may.
        codes: Codes of its reasons.
        expires_at: Until when its permit is valid; 0: it has none.
        confirmed_at: When the sender confirmed it, just before hand-over; `None`: not yet.
        revoked_at: When the permit was withdrawn or the request given up; `None`: it was not.
        data: What the message would say; needed to decide again.
        recheck_at: While it is held: when time alone may change the answer; 0: only events can.
    """

    id: str
    message: str
    channel: str
    customer: str
    requested_at: Micros
    decided_at: Micros
    outcome: str
    sends: str = ""
    codes: tuple[str, ...] = ()
    expires_at: Micros = 0
    confirmed_at: Micros | None = None
    revoked_at: Micros | None = None
    data: dict[str, Any] = {}
    recheck_at: Micros = 0


class Case(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A service failure and its legs.

    Attributes:
        kind: Its kind.
        about: What it is about: the promise key of a lapse, a topic, a fact, the id of a complaint; else empty.
        opened_at: When it was opened (`after` past the break).
        owned_at, informed_at, resolved_at, closed_at: First moment of each leg in the present life; `None`: not yet.
            Resolved is what people call remedied: the completion fact of the remedy is known.
        first_resolved_at, first_closed_at: The same before any reopening.
        reopened_at: Moments at which it was open again after being resolved or closed.
        id: Minted at the first opening, by the event `troth.case.opened`; empty while nobody has minted one (history).
        broke_at: When it went wrong; late evidence may move it. `None`: at opening.
        detected_at: When the firm knew; `None`: not before opening.
        detected_by: `system`, `associate` or `customer`.
        owner: Who has it; empty: nobody.
        right_since: Since when the failure is over, on the way to closing; `None`: it is not.
        closed_as: `clean`, `unclean` or `void`; empty while it is open, and of kinds that do not tell.
        held: Somebody opened or reopened it: it waits until the customer is informed and the remedy done.
    """

    kind: str
    about: str
    opened_at: Micros
    owned_at: Micros | None = None
    informed_at: Micros | None = None
    resolved_at: Micros | None = None
    closed_at: Micros | None = None
    first_resolved_at: Micros | None = None
    first_closed_at: Micros | None = None
    reopened_at: tuple[Micros, ...] = ()
    id: str = ""
    broke_at: Micros | None = None
    detected_at: Micros | None = None
    detected_by: str = "system"
    owner: str = ""
    right_since: Micros | None = None
    closed_as: str = ""
    held: bool = False


class Brewing(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A failure that no case has been opened for yet: its kind's `after` is running.

    Attributes:
        kind, about: As of the case that it will be.
        since: Since when.
        noticed_at: When somebody spoke of it before it was opened; `None`: nobody has.
        noticed_by: Who: `associate` or `customer`.
    """

    kind: str
    about: str
    since: Micros
    noticed_at: Micros | None = None
    noticed_by: str = ""


class Finding(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Something the data say that a reader should know; never a refusal.

    Attributes:
        code: Stable code, known to `troth explain`: F101 impossible transition, F102 impossible order, F103 slip...
        at: When.
        text: In words.
    """

    code: str
    at: Micros
    text: str


class Attribute(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A segment's value and the moment from which it is known."""

    value: Any
    known_from: Micros


class Record(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """All that is derived about one subject.

    Attributes:
        subject: Whose.
        pack: Name of the pack.
        digest: Digest of the pack that derived it.
        at: The moment up to which it is derived. Not part of its hash: between two wake-ups nothing changes.
        last: The latest moment visited: an event's or a crossing's. What happens after it only needs a step.
        pending: occurred_at of the earliest event known but not yet applied, because it is after `at`; `FOREVER`: none.
        wake_at: The next moment at which something changes without an event; `FOREVER`: none.
        timer_at: The same as long as every feed goes on being heard: what a timer is armed for. A feed that falls
            silent is noticed once for all its subjects.
        unheard: Source → watermark used, for sources that were not heard when their silence would have counted. A later
            watermark changes the past, so that the record has to be refolded.
        corrected: True when a correction was seen: which events stand depends on the whole set, so that every step
            refolds.
        observations: Per fact, the candidate observation of each source.
        facts: Per fact, as resolved.
        states: The state's history; the last span is the present state.
        requested_at: Start of the customer's clock; `None`: no request seen.
        promises, messages, beliefs, cases, findings: As named.
        alignment: History; the last span is the present.
        attributes: Segments.
        firsts: Fact → when it first became true, for facts whose order the pack declares.
        events: How many events were applied.
        customer: Whose subject it is, `customer/17`; empty: no event has said.
        asks: Messages that were put to the gate, in the order of their first decision.
        pending_cases: Failures that have not lasted for their kind's `after` yet.
        version: Format.
        tenant: Whose ledger.
    """

    subject: str
    pack: str
    digest: str
    at: Micros
    last: Micros = -FOREVER
    pending: Micros = FOREVER
    wake_at: Micros = FOREVER
    timer_at: Micros = FOREVER
    unheard: dict[str, Micros] = {}
    corrected: bool = False
    observations: tuple[tuple[Observation, ...], ...] = ()
    facts: tuple[FactView, ...] = ()
    states: tuple[Span, ...] = ()
    requested_at: Micros | None = None
    promises: tuple[Promise, ...] = ()
    messages: tuple[Told, ...] = ()
    beliefs: tuple[Belief, ...] = ()
    alignment: tuple[Span, ...] = ()
    cases: tuple[Case, ...] = ()
    findings: tuple[Finding, ...] = ()
    attributes: dict[str, Attribute] = {}
    firsts: dict[str, Micros] = {}
    events: int = 0
    customer: str = ""
    asks: tuple[Asked, ...] = ()
    pending_cases: tuple[Brewing, ...] = ()
    version: int = RECORD_VERSION
    tenant: str = "main"
