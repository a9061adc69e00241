"""The same facts give the same records: imported again, shuffled, in halves, and in the published CSV layouts."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.e2e.figures import Book, ask, copies, import_set, record_hashes

pytestmark = [pytest.mark.data, pytest.mark.slow]

LOG = "incident_event_log.parquet"
TABLES = ("orders.parquet", "order_items.parquet", "order_payments.parquet", "order_reviews.parquet")
SHUFFLED = "order by hash(t)"
MEASURED = [("promise_reliability",), ("status_fidelity",), ("time_to_usable_outcome",), ("exception_closure",)]
PLACES = ("customers.parquet", "sellers.parquet")


def order_tables(condition: str = "true", order: str = "") -> dict[str, str]:
    """Return the queries of Olist's tables, those of orders restricted by a condition."""
    found = {name: f"select * from '{{folder}}/{name}' as t where {condition} {order}" for name in TABLES}
    return found | {name: f"select * from '{{folder}}/{name}' as t {order}" for name in PLACES}


SOME = "true" if os.environ.get("TROTH_PROFILE") == "thorough" else "hash(order_id) % 4 = 0"
"""Every fourth order, in the thorough profile all of them: hashes agree for each order, or not."""


@pytest.fixture(scope="module")
def some_orders(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Book:
    """Return some of Olist's orders, imported."""
    room = tmp_path_factory.mktemp("some_orders")
    folder = copies(shared_data / "olist", room / "olist", order_tables(SOME))
    return import_set(folder, "delivery", "olist", room / "whole.db")


def in_halves(book: Book, target: Path, pack: str, mapping: str, halves: list[dict[str, str]]) -> dict[str, str]:
    """Import two halves into one ledger, the second one first, and return the hashes of the records."""
    for number in (1, 0):
        folder = copies(book.folder, target / str(number), halves[number])
        import_set(folder, pack, mapping, target / "halves.db")
    return record_hashes(target / "halves.db")


def test_orders_shuffled_are_the_same_records(some_orders: Book, tmp_path: Path) -> None:
    folder = copies(some_orders.folder, tmp_path / "shuffled", order_tables(order=SHUFFLED))
    shuffled = import_set(folder, "delivery", "olist", tmp_path / "shuffled.db")
    assert record_hashes(shuffled.db) == record_hashes(some_orders.db)


def test_orders_in_two_halves_are_the_same_records(some_orders: Book, tmp_path: Path) -> None:
    halves = [order_tables(f"hash(order_id) // 4 % 2 = {number}") for number in (0, 1)]
    assert in_halves(some_orders, tmp_path, "delivery", "olist", halves) == record_hashes(some_orders.db)


def test_the_log_shuffled_or_imported_again_gives_the_same_records(incidents: Book, tmp_path: Path) -> None:
    tables = {LOG: f"select * from '{{folder}}/{LOG}' as t {SHUFFLED}"}
    folder = copies(incidents.folder, tmp_path / "shuffled", tables)
    expected = record_hashes(incidents.db)
    alone = import_set(folder, "service_request", "incident_log", tmp_path / "alone.db")
    assert record_hashes(alone.db) == expected
    # On top of the whole: nothing is new.
    shutil.copy(incidents.db, tmp_path / "again.db")
    again = import_set(folder, "service_request", "incident_log", tmp_path / "again.db")
    assert (again.done["events"], again.done["duplicates"]) == (0, incidents.done["events"])
    assert record_hashes(again.db) == expected


@pytest.mark.thorough
def test_the_log_cut_into_odd_and_even_rows_gives_the_same_records(incidents: Book, tmp_path: Path) -> None:
    halves = [{LOG: f"select * from '{{folder}}/{LOG}' where row_in_file % 2 = {number}"} for number in (0, 1)]
    found = in_halves(incidents, tmp_path, "service_request", "incident_log", halves)
    assert found == record_hashes(incidents.db)


def alike(measures: list[tuple[str, ...]], one: Book, other: Book) -> None:
    """Check that two ledgers give the same figures."""
    for asked in measures:
        for left, right in zip(one.rows(*asked), other.rows(*asked), strict=True):
            # Counts agree exactly; sums of floats, which an engine adds in any order, to 1e-9.
            assert left.keys() == right.keys()
            for figure, value in left.items():
                close = pytest.approx(right[figure], rel=1e-9) if isinstance(value, float) else right[figure]
                assert value == close, figure


@pytest.mark.thorough
def test_the_published_csv_of_the_orders_gives_the_same_figures(some_orders: Book, tmp_path: Path) -> None:
    added = "samples, reviews_joined, payments_joined, time_precision, in_random_sample, weight, review_weight"
    stars = {"orders": f"* exclude ({added}, customer_unique_id)", "order_reviews": "* exclude (releases)"}
    tables = {
        f"olist_{name}_dataset.csv": f"select {stars.get(name, '*')} from '{{folder}}/{name}.parquet'"
        for name in ("orders", "order_items", "order_payments", "order_reviews", "customers", "sellers")
    }
    # As published: an estimated day is written with a midnight.
    tables["olist_orders_dataset.csv"] = (
        f"select * replace (strftime(order_estimated_delivery_date, '%Y-%m-%d 00:00:00') as "
        f"order_estimated_delivery_date) from ({tables['olist_orders_dataset.csv']})"
    )
    folder = copies(some_orders.folder, tmp_path / "csv", tables, "format csv, header")
    published = import_set(folder, "delivery", "olist", tmp_path / "published.db")
    assert published.done["subjects"] == some_orders.done["subjects"]
    alike(
        [*MEASURED, ("promise_reliability", "--kind", "delivery_day", "--by", "customer_state")], some_orders, published
    )


@pytest.mark.thorough
def test_the_published_csv_of_the_log_gives_the_same_figures(incidents: Book, tmp_path: Path) -> None:
    tables = {"incident_event_log.csv": f"select * exclude (row_in_file) from '{{folder}}/{LOG}' order by row_in_file"}
    options = "format csv, header, nullstr '?', timestampformat '%-d/%-m/%Y %H:%M'"
    folder = copies(incidents.folder, tmp_path / "csv", tables, options)
    ((missing,),) = ask(f"select count(*) from read_csv('{folder}/*.csv', all_varchar = true) where closed_code = '?'")
    assert missing > 0
    published = import_set(folder, "service_request", "incident_log", tmp_path / "published.db")
    assert published.done["subjects"] == incidents.done["subjects"]
    alike([*MEASURED, ("promise_reliability", "--by", "priority")], incidents, published)
