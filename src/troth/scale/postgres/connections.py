"""Connections: made, kept for the next caller, and dropped when the server went away."""

from __future__ import annotations

from threading import Lock
from typing import Any, Final, TypeAlias

import psycopg
from psycopg.pq import TransactionStatus

from troth.errors import LedgerError, Place, Problem
from troth.runtime.refusals import closed
from troth.scale.address import shown
from troth.scale.postgres.columns import register
from troth.scale.postgres.problems import in_our_words, unreachable

Connection: TypeAlias = psycopg.Connection[tuple[Any, ...]]

BUSY_MS: Final = 30_000
"""How long to wait for another transaction's locks; milliseconds."""

OLDEST: Final = 130_000
"""The oldest server that will do: 13, which can tell what became of a transaction."""

_CONNECT_SECONDS: Final = 10
_KEPT: Final = 8

# A commit that has returned is on disk, whatever the server's default; what is even stricter is left alone.
_DURABLE: Final = """
SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') <> 'remote_apply'"""


class Connections:
    """Connections to one database, shared by threads; each is used by one at a time.

    Args:
        address: `postgresql://…`.
        busy_ms: How long to wait for locks; milliseconds.
    """

    def __init__(self, address: str, *, busy_ms: int = BUSY_MS) -> None:
        self.place = Place(file=shown(address))
        self._address = address
        self._busy_ms = busy_ms
        self._lock = Lock()
        self._idle: list[Connection] = []
        self._closed = False

    def open(self) -> Connection:
        """Return a new connection, in autocommit mode.

        Raises:
            LedgerError: L107, L131, L132 or L133.
        """
        if self._closed:
            raise closed(self.place)
        try:
            connection: Connection = psycopg.connect(
                self._address, autocommit=True, connect_timeout=_CONNECT_SECONDS, application_name="troth"
            )
        except psycopg.Error as error:
            raise unreachable(self.place, error) from error
        try:
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _prepare(self, connection: Connection) -> None:
        """Set what every statement relies on."""
        if connection.info.server_version < OLDEST:
            found = f"the server is version {connection.info.server_version // 10_000}"
            raise LedgerError(Problem(self.place, "L133", found, "13 or newer", "use a newer server"))
        if connection.info.parameter_status("server_encoding") != "UTF8":
            found = f"the database's encoding is {connection.info.parameter_status('server_encoding')}"
            remedy = "make the database anew with ENCODING 'UTF8'"
            raise LedgerError(Problem(self.place, "L133", found, "UTF8, which holds every text", remedy))
        register(connection)
        with in_our_words(self.place, connection):
            connection.execute("SELECT set_config('lock_timeout', %s, false)", (str(self._busy_ms),))
            connection.execute(_DURABLE)

    def take(self) -> Connection:
        """Return a connection that nobody uses."""
        with self._lock:
            if self._closed:
                raise closed(self.place)
            if self._idle:
                return self._idle.pop()
        return self.open()

    def give(self, connection: Connection) -> None:
        """Take a connection back; what is open on it is rolled back, and one that broke is dropped with the others."""
        _roll_back(connection)
        if connection.closed:
            self.forget()
            return
        with self._lock:
            if not self._closed and len(self._idle) < _KEPT:
                self._idle.append(connection)
                return
        connection.close()

    def forget(self) -> None:
        """Drop the connections that are kept: when one was lost, the others most likely were, too."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def close(self) -> None:
        """Close what nobody uses, and the rest as it comes back."""
        self._closed = True
        self.forget()


def _roll_back(connection: Connection) -> None:
    """End what is open on a connection without storing it; a connection that cannot is closed."""
    try:
        if connection.info.transaction_status != TransactionStatus.IDLE:
            connection.execute("ROLLBACK")
    except psycopg.Error:
        connection.close()
