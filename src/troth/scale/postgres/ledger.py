"""The ledger on PostgreSQL: the port's methods, each a transaction or a query."""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from functools import lru_cache
from itertools import groupby
from typing import Any, ClassVar, Final

import msgspec

from troth.model.effect import WakeUp
from troth.model.event import Event, Stored
from troth.model.ids import BUCKETS, bucket_of
from troth.model.record import Record
from troth.model.times import Micros
from troth.ports.ledger import Appended, Batch, Refused, Share
from troth.runtime.identity import Arrival, Outcome, digest_of, summed
from troth.runtime.refusals import other_tenant
from troth.runtime.rows import LedgerRows, LedgerTexts, event_of
from troth.scale.postgres import statements
from troth.scale.postgres.append import Appender, refused_of, row_of, sequence_of
from troth.scale.postgres.chain import PostgresChain
from troth.scale.postgres.columns import column
from troth.scale.postgres.commit import Shares
from troth.scale.postgres.connections import BUSY_MS
from troth.scale.postgres.migrations import LOCK, migrate
from troth.scale.postgres.outbox import PostgresOutbox
from troth.scale.postgres.problems import in_our_words
from troth.scale.postgres.transactions import SHARDS, Held

_decode_record: Final = msgspec.msgpack.Decoder(Record).decode
_COUNTED: Final = ("events", "subjects", "records", "quarantined", "wake_ups")
_FETCHED_AT_ONCE: Final = 2_000


