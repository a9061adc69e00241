"""`troth link`: what customers open their status pages with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from troth.surfaces.cli.common import Command, duration_of, with_db
from troth.surfaces.cli.keeping import ledger_at, listed, shown_once
from troth.surfaces.render.answer import Answer, Row

if TYPE_CHECKING:
    from troth.model.times import Micros
    from troth.runtime.links import Link

_HERE: Final = "http://127.0.0.1:8080"


@click.group(
    "link",
    epilog="\b\nExamples:\n  troth link new pickup/17 --db pickup.db\n"
    "  troth link list --subject pickup/17 --db pickup.db",
)
def command() -> None:
    """Make, list or revoke links to customers' status pages. A link is shown once; only its hash is kept."""


@command.command(
    "new",
    cls=Command,
    formats=["link"],
    piped="link",
    examples=[
        "troth link new pickup/17 --db pickup.db",
        "troth link new pickup/17 --may see --expires-in 7d --url https://status.example --db pickup.db",
    ],
)
@click.argument("subject")
@with_db
@click.option(
    "--may", multiple=True, type=click.Choice(["see", "act"]), help="What its holder may do; repeatable; else both."
)
@click.option("--expires-in", default="30d", metavar="DURATION", help="How long it is good; else 30d.")
@click.option("--url", default=_HERE, metavar="URL", help=f"Where customers reach the server; else {_HERE}.")
def new(subject: str, db: str, may: tuple[str, ...], expires_in: str, url: str) -> Answer:
    """Make a link to the page of SUBJECT and show it, this once.

    The link goes to standard output by itself, so that it can be put into a message.
    """
    from troth.runtime import links
    from troth.runtime.clock import wall_clock

    life = duration_of(expires_in)
    allowed = may or tuple(links.MAY)
    links.check(subject, allowed, life)  # Before the ledger is opened for it.
    with ledger_at(db) as ledger:
        link, token = links.create(ledger, subject, now=wall_clock(), may=allowed, life=life)
    address = f"{url.rstrip('/')}/s/{token}"
    until = _row(link, link.created_at)["expires_at"]
    row = {"id": link.id, "link": address, "subject": link.subject, "may": " ".join(link.may)}
    return shown_once(
        row, "link", address, f"This link is shown this once; whoever has it sees {subject} until {until}."
    )


@command.command(
    "list",
    cls=Command,
    examples=["troth link list --db pickup.db", "troth link list --subject pickup/17 --db pickup.db --format csv"],
)
@with_db
@click.option("--subject", default="", metavar="SUBJECT", help="Only links of this subject.")
def list_(db: str, subject: str) -> Answer:
    """List the links, without their secrets."""
    from troth.runtime import links
    from troth.runtime.clock import wall_clock

    now = wall_clock()
    with ledger_at(db) as ledger:
        rows = [_row(link, now) for link in links.all_links(ledger, subject)]
    return listed(rows, "There are no links.")


@command.command(
    "revoke",
    cls=Command,
    examples=[
        "troth link revoke 1f2e3d4c5b6a --db pickup.db",
        "troth link revoke 1f2e3d4c5b6a --db pickup.db --format json",
    ],
)
@click.argument("link")
@with_db
def revoke(link: str, db: str) -> Answer:
    """Make LINK (its id) no longer good, at once and for ever."""
    from troth.runtime import links
    from troth.runtime.clock import wall_clock

    now = wall_clock()
    with ledger_at(db) as ledger:
        row = _row(links.revoke(ledger, link, now=now), now)
    return Answer(data=(row,))


def _row(link: Link, now: Micros) -> Row:
    """Return a link as a plain row."""
    from troth.model.times import format_instant
    from troth.runtime.links import state_of

    return {
        "id": link.id,
        "subject": link.subject,
        "may": " ".join(link.may),
        "state": state_of(link, now),
        "created_at": format_instant(link.created_at),
        "expires_at": format_instant(link.expires_at),
    }
