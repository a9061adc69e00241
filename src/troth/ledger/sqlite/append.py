"""Appending: one statement for all that is new, and the rule of identity for the rest only."""

# ruff: noqa: S608  (statements are put together from constants of this package; values are always bound)

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256
from typing import Any, Final, TypeAlias

import msgspec

from troth.ledger.sqlite.links import FIELDS, PUT_HEAD
from troth.ledger.sqlite.statements import EVENT_COLUMNS
from troth.model.event import Event
from troth.ports.chain import NOTICE, STANDS
from troth.ports.ledger import Refused
from troth.runtime.chain import NEW, NOTIFYING, REPLACING, linked, said, seed
from troth.runtime.identity import Arrival, Held, Outcome, digest_of, settle
from troth.runtime.rows import encode_body, event_of

Identity: TypeAlias = tuple[str, str]
Row: TypeAlias = tuple[Any, ...]

_TENANT_COLUMNS: Final = 2  # A row's first ones, which are not part of the chain's fields.
_PACK, _SOURCE, _ID, _DIGEST = 2, 4, 5, 11  # Places in a row.
_COLUMNS: Final = f"position, number, chain, tenant, bucket, {FIELDS}"

# The conflict clause names the one index meant: INSERT OR IGNORE would swallow any other breach as well.
_INSERT_NEW: Final = f"""
INSERT INTO event ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (tenant, source, id) WHERE standing = 1 DO NOTHING"""
_INSERT_AGAIN: Final = f"""
INSERT INTO event ({_COLUMNS}, standing, replaces) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)"""
_LAST: Final = """
SELECT max(coalesce(max(position), 0), coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'event'), 0))
FROM event"""
_HELD: Final = """
SELECT id, position, heard_at, assumed, hash, subject, pack FROM event
WHERE tenant = ? AND source = ? AND standing = 1 AND id IN (SELECT value FROM json_each(?))"""
_KEEP: Final = """
INSERT INTO quarantine (tenant, id, code, reason, place, raw, heard_at, kind, pack) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (tenant, id) DO UPDATE SET
    code = excluded.code, reason = excluded.reason, place = excluded.place, raw = excluded.raw,
    heard_at = excluded.heard_at, kind = excluded.kind, pack = excluded.pack
WHERE (excluded.heard_at, excluded.raw) < (heard_at, raw)"""


