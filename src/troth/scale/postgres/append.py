"""Appending: one statement for all that is new, and the rule of identity for the rest only."""

# ruff: noqa: S608  (statements are put together from constants of this package; values are always bound)

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

from troth.model.event import Event
from troth.ports.chain import NOTICE, STANDS
from troth.ports.ledger import Refused
from troth.runtime.chain import NEW, NOTIFYING, REPLACING
from troth.runtime.identity import Arrival, Held, Outcome, settle
from troth.runtime.rows import encode_body, event_of
from troth.scale.postgres import transactions
from troth.scale.postgres.chain import FIELDS, LOAD, Ends
from troth.scale.postgres.columns import columns
from troth.scale.postgres.statements import EVENT_COLUMNS

Identity: TypeAlias = tuple[str, str]
Row: TypeAlias = tuple[Any, ...]

_SOURCE, _ID = 3, 4  # Places in a row.
_COLUMNS: Final = f"position, number, chain, bucket, {FIELDS}"

# Inserted by identity, so that two transactions that bring the same events do not wait for each other in a circle; the
# positions follow the order of arrival nevertheless.
_INSERT_NEW: Final = f"""
INSERT INTO troth.event (tenant, {_COLUMNS})
SELECT %s::integer, * FROM unnest(
    %s::bigint[], %s::bigint[], %s::bytea[], %s::smallint[], %s::text[], %s::text[], %s::text[], %s::text[],
    %s::text[], %s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::bytea[], %s::bytea[]
) AS new ({_COLUMNS})
ORDER BY source COLLATE "C", id COLLATE "C" ON CONFLICT (tenant, source, id) WHERE standing = 1 DO NOTHING"""
_INSERT_AGAIN: Final = f"""
INSERT INTO troth.event (tenant, {_COLUMNS}, standing, replaces)
VALUES (%s, %s, %s, %b, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %b, %b, %s, true)"""
_ROW_AT: Final = f"SELECT bucket, {FIELDS} FROM troth.event WHERE tenant = %s AND bucket = %s AND position = %s"
_DISPLACE: Final = "UPDATE troth.event SET standing = 0 WHERE tenant = %s AND bucket = %s AND position = %s"
_EVENT_AT: Final = f"SELECT {EVENT_COLUMNS} FROM troth.event WHERE tenant = %s AND bucket = %s AND position = %s"
# FOR UPDATE, so that what stands is decided upon by one at a time, in whichever shards the two subjects are.
_HELD: Final = """
SELECT found.* FROM unnest(%s::text[], %s::text[]) AS wanted (of_source, of_id), LATERAL (
    SELECT source, id, position, heard_at, assumed, hash, subject, pack FROM troth.event
    WHERE tenant + 0 = %s AND source = of_source AND id = of_id AND standing = 1 LIMIT 1 FOR UPDATE
) AS found"""
_DRAW: Final = "SELECT nextval(%s::regclass) FROM generate_series(1, %s)"

_REFUSED: Final = "id, code, reason, place, raw, heard_at, kind, pack"
# xmax tells a new row from one that was there.
_KEEP: Final = f"""
INSERT INTO troth.quarantine AS q (tenant, {_REFUSED})
SELECT %s::integer, * FROM unnest(
    %s::text[], %s::text[], %s::bytea[], %s::bytea[], %s::bytea[], %s::bigint[], %s::text[], %s::text[]
) AS new ({_REFUSED}) ORDER BY id COLLATE "C"
ON CONFLICT (tenant, id) DO UPDATE SET
    code = excluded.code, reason = excluded.reason, place = excluded.place, raw = excluded.raw,
    heard_at = excluded.heard_at, kind = excluded.kind, pack = excluded.pack
WHERE (excluded.heard_at, excluded.raw) < (q.heard_at, q.raw) RETURNING id, xmax = 0"""
_DROP: Final = "DELETE FROM troth.quarantine WHERE tenant = %s AND id = %s"


def row_of(arrival: Arrival, bucket: int) -> Row:
    """Return the row that an arrival is stored as."""
    event = arrival.event
    return (
        bucket,
        arrival.pack,
        event.subject,
        event.source,
        event.id,
        event.type,
        event.occurred_at,
        event.sequence,
        event.heard_at,
        event.assumed,
        arrival.digest,
        encode_body(event.data),
    )


def refused_of(row: Sequence[Any]) -> Refused:
    """Return the refusal of a row of the quarantine."""
    refused_id, code, reason, place, raw, heard_at, kind, pack = row
    return Refused(refused_id, code, reason.decode(), place.decode(), raw.decode(), heard_at, kind, pack)


