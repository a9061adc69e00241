"""The schema, as numbered steps. A released step is never edited: a change is a new step at the end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from troth.errors import LedgerError, Place, Problem
from troth.runtime.refusals import newer
from troth.scale.postgres.connections import Connection

# Text sorts by its bytes everywhere, as the port asks, whatever the database's language.
# Of a table's indexes only the primary key begins with the tenant. To a server without statistics, and a young table
# has none, one index that begins with it is as good as another, and it takes the wrong one.
_FIRST: Final = """
CREATE TABLE troth.tenant (
    key integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text COLLATE "C" NOT NULL UNIQUE
);

-- number and chain bind a row to all before it in its shard: see troth.runtime.chain.
-- Append-only: a row's only change is standing 1 → 0 when another content or an earlier hearing takes its place.
-- standing: 1 stands, 0 displaced, 2 a notice that its subject has to be refolded (see troth.ports.ledger).
CREATE TABLE troth.event (
    tenant integer NOT NULL,
    bucket smallint NOT NULL,
    position bigint NOT NULL,
    number bigint NOT NULL,
    chain bytea NOT NULL,
    pack text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    source text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    type text COLLATE "C" NOT NULL,
    occurred_at bigint NOT NULL,
    sequence bigint NOT NULL,
    heard_at bigint NOT NULL,
    assumed text COLLATE "C" NOT NULL,
    hash bytea NOT NULL,
    body bytea NOT NULL,
    standing smallint NOT NULL DEFAULT 1,
    replaces boolean NOT NULL DEFAULT false,
    PRIMARY KEY (tenant, bucket, position)
);
CREATE UNIQUE INDEX event_identity ON troth.event (source, id, tenant) WHERE standing = 1;
CREATE INDEX event_subject ON troth.event (bucket, subject, tenant) WHERE standing = 1;

CREATE TABLE troth.bucket (
    tenant integer NOT NULL REFERENCES troth.tenant (key),
    bucket smallint NOT NULL,
    position bigint NOT NULL DEFAULT 0,
    fence bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant, bucket)
) WITH (fillfactor = 50);

-- Where the chain of each shard ends: see troth.runtime.chain.
CREATE TABLE troth.head (
    tenant integer NOT NULL REFERENCES troth.tenant (key),
    shard smallint NOT NULL,
    position bigint NOT NULL,
    number bigint NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (tenant, shard)
) WITH (fillfactor = 50);

CREATE TABLE troth.record (
    tenant integer NOT NULL,
    bucket smallint NOT NULL,
    subject text COLLATE "C" NOT NULL,
    pack text COLLATE "C" NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (tenant, bucket, subject)
) WITH (fillfactor = 80);

CREATE TABLE troth.timer (
    tenant integer NOT NULL,
    bucket smallint NOT NULL,
    subject text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    due_at bigint NOT NULL,
    PRIMARY KEY (tenant, bucket, subject)
);
CREATE INDEX timer_due ON troth.timer (due_at, subject, tenant);

CREATE TABLE troth.entry (
    tenant integer NOT NULL,
    subject text COLLATE "C" NOT NULL,
    line integer NOT NULL,
    kind text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    ord bigint NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (tenant, subject, line)
);
CREATE INDEX entry_found ON troth.entry (kind, key, ord, subject, line, tenant);

CREATE TABLE troth.outgoing (
    tenant integer NOT NULL,
    id text COLLATE "C" NOT NULL,
    topic text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    at bigint NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (tenant, id)
);

CREATE TABLE troth.delivery (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant integer NOT NULL,
    id text COLLATE "C" NOT NULL,
    outgoing text COLLATE "C" NOT NULL,
    destination text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL,
    attempts integer NOT NULL,
    due_at bigint NOT NULL,
    leased_until bigint NOT NULL,
    error text COLLATE "C" NOT NULL,
    UNIQUE (tenant, id)
);
CREATE INDEX delivery_due ON troth.delivery (due_at, number, tenant) WHERE state = 'waiting';
CREATE INDEX delivery_state ON troth.delivery (state, id, tenant);

CREATE TABLE troth.watermark (
    tenant integer NOT NULL REFERENCES troth.tenant (key),
    source text COLLATE "C" NOT NULL,
    heard_to bigint NOT NULL,
    PRIMARY KEY (tenant, source)
);

-- What was refused is kept as it came, so as bytes: text could not hold all of it.
CREATE TABLE troth.quarantine (
    tenant integer NOT NULL REFERENCES troth.tenant (key),
    id text COLLATE "C" NOT NULL,
    code text COLLATE "C" NOT NULL,
    reason bytea NOT NULL,
    place bytea NOT NULL,
    raw bytea NOT NULL,
    heard_at bigint NOT NULL,
    kind text COLLATE "C" NOT NULL,
    pack text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, id)
);

CREATE TABLE troth.setting (
    tenant integer NOT NULL REFERENCES troth.tenant (key),
    key text COLLATE "C" NOT NULL,
    value text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, key)
);
"""

STEPS: Final[tuple[str, ...]] = (_FIRST,)
"""Step n brings a database from version n to n + 1; the table `troth.version` holds the version."""

LOCK: Final = 0x74726F74
"""The lock of whoever changes the schema or adds a tenant: the letters `trot`."""

_MARK: Final = "a troth ledger"


def migrate(connection: Connection, place: Place, steps: Sequence[str] = STEPS, *, create: bool = True) -> None:
    """Bring a database to the newest version, all steps in one transaction; several processes may do so at once.

    Everything is in a schema `troth`, so that the database may be shared with other programs.

    Args:
        connection: Open, in autocommit mode.
        place: The database, for errors.
        steps: The steps; a test gives its own.
        create: Whether to begin a ledger where there is none.

    Raises:
        LedgerError: L101, the ledger is of a newer version; L102, the schema is of something else; L110, none there.
    """
    version = _version(connection, place, steps)
    if version == len(steps):
        return
    if not version and not create:
        problem = Problem(place, "L110", "there is no ledger in this database", "a ledger", "import something first")
        raise LedgerError(problem)
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
        # Asked again under the lock: another process may have been faster.
        version = _version(connection, place, steps)
        if not version:
            connection.execute("CREATE SCHEMA IF NOT EXISTS troth")
            connection.execute("CREATE TABLE troth.version (program text NOT NULL, version integer NOT NULL)")
            connection.execute("INSERT INTO troth.version VALUES (%s, 0)", (_MARK,))
        for step in steps[version:]:
            connection.execute(step.encode())
        connection.execute("UPDATE troth.version SET version = %s", (len(steps),))


def _version(connection: Connection, place: Place, steps: Sequence[str]) -> int:
    """Return the ledger's version, 0 where there is none.

    Raises:
        LedgerError: L101 or L102.
    """
    tables = {name for (name,) in _rows(connection, "SELECT tablename FROM pg_tables WHERE schemaname = 'troth'")}
    if not tables:
        return 0
    found = _rows(connection, "SELECT * FROM troth.version") if "version" in tables else []
    if len(found) != 1 or len(found[0]) != 2 or found[0][0] != _MARK:
        raise LedgerError(
            Problem(
                place,
                "L102",
                "the database has a schema `troth` that is of something else",
                expected="a troth ledger, or no such schema yet",
                remedy="name another database with --db",
            )
        )
    version = int(found[0][1])
    if version > len(steps):
        raise newer(place, version, len(steps))
    return version


def _rows(connection: Connection, query: str) -> list[Any]:
    """Return all rows of a query."""
    return connection.execute(query.encode()).fetchall()
