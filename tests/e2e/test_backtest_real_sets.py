"""Backtests of real data: what they count is what a query counts that knows nothing of packs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner

from tests.e2e.figures import Book
from troth.surfaces.cli.app import cli

pytestmark = [pytest.mark.data, pytest.mark.slow]


def rows(*words: str) -> list[dict[str, Any]]:
    """Return the rows of a backtest."""
    done = CliRunner().invoke(cli, ["backtest", *words, "--format", "json"])
    assert done.exit_code == 0, done.output
    found: list[dict[str, Any]] = json.loads(done.stdout)["data"]
    return found


def count(folder: Path, query: str) -> int:
    """Return the one number of a query over the files of a data set."""
    with duckdb.connect() as connection:
        for file in folder.glob("*.parquet"):
            connection.execute(f"create view {file.stem} as select * from '{file}'")
        return int(connection.execute(query).fetchall()[0][0])


SURVEYS = """
with survey as (
  select order_id, coalesce(review_id, cast(review_creation_date as varchar)) as id, min(review_creation_date) as sent
  from order_reviews where review_creation_date is not null group by all
)
select count(*) from survey join orders o using (order_id) where """
NOT_THERE = "coalesce(o.order_delivered_customer_date > sent, o.order_status <> 'delivered')"


def test_surveys_sent_before_the_parcel_had_come_are_counted_as_sql_counts_them(
    orders: Book, shared_data: Path
) -> None:
    found = rows("--db", str(orders.db))
    survey = next(row for row in found if row["section"] == "message" and row["message"] == "survey")
    olist = shared_data / "olist"
    assert survey["told"] == count(olist, SURVEYS + "true")
    assert survey["false"] == count(olist, SURVEYS + NOT_THERE)
    unknown = "o.order_delivered_customer_date is null and o.order_status = 'delivered'"
    assert survey["unknown"] == count(olist, SURVEYS + unknown)
    promise = next(row for row in found if row["section"] == "promise" and row["promise"] == "delivery_day")
    late = "order_delivered_customer_date::date > order_estimated_delivery_date::date"
    assert promise["late"] == count(olist, f"select count(*) from orders where {late}")
    assert promise["without_a_word"] == promise["late"] + promise["broken"], "these data hold no notice"
    caught = next(row for row in found if row["section"] == "figure" and row["figure"] == "caught")
    assert caught["count"] == caught["of"], "what was false was known to be so: nothing was heard late"


def test_files_give_the_same_as_the_ledger_that_was_filled_with_them(incidents: Book, shared_data: Path) -> None:
    files = rows(str(shared_data / "incident_uci498"), "--pack", "service_request", "--map", "incident_log")
    ledger = rows("--db", str(incidents.db))
    assert files[0]["digest"] == ledger[0]["digest"]
    assert files[0]["events"] > 10_000
    assert files[0]["promises"] > 0
