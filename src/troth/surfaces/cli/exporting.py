"""`troth export`: the events of a ledger into a file that others, and troth, can read."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from troth.surfaces.cli.common import command as make
from troth.surfaces.cli.common import on_terminal, with_db, with_personal
from troth.surfaces.render.answer import Answer, Section

_TARGETS = ("ocel2-sqlite", "ocel2-json", "cloudevents")


@make(
    "export",
    examples=[
        "troth export shop.sqlite --db shop.db --format ocel2-sqlite",
        "troth export shop.ndjson --db shop.db --format cloudevents --pack delivery",
    ],
    formats=_TARGETS,
)
@click.argument("out", metavar="OUT")
@with_db
@click.option("--pack", default="", metavar="NAME", help="Only the events of this pack.")
@with_personal
def command(out: str, db: str, pack: str, personal: bool) -> Answer:
    """Write every event of a ledger into the new file OUT: ids, times and data exactly as they are.

    --format is ocel2-sqlite (the default), ocel2-json or cloudevents; the answer is then a table on a terminal and JSON
    when piped. `troth import OUT --pack NAME` reads the file back without a mapping.
    """
    from msgspec.structs import replace

    from troth.bootstrap import ledger_name, open_ledger
    from troth.surfaces.cli.progress import progress
    from troth.surfaces.exporting import export
    from troth.surfaces.render.formats import as_json

    asked = str(click.get_current_context().obj)
    format_ = asked if asked in _TARGETS else _TARGETS[0]
    ledger = open_ledger(db, must_exist=True)
    try:
        with progress(transient=True) as bars:
            advance = bars("writing", ledger.count()["events"])
            done = export(ledger, Path(out), format_, pack=pack, personal=personal, advance=advance)
    finally:
        ledger.close()
    row = {
        "db": ledger_name(db), "out": out, "format": format_, "packs": ", ".join(done.packs), "events": done.events,
        "subjects": done.subjects, "bytes": Path(out).stat().st_size,
    }  # fmt: skip
    answer = Answer(data=(row,), diagnostics=done.notes, sections=(Section(rows=(row,)),))
    return answer if on_terminal(sys.stdout) else replace(answer, rendered={asked: as_json(answer)})
