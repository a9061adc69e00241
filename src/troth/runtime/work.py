"""The worker: folds what the ledger holds and the records have not seen, bucket by bucket, in bulk.

A worker reads a bucket past its position, brings the subjects up to `now`, and commits records, wake-ups and position
together. Killed at any moment it repeats at most the batch it was in; a second worker on the same bucket loses at the
fence, and goes on from what the first has done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import msgspec

from troth.engine.machine import Machine, prepare
from troth.engine.project import entries_of
from troth.engine.step import Batch, Work, apply_batch, silent, wakes_at
from troth.errors import LedgerError, Place, Problem
from troth.model.event import Event, Stored
from troth.model.ids import bucket_of
from troth.model.pack import Pack
from troth.model.record import Record
from troth.model.times import FOREVER, Micros
from troth.ports.ledger import Ledger, Share

READ_LIMIT = 20_000
"""Events read from a bucket, and folded in one commit, at once: bounds memory."""
TIMER_LIMIT = 5_000
"""Wake-ups fired at once."""
RETRIES = 100
"""How often a fold starts over where another worker was faster: each loss is a commit of the other's."""

_OVERTAKEN = "L105"
_AS_OF = "as_of"
_WATERMARKS = "folded/watermarks"
_DIGESTS = "folded/digests"
_SILENT = "folded/silent/"
"""One setting a pack: the sources that counted as silent when its records were last folded."""
_UNHEARD = "folded/unheard/"
"""One setting a source: workers side by side take nothing away from one another."""

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
    ledger: Ledger,
    packs: Mapping[str, Pack],
    *,
    now: Micros | None = None,
    progress: Progress | None = None,
    timers: bool = True,
) -> Folded:
    """Bring every record up to `now`.

    Args:
        ledger: Where events and records are.
        packs: Pack name → pack, of every pack that the ledger's events were taken in for.
        now: The moment; `None`: the ledger's own (`as_of`). It never goes back: an earlier one is taken as the
            ledger's.
        progress: Is told of each batch.
        timers: False: what time alone changes is left to the live writer, which tells the world of it.

    Raises:
        LedgerError: L120, events of a pack that is not given; or other workers were faster time and again (L105).
    """
    moment = max(now if now is not None else -FOREVER, ledger.get(_AS_OF) or -FOREVER)
    machines = {name: prepare(pack) for name, pack in packs.items()}
    before = ledger.get(_WATERMARKS) or {}
    done = Folded(0, 0, 0, moment)
    losses = 0
    while True:
        heard = ledger.watermarks()
        worker = _Worker(ledger, machines, heard, moment, progress)
        try:
            worker.bring_up(before, timers=timers)
        except LedgerError as error:
            losses += 1
            if error.problems[0].code != _OVERTAKEN or losses > RETRIES:
                raise
        else:
            # A feed heard further meanwhile, or a later moment, has to be looked at by the worker that missed it.
            latest = max(moment, ledger.get(_AS_OF) or -FOREVER)
            if ledger.watermarks() == heard and latest == moment:
                break
            before, moment = heard, latest
        finally:
            done = Folded(
                done.events + worker.events, done.subjects + worker.subjects, done.fired + worker.fired, moment
            )
    ledger.put(_AS_OF, moment)
    ledger.put(_WATERMARKS, heard)
    ledger.put(_DIGESTS, {**(ledger.get(_DIGESTS) or {}), **{name: pack.digest for name, pack in packs.items()}})
    return done


def as_of(ledger: Ledger) -> Micros | None:
    """Return the moment of which the ledger's records speak; `None` before the first fold."""
    moment: Micros | None = ledger.get(_AS_OF)
    return None if moment is None or moment <= -FOREVER else moment


def require_packs(ledger: Ledger, packs: Iterable[str]) -> None:
    """Make sure that every pack with records is there: else the first timer of its records could never fire.

    Raises:
        LedgerError: L120, one is not.
    """
    known = set(packs)
    for name in sorted(set(ledger.get(_DIGESTS) or ()) - known):
        if any(True for _ in ledger.scan_records(pack=name)):
            raise _not_loaded(name, known)


