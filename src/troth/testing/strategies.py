"""Hypothesis strategies for any pack: plausible and implausible sets of events, watermarks, and ways to feed them.

Times lie on a coarse grid, so that ties are common; ids come from a small pool, so that the same identity comes twice,
with the same content or with another; events come late, from sources that may not speak, with members that are missing,
null or of the wrong type; corrections name events that exist, that do not, and one another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

import msgspec
from hypothesis import strategies as st

from troth.model.event import Event
from troth.model.pack import EventPlan, Pack
from troth.model.times import DAY, HOUR, Micros
from troth.testing.builders import START
from troth.testing.shapes import pools_of

GRID: Final[Micros] = 6 * HOUR
"""Distance of two neighbouring moments of the grid."""
MOMENTS: Final = 33
"""Number of moments of the grid: eight days."""
END: Final[Micros] = START + (MOMENTS - 1) * GRID
"""The last moment of the grid."""
_EVENT_IDS: Final = tuple(f"e{number}" for number in range(1, 10))
_DELAYS: Final = (0, 0, 0, GRID, 2 * DAY, -GRID)
_MANY: Final = 9


class Feeding(msgspec.Struct, frozen=True):
    """Some events handed over together.

    Attributes:
        events: The events, in an order of arrival.
        heard: Watermarks as they stand then.
        now: When.
    """

    events: tuple[Event, ...]
    heard: Mapping[str, Micros]
    now: Micros


class _Shape(msgspec.Struct, frozen=True):
    """One event type ready to be drawn: its sources and the pools of its data members."""

    type: str
    likely: tuple[str, ...]
    sources: tuple[str, ...]
    pools: tuple[tuple[str, tuple[Any, ...]], ...]


def moments() -> st.SearchStrategy[Micros]:
    """Return a strategy of instants on the grid."""
    return st.integers(0, MOMENTS - 1).map(lambda step: START + step * GRID)


def moments_near(events: Sequence[Event]) -> st.SearchStrategy[Micros]:
    """Return a strategy of instants on the grid soon after one of the events, when things are still undecided."""
    moment = st.sampled_from(sorted({event.occurred_at for event in events}))
    return st.builds(lambda at, steps: at + steps * GRID, moment, st.integers(0, 3))


def events_of(pack: Pack, *, subjects: Sequence[str] = (), at_most: int = _MANY) -> st.SearchStrategy[list[Event]]:
    """Return a strategy of event sets that a pack may meet, good and bad.

    Args:
        pack: The pack.
        subjects: Whom the events are about; one subject named by the pack's noun when omitted.
        at_most: How many events at most, beside one request a subject.
    """
    whom = tuple(subjects) or (f"{pack.subject}/1",)
    shapes = shapes_of(pack)
    # Most stories begin with the request; without one there is little to promise.
    begins = tuple(shape for shape in shapes if pack.events[shape.type].starts) or shapes
    first = st.lists(_event(begins, whom), max_size=len(whom))
    rest = st.lists(_event(shapes, whom), min_size=1, max_size=at_most)
    return st.builds(list.__add__, first, rest)


def watermarks_of(pack: Pack) -> st.SearchStrategy[dict[str, Micros]]:
    """Return a strategy of watermarks: each source heard to the end, up to some moment, or never."""
    mark = st.one_of(st.just(END), st.just(END), moments(), st.none())
    given = st.fixed_dictionaries({source.name: mark for source in pack.sources})
    return given.map(lambda marks: {name: moment for name, moment in marks.items() if moment is not None})


@st.composite
def feedings(draw: st.DrawFn, events: Sequence[Event], heard: Mapping[str, Micros], now: Micros) -> list[Feeding]:
    """Draw a way to feed events: a permutation with repetitions, cut into batches, each with its `now` and watermarks.

    The last feeding has the given watermarks and `now`; the earlier ones have none that are later.
    """
    again = draw(st.lists(st.sampled_from(list(events)), max_size=3))
    order = draw(st.permutations([*events, *again]))
    cuts = sorted(draw(st.sets(st.integers(1, max(1, len(order) - 1)), max_size=4)))
    batches = [tuple(order[start:end]) for start, end in zip([0, *cuts], [*cuts, len(order)], strict=True)]
    times = sorted(draw(st.lists(moments(), min_size=len(batches) - 1, max_size=len(batches) - 1)))
    fed = [
        Feeding(batch, {source: min(mark, moment) for source, mark in heard.items()}, min(moment, now))
        for batch, moment in zip(batches[:-1], times, strict=True)
    ]
    return [*fed, Feeding(batches[-1], heard, now)]


@lru_cache(maxsize=64)
def _shapes_by_digest(key: _Keyed) -> tuple[_Shape, ...]:
    """Return the shapes of a pack, kept by its digest."""
    pack = key.pack
    everyone = tuple(source.name for source in pack.sources)
    shapes = [_shape(pack, plan, everyone) for _, plan in sorted(pack.events.items())]
    # What every pack has (receipts, corrections) comes less often than what this pack is about.
    often = [shape for shape in shapes if not shape.type.startswith("message.") or shape.type == "message.sent"]
    return (*shapes, *often, *often)


class _Keyed:
    """A pack that compares by its digest."""

    def __init__(self, pack: Pack) -> None:
        """Keep the pack."""
        self.pack = pack

    def __hash__(self) -> int:
        """Return the hash of the digest."""
        return hash(self.pack.digest)

    def __eq__(self, other: object) -> bool:
        """Return whether both are of one digest."""
        return isinstance(other, _Keyed) and other.pack.digest == self.pack.digest


def shapes_of(pack: Pack) -> tuple[_Shape, ...]:
    """Return what is drawn for each event type of a pack."""
    return _shapes_by_digest(_Keyed(pack))


def _shape(pack: Pack, plan: EventPlan, everyone: tuple[str, ...]) -> _Shape:
    """Return what is drawn for one event type."""
    speaking = {source for one in plan.observe for tier in pack.facts[one.fact].authority for source in tier}
    likely = plan.sources or tuple(sorted(speaking)) or everyone
    return _Shape(plan.type, likely, everyone, tuple(pools_of(pack, plan, START, _EVENT_IDS).items()))


@st.composite
def _event(draw: st.DrawFn, shapes: Sequence[_Shape], subjects: Sequence[str]) -> Event:
    """Draw one event of any type."""
    shape = draw(st.sampled_from(shapes))
    occurred = draw(moments())
    odd = draw(st.integers(0, 9))
    data: dict[str, Any] = {}
    for member, pool in shape.pools:
        choice = draw(st.integers(0, len(pool) + 1))
        if choice < len(pool):
            data[member] = pool[choice]
        elif choice == len(pool):
            data[member] = None
    if odd == 0:
        data["attributes"] = draw(st.sampled_from([{"size": 1}, {"size": 2, "shade": "red"}, {"size": None}, "none"]))
    return Event(
        source=draw(st.sampled_from(shape.sources if odd == 1 else shape.likely)),
        id=draw(st.sampled_from(_EVENT_IDS)),
        type=shape.type,
        subject=draw(st.sampled_from(subjects)),
        occurred_at=occurred,
        heard_at=occurred + draw(st.sampled_from(_DELAYS)),
        data=data,
        sequence=draw(st.integers(0, 2)) if odd > 6 else 0,
    )
