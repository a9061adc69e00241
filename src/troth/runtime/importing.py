"""Importing a history: batches of events from a connector into the ledger, resumable and idempotent.

A connector reads an outside format and yields `Batch`es; nothing here knows what a file is. Guarantees:

- What a batch brought is durable before the next one is asked for. A killed import goes on where it was.
- The same import again adds nothing and says how many events were there already.
- The moment of the extract moves the watermarks of the sources only after everything is in.
- A row that was refused before and is not refused any more leaves quarantine; also when its file was corrected in
  place, if the file is the same one to all appearance: the import meets events that are known.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from troth.model.event import Event
from troth.model.ids import BUCKETS
from troth.model.times import Micros
from troth.ports.ledger import Appended, Ledger, Refused
from troth.runtime import catalog, gaps
from troth.runtime.clock import wall_clock
from troth.runtime.privacy import Sealer, key_of_row

EXTRACT: Final = "extract"
"""Setting of the ledger: the latest moment of an extract, microseconds; the `as_of` of measures that name none."""

_BOOKMARK: Final = "import/"
_PAGE: Final = 1000


class Batch(msgspec.Struct, frozen=True):
    """Some events of a history, in an order that every run repeats.

    Attributes:
        part: The part of the history that they belong to, such as a table.
        row: How many rows of the part are read with this batch.
        of_rows: How many rows the part has.
        events: The events of the batch.
        refused: Rows that could not be used; their `heard_at` is set here.
    """

    part: str
    row: int
    of_rows: int
    events: Sequence[Event]
    refused: Sequence[Refused] = ()


class Progress(msgspec.Struct, frozen=True):
    """How far an import is: rows read of a part, and events so far (also those that were there already)."""

    part: str
    row: int
    of_rows: int
    events: int


class ImportSummary(msgspec.Struct, frozen=True):
    """What an import did.

    Attributes:
        events: Events that were new.
        subjects: Distinct subjects among all events of the import, new or not.
        duplicates: Events that were there already.
        conflicts: Contents that lost against another content of the same identity.
        quarantined: Rows in quarantine after it: newly refused, or refused by an earlier run and still so.
        extract_at: The moment up to which the sources now count as heard; `None` when there was no event.
        seconds: How long it took.
        released: Rows that left quarantine because they can be used now.
        notes: In words, what a reader should know.
    """

    events: int = 0
    subjects: int = 0
    duplicates: int = 0
    conflicts: int = 0
    quarantined: int = 0
    extract_at: Micros | None = None
    seconds: float = 0.0
    released: int = 0
    notes: tuple[str, ...] = ()


class _Count:
    """Running figures of one import."""

    def __init__(self) -> None:
        """Start at nothing."""
        self.events = self.duplicates = self.conflicts = 0
        self.known = 0  # duplicates that this run has met itself
        self.subjects: set[int] = set()  # hashes: a few bytes a subject, however long its name
        self.refused: set[str] = set()
        self.heard: Micros | None = None

    def see(self, batch: Batch) -> None:
        """Count what does not depend on the ledger."""
        self.subjects.update(map(hash, {event.subject for event in batch.events}))
        self.refused.update(refused.id for refused in batch.refused)
        latest = max((event.heard_at for event in batch.events), default=None)
        if latest is not None:
            self.heard = latest if self.heard is None else max(self.heard, latest)

    def summary(self, moment: Micros | None, released: int, seconds: float) -> ImportSummary:
        """Return what has been done."""
        refused = len(self.refused)
        return ImportSummary(
            self.events, len(self.subjects), self.duplicates, self.conflicts, refused, moment, seconds, released
        )


class _Bookmark:
    """How far the import of one content has come, kept in the ledger; one without a name is kept nowhere.

    Attributes:
        parts: Part → rows of it that are in.
        done: Figures of the import that has been finished before; `None`: it has not.
    """

    def __init__(self, ledger: Ledger, name: str) -> None:
        """Read what an earlier run has left."""
        self._ledger = ledger
        self._key = _BOOKMARK + name if name else ""
        kept: dict[str, Any] = (ledger.get(self._key) if name else None) or {}
        self.parts: dict[str, int] = kept.get("parts", {})
        self.done: dict[str, Any] | None = kept.get("done")

    def keep(self) -> None:
        """Keep how far the parts are in."""
        if self._key:
            self._ledger.put(self._key, {"parts": self.parts})

    def finish(self, summary: ImportSummary) -> None:
        """Keep that everything is in."""
        if self._key:
            done = {
                "events": summary.events + summary.duplicates,
                "subjects": summary.subjects,
                "quarantined": summary.quarantined,
                "extract_at": summary.extract_at,
            }
            self._ledger.put(self._key, {"parts": self.parts, "done": done})


def import_events(
    ledger: Ledger,
    pack: str,
    batches: Iterable[Batch],
    *,
    extract: Micros | None = None,
    sources: Collection[str] = (),
    cursor: str = "",
    origin: str = "",
    series: str = "",
    sealer: Sealer | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> ImportSummary:
    """Append all batches, personal members sealed, and return what was done.

    Args:
        ledger: Where to.
        pack: Name of the pack that reads the events.
        batches: The history. It is not asked for anything when the same import has been finished before.
        extract: The moment of the extract; `None`: the greatest heard_at of the events.
        sources: The systems whose watermark it moves.
        cursor: Identifies the content of the history (files and mapping); empty: the import cannot be resumed.
        origin: What refused rows carry as `origin` in their raw JSON: those of this origin are looked at again.
        series: What they carry as `series`: those of earlier contents of the same files are looked at again as well.
        sealer: Seals personal members; `None`: by the packs that the ledger keeps.
        progress: Called after each batch.

    Raises:
        LedgerError: The ledger cannot store the events.
        PackError: A pack kept in the ledger does not compile with this version.
    """
    began, began_empty = time.perf_counter(), ledger.last_position() == 0
    bookmark = _Bookmark(ledger, cursor)
    if bookmark.done is not None:
        moment = bookmark.done["extract_at"] if extract is None else extract
        hear(ledger, sources, moment)
        return _not_again(bookmark.done, moment, time.perf_counter() - began)
    count = _Count()
    sealer = Sealer(ledger, catalog.restore(ledger)) if sealer is None else sealer
    for batch in batches:
        _take(ledger, pack, batch, count, bookmark, sealer, progress)
    moment = count.heard if extract is None else extract
    hear(ledger, sources, moment)
    # Another file under the old name brings nothing that is known: what the old one had refused then stays.
    follows = series if count.known or began_empty else ""
    released = _release(ledger, origin, follows, count.refused) if origin else 0
    summary = count.summary(moment, released, time.perf_counter() - began)
    bookmark.finish(summary)
    return summary


def _not_again(done: Mapping[str, Any], moment: Micros | None, seconds: float) -> ImportSummary:
    """Return the summary of an import that has been finished before."""
    note = "the same files were imported before with the same mapping: not read again"
    return ImportSummary(0, done["subjects"], done["events"], 0, done["quarantined"], moment, seconds, 0, (note,))


def _take(
    ledger: Ledger,
    pack: str,
    batch: Batch,
    count: _Count,
    bookmark: _Bookmark,
    sealer: Sealer,
    progress: Callable[[Progress], None] | None,
) -> None:
    """Append one batch, unless an earlier run has done so, move the bookmark, and say how far the import is."""
    count.see(batch)
    if batch.row <= bookmark.parts.get(batch.part, -1):
        count.duplicates += len(batch.events)
    else:
        now = wall_clock()
        refused = [msgspec.structs.replace(item, heard_at=now) for item in batch.refused]
        done = append_sealed(ledger, sealer, pack, batch.events, refused)
        count.events += done.accepted
        count.duplicates += done.duplicates
        count.known += done.duplicates
        count.conflicts += done.conflicts
        bookmark.parts[batch.part] = batch.row
    bookmark.keep()
    if progress:
        progress(Progress(batch.part, batch.row, batch.of_rows, count.events + count.duplicates))


def append_sealed(
    ledger: Ledger, sealer: Sealer, pack: str, events: Sequence[Event], refused: Sequence[Refused] = ()
) -> Appended:
    """Append events and refusals with their personal members sealed; new keys are stored in the same transaction.

    Raises:
        LedgerError: The ledger cannot store them.
    """
    if not sealer.concerns(pack, events, refused):
        return ledger.append(events, refused, pack=pack)
    # Alone on everything: nobody makes another key for one of these people, or erases one, meanwhile.
    with ledger.unit(range(BUCKETS)):
        sealer.forget_keys()
        sealed = [sealer.seal_refused(pack, one) for one in refused]
        return ledger.append(sealer.seal(pack, events), sealed, pack=pack)


def hear(ledger: Ledger, sources: Collection[str], moment: Micros | None) -> None:
    """Move the watermarks of the sources, and the moment of the latest extract, forward; `None`: nothing is moved."""
    if moment is None:
        return
    ledger.advance(dict.fromkeys(sources, moment))
    gaps.forget(ledger, sources, moment)
    former = ledger.get(EXTRACT)
    ledger.put(EXTRACT, moment if former is None else max(moment, former))


def _release(ledger: Ledger, origin: str, series: str, still: set[str]) -> int:
    """Release the refused rows of an origin or series that were not refused again; return how many."""
    settled = []
    after = ""
    while page := ledger.quarantine(after=after, limit=_PAGE):
        after = page[-1].id
        for item in page:
            if item.kind == "row" and item.id not in still:
                said = _said(item)
                if said.get("origin") == origin or (series and said.get("series") == series):
                    settled.append(item.id)
    return release(ledger, settled) if settled else 0


def release(ledger: Ledger, ids: Sequence[str]) -> int:
    """Remove settled refusals, with the keys that were theirs alone; return how many there were."""
    released = ledger.release(ids)
    keys = [name for name in map(key_of_row, ids) if ledger.get(name) is not None]
    if keys:
        # Clearing the room of what is erased is dear: PostgreSQL writes the whole table anew.
        ledger.erase(keys)
    return released


def _said(refused: Refused) -> dict[str, Any]:
    """Return the raw JSON of a refused row; empty when it is none."""
    try:
        said = json.loads(refused.raw)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
