"""PostgreSQL's errors in our words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from psycopg import errors

from troth.errors import LedgerError, Place, Problem

_NOT_NOW: Final = (errors.LockNotAvailable, errors.DeadlockDetected, errors.SerializationFailure)
_GOING: Final = (errors.AdminShutdown, errors.CrashShutdown, errors.CannotConnectNow, errors.IdleSessionTimeout)
_NOT_ALLOWED: Final = (errors.ReadOnlySqlTransaction, errors.InsufficientPrivilege)
# Texts of the client's library, which has no codes for a connection that never came to be. The server's own texts
# follow its language, so that they are only shown.
_NO_PASSWORD: Final = "no password supplied"  # noqa: S105
_REFUSED_BY_SERVER: Final = ("FATAL:", "password")


@contextmanager
def in_our_words(place: Place, connection: psycopg.Connection[Any]) -> Iterator[None]:
    """Turn PostgreSQL's errors into LedgerErrors; what was begun is rolled back when the connection is given back."""
    try:
        yield
    except psycopg.Error as error:
        if not is_lost(error, connection):
            raise LedgerError(_problem(place, error)) from error
        connection.close()
        raise LedgerError(_lost(place)) from error
    except OverflowError as error:
        raise LedgerError(_not_kept(place, str(error))) from error


def unreachable(place: Place, error: psycopg.Error) -> LedgerError:
    """Return the error of a connection that could not be made: L131, or L132 where the server itself refused."""
    said = _first_line(error)
    if _NO_PASSWORD in said or any(word in said for word in _REFUSED_BY_SERVER):
        return LedgerError(
            Problem(
                place,
                "L132",
                f"the server let us not in: {said}",
                expected="a user, a password and a database that the server knows",
                remedy="correct the address; the password may also come from PGPASSWORD or ~/.pgpass",
            )
        )
    return LedgerError(
        Problem(
            place,
            "L131",
            f"no server answers: {said}",
            expected="a PostgreSQL server at this address",
            remedy="start the server, or correct host and port",
        )
    )


def unsure(place: Place) -> LedgerError:
    """Return L136: the connection broke in the very commit, and nobody can be asked what became of it."""
    return LedgerError(
        Problem(
            place,
            "L136",
            "the connection to the server was lost while it committed: whether it is stored is not known",
            expected="a server that stays",
            remedy="try again: events that are stored already are not stored twice",
        )
    )


def _lost(place: Place) -> Problem:
    """Return L134: the connection broke before the commit."""
    return Problem(
        place,
        "L134",
        "the connection to the server was lost; nothing of this was stored",
        "a server that stays",
        "try again",
    )


def is_lost(error: psycopg.Error, connection: psycopg.Connection[Any]) -> bool:
    """Return whether an error means that the connection is gone, or going because the server shuts down."""
    # What has no code does not come from the server: the client's library has failed to talk to it.
    silent = isinstance(error, psycopg.OperationalError) and error.sqlstate is None
    return connection.closed or silent or isinstance(error, _GOING)


def _problem(place: Place, error: psycopg.Error) -> Problem:
    """Return the problem that an error of a statement means."""
    if isinstance(error, _NOT_NOW):
        return Problem(
            place,
            "L103",
            f"another process has kept what this one needs locked ({_first_line(error)})",
            expected="to be let in within the waiting time",
            remedy="end the other process, or try again",
        )
    if isinstance(error, _NOT_ALLOWED):
        return Problem(
            place,
            "L133",
            f"the server does not let us write ({_first_line(error)})",
            expected="a server that is no read-only copy, and a user with rights on the schema `troth`",
            remedy="name the primary server, or let the database's owner grant the rights",
        )
    if isinstance(error, psycopg.DataError):
        return _not_kept(place, _first_line(error))
    return Problem(
        place,
        "L109",
        f"the storage failed: {_first_line(error)}",
        expected="a healthy server with room",
        remedy="look at the server's log; nothing of this was acknowledged",
    )


def _not_kept(place: Place, said: str) -> Problem:
    """Return L135: a value that the database has no room for."""
    return Problem(
        place,
        "L135",
        f"PostgreSQL cannot keep a value ({said})",
        expected="text without the character U+0000, whole numbers of at most 64 bits",
        remedy="correct it where it comes from; nothing of this batch was stored",
    )


def _first_line(error: psycopg.Error) -> str:
    """Return what was said, on one line."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
