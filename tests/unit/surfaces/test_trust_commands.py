"""`troth experience` and `troth truth-or-speed`, on a shop made up in the files that Olist publishes."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from troth.surfaces.cli.app import cli

pytestmark = pytest.mark.slow

BAD = "review_score <= 2"
ORDERS = (
    "order_id,customer_id,order_status,order_purchase_timestamp,order_approved_at,order_delivered_carrier_date,"
    "order_delivered_customer_date,order_estimated_delivery_date"
)
REVIEWS = "review_id,order_id,review_score,review_creation_date,review_answer_timestamp"
CUSTOMERS = "customer_id,customer_unique_id,customer_zip_code_prefix,customer_city,customer_state"
ITEMS = "order_id,order_item_id,product_id,seller_id,shipping_limit_date,price,freight_value"


def write(file: Path, header: str, rows: Sequence[Sequence[object]]) -> None:
    """Write a CSV file; moments to the second."""
    with file.open("w", newline="", encoding="utf-8") as target:
        csv.writer(target).writerows([header.split(","), *[[str(cell)[:19] for cell in row] for row in rows]])


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the ledger of a shop: of 1,500 orders the late are disliked; every fourth survey has no answer."""
    folder, dice, start = tmp_path_factory.mktemp("shop"), random.Random(3), datetime(2026, 1, 5, 9)  # noqa: DTZ001 - CSV
    orders: list[list[object]] = []
    reviews: list[list[object]] = []
    customers: list[list[object]] = []
    items: list[list[object]] = []
    for number in range(1_500):
        bought = start + timedelta(minutes=50 * number)
        day = (bought + timedelta(days=dice.choice([8, 12, 16]))).date()
        arrived = bought + timedelta(days=dice.gammavariate(5, 2.2))
        late = arrived.date() > day
        sent = min(arrived, datetime(day.year, day.month, day.day) + timedelta(days=1, hours=9)) + timedelta(hours=9)  # noqa: DTZ001 - CSV
        said: list[object] = ["", sent, ""]
        if number % 4:
            score = 1 if dice.random() < 0.1 + 0.5 * late else 5
            said = [score, sent, max(sent, arrived) + timedelta(hours=5)]
        row: list[object] = [f"o{number}", f"c{number}", "delivered", bought, bought, bought, arrived, day]
        orders.append(row)
        reviews.append([f"r{number}", f"o{number}", *said])
        customers.append([f"c{number}", f"p{number // 2}", "01000", "sao paulo", "SP" if number % 3 else "RJ"])
        items.append([f"o{number}", 1, "thing", "seller", bought + timedelta(days=2), 20 + number % 50, 10])
    write(folder / "orders.csv", ORDERS, orders)
    write(folder / "order_reviews.csv", REVIEWS, reviews)
    write(folder / "customers.csv", CUSTOMERS, customers)
    write(folder / "order_items.csv", ITEMS, items)
    done = said_by("import", str(folder), "--pack", "delivery", "--map", "olist", "--db", str(folder / "shop.db"))
    assert done.exit_code == 0, done.output
    return folder / "shop.db"


def said_by(*words: str, format_: str = "json") -> Result:
    """Run a command."""
    return CliRunner().invoke(cli, [*words, "--format", format_])


def rows_of(command: str, db: Path, *words: str) -> list[dict[str, Any]]:
    """Return the rows of a command; it must succeed."""
    said = said_by(command, "--db", str(db), "--bad", BAD, *words)
    assert said.exit_code == 0, said.output[-2_000:]
    rows: list[dict[str, Any]] = json.loads(said.stdout)["data"]
    return rows


