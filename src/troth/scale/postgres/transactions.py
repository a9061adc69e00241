"""Units, writing and reading: what runs together, who waits for whom, and what is done again when a server goes away.

Buckets fall into shards, each with one lock a tenant that is held to the end of the transaction. Whoever writes to a
bucket has its shard's lock, and takes several in ascending order, so that nobody waits in a circle. Positions are drawn
from one sequence a tenant, and only under the lock: within a shard, and so within every bucket, they become visible in
their order. Across shards they need not; nobody reads across shards.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from threading import local
from typing import Any, Final, TypeVar

import msgspec
from psycopg import errors
from psycopg.pq import TransactionStatus

from troth.errors import LedgerError
from troth.scale.postgres.connections import Connection, Connections
from troth.scale.postgres.problems import in_our_words, unsure

SHARDS: Final = 16
"""Shards of a tenant: bucket b belongs to shard b modulo this. Part of the storage format."""

TRIES: Final = 5
"""How often something is done anew: after a deadlock, a lost connection, or where it turned out to need more locks."""

_LOST: Final = "L134"
_DEADLOCK: Final = (errors.DeadlockDetected, errors.SerializationFailure)
_BEGIN: Final = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
_LOCK: Final = "SELECT pg_advisory_xact_lock(key) FROM unnest(%s::bigint[]) AS key"
_T = TypeVar("_T")


def shards_of(buckets: Iterable[int]) -> set[int]:
    """Return the shards that hold some buckets."""
    return {bucket % SHARDS for bucket in buckets}


class Held(msgspec.Struct):
    """A transaction that is open.

    Attributes:
        connection: On which it is.
        shards: Whose locks it has.
        number: By which the server remembers what became of it.
        unit: It belongs to a caller who is in the middle of it, so that it cannot be begun anew.
        erased: Settings were erased in it: their room is to be cleared afterwards.
    """

    connection: Connection
    shards: set[int]
    number: str
    unit: bool
    erased: bool = False


class NeedsMore(Exception):  # noqa: N818 - a signal inside this package, never seen outside
    """A write found that it has to touch further shards; it is begun anew with their locks."""

    def __init__(self, shards: set[int]) -> None:
        super().__init__(shards)
        self.shards = shards


class Transactions:
    """The connections of a ledger, and its tenant's locks.

    Args:
        address: `postgresql://…`.
        tenant: Whose events it holds.
        busy_ms: How long to wait for other transactions; milliseconds.
    """

    def __init__(self, address: str, *, tenant: str, busy_ms: int) -> None:
        self.tenant = tenant
        self._connections = Connections(address, busy_ms=busy_ms)
        self._place = self._connections.place
        self._mine = local()
        self._locks = [_lock_of(tenant, shard) for shard in range(SHARDS)]

    @property
    def address(self) -> str:
        """Return where the ledger is, as it may be printed."""
        return self._place.file

    # ------------------------------------------------------------------ writing

    @contextmanager
    def unit(self, buckets: Iterable[int]) -> Iterator[None]:
        """Make the body one durable transaction, alone on the buckets (and on their shards); see the port.

        Raises:
            LedgerError: L134, the connection was lost and nothing of the unit is stored; L103, L131, L136.
        """
        if self._unit() is not None:
            raise RuntimeError("units do not nest")
        with self._transaction(shards_of(buckets), unit=True) as held:
            self._mine.held = held
            try:
                yield
            finally:
                self._mine.held = None
        if held.erased:
            self._clear()

    def _clear(self) -> None:
        """Clear the room of what a unit has erased."""
        self._vacuum()

    def _vacuum(self) -> None:
        """Have the server write the settings anew, without erased ones: a command that stands in no transaction."""
        connection = self._connections.take()
        try:
            with in_our_words(self._place, connection):
                connection.execute("VACUUM (FULL) troth.setting")
        finally:
            self._connections.give(connection)

    def _unit(self) -> Held | None:
        """Return the unit that the calling thread is in."""
        held: Held | None = getattr(self._mine, "held", None)
        return held

    def _write(self, work: Callable[[Held], _T], buckets: Iterable[int] = ()) -> _T:
        """Do some work in one durable transaction with the buckets' locks, or as a part of the thread's unit.

        It is done anew where that is safe: after a deadlock, where it needs more locks, and where the connection was
        lost and nothing is stored. So `work` has to change nothing but the database.
        """
        shards = shards_of(buckets)
        unit = self._unit()
        if unit is not None:
            with in_our_words(self._place, unit.connection):
                self.lock(unit, shards)
                return work(unit)
        left = TRIES
        while True:
            left -= 1
            try:
                with self._transaction(shards, unit=False) as held:
                    return work(held)
            except NeedsMore as more:
                shards |= more.shards
            except LedgerError as error:
                deadlock = isinstance(error.__cause__, _DEADLOCK)
                if not left or not (deadlock or error.problems[0].code == _LOST):
                    raise

    def lock(self, held: Held, shards: set[int]) -> None:
        """Wait for the locks of some shards, in ascending order, and keep them to the end of the transaction.

        A unit that did not name all its buckets may wait in a circle here; the server then ends one of the two (L103).
        """
        wanted = sorted(shards - held.shards)
        if wanted:
            keys = [self._locks[shard] for shard in wanted]
            held.connection.execute(_LOCK, (keys,))
            held.shards |= set(wanted)

    @contextmanager
    def _transaction(self, shards: set[int], *, unit: bool) -> Iterator[Held]:
        """Run the body in a transaction with some shards' locks; on any error nothing of it is stored."""
        held = self._begun(shards, unit=unit)
        try:
            with in_our_words(self._place, held.connection):
                yield held
                if held.connection.info.transaction_status != TransactionStatus.INTRANS:
                    # A statement has failed, and whoever saw that went on: the server has undone everything.
                    raise errors.InFailedSqlTransaction("the unit was undone by an earlier failure")
            self._commit(held)
        finally:
            self._connections.give(held.connection)

    def _begun(self, shards: set[int], *, unit: bool) -> Held:
        """Return a new transaction with its locks; a kept connection that was cut meanwhile is replaced."""
        left = TRIES
        while True:
            left -= 1
            held = Held(self._connections.take(), set(), "", unit)
            try:
                with in_our_words(self._place, held.connection):
                    with held.connection.pipeline():
                        held.connection.execute(_BEGIN)
                        self.lock(held, shards)
                        answer = held.connection.execute("SELECT pg_current_xact_id()::text")
                    held.number = str((answer.fetchone() or ("",))[0])
            except BaseException as error:
                self._connections.give(held.connection)
                if not left or not isinstance(error, LedgerError) or error.problems[0].code != _LOST:
                    raise
            else:
                return held

    def _commit(self, held: Held) -> None:
        """Commit; where the answer is lost, ask the server what became of it.

        Raises:
            LedgerError: L134, nothing is stored; L136, that cannot be said.
        """
        try:
            with in_our_words(self._place, held.connection):
                held.connection.execute("COMMIT")
        except LedgerError as error:
            if error.problems[0].code != _LOST:
                raise
            self._connections.forget()
            try:
                ((state,),) = self._rows("SELECT pg_xact_status(%s::xid8)", held.number)
            except LedgerError:
                raise unsure(self._place) from error
            if state not in ("committed", "aborted"):
                raise unsure(self._place) from error
            if state == "aborted":
                raise

    # ------------------------------------------------------------------ reading

    def _rows(self, query: str, *arguments: Any) -> list[Any]:
        """Return all rows of a query: of the thread's unit, and else of what is committed."""
        unit = self._unit()
        if unit is not None:
            with in_our_words(self._place, unit.connection):
                return _fetched(unit.connection, query, arguments)
        left = TRIES
        while True:
            left -= 1
            connection = self._connections.take()
            try:
                with in_our_words(self._place, connection):
                    return _fetched(connection, query, arguments)
            except LedgerError as error:
                if not left or error.problems[0].code != _LOST:
                    raise
            finally:
                self._connections.give(connection)

    @contextmanager
    def _snapshot(self) -> Iterator[Connection]:
        """Give a connection of its own that sees one moment of the ledger for as long as the body runs."""
        connection = self._connections.open()
        try:
            with in_our_words(self._place, connection):
                connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
                yield connection
        finally:
            connection.close()

    def close(self) -> None:
        """Release the connections; scans that are running end on their own."""
        self._connections.close()


def _fetched(connection: Connection, query: str, arguments: tuple[Any, ...]) -> list[Any]:
    """Return all rows of a query, sent by the server in binary."""
    return connection.execute(query.encode(), arguments, binary=True).fetchall()


def _lock_of(tenant: str, shard: int) -> int:
    """Return the number of a lock; other programs on the database have the other 2^64."""
    digest = hashlib.blake2b(f"troth\0{tenant}\0{shard}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
