"""What was knowable: the facts of an order from the reports that had arrived, worked out by hand, without the engine.

Everything that was acknowledged counts: what a clock that is ahead reports happened, at the latest, when it was heard;
among reports of one moment their own dates decide which came last. Of one system the latest counts; a picker's word
goes before the stock system's; what nobody has said is not so as long as those who would say it are heard.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from troth.model.event import Event
from troth.model.times import DAY, HOUR, MINUTE, Micros, parse_instant

_Says = Callable[[Mapping[str, Any]], dict[str, Any]]


def _plainly(**facts: Any) -> _Says:
    """Return what an event says whatever its data."""
    return lambda _: facts


SAYS: Final[dict[str, _Says]] = {
    "order.placed": lambda data: {"placed": True, "mode": data.get("mode")},
    "order.cancelled": lambda data: {"cancelled": True, "withdrawn": data.get("by") == "customer"},
    "stock.checked": lambda data: {"counted": data.get("available")},
    "pick.started": _plainly(not_found=False),
    "pick.completed": lambda data: {
        "not_found": False, "available": data.get("short") == 0, "short": data.get("short"),
        "complete": data.get("short") == 0,
    },
    "pick.failed": _plainly(not_found=True, available=False, complete=False),
    "label.printed": _plainly(parcel="label"),
    "parcel.accepted": _plainly(parcel="accepted", shipped=True),
    "parcel.at_hub": _plainly(parcel="at_hub", shipped=True),
    "parcel.out_for_delivery": _plainly(parcel="out_for_delivery", shipped=True),
    "parcel.delivered_to_store": _plainly(parcel="delivered", shipped=True),
    "parcel.received": _plainly(at_store=True, complete=True),
    "stage.placed": _plainly(staged=True, lost=False),
    "stage.removed": _plainly(staged=False),
    "pickup.refused": lambda data: {} if data.get("reason") == "no_proof" else {"lost": True},
    "pickup.handed_over": _plainly(handed_over=True, lost=False),
    "pickup.returned_to_stock": _plainly(returned=True, complete=False),
    "refund.issued": _plainly(refunded=True),
}  # fmt: skip
"""Event type → the facts that it states. `counted` is the stock system's word about `available`."""

TELLING: Final = frozenset({*SAYS, "order.rescheduled", "customer.registered"})
"""Events on which knowledge rests; the others are not kept."""
_SILENCE: Final[dict[str, tuple[Any, tuple[str, ...]]]] = {
    **dict.fromkeys(("placed", "cancelled", "withdrawn"), (False, ("oms",))),
    **dict.fromkeys(("not_found", "complete", "at_store", "returned"), (False, ("store",))),
    **dict.fromkeys(("handed_over", "refunded"), (False, ("pos",))),
    "short": (0, ("store",)),
    "parcel": ("none", ("carrier",)),
    "shipped": (False, ("carrier",)),
    "staged": (False, ("staging",)),
    "lost": (False, ("desk", "staging", "pos")),
}
"""Fact → what it is while nobody has said anything, and who has to be heard for that."""
HEARD_FOR: Final[dict[str, Micros]] = {"carrier": 4 * HOUR}
"""How long after its last word a feed counts as heard; of others, 10 minutes."""
_FRESH: Final[dict[str, Micros]] = {"parcel": 3 * DAY, "staged": 9 * DAY, "available": 12 * HOUR, "counted": 12 * HOUR}


def happened_at(event: Event) -> Micros:
    """Return when what a report says happened: nobody reports what has not happened yet."""
    return min(event.occurred_at, event.heard_at)


def _order(event: Event) -> tuple[Micros, Micros, int, str, str]:
    """Return a report's place among the others."""
    return (happened_at(event), event.occurred_at, event.sequence, event.source, event.id)


