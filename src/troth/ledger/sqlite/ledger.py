"""The ledger on SQLite: the port's methods, each a transaction or a query."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any, ClassVar, Final, TypeAlias

import msgspec

from troth.ledger.sqlite import statements
from troth.ledger.sqlite.append import Appender
from troth.ledger.sqlite.chain import SqliteChain
from troth.ledger.sqlite.connect import BUSY_MS
from troth.ledger.sqlite.outbox import SqliteOutbox
from troth.model.effect import WakeUp
from troth.model.event import Event, Stored
from troth.model.ids import BUCKETS, bucket_of
from troth.model.record import Record
from troth.model.times import Micros
from troth.ports.ledger import Appended, Batch, Refused, Share
from troth.runtime.identity import Outcome, summed
from troth.runtime.refusals import other_bucket, other_tenant, stale_fence
from troth.runtime.rows import LedgerRows, LedgerTexts, encode_body, event_of

_Row: TypeAlias = tuple[Any, ...]
_encode_record: Final = msgspec.msgpack.Encoder().encode
_decode_record: Final = msgspec.msgpack.Decoder(Record).decode
_SHARED: Final = (
    statements.PUT_RECORD, statements.DROP_TIMER, statements.PUT_TIMER, statements.DROP_ENTRIES, statements.PUT_ENTRY,
)  # fmt: skip
"""What a share changes beside its bucket's position, in this order."""


