"""Settings and watermarks on PostgreSQL: small values by name."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any, Final

import msgspec

from troth.errors import LedgerError
from troth.model.times import Micros
from troth.scale.postgres.transactions import Held, Transactions

_WATERMARKS: Final = "SELECT source, heard_to FROM troth.watermark WHERE tenant = %s ORDER BY source"
_ADVANCE: Final = """
INSERT INTO troth.watermark AS w (tenant, source, heard_to) SELECT %s::integer, * FROM unnest(%s::text[], %s::bigint[])
ON CONFLICT (tenant, source) DO UPDATE SET heard_to = greatest(w.heard_to, excluded.heard_to)"""
_GET: Final = "SELECT value FROM troth.setting WHERE tenant = %s AND key = %s"
_PUT: Final = """
INSERT INTO troth.setting (tenant, key, value) VALUES (%s, %s, %s)
ON CONFLICT (tenant, key) DO UPDATE SET value = excluded.value"""
_DROP: Final = "DELETE FROM troth.setting WHERE tenant = %s AND key = %s"
_ERASE: Final = "DELETE FROM troth.setting WHERE tenant = %s AND key = ANY(%s)"
_CLEARED: Final = "DELETE FROM troth.setting WHERE tenant = %s AND key = %s AND value = %s"
_LIST: Final = "SELECT key, value FROM troth.setting WHERE tenant = %s AND starts_with(key, %s) ORDER BY key"

PENDING: Final = "erase/pending"
"""The setting that is there while the room of erased settings is still to be cleared."""

_log: Final = logging.getLogger(__name__)


class PostgresSettings(Transactions):
    """The port's methods that keep small values."""

    _key: int
    """The tenant's number in the database."""

    def watermarks(self) -> dict[str, Micros]:
        """Return source → the moment up to which it has been heard."""
        return dict(self._rows(_WATERMARKS, self._key))

    def advance(self, watermarks: dict[str, Micros]) -> None:
        """Move watermarks forward; never backward."""
        # In one order everywhere, so that nobody waits in a circle.
        moves = sorted(watermarks.items())
        sources, moments = [source for source, _ in moves], [moment for _, moment in moves]
        self._write(lambda held: held.connection.execute(_ADVANCE, (self._key, sources, moments)))

    def get(self, key: str) -> Any:
        """Return a setting, or `None`."""
        rows = self._rows(_GET, self._key, key)
        return msgspec.json.decode(rows[0][0]) if rows else None

    def put(self, key: str, value: Any) -> None:
        """Store a setting durably; `None` removes it."""
        self._write(lambda held: self._put(held, key, value))

    def _put(self, held: Held, key: str, value: Any) -> None:
        """Store a setting within a transaction."""
        if value is None:
            held.connection.execute(_DROP, (self._key, key))
        else:
            held.connection.execute(_PUT, (self._key, key, msgspec.json.encode(value).decode()))

    def erase(self, keys: Iterable[str]) -> int:
        """Remove settings and have the server clear the room they took; see the port.

        They are gone with the transaction. Where the room cannot be cleared then, because somebody holds the table or
        the server goes away, that is noted, and done by the next call, of which nothing needs to be removed.
        """
        names = list(keys)

        def drop(held: Held) -> int:
            gone = held.connection.execute(_ERASE, (self._key, names)).rowcount
            if gone:
                self._put(held, PENDING, held.number)
            return gone

        gone = self._write(drop)
        unit = self._unit()
        if unit is None:
            self._clear()
        else:
            unit.erased = True
        return gone

    def _clear(self) -> None:
        """Have the server clear the room of erased settings, if there are any; what it cannot do now stays noted."""
        try:
            noted = self._rows(_GET, self._key, PENDING)
            if noted:
                self._vacuum()
                # Somebody may have erased more meanwhile: that note is another.
                self._write(lambda held: held.connection.execute(_CLEARED, (self._key, PENDING, noted[0][0])))
        except LedgerError as error:
            _log.warning("the room of erased settings is cleared later: code=%s", error.problems[0].code)

    def keys(self, prefix: str) -> list[str]:
        """Return the setting keys that start with the prefix, sorted; the note of what is to be cleared is our own."""
        return [key for key, _ in self._settings(prefix) if key != PENDING]

    def _settings(self, prefix: str) -> list[tuple[str, str]]:
        """Return the settings whose keys start with the prefix, sorted, with their JSON texts."""
        return self._rows(_LIST, self._key, prefix)
