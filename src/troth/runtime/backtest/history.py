"""Where a history is: in a ledger, or spilled into files that hold a share of the subjects each.

A history is a small value that another process can be handed; opened there, it yields the subjects of some buckets with
all their events, one after the other.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import msgspec

from troth.engine.backtest_gate import Whose, nobody
from troth.lang.compile import compile_pack
from troth.model.event import Event
from troth.model.pack import Pack
from troth.model.record import Record
from troth.model.times import Micros
from troth.ports.ledger import Ledger
from troth.runtime import catalog
from troth.runtime.backtest.customers import LedgerCustomers
from troth.runtime.backtest.spill import subjects_in
from troth.runtime.gaps import heard_at
from troth.runtime.replay import heard_by


class Opened(Protocol):
    """A history that is being read."""

    packs: Mapping[str, Pack]
    heard: Mapping[str, Micros]
    whose: Whose

    def whose_with(self, pack: Pack) -> Whose:
        """Return who messages were for where another pack of the same name stands in the place of the first."""
        ...

    def scan(self, pack: str, buckets: Collection[int] | None) -> Iterator[tuple[str, list[Event]]]:
        """Yield (subject, its events up to now) of a pack, of some buckets; `None`: of all."""
        ...


class History(Protocol):
    """A history, as a value.

    Attributes:
        now: The moment up to which events count.
        events: About how many there are.
        shared: Whether another process can open it as well.
    """

    @property
    def now(self) -> Micros:
        """Return the moment up to which events count; microseconds since 1970 UTC."""
        ...

    @property
    def events(self) -> int:
        """Return about how many events there are."""
        ...

    @property
    def shared(self) -> bool:
        """Return whether another process can open it as well."""
        ...

    def opened(self) -> Iterator[Opened]:
        """Open it; a generator for `contextmanager`."""
        ...


class LedgerHistory(msgspec.Struct, frozen=True):
    """The history that a ledger holds.

    Attributes:
        opener: Opens the ledger anew, in whatever process.
        now: The moment up to which events count.
        events: How many the ledger holds.
        as_known: Whether only what had been heard by `now` counts.
        shared: Whether another process can open the ledger as well.
        close: Whether to close what the opener has opened.
    """

    opener: Callable[[], Ledger]
    now: Micros
    events: int
    as_known: bool = False
    shared: bool = True
    close: bool = True

    def opened(self) -> Iterator[Opened]:
        """Open the ledger; a generator for `contextmanager`."""
        ledger = self.opener()
        try:
            yield OpenLedger(ledger, self.now, as_known=self.as_known)
        finally:
            if self.close:
                ledger.close()


class SpilledHistory(msgspec.Struct, frozen=True):
    """A history that was read from files and lies in spill files (see `troth.runtime.backtest.spill`).

    Attributes:
        folder: Where.
        files: The pack's files, name → text.
        heard: Source → watermark.
        now: The moment of the extract.
        events: How many events.
        shared: Files can be read by any process.
    """

    folder: str
    files: dict[str, str]
    heard: dict[str, Micros]
    now: Micros
    events: int
    shared: bool = True

    def opened(self) -> Iterator[Opened]:
        """Compile the pack; a generator for `contextmanager`."""
        pack = compile_pack(self.files).require()
        yield _OpenSpill(Path(self.folder), {pack.name: pack}, self.heard, self.now)


@contextmanager
def opening(history: History) -> Iterator[Opened]:
    """Open a history, and close it afterwards."""
    yield from history.opened()


class OpenLedger:
    """A ledger being read."""

    def __init__(self, ledger: Ledger, now: Micros, *, as_known: bool) -> None:
        self._ledger, self._now, self._as_known = ledger, now, as_known
        self.packs: Mapping[str, Pack] = catalog.restore(ledger)
        self.heard: Mapping[str, Micros] = heard_at(ledger, now) if as_known else ledger.watermarks()
        self.whose: Whose = LedgerCustomers(ledger, self.packs, self.heard)

    def whose_with(self, pack: Pack) -> Whose:
        """Return who messages were for; see `Opened`."""
        return LedgerCustomers(self._ledger, {**self.packs, pack.name: pack}, self.heard)

    def records(self, buckets: Collection[int] | None) -> Iterator[Record]:
        """Yield the records of some buckets as they are stored; `None`: of all."""
        return self._ledger.scan_records(buckets=buckets)

    def scan(self, pack: str, buckets: Collection[int] | None) -> Iterator[tuple[str, list[Event]]]:
        """Yield (subject, its events up to now); see `Opened`."""
        for subject, events in self._ledger.scan_events(pack=pack, buckets=buckets):
            if self._as_known:
                yield subject, heard_by(events, self._now)
            else:
                yield subject, [event for event in events if event.occurred_at <= self._now]


class _OpenSpill:
    """Spill files being read."""

    def __init__(self, folder: Path, packs: Mapping[str, Pack], heard: Mapping[str, Micros], now: Micros) -> None:
        self._folder, self._now = folder, now
        self.packs, self.heard = packs, heard
        self.whose: Whose = nobody

    def whose_with(self, pack: Pack) -> Whose:  # noqa: ARG002 - nobody is known by any pack
        """Return who messages were for; see `Opened`."""
        return self.whose

    def scan(self, pack: str, buckets: Collection[int] | None) -> Iterator[tuple[str, list[Event]]]:  # noqa: ARG002 - one pack
        """Yield (subject, its events up to now); see `Opened`."""
        for subject, events in subjects_in(self._folder, buckets):
            yield subject, [event for event in events if event.occurred_at <= self._now]
