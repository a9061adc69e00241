"""The examples by name, what their tests read of the shared data, and how they are imported."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from tests.e2e.figures import Book, run
from troth.runtime import catalog
from troth.surfaces.importing import source_of

ROOT = Path(__file__).resolve().parents[2] / "examples"
PACKS = ROOT / "packs"


class Example(NamedTuple):
    """An example and its data.

    Attributes:
        table: The main table, below the shared data.
        pack: The pack: a name, or the path of a folder.
        mapping: A mapping of the pack, or the path of a file.
        subject: Column with the subject of a row.
        others: Other tables that belong to it.
    """

    table: str
    pack: str
    mapping: str
    subject: str
    others: tuple[str, ...] = ()


EXAMPLES = {
    "olist": Example("olist/orders.parquet", "delivery", "olist", "order_id"),
    "nycflights13": Example(
        "nycflights13/flights.parquet", "travel_disruption", "nycflights13", "flight",
        ("nycflights13/airports.parquet",),
    ),
    "boston311": Example(
        "boston311_2015/service_requests.parquet", "service_request", "boston311", "case_enquiry_id"
    ),
    "incident_log": Example("incident_uci498/incident_event_log.parquet", "service_request", "incident_log", "number"),
    "scms": Example("scms_delivery/shipments.parquet", f"{PACKS}/supply", f"{ROOT}/scms/mapping.yaml", "asn_dn"),
    "bpi2012": Example(
        "process_logs/bpic2012.parquet", f"{PACKS}/loan_application", f"{ROOT}/bpi2012/mapping.yaml", "case_id"
    ),
    "bpi2013_incidents": Example(
        "process_logs/bpic2013_incidents.parquet", f"{PACKS}/it_desk", f"{ROOT}/bpi2013/mapping.yaml", "case_id"
    ),
    "bpi2013_problems": Example(
        "process_logs/bpic2013_closed_problems.parquet", f"{PACKS}/it_desk", f"{ROOT}/bpi2013/mapping.yaml", "case_id"
    ),
    "helpdesk": Example(
        "process_logs/helpdesk_it.parquet", f"{PACKS}/it_desk", f"{ROOT}/helpdesk/mapping.yaml", "case_id"
    ),
}  # fmt: skip


def part_of(name: str, shared: Path, folder: Path, query: str = "select * from '{table}'") -> Path:
    """Write a part of an example's data into a folder and return the main table.

    Args:
        name: The example.
        shared: The shared data.
        folder: Where to.
        query: What to take; `{table}` is the main table's file.
    """
    example = EXAMPLES[name]
    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        connection.execute("set threads = 1")
        target = folder / Path(example.table).name
        connection.execute(f"copy ({query.format(table=shared / example.table)}) to '{target}' (format parquet)")
        for other in example.others:
            connection.execute(f"copy (from '{shared / other}') to '{folder / Path(other).name}' (format parquet)")
    return target


def some_cases(name: str, share: int, of: int) -> str:
    """Return a query for the rows of some subjects, whole: those whose hash modulo `of` is below `share`."""
    return f"select * from '{{table}}' where hash({EXAMPLES[name].subject}) % {of} < {share}"


def imported(name: str, table: Path, db: Path) -> Book:
    """Import data of an example through the command line."""
    example = EXAMPLES[name]
    (done,) = run("import", str(table), "--pack", example.pack, "--map", example.mapping, "--db", str(db))
    return Book(db, table, done)


class Read(NamedTuple):
    """What a file gives: subjects of its events, number of events, refused rows."""

    subjects: frozenset[str]
    events: int
    refused: tuple[str, ...]


def read(name: str, table: Path) -> Read:
    """Return what an example's mapping makes of a file, without a ledger."""
    example = EXAMPLES[name]
    with source_of(catalog.load(example.pack), example.mapping, table) as source:
        batches = list(source.batches())
    events = [event for batch in batches for event in batch.events]
    refused = tuple(one.code for batch in batches for one in batch.refused)
    return Read(frozenset(event.subject for event in events), len(events), refused)


def row_of(rows: Iterable[dict[str, Any]], **wanted: Any) -> dict[str, Any]:
    """Return the one row with these values."""
    (row,) = [row for row in rows if all(row.get(name) == value for name, value in wanted.items())]
    return row
