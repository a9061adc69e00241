"""A pack prepared for folding: everything that can be worked out once per pack instead of once per event."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from troth.engine.cases.kinds import complaint_kind
from troth.model.event import Event
from troth.model.pack import CaseKind, EventPlan, Fact, Pack, PromiseKind, Receipt, State
from troth.model.rules import Evaluate, Extract, FactIndex
from troth.model.times import Micros

_EXACT: dict[str, type] = {"bool": bool, "int": int, "double": float, "string": str, "timestamp": int, "duration": int}


class FactPlan(msgspec.Struct, frozen=True):
    """How to resolve one fact.

    Attributes:
        fact: The fact as declared.
        tier: Source → tier, 0 the highest; a source that is not in it is evidence and never decides.
        plain: One source decides, nothing goes stale and no value outranks another: the latest observation is the
            answer.
        rank: Value → place in the declared progress; empty when the latest counts.
        origins: Source → the sources of this fact that it copies from, directly or not.
        silence: (source, heard_for) whose silence makes `otherwise` the value; empty when none is declared.
        ages: Durations with which rules compare its age.
    """

    fact: Fact
    tier: Mapping[str, int]
    plain: bool
    rank: Mapping[Any, int]
    origins: Mapping[str, tuple[str, ...]]
    silence: tuple[tuple[str, Micros], ...]
    ages: tuple[Micros, ...]


class Hearing(msgspec.Struct, frozen=True):
    """What an event of one type from one source says about one fact that the source may speak of.

    Attributes:
        fact: Index of the fact.
        value: Takes the value from the data.
        type_name: Type of the fact.
        exact: The Python type of values that need no look.
        plain: As in the fact's plan.
    """

    fact: FactIndex
    value: Extract
    type_name: str
    exact: type
    plain: bool


class Route(msgspec.Struct, frozen=True):
    """What an event of one type from one source does: its plan, less what that source has no say in.

    Attributes:
        observe: What it says about facts.
        moves: It makes or renews promises or reports on a message.
        when, starts, retract, corrects, corrects_source, makes, renews, receipt: As in the plan.
    """

    observe: tuple[Hearing, ...]
    moves: bool
    when: Extract | None
    starts: bool
    retract: tuple[FactIndex, ...]
    corrects: Extract | None
    corrects_source: Extract | None
    makes: tuple[int, ...]
    renews: tuple[int, ...]
    receipt: Receipt | None


class Machine(msgspec.Struct, frozen=True):
    """A pack with its folding plans.

    Attributes:
        pack: The pack.
        facts: One plan a fact.
        routes: (event type, source) → what such an event does; (event type, "") for sources that the pack does not
            name.
        evaluate: The generated function of all rules.
        watched: For each fact in a declared chronology, the facts that should not come before it.
        aged: Indices of facts whose age some rule reads.
        invited: Statement → rules of the actions it invites (`None`: always available), with their names.
        kinds: Promise kind → its declaration.
        promised: Statement → the promise kind that it states; statements that promise nothing are not in it.
        states: State → its declaration.
        correcting: Event types that are corrections.
        disputes: Some kind of case watches sources that are at odds.
        cases: Kind of case → its declaration, the complaint included.
    """

    pack: Pack
    facts: tuple[FactPlan, ...]
    routes: Mapping[tuple[str, str], Route]
    evaluate: Evaluate
    watched: Mapping[FactIndex, tuple[FactIndex, ...]]
    aged: tuple[FactIndex, ...]
    invited: Mapping[str, tuple[tuple[str, int | None], ...]]
    kinds: Mapping[str, PromiseKind]
    promised: Mapping[str, str]
    states: Mapping[str, State]
    correcting: frozenset[str]
    disputes: bool = False
    cases: Mapping[str, CaseKind] = {}


def prepare(pack: Pack | Machine) -> Machine:
    """Return the machine of a pack; a machine is returned as it is."""
    if isinstance(pack, Machine):
        return pack
    ages: dict[FactIndex, set[Micros]] = {}
    for rule in pack.rules.rules:
        for fact, duration in rule.ages:
            ages.setdefault(fact, set()).add(duration)
    facts = tuple(_fact_plan(pack, fact, ages.get(index, ())) for index, fact in enumerate(pack.facts))
    return Machine(
        pack=pack,
        facts=facts,
        routes=_routes(pack, facts),
        evaluate=pack.rules.evaluate,
        watched=_watched(pack),
        aged=tuple(sorted(ages)),
        invited={
            name: tuple((action, pack.actions[action].available) for action in statement.invites)
            for name, statement in pack.statements.items()
        },
        kinds={kind.name: kind for kind in pack.promises},
        promised={
            name: pack.promises[statement.promise].name
            for name, statement in pack.statements.items()
            if statement.promise is not None
        },
        states={state.name: state for state in pack.states},
        correcting=frozenset(name for name, plan in pack.events.items() if plan.corrects is not None),
        disputes=any(kind.of == "conflict" for kind in pack.cases),
        cases={kind.name: kind for kind in (complaint_kind(pack), *pack.cases)},
    )


def _routes(pack: Pack, facts: tuple[FactPlan, ...]) -> dict[tuple[str, str], Route]:
    """Return the routes of every event type from every source, and from any other."""
    names = [source.name for source in pack.sources]
    return {
        (kind, source): _route(plan, source, facts)
        for kind, plan in pack.events.items()
        for source in (plan.sources or (*names, ""))
    }


def _route(plan: EventPlan, source: str, facts: tuple[FactPlan, ...]) -> Route:
    """Return what an event does when it comes from one source."""
    heard = tuple(
        Hearing(one.fact, one.value, fact.fact.type, _EXACT.get(fact.fact.type, type(None)), fact.plain)
        for one in plan.observe
        if source in (fact := facts[one.fact]).tier
    )
    moves = bool(plan.makes or plan.renews or plan.receipt)
    return Route(
        observe=heard,
        moves=moves,
        when=plan.when,
        starts=plan.starts,
        retract=plan.retract,
        corrects=plan.corrects,
        corrects_source=plan.corrects_source,
        makes=plan.makes,
        renews=plan.renews,
        receipt=plan.receipt,
    )


def route_of(machine: Machine, event: Event) -> Route | None:
    """Return what an event does; `None` when the pack does not know it, or does not accept it as it is."""
    route = machine.routes.get((event.type, event.source)) or machine.routes.get((event.type, ""))
    if route is None or (route.when is not None and route.when(event.data) is not True):
        return None
    return route


def _fact_plan(pack: Pack, fact: Fact, ages: Iterable[Micros]) -> FactPlan:
    """Return how one fact is resolved."""
    tier = {source: number for number, sources in enumerate(fact.authority) for source in sources}
    sources = {source.name: source for source in pack.sources}
    origins = {name: _origins(name, {s.name: s.copies for s in pack.sources}, tier) for name in tier}
    top = fact.authority[0] if fact.authority else ()
    speaks = tuple(name for name in top if not set(origins[name]) & set(top))
    silence = tuple((name, sources[name].heard_for) for name in speaks) if fact.otherwise is not None else ()
    return FactPlan(
        fact=fact,
        tier=tier,
        plain=len(tier) == 1 and fact.fresh_for is None and not fact.progress,
        rank={value: place for place, value in enumerate(fact.progress)},
        origins=origins,
        silence=silence,
        ages=tuple(sorted(ages)),
    )


def _origins(source: str, copies: Mapping[str, str], among: Mapping[str, int]) -> tuple[str, ...]:
    """Return the sources, among those given, that a source copies from."""
    found = []
    seen = {source}
    while (source := copies.get(source, "")) and source not in seen:
        seen.add(source)
        if source in among:
            found.append(source)
    return tuple(found)


def _watched(pack: Pack) -> dict[FactIndex, tuple[FactIndex, ...]]:
    """Return, for each fact of a declared chronology, the facts that should come after it."""
    after: dict[FactIndex, tuple[FactIndex, ...]] = {}
    for chain in pack.chronology:
        for place, fact in enumerate(chain):
            after[fact] = (*after.get(fact, ()), *chain[place + 1 :])
    return after
