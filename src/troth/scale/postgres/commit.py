"""Committing shares: their rows, put together before any lock is taken, and stored column by column."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from troth.errors import Place
from troth.model.effect import WakeUp
from troth.ports.ledger import Share
from troth.runtime.refusals import other_bucket, stale_fence
from troth.runtime.rows import encode_body
from troth.scale.postgres import statements
from troth.scale.postgres.columns import column, columns
from troth.scale.postgres.connections import Connection

_encode_record: Final = msgspec.msgpack.Encoder().encode


class Shares:
    """What some shares store.

    Args:
        shares: The shares.
        place: The ledger, for errors.
        key: The tenant's number in the database.
        bucket: Returns the bucket of a subject.

    Raises:
        LedgerError: L108, a subject belongs to another bucket than its share's.
    """

    def __init__(self, shares: Sequence[Share], place: Place, key: int, bucket: Callable[[str], int]) -> None:
        self._shares = shares
        self._place = place
        self._key = key
        for share in shares:
            _check(share, place, bucket)
        # Of several rows of one subject the last is kept, as if they came one after the other.
        records = {record.subject: (share.bucket, record) for share in shares for record in share.records}
        timers = {one.subject: (share.bucket, one) for share in shares for one in _earliest(share)}
        told = sorted(records.keys() | {one.subject for share in shares for one in share.entries})
        self._records = [
            (at, subject, record.pack, _encode_record(record)) for subject, (at, record) in sorted(records.items())
        ]
        self._timers = [(at, subject, one.id, one.due_at) for subject, (at, one) in sorted(timers.items())]
        self._asleep = [(at, subject) for at, subject, *_ in self._records if subject not in timers]
        self._told = told
        self._entries = [
            (one.subject, line, one.kind, one.key, one.order, encode_body(one.body))
            for share in shares
            for line, one in enumerate(share.entries)
        ]

    def store(self, connection: Connection) -> None:
        """Store everything within a transaction that has the buckets' locks.

        Raises:
            LedgerError: L105, a fence is stale; nothing has been written then.
        """
        self._check_fences(connection)
        key = self._key
        with connection.pipeline():
            buckets = column([share.bucket for share in self._shares])
            positions = column([share.position for share in self._shares])
            connection.execute(statements.MOVE, (positions, buckets, key, buckets))
            if self._records:
                connection.execute(statements.PUT_RECORDS, (key, *columns(self._records)))
            if self._asleep:
                connection.execute(statements.DROP_TIMERS, (*columns(self._asleep), key))
            if self._timers:
                connection.execute(statements.PUT_TIMERS, (key, *columns(self._timers)))
            if self._told:
                connection.execute(statements.DROP_ENTRIES, (column(self._told), key))
            if self._entries:
                connection.execute(statements.PUT_ENTRIES, (key, *columns(self._entries)))

    def _check_fences(self, connection: Connection) -> None:
        """Compare the fences before anything is written: a unit that meets a stale one can go on."""
        buckets = [share.bucket for share in self._shares]
        present: dict[int, int] = dict(connection.execute(statements.FENCES, (self._key, buckets)).fetchall())
        for share in self._shares:
            if present.pop(share.bucket, None) != share.fence:
                raise stale_fence(self._place, share.bucket, share.fence)


def _check(share: Share, place: Place, bucket: Callable[[str], int]) -> None:
    """Refuse what belongs to another bucket."""
    subjects = [
        *(record.subject for record in share.records),
        *(entry.subject for entry in share.entries),
        *(wake_up.subject for wake_up in share.wake_ups),
    ]
    for subject in subjects:
        if bucket(subject) != share.bucket:
            raise other_bucket(place, subject, share.bucket)


def _earliest(share: Share) -> Sequence[WakeUp]:
    """Return the earliest wake-up of each subject."""
    found = {one.subject: one for one in sorted(share.wake_ups, key=lambda one: one.due_at, reverse=True)}
    return list(found.values())
