"""`troth outbox`: what goes out, where it goes, and trying it again."""

from __future__ import annotations

import os
from contextlib import closing
from itertools import islice
from typing import Any

import click

from troth.surfaces.cli.common import Command, duration_of, with_db, with_fail
from troth.surfaces.render.answer import Answer, Section

_STATES = ("waiting", "delivered", "dead")


@click.group(
    "outbox",
    epilog="\b\nExamples:\n  troth outbox add https://shop.example/hook --topic case.opened --db year.db\n"
    "  troth outbox list --state dead --db year.db",
)
def command() -> None:
    """See and manage what goes out: deliveries and their destinations."""


@command.command(
    "list",
    cls=Command,
    examples=["troth outbox list --db year.db", "troth outbox list --db year.db --state dead --format csv"],
)
@with_db
@click.option("--state", type=click.Choice(_STATES), help="Only deliveries in this state.")
@click.option("--destination", default="", metavar="ID", help="Only to this destination.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="At most so many.")
@with_fail
def list_(db: str, state: str | None, destination: str, limit: int | None, fail: bool) -> Answer:
    """List deliveries: what, where to, how often it was tried, when it is due, and what the last attempt met."""
    from troth.bootstrap import open_ledger
    from troth.surfaces.outbox import deliveries, delivery_row

    with closing(open_ledger(db, must_exist=True)) as ledger:
        chosen = deliveries(ledger, state=state or "", destination=destination)
        rows = tuple(delivery_row(one) for one in islice(chosen, limit))
    section = Section(
        rows=rows, columns=("state", "topic", "subject", "destination", "attempts", "due_at", "error", "id"),
        optional=("id", "due_at"), empty="There are no such deliveries.",
    )  # fmt: skip
    found = any(row["state"] == "dead" for row in rows)
    status = "findings" if found else "ok"
    return Answer(data=rows, status=status, exit_code=1 if found and fail else 0, sections=(section,))


@command.command(
    "replay",
    cls=Command,
    examples=["troth outbox replay --db year.db", "troth outbox replay --db year.db --destination shop"],
)
@with_db
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--destination", default="", metavar="ID", help="Only dead letters to this destination.")
def replay(db: str, ids: tuple[str, ...], destination: str) -> Answer:
    """Make dead letters wait again, due now: those named, or all."""
    from troth.bootstrap import open_ledger
    from troth.surfaces import outbox

    with closing(open_ledger(db, must_exist=True)) as ledger:
        count = outbox.replay(ledger, ids, destination=destination)
    return Answer(data=({"replayed": count},))


@command.command(
    "deliver",
    cls=Command,
    examples=["troth outbox deliver --db year.db", "troth outbox deliver --db year.db --allow 10.1.0.0/16"],
)
@with_db
@click.option("--allow", multiple=True, metavar="NETWORK", help="A network of your own that webhooks may go to.")
@with_fail
def deliver(db: str, allow: tuple[str, ...], fail: bool) -> Answer:
    """Deliver what is due, once, and end; `troth serve` does it all the time."""
    from troth.bootstrap import open_ledger
    from troth.runtime.clock import wall_clock
    from troth.surfaces import outbox

    with closing(open_ledger(db, must_exist=True)) as ledger:
        tally = outbox.deliver(ledger, allow, wall_clock())
    rows = tuple({"outcome": name, "deliveries": count} for name, count in sorted(tally.items()))
    failed = bool(set(tally) - {"delivered"})
    section = Section(rows=rows, empty="Nothing was due.")
    status = "findings" if failed else "ok"
    return Answer(data=rows, status=status, exit_code=1 if failed and fail else 0, sections=(section,))


@command.command(
    "prune",
    cls=Command,
    examples=[
        "troth outbox prune --db year.db --dry-run",
        "troth outbox prune --db year.db --older-than 7d --dead-older-than 90d --format json",
    ],
)
@with_db
@click.option("--older-than", "made", default="7d", metavar="DURATION", help="Deliveries that were made; else 7d.")
@click.option("--dead-older-than", "dead", default="30d", metavar="DURATION", help="Dead letters; else 30d.")
@click.option("--dry-run", is_flag=True, help="Only say what would be removed.")
def prune(db: str, made: str, dead: str, dry_run: bool) -> Answer:
    """Remove deliveries that are at an end: those that were made, and dead letters, which cannot be replayed then.

    What waits stays, and so does everything else in the ledger. `troth serve` prunes by itself (the settings
    outbox_days and outbox_dead_days).
    """
    from troth.bootstrap import open_ledger
    from troth.runtime.clock import wall_clock
    from troth.surfaces import outbox

    now = wall_clock()
    limits = {"before": now - duration_of(made), "dead": now - duration_of(dead)}
    with closing(open_ledger(db, must_exist=True)) as ledger:
        counts = outbox.to_prune(ledger, **limits) if dry_run else outbox.prune(ledger, **limits)
    return Answer(data=({"what": "would be removed" if dry_run else "removed", **counts},))


@command.command(
    "destinations",
    cls=Command,
    examples=["troth outbox destinations --db year.db", "troth outbox destinations --db year.db --format json"],
)
@with_db
def destinations(db: str) -> Answer:
    """List where deliveries go: kind, topics, whether it is switched on, and since when it fails; never a secret."""
    from troth.bootstrap import open_ledger
    from troth.surfaces.outbox import destination_row

    with closing(open_ledger(db, must_exist=True)) as ledger:
        rows = tuple(destination_row(one) for one in ledger.destinations())
    shown = tuple({**row, "to": _place(row["settings"])} for row in rows)
    section = Section(
        rows=shown, columns=("id", "kind", "to", "topics", "active", "failing_since"), optional=("failing_since",),
        empty="There are no destinations.",
    )  # fmt: skip
    return Answer(data=rows, sections=(section,))


@command.command(
    "add",
    cls=Command,
    examples=[
        "troth outbox add https://shop.example/hook --topic case.opened --id shop --db year.db",
        "troth outbox add smtp://mail.example --sender troth@shop.example --to desk@shop.example --db year.db",
    ],
)
@with_db
@click.argument("url")
@click.option("--topic", "topics", multiple=True, metavar="TOPIC", help="What it wants; may be repeated; else all.")
@click.option("--id", "id_", default="", metavar="ID", help="Its id; else derived. One that exists is changed.")
@click.option("--rotate", is_flag=True, help="Of a webhook: a new secret; the present one signs beside it.")
@click.option("--sender", default="", metavar="ADDRESS", help="Of mail: who sends it.")
@click.option("--to", default="", metavar="ADDRESS", help="Of mail: who gets it.")
@click.option("--user", default="", metavar="NAME", help="Of mail: who logs in.")
@click.option("--password-env", default="", metavar="NAME", help="Of mail: the environment variable of the password.")
def add(db: str, url: str, topics: tuple[str, ...], id_: str, rotate: bool, **mail: str) -> Answer:
    """Add a destination: a webhook (https://, http://), or mail (smtp://HOST:PORT with STARTTLS, smtps:// with TLS).

    A webhook's secret is made here and shown this once.
    """
    from troth.bootstrap import open_ledger
    from troth.connectors.webhooks import check_url
    from troth.surfaces import outbox

    settings = _mail_settings(url, mail) if url.startswith(("smtp://", "smtps://")) else None
    # What is wrong is said before a ledger is made for it.
    if settings is None:
        check_url(url)
    else:
        outbox.check_mail(settings)
    with closing(open_ledger(db)) as ledger:
        if settings is None:
            added = outbox.add_webhook(ledger, url, topics, id=id_, rotate=rotate)
        else:
            added = outbox.add_mail(ledger, settings, topics, id=id_)
    row: dict[str, Any] = outbox.destination_row(added.destination)
    if added.secret:
        row["secret"] = added.secret
    shown = {"id": row["id"], "to": _place(row["settings"]), "topics": row["topics"]}
    once = {"secret (shown only now)": added.secret} if added.secret else {}
    return Answer(data=(row,), sections=(Section(rows=({**shown, **once},)),))


@command.command(
    "remove",
    cls=Command,
    examples=["troth outbox remove shop --db year.db", "troth outbox remove 3f2a9c81d0e4 --db year.db --format json"],
)
@with_db
@click.argument("id_", metavar="ID")
def remove(db: str, id_: str) -> Answer:
    """Remove a destination; what waits for it becomes dead letters."""
    from troth.bootstrap import open_ledger
    from troth.surfaces import outbox

    with closing(open_ledger(db, must_exist=True)) as ledger:
        outbox.remove(ledger, id_)
    return Answer(data=({"removed": id_},))


def _mail_settings(url: str, mail: dict[str, str]) -> dict[str, Any]:
    """Return the settings of a mail server from its URL and the options."""
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise click.UsageError("The URL of a mail server is smtp://HOST or smtp://HOST:PORT.") from error
    if not parts.hostname or "@" in parts.netloc or parts.path.strip("/"):
        raise click.UsageError("The URL of a mail server is smtp://HOST or smtp://HOST:PORT.")
    implicit = parts.scheme == "smtps"
    settings: dict[str, Any] = {
        "host": parts.hostname,
        "port": port or (465 if implicit else 587),
        "tls": "tls" if implicit else "starttls",
        "sender": mail["sender"],
        "to": mail["to"],
    }
    if mail["user"]:
        if mail["password_env"] not in os.environ:
            # An empty password would be turned away by the server, attempt after attempt.
            raise click.UsageError("--user takes --password-env with the name of a variable that is set.")
        settings |= {"user": mail["user"], "password": os.environ[mail["password_env"]]}
    return settings


def _place(settings: dict[str, Any]) -> str:
    """Return where a destination is, for the table."""
    return str(settings.get("url") or settings.get("to") or "")
