"""A turn: one durable transaction in which events are taken in, questions are answered, and effects are worked out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from troth.engine.effects import Effects, effects
from troth.engine.journal import JOURNAL
from troth.engine.machine import Machine
from troth.engine.project import UNHEARD, entries_of
from troth.engine.step import Work, apply_batch, timer_at, wakes_at
from troth.errors import GateError
from troth.model.effect import Entry, Outgoing, WakeUp
from troth.model.event import Event, Stored
from troth.model.ids import bucket_of, derived_id
from troth.model.record import Record
from troth.model.times import FOREVER, Micros
from troth.ports.ledger import ALL, Appended, Batch, Share
from troth.runtime import gaps
from troth.runtime.gaps import Gap
from troth.runtime.live.house import AS_OF, House, refusal

_READ = 10_000


class Turn:
    """One turn, inside a `unit` of the ledger.

    Args:
        house: What turns share.

    Attributes:
        before: Subject → its record as effects were last worked out for it; effects are the difference.
        outgoing: What is to be delivered.
    """

    def __init__(self, house: House) -> None:
        self.house = house
        self.now: Micros = house.tick()
        self.before: dict[str, Record | None] = {}
        self.outgoing: list[Outgoing] = []
        self._records: dict[str, Record] = {}
        self._stored: dict[str, Record | None] = {}
        self._journal: dict[str, list[Event]] = {}
        self._moved: dict[str, Micros] = {}
        self._ended: dict[str, Gap] = {}
        self._again: set[str] = set()
        self._anew: set[str] = set()
        self._dirty: dict[str, None] = {}
        self._by_customer: dict[str, set[str]] = {}

    # ------------------------------------------------------------------ what others have done meanwhile

    def catch_up(self) -> None:
        """Fold what somebody else has appended, without effects: it is history to this service.

        Only what was put to the gate is decided again by what has become known.
        """
        house, ledger = self.house, self.house.ledger
        if ledger.last_position() == house.last_position:
            return
        house.forget()
        for bucket in ledger.dirty_buckets():
            while stored := ledger.read(bucket, after=self._position(bucket)[0], limit=_READ):
                self._fold_stored(stored)
                for subject in {one.event.subject for one in stored}:
                    record = self.before[subject] = self._records.get(subject)
                    if record is not None and record.asks:
                        self._anew.add(subject)
                house.positions[bucket] = (stored[-1].position, self._position(bucket)[1])
                if len(stored) < _READ:
                    break

    def _position(self, bucket: int) -> tuple[int, int]:
        """Return a bucket's position and fence, read once."""
        positions = self.house.positions
        if bucket not in positions:
            positions[bucket] = self.house.ledger.position(bucket)
        return positions[bucket]

    # ------------------------------------------------------------------ taking in

    def take(
        self, batches: Sequence[Batch], heard: Mapping[str, Micros], since: Mapping[str, Micros]
    ) -> Sequence[Appended]:
        """Append events, fold them, and return what became of each batch; see `hear`."""
        self.hear(heard, since)
        if not batches:
            return ()
        batches = [self._sealed(batch) for batch in batches]
        appended = self.house.ledger.append_all(batches)
        if all(done.accepted == len(batch.events) for done, batch in zip(appended, batches, strict=True)):
            arrived: dict[str, tuple[str, list[Event]]] = {}
            for batch in batches:
                for event in batch.events:
                    arrived.setdefault(event.subject, (batch.pack, []))[1].append(event)
            self._fold(arrived)
        else:
            # Among them are repetitions: the ledger alone can tell what is new.
            tenant = self.house.ledger.tenant
            buckets = {bucket_of(tenant, event.subject) for batch in batches for event in batch.events}
            for bucket in {*buckets, *self.house.ledger.dirty_buckets()}:
                self._fold_stored(self.house.ledger.read(bucket, after=self._position(bucket)[0], limit=ALL))
        return appended

    def _sealed(self, batch: Batch) -> Batch:
        """Return a batch whose personal members nobody can read without the person's key."""
        sealer = self.house.sealer
        refused = [sealer.seal_refused(batch.pack, one) for one in batch.refused]
        return Batch(sealer.seal(batch.pack, batch.events), refused, batch.pack)

    def hear(self, heard: Mapping[str, Micros], since: Mapping[str, Micros]) -> None:
        """Move watermarks forward; subjects for which a feed counted as silent that has spoken now are looked at.

        Args:
            heard: Source → up to when.
            since: Source that is heard further than before → when it was heard: what was heard waits for its turn.
        """
        self._ended.update(self.house.ended(heard, since))
        moved = self.house.hear(heard)
        self._moved.update(moved)
        for source in self.house.silent.intersection(moved):
            self._again.update(one.subject for one in self.house.ledger.entries(UNHEARD, source, limit=ALL))
            self.house.silent.discard(source)

    def _fold_stored(self, stored: Sequence[Stored]) -> None:
        """Fold events as the ledger returns them."""
        arrived: dict[str, tuple[str, list[Event]]] = {}
        for one in stored:
            subject = one.event.subject
            if one.replaces or not one.stands:
                self.touch([subject])
                self.house.shelf.forget(subject)
                self._records.pop(subject, None)
            arrived.setdefault(subject, (one.pack, []))[1].append(one.event)
        for subject in [one.event.subject for one in stored if one.replaces or not one.stands]:
            if subject in arrived:
                pack, _ = arrived.pop(subject)
                known = self._stored.get(subject)
                self._refold(pack if known is None else known.pack, [subject])
        self._fold(arrived)

    def _fold(self, arrived: Mapping[str, tuple[str, list[Event]]]) -> None:
        """Fold fresh events, in bulk by pack."""
        self.touch(arrived)
        by_pack: dict[str, list[Work]] = {}
        for subject, (pack, events) in arrived.items():
            record = self._records.get(subject)
            by_pack.setdefault(pack if record is None else record.pack, []).append(Work(subject, record, events))
            self.house.shelf.note(subject, events, new=record is None)
        for name, work in by_pack.items():
            self._apply(name, work, self.now)

    def _apply(self, name: str, work: Sequence[Work], now: Micros) -> None:
        """Step subjects of one pack; those that have to be are folded from their whole past."""
        house = self.house
        batch = apply_batch(house.machine(name), work, house.heard, now, house.silence(name))
        for record in batch.records:
            self._keep(record)
        if batch.refold:
            self._refold(name, batch.refold, now)

    def _refold(self, name: str, subjects: Iterable[str], now: Micros | None = None) -> None:
        """Fold subjects from all their events."""
        house = self.house
        work = [Work(subject, None, past=house.shelf.past(subject)) for subject in subjects]
        batch = apply_batch(house.machine(name), work, house.heard, now or self.now, house.silence(name))
        for record in batch.records:
            self._keep(record)

    def _keep(self, record: Record) -> None:
        """Keep a record that this turn has made."""
        self._records[record.subject] = record
        self._dirty[record.subject] = None
        for whose in {record.customer, *(asked.customer for asked in record.asks)} - {""}:
            self._by_customer.setdefault(whose, set()).add(record.subject)

    # ------------------------------------------------------------------ subjects

    def touch(self, subjects: Iterable[str]) -> None:
        """Load subjects and remember how they stood."""
        absent = [subject for subject in subjects if subject not in self._stored]
        self.house.shelf.load(absent)
        for subject in absent:
            record = self.house.shelf.record(subject)
            self.before[subject] = self._stored[subject] = record
            if record is not None:
                self._records[subject] = record

    def notice_silence(self) -> None:
        """Have every subject looked at for which a feed has fallen silent since the former turn."""
        house = self.house
        if self.now < house.silent_from():
            return
        for name in house.newly_silent(self.now):
            records = house.ledger.scan_records(pack=name)
            self._again.update(record.subject for record in records if wakes_at(record) <= self.now)
            # What this turn and the shelf know is newer than what is committed.
            self._again.update(subject for subject in self._dirty if self._records[subject].pack == name)

    def wake(self, subjects: Iterable[str]) -> None:
        """Step subjects to which nothing has arrived: time has passed, or a feed has been heard."""
        # In one order in every run: what follows is told in it.
        wanted = dict.fromkeys([*subjects, *sorted(self._again)])
        self._again = set()
        self.touch(wanted)
        by_pack: dict[str, list[Work]] = {}
        for subject in wanted:
            record = self._records.get(subject)
            if record is not None:
                by_pack.setdefault(record.pack, []).append(Work(subject, record))
        for name, work in by_pack.items():
            self._apply(name, work, self.now)

    def find(self, subject: str) -> Record | None:
        """Return a subject's record, brought to the present moment; `None`: it has none."""
        self.touch([subject])
        record = self._records.get(subject)
        if record is not None and wakes_at(record) <= self.now:
            self._apply(record.pack, [Work(subject, record)], self.now)
            record = self._records[subject]
        return record

    def present(self, subject: str) -> Record:
        """Return a subject's record, brought to the present moment; of one that nobody has heard of, an empty one.

        Raises:
            GateError: G801, no pack that is served has subjects of this noun.
        """
        record = self.find(subject)
        if record is None:
            name = self.house.nouns.pack_of(subject)
            if not name:
                raise self._unknown_noun(subject)
            self._apply(name, [Work(subject, None, past=())], self.now)
            record = self._records[subject]
        return record

    def _unknown_noun(self, subject: str) -> GateError:
        """Return the error of a subject that no pack knows."""
        nouns = sorted({machine.pack.subject for machine in self.house.machines.values()})
        return refusal("G801", subject, f"no pack has subjects like {subject!r}", " or ".join(f"{n}/…" for n in nouns))

    def machine_of(self, record: Record) -> Machine:
        """Return the machine of a record's pack."""
        return self.house.machine(record.pack)

    def look_again(self, subject: str) -> None:
        """Have the effects of a subject worked out although its record may not have changed."""
        if subject in self._records:
            self._anew.add(subject)

    def journal(self) -> list[Event]:
        """Return what was written down, in order."""
        return sorted((event for events in self._journal.values() for event in events), key=_moment)

    def customer_of(self, subject: str) -> str:
        """Return whose a subject is that has been touched; empty: nobody's, or nothing is known of it."""
        record = self._records.get(subject)
        return "" if record is None else record.customer

    def record(self, subject: str) -> Record:
        """Return the record of a subject that has been touched and has one."""
        return self._records[subject]

    def changed(self) -> list[str]:
        """Return the subjects whose records are not those of the ledger, whose index does not show them yet."""
        return list(self._dirty)

    def is_changed(self, subject: str) -> bool:
        """Return whether a subject's record is not that of the ledger."""
        return subject in self._dirty

    def changed_of(self, customer: str) -> Iterable[Record]:
        """Yield the records of a customer's subjects that this turn has changed."""
        return [self._records[subject] for subject in sorted(self._by_customer.get(customer, ()))]

    def unanswered(self) -> list[str]:
        """Return the subjects whose records have changed since their effects were last worked out."""
        return [
            subject
            for subject in (*self._dirty, *(one for one in self._anew if one not in self._dirty))
            if subject in self._anew or self._records[subject] is not self.before.get(subject)
        ]

    def effects_of(self, subject: str) -> Effects:
        """Return the effects of a subject's change since they were last worked out."""
        record = self._records[subject]
        found = effects(self.machine_of(record), self.before.get(subject), record, self.now)
        self.before[subject] = record
        self._anew.discard(subject)
        return found

    # ------------------------------------------------------------------ what troth does

    def write(self, subject: str, kind: str, data: dict[str, Any], *, mark: str) -> Record:
        """Write a journal event and return the subject's record after it."""
        record = self.present(subject)
        # What is written down comes after what the record speaks of.
        self.now = self.house.not_before(record.at + 1)
        tenant = self.house.ledger.tenant
        event = Event(
            source=JOURNAL,
            id=derived_id(tenant, subject, kind, mark, str(self.now)),
            type=kind,
            subject=subject,
            occurred_at=self.now,
            heard_at=self.now,
            data=data,
            tenant=tenant,
        )
        event = self.house.sealer.seal(record.pack, [event], owner=record.customer or subject)[0]
        self._journal.setdefault(record.pack, []).append(event)
        self.house.shelf.note(subject, [event], new=self._stored[subject] is None and record.events == 0)
        self._apply(record.pack, [Work(subject, record, [event])], self.now)
        return self._records[subject]

    # ------------------------------------------------------------------ the end

    def commit(self) -> None:
        """Hand records, wake-ups, index entries and outgoings to the ledger."""
        house, ledger = self.house, self.house.ledger
        if self._journal:
            ledger.append_all([Batch(events, (), name) for name, events in self._journal.items()])
        if self._moved:
            ledger.advance(self._moved)
            gaps.keep(ledger, self._ended, house.gaps)
        house.last_position = ledger.last_position()
        shares = self._shares(house.last_position if self.changed() else 0)
        if shares:
            ledger.commit_shares(shares)
            ledger.put(AS_OF, self.now)
        house.gaps.update(self._ended)
        for share in shares:
            house.positions[share.bucket] = (share.position, share.fence + 1)
            for record in share.records:
                house.shelf.put(record)
                house.silent.update(record.unheard)
        house.shelf.shrink()

    def _shares(self, position: int) -> list[Share]:
        """Return every bucket's share of the commit."""
        tenant = self.house.ledger.tenant
        by_bucket: dict[int, list[Record]] = {}
        for subject in self.changed():
            by_bucket.setdefault(bucket_of(tenant, subject), []).append(self._records[subject])
        outgoing: dict[int, list[Outgoing]] = {}
        for one in self.outgoing:
            outgoing.setdefault(bucket_of(tenant, one.subject), []).append(one)
        shares = []
        for bucket in sorted({*by_bucket, *outgoing}):
            records = by_bucket.get(bucket, [])
            folded_to, fence = self._position(bucket)
            entries: list[Entry] = []
            for record in records:
                entries += entries_of(self.machine_of(record), record)
            wake_ups = [_wake_up(record) for record in records if timer_at(record) < FOREVER]
            shares.append(
                Share(
                    bucket,
                    fence,
                    max(position, folded_to),
                    records,
                    wake_ups,
                    entries,
                    outgoing.get(bucket, []),
                )
            )
        return shares


def _wake_up(record: Record) -> WakeUp:
    """Return the wake-up of a record."""
    due_at = timer_at(record)
    return WakeUp(derived_id("wake", record.tenant, record.subject, str(due_at)), record.subject, due_at)


def _moment(event: Event) -> Micros:
    """Return when something was written down."""
    return event.occurred_at
