"""Shipments (SCMS): promised against actual days, words in place of dates, and what was booked late, against SQL."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.examples import imported, part_of, read
from tests.e2e.figures import Book, ask, counts, parts_of, survivors
from troth.bootstrap import open_ledger

pytestmark = [pytest.mark.data, pytest.mark.slow]

PARTS = r"""
create view parts as select asn_dn, scheduled_delivery_date as due, delivered_to_client_date as done,
    max(delivery_recorded_date) as booked, min(shipment_mode) as mode,
    min(case when po_sent_to_vendor_date like '%/%/____' then strptime(po_sent_to_vendor_date, '%m/%d/%Y')
        when po_sent_to_vendor_date like '%/%/__' then strptime(po_sent_to_vendor_date, '%m/%d/%y') end) as ordered,
    min(po_sent_to_vendor_date) as words
from '{table}' group by all;
create view taken as select greatest(max(delivery_recorded_date), max(delivered_to_client_date),
    max(scheduled_delivery_date)) as day from '{table}'
"""


@pytest.fixture(scope="module")
def shipments(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Book:
    """Return the shipments, imported."""
    folder = tmp_path_factory.mktemp("scms")
    return imported("scms", part_of("scms", shared_data, folder), folder / "scms.db")


def of_lines(book: Book, query: str) -> list[tuple[Any, ...]]:
    """Ask the raw rows."""
    return ask(query, PARTS.replace("{table}", str(book.folder)))


OUTCOME = "case when done <= due then 'kept' else 'late' end"


def test_a_day_is_kept_until_its_end(shipments: Book) -> None:
    rows = of_lines(shipments, f"select 'all', {OUTCOME}, count(*) from parts, taken where due < day group by all")
    found = parts_of(shipments.row("promise_reliability"))
    assert {name: found.get(name, 0) for name in ("kept", "late")} == counts(rows)["all"]
    ((not_due,),) = of_lines(shipments, "select count(*) from parts, taken where due >= day")
    assert sum(n for name, n in found.items() if name not in ("kept", "late")) == not_due


def test_modes_of_shipment_have_their_own_share(shipments: Book) -> None:
    rows = of_lines(shipments, f"select mode, {OUTCOME}, count(*) from parts, taken where due < day group by all")
    expected = counts(rows)
    found = {
        row["segment"]["shipment_mode"]: row for row in shipments.rows("promise_reliability", "--by", "shipment_mode")
    }
    assert set(found) == set(expected)
    for mode, of_mode in expected.items():
        assert {name: found[mode][name] for name in of_mode} == of_mode


def test_words_in_place_of_a_date_are_unknown_and_kept(shipments: Book) -> None:
    expected = dict(
        of_lines(
            shipments,
            "select coalesce(case when ordered is null then words end, 'known'), count(*) from parts group by 1",
        )
    )
    with closing(open_ledger(shipments.db, must_exist=True)) as ledger:
        found: dict[str, int] = {}
        for record in ledger.scan_records():
            said = str(record.attributes["order_date"].value)
            found[said] = found.get(said, 0) + 1
    assert found == expected
    assert len(expected) > 1


def test_the_time_from_order_to_delivery_is_that_of_known_orders_only(shipments: Book) -> None:
    lives = of_lines(
        shipments,
        "select (epoch_us(done) - epoch_us(ordered)) / 1e6 from parts where ordered is not null and done >= ordered",
    )
    row = shipments.row("time_to_usable_outcome")
    assert row["reached"] == len(lives)
    ((negative,),) = of_lines(shipments, "select count(*) from parts where done < ordered")
    assert row["negative"] == negative
    expected = survivors([life[0] for life in lives], [True] * len(lives))
    assert {name: row[name] for name in expected} == pytest.approx(expected, rel=1e-9)


def test_a_delivery_is_heard_when_it_was_booked(shipments: Book) -> None:
    ((later, days),) = of_lines(
        shipments, "select count(*) filter (booked > done), sum(greatest(date_diff('day', done, booked), 0)) from parts"
    )
    with closing(open_ledger(shipments.db, must_exist=True)) as ledger:
        lags = [
            event.heard_at - event.occurred_at
            for _, events in ledger.scan_events()
            for event in events
            if event.type == "shipment.delivered"
        ]
    assert (sum(lag > 0 for lag in lags), sum(lags)) == (later, days * 86_400_000_000)


NAMES = {
    "id": "ID", "po_so": "PO / SO #", "asn_dn": "ASN/DN #", "country": "Country", "fulfill_via": "Fulfill Via",
    "shipment_mode": "Shipment Mode", "vendor": "Vendor", "product_group": "Product Group",
    "pq_first_sent_to_client_date": "PQ First Sent to Client Date", "po_sent_to_vendor_date": "PO Sent to Vendor Date",
    "line_item_value": "Line Item Value",
}  # fmt: skip
DAYS = {
    "scheduled_delivery_date": "Scheduled Delivery Date", "delivered_to_client_date": "Delivered to Client Date",
    "delivery_recorded_date": "Delivery Recorded Date",
}  # fmt: skip


def test_the_published_csv_gives_the_same_events(shared_data: Path, tmp_path: Path) -> None:
    table = part_of("scms", shared_data, tmp_path, "select * from '{table}' limit 800")
    columns = [f'"{name}" as "{shown}"' for name, shown in NAMES.items()]
    columns += [f"""ltrim(strftime("{name}", '%d-%b-%y'), '0') as "{shown}\"""" for name, shown in DAYS.items()]
    file = tmp_path / "SCMS_Delivery_History_Dataset.csv"
    ask(f"copy (select {', '.join(columns)} from '{table}') to '{file}' (header)")
    assert read("scms", file) == read("scms", table)
