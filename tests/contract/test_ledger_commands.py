"""`troth verify` and `troth backup`: what they print, and how they exit."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from troth.errors import UsageError
from troth.ledger.sqlite import SqliteLedger
from troth.ports.chain import Head
from troth.runtime.verify import Kept, kept_of, written
from troth.surfaces.cli.app import cli
from troth.testing.conformance.strategies import an_event


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with a ledger of four events."""
    monkeypatch.chdir(tmp_path)
    with closing(SqliteLedger("year.db")) as ledger:
        ledger.append([an_event(str(number)) for number in range(4)], pack="delivery")
    return tmp_path


def run(*words: str) -> Result:
    """Run a command."""
    return CliRunner().invoke(cli, [*words, "--format", "json"])


def test_a_ledger_that_fits_is_told_with_its_head(folder: Path) -> None:
    done = run("verify", "--db", "year.db")
    told = json.loads(done.stdout)
    assert (done.exit_code, told["status"]) == (0, "ok")
    (row,) = told["data"]
    assert (row["db"], row["rows"], row["problems"]) == ("year.db", 4, 0)
    (head,) = row["heads"]
    assert head.startswith("4:")
    assert run("verify", "--db", "year.db", "--head", head).exit_code == 0
    assert (folder / "year.db").exists()


def test_a_finding_names_the_position_and_exits_with_1(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "year.db")) as connection, connection:
        connection.execute("UPDATE event SET heard_at = heard_at + 1 WHERE position = 3")
    done = run("verify", "--db", "year.db")
    told = json.loads(done.stdout)
    assert (done.exit_code, told["status"], told["data"][0]["problems"]) == (1, "findings", 1)
    (problem,) = told["diagnostics"]
    assert (problem["code"], problem["place"]["file"], problem["place"]["path"]) == ("V101", "year.db", "position 3")


def test_a_head_of_another_history_exits_with_1(folder: Path) -> None:
    assert folder.is_dir()
    done = run("verify", "--db", "year.db", "--head", f"2:{'0' * 64}")
    assert done.exit_code == 1
    assert [problem["code"] for problem in json.loads(done.stdout)["diagnostics"]] == ["V105"]


@pytest.mark.parametrize("text", ["", "12", "12:", "12:zz", f"x:{'0' * 64}", f"1/2/3:{'0' * 64}", f"12:{'0' * 62}"])
def test_what_is_no_head_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        kept_of(text)
    assert [problem.code for problem in caught.value.problems] == ["V108"]


@pytest.mark.parametrize("shard", [0, 7])
def test_a_head_is_read_as_it_was_written(shard: int) -> None:
    head = Head(shard, 12, 9, bytes(range(32)))
    assert kept_of(written(head)) == Kept(shard, 12, bytes(range(32)))


def test_more_findings_than_anybody_reads_are_counted(folder: Path) -> None:
    with closing(SqliteLedger(folder / "year.db")) as ledger:
        ledger.append([an_event(f"more{number}") for number in range(300)], pack="delivery")
    with closing(sqlite3.connect(folder / "year.db")) as connection, connection:
        connection.execute("UPDATE event SET sequence = 1 WHERE position > 4")
    told = json.loads(run("verify", "--db", "year.db").stdout)
    assert (len(told["diagnostics"]), told["data"][0]["problems"]) == (100, 300)


def test_a_backup_prints_its_heads_and_refuses_to_overwrite(folder: Path) -> None:
    done = run("backup", "--db", "year.db", "--to", "copy.db")
    (row,) = json.loads(done.stdout)["data"]
    assert (done.exit_code, row["rows"], row["bytes"]) == (0, 4, (folder / "copy.db").stat().st_size)
    (head,) = row["heads"]
    assert run("verify", "--db", "copy.db", "--head", head["head"]).exit_code == 0
    again = run("backup", "--db", "year.db", "--to", "copy.db")
    assert again.exit_code == 3
    assert [problem["code"] for problem in json.loads(again.stdout)["diagnostics"]] == ["L111"]


def test_a_ledger_on_a_server_is_left_to_the_servers_tools() -> None:
    done = run("backup", "--db", "postgresql://localhost/none", "--to", "copy.db")
    assert done.exit_code == 2
    assert [problem["code"] for problem in json.loads(done.stdout)["diagnostics"]] == ["L113"]


def test_a_ledger_that_is_not_there_is_not_made(folder: Path) -> None:
    for words in (("verify", "--db", "none.db"), ("backup", "--db", "none.db", "--to", "copy.db")):
        done = run(*words)
        assert done.exit_code == 3
        assert [problem["code"] for problem in json.loads(done.stdout)["diagnostics"]] == ["C105"]
    assert sorted(one.name for one in folder.iterdir()) == ["year.db"]
