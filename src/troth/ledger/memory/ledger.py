"""The ledger in memory. It keeps every guarantee of the port but durability, and readers wait for a unit's end."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice, takewhile
from typing import TypeAlias

import msgspec

from troth.ledger.memory.journal import HERE
from troth.ledger.memory.outbox import MemoryOutbox
from troth.ledger.memory.rows import Row
from troth.ledger.memory.sorted import SortedRows
from troth.model.effect import Entry, WakeUp
from troth.model.event import Event, Stored
from troth.model.ids import BUCKETS, bucket_of
from troth.model.record import Record
from troth.model.times import FOREVER, Micros
from troth.ports.chain import Head, Link
from troth.ports.ledger import Appended, Batch, Refused, Share
from troth.runtime.identity import Arrival, Held, Outcome, digest_of, settle, summed
from troth.runtime.refusals import other_bucket, other_tenant, stale_fence

Identity: TypeAlias = tuple[str, str]


class MemoryLedger(MemoryOutbox):
    """A ledger that is gone when the process ends.

    Args:
        tenant: Whose events it holds.
    """

    shards = 1

    def __init__(self, tenant: str = "main") -> None:
        super().__init__()
        self.tenant = tenant
        self._rows: list[Row] = []
        self._head: Head | None = None
        self._standing: dict[Identity, Row] = {}
        self._of_bucket: defaultdict[int, list[Row]] = defaultdict(list)
        self._of_subject: defaultdict[str, dict[Identity, Row]] = defaultdict(dict)
        self._positions: dict[int, tuple[int, int]] = {}
        self._records: dict[str, Record] = {}
        self._wake_ups: dict[str, WakeUp] = {}
        self._watermarks: dict[str, Micros] = {}
        self._quarantine: dict[str, Refused] = {}
        self._entries: dict[str, list[Entry]] = {}
        self._due: SortedRows[tuple[int, str]] = SortedRows(self._journal)
        self._found: dict[tuple[str, str], SortedRows[tuple[int, str, int]]] = {}

    @contextmanager
    def unit(self, buckets: Iterable[int]) -> Iterator[None]:  # noqa: ARG002  this ledger has one writer at a time
        """Make the body one transaction; see the port. It is alone on every bucket, whichever are named."""
        with self._journal.unit():
            yield

    def append(self, events: Sequence[Event], refused: Sequence[Refused] = (), *, pack: str) -> Appended:
        """Append events and keep refusals; see the port."""
        return self.append_all([Batch(events, refused, pack)])[0]

    def append_all(self, batches: Sequence[Batch]) -> list[Appended]:
        """Append several batches at once; see the port."""
        with self._journal.writing():
            # All arrivals are made before the first is stored: an event that cannot be hashed stores nothing.
            arrivals = [[self._arrival(event, batch.pack) for event in batch.events] for batch in batches]
            return [self._append(each, batch) for each, batch in zip(arrivals, batches, strict=True)]

    def _arrival(self, event: Event, pack: str) -> Arrival:
        """Return the event with the hash of its content."""
        if event.tenant != self.tenant:
            raise other_tenant(HERE, event, self.tenant)
        return Arrival(event, digest_of(event), pack)

    def _append(self, arrivals: Sequence[Arrival], batch: Batch) -> Appended:
        """Append one batch, event by event."""
        quarantined = sum([self.keep(refusal) for refusal in batch.refused])
        outcomes = [self._arrive(arrival) for arrival in arrivals]
        return summed(outcomes, [event.subject for event in batch.events], quarantined=quarantined)

    def _arrive(self, arrival: Arrival) -> Outcome:
        """Take in one event."""
        present = self._standing.get((arrival.event.source, arrival.event.id))
        if present is not None:
            return settle(arrival, present.held, self)
        self._store(arrival, replaces=False)
        return Outcome.ACCEPTED

    def _store(self, arrival: Arrival, *, replaces: bool) -> None:
        """Append a row that stands."""
        event = arrival.event
        position = len(self._rows) + 1
        held = Held(position, event.heard_at, event.assumed, arrival.digest, event.subject, arrival.pack)
        row = Row(held, event, replaces=replaces)
        self._place(row)
        self._journal.put(self._standing, (event.source, event.id), row)
        self._journal.put(self._of_subject[event.subject], (event.source, event.id), row)

    def _place(self, row: Row) -> None:
        """Give a row its place in the order of positions."""
        self._journal.set(self, "_head", row.after(self._head, self.tenant))
        self._journal.push(self._rows, row)
        self._journal.push(self._of_bucket[bucket_of(self.tenant, row.event.subject)], row)

    # ------------------------------------------------------------------ what the rule of identity asks

    def event_at(self, held: Held) -> Event:
        """Return the event that is held."""
        return self._rows[held.position - 1].event

    def displace(self, held: Held, arrival: Arrival) -> None:
        """Let the arrival stand in place of what is held."""
        former = self._rows[held.position - 1]
        self._journal.set(former, "standing", False)
        self._journal.remove(self._of_subject[former.event.subject], (former.event.source, former.event.id))
        if former.event.subject != arrival.event.subject:
            place = msgspec.structs.replace(held, position=len(self._rows) + 1)
            self._place(Row(place, former.event, replaces=True, standing=False, notice=True))
        self._store(arrival, replaces=True)

    def keep(self, refused: Refused) -> bool:
        """Keep a refusal; return whether its id is new."""
        present = self._quarantine.get(refused.id)
        if present is None or (refused.heard_at, refused.raw) < (present.heard_at, present.raw):
            self._journal.put(self._quarantine, refused.id, refused)
        return present is None

    def drop(self, refused_id: str) -> bool:
        """Remove a refusal; return whether there was one."""
        return self._journal.remove(self._quarantine, refused_id) is not None

    # ------------------------------------------------------------------ reading

    def read(self, bucket: int, *, after: int, limit: int) -> list[Stored]:
        """Return the bucket's events past a position; see the port."""
        with self._journal.reading():
            rows = self._of_bucket[bucket]
            start = bisect_right(rows, after, key=lambda row: row.held.position)
            seen = (row for row in islice(rows, start, None) if row.standing or row.notice)
            return [
                Stored(row.held.position, row.event, row.replaces, row.standing, row.held.pack)
                for row in islice(seen, limit)
            ]

    def tail(self, shard: int = 0, *, after: int, limit: int) -> list[Stored]:
        """Return standing events of all buckets past a position: there is one shard; see the port."""
        if shard:
            return []
        with self._journal.reading():
            start = bisect_right(self._rows, after, key=lambda row: row.held.position)
            standing = (row for row in islice(self._rows, start, None) if row.standing)
            return [
                Stored(row.held.position, row.event, row.replaces, row.standing, row.held.pack)
                for row in islice(standing, limit)
            ]

    def heads(self) -> list[Head]:
        """Return the head of the chain; none when it has no rows."""
        with self._journal.reading():
            return [self._head] if self._head else []

    def chain(self, shard: int = 0, *, after: int, limit: int) -> list[Link]:
        """Return the rows of a shard as links, by position; see the port."""
        with self._journal.reading():
            rows = [row for row in self._rows if row.held.position > after and not shard][:limit]
            return [row.link() for row in rows]

    def dirty_buckets(self) -> list[int]:
        """Return the buckets that have something to read past their position, ascending."""
        with self._journal.reading():
            return [bucket for bucket in range(BUCKETS) if self.read(bucket, after=self.position(bucket)[0], limit=1)]

    def position(self, bucket: int) -> tuple[int, int]:
        """Return (position, fence) of a bucket."""
        with self._journal.reading():
            return self._positions.get(bucket, (0, 0))

    def events_of(self, subjects: Iterable[str]) -> dict[str, list[Event]]:
        """Return the standing events of each subject in total order."""
        with self._journal.reading():
            return {subject: self._in_order(subject) for subject in subjects}

    def _in_order(self, subject: str) -> list[Event]:
        """Return a subject's standing events in total order."""
        rows = self._of_subject.get(subject, {}).values()
        return sorted((row.event for row in rows), key=lambda event: event.key)

    def records(self, subjects: Iterable[str]) -> dict[str, Record]:
        """Return the records that exist among the subjects."""
        with self._journal.reading():
            return {subject: self._records[subject] for subject in subjects if subject in self._records}

    def scan_records(self, *, pack: str = "", buckets: Collection[int] | None = None) -> Iterator[Record]:
        """Yield all records, bucket by bucket, subject by subject; see the port."""
        with self._journal.reading():
            records = sorted(self._records.values(), key=lambda record: self._spot(record.subject))
        for record in records:
            if (not pack or record.pack == pack) and (buckets is None or self._spot(record.subject)[0] in buckets):
                yield record

    def scan_events(
        self, *, pack: str = "", buckets: Collection[int] | None = None
    ) -> Iterator[tuple[str, list[Event]]]:
        """Yield (subject, its standing events in total order), bucket by bucket; see the port."""
        with self._journal.reading():
            rows = [row for row in self._standing.values() if not pack or row.held.pack == pack]
        groups: defaultdict[str, list[Event]] = defaultdict(list)
        for row in rows:
            groups[row.event.subject].append(row.event)
        for subject in sorted(groups, key=self._spot):
            if buckets is None or self._spot(subject)[0] in buckets:
                yield subject, sorted(groups[subject], key=lambda event: event.key)

    def _spot(self, subject: str) -> tuple[int, str]:
        """Return a subject's place in the order of scans."""
        return bucket_of(self.tenant, subject), subject

    # ------------------------------------------------------------------ committing

    def commit(
        self, bucket: int, *, fence: int, position: int, records: Sequence[Record], wake_ups: Sequence[WakeUp]
    ) -> None:
        """Commit one bucket's share; see the port."""
        self.commit_shares([Share(bucket, fence, position, records, wake_ups)])

    def commit_shares(self, shares: Sequence[Share]) -> None:
        """Store records and wake-ups of several buckets and move their positions, all or nothing; see the port."""
        with self._journal.writing():
            for share in shares:
                self._check_share(share)
                self._commit(share)
            self.send([one for share in shares for one in share.outgoing])

    def _check_share(self, share: Share) -> None:
        """Refuse a share with a stale fence, or with subjects of another bucket."""
        if self.position(share.bucket)[1] != share.fence:
            raise stale_fence(HERE, share.bucket, share.fence)
        told = [one.subject for one in share.records] + [one.subject for one in share.entries]
        for subject in (*told, *(one.subject for one in share.wake_ups)):
            if bucket_of(self.tenant, subject) != share.bucket:
                raise other_bucket(HERE, subject, share.bucket)

    def _commit(self, share: Share) -> None:
        """Store what a share holds."""
        for record in share.records:
            self._journal.put(self._records, record.subject, record)
            self._disarm(record.subject)
        for wake_up in sorted(share.wake_ups, key=lambda one: one.due_at, reverse=True):
            self._disarm(wake_up.subject)
            self._journal.put(self._wake_ups, wake_up.subject, wake_up)
            self._due.add((wake_up.due_at, wake_up.subject))
        lines: dict[str, list[Entry]] = {record.subject: [] for record in share.records}
        for one in share.entries:
            lines.setdefault(one.subject, []).append(one)
        for subject, some in lines.items():
            self._replace_entries(subject, some)
        self._journal.put(self._positions, share.bucket, (share.position, share.fence + 1))

    def _disarm(self, subject: str) -> None:
        """Take a subject's wake-up away, if it has one."""
        former = self._journal.remove(self._wake_ups, subject)
        if former is not None:
            self._due.remove((former.due_at, subject))

    def _replace_entries(self, subject: str, lines: list[Entry]) -> None:
        """Put a subject's index lines in place of all it had."""
        for place, one in enumerate(self._entries.get(subject, ())):
            self._found[one.kind, one.key].remove((one.order, subject, place))
        self._journal.put(self._entries, subject, lines)
        for place, one in enumerate(lines):
            if (one.kind, one.key) not in self._found:
                self._found[one.kind, one.key] = SortedRows(self._journal)
            self._found[one.kind, one.key].add((one.order, subject, place))

    def due(self, now: Micros, *, limit: int, bucket: int | None = None) -> list[WakeUp]:
        """Return wake-ups that are due, earliest first, then by subject."""
        with self._journal.reading():
            due = (self._wake_ups[subject] for _, subject in takewhile(lambda row: row[0] <= now, self._due.past(None)))
            mine = (one for one in due if bucket in (None, bucket_of(self.tenant, one.subject)))
            return list(islice(mine, limit))

    def next_due(self) -> Micros:
        """Return the due moment of the earliest wake-up; `FOREVER` when there is none."""
        with self._journal.reading():
            first = self._due.first()
            return FOREVER if first is None else first[0]

    def entries(
        self, kind: str, key: str = "", *, after: int | None = None, until: int | None = None, limit: int = 100
    ) -> list[Entry]:
        """Return index lines of a kind and key by (order, subject); see the port."""
        with self._journal.reading():
            rows = self._found.get((kind, key))
            found = () if rows is None else rows.past(after)
            wanted = found if until is None else takewhile(lambda row: row[0] <= until, found)
            return [self._entries[subject][place] for _, subject, place in islice(wanted, limit)]

    def watermarks(self) -> dict[str, Micros]:
        """Return source → the moment up to which it has been heard."""
        with self._journal.reading():
            return dict(sorted(self._watermarks.items()))

    def advance(self, watermarks: dict[str, Micros]) -> None:
        """Move watermarks forward; never backward."""
        with self._journal.writing():
            for source, heard_to in watermarks.items():
                self._journal.put(self._watermarks, source, max(heard_to, self._watermarks.get(source, heard_to)))

    # ------------------------------------------------------------------ quarantine, settings, numbers

    def quarantine(self, *, after: str = "", limit: int = 100) -> list[Refused]:
        """Return refusals with id > `after`, by id, at most `limit`."""
        with self._journal.reading():
            return [self._quarantine[key] for key in sorted(self._quarantine) if key > after][:limit]

    def release(self, ids: Iterable[str]) -> int:
        """Remove refusals that a replay has settled; return how many there were."""
        with self._journal.writing():
            return sum([self.drop(refused_id) for refused_id in ids])

    def count(self) -> dict[str, int]:
        """Return the numbers of events, subjects, records, quarantined and wake_ups."""
        with self._journal.reading():
            return {
                "events": len(self._standing),
                "subjects": sum(1 for rows in self._of_subject.values() if rows),
                "records": len(self._records),
                "quarantined": len(self._quarantine),
                "wake_ups": len(self._wake_ups),
            }

    def last_position(self) -> int:
        """Return the greatest position appended; 0 when empty."""
        with self._journal.reading():
            return len(self._rows)

    def close(self) -> None:
        """Forget everything."""
        self._journal.close()
