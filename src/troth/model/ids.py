"""Identities that every adapter has to compute alike: buckets, content hashes, effect ids.

They are part of the storage format: a change here is a migration.
"""

from __future__ import annotations

import hashlib
from typing import Any, Final

import msgspec

from troth.model.event import Event
from troth.model.record import Record

BUCKETS: Final = 256
"""Buckets of every ledger. A worker owns whole buckets."""

SEALED: Final = "$sealed"
"""The member that marks a sealed value: an object with the sealed form and whose it is."""

_canonical: Final = msgspec.json.Encoder(order="deterministic")


def bucket_of(tenant: str, subject: str) -> int:
    """Return the bucket of a subject: the first eight bytes of SHA-256 over tenant, NUL, subject, modulo `BUCKETS`.

    >>> bucket_of("main", "order/1") == bucket_of("main", "order/1") < BUCKETS
    True
    """
    digest = hashlib.sha256(f"{tenant}\0{subject}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % BUCKETS


def content_hash(event: Event) -> str:
    """Return the hash of what an event says: everything but identity, heard_at and marks; 32 hexadecimal digits.

    An occurred_at that was only taken from heard_at was not said: the event sent again later says the same. So does
    one from a clock that was ahead: what counts is the date that it gave. And so does one whose personal members were
    sealed, whatever the key: they are left out.
    """
    occurred_at = None if event.assumed == "occurred_at" else event.said_at
    data = event.data
    for value in data.values():
        if type(value) is dict and SEALED in value:
            data = {name: _unsealed(one) for name, one in data.items()}
            break
    said = (event.type, event.subject, occurred_at, event.said_sequence, data)
    return hashlib.blake2b(_canonical.encode(said), digest_size=16).hexdigest()


def _unsealed(value: Any) -> Any:
    """Return a member's value; of a sealed one only that it is."""
    return {SEALED: ""} if isinstance(value, dict) and SEALED in value else value


def derived_id(*parts: str) -> str:
    """Return a deterministic id from parts: for rows of snapshots and for effects; 32 hexadecimal digits."""
    return hashlib.blake2b(_canonical.encode(parts), digest_size=16).hexdigest()


def record_hash(record: Record) -> str:
    """Return the hash of what a record says: all but when it was looked at and the watermarks it happened to use.

    A live record is looked at once more where its former watermark ended: that moves `last` and `wake_at`, which are
    hints about when to look, and changes nothing else.
    """
    said = msgspec.structs.asdict(record)
    for bookkeeping in ("at", "last", "wake_at", "timer_at", "unheard", "version", "digest"):
        del said[bookkeeping]
    return hashlib.blake2b(_canonical.encode(said), digest_size=16).hexdigest()
