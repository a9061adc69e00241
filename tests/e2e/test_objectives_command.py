"""`troth objectives` from the command line: a table, JSON, findings and the exit code."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from troth.surfaces.cli.app import cli

_COLUMNS = (
    "order_id", "customer_id", "order_status", "order_purchase_timestamp", "order_approved_at",
    "order_delivered_carrier_date", "order_delivered_customer_date", "order_estimated_delivery_date",
)  # fmt: skip


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, list(words))


def orders(path: Path, late: int) -> Path:
    """Write sixty orders of which so many came after the promised day."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_COLUMNS)
        for number in range(60):
            day = 1 + number % 20
            came = f"2018-01-{day + (9 if number < late else 3):02} 15:00:00"
            placed = f"2018-01-{day:02} 09:{number:02}:00"
            writer.writerow(
                [number, f"c{number}", "delivered", placed, placed, f"2018-01-{day + 1:02} 09:00:00", came,
                 f"2018-01-{day + 6:02}"]
            )  # fmt: skip
    return path


@pytest.fixture
def shop(tmp_path: Path) -> str:
    db = str(tmp_path / "shop.db")
    source = orders(tmp_path / "orders.csv", late=15)
    said = run("import", str(source), "--pack", "delivery", "--map", "olist", "--db", db, "--format", "json")
    assert said.exit_code == 0, said.output
    return db


def rows(said: Result) -> dict[str, dict[str, Any]]:
    return {row["objective"]: row for row in json.loads(said.stdout)["data"] if not row["segment"]}


def test_an_objective_that_is_missed_is_a_finding_and_fails_when_asked_to(shop: str) -> None:
    said = run("objectives", "--db", shop, "--format", "json")
    assert said.exit_code == 0
    found = rows(said)["delivery_day"]
    assert (found["verdict"], found["n"], found["used"], found["allowed"], found["left"]) == (
        "missed",
        51,
        15,
        2,
        -13,
    ), "the extract is of the 24th: what was promised for later days is not due, though all of it has come"
    assert (found["value"], found["target"], found["unit"]) == (36 / 51, 0.95, "promises")
    codes = {one["code"] for one in json.loads(said.stdout)["diagnostics"]}
    assert "J201" in codes
    assert run("objectives", "--db", shop, "--fail").exit_code == 1


def test_at_a_moment_before_anything_was_due_nothing_stands(shop: str) -> None:
    said = run("objectives", "--db", shop, "--at", "2018-01-02T12:00:00Z", "--fail", "--format", "json")
    assert (said.exit_code, rows(said)) == (0, {})


def test_a_person_reads_a_table(shop: str) -> None:
    said = run("objectives", "--db", shop, "--format", "table")
    assert said.exit_code == 0
    assert "delivery_day" in said.stdout
    assert "missed" in said.stdout


def test_a_pack_that_is_not_there_is_refused(shop: str) -> None:
    said = run("objectives", "--db", shop, "--pack", "pickup", "--format", "json")
    assert said.exit_code == 2
    assert "delivery" in said.output
