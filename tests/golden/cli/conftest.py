"""A small ledger, made by the command line itself, that the golden texts speak of."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from troth.surfaces.cli.app import cli

PARCEL = Path(__file__).parent / "parcel"

Run = Callable[..., Result]


@pytest.fixture(scope="session")
def parcels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with `parcels.db`, filled from the six rows of `parcel/parcels.csv`."""
    folder = tmp_path_factory.mktemp("parcels")
    words = [
        "import",
        str(PARCEL / "parcels.csv"),
        "--pack",
        str(PARCEL),
        "--map",
        "rows",
        "--db",
        str(folder / "parcels.db"),
    ]
    done = CliRunner().invoke(cli, words)
    assert done.exit_code == 0, done.output
    return folder


@pytest.fixture
def run(parcels: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return how to run a command in the folder of the small ledger."""
    monkeypatch.chdir(parcels)
    monkeypatch.setenv("COLUMNS", "80")
    return lambda *words: CliRunner().invoke(cli, list(words))
