"""The board: all open cases of a server in memory, kept up to date by what happens, put in order once a moment.

What is shown of a case changes by an event of its subject, by a timer of its record, or by a feed that falls silent or
is heard again: only those records are read. The order follows from factors that are kept; no rule is evaluated for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from threading import Lock
from typing import Final

import msgspec

from troth.engine.harm import place_of
from troth.engine.machine import Machine, prepare
from troth.engine.project import OPEN_CASE, UNHEARD
from troth.engine.step import silent, timer_at
from troth.model.record import Record
from troth.model.times import DAY, FOREVER, SECOND, Micros
from troth.surfaces.api.context import Context
from troth.surfaces.watch.marks import end_of, next_of
from troth.surfaces.web.console.filters import Filter, matching
from troth.surfaces.web.console.row import Row, rows_of

FRESH: Final = SECOND // 4
"""How long what was found is good for everybody who asks."""
MOST: Final = 50_000
"""Open cases that the index is read for; those that come later are found by what happens to them."""
_ALL_EVERY: Final = 10 * SECOND
_CLOSED_FOR: Final = DAY
_CLOSED_MOST: Final = 1_000
_PAGE: Final = 1_000
_BEHIND: Final = 20
_LATELY: Final = 5_000


class _Kept(msgspec.Struct, frozen=True):
    """What is kept of a subject: its cases, when time alone changes them, and the feeds that it misses."""

    rows: tuple[Row, ...]
    due: Micros
    unheard: Mapping[str, Micros]
    pack: str


class Board:
    """The open cases of a server. Its methods block, and may be called by any thread.

    Args:
        context: The server's parts.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._machines: dict[str, Machine] = {name: prepare(pack) for name, pack in context.packs.items()}
        self._lock = Lock()
        self._kept: dict[str, _Kept] = {}
        self._since: dict[str, Micros] = {}
        self._marks: Sequence[int] | None = None
        self._once_more: set[str] = set()
        self._silent: Mapping[str, frozenset[str]] = {}
        self._heard: Mapping[str, Micros] = {}
        self._all_at: Micros = -FOREVER
        self._hurried = False
        self._unopened = 0
        self._shown: Snapshot | None = None

    def hurry(self) -> None:
        """Have the next look find what has just been done, however soon it comes."""
        self._hurried = True

    def look(self) -> Snapshot:
        """Return the open cases as they stand.

        Raises:
            LedgerError: The ledger cannot be read.
        """
        with self._lock:
            now = self._context.now()
            shown = self._shown
            if shown is not None and not self._hurried and 0 <= now - shown.at < FRESH:
                return shown
            self._hurried = False
            self._refresh(now)
            self._shown = self._snapshot(now)
            return self._shown

    # ------------------------------------------------------------------ what has changed

    def _refresh(self, now: Micros) -> None:
        """Read what may have changed since the last look."""
        touched = self._touched()
        wanted = touched | self._once_more
        # Events that another process has taken in are folded a moment after they can be seen.
        self._once_more = touched
        wanted |= self._by_time(now)
        if not 0 <= now - self._all_at < _ALL_EVERY:
            self._all_at = now
            wanted |= self._unlisted()
        self._read(wanted, now)

    def _touched(self) -> set[str]:
        """Return the subjects of events that have come; at first, those of the latest."""
        store = self._context.store
        if self._marks is None:
            self._marks = [max(0, head - _LATELY) for head in end_of(store)]
        found: set[str] = set()
        for _ in range(_BEHIND):
            stretch = next_of(store, self._marks, _PAGE)
            self._marks = stretch.marks
            found |= {one.event.subject for one in stretch.stored}
            if not stretch.more:
                return found
        # Too many to look through: the index of open cases and another look at what is known tell as much.
        self._marks = end_of(store)
        self._all_at = -FOREVER
        return found | set(self._kept)

    def _by_time(self, now: Micros) -> set[str]:
        """Return the subjects that stand otherwise by time alone, or because a feed is heard or not."""
        heard = self._heard = self._context.store.watermarks()
        quiet = {name: silent(machine, heard, now) for name, machine in self._machines.items()}
        moved = {name for name, sources in quiet.items() if sources != self._silent.get(name, frozenset())}
        self._silent = quiet
        return {
            subject
            for subject, kept in self._kept.items()
            if kept.due <= now
            or kept.pack in moved
            or (kept.unheard and any(heard.get(source, -FOREVER) != at for source, at in kept.unheard.items()))
        }

    def _unlisted(self) -> set[str]:
        """Return the subjects of which the index of open cases tells otherwise than what is kept."""
        entries = self._context.store.entries(OPEN_CASE, "", limit=MOST)
        # Of failures that a replay of history found nobody has opened a case: there is nothing to work, and no line.
        listed = {entry.subject for entry in entries if entry.body[2]}
        self._unopened = sum(1 for entry in entries if not entry.body[2])
        known = {subject for subject, kept in self._kept.items() if _is_open(kept)}
        # Of a part of the index nothing follows for what is not in it.
        return listed ^ known if len(entries) < MOST else listed - known

    def _read(self, subjects: Iterable[str], now: Micros) -> None:
        """Read records, and keep what lists need of them."""
        wanted = sorted(subjects)
        for start in range(0, len(wanted), _PAGE):
            part = wanted[start : start + _PAGE]
            found = self._context.store.records(part)
            for subject in part:
                self._keep(subject, found.get(subject), now)

    def _keep(self, subject: str, record: Record | None, now: Micros) -> None:
        """Keep what lists need of a record; nothing of one without open cases, and none that was closed lately."""
        machine = None if record is None else self._machines.get(record.pack)
        rows: list[Row] = [] if record is None or machine is None else rows_of(machine, record, self._heard, now)
        rows = [row for row in rows if row.case.closed_at is None or row.case.closed_at > now - _CLOSED_FOR]
        former = self._kept.pop(subject, None)
        if former is not None:
            for row in former.rows:
                if row.case.id not in {one.case.id for one in rows if one.case.closed_at is None}:
                    self._since.pop(row.case.id, None)
        if not rows or record is None:
            return
        # What was closed is shown for a day, and then forgotten, though nothing happens to it any more.
        gone = [row.case.closed_at + _CLOSED_FOR for row in rows if row.case.closed_at is not None]
        self._kept[subject] = _Kept(tuple(rows), min([timer_at(record), *gone]), record.unheard, record.pack)
        for row in rows:
            if row.case.closed_at is None:
                # What is found at the first look is as old as it is; later, it is new to whoever looks.
                first = max(row.case.opened_at, *row.case.reopened_at, -FOREVER)
                self._since.setdefault(row.case.id, first if self._shown is None else now)

    # ------------------------------------------------------------------ what is shown

    def _snapshot(self, now: Micros) -> Snapshot:
        """Return all rows in their order."""
        opened: list[Row] = []
        closed: list[Row] = []
        again_at = FOREVER
        for kept in self._kept.values():
            for row in kept.rows:
                if row.case.closed_at is not None:
                    closed.append(row)
                    continue
                opened.append(row)
                due = row.clock.due if row.clock is not None else None
                if due is not None and now < due < again_at:
                    again_at = due
        opened.sort(key=lambda row: place_of(row.score(now), row.subject, row.case))
        closed.sort(key=lambda row: (-(row.case.closed_at or 0), row.case.id))
        return Snapshot(now, opened, closed[:_CLOSED_MOST], again_at, self._quiet(), dict(self._since), self._unopened)

    def _quiet(self) -> tuple[Quiet, ...]:
        """Return the feeds that are silent, of every pack: that were heard once, or that a subject is waiting for."""
        found: dict[str, Quiet] = {}
        for name in sorted(self._machines):
            pack = self._machines[name].pack
            titles = {source.name: source.title or source.name for source in pack.sources}
            for source in sorted(self._silent.get(name, frozenset()) - found.keys()):
                if source in self._heard or self._context.store.entries(UNHEARD, source, limit=1):
                    found[source] = Quiet(titles.get(source, source), name, self._heard.get(source, -FOREVER))
        return tuple(found.values())


