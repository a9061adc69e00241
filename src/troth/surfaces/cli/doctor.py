"""`troth doctor`: is this installation, and this database file, well?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from troth.surfaces.cli.common import command as make
from troth.surfaces.render.answer import Answer, Row, Section

if TYPE_CHECKING:
    from troth.surfaces.doctor import Checked


@make("doctor", examples=["troth doctor", "troth doctor --db year.db --format json"])
@click.option("--db", metavar="FILE", help="Also examine this ledger: a file, or postgresql://….")
def command(db: str | None) -> Answer:
    """Check this installation: Python, packages, SQLite, DuckDB, time zones, packs; and with --db a ledger.

    Exits with 1 if anything is not as it should be.
    """
    from troth.surfaces.doctor import examine, look_around

    folder = _folder_of(db)
    checks = list(look_around(folder))
    if db:
        checks += examine(db)
    problems = tuple(problem for check in checks if (problem := check.problem()))
    return Answer(
        data=tuple(msgspec.to_builtins(check) for check in checks),
        diagnostics=problems,
        status="findings" if problems else "ok",
        exit_code=1 if problems else 0,
        sections=(Section(rows=tuple(_row(check) for check in checks)),),
    )


def _folder_of(db: str | None) -> Path:
    """Return the folder of a database file, and the present one where there is none."""
    from troth.scale.address import is_address

    folder = Path(db).resolve().parent if db and not is_address(db) else Path.cwd()
    return folder if folder.is_dir() else Path.cwd()


def _row(check: Checked) -> Row:
    """Return a check for people: what was expected stands under the table, with what to do."""
    return {"check": check.check, "result": check.result, "found": check.found}