def test_figures_reasons_segments_and_surveys_stand_in_one_answer(shop: Path) -> None:
    rows = rows_of("experience", shop, "--customer", "customer_unique_id", "--by", "customer_state", "--everybody")
    parts = {part: [row for row in rows if row["part"] == part] for part in {row["part"] for row in rows}}
    assert set(parts) == {"summary", "figure", "bin", "reason", "segment", "surveys"}
    # The last of 1,125 answers was given after the last delivery, and so after the extract.
    assert (parts["summary"][0]["experiences"], parts["summary"][0]["without_answer"]) == (1_124, 376)
    figures = {row["name"]: row for row in parts["figure"]}
    assert figures["area_under_curve"]["low"] > 0.6
    assert figures["calibration_error"]["value"] < 0.06
    assert parts["reason"][0]["name"] == "delivery_day"
    assert {row["segment"]["customer_state"] for row in parts["segment"]} == {"SP", "RJ"}
    assert sum(row["subjects"] for row in parts["segment"]) == 1_500
    surveys = {row["name"]: row for row in parts["surveys"]}
    assert surveys["surveys"]["surveys"] == 1_500
    assert surveys["after_a_known_failure"]["bad_share"] > surveys["neither"]["bad_share"] + 0.2


def test_subjects_at_greatest_risk_come_with_reasons_in_words(shop: Path) -> None:
    rows = rows_of("experience", shop, "--subjects", "3")
    assert [row["chance"] for row in rows] == sorted((row["chance"] for row in rows), reverse=True)
    assert rows[0]["chance"] > 0.4
    assert any("past due" in reason and "points" in reason for reason in rows[0]["reasons"])


def test_surveys_that_left_too_early_are_listed_with_what_had_failed(shop: Path) -> None:
    rows = rows_of("experience", shop, "--surveys")
    assert 100 < len(rows) < 1_500
    assert [row["sent_at"] for row in rows] == sorted(row["sent_at"] for row in rows)
    assert all(row["failures"] or row["waiting"] for row in rows)


def test_before_the_survey_left_nothing_later_is_known(shop: Path) -> None:
    rows = rows_of("experience", shop, "--at-event", "survey.sent")
    assert rows[0]["before"] == "survey.sent"
    assert next(row for row in rows if row["name"] == "area_under_curve")["value"] > 0.6


def test_truth_is_found_where_lateness_is_all_that_matters(shop: Path) -> None:
    rows = rows_of("truth-or-speed", shop, "--adjust", "price")
    shares = {row["name"]: row for row in rows if row["part"] == "share"}
    assert shares["truth"]["low"] > 0.2
    assert shares["speed"]["low"] < 0.06
    assert shares["truth"]["strata_low"] > 0.15
    assert rows[0]["promise"] == "delivery_day"
    assert sum(row["on_time"] + row["late"] for row in rows if row["part"] == "stratum") == rows[0]["subjects"]


@pytest.mark.parametrize("command", ["experience", "truth-or-speed"])
def test_tables_read_as_sentences(command: str, shop: Path) -> None:
    said = said_by(command, "--db", str(shop), "--bad", BAD, format_="table")
    assert said.exit_code == 0
    assert "1,124" in said.stdout
    assert "nan" not in said.stdout


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("experience", "--bad", "review_scor <= 2"), "C116"),
        (("experience", "--bad", BAD, "--at-event", "survey_sent"), "T101"),
        (("experience", "--bad", "review_score < 0"), "T102"),
        (("experience", "--bad", BAD, "--weight", "customer_state"), "Q104"),
        (("experience", "--bad", BAD, "--leave-out", "nothing"), "C116"),
        (("truth-or-speed", "--bad", BAD, "--promise", "never"), "Q103"),
        (("truth-or-speed", "--bad", BAD, "--promise", "hand_over"), "T104"),
        (("truth-or-speed", "--bad", BAD, "--adjust", "nothing"), "C116"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_its_code(words: tuple[str, ...], code: str, shop: Path) -> None:
    said = said_by(words[0], "--db", str(shop), *words[1:])
    assert said.exit_code in {2, 3}
    assert code in said.output


def test_two_lists_at_once_are_a_wrong_use(shop: Path) -> None:
    said = said_by("experience", "--db", str(shop), "--bad", BAD, "--surveys", "--subjects", "2")
    assert said.exit_code == 2
