"""Checks of this installation: interpreter, packages, SQLite, DuckDB, time zones, folder, shipped packs."""

from __future__ import annotations

import re
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Final

import troth
from troth.errors import TrothError
from troth.model.times import end_of_day, format_instant
from troth.surfaces.doctor.finding import BAD, DOUBTFUL, GOOD, Checked, verdict

_PIN: Final = re.compile(r"(?m)^([A-Za-z0-9._-]+)==([^\s\\;]+)")
_NAME: Final = re.compile(r"[A-Za-z0-9._-]+")
_PYTHON: Final = (3, 11)
_SQLITE: Final = (3, 37, 0)
"""The first SQLite with STRICT tables."""


def look_around(folder: Path) -> Iterator[Checked]:
    """Yield the checks of this installation.

    Args:
        folder: Where database files are to be kept.
    """
    yield _python()
    yield from _packages()
    yield from _sqlite(folder)
    yield _duckdb()
    yield _time_zones()
    yield _writable(folder)
    yield from _packs()


def _python() -> Checked:
    """Check the interpreter."""
    present = sys.version_info[:2]
    found = ".".join(str(part) for part in sys.version_info[:3])
    return Checked("python", verdict(present >= _PYTHON), found, "3.11 or later", "C121", "install a newer Python")


def _packages() -> Iterator[Checked]:
    """Check every package that troth needs itself against the version it is tested with."""
    pins = _pins()
    for name in sorted({match.group() for entry in requires("troth") or () if (match := _NAME.match(entry))}):
        wanted = pins.get(_canonical(name), "")
        remedy = "install from requirements/run.txt"
        try:
            found = version(name)
        except PackageNotFoundError:
            yield Checked(f"package {name}", BAD, "not installed", wanted or "installed", "C122", remedy)
            continue
        right = verdict(not wanted or found == wanted, bad=DOUBTFUL)
        yield Checked(f"package {name}", right, found, wanted or "any version", "C122", remedy)


def _pins() -> dict[str, str]:
    """Return package → pinned version; nothing where troth was installed without its repository."""
    lock = Path(troth.__file__).resolve().parents[2] / "requirements" / "run.txt"
    text = lock.read_text(encoding="utf-8") if lock.is_file() else ""
    return {_canonical(name): pinned for name, pinned in _PIN.findall(text)}


def _canonical(name: str) -> str:
    """Return a package name as indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _sqlite(folder: Path) -> Iterator[Checked]:
    """Check SQLite's version, and that write-ahead logging with full synchronisation works in the folder."""
    remedy = "use a newer SQLite, and a local disk"
    new_enough = verdict(sqlite3.sqlite_version_info >= _SQLITE)
    yield Checked("sqlite", new_enough, sqlite3.sqlite_version, "3.37 or later", "C123", remedy)
    try:
        with (
            tempfile.TemporaryDirectory(dir=folder) as place,
            closing(sqlite3.connect(Path(place) / "probe.db")) as connection,
        ):
            mode = connection.execute("PRAGMA journal_mode=WAL").fetchone()[0]
            connection.execute("PRAGMA synchronous=FULL")
            level = connection.execute("PRAGMA synchronous").fetchone()[0]
            connection.execute("CREATE TABLE probe (x)")
            connection.execute("INSERT INTO probe VALUES (1)")
            connection.commit()
    except (OSError, sqlite3.Error) as error:
        yield Checked("sqlite write-ahead log", BAD, str(error), "a durable commit", "C123", remedy)
        return
    found = f"journal_mode {mode}, synchronous {level}"
    expected = "journal_mode wal, synchronous 2 (full)"
    yield Checked("sqlite write-ahead log", verdict(mode == "wal" and level == 2), found, expected, "C123", remedy)


def _duckdb() -> Checked:
    """Check that DuckDB converts between time zones, which its ICU extension does."""
    expected = "2013-07-01 16:00:00 in New York is 20:00 UTC"
    try:
        import duckdb

        with duckdb.connect() as connection:
            asked = "SELECT epoch_us(TIMESTAMP '2013-07-01 16:00:00' AT TIME ZONE 'America/New_York')"
            row = connection.execute(asked).fetchone()
    except Exception as error:  # noqa: BLE001 - whatever an extension's loader raises is what the doctor is asked about
        return Checked("duckdb time zones", BAD, str(error), expected, "C124", "install DuckDB in its pinned version")
    instant = row[0] if row else 0
    good = verdict(instant == 1_372_708_800_000_000)
    return Checked("duckdb time zones", good, format_instant(instant), expected, "C124", "install the pinned DuckDB")


def _time_zones() -> Checked:
    """Check that the IANA time zone data are there, and right about a known midnight."""
    expected = "the day 2018-02-17 ends in Sao Paulo at 2018-02-18T03:00:00Z"
    try:
        found = format_instant(end_of_day("2018-02-17", "America/Sao_Paulo"))
    except ValueError as error:
        return Checked("time zone data", BAD, str(error), expected, "C125", "install the package tzdata")
    good = verdict(found == "2018-02-18T03:00:00Z")
    return Checked("time zone data", good, found, expected, "C125", "install the package tzdata")


def _writable(folder: Path) -> Checked:
    """Check that files can be made in the folder."""
    try:
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"troth")
    except OSError as error:
        return Checked("folder", BAD, f"{folder}: {error.strerror}", "a folder that can be written", "C126",
                       "choose another folder or change its permissions")  # fmt: skip
    return Checked("folder", GOOD, f"{folder} can be written")


def _packs() -> Iterator[Checked]:
    """Check that every pack that can be loaded by name compiles."""
    from troth.runtime import catalog

    for name in catalog.names():
        try:
            pack = catalog.load(name).compiled.require()
        except TrothError as error:
            yield Checked(f"pack {name}", BAD, str(error.problems[0]), "compiles", "C127", f"troth check {name}")
        else:
            yield Checked(f"pack {name}", GOOD, f"version {pack.version}, digest {pack.digest[:12]}")
