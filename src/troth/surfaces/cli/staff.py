"""`troth staff`: who may sign in to the pages for staff, and what they did."""

from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import islice
from typing import TYPE_CHECKING, Final

import click

from troth.surfaces.cli.common import Command, duration_of, with_db
from troth.surfaces.cli.keeping import ledger_at, listed
from troth.surfaces.render.answer import Answer, Row

if TYPE_CHECKING:
    from troth.model.times import Micros
    from troth.ports.ledger import Ledger
    from troth.runtime.sessions import Session
    from troth.runtime.staff import Account

_ROLES: Final = ("reader", "associate", "lead", "admin")
_BY: Final = "cli"


@click.group(
    "staff",
    epilog="\b\nExamples:\n  troth staff add ann --role lead --db pickup.db\n  troth staff list --db pickup.db",
)
def command() -> None:
    """Make and change accounts of staff, end sessions, read what was done. Passwords come from a prompt or stdin."""


@command.command(
    "add",
    cls=Command,
    examples=[
        'troth staff add ann --role lead --shown "Ann Example" --db pickup.db',
        "troth staff add rui --role reader --db pickup.db < password.txt",
    ],
)
@click.argument("name")
@with_db
@click.option("--role", type=click.Choice(_ROLES), required=True, help="What it may.")
@click.option("--shown", default="", metavar="TEXT", help="The name in words; else NAME.")
@click.option(
    "--zone", default="", metavar="ZONE", help="Time zone of pages, such as Europe/Berlin; else the server's."
)
@click.option("--locale", default="en", metavar="LOCALE", help="How dates and numbers are written; else en.")
def add(name: str, db: str, role: str, shown: str, zone: str, locale: str) -> Answer:
    """Make the account NAME. The first one has to be an admin's, or nobody reads the audit in the browser."""
    from troth.runtime import staff

    asked = staff.Account(name, shown or name, role, locale=locale, zone=zone)
    staff.check(asked)  # Before a password is asked for, and a ledger made.
    password = _password()
    staff.check(asked, password)

    def make(ledger: Ledger, now: Micros) -> Account:
        return staff.create(ledger, name, role=role, now=now, password=password, shown=shown, locale=locale, zone=zone)

    return _changed(db, "add", name, make, must_exist=False)


@command.command(
    "list", cls=Command, examples=["troth staff list --db pickup.db", "troth staff list --db x.db --format csv"]
)
@with_db
def list_(db: str) -> Answer:
    """List the accounts."""
    from troth.runtime import staff

    with ledger_at(db) as ledger:
        rows = [_row(account) for account in staff.all_accounts(ledger)]
    return listed(rows, "There are no accounts. Make one: troth staff add NAME --role admin")


@command.command(
    "role",
    cls=Command,
    examples=["troth staff role ann admin --db pickup.db", "troth staff role ann reader --db x.db --format json"],
)
@click.argument("name")
@click.argument("role", type=click.Choice(_ROLES))
@with_db
def role(name: str, role: str, db: str) -> Answer:
    """Give the account NAME another ROLE; its sessions end."""
    from troth.runtime import staff

    return _changed(db, "role", name, lambda ledger, _: staff.set_role(ledger, name, role), role)


@command.command(
    "password",
    cls=Command,
    examples=["troth staff password ann --db pickup.db", "troth staff password ann --db pickup.db < password.txt"],
)
@click.argument("name")
@with_db
def password(name: str, db: str) -> Answer:
    """Give the account NAME another password; its sessions end."""
    from troth.runtime import staff

    def change(ledger: Ledger, _: Micros) -> Account:
        staff.get(ledger, name)  # Before a password is asked for.
        return staff.set_password(ledger, name, _password())

    return _changed(db, "password", name, change)


@command.command(
    "disable",
    cls=Command,
    examples=["troth staff disable ann --db pickup.db", "troth staff disable ann --db x.db --format json"],
)
@click.argument("name")
@with_db
def disable(name: str, db: str) -> Answer:
    """Let nobody sign in as NAME any more; its sessions end at once."""
    from troth.runtime import staff

    return _changed(db, "disable", name, lambda ledger, now: staff.disable(ledger, name, now))


@command.command(
    "enable",
    cls=Command,
    examples=["troth staff enable ann --db pickup.db", "troth staff enable ann --db x.db --format json"],
)
@click.argument("name")
@with_db
def enable(name: str, db: str) -> Answer:
    """Let NAME, which was disabled, sign in again."""
    from troth.runtime import staff

    return _changed(db, "enable", name, lambda ledger, _: staff.enable(ledger, name))


