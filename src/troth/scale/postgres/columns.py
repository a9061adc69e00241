"""Columns of values as PostgreSQL's binary arrays.

psycopg builds arrays element by element, in Python; for a thousand rows of a dozen columns that is most of the time a
commit takes. These are built a column at a time.

Source: the formats are those of `array_recv`, `int8recv`, `textrecv` and `bytearecv` in PostgreSQL's own source.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from typing import Any, Final

from psycopg import Connection
from psycopg.adapt import Dumper
from psycopg.pq import Format

_HEAD: Final = struct.Struct(">iiIii")
_LENGTH: Final = struct.Struct(">i").pack


class _Column:
    """A column ready to be sent."""

    __slots__ = ("content",)

    def __init__(self, content: bytes) -> None:
        self.content = content


class _Ints(_Column):
    """Whole numbers of 64 bits."""


class _Texts(_Column):
    """Texts."""


class _Blobs(_Column):
    """Bytes."""


class _Dumper(Dumper):
    format = Format.BINARY

    def dump(self, obj: _Column) -> bytes:
        return obj.content


class _IntsDumper(_Dumper):
    oid = 1016  # bigint[]


class _TextsDumper(_Dumper):
    oid = 1009  # text[]


class _BlobsDumper(_Dumper):
    oid = 1001  # bytea[]


def register(connection: Connection[Any]) -> None:
    """Let a connection send columns."""
    connection.adapters.register_dumper(_Ints, _IntsDumper)
    connection.adapters.register_dumper(_Texts, _TextsDumper)
    connection.adapters.register_dumper(_Blobs, _BlobsDumper)


def column(values: Sequence[Any]) -> object:
    """Return values of one type (`int`, `str` or `bytes`), at least one, as something a statement takes as an array.

    Raises:
        OverflowError: A number does not fit into 64 bits.
    """
    count, first = len(values), values[0]
    if isinstance(first, int):
        head = _HEAD.pack(1, 0, 20, count, 1)
        try:
            return _Ints(head + struct.pack(">" + "iq" * count, *(part for value in values for part in (8, value))))
        except struct.error as error:
            raise OverflowError("a whole number does not fit into 64 bits") from error
    if isinstance(first, str):
        return _Texts(_HEAD.pack(1, 0, 25, count, 1) + _joined(value.encode() for value in values))
    return _Blobs(_HEAD.pack(1, 0, 17, count, 1) + _joined(values))


def columns(rows: Sequence[tuple[Any, ...]]) -> list[object]:
    """Return rows, at least one, as one array for each column."""
    return [column(values) for values in zip(*rows, strict=True)]


def _joined(values: Iterable[bytes]) -> bytes:
    """Return values one after the other, each with its length before it."""
    return b"".join([part for value in values for part in (_LENGTH(len(value)), value)])
