"""What leaves quarantine, and what stays because nobody can tell whether it is the same row."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from troth.surfaces.cli.app import cli

MAPPING = """
mapping: shop
pack: delivery
zone: America/Sao_Paulo
tables:
  orders: {file: [orders.csv], read_as: {placed: timestamp, paid: timestamp}}
extract: {max: [orders.placed, orders.paid]}
rows:
  - table: orders
    subject: "'order/' + id"
    times: {placed: {column: placed}, paid: {column: paid}}
    events:
      - {type: order.placed, source: shop, at: placed}
      - {type: payment.approved, source: payment, at: paid}
"""
HEAD = "id,town,placed,paid"
ROWS = [f"R{n},SP,2018-01-{n:02} 10:00:00,2018-01-{n:02} 11:00:00" for n in range(1, 11)]

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return how to run a command in a folder of its own that holds a mapping."""
    monkeypatch.chdir(tmp_path)
    Path("shop.yaml").write_text(MAPPING)
    return lambda *words: CliRunner().invoke(cli, list(words))


def write(rows: list[str]) -> None:
    """Write `orders.csv`."""
    Path("orders.csv").write_text("\n".join([HEAD, *rows, ""]))


def data(said: Result) -> list[dict[str, Any]]:
    """Return the rows of a JSON answer."""
    assert said.exit_code == 0, said.output
    rows: list[dict[str, Any]] = json.loads(said.stdout)["data"]
    return rows


def take_in(run: Run) -> dict[str, Any]:
    """Import `orders.csv`."""
    return data(run("import", "orders.csv", "--pack", "delivery", "--map", "shop.yaml", "--db", "shop.db"))[0]


def replay(run: Run) -> dict[str, Any]:
    """Replay the quarantine."""
    return data(run("quarantine", "replay", "--db", "shop.db"))[0]


def places(run: Run) -> list[str]:
    """Return the places of what is in quarantine, sorted."""
    return sorted(row["place"] for row in data(run("quarantine", "list", "--db", "shop.db")))


def with_broken(*numbers: int) -> list[str]:
    """Return the rows, those of these numbers with a cell too many."""
    return [row + (",extra" if n in numbers else "") for n, row in enumerate(ROWS, start=1)]


def test_a_broken_line_that_was_corrected_stays_until_the_file_is_imported_again(run: Run) -> None:
    write(with_broken(3, 5))
    assert take_in(run)["quarantined"] == 2
    assert places(run) == ["orders.csv row 3", "orders.csv row 5"]
    write(ROWS)
    done = replay(run)
    assert (done["released"], done["events"], done["left"]) == (0, 0, 2)
    again = take_in(run)
    assert (again["events"], again["released"], again["quarantined"]) == (4, 2, 0)
    assert places(run) == []


def test_a_broken_line_is_replayed_when_only_the_mapping_was_wrong(run: Run, tmp_path: Path) -> None:
    text = "\n".join([HEAD, *ROWS, ""]).replace("R3,SP", "R3,S\u00e3o")
    (tmp_path / "orders.csv").write_bytes(text.encode("latin-1"))
    assert take_in(run)["quarantined"] == 1
    Path("shop.yaml").write_text(MAPPING.replace("orders.csv]", "orders.csv], csv: {encoding: latin-1}"))
    done = replay(run)
    assert (done["released"], done["events"], done["left"]) == (1, 2, 0)


def test_another_row_in_the_place_of_a_refused_one_does_not_release_it(run: Run) -> None:
    bad = [row.replace("2018-01-04 10", "2018-13-04 10") for row in ROWS]
    write(bad)
    assert take_in(run)["quarantined"] == 1
    write(["N1,RJ,2018-02-01 10:00:00,2018-02-01 11:00:00", *bad])
    assert (replay(run)["released"], places(run)) == (0, ["orders.csv row 4"])
    write(["N1,RJ,2018-02-01 10:00:00,2018-02-01 11:00:00"] * 4)
    assert (replay(run)["released"], places(run)) == (0, ["orders.csv row 4"])
    write(ROWS)
    assert replay(run) == {"tried": 1, "released": 1, "events": 2, "left": 0}


def test_a_row_that_makes_no_event_is_not_released_by_a_replay(run: Run) -> None:
    write([*ROWS, "R11,SP,never,never"])
    assert take_in(run)["quarantined"] == 1
    Path("shop.yaml").write_text(MAPPING.replace("tables:", 'missing: ["", never]\ntables:'))
    assert replay(run)["released"] == 0
    assert take_in(run)["released"] == 1


def test_another_file_under_the_old_name_releases_nothing(run: Run) -> None:
    write(with_broken(3))
    take_in(run)
    write([row.replace("R", "Q").replace("2018", "2019") for row in ROWS])
    assert take_in(run)["released"] == 0
    assert places(run) == ["orders.csv row 3"]
