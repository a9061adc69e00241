"""The working state of one fold: a record taken apart, so that it can be moved forward in time.

It is mutable and lives only inside a call of `refold`, `step` or `apply_batch`; what goes in and what comes out are
frozen records. Time only goes forward in it: what arrives late is folded again from the start.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from troth.engine.machine import Machine
from troth.engine.resolve import Silence
from troth.model.event import Event
from troth.model.record import (
    Asked,
    Attribute,
    Belief,
    Brewing,
    Case,
    FactView,
    Finding,
    Observation,
    Promise,
    Record,
    Span,
    Told,
)
from troth.model.times import FOREVER, Micros


class Live:
    """One subject between two moments.

    Attributes:
        machine: Its pack, prepared.
        subject: Whose.
        heard: Source → watermark.
        last: The latest moment visited.
        observations: Per fact, the candidates of its sources.
        views: Per fact, as resolved.
        crossings: Per fact, when it changes next without an event.
        lasting: The same, but for facts that only change if a feed falls silent: `FOREVER`.
        values, stale, observed_at: Per fact, what rules read.
        results: Per rule, its value.
        touched: Facts observed since they were last resolved.
        fact_crossing: The earliest of the crossings.
        moved: A promise, message or belief has changed since the last visit.
        derived_until: The next moment at which time alone changes what follows from the facts.
        settled: A terminal state has lasted and nothing is open.
        asks: Messages put to the gate, by their ids.
        brewing: Failures that no case has been opened for yet.
        acts: Journal events about cases, until the moment they belong to is derived.
        wake_at: The next moment at which anything changes without an event.
        timer_at: The same while every feed goes on being heard.
    """

    __slots__ = (
        "acts",
        "alignment",
        "asks",
        "attributes",
        "beliefs",
        "brewing",
        "cases",
        "corrected",
        "crossings",
        "customer",
        "derived_until",
        "events",
        "fact_crossing",
        "findings",
        "firsts",
        "heard",
        "last",
        "lasting",
        "machine",
        "messages",
        "moved",
        "observations",
        "observed_at",
        "promises",
        "requested_at",
        "results",
        "settled",
        "stale",
        "states",
        "subject",
        "tenant",
        "timer_at",
        "touched",
        "unheard",
        "values",
        "views",
        "wake_at",
    )

    def __init__(
        self, machine: Machine, subject: str, heard: Mapping[str, Micros], silence: Silence, tenant: str = "main"
    ) -> None:
        """Start a subject of which nothing is known yet."""
        count = len(machine.facts)
        self.machine = machine
        self.subject = subject
        self.tenant = tenant
        self.heard = heard
        self.last: Micros = -FOREVER
        self.wake_at: Micros = FOREVER
        self.timer_at: Micros = FOREVER
        self.observations: list[list[Observation]] = [[] for _ in range(count)]
        self.views: list[FactView] = list(silence.views)
        self.crossings: list[Micros] = list(silence.crossings)
        self.lasting: list[Micros] = [FOREVER] * count
        self.values: list[Any] = list(silence.values)
        self.stale: list[bool] = [False] * count
        self.observed_at: list[Micros] = [0] * count
        self.results: Sequence[Any] = ()
        self.fact_crossing: Micros = -FOREVER
        self.moved = True
        self.derived_until: Micros = -FOREVER
        self.settled = False
        self.touched: set[int] = set()
        self.unheard: dict[str, Micros] = {}
        self.corrected = False
        self.states: list[Span] = []
        self.requested_at: Micros | None = None
        self.promises: list[Promise] = []
        self.messages: dict[str, Told] = {}
        self.beliefs: list[Belief] = []
        self.alignment: list[Span] = []
        self.cases: list[Case] = []
        self.findings: list[Finding] = []
        self.attributes: dict[str, Attribute] = {}
        self.firsts: dict[str, Micros] = {}
        self.events = 0
        self.customer = ""
        self.asks: dict[str, Asked] = {}
        self.brewing: list[Brewing] = []
        self.acts: list[Event] = []


def thaw(machine: Machine, record: Record, heard: Mapping[str, Micros], silence: Silence) -> Live:
    """Return the working state of a record, ready to go on from its last moment."""
    live = Live(machine, record.subject, heard, silence, record.tenant)
    live.last, live.wake_at, live.timer_at = record.last, record.wake_at, record.timer_at
    live.observations = [list(candidates) for candidates in record.observations]
    live.views = list(record.facts)
    # Every fact is looked at again on the next visit: its crossing is not stored, it follows from the candidates.
    live.crossings = [-FOREVER] * len(live.views)
    live.values = [view.value if view.status == "known" else None for view in record.facts]
    live.stale = [view.status == "stale" for view in record.facts]
    live.observed_at = [0 if view.by is None else view.by.occurred_at for view in record.facts]
    live.unheard = dict(record.unheard)
    live.states = list(record.states)
    live.requested_at = record.requested_at
    live.promises = list(record.promises)
    live.messages = {told.id: told for told in record.messages}
    live.beliefs = list(record.beliefs)
    live.alignment = list(record.alignment)
    live.cases = list(record.cases)
    live.findings = list(record.findings)
    live.attributes = dict(record.attributes)
    live.firsts = dict(record.firsts)
    live.events = record.events
    live.customer = record.customer
    live.asks = {asked.id: asked for asked in record.asks}
    live.brewing = list(record.pending_cases)
    return live


def freeze(live: Live, now: Micros, pending: Micros) -> Record:
    """Return the record of a working state.

    Args:
        live: The working state, moved up to `now`.
        now: The moment it speaks of.
        pending: occurred_at of the earliest event that is known and lies after `now`.
    """
    pack = live.machine.pack
    return Record(
        subject=live.subject,
        tenant=live.tenant,
        pack=pack.name,
        digest=pack.digest,
        at=now,
        last=live.last,
        pending=pending,
        wake_at=live.wake_at,
        timer_at=live.timer_at,
        unheard=live.unheard,
        corrected=live.corrected,
        observations=tuple(map(tuple, live.observations)),
        facts=tuple(live.views),
        states=tuple(live.states),
        requested_at=live.requested_at,
        promises=tuple(live.promises),
        messages=tuple(live.messages.values()),
        beliefs=tuple(live.beliefs),
        alignment=tuple(live.alignment),
        cases=tuple(live.cases),
        findings=tuple(live.findings),
        attributes=live.attributes,
        firsts=live.firsts,
        events=live.events,
        customer=live.customer,
        asks=tuple(live.asks.values()),
        pending_cases=tuple(live.brewing),
    )