class _Gathered(msgspec.Struct):
    """What is to be folded of one bucket: its fence, its position afterwards, events, subjects without any."""

    fence: int
    position: int
    stored: Sequence[Stored]
    quiet: list[str] = []


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

    def bring_up(self, before: Mapping[str, Micros], *, timers: bool) -> None:
        """Bring every record up to the pass's moment: what is fresh, what is heard again, and what time has changed.

        Args:
            before: Watermarks of the pass before it.
            timers: False: what time alone changes is left.
        """
        self.renew_changed_packs()
        self.fold_buckets(self.ledger.dirty_buckets())
        self.renew_unheard(before)
        if timers:
            self.renew_silent()
            self.fire_timers()

    def fold_buckets(self, buckets: Sequence[int]) -> None:
        """Fold the events of buckets up to their last ones, many buckets a commit."""
        gathered: dict[int, _Gathered] = {}
        count = 0
        for bucket in buckets:
            for one in self._pages(bucket):
                gathered[bucket] = one
                count += len(one.stored)
                if count >= READ_LIMIT:
                    self._commit(gathered)
                    gathered, count = {}, 0
        self._commit(gathered)

    def fire_timers(self) -> None:
        """Step every record whose wake-up has come, until none is left."""
        while True:
            due = self.ledger.due(self.now, limit=TIMER_LIMIT)
            if not due:
                return
            self.fired += len(due)
            self._visit(wake.subject for wake in due)

    def renew_changed_packs(self) -> None:
        """Refold every record of a pack that is another one than its records were made by."""
        before = self.ledger.get(_DIGESTS) or {}
        for name, machine in self.machines.items():
            if before.get(name, machine.pack.digest) != machine.pack.digest:
                self._visit(record.subject for record in self.ledger.scan_records(pack=name))

    def renew_unheard(self, before: Mapping[str, Micros]) -> None:
        """Refold the records for which a feed counted as silent that has been heard further than `before`.

        It comes after the fresh events, so that records which a slower worker made meanwhile are seen as well.
        """
        moved = {source for source, moment in self.heard.items() if before.get(source) != moment}
        if not any(self.ledger.get(_UNHEARD + source) for source in moved):
            return
        self._visit(record.subject for record in self.ledger.scan_records() if moved.intersection(record.unheard))

    def renew_silent(self) -> None:
        """Step the records of subjects for which a feed has fallen silent since they were last looked at."""
        for name, machine in self.machines.items():
            quiet = silent(machine, self.heard, self.now)
            known = set(self.ledger.get(_SILENT + name) or ())
            if quiet != known:
                if quiet - known:
                    records = self.ledger.scan_records(pack=name)
                    self._visit(record.subject for record in records if wakes_at(record) <= self.now)
                self.ledger.put(_SILENT + name, sorted(quiet))

    def _pages(self, bucket: int) -> Iterator[_Gathered]:
        """Yield what a bucket holds past its position; after a full page its commit has to come before the next."""
        while True:
            position, fence = self.ledger.position(bucket)
            stored = self.ledger.read(bucket, after=position, limit=READ_LIMIT)
            if not stored:
                return
            yield _Gathered(fence, stored[-1].position, stored)
            if len(stored) < READ_LIMIT:
                return

    def _visit(self, subjects: Iterable[str]) -> None:
        """Step subjects to which nothing new has arrived."""
        gathered: dict[int, _Gathered] = {}
        for subject in subjects:
            bucket = bucket_of(self.ledger.tenant, subject)
            if bucket not in gathered:
                position, fence = self.ledger.position(bucket)
                gathered[bucket] = _Gathered(fence, position, (), [])
            gathered[bucket].quiet.append(subject)
        self._commit(gathered)

    def _commit(self, gathered: Mapping[int, _Gathered]) -> None:
        """Fold what was gathered from some buckets and commit it at once."""
        if not gathered:
            return
        shares = []
        for bucket, one in gathered.items():
            batches = self._fold_share(one)
            records = [record for batch in batches for record in batch.records]
            wake_ups = [wake_up for batch in batches for wake_up in batch.wake_ups]
            # The lines of its indexes are replaced with a record, whoever makes it.
            entries = [line for record in records for line in entries_of(self._machine(record.pack), record)]
            shares.append(Share(bucket, one.fence, one.position, records, wake_ups, entries))
            self._note_unheard(records)
        self.ledger.commit_shares(shares)
        done = sum(len(share.records) for share in shares)
        self.events += sum(len(one.stored) for one in gathered.values())
        self.subjects += done
        if self.progress is not None:
            self.progress(done)

    def _note_unheard(self, records: Iterable[Record]) -> None:
        """Store which feeds records miss, before the records are: a worker killed in between must not hide it."""
        for source in {source for record in records for source in record.unheard} - self.unheard:
            self.ledger.put(_UNHEARD + source, True)
            self.unheard.add(source)

    def _fold_share(self, share: _Gathered) -> list[Batch]:
        """Fold one bucket's share."""
        fresh: dict[str, list[Stored]] = {subject: [] for subject in share.quiet}
        for stored in share.stored:
            fresh.setdefault(stored.event.subject, []).append(stored)
        known = self.ledger.records(fresh)
        by_pack: dict[str, list[Work]] = {}
        again: list[tuple[str, str]] = []
        for subject, arrived in fresh.items():
            record = known.get(subject)
            name = record.pack if record is not None else arrived[0].pack
            if any(one.replaces for one in arrived):
                again.append((name, subject))
            else:
                by_pack.setdefault(name, []).append(Work(subject, record, [one.event for one in arrived]))
        done = [apply_batch(self._machine(name), work, self.heard, self.now) for name, work in by_pack.items()]
        again += [(name, subject) for name, batch in zip(by_pack, done, strict=True) for subject in batch.refold]
        return done + self._refold(again)

    def _refold(self, subjects: Sequence[tuple[str, str]]) -> list[Batch]:
        """Fold (pack, subject) pairs from all their events."""
        if not subjects:
            return []
        past: Mapping[str, Sequence[Event]] = self.ledger.events_of(subject for _, subject in subjects)
        by_pack: dict[str, list[Work]] = {}
        for name, subject in subjects:
            by_pack.setdefault(name, []).append(Work(subject, None, past=past[subject]))
        return [apply_batch(self._machine(name), work, self.heard, self.now) for name, work in by_pack.items()]

    def _machine(self, name: str) -> Machine:
        """Return the machine of a pack."""
        machine = self.machines.get(name)
        if machine is None:
            raise _not_loaded(name, self.machines)
        return machine


def _not_loaded(name: str, known: Iterable[str]) -> LedgerError:
    """Return the error of events of a pack that is not given."""
    problem = Problem(
        Place(path=name),
        "L120",
        f"events of the pack {name!r}, which is not loaded",
        f"one of {', '.join(sorted(known)) or 'none'}",
        "import once with --pack, or restore the pack's files into the ledger",
    )
    return LedgerError(problem)
