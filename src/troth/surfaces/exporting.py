"""An export as a whole: the events of a ledger into a file that others, and troth, can read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import msgspec

from troth.connectors.cloudevents.write import write_lines
from troth.connectors.ocel.outline import Flow
from troth.connectors.ocel.write_json import write_json
from troth.connectors.ocel.write_sqlite import write_sqlite
from troth.errors import Place, Problem, UsageError
from troth.model.event import Event
from troth.ports.ledger import Ledger
from troth.runtime import catalog
from troth.runtime.importing import EXTRACT
from troth.runtime.privacy import Sealer, is_sealed


class Exported(msgspec.Struct, frozen=True):
    """What an export did.

    Attributes:
        events: Events written.
        subjects: Subjects that they are about.
        packs: Packs that they belong to, sorted.
        notes: What a reader should know.
    """

    events: int
    subjects: int
    packs: tuple[str, ...]
    notes: tuple[Problem, ...]


class _Reading:
    """Reads the events of a ledger pack by pack, and counts."""

    def __init__(self, ledger: Ledger, packs: Collection[str], opened: Callable[[Event], Event] | None) -> None:
        """Prepare to read; `opened` opens what is sealed."""
        self._ledger, self._packs, self._opened = ledger, packs, opened
        self.subjects = self.events = self.sealed = 0

    def flow(self, advance: Callable[[int], None]) -> Iterator[tuple[str, str, list[Event]]]:
        """Yield (pack, subject, its events in order)."""
        for pack in self._packs:
            for subject, found in self._ledger.scan_events(pack=pack):
                events = found if self._opened is None else list(map(self._opened, found))
                self.subjects += 1
                self.events += len(events)
                self.sealed += sum(map(is_sealed, events))
                advance(len(events))
                yield pack, subject, events


def export(
    ledger: Ledger,
    target: Path,
    format_: str,
    *,
    pack: str = "",
    personal: bool = False,
    advance: Callable[[int], None] = lambda _: None,
) -> Exported:
    """Write the events of a ledger into a new file. What is written half, because of an error, is removed.

    Args:
        ledger: Whose events.
        target: The file; it must not exist.
        format_: `ocel2-sqlite`, `ocel2-json` or `cloudevents`.
        pack: Only the events of this pack; empty: of all.
        personal: Open what is sealed.
        advance: Is told how many events were written more.

    Raises:
        UsageError: D120, the file is there already; P301, the ledger keeps no such pack.
    """
    if target.exists():
        remedy = "give another name, or remove it"
        raise UsageError(Problem(Place(str(target)), "D120", "the file is there already", "a new file", remedy))
    packs = catalog.restore(ledger)
    if pack:
        catalog.require_kept(packs, pack)
    chosen = (pack,) if pack else tuple(sorted(packs))
    reading = _Reading(ledger, chosen, Sealer(ledger, packs).open if personal else None)
    partial = target.with_name(f"{target.name}.partial")
    partial.unlink(missing_ok=True)
    try:
        _write(partial, format_, reading.flow(advance), ledger)
        partial.rename(target)
    finally:
        partial.unlink(missing_ok=True)
    notes = tuple(_notes(ledger, reading, whole=not pack))
    return Exported(reading.events, reading.subjects, chosen, notes)


def _write(target: Path, format_: str, flow: Flow, ledger: Ledger) -> None:
    """Write the file."""
    if format_ == "cloudevents":
        write_lines(target, flow)
    else:
        write = write_sqlite if format_ == "ocel2-sqlite" else write_json
        write(target, flow, ledger.watermarks(), ledger.get(EXTRACT))


def _notes(ledger: Ledger, reading: _Reading, *, whole: bool) -> Iterator[Problem]:
    """Yield what was not written, and what was written sealed."""
    count = ledger.count()
    left = count["events"] - reading.events
    if whole and left:
        found = f"{left:,} events of packs that the ledger does not keep were not written"
        yield Problem(Place(), "D404", found, "", "keep the pack: `troth serve --pack NAME`", "warning")
    if count["quarantined"]:
        found = f"{count['quarantined']:,} in quarantine are no events, and were not written"
        yield Problem(Place(), "D404", found, "", "troth quarantine list --db FILE", "note")
    if reading.sealed:
        found = f"{reading.sealed:,} events hold personal members, and were written sealed"
        yield Problem(Place(), "D405", found, "", "--personal opens them; guard the file then", "note")
