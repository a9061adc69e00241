"""The hash chain's arithmetic: alike in every adapter, and part of the storage format.

    hash of row n = SHA-256(hash of row n-1 ‖ canonical bytes of row n)
    hash of row 0 = SHA-256("troth chain 1" NUL tenant NUL shard)

The canonical bytes are the MessagePack array [position, number, kind, [pack, subject, source, id, type, occurred_at,
sequence, heard_at, assumed, content hash, body]]: the body, too, as the bytes that are stored, so that whoever checks
need not understand it.
"""

from __future__ import annotations

import hashlib
from typing import Any, Final, TypeAlias

import msgspec

NEW: Final = 0
"""Kind of a row whose identity was not known."""
REPLACING: Final = 1
"""Kind of a row that takes another's place."""
NOTIFYING: Final = 2
"""Kind of a notice that its subject has to be refolded."""

Fields: TypeAlias = tuple[Any, ...]
"""pack, subject, source, id, type, occurred_at, sequence, heard_at, assumed, content hash (bytes), body (bytes)."""

_pack: Final = msgspec.msgpack.Encoder().encode
_sha256: Final = hashlib.sha256


def seed(tenant: str, shard: int) -> bytes:
    """Return the hash that stands before a chain's first row."""
    return _sha256(f"troth chain 1\0{tenant}\0{shard}".encode()).digest()


def said(position: int, number: int, kind: int, fields: Fields) -> bytes:
    """Return a row's canonical bytes.

    Args:
        position: The row's.
        number: Its number in its chain.
        kind: `NEW`, `REPLACING` or `NOTIFYING`.
        fields: What is stored of the event, in the order of `Fields`.
    """
    return _pack((position, number, kind, fields))


def linked(former: bytes, row: bytes) -> bytes:
    """Return the hash of a row, given by its canonical bytes, from the hash of the former one."""
    return _sha256(former + row).digest()
