"""A copy of a ledger in use: consistent, checked, and never in place of another file."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

import msgspec

from troth.errors import LedgerError, Place, Problem
from troth.ledger.sqlite.connect import connect, in_our_words
from troth.ledger.sqlite.ledger import SqliteLedger
from troth.ports.chain import Head
from troth.runtime.verify import verify

_PAGES: Final = 2_000
"""Pages copied at once: how often progress is told."""


class Backup(msgspec.Struct, frozen=True):
    """What a backup has made.

    Attributes:
        size: Bytes of the copy.
        rows: Rows of its chains that were checked.
        heads: Tenant → heads of its chains: to be kept outside.
    """

    size: int
    rows: int
    heads: dict[str, Sequence[Head]]


def back_up(source: Path, target: Path, *, progress: Callable[[int, int], None] | None = None) -> Backup:
    """Copy a ledger's file while it is in use, and check the copy.

    The copy is of one moment; writers go on meanwhile. It has its name only when it is whole and checked, until then
    `.part` behind it; who may read it is as with the ledger, for the keys of people are in both.

    Args:
        source: The ledger's file.
        target: The copy, which must not exist yet.
        progress: Is told (pages left, pages in all) now and then.

    Raises:
        LedgerError: L110, no such ledger; L111, the target or its `.part` exists; L112, the copy does not pass the
            check; or the ledger cannot be read, or the copy not be written.
    """
    SqliteLedger(source, create=False).close()  # Whether it is one, and of this schema.
    place = Place(file=str(target))
    part = target.with_name(target.name + ".part")
    _reserve(target, place)
    try:
        _reserve(part, Place(file=str(part)))
    except BaseException:
        target.unlink()
        raise
    try:
        part.chmod(stat.S_IMODE(source.stat().st_mode))
        with in_our_words(place):
            _copy(source, part, progress)
        done = _checked(part, place)
        part.replace(target)
    except BaseException:
        for left in (target, part, *_beside(part)):
            with suppress(FileNotFoundError):
                left.unlink()
        raise
    _reach_disk(target.parent)
    return done


def _reserve(target: Path, place: Place) -> None:
    """Make a file, empty as yet, so that nobody else does; what is there already is left alone."""
    try:
        target.open("xb").close()
    except FileExistsError as error:
        remedy = "name another file, or move that one away; a backup never replaces a file"
        raise LedgerError(Problem(place, "L111", "the file exists already", "a name that is free", remedy)) from error
    except OSError as error:
        found = f"the file cannot be written ({error.strerror})"
        problem = Problem(place, "L104", found, "a folder that is there and writable", "make the folder")
        raise LedgerError(problem) from error


def _copy(source: Path, part: Path, progress: Callable[[int, int], None] | None) -> None:
    """Copy the file as of one moment."""
    with closing(connect(str(source))) as reading, closing(sqlite3.connect(part)) as writing:
        # In a read transaction that is open, the copy need not start again whenever somebody writes meanwhile.
        reading.execute("BEGIN")
        reading.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        reading.backup(writing, pages=_PAGES, progress=None if progress is None else _told(progress), sleep=0)


def _told(progress: Callable[[int, int], None]) -> Callable[[int, int, int], None]:
    """Return the callback as SQLite calls it."""
    return lambda _status, left, total: progress(left, total)


def _checked(part: Path, place: Place) -> Backup:
    """Check the copy: its pages, and every event of every tenant."""
    with closing(connect(str(part))) as connection, in_our_words(place):
        faults = [str(row[0]) for row in connection.execute("PRAGMA quick_check(3)")]
        tenants = [str(row[0]) for row in connection.execute("SELECT name FROM tenant ORDER BY name")]
    problems = [] if faults == ["ok"] else [Problem(place, "L112", fault) for fault in faults]
    rows = 0
    heads: dict[str, Sequence[Head]] = {}
    for tenant in tenants:
        with closing(SqliteLedger(part, tenant=tenant, create=False)) as ledger:
            done = verify(ledger, name=place.file)
        problems += done.problems
        rows += done.rows
        heads[tenant] = done.heads
    if problems:
        found = "the copy does not pass the check, and was removed"
        remedy = "`troth verify` on the ledger itself; the disk may be failing"
        raise LedgerError([Problem(place, "L112", found, "a whole ledger", remedy), *problems])
    return Backup(part.stat().st_size, rows, heads)


def _beside(path: Path) -> list[Path]:
    """Return the files that SQLite keeps beside one."""
    return [path.with_name(path.name + suffix) for suffix in ("-wal", "-shm", "-journal")]


def _reach_disk(folder: Path) -> None:
    """Have the name of a new file reach the disk as well."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
