"""The schema, as numbered steps. A released step is never edited: a change is a new step at the end."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from troth.errors import LedgerError, Place, Problem
from troth.ledger.sqlite.links import chain_events
from troth.runtime.refusals import newer

APPLICATION_ID: Final = 0x74726F74
"""Marks a SQLite file as a troth ledger: the letters `trot`."""

_FIRST: Final = """
CREATE TABLE tenant (key INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;

-- Append-only: a row's only change is standing 1 → 0 when another content or an earlier hearing takes its place.
-- standing: 1 stands, 0 displaced, 2 a notice that its subject has to be refolded (see troth.ports.ledger).
CREATE TABLE event (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant INTEGER NOT NULL,
    bucket INTEGER NOT NULL,
    pack TEXT NOT NULL,
    subject TEXT NOT NULL,
    source TEXT NOT NULL,
    id TEXT NOT NULL,
    type TEXT NOT NULL,
    occurred_at INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    heard_at INTEGER NOT NULL,
    assumed TEXT NOT NULL,
    hash BLOB NOT NULL,
    body BLOB NOT NULL,
    standing INTEGER NOT NULL DEFAULT 1,
    replaces INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX event_identity ON event (tenant, source, id) WHERE standing = 1;
-- SQLite ends every index with the row's key, so this one is ordered by position.
CREATE INDEX event_bucket ON event (tenant, bucket) WHERE standing > 0;
CREATE INDEX event_subject ON event (tenant, bucket, subject) WHERE standing = 1;

CREATE TABLE bucket (
    tenant INTEGER NOT NULL REFERENCES tenant (key),
    bucket INTEGER NOT NULL,
    position INTEGER NOT NULL DEFAULT 0,
    fence INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant, bucket)
) STRICT, WITHOUT ROWID;

CREATE TABLE record (
    key INTEGER PRIMARY KEY,
    tenant INTEGER NOT NULL,
    bucket INTEGER NOT NULL,
    subject TEXT NOT NULL,
    pack TEXT NOT NULL,
    body BLOB NOT NULL,
    UNIQUE (tenant, bucket, subject)
) STRICT;

CREATE TABLE timer (
    tenant INTEGER NOT NULL,
    bucket INTEGER NOT NULL,
    subject TEXT NOT NULL,
    id TEXT NOT NULL,
    due_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, bucket, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX timer_due ON timer (tenant, due_at, subject);

CREATE TABLE watermark (
    tenant INTEGER NOT NULL REFERENCES tenant (key),
    source TEXT NOT NULL,
    heard_to INTEGER NOT NULL,
    PRIMARY KEY (tenant, source)
) STRICT, WITHOUT ROWID;

CREATE TABLE quarantine (
    tenant INTEGER NOT NULL REFERENCES tenant (key),
    id TEXT NOT NULL,
    code TEXT NOT NULL,
    reason TEXT NOT NULL,
    place TEXT NOT NULL,
    raw TEXT NOT NULL,
    heard_at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    pack TEXT NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE setting (
    tenant INTEGER NOT NULL REFERENCES tenant (key),
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (tenant, key)
) STRICT, WITHOUT ROWID;
"""

_SECOND: Final = """
-- Lines of indexes over records; all lines of a subject are replaced together.
CREATE TABLE entry (
    tenant INTEGER NOT NULL,
    subject TEXT NOT NULL,
    line INTEGER NOT NULL,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    ord INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (tenant, subject, line)
) STRICT, WITHOUT ROWID;
CREATE INDEX entry_found ON entry (tenant, kind, key, ord, subject, line);

CREATE TABLE outgoing (
    tenant INTEGER NOT NULL,
    id TEXT NOT NULL,
    topic TEXT NOT NULL,
    subject TEXT NOT NULL,
    at INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE delivery (
    number INTEGER PRIMARY KEY,
    tenant INTEGER NOT NULL,
    id TEXT NOT NULL,
    outgoing TEXT NOT NULL,
    destination TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    leased_until INTEGER NOT NULL,
    error TEXT NOT NULL,
    UNIQUE (tenant, id)
) STRICT;
CREATE INDEX delivery_due ON delivery (tenant, due_at) WHERE state = 'waiting';
CREATE INDEX delivery_state ON delivery (tenant, state, id);
"""

_THIRD: Final = """
-- number and chain bind a row to all before it: see troth.runtime.chain. The events there are get theirs in step 4.
ALTER TABLE event ADD COLUMN number INTEGER NOT NULL DEFAULT 0;
ALTER TABLE event ADD COLUMN chain BLOB NOT NULL DEFAULT x'';

CREATE TABLE head (
    tenant INTEGER PRIMARY KEY REFERENCES tenant (key),
    position INTEGER NOT NULL,
    number INTEGER NOT NULL,
    hash BLOB NOT NULL
) STRICT;
"""

Step: TypeAlias = str | Callable[[sqlite3.Connection], None]
"""Statements, or what no statement can do."""

STEPS: Final[tuple[Step, ...]] = (_FIRST, _SECOND, _THIRD, chain_events)
"""Step n brings a file from version n to n + 1; `PRAGMA user_version` holds the version."""


def migrate(connection: sqlite3.Connection, place: Place, steps: Sequence[Step] = STEPS) -> None:
    """Bring a file to the newest version, all steps in one transaction; several processes may do so at once.

    Args:
        connection: Open, in autocommit mode.
        place: The file, for errors.
        steps: The steps; a test gives its own.

    Raises:
        LedgerError: L101, the file is of a newer version; L102, it is a database of something else.
    """
    if _version(connection, place, steps) == len(steps):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Asked again under the lock: another process may have been faster.
        for number in range(_version(connection, place, steps), len(steps)):
            _take(steps[number], connection)
            connection.execute(f"PRAGMA user_version = {number + 1}")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _version(connection: sqlite3.Connection, place: Place, steps: Sequence[Step]) -> int:
    """Return the file's version, 0 for an empty one.

    Raises:
        LedgerError: L101 or L102.
    """
    (mark,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if mark != APPLICATION_ID and (tables or version or mark):
        raise LedgerError(
            Problem(
                place,
                "L102",
                "the file is a database of something else",
                expected="a troth ledger, or no file yet",
                remedy="name another file with --db",
            )
        )
    if version > len(steps):
        raise newer(place, version, len(steps))
    return int(version)


def _take(step: Step, connection: sqlite3.Connection) -> None:
    """Take one step within the transaction."""
    if callable(step):
        step(connection)
        return
    for statement in _statements(step):
        connection.execute(statement)


def _statements(script: str) -> list[str]:
    """Return a step's single statements: `executescript` would end our transaction."""
    found, rest = [], ""
    for part in script.split(";"):
        rest += part + ";"
        if sqlite3.complete_statement(rest):
            found.append(rest)
            rest = ""
    return found
