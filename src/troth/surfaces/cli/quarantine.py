"""`troth quarantine`: what could not be accepted, and trying it again."""

from __future__ import annotations

from contextlib import closing
from itertools import islice

import click

from troth.surfaces.cli.common import Command, with_db, with_fail
from troth.surfaces.render.answer import Answer, Section


@click.group(
    "quarantine",
    epilog="\b\nExamples:\n  troth quarantine list --db year.db\n  troth quarantine replay --db year.db",
)
def command() -> None:
    """List or replay what could not be accepted: rows and events kept with the reason, nothing of them lost."""


@command.command(
    "list",
    cls=Command,
    examples=["troth quarantine list --db year.db", "troth quarantine list --db year.db --code M201 --format csv"],
)
@with_db
@click.option("--code", metavar="CODE", help="Only refusals with this code.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="At most so many.")
@with_fail
def list_(db: str, code: str | None, limit: int | None, fail: bool) -> Answer:
    """List what is in quarantine: code, reason, place, and what came."""
    from troth.bootstrap import open_ledger
    from troth.surfaces.quarantine import row, waiting

    with closing(open_ledger(db, must_exist=True)) as ledger:
        chosen = (refused for refused in waiting(ledger) if code is None or refused.code == code)
        rows = tuple(row(refused) for refused in islice(chosen, limit))
    section = Section(
        rows=rows, columns=("code", "place", "reason", "kind", "pack", "id"), optional=("kind", "pack", "id"),
        empty="Nothing is in quarantine.",
    )  # fmt: skip
    status = "findings" if rows else "ok"
    return Answer(data=rows, status=status, exit_code=1 if rows and fail else 0, sections=(section,))


@command.command(
    "replay",
    cls=Command,
    examples=["troth quarantine replay --db year.db", "troth quarantine replay --db year.db --map fixed.yaml"],
)
@with_db
@click.option("--pack", default="", metavar="NAME", help="Only what was meant for this pack.")
@click.option("--map", "map_", default="", metavar="FILE", help="Read rows with this mapping in place of their own.")
@with_fail
def replay(db: str, pack: str, map_: str, fail: bool) -> Answer:
    """Judge what is in quarantine again, after a fix; what is right now becomes an event and leaves it."""
    from troth.bootstrap import open_ledger
    from troth.runtime.clock import wall_clock
    from troth.runtime.importing import EXTRACT
    from troth.surfaces import quarantine
    from troth.surfaces.cli.progress import progress
    from troth.surfaces.importing import fold_all, reasons

    with closing(open_ledger(db, must_exist=True)) as ledger:
        done = quarantine.replay(ledger, now=wall_clock(), pack=pack, map_name=map_)
        with progress() as bars:
            fold_all(ledger, bars, now=ledger.get(EXTRACT))
        left = ledger.count()["quarantined"]
        warnings = (*done.problems, *(reasons(ledger, db) if left else ()))
    rows = ({"tried": done.tried, "released": done.released, "events": done.accepted, "left": left},)
    status = "findings" if left else "ok"
    return Answer(data=rows, diagnostics=warnings, status=status, exit_code=1 if left and fail else 0)
