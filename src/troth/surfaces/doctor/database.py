"""Checks of a ledger: that it is a whole ledger of this version, and how far its records are."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

from troth.errors import TrothError
from troth.model.times import Micros, format_instant
from troth.ports.ledger import Ledger
from troth.surfaces.doctor.finding import BAD, DOUBTFUL, GOOD, Checked, verdict

_ENOUGH: Final = 1_000
"""More overdue timers than this are only said to be more."""


def examine(path: str) -> Iterator[Checked]:
    """Yield the checks of a database file, or of a database on a server, which looks after its files itself."""
    from troth.bootstrap import ledger_name, open_ledger
    from troth.scale.address import is_address

    if not is_address(path):
        sound = _integrity(path)
        yield sound
        if sound.result != GOOD:
            return

    try:
        ledger = open_ledger(path, must_exist=True)
    except TrothError as error:
        problem = error.problems[0]
        yield Checked("database ledger", BAD, problem.found, problem.expected, problem.code, problem.remedy)
        return
    try:
        if is_address(path):
            yield Checked("database server", GOOD, ledger_name(path))
        yield from _contents(ledger)
    finally:
        ledger.close()


def _integrity(path: str) -> Checked:
    """Check the file as SQLite sees it, without changing it."""
    expected = "SQLite's integrity check says ok"
    if not Path(path).is_file():
        return Checked("database file", BAD, f"no such file: {path}", "a ledger", "C105", "check the path")
    try:
        with closing(sqlite3.connect(f"{Path(path).resolve().as_uri()}?mode=ro", uri=True)) as connection:
            said = connection.execute("PRAGMA integrity_check").fetchone()[0]
            number = connection.execute("PRAGMA user_version").fetchone()[0]
    except sqlite3.Error as error:
        return Checked("database file", BAD, str(error), expected, "C128", "restore a copy, or import again")
    found = f"{said}; schema version {number}"
    return Checked("database file", verdict(said == "ok"), found, expected, "C128", "restore a copy, or import again")


def _contents(ledger: Ledger) -> Iterator[Checked]:
    """Check what the ledger holds."""
    from troth.runtime import catalog
    from troth.runtime.work import as_of

    counts = ledger.count()
    yield Checked("contents", GOOD, ", ".join(f"{name} {count:,}" for name, count in counts.items()))
    moment = as_of(ledger)
    yield Checked("as of", GOOD, "never folded" if moment is None else format_instant(moment))
    yield _behind(ledger)
    yield _timers(ledger, moment)
    for source, heard in sorted(ledger.watermarks().items()):
        yield Checked(f"feed {source}", GOOD, f"heard up to {format_instant(heard)}")
    try:
        for name, pack in catalog.restore(ledger).items():
            yield Checked(f"kept pack {name}", GOOD, f"version {pack.version}, digest {pack.digest[:12]}")
    except TrothError as error:
        yield Checked(
            "kept packs", BAD, str(error.problems[0]), "compile", "C127", "import again with a pack that does"
        )
    waiting = counts.get("quarantined", 0)
    result = verdict(waiting == 0, bad=DOUBTFUL)
    yield Checked("quarantine", result, f"{waiting:,} waiting", "none", "C112", "troth quarantine list --db FILE")


def _behind(ledger: Ledger) -> Checked:
    """Check that every event has reached its record."""
    dirty = len(ledger.dirty_buckets())
    found = f"{dirty} buckets with events that no record shows yet"
    return Checked("records", verdict(dirty == 0, bad=DOUBTFUL), found, "none", "C129", "run the import again")


def _timers(ledger: Ledger, moment: Micros | None) -> Checked:
    """Check that no wake-up is overdue at the moment the records speak of."""
    overdue = len(ledger.due(moment, limit=_ENOUGH)) if moment is not None else 0
    found = f"{'more than ' if overdue == _ENOUGH else ''}{overdue:,} overdue"
    return Checked("timers", verdict(overdue == 0, bad=DOUBTFUL), found, "none", "C129", "run the import again")