@command.command(
    "sessions",
    cls=Command,
    examples=["troth staff sessions ann --db pickup.db", "troth staff sessions ann --db x.db --format json"],
)
@click.argument("name")
@with_db
def sessions(name: str, db: str) -> Answer:
    """List where NAME is signed in. How long a session lasts is the server's setting; those listed may be over."""
    from troth.runtime import sessions as kept
    from troth.runtime import staff

    with ledger_at(db) as ledger:
        staff.get(ledger, name)
        rows = [_session(one) for one in kept.stored(ledger, name)]
    return listed(rows, f"{name} is not signed in.")


@command.command(
    "sign-out",
    cls=Command,
    examples=["troth staff sign-out ann --db pickup.db", "troth staff sign-out ann --db x.db --format json"],
)
@click.argument("name")
@with_db
def sign_out(name: str, db: str) -> Answer:
    """End all sessions of NAME, at once."""
    from troth.runtime import sessions as kept
    from troth.runtime import staff
    from troth.runtime.clock import wall_clock

    with ledger_at(db) as ledger:
        staff.get(ledger, name)
        ended = sum(kept.end(ledger, one) for one in kept.stored(ledger, name))
        _noted(ledger, "sign-out", name, wall_clock())
    return Answer(data=({"name": name, "ended": ended},))


@command.command(
    "audit",
    cls=Command,
    examples=[
        "troth staff audit --db pickup.db",
        "troth staff audit --who ann --since 7d --limit 1000 --db pickup.db --format csv",
    ],
)
@with_db
@click.option("--who", default="", metavar="NAME", help="Only what this account did.")
@click.option("--deed", default="", metavar="DEED", help="Only this deed, such as sign-in.")
@click.option("--since", default="", metavar="DURATION", help="Only so far back, such as 7d; else all.")
@click.option("--limit", type=click.IntRange(min=1), default=100, metavar="N", help="How many at most; else 100.")
def audit(db: str, who: str, deed: str, since: str, limit: int) -> Answer:
    """List what staff did on pages and with accounts, the latest first."""
    from troth.model.times import format_instant
    from troth.runtime import audit as kept
    from troth.runtime.clock import wall_clock

    now = wall_clock()
    earliest = now - duration_of(since) if since else 0
    with ledger_at(db) as ledger:
        found = kept.entries(ledger, until=now + 1, since=earliest, who=who, deed=deed)
        rows = [
            {"at": format_instant(one.at)} | {name: getattr(one, name) for name in kept.COLUMNS[1:]}
            for one in islice(found, limit)
        ]
    return listed(rows, "Nothing is written down of that.")


def _password() -> str:
    """Return a password: asked for twice on a terminal, else the first line of standard input."""
    if sys.stdin.isatty():
        asked: str = click.prompt("Password", hide_input=True, confirmation_prompt="Once more", err=True)
        return asked
    return sys.stdin.readline().rstrip("\r\n")


def _changed(
    db: str,
    deed: str,
    name: str,
    change: Callable[[Ledger, Micros], Account],
    detail: str = "",
    *,
    must_exist: bool = True,
) -> Answer:
    """Change an account, write down that it was done, and answer how it is now.

    Args:
        db: Where.
        deed: What is done, as the audit calls it.
        name: Of the account.
        change: Does it at a moment.
        detail: What the audit shall know besides.
        must_exist: Whether the ledger has to be there already.
    """
    from troth.runtime.clock import wall_clock

    now = wall_clock()
    with ledger_at(db, must_exist=must_exist) as ledger:
        account = change(ledger, now)
        _noted(ledger, deed, name, now, detail)
    return Answer(data=(_row(account),))


def _noted(ledger: Ledger, deed: str, name: str, now: Micros, detail: str = "") -> None:
    """Write down what was done with an account."""
    from troth.runtime import audit as kept

    kept.note(ledger, kept.Entry(now, _BY, f"staff {deed}", detail=f"{name} {detail}".strip()))


def _row(account: Account) -> Row:
    """Return an account as a plain row."""
    from troth.model.times import format_instant

    return {
        "name": account.name,
        "shown": account.shown,
        "role": account.role,
        "state": "disabled" if account.disabled_at else "good",
        "signs_in": "here" if account.digest else "outside",
        "zone": account.zone,
        "locale": account.locale,
        "created_at": format_instant(account.created_at),
    }


def _session(session: Session) -> Row:
    """Return a session as a plain row."""
    from troth.model.times import format_instant

    return {
        "id": session.id,
        "began_at": format_instant(session.began_at),
        "seen_at": format_instant(session.seen_at),
        "address": session.address,
        "agent": session.agent,
    }