class Quiet(msgspec.Struct, frozen=True):
    """A feed that is silent.

    Attributes:
        source: In words.
        pack: A pack that hangs on it.
        heard_to: Up to when it was heard; `-FOREVER`: never.
    """

    source: str
    pack: str
    heard_to: Micros


class Snapshot:
    """The cases at one moment.

    Who is `harmed` is counted once; who is not, but is somebody of whom nobody can tell (`unsure`), or whose cases are
    all over and not closed yet (`over`), is counted there.

    Args:
        at: The moment.
        opened: Open cases, worst harm first.
        closed: Cases that were closed within a day, the latest first.
        again_at: When a promise is due next.
        quiet: Feeds that are silent.
        since: Open case → since when it is on the board.
        unopened: How many failures stand open of which nobody has opened a case: those of history that was imported.
    """

    def __init__(
        self,
        at: Micros,
        opened: Sequence[Row],
        closed: Sequence[Row],
        again_at: Micros,
        quiet: Sequence[Quiet],
        since: Mapping[str, Micros],
        unopened: int = 0,
    ) -> None:
        self.at = at
        self.opened = opened
        self.closed = closed
        self.again_at = again_at
        self.quiet = quiet
        self.since = since
        self.unopened = unopened
        self.overdue = frozenset(row.case.id for row in opened if row.is_overdue(at))
        harmed, unsure, over = ({row.whom for row in opened if row.going is going} for going in (True, None, False))
        self.harmed = len(harmed)
        self.unsure = len(unsure - harmed)
        self.over = len(over - harmed - unsure)
        self._found: dict[tuple[Filter, str], Sequence[Row]] = {}

    def rows(self, wanted: Filter, person: str) -> Sequence[Row]:
        """Return the rows that somebody asks for, in their order."""
        key = (msgspec.structs.replace(wanted, start=1), person if wanted.mine else "")
        if key not in self._found:
            self._found[key] = matching(self.closed if wanted.closed else self.opened, wanted, person, self.at)
        return self._found[key]


def _is_open(kept: _Kept) -> bool:
    """Return whether a subject has an open case."""
    return any(row.case.closed_at is None for row in kept.rows)
