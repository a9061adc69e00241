"""Backtests of real data: what they count is what a query counts that knows nothing of packs."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
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
    found: list[dict[str, Any]] = json.loads(said(*words))["data"]
    return found


@cache
def said(*words: str) -> str:
    """Return what a backtest prints; several tests look at the same one."""
    done = CliRunner().invoke(cli, ["backtest", *words, "--format", "json"])
    assert done.exit_code == 0, done.output
    return done.stdout


def count(folder: Path, query: str) -> int:
    """Return the one number of a query over the files of a data set."""
    return int(number(folder, query))


def number(folder: Path, query: str) -> float:
    """Return the one number, whole or not, of a query over the files of a data set."""
    return float(answers(folder, query)[0][0])


def answers(folder: Path, query: str) -> list[tuple[Any, ...]]:
    """Return the rows of a query over the files of a data set."""
    with duckdb.connect() as connection:
        for file in folder.glob("*.parquet"):
            connection.execute(f"create view {file.stem} as select * from '{file}'")
        return connection.execute(query).fetchall()


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


KNOWN_FAILURE = """
with survey as (
  select order_id, coalesce(review_id, cast(review_creation_date as varchar)) as id, min(review_creation_date) as sent
  from order_reviews where review_creation_date is not null group by all
), told as (
  select *, order_delivered_customer_date as arrived, cast(order_estimated_delivery_date as date) + 1 as due
  from survey join orders using (order_id) where order_purchase_timestamp < sent
)
select 'order/' || order_id from told
where due <= sent and coalesce(arrived >= sent, true) or due <= arrived and arrived < sent"""


def test_surveys_after_a_known_failure_are_those_whose_promised_day_was_known_not_to_be_kept(
    orders: Book, shared_data: Path
) -> None:
    listed = rows("--db", str(orders.db), "--subjects", "after_failure")
    found = Counter(row["subject"] for row in listed)
    expected = Counter(str(row[0]) for row in answers(shared_data / "olist", KNOWN_FAILURE))
    assert sum(expected.values()) > 1_000
    assert not expected - found
    # Who was asked before, too early, believes what is not so: that is a failure before the day is over.
    misled = found - expected
    assert sum(misled.values()) < 10
    assert all("G202" in row["reasons"] for row in listed if row["subject"] in misled)
    assert {row["message"] for row in listed} == {"survey"}


@pytest.mark.thorough
def test_weighted_shares_are_those_of_sql_and_counts_stay_as_they_are(orders: Book, shared_data: Path) -> None:
    plain, found = rows("--db", str(orders.db)), rows("--db", str(orders.db), "--weight", "review_weight")
    survey = next(row for row in found if row["section"] == "message" and row["message"] == "survey")
    before = next(row for row in plain if row["section"] == "message" and row["message"] == "survey")
    assert (survey["told"], survey["false"], survey["share"]) == (before["told"], before["false"], before["share"])
    weighed = SURVEYS.replace("count(*)", "{}")
    share = f"sum(review_weight) filter ({NOT_THERE}) / sum(review_weight)"
    effective = "sum(review_weight) * sum(review_weight) / sum(review_weight * review_weight)"
    olist = shared_data / "olist"
    assert survey["weighted"] == pytest.approx(number(olist, weighed.format(share) + "true"), abs=1e-12)
    assert survey["n_effective"] == pytest.approx(number(olist, weighed.format(effective) + "true"), rel=1e-12)
    stands = number(olist, "select sum(review_weight) from orders") + number(
        olist, weighed.format("sum(review_weight)") + "true"
    )
    assert found[0]["stands_for"] == pytest.approx(stands, rel=1e-12), "a confirmation of each order, and the surveys"


def test_how_long_it_lasted_is_of_parcels_that_came_and_the_others_are_counted(orders: Book, shared_data: Path) -> None:
    found = rows("--db", str(orders.db))
    survey = next(row for row in found if row["section"] == "message" and row["message"] == "survey")
    olist = shared_data / "olist"
    came = "order_delivered_customer_date > sent"
    assert survey["wrong_ended"] == count(olist, SURVEYS + came)
    assert survey["wrong_open"] == survey["false"] - survey["wrong_ended"]
    median = SURVEYS.replace("count(*)", "quantile_disc(epoch(order_delivered_customer_date) - epoch(sent), 0.5)")
    assert survey["wrong_median_s"] == pytest.approx(number(olist, median + came), rel=0.0625)
    desk = next(row for row in found if row["section"] == "source" and row["source"] == "shop")
    assert (desk["dated"], desk["lag_median_s"]) == (0, None), "what the extract alone tells has no lag"


def test_files_give_the_same_as_the_ledger_that_was_filled_with_them(incidents: Book, shared_data: Path) -> None:
    files = rows(str(shared_data / "incident_uci498"), "--pack", "service_request", "--map", "incident_log")
    ledger = rows("--db", str(incidents.db))
    assert files[0]["digest"] == ledger[0]["digest"]
    assert files[0]["events"] > 10_000
    assert files[0]["promises"] > 0