class Appender:
    """Appends within one transaction.

    Args:
        held: The transaction, with the locks of all rows' shards.
        transactions: Whose it is, for further locks.
        tenant: The tenant's name.
        key: The tenant's number in the database.
        bucket: Returns the bucket of a subject.
    """

    def __init__(
        self,
        held: transactions.Held,
        owner: transactions.Transactions,
        tenant: str,
        key: int,
        bucket: Callable[[str], int],
    ) -> None:
        self._transaction = held
        self._owner = owner
        self._connection = held.connection
        self._tenant = tenant
        self._key = key
        self._bucket = bucket
        self._ends = Ends(tenant, key)
        self._held: dict[Identity, Held] = {}

    def append(self, arrivals: Sequence[Arrival], rows: Sequence[Row]) -> list[Outcome]:
        """Append arrivals, given with their rows; return what became of each."""
        if not rows:
            return []
        outcomes = [Outcome.ACCEPTED] * len(rows)
        for index in self._insert_new(arrivals, rows):
            event = arrivals[index].event
            outcomes[index] = settle(arrivals[index], self._held[event.source, event.id], self)
        with self._connection.pipeline():
            self._connection.execute("RELEASE SAVEPOINT append")
            self._ends.store(self._connection)
        return outcomes

    def _insert_new(self, arrivals: Sequence[Arrival], rows: Sequence[Row]) -> list[int]:
        """Insert the rows whose identity is new; return the indices of the others."""
        while True:
            positions = self._look(rows)
            new, left = [], []
            for index, row in enumerate(rows):
                identity = (row[_SOURCE], row[_ID])
                if identity in self._held:
                    left.append(index)
                    continue
                position = positions[index]
                number, link = self._ends.add(row[0], position, NEW, row[1:])
                new.append((position, number, link, *row))
                self._held[identity] = _held_of(arrivals[index], position)
            if not new:
                return left
            if self._connection.execute(_INSERT_NEW, (self._key, *columns(new))).rowcount == len(new):
                return left
            # Another transaction has stored one of these identities for a subject of another shard since we looked.
            self._connection.execute("ROLLBACK TO SAVEPOINT append")

    def _look(self, rows: Sequence[Row]) -> list[int]:
        """Load what stands for the identities of the rows, and the ends of the chains; return positions for them."""
        wanted = sorted({(row[_SOURCE], row[_ID]) for row in rows})
        held = self._connection.execute(_HELD, (*columns(wanted), self._key), binary=True).fetchall()
        self._held = {(source, event_id): Held(*rest) for source, event_id, *rest in held}
        touched = transactions.shards_of(self._bucket(one.subject) for one in self._held.values())
        if not touched <= self._transaction.shards:
            if not self._transaction.unit:
                raise transactions.NeedsMore(touched)
            self._owner.lock(self._transaction, touched)
        shards = touched | transactions.shards_of(row[0] for row in rows)
        with self._connection.pipeline():
            ends = self._connection.execute(LOAD, (self._key, sorted(shards)), binary=True)
            drawn = self._connection.execute(_DRAW, (sequence_of(self._key), len(rows)), binary=True)
            self._connection.execute("SAVEPOINT append")
        self._ends.know(shards, ends.fetchall())
        return [position for (position,) in drawn.fetchall()]

    def _draw(self, count: int) -> list[int]:
        """Return the next positions, ascending; whoever draws has the locks under which they are used."""
        rows = self._connection.execute(_DRAW, (sequence_of(self._key), count), binary=True).fetchall()
        return [position for (position,) in rows]

    # ------------------------------------------------------------------ what the rule of identity asks

    def event_at(self, held: Held) -> Event:
        """Return the event that is held."""
        place = (self._key, self._bucket(held.subject), held.position)
        row = self._connection.execute(_EVENT_AT, place, binary=True).fetchone()
        assert row is not None
        return event_of(row, self._tenant)

    def displace(self, held: Held, arrival: Arrival) -> None:
        """Let the arrival stand in place of what is held."""
        event = arrival.event
        place = (self._key, self._bucket(held.subject), held.position)
        for_notice, position = self._draw(2)
        self._connection.execute(_DISPLACE, place)
        if held.subject != event.subject:
            former = self._connection.execute(_ROW_AT, place, binary=True).fetchone()
            assert former is not None
            self._again(for_notice, former, NOTIFYING, NOTICE)
        self._again(position, row_of(arrival, self._bucket(event.subject)), REPLACING, STANDS)
        self._held[event.source, event.id] = _held_of(arrival, position)

    def _again(self, position: int, row: Row, kind: int, standing: int) -> None:
        """Insert a row whose identity is known."""
        number, link = self._ends.add(row[0], position, kind, row[1:])
        self._connection.execute(_INSERT_AGAIN, (self._key, position, number, link, *row, standing))

    def keep(self, refused: Refused) -> bool:
        """Keep a refusal; return whether its id is new."""
        return bool(self.keep_all([refused]))

    def keep_all(self, refusals: Sequence[Refused]) -> set[str]:
        """Keep refusals, of those with one id the earliest; return the ids that are new."""
        if not refusals:
            return set()
        earliest: dict[str, Refused] = {}
        for one in sorted(refusals, key=lambda one: (one.heard_at, one.raw), reverse=True):
            earliest[one.id] = one
        rows = [
            (
                one.id,
                one.code,
                one.reason.encode(),
                one.place.encode(),
                one.raw.encode(),
                one.heard_at,
                one.kind,
                one.pack,
            )
            for one in earliest.values()
        ]
        found = self._connection.execute(_KEEP, (self._key, *columns(rows))).fetchall()
        return {refused_id for refused_id, is_new in found if is_new}

    def drop(self, refused_id: str) -> bool:
        """Remove a refusal; return whether there was one."""
        return self._connection.execute(_DROP, (self._key, refused_id)).rowcount > 0


def _held_of(arrival: Arrival, position: int) -> Held:
    """Return what is known of an arrival that stands at a position."""
    event = arrival.event
    return Held(position, event.heard_at, event.assumed, arrival.digest, event.subject, arrival.pack)


def sequence_of(key: int) -> str:
    """Return the name of the sequence from which a tenant's positions are drawn."""
    return f"troth.position_{key}"
