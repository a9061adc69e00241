"""A ledger opened for reading, with the packs it was filled by, as commands need it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec

from troth.errors import LedgerError, Place, Problem, UsageError
from troth.model.pack import Pack
from troth.model.record import Record
from troth.model.times import Micros
from troth.ports.ledger import Ledger
from troth.surfaces.views.moments import Moments, asked_moment, asked_zone


class Opened(msgspec.Struct, frozen=True):
    """A ledger and the packs that its records were derived with.

    Attributes:
        ledger: The ledger.
        packs: Pack name → pack.
        path: The database file, as the user named it, or the address of a database without its password.
        snapshots: Where snapshots of it are kept; `None`: nowhere.
    """

    ledger: Ledger
    packs: Mapping[str, Pack]
    path: str
    snapshots: Path | None = None


@contextmanager
def opened(path: str) -> Iterator[Opened]:
    """Open a ledger that exists, with its packs, and close it afterwards.

    Raises:
        LedgerError: C105, no such file; or it is no ledger.
        PackError: A pack kept in it does not compile with this version.
    """
    from troth.bootstrap import ledger_name, open_ledger, snapshots_of
    from troth.runtime import catalog

    ledger = open_ledger(path, must_exist=True)
    try:
        yield Opened(ledger, catalog.restore(ledger), ledger_name(path), snapshots_of(path))
    finally:
        ledger.close()


def subject_at(here: Opened, subject: str, at: str | None, zone: str | None) -> tuple[Record, Moments]:
    """Return a subject's record and how to write its moments.

    Without `at`, the record is as of the moment the ledger speaks of (an import's extract).

    Raises:
        LedgerError: C107, there are events, but no records yet.
        UsageError: C103, nothing is known of the subject (by then); C104, C108: the moment or zone is not one.
    """
    from troth.runtime.replay import record_of
    from troth.runtime.work import as_of

    moment: Micros | None = asked_moment(at) if at else None
    if moment is None and as_of(here.ledger) is None and here.ledger.count()["events"]:
        raise LedgerError(nothing_to_see(here))
    record = record_of(here.ledger, here.packs, subject, moment)
    name = asked_zone(zone)
    if record is None:
        raise UsageError(_unheard_of(here, subject, at))
    now = moment if moment is not None else (as_of(here.ledger) or record.at)
    return record, Moments(now, name)


def moment_of(here: Opened, at: str | None) -> Micros:
    """Return the moment to look at a ledger from: as asked, else that of which its records speak.

    Raises:
        LedgerError: C107, there is nothing to look at.
        UsageError: C104, what is asked is no moment.
    """
    from troth.runtime.work import as_of

    moment = asked_moment(at) if at else as_of(here.ledger)
    if moment is None:
        raise LedgerError(nothing_to_see(here))
    return moment


def packs_of(here: Opened, name: str | None) -> Mapping[str, Pack]:
    """Return the packs to look at: the one that is named, else all.

    Raises:
        UsageError: P301, the ledger keeps no such pack.
    """
    from troth.runtime.catalog import require_kept

    if name is None:
        return here.packs
    require_kept(here.packs, name)
    return {name: here.packs[name]}


def nothing_to_see(here: Opened) -> Problem:
    """Return the problem of a ledger without records: it is empty, or its events were never folded."""
    if here.ledger.count()["events"]:
        found = "events are there, but not folded yet: no record speaks of any moment"
        return Problem(Place(here.path), "C107", found, "records", "run the import again")
    return Problem(Place(here.path), "C107", "the ledger is empty", "events", "run `troth import` first")


def _unheard_of(here: Opened, subject: str, at: str | None) -> Problem:
    """Return the problem of a subject of which nothing is known, with an example of one that is."""
    by_then = f" by {at}" if at else ""
    example = next((record.subject for record in here.ledger.scan_records()), "")
    remedy = f"subjects here look like {example!r}" if example else "import something first"
    expected = "a subject of this ledger, as <noun>/<id>"
    return Problem(Place(here.path), "C103", f"nothing is known of {subject!r}{by_then}", expected, remedy)
