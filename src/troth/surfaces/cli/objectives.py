"""`troth objectives`: what was aimed at, whether it is met, and how much may still fail."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from troth.errors import Place, Problem
from troth.surfaces.cli.common import command as make
from troth.surfaces.cli.common import with_at, with_db, with_fail
from troth.surfaces.render.answer import Answer

if TYPE_CHECKING:
    from troth.surfaces.cli.opened import Opened


@make(
    "objectives",
    examples=[
        "troth objectives --db shop.db",
        "troth objectives --db shop.db --at 2018-08-01T00:00:00Z --fail --format json",
    ],
)
@with_db
@click.option("--pack", metavar="NAME", help="Only objectives of this pack.")
@with_at
@with_fail
def command(db: str, pack: str | None, at: str | None, fail: bool) -> Answer:
    """Show where the objectives of the packs stand: met, missed, or not to be told yet.

    Each is counted over its period, up to the moment of the last extract, or --at. The budget is how many may fail; a
    burn rate of 1 uses it up in exactly the period. An alert needs a burn rate over the limit in both the last 28th of
    the period and the last six. With --fail, exit with 1 if one is missed or burns too fast.
    """
    from troth.surfaces.cli.opened import opened, packs_of

    with opened(db) as here:
        return _answer(here, sorted(packs_of(here, pack)), at, fail)


def _answer(here: Opened, names: list[str], at: str | None, fail: bool) -> Answer:
    """Return where the objectives of some packs stand."""
    from troth.measures.standing import missing, standings
    from troth.runtime.snapshot import run
    from troth.surfaces.cli.measure import tables_of
    from troth.surfaces.cli.opened import moment_of
    from troth.surfaces.views import objectives as views

    wanted = [(name, aim) for name in names for aim in here.packs[name].objectives.values()]
    if not wanted:
        found = f"no objectives in: {', '.join(names) or 'no pack'}"
        return Answer(diagnostics=(Problem(Place(here.path), "J101", found, "an objective", severity="note"),))
    tables, notes = tables_of(here, moment_of(here, at), None)
    found_here = [one for name, aim in wanted for one in standings(name, aim, tables, run)]
    absent = tuple(
        Problem(Place(path=aim.name), "J102", f"no subject has the attribute {name!r}", severity="note")
        for _, aim in wanted
        for name in missing(tables, aim)
    )
    findings = views.findings(found_here)
    return Answer(
        data=tuple(views.row(one) for one in found_here),
        diagnostics=(*notes, *absent, *findings),
        status="findings" if findings else "ok",
        exit_code=1 if fail and findings else 0,
        sections=(views.section(found_here, tables.as_of),),
    )
