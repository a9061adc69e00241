"""The commands with `--db postgresql://…`: the same answers as from a file, and the password in none of them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.golden.cli.conftest import PARCEL
from tests.postgres_server import PASSWORD, Server
from troth.scale.address import shown
from troth.surfaces.cli.app import cli

pytestmark = pytest.mark.slow


def run(*words: str) -> Result:
    """Run a command; the password must not be printed."""
    said = CliRunner().invoke(cli, list(words))
    assert PASSWORD not in said.output
    return said


def rows(*words: str) -> list[dict[str, Any]]:
    """Return the rows of a command that succeeds."""
    said = run(*words, "--format", "json")
    assert said.exit_code == 0, said.output[-2_000:]
    found: list[dict[str, Any]] = json.loads(said.stdout)["data"]
    return found


def told(*words: str) -> list[dict[str, Any]]:
    """Return the rows of a command without the moment at which a refusal was heard: the machine's clock."""
    return [{key: value for key, value in row.items() if key != "heard_at"} for row in rows(*words)]


def imported(db: str) -> dict[str, Any]:
    """Import the six parcels; return what was said."""
    (done,) = rows("import", str(PARCEL / "parcels.csv"), "--pack", str(PARCEL), "--map", "rows", "--db", db)
    return done


def test_the_same_commands_give_the_same_answers_as_on_a_file(postgres: Server, tmp_path: Path) -> None:
    file, address = str(tmp_path / "parcels.db"), postgres.database()
    of_file, of_server = imported(file), imported(address)
    assert of_server["db"] == shown(address)
    for done in (of_file, of_server):
        del done["db"], done["seconds"]
    assert of_server == of_file
    assert imported(address)["events"] == 0
    for words in (
        ("show", "parcel/2"),
        ("timeline", "parcel/2"),
        ("measure", "promise_reliability"),
        ("measure", "promise_reliability", "--by", "town"),
        ("hindsight",),
        ("hindsight", "parcel/2"),
        ("quarantine", "list"),
        ("quarantine", "replay"),
        ("outbox", "list"),
        ("keys", "list"),
    ):
        assert told(*words, "--db", address) == told(*words, "--db", file), words
    examined = json.loads(run("doctor", "--db", address, "--format", "json").stdout)["data"]
    assert ("database server", shown(address)) in {(row["check"], row["found"]) for row in examined}
    (verified,) = rows("verify", "--db", address)
    assert (verified["db"], verified["problems"]) == (shown(address), 0)
    assert run("backup", "--db", address, "--to", str(tmp_path / "copy.db")).exit_code != 0


def test_what_goes_wrong_is_said_without_the_password(postgres: Server) -> None:
    address = postgres.database()
    for wrong, code in (
        (address, "L110"),
        (address.replace(f":{postgres.port}", ":1"), "L131"),
        (address.replace("/room_", "/other_"), "L132"),
    ):
        said = run("show", "parcel/1", "--db", wrong)
        assert said.exit_code != 0
        assert code in said.output


def test_a_dump_restores_into_another_database(postgres: Server, tmp_path: Path) -> None:
    """As docs/how-to/run-on-postgresql.md says: pg_dump of the schema, pg_restore, and `troth verify`."""
    address, copy = postgres.database(), postgres.database()
    imported(address)
    dump = str(tmp_path / "shop.dump")
    subprocess.run([postgres.programs / "pg_dump", "-Fc", "-n", "troth", "-f", dump, address], check=True)
    subprocess.run([postgres.programs / "pg_restore", "--exit-on-error", "-d", copy, dump], check=True)
    for words in (("show", "parcel/2"), ("measure", "promise_reliability"), ("quarantine", "list")):
        assert told(*words, "--db", copy) == told(*words, "--db", address)
    (kept,), (found,) = rows("verify", "--db", address), rows("verify", "--db", copy)
    assert kept["heads"] == found["heads"]
    assert imported(copy)["events"] == 0, "positions go on where they were"
    assert imported(copy)["duplicates"] > 0
