"""`troth import`: rows of files into a ledger."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from troth.surfaces.cli.common import command as make
from troth.surfaces.cli.common import with_fail
from troth.surfaces.render.answer import Answer, Row, Section

if TYPE_CHECKING:
    from troth.connectors.history import History
    from troth.errors import Problem
    from troth.runtime.catalog import Loaded
    from troth.surfaces.importing import Imported

_PARQUET = b"PAR1"


@make(
    "import",
    examples=[
        "troth import data/olist --pack delivery --map olist --db shop.db",
        "troth import incidents.xes.gz --pack service_request --map my_log.yaml --db year.db --format json",
    ],
)
@click.argument("path")
@click.option("--pack", required=True, metavar="NAME", help="The pack: a name, or the path of a folder or file.")
@click.option(
    "--map",
    "--mapping",
    "map_",
    default="",
    metavar="NAME|FILE",
    help="A mapping of the pack, or a mapping file; none for CloudEvents and for what `troth export` has written.",
)
@click.option("--db", required=True, metavar="FILE", help="The ledger, made if missing: a file, or postgresql://…")
@click.option("--journal", is_flag=True, help="Of an export of your own ledger: also what troth itself has noted.")
@with_fail
def command(path: str, pack: str, map_: str, db: str, journal: bool, fail: bool) -> Answer:
    """Read PATH (a file, a data set's folder, or - for standard input) into a ledger as events.

    Tables (CSV, Parquet) and event logs (XES, OCEL) are read through a mapping; a file of CloudEvents needs none. What
    kind of file it is, is told from its name and its first bytes. Rows that cannot be used go to quarantine with the
    reason. Run again, the same import adds nothing; interrupted, it goes on where it was.
    """
    from troth.runtime import catalog
    from troth.surfaces.importing import source_of

    loaded = catalog.load(pack)
    # Whatever is wrong with pack, mapping or data is said before a database file is made.
    with _data_set(path) as place, source_of(loaded, map_, place, journal=journal) as source:
        done, warnings = read_into(db, loaded, source)
    from troth.bootstrap import ledger_name

    return answer_of(done, ledger_name(db), warnings, fail=fail)


def read_into(db: str, loaded: Loaded, source: History) -> tuple[Imported, tuple[Problem, ...]]:
    """Import an opened data set into a database file, with progress; return what was done and what to warn of."""
    from troth.bootstrap import open_ledger
    from troth.surfaces.cli.progress import progress
    from troth.surfaces.importing import import_source, reasons

    ledger = open_ledger(db)
    try:
        with progress() as bars:
            done = import_source(ledger, loaded, source, bars)
        refused = done.summary.quarantined or done.summary.conflicts
        return done, tuple(reasons(ledger, db)) if refused else ()
    finally:
        ledger.close()


def answer_of(done: Imported, db: str, warnings: tuple[Problem, ...] = (), *, fail: bool = False) -> Answer:
    """Return the answer of `troth import`."""
    row = _row(done, db)
    columns = ("events", "subjects", "duplicates", "quarantined", "conflicts", "as_of", "seconds")
    return Answer(
        data=(row,),
        diagnostics=(*warnings, *done.notes),
        status="findings" if warnings else "ok",
        exit_code=1 if warnings and fail else 0,
        sections=(Section(rows=(row,), columns=columns),),
    )


def _row(done: Imported, db: str) -> Row:
    """Return what an import did as one row."""
    from troth.model.times import format_instant

    summary = done.summary
    return {
        "pack": done.pack,
        "db": db,
        "events": summary.events,
        "subjects": summary.subjects,
        "duplicates": summary.duplicates,
        "conflicts": summary.conflicts,
        "quarantined": summary.quarantined,
        "released": summary.released,
        "extract_at": None if summary.extract_at is None else format_instant(summary.extract_at),
        "as_of": format_instant(done.folded.now) if summary.extract_at is not None else None,
        "folded": done.folded.subjects,
        "seconds": round(summary.seconds, 3),
    }


@contextmanager
def _data_set(path: str) -> Iterator[Path]:
    """Return the path to read; standard input is first kept in a temporary file, since it is read more than once."""
    if path != "-":
        yield Path(path)
        return
    stream = sys.stdin.buffer
    start = stream.read(len(_PARQUET))
    with tempfile.TemporaryDirectory(prefix="troth-stdin-") as folder:
        # Of what begins neither as Parquet nor as a table, the first bytes tell the kind.
        other = start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith((b"<", b"{", b"[", b"SQLi", b"\x1f\x8b"))
        place = Path(folder) / ("stdin.parquet" if start == _PARQUET else "stdin" if other else "stdin.csv")
        with place.open("wb") as file:
            file.write(start)
            shutil.copyfileobj(stream, file)
        yield place
