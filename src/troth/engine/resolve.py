"""Observation → fact: which of the things that sources said counts, at one moment.

Of each source the latest fresh observation is its candidate (with a declared progress, the furthest). The highest
tier that has a candidate decides; its peers may differ for `settle`, after which the fact is disputed. A lower tier
that goes on disagreeing is a conflict, which leaves the value known. Without any observation the declared `otherwise`
holds while the deciding sources are heard: a silent feed is no evidence of absence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import msgspec

from troth.engine.machine import FactPlan
from troth.model.record import FactView, Observation
from troth.model.times import FOREVER, Micros

_MISSING = FactView("missing")


def resolve(
    plan: FactPlan,
    observations: Sequence[Observation],
    now: Micros,
    heard: Mapping[str, Micros],
    before: FactView,
    unheard: dict[str, Micros],
) -> tuple[FactView, Micros]:
    """Return the fact at a moment, and the next moment at which it changes if nothing arrives.

    Args:
        plan: How the fact is resolved.
        observations: Each source's candidates, none later than `now`.
        now: The moment; microseconds since 1970 UTC.
        heard: Source → watermark.
        before: The fact as it was just before, for how long a difference has lasted.
        unheard: Receives source → watermark for each source whose silence would have counted, had it been heard.
    """
    if not observations:
        return _by_silence(plan, now, heard, unheard)
    if plan.plain:
        only = observations[-1]
        return (_MISSING if only.value is None else FactView("known", only.value, only)), FOREVER
    fresh, crossing = _fresh(plan, observations, now)
    if not fresh:
        spoken = [one for one in observations if one.value is not None]
        if not spoken:
            return _MISSING, crossing
        last = _leading(plan, spoken)
        return FactView("stale", last.value, last), crossing
    view, settled = _decide(plan, _without_echoes(plan, fresh), now, before)
    return view, min(crossing, settled)


class Silence(msgspec.Struct, frozen=True):
    """The facts of a subject of which nothing has been observed: the same for every subject of a batch.

    Attributes:
        views: Per fact, as resolved from silence alone.
        values: Per fact, what rules read.
        crossings: Per fact, when it changes next; in the past where a source's silence does not count, so that the
            first visit resolves the fact anew and notes the source.
    """

    views: tuple[FactView, ...]
    values: tuple[Any, ...]
    crossings: tuple[Micros, ...]


def silence_of(plans: Sequence[FactPlan], heard: Mapping[str, Micros]) -> Silence:
    """Return what silence means for each fact as long as its sources are heard."""
    views, crossings = [], []
    for plan in plans:
        watermarks = [heard.get(source, -FOREVER) + heard_for + 1 for source, heard_for in plan.silence]
        view = FactView("known", plan.fact.otherwise, assumed=True) if watermarks else _MISSING
        views.append(view)
        crossings.append(min(watermarks, default=FOREVER))
    return Silence(tuple(views), tuple(view.value for view in views), tuple(crossings))


def keep_candidate(plan: FactPlan, observations: list[Observation], new: Observation) -> list[Observation]:
    """Return the candidates after a new observation, which is later in order than all of them.

    One observation a source is enough, except where progress and freshness meet: there an earlier, further one may
    count again or a nearer one once the further is stale, so that all are kept which no later and further one
    outlives.
    """
    others = [one for one in observations if one.source != new.source]
    if not plan.rank:
        return [*others, new]
    own = [one for one in observations if one.source == new.source]
    if new.value is None:
        return [*others, new]
    rank = plan.rank.get(new.value, -1)
    if plan.fact.fresh_for is None:
        further = [one for one in own if one.value is not None and plan.rank.get(one.value, -1) > rank]
        return [*others, *(further or [new])]
    outlived = [one for one in own if one.value is not None and plan.rank.get(one.value, -1) > rank]
    return [*others, *outlived, new]


def _by_silence(
    plan: FactPlan, now: Micros, heard: Mapping[str, Micros], unheard: dict[str, Micros]
) -> tuple[FactView, Micros]:
    """Return the declared `otherwise` while every deciding source is heard, else missing."""
    if not plan.silence:
        return _MISSING, FOREVER
    until = FOREVER
    for source, heard_for in plan.silence:
        watermark = heard.get(source, -FOREVER)
        if watermark + heard_for < now:
            unheard[source] = watermark
            return _MISSING, FOREVER
        until = min(until, watermark + heard_for + 1)
    return FactView("known", plan.fact.otherwise, assumed=True), until


def _fresh(plan: FactPlan, observations: Sequence[Observation], now: Micros) -> tuple[list[Observation], Micros]:
    """Return the observations that say something and are not too old, and when the first of them will be."""
    limit = plan.fact.fresh_for
    if limit is None:
        return [one for one in observations if one.value is not None], FOREVER
    fresh = [one for one in observations if one.value is not None and now < one.occurred_at + limit]
    return fresh, min((one.occurred_at + limit for one in fresh), default=FOREVER)


def _without_echoes(plan: FactPlan, fresh: list[Observation]) -> list[Observation]:
    """Return the observations less those of sources whose origin speaks for itself: an echo counts once."""
    if len(fresh) < 2:
        return fresh
    speaking = {one.source for one in fresh}
    return [one for one in fresh if not speaking.intersection(plan.origins.get(one.source, ()))]


def _decide(plan: FactPlan, fresh: list[Observation], now: Micros, before: FactView) -> tuple[FactView, Micros]:
    """Return the fact that the highest tier decides, with what peers and lower tiers say against it."""
    best = min(plan.tier[one.source] for one in fresh)
    peers = [one for one in fresh if plan.tier[one.source] == best]
    lead = _leading(plan, peers)
    crossing = FOREVER
    differ_since = conflict_since = None
    if not plan.rank and any(_differ(plan, one.value, other.value) for one, other in combinations(peers, 2)):
        differ_since = now if before.differ_since is None else before.differ_since
        if now >= differ_since + plan.fact.settle:
            return FactView("disputed", differ_since=differ_since), FOREVER
        crossing = differ_since + plan.fact.settle
    lower = [one for one in fresh if plan.tier[one.source] > best]
    conflict = False
    if any(_contradicts(plan, lead.value, one.value) for one in lower):
        conflict_since = now if before.conflict_since is None else before.conflict_since
        conflict = now >= conflict_since + plan.fact.settle
        if not conflict:
            crossing = min(crossing, conflict_since + plan.fact.settle)
    view = FactView("known", lead.value, lead, False, differ_since, conflict_since, conflict)
    return view, crossing


def _leading(plan: FactPlan, observations: Sequence[Observation]) -> Observation:
    """Return the observation that counts among some: the furthest if the fact progresses, else the latest."""
    return max(
        observations,
        key=lambda one: (
            plan.rank.get(one.value, -1) if plan.rank else 0,
            one.occurred_at,
            one.sequence,
            one.source,
            one.event_id,
        ),
    )


def _contradicts(plan: FactPlan, decided: Any, said: Any) -> bool:
    """Return whether a lower tier contradicts: differs, and with a declared progress is not merely behind."""
    if plan.rank:
        return plan.rank.get(said, -1) > plan.rank.get(decided, -1)
    return _differ(plan, decided, said)


def _differ(plan: FactPlan, one: Any, other: Any) -> bool:
    """Return whether two values differ beyond the tolerance."""
    if plan.fact.tolerance and not isinstance(one, str | bool):
        return bool(abs(one - other) > plan.fact.tolerance)
    return bool(one != other)
