"""`troth forget`: make everything personal about somebody unreadable, for ever."""

from __future__ import annotations

import sys
from contextlib import closing
from typing import TYPE_CHECKING

import click

from troth.surfaces.cli.common import command as make
from troth.surfaces.cli.common import on_terminal, with_db
from troth.surfaces.render.answer import Answer, Row, Section

if TYPE_CHECKING:
    from troth.ports.ledger import Ledger
    from troth.runtime.forgetting import Forgotten


@make(
    "forget",
    examples=[
        "troth forget customer/17 --db pickup.db --dry-run",
        "troth forget customer/17 --db pickup.db --yes --format json",
    ],
)
@click.argument("person", required=False)
@with_db
@click.option("--yes", is_flag=True, help="Do not ask. Without it nothing is done where nobody can be asked.")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option("--lift", is_flag=True, help="Allow that PERSON is known again; what was forgotten stays so.")
@click.option("--list", "list_", is_flag=True, help="List who was forgotten.")
def command(person: str | None, db: str, yes: bool, dry_run: bool, lift: bool, list_: bool) -> Answer:
    """Erase the keys of PERSON (customer/17, or any subject): nobody can read what was sealed under them any more.

    Records, measures, counts and the hash chain stay as they are. Services may go on working meanwhile. There is no way
    back; copies of the ledger made before still hold the keys. Done again it changes nothing.
    """
    from troth.bootstrap import open_ledger
    from troth.runtime import forgetting
    from troth.runtime.clock import wall_clock

    if list_ == (person is not None):
        raise click.UsageError("Name a PERSON, or give --list.")
    if lift and dry_run:
        raise click.UsageError("--lift and --dry-run do not go together.")
    with closing(open_ledger(db, must_exist=True)) as ledger:
        if person is None:
            return _listed(ledger)
        if lift:
            return _answer(forgetting.remember(ledger, person, wall_clock()), "allowed again")
        return _forgotten(ledger, person, yes=yes, dry_run=dry_run)


def _forgotten(ledger: Ledger, person: str, *, yes: bool, dry_run: bool) -> Answer:
    """Say what is to be done, ask, do it, and say what was done."""
    from troth.runtime import forgetting
    from troth.runtime.clock import wall_clock
    from troth.surfaces.cli.progress import progress

    with progress() as bars:
        planned = forgetting.plan(ledger, person, bars("looking", None))
    if planned.at is not None and not planned.keys:
        return _answer(planned, "done before")
    if dry_run:
        return _answer(planned, "would be done")
    if not yes:
        _ask(planned)
    done = forgetting.forget(ledger, person, wall_clock())
    return _answer(done, "done")


def _ask(planned: Forgotten) -> None:
    """Have a person at the terminal agree.

    Raises:
        UsageError: C130, nobody is there.
        Abort: They do not agree.
    """
    from troth.errors import Place, Problem, UsageError

    said = (
        f"{planned.person}: keys {planned.keys}, subjects {planned.subjects}, "
        f"events with personal data {planned.events}"
    )
    if not (on_terminal(sys.stdin) and on_terminal(sys.stderr)):
        found = f"nobody can be asked; {said}"
        raise UsageError(
            Problem(Place(path=planned.person), "C130", found, "--yes", "look with --dry-run, then add it")
        )
    click.echo(f"{said}.\nWhat is forgotten cannot be read again by anybody.", err=True)
    click.confirm("Forget?", abort=True, err=True)


def _listed(ledger: Ledger) -> Answer:
    """Return who was forgotten."""
    from troth.runtime import forgetting

    rows = tuple(
        {"person": one.person, "forgotten_at": _moment(one), "subjects": one.subjects}
        for one in forgetting.forgotten(ledger)
    )
    return Answer(data=rows, sections=(Section(rows=rows, empty="Nobody was forgotten."),))


def _answer(done: Forgotten, what: str) -> Answer:
    """Return what was done, or would be."""
    row: Row = {
        "person": done.person,
        "what": what,
        "subjects": done.subjects,
        "keys": done.keys,
        "events": done.events,
        "forgotten_at": _moment(done),
    }
    return Answer(data=(row,), sections=(Section(rows=(row,)),))


def _moment(done: Forgotten) -> str | None:
    """Return when somebody was first forgotten."""
    from troth.model.times import format_instant

    return None if done.at is None else format_instant(done.at)
