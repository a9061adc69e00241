"""What an event type reads of its data: found by asking the compiled plan, so that it works for any pack.

A compiled extract is an opaque function. It is called with data that notes which members it is asked for; the role of
the extract (a due day, an observation of a fact, the name of a message) then says which values make sense there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from troth.model.pack import Due, EventPlan, Pack
from troth.model.rules import Extract
from troth.model.times import DAY, HOUR, Micros, format_instant, to_datetime

_FILLERS: Final[tuple[Any, ...]] = (None, True, False, 1, "x")
ZONES: Final = ("America/Sao_Paulo", "America/New_York", "Etc/UTC", "Nowhere/Land")
MESSAGE_IDS: Final = ("m1", "m2", "m3")
CHANNELS: Final = ("email", "page", "sms")
_ANY: Final[tuple[Any, ...]] = (True, False, 0, 7, "x")


class _Noting(dict[str, Any]):
    """Data that notes which members it is asked for, and answers each with one filler."""

    def __init__(self, filler: Any) -> None:
        """Start with nothing asked for."""
        super().__init__()
        self.asked: set[str] = set()
        self.filler = filler

    def __getitem__(self, name: str) -> Any:
        """Note the name; answer with the filler."""
        self.asked.add(name)
        return self.filler

    def get(self, name: str, default: Any = None) -> Any:
        """Note the name; answer with the filler, or the default while the filler is null."""
        self.asked.add(name)
        return default if self.filler is None else self.filler

    def __contains__(self, name: object) -> bool:
        """Note the name; claim to have it."""
        self.asked.add(str(name))
        return True


def members_of(extract: Extract | None) -> frozenset[str]:
    """Return the names of the data members that a compiled extract reads at the top level."""
    if extract is None:
        return frozenset()
    asked: set[str] = set()
    for filler in _FILLERS:
        data = _Noting(filler)
        # A filler may be of another type than the extract wants; what it asked for is noted all the same.
        with suppress(TypeError, ValueError, KeyError, AttributeError):
            extract(data)
        asked |= data.asked
    return frozenset(asked)


def pools_of(pack: Pack, plan: EventPlan, start: Micros, event_ids: Sequence[str]) -> dict[str, tuple[Any, ...]]:
    """Return data member → values that make sense there, for one event type.

    Args:
        pack: The pack.
        plan: The event type's plan.
        start: The moment from which instants and days count on, up to five days.
        event_ids: Ids that corrections may name.
    """
    pools: dict[str, list[Any]] = {}
    for extract, values in _roles(pack, plan, start, event_ids):
        for member in members_of(extract):
            pool = pools.setdefault(member, [])
            pool += [
                value
                for value in values
                if not any(value is one or (value == one and type(value) is type(one)) for one in pool)
            ]
    return {member: tuple(pool) for member, pool in sorted(pools.items())}


def instants(start: Micros) -> tuple[str, ...]:
    """Return a few instants as RFC 3339, among them what cannot be read as one."""
    steps = (0, 6 * HOUR, DAY, 2 * DAY, 5 * DAY)
    return (*(format_instant(start + step) for step in steps), "soon")


def days(start: Micros) -> tuple[str, ...]:
    """Return a few civil days, among them what is none."""
    return (*(to_datetime(start + step * DAY).date().isoformat() for step in (0, 1, 2, 5)), "2026-02-30")


def _roles(
    pack: Pack, plan: EventPlan, start: Micros, event_ids: Sequence[str]
) -> Iterator[tuple[Extract | None, tuple[Any, ...]]]:
    """Yield each extract of a plan with the values that its role calls for."""
    truths = (True, False)
    yield plan.when, truths
    for one in plan.observe:
        yield one.value, _values_of(pack, one.fact, start)
    yield plan.corrects, tuple(event_ids)
    yield plan.corrects_source, tuple(source.name for source in pack.sources)
    if plan.receipt is not None:
        yield plan.receipt.message, (*pack.messages, "no such message")
        yield plan.receipt.id, MESSAGE_IDS
        yield plan.receipt.channel, CHANNELS
    for index in {*plan.makes, *plan.renews}:
        kind = pack.promises[index]
        yield kind.made_when, truths
        yield kind.key, ("1", "2")
        yield kind.opens, instants(start)
        yield kind.renew_consent, truths
        yield from _due_roles(kind.due, start)
        if kind.renew_due is not None:
            yield from _due_roles(kind.renew_due, start)


def _due_roles(due: Due, start: Micros) -> Iterator[tuple[Extract | None, tuple[Any, ...]]]:
    """Yield the extracts of a due moment with their values."""
    yield due.at, instants(start)
    yield due.day, days(start)
    yield due.zone, ZONES


def _values_of(pack: Pack, index: int, start: Micros) -> tuple[Any, ...]:
    """Return values for a fact: of its type, and one that is not."""
    fact = pack.facts[index]
    if fact.progress:
        return (*fact.progress, "no such step")
    pools: Mapping[str, tuple[Any, ...]] = {
        "bool": (True, False, "yes"),
        "int": (0, 14, 15, 40, "late"),
        "double": (0.0, 1.5, 2.0),
        "string": ("open", "closed", "x", 4),
        "timestamp": instants(start),
        "duration": ("1h", "2d"),
    }
    return pools.get(fact.type, _ANY)