class PostgresLedger(PostgresOutbox, PostgresChain, LedgerRows):
    """A ledger in the schema `troth` of a database; processes on any number of machines may use it at once.

    Args:
        address: `postgresql://user:password@host:port/database`, with any option of libpq.
        tenant: Whose events it holds; one database may hold several tenants, each seen through its own instance.
        create: Whether to begin a ledger in a database that has none.
        busy_ms: How long to wait for other transactions; milliseconds.

    Raises:
        LedgerError: L101 newer schema, L102 schema of something else, L110 none there, L131 no server answers, L132
            the server refuses user, password or database, L133 it does not let us write.
    """

    texts: ClassVar[LedgerTexts] = statements

    def __init__(self, address: str, *, tenant: str = "main", create: bool = True, busy_ms: int = BUSY_MS) -> None:
        super().__init__(address, tenant=tenant, busy_ms=busy_ms)

        @lru_cache(maxsize=1 << 18)
        def bucket(subject: str) -> int:
            return bucket_of(tenant, subject)

        self._bucket = bucket
        try:
            self._migrate(create=create)
            self._key = self._tenant_key()
        except BaseException:
            self.close()
            raise

    def _migrate(self, *, create: bool) -> None:
        """Bring the database's schema up to date."""
        connection = self._connections.take()
        try:
            with in_our_words(self._place, connection):
                migrate(connection, self._place, create=create)
        finally:
            self._connections.give(connection)

    def _tenant_key(self) -> int:
        """Return the tenant's number in the database; a new tenant gets one, with its buckets and its sequence."""
        known = self._rows(statements.TENANT, self.tenant)
        return int(known[0][0]) if known else self._write(self._add_tenant)

    def _add_tenant(self, held: Held) -> int:
        """Add the tenant, unless another process was faster."""
        held.connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
        known = held.connection.execute(statements.TENANT, (self.tenant,)).fetchone()
        if known is None:
            known = held.connection.execute(statements.ADD_TENANT, (self.tenant,)).fetchone()
            assert known is not None
            held.connection.execute(statements.ADD_BUCKETS, (known[0], BUCKETS - 1))
            held.connection.execute(f"CREATE SEQUENCE {sequence_of(known[0])}".encode())
        return int(known[0])

    # ------------------------------------------------------------------ appending

    def append_all(self, batches: Sequence[Batch]) -> list[Appended]:
        """Append several batches in one durable commit; see the port."""
        # All that can be done before locks are taken is done before.
        arrivals = [self._arrival(event, batch.pack) for batch in batches for event in batch.events]
        rows = [row_of(arrival, self._bucket(arrival.event.subject)) for arrival in arrivals]
        if not arrivals and not any(batch.refused for batch in batches):
            return [Appended() for _ in batches]

        def write(held: Held) -> tuple[set[str], list[Outcome]]:
            appender = Appender(held, self, self.tenant, self._key, self._bucket)
            kept = appender.keep_all([one for batch in batches for one in batch.refused])
            return kept, appender.append(arrivals, rows)

        kept, outcomes = self._write(write, {row[0] for row in rows})
        return _by_batch(batches, outcomes, kept)

    def _arrival(self, event: Event, pack: str) -> Arrival:
        """Return the event with the hash of its content."""
        if event.tenant != self.tenant:
            raise other_tenant(self._place, event, self.tenant)
        return Arrival(event, digest_of(event), pack)

    # ------------------------------------------------------------------ reading

    def tail(self, shard: int = 0, *, after: int, limit: int) -> list[Stored]:
        """Return the shard's standing events past a position; see the port."""
        buckets = list(range(shard, BUCKETS, SHARDS))
        return self._stored(self._rows(statements.TAIL, buckets, self._key, after, limit, limit, self._key))

    def events_of(self, subjects: Iterable[str]) -> dict[str, list[Event]]:
        """Return the standing events of each subject in total order."""
        found: dict[str, list[Event]] = {subject: [] for subject in subjects}
        if found:
            for row in self._rows(statements.EVENTS_OF, *self._placed(found), self._key):
                event = event_of(row, self.tenant)
                found[event.subject].append(event)
        for events in found.values():
            events.sort(key=_key_of)
        return found

    def records(self, subjects: Iterable[str]) -> dict[str, Record]:
        """Return the records that exist among the subjects."""
        wanted = dict.fromkeys(subjects)
        if not wanted:
            return {}
        rows = self._rows(statements.RECORDS, *self._placed(wanted), self._key)
        return {subject: _decode_record(body) for subject, body in rows}

    def _placed(self, subjects: Iterable[str]) -> tuple[object, object]:
        """Return subjects with their buckets, as two columns."""
        names = list(subjects)
        return column([self._bucket(name) for name in names]), column(names)

    def scan_records(self, *, pack: str = "", buckets: Collection[int] | None = None) -> Iterator[Record]:
        """Yield all records, bucket by bucket, subject by subject; see the port."""
        wanted = list(range(BUCKETS)) if buckets is None else sorted(buckets)
        for (body,) in self._scan(statements.SCAN_RECORDS, pack, wanted):
            yield _decode_record(body)

    def scan_events(
        self, *, pack: str = "", buckets: Collection[int] | None = None
    ) -> Iterator[tuple[str, list[Event]]]:
        """Yield (subject, its standing events in total order), bucket by bucket; see the port."""
        wanted = list(range(BUCKETS)) if buckets is None else sorted(buckets)
        with closing(self._scan(statements.SCAN_EVENTS, pack, wanted)) as rows:
            events = (event_of(row, self.tenant) for row in rows)
            for subject, group in groupby(events, key=lambda event: event.subject):
                yield subject, sorted(group, key=_key_of)

    def _scan(self, query: str, pack: str, *more: Any) -> Generator[tuple[Any, ...]]:
        """Yield rows of one moment, fetched piece by piece."""
        with self._snapshot() as connection, connection.cursor("scan", binary=True) as cursor:
            cursor.itersize = _FETCHED_AT_ONCE
            cursor.execute(query.encode(), (self._key, pack, *more))
            yield from cursor

    # ------------------------------------------------------------------ committing

    def commit_shares(self, shares: Sequence[Share]) -> None:
        """Store what several buckets' folds have made and move their positions, all or nothing; see the port."""
        rows = Shares(shares, self._place, self._key, self._bucket)

        def write(held: Held) -> None:
            rows.store(held.connection)
            self._send(held, [one for share in shares for one in share.outgoing])

        self._write(write, {share.bucket for share in shares})

    def due(self, now: Micros, *, limit: int, bucket: int | None = None) -> list[WakeUp]:
        """Return wake-ups that are due, earliest first, then by subject."""
        if bucket is None:
            rows = self._rows(statements.DUE + statements.DUE_ORDER, self._key, now, limit)
        else:
            query = f"{statements.DUE} AND bucket = %s{statements.DUE_ORDER}"
            rows = self._rows(query, self._key, now, bucket, limit)
        return [WakeUp(*row) for row in rows]

    # ------------------------------------------------------------------ quarantine, numbers

    def quarantine(self, *, after: str = "", limit: int = 100) -> list[Refused]:
        """Return refusals with id > `after`, by id, at most `limit`."""
        return [refused_of(row) for row in self._rows(statements.QUARANTINE, self._key, after, limit)]

    def release(self, ids: Iterable[str]) -> int:
        """Remove refusals that a replay has settled; return how many there were."""
        gone = sorted(set(ids))
        return self._write(lambda held: held.connection.execute(statements.RELEASE, (self._key, gone)).rowcount)

    def count(self) -> dict[str, int]:
        """Return the numbers of events, subjects, records, quarantined and wake_ups."""
        return dict(zip(_COUNTED, self._rows(statements.COUNTS, *[self._key] * len(_COUNTED))[0], strict=True))

    def last_position(self) -> int:
        """Return the sum of the shards' greatest positions: at least the greatest of all; 0 when empty.

        Shards go on side by side, so that a position may become visible after a greater one of another shard. The
        greatest of all would then be the same for two sets of events; this sum never is, and nobody waits for it.
        """
        return int(self._rows(statements.LAST, self._key)[0][0])


def _key_of(event: Event) -> tuple[Micros, int, str, str]:
    """Return the event's place in the total order."""
    return event.key


def _by_batch(batches: Sequence[Batch], outcomes: Sequence[Outcome], kept: set[str]) -> list[Appended]:
    """Return what became of each batch from what became of all their events in a row; a refusal counts once."""
    found, start, left = [], 0, set(kept)
    for batch in batches:
        end = start + len(batch.events)
        subjects = [event.subject for event in batch.events]
        mine = left.intersection(one.id for one in batch.refused)
        left -= mine
        found.append(summed(outcomes[start:end], subjects, quarantined=len(mine)))
        start = end
    return found
