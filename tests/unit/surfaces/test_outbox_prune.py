"""`troth outbox prune`: what is at an end goes when it is old enough, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from troth.bootstrap import open_ledger
from troth.model.effect import Outgoing
from troth.model.times import DAY
from troth.ports.outbox import Destination
from troth.runtime.clock import wall_clock
from troth.surfaces.cli.app import cli

AGES = {"new": 1, "week": 8, "month": 31}
STATES = ("waiting", "delivered", "dead")


@pytest.fixture
def db(tmp_path: Path) -> str:
    """Return a ledger with deliveries of every state and age."""
    path, now = str(tmp_path / "firm.db"), wall_clock()
    ledger = open_ledger(path)
    ledger.put_destination(Destination("everybody", ("*",), "sink"))
    names = {f"{state}-{age}": now - days * DAY for state in STATES for age, days in AGES.items()}
    ledger.send([Outgoing(name, "case.opened", "order/1", at) for name, at in names.items()])
    for one in ledger.deliveries():
        state = one.outgoing.id.split("-")[0]
        if state != "waiting":
            ledger.settle(one.id, state=state)
    ledger.close()
    return path


def prune(db: str, *words: str) -> dict[str, Any]:
    """Run the command; return its row."""
    done = CliRunner().invoke(cli, ["outbox", "prune", "--db", db, *words, "--format", "json"])
    assert done.exit_code == 0, done.output
    (row,) = json.loads(done.stdout)["data"]
    return dict(row)


def left(db: str) -> set[str]:
    """Return what is in the outbox."""
    ledger = open_ledger(db)
    found = {one.outgoing.id for one in ledger.deliveries()}
    ledger.close()
    return found


def test_delivered_ones_go_after_a_week_and_dead_letters_after_a_month(db: str) -> None:
    before = left(db)
    assert prune(db) == {"what": "removed", "delivered": 2, "dead": 1}
    assert before - left(db) == {"delivered-week", "delivered-month", "dead-month"}
    assert prune(db) == {"what": "removed", "delivered": 0, "dead": 0}


def test_a_dry_run_counts_what_would_go_and_removes_nothing(db: str) -> None:
    before = left(db)
    words = ("--older-than", "12h", "--dead-older-than", "2d")
    assert prune(db, *words, "--dry-run") == {"what": "would be removed", "delivered": 3, "dead": 2}
    assert left(db) == before
    assert prune(db, *words) == {"what": "removed", "delivered": 3, "dead": 2}
    assert left(db) == {"waiting-new", "waiting-week", "waiting-month", "dead-new"}


def test_more_than_goes_in_one_step_goes_in_several(db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("troth.surfaces.outbox._STEP", 1)
    assert prune(db, "--older-than", "1h", "--dead-older-than", "1h") == {"what": "removed", "delivered": 3, "dead": 3}


@pytest.mark.parametrize("words", [("--older-than", "soon"), ("--dead-older-than", "-1d"), ("--older-than", "")])
def test_what_is_no_duration_is_refused_and_removes_nothing(db: str, words: tuple[str, str]) -> None:
    before = left(db)
    done = CliRunner().invoke(cli, ["outbox", "prune", "--db", db, *words, "--format", "json"])
    assert done.exit_code == 2
    assert left(db) == before


def test_a_ledger_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, ["outbox", "prune", "--db", str(tmp_path / "no.db"), "--format", "json"])
    assert done.exit_code == 3
    assert list(tmp_path.iterdir()) == []
