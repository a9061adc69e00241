"""Settings and watermarks on SQLite: small values by name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from troth.ledger.sqlite import statements
from troth.ledger.sqlite.transactions import Transactions
from troth.model.times import Micros


class SqliteSettings(Transactions):
    """The port's methods that keep small values."""

    _key: int
    """The tenant's number in the file."""

    def watermarks(self) -> dict[str, Micros]:
        """Return source → the moment up to which it has been heard."""
        return dict(self._rows("SELECT source, heard_to FROM watermark WHERE tenant = ? ORDER BY source", self._key))

    def advance(self, watermarks: dict[str, Micros]) -> None:
        """Move watermarks forward; never backward."""
        with self._writing() as connection:
            connection.executemany(statements.ADVANCE, [(self._key, source, to) for source, to in watermarks.items()])

    def get(self, key: str) -> Any:
        """Return a setting, or `None`."""
        rows = self._rows("SELECT value FROM setting WHERE tenant = ? AND key = ?", self._key, key)
        return msgspec.json.decode(rows[0][0]) if rows else None

    def put(self, key: str, value: Any) -> None:
        """Store a setting durably; `None` removes it."""
        with self._writing() as connection:
            if value is None:
                connection.execute("DELETE FROM setting WHERE tenant = ? AND key = ?", (self._key, key))
            else:
                text = msgspec.json.encode(value).decode()
                connection.execute(statements.PUT_SETTING, (self._key, key, text))

    def erase(self, keys: Iterable[str]) -> int:
        """Remove settings and overwrite their bytes, in the file and in its write-ahead log; see the port."""
        with self._writing() as connection:
            connection.execute("PRAGMA secure_delete = ON")
            query = "DELETE FROM setting WHERE tenant = ? AND key = ?"
            gone = sum([connection.execute(query, (self._key, key)).rowcount for key in keys])
            connection.execute("PRAGMA secure_delete = OFF")
        self._cut()  # The log still has the pages as they were.
        return gone

    def keys(self, prefix: str) -> list[str]:
        """Return the setting keys that start with the prefix, sorted."""
        return [key for key, _ in self._settings(prefix)]

    def _settings(self, prefix: str) -> list[tuple[str, str]]:
        """Return the settings whose keys start with the prefix, sorted, with their JSON texts."""
        query = "SELECT key, value FROM setting WHERE tenant = ? AND key >= ? AND key < ? ORDER BY key"
        return self._rows(query, self._key, prefix, prefix + "\U0010ffff")
