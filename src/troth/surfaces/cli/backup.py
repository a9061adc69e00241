"""`troth backup`: a checked copy of a ledger that is in use."""

from __future__ import annotations

from pathlib import Path

import click

from troth.surfaces.cli.common import command as make
from troth.surfaces.cli.common import with_db
from troth.surfaces.render.answer import Answer, Section


@make(
    "backup",
    examples=["troth backup --db year.db --to year-copy.db", "troth backup --db year.db --to copy.db --format json"],
)
@with_db
@click.option("--to", "target", required=True, metavar="FILE", help="The copy; it must not exist yet.")
def command(db: str, target: str) -> Answer:
    """Copy a ledger while others use it, as of one moment, and check every event of the copy.

    To restore, use the copy as the ledger. Keep the head that it prints outside of both (see `troth verify`).
    """
    from troth.bootstrap import open_ledger
    from troth.errors import Place, Problem, UsageError
    from troth.ledger.sqlite.backup import back_up
    from troth.runtime.verify import written
    from troth.surfaces.cli.progress import counted, progress

    if "://" in db:
        remedy = "use the server's own tools"
        raise UsageError(Problem(Place(path="--db"), "L113", "the ledger is on a server", "a file", remedy))
    open_ledger(db, must_exist=True).close()
    with progress(transient=True) as bars:
        advance = counted(bars("copying pages", None))
        done = back_up(Path(db), Path(target), progress=lambda left, total: advance(total - left))
    heads = tuple(
        {"tenant": tenant, "head": written(head)} for tenant, of_tenant in done.heads.items() for head in of_tenant
    )
    row = {"db": db, "to": target, "bytes": done.size, "rows": done.rows}
    return Answer(
        data=({**row, "heads": list(heads)},),
        sections=(Section(rows=(row,)), Section(title="heads, to be kept outside", rows=heads, empty="No events.")),
    )
