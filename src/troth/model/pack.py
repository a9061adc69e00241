"""A compiled pack: one service model as frozen values, ready for the engine.

`troth.lang` makes these from YAML; nothing else does. Facts, sources and rules are referred to by index, so that the
engine works on lists. Every condition is a *rule*: an index into `Pack.rules`, whose single generated function
evaluates all of them at once with three-valued logic.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypeAlias

import msgspec

from troth.model.times import Micros

ValueType: TypeAlias = Literal["bool", "int", "double", "string", "timestamp", "duration", "dyn"]
"""Types of facts and expressions. A `timestamp` and a `duration` are `int` microseconds at run time."""

RuleIndex: TypeAlias = int
FactIndex: TypeAlias = int


class Explanation(msgspec.Struct, frozen=True):
    """Why an expression has the value it has: one node of its tree.

    Attributes:
        text: The expression, or the part of it that this node is.
        value: Its value; `None` is unknown.
        because: In words, for a leaf that is unknown (`fact missing: picked`) or an evaluation error; else empty.
        fact: Name of the fact that the node reads, else empty.
        parts: Nodes below that decided the value.
    """

    text: str
    value: Any
    because: str = ""
    fact: str = ""
    parts: tuple[Explanation, ...] = ()


Evaluate: TypeAlias = Callable[[Sequence[Any], Sequence[bool], Sequence[Micros], Micros], Sequence[Any]]
"""`evaluate(values, stale, observed_at, now)` returns the value of every rule, in order.

`values[i]` is the value of fact i, `None` while it is not known; `stale[i]` whether only stale observations exist;
`observed_at[i]` the occurred_at of the observation that decides, or of the last stale one (0 when there is none).
"""


class Rule(msgspec.Struct, frozen=True):
    """One expression of a pack, compiled.

    Attributes:
        name: Where it stands in the pack, such as `states.ready.when`; unique.
        text: The expression as written.
        type: Its type; conditions are `bool`.
        reads: Indices of the facts that it depends on.
        ages: (fact index, duration) for each `age(fact)` compared with a constant: the moment observed_at + duration
            is a crossing at which the rule may change although no event arrives.
    """

    name: str
    text: str
    type: ValueType
    reads: tuple[FactIndex, ...] = ()
    ages: tuple[tuple[FactIndex, Micros], ...] = ()


class Rules(msgspec.Struct, frozen=True):
    """All rules of a pack with the one generated function that evaluates them.

    Attributes:
        rules: The rules, in the order of the values that `evaluate` returns.
        evaluate: The generated function.
        explain: `explain(rule, values, stale, observed_at, now, why)`; `why[i]` says in words why fact i is not known.
        source: Python text of the generated function, for the curious and for tests.
    """

    rules: tuple[Rule, ...]
    evaluate: Evaluate
    explain: Callable[[int, Sequence[Any], Sequence[bool], Sequence[Micros], Micros, Sequence[str]], Explanation]
    source: str = ""


Extract: TypeAlias = Callable[[Mapping[str, Any]], Any]
"""A compiled expression over one event's `data` (or one table row): the value, `None` when it cannot be known."""


class Absent(msgspec.Struct, frozen=True):
    """Marks an `Extract` that the event does not carry at all (as against carrying null). See `ABSENT`."""


ABSENT = Absent()
"""What an `Observe.value` returns for a member that is not there: no observation. Null makes one of unknown."""


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


class Limit(msgspec.Struct, frozen=True):
    """At most so many messages a customer.

    Attributes:
        count: How many.
        per: In how long; microseconds, a sliding window.
        purposes: Counts and limits messages of these purposes; empty: of any.
    """

    count: int
    per: Micros
    purposes: tuple[str, ...] = ()


class ContactPolicy(msgspec.Struct, frozen=True):
    """When and how often a customer may be contacted.

    Attributes:
        quiet_from, quiet_until: Quiet hours, minutes after midnight in the customer's own zone; both `None`: none.
        quiet_channels: Channels that quiet hours hold; empty: all.
        limits: All apply.
    """

    quiet_from: int | None = None
    quiet_until: int | None = None
    quiet_channels: tuple[str, ...] = ()
    limits: tuple[Limit, ...] = ()


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
        objectives: Promise kind → (target share, window in microseconds).
        customer: Takes the customer, `customer/17`, from an event's data; `None`: the pack knows no customers.
        contact: When and how often customers may be contacted.
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
    objectives: Mapping[str, tuple[float, Micros]] = {}
    customer: Extract | None = None
    contact: ContactPolicy = ContactPolicy()
