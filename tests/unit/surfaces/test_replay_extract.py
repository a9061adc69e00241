"""A replay ends as an import does: what it brought is heard, and a ledger that nobody folded says so."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.unit.surfaces.test_quarantine import MAPPING, ROWS, Run, replay, run, take_in, write
from troth.bootstrap import open_ledger
from troth.model.event import Event
from troth.model.times import parse_instant
from troth.surfaces.cli.app import cli

__all__ = ["run"]


def test_after_a_first_import_that_refused_every_row_a_replay_sets_the_moment_of_the_extract(run: Run) -> None:
    write([f"{row.rpartition(',')[0]},none" for row in ROWS])
    first = take_in(run)
    assert (first["events"], first["quarantined"]) == (0, 10)
    Path("shop.yaml").write_text(MAPPING.replace("tables:", 'missing: ["", none]\ntables:'))
    assert replay(run) == {"tried": 10, "released": 10, "events": 10, "left": 0}
    assert "as of 2018-01-10T12:00:00Z" in run("show", "order/R3", "--db", "shop.db", "--format", "table").output
    assert run("measure", "promise_reliability", "--db", "shop.db").exit_code == 0


def test_a_file_that_has_grown_counts_as_heard_only_up_to_the_rows_that_were_replayed(run: Run) -> None:
    write([row.replace("2018-01-04 10", "2018-13-04 10") for row in ROWS])
    take_in(run)
    write([*ROWS, "R11,SP,2018-03-01 10:00:00,2018-03-01 11:00:00"])
    assert replay(run)["released"] == 1
    assert "as of 2018-01-10T13:00:00Z" in run("show", "order/R4", "--db", "shop.db", "--format", "table").output


@pytest.mark.parametrize("words", [("measure", "promise_reliability"), ("show", "order/1")])
def test_a_ledger_with_events_that_were_never_folded_says_so(words: tuple[str, ...], tmp_path: Path) -> None:
    path = str(tmp_path / "raw.db")
    ledger = open_ledger(path)
    at = parse_instant("2018-01-01T10:00:00Z")
    ledger.append([Event("shop", "1", "order.placed", "order/1", at, at)], pack="delivery")
    ledger.close()
    said = CliRunner().invoke(cli, [*words, "--db", path])
    assert said.exit_code == 3
    assert "not folded yet" in said.output
    assert "C107" in said.output
    assert "run the import again" in said.output
