"""Appending: one statement for all that is new, and the rule of identity for the rest only."""

# ruff: noqa: S608  (statements are put together from constants of this package; values are always bound)

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, TypeAlias

import msgspec

from troth.ledger.sqlite.statements import EVENT_COLUMNS
from troth.model.event import Event
from troth.ports.ledger import Refused
from troth.runtime.identity import Arrival, Held, Outcome, settle

Identity: TypeAlias = tuple[str, str]
Row: TypeAlias = tuple[Any, ...]

_ROW_COLUMNS: Final = (
    "tenant, bucket, pack, subject, source, id, type, occurred_at, sequence, heard_at, assumed, hash, body"
)
_SUBJECT, _SOURCE, _ID = 3, 4, 5  # places in a row

# The conflict clause names the one index meant: INSERT OR IGNORE would swallow any other breach as well.
_INSERT_NEW: Final = f"""
INSERT INTO event ({_ROW_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (tenant, source, id) WHERE standing = 1 DO NOTHING"""
_INSERT_REPLACING: Final = f"""
INSERT INTO event ({_ROW_COLUMNS}, replaces) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)"""
_INSERT_NOTICE: Final = f"""
INSERT INTO event ({_ROW_COLUMNS}, standing, replaces) SELECT {_ROW_COLUMNS}, 2, 1 FROM event WHERE position = ?"""
_HELD: Final = """
SELECT id, position, heard_at, assumed, hash, subject, pack FROM event
WHERE tenant = ? AND source = ? AND standing = 1 AND id IN (SELECT value FROM json_each(?))"""
_KEEP: Final = """
INSERT INTO quarantine (tenant, id, code, reason, place, raw, heard_at, kind, pack) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (tenant, id) DO UPDATE SET
    code = excluded.code, reason = excluded.reason, place = excluded.place, raw = excluded.raw,
    heard_at = excluded.heard_at, kind = excluded.kind, pack = excluded.pack
WHERE (excluded.heard_at, excluded.raw) < (heard_at, raw)"""

encode_body: Final = msgspec.msgpack.Encoder().encode
# Untyped on purpose: a stored event must be readable, whatever keys a connector put into its data.
decode_body: Final = msgspec.msgpack.Decoder().decode


def event_of(row: Sequence[Any], tenant: str) -> Event:
    """Return the event of a row of `EVENT_COLUMNS`."""
    source, event_id, kind, subject, occurred_at, heard_at, body, sequence, assumed = row
    return Event(source, event_id, kind, subject, occurred_at, heard_at, decode_body(body), sequence, tenant, assumed)


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

    def row_of(self, arrival: Arrival) -> Row:
        """Return the row that an arrival is stored as."""
        event = arrival.event
        return (
            self._key,
            self._bucket(event.subject),
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

    def append(self, arrivals: Sequence[Arrival], rows: Sequence[Row]) -> list[Outcome]:
        """Append arrivals, given with their rows; return what became of each."""
        # Positions are given inside the write transaction, so that they ascend in the order of commits.
        assert self._connection.in_transaction
        before = self._last_position()
        changes = self._connection.total_changes
        self._connection.executemany(_INSERT_NEW, rows)
        outcomes = [Outcome.ACCEPTED] * len(rows)
        if self._connection.total_changes - changes < len(rows):
            left = self._not_inserted(rows, before)
            self._held = self._load_held(rows[index] for index in left)
            for index in left:
                outcomes[index] = self._settle(arrivals[index])
        return outcomes

    def _last_position(self) -> int:
        """Return the greatest position in the file."""
        (last,) = self._connection.execute("SELECT coalesce(max(position), 0) FROM event").fetchone()
        return int(last)

    def _not_inserted(self, rows: Sequence[Row], before: int) -> list[int]:
        """Return the indices of the rows that met an identity already there, be it from earlier in the same batch."""
        inserted = set(self._connection.execute("SELECT source, id FROM event WHERE position > ?", (before,)))
        left = []
        for index, row in enumerate(rows):
            identity = (row[_SOURCE], row[_ID])
            if identity in inserted:
                inserted.remove(identity)
            else:
                left.append(index)
        return left

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

    def _settle(self, arrival: Arrival) -> Outcome:
        """Decide about one arrival whose identity is there already."""
        return settle(arrival, self._held[arrival.event.source, arrival.event.id], self)

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
            self._connection.execute(_INSERT_NOTICE, (held.position,))
        position = self._connection.execute(_INSERT_REPLACING, self.row_of(arrival)).lastrowid
        assert position is not None
        self._held[event.source, event.id] = Held(
            position, event.heard_at, event.assumed, arrival.digest, event.subject, arrival.pack
        )

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
