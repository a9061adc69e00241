"""Settings and watermarks on PostgreSQL: small values by name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgspec

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
_LIST: Final = "SELECT key, value FROM troth.setting WHERE tenant = %s AND starts_with(key, %s) ORDER BY key"


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
        """Remove settings and have the server clear the room they took; see the port."""
        names = list(keys)

        def drop(held: Held) -> int:
            return held.connection.execute(_ERASE, (self._key, names)).rowcount

        gone = self._write(drop)
        unit = self._unit()
        if unit is None:
            self._clear()
        else:
            unit.erased = True
        return gone

    def keys(self, prefix: str) -> list[str]:
        """Return the setting keys that start with the prefix, sorted."""
        return [key for key, _ in self._settings(prefix)]

    def _settings(self, prefix: str) -> list[tuple[str, str]]:
        """Return the settings whose keys start with the prefix, sorted, with their JSON texts."""
        return self._rows(_LIST, self._key, prefix)
