"""What the commands share that keep small things in a ledger: accounts, API keys, links."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from typing import TYPE_CHECKING

import click

from troth.surfaces.render.answer import Answer, Row, Section

if TYPE_CHECKING:
    from troth.ports.ledger import Ledger


def ledger_at(db: str, *, must_exist: bool = True) -> closing[Ledger]:
    """Open a ledger, to be closed afterwards.

    Raises:
        LedgerError: C105, there is none where there must be one; or it is no ledger.
    """
    from troth.bootstrap import open_ledger

    return closing(open_ledger(db, must_exist=must_exist))


def listed(rows: Iterable[Row], empty: str) -> Answer:
    """Return rows as an answer, and for people the sentence that is said where there is none."""
    found = tuple(rows)
    return Answer(data=found, sections=(Section(rows=found, empty=empty),))


def shown_once(row: Row, kind: str, secret: str, said: str) -> Answer:
    """Return what is shown this once as an answer: by itself on standard output, so that it can be kept.

    Args:
        row: What it is, with the secret.
        kind: Name of the format that prints the secret alone.
        secret: What is shown.
        said: What people are told of it, on standard error.
    """
    if click.get_current_context().obj in {kind, "table"}:
        click.echo(said, err=True)
    return Answer(data=(row,), sections=(Section(text=f"{secret}\n"),), rendered={kind: f"{secret}\n"})