class Known:
    """What had been reported of one order, at a moment: a `View`.

    Args:
        events: Reports that had arrived, in any order, each identity once.
        now: The moment; microseconds since 1970 UTC.
        heard: Source → the moment up to which it had been heard.
    """

    __slots__ = ("_facts", "_heard", "_laid", "_now", "_ready_at", "_taken_at", "dues")

    def __init__(self, events: list[Event], now: Micros, heard: Mapping[str, Micros]) -> None:
        self._now, self._heard = now, heard
        self._facts: dict[str, tuple[Any, Micros]] = {}
        self._ready_at: Micros | None = None
        self._taken_at: Micros | None = None
        self._laid = False
        self.dues: list[tuple[Micros, Micros, bool]] = []
        for event in sorted(events, key=_order):
            if happened_at(event) <= now:
                self._take(event, happened_at(event))

    def _take(self, event: Event, happened: Micros) -> None:
        """Take in what the next report says."""
        says = SAYS.get(event.type)
        if says is not None:
            for fact, value in says(event.data).items():
                self._facts[fact] = (value, happened)
        if event.type in {"order.placed", "order.rescheduled"} and "promised_by" in event.data:
            consent = event.type == "order.placed" or event.data.get("consent") is True
            self.dues.append((parse_instant(event.data["promised_by"]), happened, consent))
        said = self._said
        whole = said("complete") is True or said("mode") == "ship_to_store"
        ready = said("staged") is True and whole and said("lost") is not True
        if self._ready_at is None and (ready or said("handed_over") is True):
            self._ready_at = happened
        if event.type == "stage.removed" and self._ready_at is None and self._taken_at is None:
            # What is taken off the shelf lay there, though nobody has said so: the scan that laid it there was lost.
            self._taken_at = happened
        self._laid = self._laid or event.type == "stage.placed"

    def _said(self, fact: str) -> Any:
        """Return what was said last of a fact; `None`: nothing."""
        return self._facts[fact][0] if fact in self._facts else None

    def value(self, fact: str) -> Any:
        """Return a fact; `None`: not known. See `View`."""
        if fact == "available" and (fact not in self._facts or not self._is_fresh(fact)):
            fact = "counted"
        if fact in self._facts:
            return self._facts[fact][0] if self._is_fresh(fact) else None
        if fact not in _SILENCE:
            return None
        silent, sources = _SILENCE[fact]
        return silent if all(self._is_heard(source) for source in sources) else None

    def ready_before(self, due: Micros | None) -> bool | None:
        """Return whether it was ready before a moment, or still can be. See `View`."""
        if not self.dues:
            return None
        by = self.dues[-1][0] if due is None else due
        if self._ready_at is not None and self._ready_at < by:
            return True
        if self._taken_at is not None and self._taken_at < by <= self._now:
            return None
        if self._ready_at is not None:
            return False
        if self._now < by:
            return True
        heard = all(self._is_heard(source) for source in ("staging", "store", "pos", "desk"))
        return False if heard else None

    def lapsed(self, told: Callable[[Micros, Micros], bool]) -> Micros | None:
        """Return the moment at which the promise of readiness lapsed by what was known; `None`: it did not.

        A later moment counts in place of the first one only if the customer agreed, and was told before the old one.

        Args:
            told: Says whether the customer had been told between two moments.
        """
        if not self.dues:
            return None
        counts = self.dues[0][0]
        for due, given_at, consent in self.dues[1:]:
            if consent and told(given_at, counts):
                counts = due
        withdrawn = self._said("withdrawn") is True and self._facts["withdrawn"][1] < counts
        return counts if not withdrawn and self._now >= counts and self.ready_before(counts) is False else None

    def age(self, fact: str) -> Micros | None:
        """Return for how long a fact has been as it is. See `View`."""
        return self._now - self._facts[fact][1] if fact in self._facts else None

    def was_laid(self) -> bool:
        """Return whether it has ever been laid on the shelf. See `View`."""
        return self._laid

    def _is_fresh(self, fact: str) -> bool:
        """Return whether what was said of a fact still vouches for it."""
        return self._now - self._facts[fact][1] < _FRESH.get(fact, self._now)

    def _is_heard(self, source: str) -> bool:
        """Return whether a feed is heard."""
        since = self._heard.get(source)
        return since is not None and self._now <= since + HEARD_FOR.get(source, 10 * MINUTE)


class Oracle:
    """Everything that had been acknowledged, of all orders.

    Attributes:
        heard: Source → the moment up to which it had been heard.
    """

    __slots__ = ("_events", "_seen", "heard")

    def __init__(self) -> None:
        self.heard: dict[str, Micros] = {}
        self._events: dict[str, list[Event]] = {}
        self._seen: set[tuple[str, str]] = set()

    def acknowledge(self, event: Event, now: Micros) -> None:
        """Take in a report that the service has acknowledged; a repetition says nothing new."""
        self.hear({event.source: min(event.occurred_at, now)})
        if event.type not in TELLING or (event.source, event.id) in self._seen:
            return
        self._seen.add((event.source, event.id))
        self._events.setdefault(event.subject, []).append(event)

    def hear(self, heard: Mapping[str, Micros]) -> None:
        """Note up to when feeds are heard; it never goes back."""
        for source, moment in heard.items():
            self.heard[source] = max(self.heard.get(source, moment), moment)

    def events(self, subject: str) -> list[Event]:
        """Return the reports about a subject, in the order of their arrival."""
        return self._events.get(subject, [])

    def known(self, subject: str, now: Micros) -> Known:
        """Return what was knowable of an order; see `Known`."""
        return Known(self.events(subject), now, self.heard)

    def known_from(self, events: list[Event], now: Micros) -> Known:
        """Return what some of the reports made knowable at a moment; see `Known`."""
        return Known(events, now, self.heard)
