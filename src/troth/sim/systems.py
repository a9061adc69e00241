"""Systems that report what happened, each with its own clock, delays and mistakes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any, Final

from troth.model.event import Event
from troth.model.times import DAY, HOUR, MINUTE, SECOND, Micros
from troth.sim.agenda import Agenda
from troth.sim.faults import OUTAGE, Faults
from troth.sim.steps import Heartbeat, Report, Step

PICKUP: Final = "store_pickup"
CUSTOMER: Final = "customer"
SOURCES: Final = (
    "oms", "inventory", "store", "staging", "pos", "desk", "carrier", "mailer", "callcentre", "crm",
    "preference_centre",
)  # fmt: skip
SURE: Final = frozenset({"oms", "crm"})
"""Systems that hand their reports over in one transaction with what they record: these lose none."""
LATE: Final[Micros] = 10 * MINUTE
"""What is late: at least this much. Systems that work report within seconds."""
_LATEST: Final[Micros] = 12 * HOUR
_TAIL: Final = 1.2


class Systems:
    """All reporting systems of the firm.

    Attributes:
        counts: What befell reports: `made`, `lost`, `late`, `duplicated`, `reordered`, and `scans`,
            which alone can be lost.
        clocks: Source → by how much its clock is ahead; microseconds.

    Args:
        agenda: The virtual clock.
        faults: How often what goes wrong.
        seed: Of the faults alone: the physical world has its own.
        emit: Takes each step when its moment has come.
    """

    __slots__ = ("_agenda", "_emit", "_faults", "_made", "_random", "_seed", "_silences", "clocks", "counts")

    def __init__(self, agenda: Agenda, faults: Faults, seed: int, emit: Callable[[Step], None]) -> None:
        self._agenda, self._faults, self._seed, self._emit = agenda, faults, seed, emit
        self._random = Random(f"{seed}/faults")  # noqa: S311 - a simulation, no secret
        self._made: Counter[str] = Counter()
        self._silences: dict[int, tuple[str, Micros]] = {}
        self.counts: Counter[str] = Counter()
        self.clocks = {source: round(self._random.uniform(-1, 1) * faults.skew) for source in SOURCES}

    def report(
        self, source: str, type: str, subject: str, data: dict[str, Any] | None = None, *, pack: str = PICKUP
    ) -> Micros | None:
        """Report what has just happened; return when the report arrives, `None` when it never does."""
        random, faults, now = self._random, self._faults, self._agenda.now
        self.counts["made"] += 1
        self._made[source] += 1
        if source not in SURE:
            self.counts["scans"] += 1
            if random.random() < faults.lost:
                self.counts["lost"] += 1
                return None
        arrives = self._heard_again(source, now + self._delay())
        jitter = round(random.gauss(0, 1) * min(2 * SECOND, faults.skew // 20))
        event = Event(
            source, f"{source}-{self._made[source]}", type, subject, now + self.clocks[source] + jitter, 0, data or {}
        )
        self._arrive(arrives, pack, event)
        if random.random() < faults.duplicated:
            self.counts["duplicated"] += 1
            again = event if random.random() < 0.75 else self._renamed(event)
            self._arrive(arrives + round(random.uniform(1, 120) * SECOND), pack, again)
        return arrives

    def heartbeats(self, every: Micros) -> None:
        """Let all feeds that are not silent say that they are alive, from now on for ever."""
        now = self._agenda.now
        silent, since = self._silence(now)
        # A feed tells of its own clock; none has heard of what is to come.
        heard = {
            source: now + min(0, ahead)
            for source, ahead in self.clocks.items()
            if source != silent or not since <= now < since + OUTAGE
        }
        self._emit(Heartbeat(now, heard))
        self._agenda.at(now + every, self.heartbeats, every, idle=True)

    def _delay(self) -> Micros:
        """Return how long the next report is on its way."""
        random, faults = self._random, self._faults
        delay = round((0.2 + random.expovariate(0.5)) * SECOND)
        if random.random() < faults.late:
            self.counts["late"] += 1
            return min(_LATEST, delay + round(LATE * random.paretovariate(_TAIL)))
        if random.random() < faults.reordered:
            self.counts["reordered"] += 1
            return delay + round(random.uniform(1, 8) * MINUTE)
        return delay

    def _renamed(self, event: Event) -> Event:
        """Return the same report under another id, as a system sends it that does not know that it did before."""
        return Event(
            event.source, f"{event.id}-again", event.type, event.subject, event.occurred_at, 0, event.data
        )  # fmt: skip

    def _arrive(self, moment: Micros, pack: str, event: Event) -> None:
        """Enter the arrival of a report."""
        self._agenda.at(moment, self._emit_report, pack, event)

    def _emit_report(self, pack: str, event: Event) -> None:
        """Hand a report over: it is heard now."""
        now = self._agenda.now
        heard = Event(event.source, event.id, event.type, event.subject, event.occurred_at, now, event.data)
        self._emit(Report(now, pack, heard))

    def _heard_again(self, source: str, moment: Micros) -> Micros:
        """Return when a report arrives whose feed may be silent meanwhile: then all that waited comes at once."""
        silent, since = self._silence(moment)
        return since + OUTAGE if source == silent and since <= moment < since + OUTAGE else moment

    def _silence(self, moment: Micros) -> tuple[str, Micros]:
        """Return the feed that is silent on a moment's day, and from when; no feed has the empty name."""
        day = moment // DAY
        if day not in self._silences:
            random = Random(f"{self._seed}/silence/{day}")  # noqa: S311 - a simulation, no secret
            silent = random.choice(SOURCES) if random.random() < self._faults.outages else ""
            self._silences[day] = (silent, day * DAY + round(random.uniform(0, 23) * HOUR))
        return self._silences[day]
