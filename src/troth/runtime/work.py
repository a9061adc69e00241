"""The worker: folds what the ledger holds and the records have not seen, bucket by bucket, in bulk.

A worker reads a bucket past its position, brings the subjects up to `now`, and commits records, wake-ups and position
together. Killed at any moment it repeats at most the batch it was in; a second worker on the same bucket loses at the
fence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from troth.engine.machine import Machine, prepare
from troth.engine.step import Batch, Work, apply_batch
from troth.errors import LedgerError, Place, Problem
from troth.model.event import Event, Stored
from troth.model.ids import bucket_of
from troth.model.pack import Pack
from troth.model.record import Record
from troth.model.times import FOREVER, Micros
from troth.ports.ledger import Ledger

READ_LIMIT = 20_000
"""Events read from a bucket at once: bounds memory."""
TIMER_LIMIT = 5_000
"""Wake-ups fired at once."""

_AS_OF = "as_of"
_WATERMARKS = "folded/watermarks"
_UNHEARD = "folded/unheard"

Progress = Callable[[int], None]
"""Is told how many more subjects have been folded."""


class Folded(msgspec.Struct, frozen=True):
    """What a fold did.

    Attributes:
        events: Fresh events seen.
        subjects: Subjects brought up to date, repeated visits counted.
        fired: Wake-ups that had come due.
        now: The moment that records speak of.
    """

    events: int
    subjects: int
    fired: int
    now: Micros


def fold(
    ledger: Ledger, packs: Mapping[str, Pack], *, now: Micros | None = None, progress: Progress | None = None
) -> Folded:
    """Bring every record up to `now`.

    Args:
        ledger: Where events and records are.
        packs: Pack name → pack, of every pack that the ledger's events were taken in for.
        now: The moment; `None`: the ledger's own (`as_of`). It never goes back: an earlier one is taken as the
            ledger's.
        progress: Is told of each batch.

    Raises:
        LedgerError: L120, events of a pack that is not given; or another worker was faster at a bucket (L105).
    """
    moment = max(now if now is not None else -FOREVER, ledger.get(_AS_OF) or -FOREVER)
    heard = ledger.watermarks()
    worker = _Worker(ledger, {name: prepare(pack) for name, pack in packs.items()}, heard, moment, progress)
    worker.renew_unheard()
    for bucket in ledger.dirty_buckets():
        worker.fold_bucket(bucket)
    worker.fire_timers()
    ledger.put(_AS_OF, moment)
    ledger.put(_WATERMARKS, heard)
    if worker.unheard:
        ledger.put(_UNHEARD, sorted(worker.unheard | set(ledger.get(_UNHEARD) or ())))
    return Folded(worker.events, worker.subjects, worker.fired, moment)


def as_of(ledger: Ledger) -> Micros | None:
    """Return the moment of which the ledger's records speak; `None` before the first fold."""
    moment: Micros | None = ledger.get(_AS_OF)
    return moment


class _Worker:
    """One pass over a ledger at one moment."""

    def __init__(
        self,
        ledger: Ledger,
        machines: Mapping[str, Machine],
        heard: Mapping[str, Micros],
        now: Micros,
        progress: Progress | None,
    ) -> None:
        self.ledger = ledger
        self.machines = machines
        self.heard = heard
        self.now = now
        self.progress = progress
        self.events = self.subjects = self.fired = 0
        self.unheard: set[str] = set()

    def fold_bucket(self, bucket: int) -> None:
        """Fold a bucket's events up to its last one."""
        while True:
            position, fence = self.ledger.position(bucket)
            stored = self.ledger.read(bucket, after=position, limit=READ_LIMIT)
            if not stored:
                return
            fresh: dict[str, list[Stored]] = {}
            for one in stored:
                fresh.setdefault(one.event.subject, []).append(one)
            self.events += len(stored)
            self._commit(bucket, fence, stored[-1].position, fresh)

    def fire_timers(self) -> None:
        """Step every record whose wake-up has come, until none is left."""
        while True:
            due = self.ledger.due(self.now, limit=TIMER_LIMIT)
            if not due:
                return
            self.fired += len(due)
            self._visit(wake.subject for wake in due)

    def renew_unheard(self) -> None:
        """Refold the records for which a feed counted as silent that has since been heard further."""
        before = self.ledger.get(_WATERMARKS) or {}
        moved = {source for source, moment in self.heard.items() if before.get(source) != moment}
        if not moved.intersection(self.ledger.get(_UNHEARD) or ()):
            return
        self._visit(record.subject for record in self.ledger.scan_records() if moved.intersection(record.unheard))

    def _visit(self, subjects: Iterable[str]) -> None:
        """Step subjects to which nothing new has arrived."""
        buckets: dict[int, dict[str, list[Stored]]] = {}
        for subject in subjects:
            buckets.setdefault(bucket_of(self.ledger.tenant, subject), {})[subject] = []
        for bucket, fresh in sorted(buckets.items()):
            position, fence = self.ledger.position(bucket)
            self._commit(bucket, fence, position, fresh)

    def _commit(self, bucket: int, fence: int, position: int, fresh: Mapping[str, Sequence[Stored]]) -> None:
        """Fold one batch of a bucket and commit it."""
        known = self.ledger.records(fresh)
        by_pack: dict[str, list[Work]] = {}
        replaced: list[str] = []
        for subject, stored in fresh.items():
            record = known.get(subject)
            if any(one.replaces for one in stored):
                replaced.append(subject)
                continue
            name = record.pack if record is not None else stored[0].pack
            events = [one.event for one in stored]
            by_pack.setdefault(name, []).append(Work(subject, record, events))
        done = [apply_batch(self._machine(name), work, self.heard, self.now) for name, work in by_pack.items()]
        again = [(name, subject) for name, batch in zip(by_pack, done, strict=True) for subject in batch.refold]
        again += [(self._pack_of(subject, known, fresh), subject) for subject in replaced]
        done += self._refold(again)
        records = [record for batch in done for record in batch.records]
        wake_ups = [wake_up for batch in done for wake_up in batch.wake_ups]
        for record in records:
            self.unheard.update(record.unheard)
        self.ledger.commit(bucket, fence=fence, position=position, records=records, wake_ups=wake_ups)
        self.subjects += len(records)
        if self.progress is not None:
            self.progress(len(records))

    def _refold(self, subjects: Sequence[tuple[str, str]]) -> list[Batch]:
        """Fold (pack, subject) pairs from all their events."""
        if not subjects:
            return []
        past: Mapping[str, Sequence[Event]] = self.ledger.events_of(subject for _, subject in subjects)
        by_pack: dict[str, list[Work]] = {}
        for name, subject in subjects:
            by_pack.setdefault(name, []).append(Work(subject, None, past=past[subject]))
        return [apply_batch(self._machine(name), work, self.heard, self.now) for name, work in by_pack.items()]

    def _pack_of(self, subject: str, known: Mapping[str, Record], fresh: Mapping[str, Sequence[Stored]]) -> str:
        """Return the pack of a subject: its record's, else that of its first event."""
        record = known.get(subject)
        return record.pack if record is not None else fresh[subject][0].pack

    def _machine(self, name: str) -> Machine:
        """Return the machine of a pack."""
        machine = self.machines.get(name)
        if machine is None:
            problem = Problem(
                Place(path=name),
                "L120",
                f"events of the pack {name!r}, which is not loaded",
                f"one of {', '.join(sorted(self.machines)) or 'none'}",
                "import once with --pack, or restore the pack's files into the ledger",
            )
            raise LedgerError(problem)
        return machine