class SqliteLedger(SqliteOutbox, SqliteChain, LedgerRows):
    """A ledger in one file, with SQLite's write-ahead log beside it; several processes may use it at once.

    Args:
        path: The file.
        tenant: Whose events it holds; one file may hold several tenants, each seen through its own instance.
        create: Whether to make the file when it is absent.
        busy_ms: How long to wait for another process's transaction; milliseconds.

    Raises:
        LedgerError: L101 newer schema, L102 no ledger, L103 locked, L104 cannot be opened, L110 absent.
    """

    texts: ClassVar[LedgerTexts] = statements

    def __init__(self, path: str | Path, *, tenant: str = "main", create: bool = True, busy_ms: int = BUSY_MS) -> None:
        super().__init__(path, tenant=tenant, create=create, busy_ms=busy_ms)
        self._key = self._tenant_key()

        @lru_cache(maxsize=1 << 18)
        def bucket(subject: str) -> int:
            return bucket_of(tenant, subject)

        self._bucket = bucket
        self._appender = Appender(self._connection, tenant, self._key, bucket)

    def _tenant_key(self) -> int:
        """Return the tenant's number in the file; a new tenant gets one, with its buckets."""
        query = "SELECT key FROM tenant WHERE name = ?"
        known = next(iter(self._rows(query, self.tenant)), None)
        if known is None:
            with self._writing() as connection:
                connection.execute("INSERT INTO tenant (name) VALUES (?) ON CONFLICT DO NOTHING", (self.tenant,))
                known = connection.execute(query, (self.tenant,)).fetchone()
                buckets = [(known[0], bucket) for bucket in range(BUCKETS)]
                connection.executemany(
                    "INSERT INTO bucket (tenant, bucket) VALUES (?, ?) ON CONFLICT DO NOTHING", buckets
                )
        return int(known[0])

    # ------------------------------------------------------------------ appending

    def append_all(self, batches: Sequence[Batch]) -> list[Appended]:
        """Append several batches in one durable commit; see the port."""
        # All that can be done before the write lock is taken is done before.
        events = [event for batch in batches for event in batch.events]
        rows = [self._event_row(event, batch.pack) for batch in batches for event in batch.events]
        with self._writing():
            quarantined = [sum([self._appender.keep(one) for one in batch.refused]) for batch in batches]
            outcomes = self._appender.append(events, rows)
        return _by_batch(batches, outcomes, quarantined)

    def _event_row(self, event: Event, pack: str) -> _Row:
        """Return the row that an event is stored as."""
        if event.tenant != self.tenant:
            raise other_tenant(self._place, event, self.tenant)
        return self._appender.row_of(event, pack)

    # ------------------------------------------------------------------ reading

    def tail(self, shard: int = 0, *, after: int, limit: int) -> list[Stored]:
        """Return standing events of all buckets past a position: there is one shard; see the port."""
        if shard:
            return []
        return self._stored(self._rows(statements.TAIL, self._key, after, limit))

    def events_of(self, subjects: Iterable[str]) -> dict[str, list[Event]]:
        """Return the standing events of each subject in total order."""
        found = {}
        with self._reading() as connection:
            for subject in subjects:
                rows = connection.execute(statements.EVENTS_OF, (self._key, self._bucket(subject), subject))
                found[subject] = sorted((event_of(row, self.tenant) for row in rows), key=_key_of)
        return found

    def records(self, subjects: Iterable[str]) -> dict[str, Record]:
        """Return the records that exist among the subjects."""
        wanted = [(self._bucket(subject), subject) for subject in dict.fromkeys(subjects)]
        if not wanted:
            return {}
        rows = self._rows(statements.RECORDS, msgspec.json.encode(wanted).decode(), self._key)
        return {subject: _decode_record(body) for subject, body in rows}

    def scan_records(self, *, pack: str = "", buckets: Collection[int] | None = None) -> Iterator[Record]:
        """Yield all records, bucket by bucket, subject by subject; see the port."""
        with self._snapshot() as connection:
            for bucket in range(BUCKETS) if buckets is None else sorted(buckets):
                for (body,) in connection.execute(statements.SCAN_RECORDS, (self._key, bucket, pack)):
                    yield _decode_record(body)

    def scan_events(
        self, *, pack: str = "", buckets: Collection[int] | None = None
    ) -> Iterator[tuple[str, list[Event]]]:
        """Yield (subject, its standing events in total order), bucket by bucket; see the port."""
        with self._snapshot() as connection:
            for bucket in range(BUCKETS) if buckets is None else sorted(buckets):
                rows = connection.execute(statements.SCAN_EVENTS, (self._key, bucket, pack))
                events = (event_of(row, self.tenant) for row in rows)
                for subject, group in groupby(events, key=lambda event: event.subject):
                    yield subject, sorted(group, key=_key_of)

    # ------------------------------------------------------------------ committing

    def commit_shares(self, shares: Sequence[Share]) -> None:
        """Store records and wake-ups of several buckets and move their positions, all or nothing; see the port."""
        rows = [self._rows_of(share) for share in shares]
        with self._writing() as connection:
            for share in shares:
                moved = connection.execute(statements.MOVE, (share.position, self._key, share.bucket, share.fence))
                if moved.rowcount != 1:
                    raise stale_fence(self._place, share.bucket, share.fence)
            for place, statement in enumerate(_SHARED):
                connection.executemany(statement, [row for tables in rows for row in tables[place]])
            self._send(connection, [one for share in shares for one in share.outgoing])

    def _rows_of(self, share: Share) -> tuple[list[_Row], ...]:
        """Return a share's rows for each of `_SHARED`."""
        key, bucket = self._key, share.bucket
        earliest = {one.subject: one for one in sorted(share.wake_ups, key=lambda one: one.due_at, reverse=True)}
        told = {one.subject for one in share.records} | {one.subject for one in share.entries}
        for subject in (*told, *earliest):
            if self._bucket(subject) != bucket:
                raise other_bucket(self._place, subject, bucket)
        records: list[_Row] = [
            (key, bucket, record.subject, record.pack, _encode_record(record)) for record in share.records
        ]
        timers: list[_Row] = [(key, bucket, one.subject, one.id, one.due_at) for one in earliest.values()]
        asleep: list[_Row] = [(key, bucket, one.subject) for one in share.records if one.subject not in earliest]
        lines: list[_Row] = [
            (key, one.subject, line, one.kind, one.key, one.order, encode_body(one.body))
            for line, one in enumerate(share.entries)
        ]
        return records, asleep, timers, [(key, subject) for subject in told], lines

    def due(self, now: Micros, *, limit: int, bucket: int | None = None) -> list[WakeUp]:
        """Return wake-ups that are due, earliest first, then by subject."""
        return [
            WakeUp(*row) for row in self._rows(statements.DUE, self._key, now, -1 if bucket is None else bucket, limit)
        ]

    # ------------------------------------------------------------------ quarantine, settings, numbers

    def quarantine(self, *, after: str = "", limit: int = 100) -> list[Refused]:
        """Return refusals with id > `after`, by id, at most `limit`."""
        return [Refused(*row) for row in self._rows(statements.QUARANTINE, self._key, after, limit)]

    def release(self, ids: Iterable[str]) -> int:
        """Remove refusals that a replay has settled; return how many there were."""
        with self._writing():
            return sum([self._appender.drop(refused_id) for refused_id in ids])

    def count(self) -> dict[str, int]:
        """Return the numbers of events, subjects, records, quarantined and wake_ups."""
        return {name: self._rows(query, self._key)[0][0] for name, query in statements.COUNTS.items()}

    def last_position(self) -> int:
        """Return the greatest position appended; 0 when empty."""
        rows = self._rows("SELECT position FROM event WHERE tenant = ? ORDER BY position DESC LIMIT 1", self._key)
        return int(rows[0][0]) if rows else 0


def _key_of(event: Event) -> tuple[Micros, int, str, str]:
    """Return the event's place in the total order."""
    return event.key


def _by_batch(batches: Sequence[Batch], outcomes: Sequence[Outcome], quarantined: Sequence[int]) -> list[Appended]:
    """Return what became of each batch from what became of all their events in a row."""
    found, start = [], 0
    for batch, refused in zip(batches, quarantined, strict=True):
        end = start + len(batch.events)
        subjects = [event.subject for event in batch.events]
        found.append(summed(outcomes[start:end], subjects, quarantined=refused))
        start = end
    return found
