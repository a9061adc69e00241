"""How many subjects are in which state: counted once, then kept up by what happens.

The records are read through once for all packs. From then on only subjects are looked at again of which something was
heard, of which time alone changes the state, or that waited for a feed that has spoken. So a page that is watched costs
what happens, and not what there is.

Above `MOST` subjects no list of them is kept in memory: they are counted anew, at most every `ANEW`, and the page says
when.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from heapq import nsmallest
from threading import Lock
from typing import Final

import msgspec

from troth.engine.step import wakes_at
from troth.model.record import Record
from troth.model.times import FOREVER, MINUTE, Micros
from troth.ports.ledger import Ledger
from troth.surfaces.watch.marks import end_of, next_of

MOST: Final = 250_000
"""Subjects that are kept in memory, of all packs."""
ANEW: Final = 10 * MINUTE
NOWHERE: Final = "unknown"
"""In place of a state that nobody can tell."""
_PAGE: Final = 1_000
_BEHIND: Final = 50


class Seat(msgspec.Struct, frozen=True, gc=False):
    """Where a subject is.

    Attributes:
        pack: Its pack.
        state: Its state, or `NOWHERE`.
        since: Since when.
        cases: How many of its cases are open.
        again_at: When time alone changes something.
        unheard: Whether a feed that is silent might change something by speaking.
    """

    pack: str
    state: str
    since: Micros
    cases: int
    again_at: Micros = FOREVER
    unheard: bool = False


class Counts(msgspec.Struct, frozen=True):
    """What was counted of one pack.

    Attributes:
        at: When.
        subjects: How many there are.
        states: State → how many are in it; `NOWHERE` for those whose state is not known.
        cases: How many cases are open.
        listed: Whether they can be listed.
    """

    at: Micros
    subjects: int = 0
    states: Mapping[str, int] = {}
    cases: int = 0
    listed: bool = True


class Census:
    """The subjects of a ledger, by pack and state. Safe from any thread; all of it blocks.

    Args:
        ledger: Whose.
        most: How many subjects are kept in memory.
    """

    def __init__(self, ledger: Ledger, most: int = MOST) -> None:
        self._ledger, self._most = ledger, most
        self._lock = Lock()
        self._seats: dict[str, Seat] | None = None
        self._totals: dict[str, Counts] = {}
        self._counted_at: Micros = -FOREVER
        self._marks: Sequence[int] = ()
        self._heard: dict[str, Micros] = {}
        self._once_more: set[str] = set()
        self._states: dict[str, Counter[str]] = {}
        self._cases: Counter[str] = Counter()

    def counts(self, pack: str, now: Micros) -> Counts:
        """Return what is counted of a pack now."""
        with self._lock:
            self._bring(now)
            if self._seats is None:
                return self._totals.get(pack, Counts(self._counted_at, listed=False))
            states = self._states.get(pack, Counter())
            return Counts(now, states.total(), {name: count for name, count in states.items() if count},
                          self._cases[pack])  # fmt: skip

    def subjects(
        self, pack: str, state: str, now: Micros, *, after: tuple[Micros, str] | None = None, limit: int = 50
    ) -> list[tuple[Micros, str]]:
        """Return (since when, subject) of those in a state, whoever has been there longest first.

        Args:
            pack: Of which pack.
            state: In which state; empty: in any.
            now: The present moment.
            after: Only those after this one.
            limit: How many at most.
        """
        with self._lock:
            self._bring(now)
            found = (
                (seat.since, subject)
                for subject, seat in (self._seats or {}).items()
                if seat.pack == pack and state in ("", seat.state)
            )
            return nsmallest(limit, (one for one in found if after is None or one > after))

    def states(self, subjects: Iterable[str]) -> dict[str, str]:
        """Return subject → its state, or `NOWHERE`, as it was when it was last counted; of those that are listed."""
        with self._lock:
            seats = self._seats or {}
            return {subject: seats[subject].state for subject in subjects if subject in seats}

    # ------------------------------------------------------------------ counting

    def _bring(self, now: Micros) -> None:
        """Bring the count up to the present."""
        if not self._marks or (self._seats is None and now - self._counted_at >= ANEW):
            self._all(now)
        elif self._seats is not None:
            self._again(now)

    def _all(self, now: Micros) -> None:
        """Count all subjects."""
        # What comes while they are counted is looked at again afterwards.
        self._marks, self._heard = end_of(self._ledger), self._ledger.watermarks()
        self._states, self._cases = {}, Counter()
        seats: dict[str, Seat] | None = {}
        for record in self._ledger.scan_records():
            seat = _seat(record)
            self._note(seat, 1)
            if seats is not None:
                seats[record.subject] = seat
                seats = seats if len(seats) <= self._most else None
        self._seats, self._counted_at = seats, now
        if seats is None:
            self._totals = {
                pack: Counts(now, states.total(), dict(states), self._cases[pack], listed=False)
                for pack, states in self._states.items()
            }

    def _again(self, now: Micros) -> None:
        """Look again at the subjects of which something may have changed."""
        assert self._seats is not None, "without a list there is nobody to look at again"
        touched = self._touched()
        if touched is None:
            self._all(now)
            return
        heard = self._ledger.watermarks()
        moved, self._heard = heard != self._heard, heard
        # Events that another process has taken in are folded a moment after they can be seen.
        wanted, self._once_more = touched | self._once_more, touched
        wanted |= {subject for subject, seat in self._seats.items() if seat.again_at <= now or (moved and seat.unheard)}
        self._renew(wanted, now)

    def _renew(self, subjects: Iterable[str], now: Micros) -> None:
        """Count some subjects anew."""
        assert self._seats is not None, "without a list there is nobody to look at again"
        names = sorted(subjects)
        for start in range(0, len(names), _PAGE):
            some = names[start : start + _PAGE]
            for subject, record in self._ledger.records(some).items():
                if (before := self._seats.get(subject)) is not None:
                    self._note(before, -1)
                seat = _seat(record)
                # The writer fires what is due; until it has, there is nothing new to see.
                seat = msgspec.structs.replace(seat, again_at=max(seat.again_at, now + 1))
                self._seats[subject] = seat
                self._note(seat, 1)
        if len(self._seats) > self._most:
            self._all(now)

    def _touched(self) -> set[str] | None:
        """Return the subjects of new events; `None` when there are too many to look through."""
        found: set[str] = set()
        for _ in range(_BEHIND):
            stretch = next_of(self._ledger, self._marks, _PAGE)
            self._marks = stretch.marks
            found |= {one.event.subject for one in stretch.stored}
            if not stretch.more:
                return found
        return None

    def _note(self, seat: Seat, by: int) -> None:
        """Count a subject in or out."""
        self._states.setdefault(seat.pack, Counter())[seat.state] += by
        self._cases[seat.pack] += by * seat.cases


def _seat(record: Record) -> Seat:
    """Return where a subject is."""
    span = record.states[-1] if record.states else None
    state, since = (NOWHERE, record.at) if span is None else (span.value, span.since)
    open_ = sum(case.closed_at is None for case in record.cases)
    return Seat(record.pack, state, since, open_, wakes_at(record), bool(record.unheard))
