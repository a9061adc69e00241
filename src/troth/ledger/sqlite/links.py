"""What appending, migrating and reading know alike of the chain's rows."""

# ruff: noqa: S608  (statements are put together from constants of this module; values are always bound)

from __future__ import annotations

import sqlite3
from typing import Final

from troth.ports.chain import NOTICE
from troth.runtime.chain import NEW, NOTIFYING, REPLACING, linked, said, seed

FIELDS: Final = "pack, subject, source, id, type, occurred_at, sequence, heard_at, assumed, hash, body"
"""What is stored of an event, in the order of `troth.runtime.chain.Fields`."""

PUT_HEAD: Final = """
INSERT INTO head (tenant, position, number, hash) VALUES (?, ?, ?, ?)
ON CONFLICT (tenant) DO UPDATE SET position = excluded.position, number = excluded.number, hash = excluded.hash"""
_UNCHAINED: Final = f"""
SELECT position, standing, replaces, {FIELDS} FROM event WHERE tenant = ? AND position > ? ORDER BY position LIMIT ?"""
_PAGE: Final = 10_000


def kind_of(standing: int, replaces: int) -> int:
    """Return a row's kind; `standing` counts only as far as it never changes."""
    if standing == NOTICE:
        return NOTIFYING
    return REPLACING if replaces else NEW


def chain_events(connection: sqlite3.Connection) -> None:
    """Chain the events that were stored before there was a chain; a step of migration."""
    for key, tenant in connection.execute("SELECT key, name FROM tenant").fetchall():
        position, number, former = 0, 0, seed(tenant, 0)
        while page := connection.execute(_UNCHAINED, (key, position, _PAGE)).fetchall():
            links = []
            for position, standing, replaces, *fields in page:
                number += 1
                former = linked(former, said(position, number, kind_of(standing, replaces), tuple(fields)))
                links.append((number, former, position))
            connection.executemany("UPDATE event SET number = ?, chain = ? WHERE position = ?", links)
        if number:
            connection.execute(PUT_HEAD, (key, position, number, former))
