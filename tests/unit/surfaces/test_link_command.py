"""`troth link`: the link alone on standard output, what is said about it beside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from troth.bootstrap import open_ledger
from troth.runtime import links
from troth.surfaces.cli.app import cli


def run(*arguments: str) -> Result:
    """Run the command line."""
    return CliRunner().invoke(cli, arguments)


def data_of(result: Result) -> list[dict[str, Any]]:
    """Return the data of an answer in JSON."""
    rows: list[dict[str, Any]] = json.loads(result.stdout)["data"]
    return rows


def test_a_link_is_made_listed_and_revoked(tmp_path: Path) -> None:
    db = str(tmp_path / "pickup.db")
    open_ledger(db).close()
    made = run("link", "new", "pickup/17", "--expires-in", "7d", "--url", "https://status.example/", "--db", db)
    assert made.exit_code == 0
    address = made.stdout.strip()
    assert address.startswith("https://status.example/s/")
    assert "whoever has it sees pickup/17 until" in made.stderr
    ledger = open_ledger(db)
    found = links.find(ledger, address.rpartition("/")[2], links.all_links(ledger)[0].created_at)
    ledger.close()
    assert found is not None
    (row,) = data_of(run("link", "list", "--db", db, "--format", "json"))
    assert (row["subject"], row["may"], row["state"]) == ("pickup/17", "see act", "good")
    (after,) = data_of(run("link", "revoke", row["id"], "--db", db, "--format", "json"))
    assert after["state"] == "revoked"
    assert data_of(run("link", "list", "--subject", "pickup/1", "--db", db, "--format", "json")) == []


def test_what_cannot_be_made_is_refused_before_the_ledger_is_opened(tmp_path: Path) -> None:
    refused = run("link", "new", "pickup17", "--db", str(tmp_path / "none.db"))
    assert (refused.exit_code, "H312" in refused.stderr) == (2, True)
    absent = run("link", "new", "pickup/17", "--db", str(tmp_path / "none.db"))
    assert "C105" in absent.stderr
    assert not (tmp_path / "none.db").exists()


def test_a_link_that_is_not_there_cannot_be_revoked(tmp_path: Path) -> None:
    db = str(tmp_path / "pickup.db")
    open_ledger(db).close()
    assert "H313" in run("link", "revoke", "0123456789ab", "--db", db).stderr
