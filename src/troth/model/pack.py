"""A compiled pack: one service model as frozen values, ready for the engine.

`troth.lang` makes these from YAML; nothing else does. Facts, sources and rules are referred to by index, so that the
engine works on lists. Its conditions are in `troth.model.rules`, what it can say in `troth.model.message`, and when it
may say it in `troth.model.contact`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from troth.model.contact import ContactPolicy
from troth.model.message import Message, Statement
from troth.model.objective import Objective
from troth.model.page import StatusPage
from troth.model.rules import Extract, FactIndex, RuleIndex, Rules, ValueType
from troth.model.times import Micros


class Source(msgspec.Struct, frozen=True):
    """A system that reports.

    Attributes:
        name: As events name it in `source`.
        title: In words, for people.
        copies: Name of the source that it copies from: its reports are echoes; empty when it speaks for itself.
        heard_for: How long after its watermark the feed still counts as heard; microseconds.
    """

    name: str
    title: str = ""
    copies: str = ""
    heard_for: Micros = 0


class Fact(msgspec.Struct, frozen=True):
    """Something that is so or not so about a subject, and who may say it.

    Attributes:
        name: The variable in expressions.
        type: Type of its values.
        authority: Tiers of source names, highest first; sources of one tier are peers.
        title: In words.
        fresh_for: An observation older than this is stale; `None`: never.
        settle: How long peers may differ before the fact is disputed, and a lower tier before it is a conflict.
        tolerance: Peers whose values differ by no more agree; a number, or microseconds for times.
        progress: Values from first to last: the furthest reported counts. Empty: the latest counts.
        otherwise: The value while no observation exists and the deciding source is heard; `None`: none declared.
    """

    name: str
    type: ValueType
    authority: tuple[tuple[str, ...], ...]
    title: str = ""
    fresh_for: Micros | None = None
    settle: Micros = 0
    tolerance: float = 0
    progress: tuple[Any, ...] = ()
    otherwise: Any = None


class Observe(msgspec.Struct, frozen=True):
    """One observation that an event makes: fact and how to take its value from the data."""

    fact: FactIndex
    value: Extract


class Receipt(msgspec.Struct, frozen=True):
    """What an event says about a message.

    Attributes:
        message: Name of the message (an `Extract`, since generic events carry it as data).
        phase: `requested`, `decided`, `sent`, `delivered`, `failed` or `read`.
        id: The message's own id; one message has one id over all its phases.
        channel: The channel, such as `email`.
    """

    message: Extract
    phase: str
    id: Extract
    channel: Extract


class EventPlan(msgspec.Struct, frozen=True):
    """What an event of one type does to its subject.

    Attributes:
        type: The event type.
        sources: Sources it is accepted from; empty: any that the pack declares.
        when: Guard over the data; the event does nothing unless it is true. `None`: no guard.
        observe: The observations it makes.
        retract: Facts whose earlier observations by the same source it withdraws from its moment on.
        corrects: Id of the event it withdraws altogether (an error declaration); `None`: it is no correction.
        corrects_source: Source of that event; `None`: its own.
        receipt: What it says about a message; `None`: nothing.
        personal: Members of its data that tell who somebody is: encrypted under that person's key, read by no rule.
        starts: True when the customer's clock runs from it (the request).
        makes: Indices of promises that it makes.
        renews: Indices of promises to which it gives a new due moment.
    """

    type: str
    sources: tuple[str, ...] = ()
    when: Extract | None = None
    observe: tuple[Observe, ...] = ()
    retract: tuple[FactIndex, ...] = ()
    corrects: Extract | None = None
    corrects_source: Extract | None = None
    receipt: Receipt | None = None
    starts: bool = False
    makes: tuple[int, ...] = ()
    renews: tuple[int, ...] = ()
    personal: tuple[str, ...] = ()


class State(msgspec.Struct, frozen=True):
    """One state; the state of a subject is the first in order whose condition is true while all before are false.

    Attributes:
        name: Its name.
        when: Rule of its condition.
        title: In words, for customers.
        usable: An action that gives the customer what they came for has succeeded, or can now.
        terminal: Nothing is to come after it.
        lasts: How long it must hold to count as usable or terminal; microseconds.
        tell: Statements of which at least one should be believed while in it; empty: the customer need not be told.
        tell_within: How long after entering it the customer should be told; `None`: no limit.
        undated: Rule: true when the moment of entering is not known (a snapshot without a date); `None`: it is known.
    """

    name: str
    when: RuleIndex
    title: str = ""
    usable: bool = False
    terminal: bool = False
    lasts: Micros = 0
    tell: tuple[str, ...] = ()
    tell_within: Micros | None = None
    undated: RuleIndex | None = None


class Action(msgspec.Struct, frozen=True):
    """Something the customer (or staff) can do.

    Attributes:
        name: Its name.
        by: Who does it.
        available: Rule: it can be done now; `None`: always.
        title: In words.
    """

    name: str
    by: str
    available: RuleIndex | None = None
    title: str = ""


class Due(msgspec.Struct, frozen=True):
    """How a due moment is taken from the event that makes or renews a promise. Exactly one form is set, or none.

    With none set the due moment is undisclosed: events alone decide the outcome.

    Attributes:
        at: A timestamp (microseconds).
        day: A civil day, `YYYY-MM-DD`; the promise lasts until the next local midnight of `zone`.
        zone: IANA name for `day`.
        after: A duration after the making.
    """

    at: Extract | None = None
    day: Extract | None = None
    zone: Extract | None = None
    after: Micros | None = None


class PromiseKind(msgspec.Struct, frozen=True):
    """A kind of promise.

    Attributes:
        name: Its name, the `kind` of measures.
        due: Its due moment.
        kept_when: Rule; may read only facts.
        title: In words.
        made_when: Guard over the data of the making event; `None`: none.
        key: Tells several promises of one kind apart; `None`: a subject has one of the kind.
        opens: Start of the window; `None`: the making.
        inclusive: True when becoming true at exactly due + grace still keeps it.
        grace: Internal allowance after due; microseconds.
        late_when: Rule: decides *late* where the due moment is undisclosed.
        void_when: Rule: the customer withdrew it or failed its condition.
        renew_due: New due moment in a renewing event.
        renew_consent: Rule-like extract over the renewing event: the customer consented; `None`: none is demanded.
        made_by_message: Names of messages whose being told makes it.
        at_risk_when: Rule: it will hardly be kept (its latest start has passed, say); `None`: nobody can tell.
    """

    name: str
    due: Due
    kept_when: RuleIndex
    title: str = ""
    made_when: Extract | None = None
    key: Extract | None = None
    opens: Extract | None = None
    inclusive: bool = False
    grace: Micros = 0
    late_when: RuleIndex | None = None
    void_when: RuleIndex | None = None
    renew_due: Due | None = None
    renew_consent: Extract | None = None
    made_by_message: tuple[str, ...] = ()
    at_risk_when: RuleIndex | None = None


class CaseKind(msgspec.Struct, frozen=True):
    """A kind of service failure that the pack declares.

    Attributes:
        name: Its name.
        open_when: Rule; `None` when `lapse_of` is set.
        lapse_of: Index of a promise kind: opens when such a promise is broken or late, closes when it is kept after
            all.
        owned_when, informed_when, resolved_when, closed_when: Rules of the legs; `None`: the leg is not in the data.
            Without `closed_when` a case closes when `open_when` is false again.
        title: In words.
        of: What it watches, where neither `open_when` nor `lapse_of` does: `contradiction` (ahead or stuck), `at_risk`,
            `silence` (behind), `unverifiable`, `impossible` (transition), `conflict` (of sources), `complaint`.
        after: How long the failure has to last before it opens; microseconds.
        dwell: How long it has to be over before it closes, and within which a relapse is the same case; microseconds.
        severity: 1 (a nuisance) to 5 (grave): the first factor of the harm score.
        people: How many it touches: the second.
        value: Rule of type double: value at stake, the last factor; `None`: nothing known of it.
    """

    name: str
    open_when: RuleIndex | None = None
    lapse_of: int | None = None
    owned_when: RuleIndex | None = None
    informed_when: RuleIndex | None = None
    resolved_when: RuleIndex | None = None
    closed_when: RuleIndex | None = None
    title: str = ""
    of: str = ""
    after: Micros = 0
    dwell: Micros = 0
    severity: int = 3
    people: int = 1
    value: RuleIndex | None = None


class Pack(msgspec.Struct, frozen=True):
    """A service model, compiled.

    Attributes:
        name: Its name.
        version: Its version.
        digest: SHA-256 of its sources, hexadecimal: records of another digest are refolded.
        title: In words.
        subject: The noun: subjects are named `<noun>/<id>`.
        sources: The systems, by index.
        facts: The facts, by index.
        events: Event type → plan.
        rules: All conditions.
        states: In order.
        transitions: State → states that may follow it; a state without an entry may be followed by any.
        statements, messages, actions: By name.
        promises: By index.
        cases: By index.
        chronology: Lists of fact indices whose first being true should come in this order.
        segments: Attribute names worth comparing, with their titles.
        objectives: What is aimed at, by name.
        customer: Takes the customer, `customer/17`, from an event's data; `None`: the pack knows no customers.
        contact: When and how often customers may be contacted.
        page: What customers are shown.
    """

    name: str
    version: int
    digest: str
    title: str
    subject: str
    sources: tuple[Source, ...]
    facts: tuple[Fact, ...]
    events: Mapping[str, EventPlan]
    rules: Rules
    states: tuple[State, ...]
    transitions: Mapping[str, tuple[str, ...]]
    statements: Mapping[str, Statement]
    messages: Mapping[str, Message]
    actions: Mapping[str, Action]
    promises: tuple[PromiseKind, ...]
    cases: tuple[CaseKind, ...] = ()
    chronology: tuple[tuple[FactIndex, ...], ...] = ()
    segments: Mapping[str, str] = {}
    objectives: Mapping[str, Objective] = {}
    customer: Extract | None = None
    contact: ContactPolicy = ContactPolicy()
    page: StatusPage = StatusPage()

    @property
    def told_promises(self) -> frozenset[str]:
        """Return the kinds of promise that some statement tells customers of."""
        kinds = (statement.promise for statement in self.statements.values())
        return frozenset(self.promises[kind].name for kind in kinds if kind is not None)

    @property
    def untold_cases(self) -> frozenset[str]:
        """Return the kinds of case that only watch a promise of which no customer is told."""
        told = self.told_promises
        return frozenset(
            case.name
            for case in self.cases
            if case.lapse_of is not None and self.promises[case.lapse_of].name not in told
        )