class Appender:
    """Appends within a transaction that its caller has begun and will commit.

    Args:
        connection: The ledger's.
        tenant: The tenant's name.
        key: The tenant's number in the file.
        bucket: Returns the bucket of a subject.
    """

    def __init__(self, connection: sqlite3.Connection, tenant: str, key: int, bucket: Callable[[str], int]) -> None:
        self._connection = connection
        self._tenant = tenant
        self._key = key
        self._bucket = bucket
        self._held: dict[Identity, Held] = {}
        self._position = self._number = 0
        self._hash = b""

    def row_of(self, event: Event, pack: str) -> Row:
        """Return the row that an event, meant for a pack, is stored as."""
        return (
            self._key,
            self._bucket(event.subject),
            pack,
            event.subject,
            event.source,
            event.id,
            event.type,
            event.occurred_at,
            event.sequence,
            event.heard_at,
            event.assumed,
            digest_of(event),
            encode_body(event.data),
        )

    def append(self, events: Sequence[Event], rows: Sequence[Row]) -> list[Outcome]:
        """Append events, given with their rows; return what became of each."""
        # Positions are given inside the write transaction, so that they ascend in the order of commits.
        assert self._connection.in_transaction
        outcomes = [Outcome.ACCEPTED] * len(rows)
        before = self._load_head()
        left: list[int] = []
        self._connection.executemany(_INSERT_NEW, self._chained(rows, left))
        if left:
            self._held = self._load_held(rows[index] for index in left)
            for index in left:
                outcomes[index] = self._settle(events[index], rows[index])
        if self._number != before:
            self._connection.execute(PUT_HEAD, (self._key, self._position, self._number, self._hash))
        return outcomes

    def _load_head(self) -> int:
        """Take up the chain where it ends, and the file's last position; return how many rows the chain has."""
        query = "SELECT number, hash FROM head WHERE tenant = ?"
        known = self._connection.execute(query, (self._key,)).fetchone()
        self._number, self._hash = known or (0, seed(self._tenant, 0))
        (self._position,) = self._connection.execute(_LAST).fetchone()
        return self._number

    def _chained(self, rows: Sequence[Row], left: list[int]) -> Iterator[Row]:
        """Yield rows with position, number and hash; add to `left` the indices of those that were not inserted.

        The next row is asked for when the former has been tried: if its identity was known, its place is free.
        """
        connection = self._connection
        position, number, former = self._position, self._number, self._hash
        changes = connection.total_changes
        for index, row in enumerate(rows):
            # Written out, because it is done for every event: linked(former, said(...)).
            link = sha256(former + encode_body((position + 1, number + 1, NEW, row[_TENANT_COLUMNS:]))).digest()
            yield (position + 1, number + 1, link, *row)
            if connection.total_changes == changes:
                left.append(index)
                continue
            changes += 1
            position, number, former = position + 1, number + 1, link
        self._position, self._number, self._hash = position, number, former

    def _load_held(self, rows: Iterable[Row]) -> dict[Identity, Held]:
        """Return what stands for the identities of the rows, by one query for each source."""
        ids: dict[str, set[str]] = {}
        for row in rows:
            ids.setdefault(row[_SOURCE], set()).add(row[_ID])
        held = {}
        for source, wanted in ids.items():
            listed = msgspec.json.encode(sorted(wanted)).decode()
            for event_id, *rest in self._connection.execute(_HELD, (self._key, source, listed)):
                held[source, event_id] = Held(*rest)
        return held

    def _settle(self, event: Event, row: Row) -> Outcome:
        """Decide about one event whose identity is there already."""
        return settle(Arrival(event, row[_DIGEST], row[_PACK]), self._held[event.source, event.id], self)

    # ------------------------------------------------------------------ what the rule of identity asks

    def event_at(self, held: Held) -> Event:
        """Return the event that is held."""
        query = f"SELECT {EVENT_COLUMNS} FROM event WHERE position = ?"
        return event_of(self._connection.execute(query, (held.position,)).fetchone(), self._tenant)

    def displace(self, held: Held, arrival: Arrival) -> None:
        """Let the arrival stand in place of what is held."""
        event = arrival.event
        self._connection.execute("UPDATE event SET standing = 0 WHERE position = ?", (held.position,))
        if held.subject != event.subject:
            query = f"SELECT tenant, bucket, {FIELDS} FROM event WHERE position = ?"
            self._again(self._connection.execute(query, (held.position,)).fetchone(), NOTIFYING, NOTICE)
        self._again(self.row_of(event, arrival.pack), REPLACING, STANDS)
        self._held[event.source, event.id] = Held(
            self._position, event.heard_at, event.assumed, arrival.digest, event.subject, arrival.pack
        )

    def _again(self, row: Row, kind: int, standing: int) -> None:
        """Insert a row whose identity is known."""
        self._position += 1
        self._number += 1
        self._hash = linked(self._hash, said(self._position, self._number, kind, row[_TENANT_COLUMNS:]))
        self._connection.execute(_INSERT_AGAIN, (self._position, self._number, self._hash, *row, standing))

    def keep(self, refused: Refused) -> bool:
        """Keep a refusal; return whether its id is new."""
        known = self._connection.execute(
            "SELECT 1 FROM quarantine WHERE tenant = ? AND id = ?", (self._key, refused.id)
        ).fetchone()
        self._connection.execute(_KEEP, (self._key, *msgspec.structs.astuple(refused)))
        return known is None

    def drop(self, refused_id: str) -> bool:
        """Remove a refusal; return whether there was one."""
        query = "DELETE FROM quarantine WHERE tenant = ? AND id = ?"
        return self._connection.execute(query, (self._key, refused_id)).rowcount > 0
