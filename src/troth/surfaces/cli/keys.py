"""`troth keys`: who may use the HTTP interface."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from troth.surfaces.cli.common import Command, duration_of, with_db
from troth.surfaces.cli.keeping import ledger_at, listed, shown_once
from troth.surfaces.render.answer import Answer, Row

if TYPE_CHECKING:
    from troth.model.times import Micros
    from troth.runtime.access import Key


@click.group(
    "keys",
    epilog="\b\nExamples:\n  troth keys create --scope gate:ask --name mailer --db pickup.db\n"
    "  troth keys list --db pickup.db",
)
def command() -> None:
    """Make, list, rotate or revoke API keys. A key is shown once; only its hash is kept."""


@command.command(
    "create",
    cls=Command,
    formats=["key"],
    piped="key",
    examples=[
        "troth keys create --scope gate:ask --scope receipts:write --name mailer --db pickup.db",
        "troth keys create --scope events:write --name store --expires-in 90d --db pickup.db",
    ],
)
@with_db
@click.option("--scope", "scopes", multiple=True, required=True, metavar="SCOPE", help="What it may do; repeatable.")
@click.option("--name", default="", metavar="TEXT", help="Whose it is.")
@click.option("--expires-in", metavar="DURATION", help="How long it is good, such as 90d; else for ever.")
@click.option("--rate", type=click.FloatRange(min=0), default=0.0, metavar="N", help="Requests a second; else as set.")
def create(db: str, scopes: tuple[str, ...], name: str, expires_in: str | None, rate: float) -> Answer:
    """Make a key and show it, this once.

    The key goes to standard output by itself, so that it can be kept: troth keys create ... > mailer.key
    """
    from troth.runtime import access
    from troth.runtime.clock import wall_clock

    now = wall_clock()
    expires_at = now + duration_of(expires_in) if expires_in else 0
    access.check(scopes, rate)  # Before a ledger is made for it.
    with ledger_at(db, must_exist=False) as ledger:
        key, token = access.create(ledger, scopes=scopes, now=now, name=name, expires_at=expires_at, rate_per_s=rate)
    return _shown(key, token)


@command.command(
    "list", cls=Command, examples=["troth keys list --db pickup.db", "troth keys list --db x.db --format csv"]
)
@with_db
def list_(db: str) -> Answer:
    """List the keys, without their secrets."""
    from troth.runtime import access
    from troth.runtime.clock import wall_clock

    now = wall_clock()
    with ledger_at(db) as ledger:
        rows = [_row(key, access.last_used(ledger, key.id), now) for key in access.all_keys(ledger)]
    return listed(rows, "There are no keys.")


@command.command(
    "rotate",
    cls=Command,
    formats=["key"],
    piped="key",
    examples=["troth keys rotate 1f2e3d4c5b6a --db pickup.db", "troth keys rotate 1f2e3d4c5b6a --overlap 1h --db x.db"],
)
@click.argument("key")
@with_db
@click.option("--overlap", default="24h", metavar="DURATION", help="How long the old key goes on working; else 24h.")
def rotate(key: str, db: str, overlap: str) -> Answer:
    """Make a key like KEY (its id), and let the old one go on working for a while."""
    from troth.runtime import access
    from troth.runtime.clock import wall_clock

    with ledger_at(db) as ledger:
        made, token = access.rotate(ledger, key, now=wall_clock(), overlap=duration_of(overlap))
    return _shown(made, token)


@command.command(
    "revoke",
    cls=Command,
    examples=[
        "troth keys revoke 1f2e3d4c5b6a --db pickup.db",
        "troth keys revoke 1f2e3d4c5b6a --db x.db --format json",
    ],
)
@click.argument("key")
@with_db
def revoke(key: str, db: str) -> Answer:
    """Make KEY (its id) no longer good, for ever; servers notice within seconds."""
    from troth.runtime import access
    from troth.runtime.clock import wall_clock

    now = wall_clock()
    with ledger_at(db) as ledger:
        row = _row(access.revoke(ledger, key, now=now), access.last_used(ledger, key), now)
    return Answer(data=(row,))


def _shown(key: Key, token: str) -> Answer:
    """Return a new key with its token. What is said about it goes to standard error: the key alone is the output."""
    row = {"id": key.id, "key": token, "scopes": " ".join(key.scopes), "name": key.name}
    return shown_once(row, "key", token, f"This key is shown this once; only its hash is kept. It may: {row['scopes']}")


def _row(key: Key, used: Micros | None, now: Micros) -> Row:
    """Return a key as a plain row."""
    from troth.model.times import format_instant

    ended = "revoked" if key.revoked_at else "expired"
    return {
        "id": key.id,
        "name": key.name,
        "scopes": " ".join(key.scopes),
        "state": "good" if key.good(now) else ended,
        "created_at": format_instant(key.created_at),
        "expires_at": format_instant(key.expires_at) if key.expires_at else None,
        "last_used": format_instant(used) if used else None,
        "replaces": key.replaces,
    }
