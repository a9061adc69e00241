"""Helpers of the tests of the tabular connector: a mapping and files in, events and refusals out."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from troth.connectors.tabular import TabularSource, load_mapping
from troth.model.event import Event
from troth.model.times import format_instant
from troth.ports.ledger import Refused

PLAIN = """
mapping: small
pack: small
zone: America/New_York
tables:
  orders: {file: [orders.parquet, orders.csv, orders.csv.gz, orders.zip]}
rows:
  - table: orders
    subject: "'order/' + id"
    times: {placed: {column: placed_at}, done: {column: done_at}}
    attributes: {placed: [city]}
    events:
      - {type: placed, source: shop, at: placed}
      - {type: done, source: shop, at: done}
"""
"""A mapping of one table with columns id, placed_at, done_at and perhaps city."""


class Read(NamedTuple):
    """What reading a data set gave."""

    events: list[Event]
    refused: list[Refused]
    extract: str | None
    notes: list[str]

    def times(self, type_: str) -> list[str]:
        """Return when the events of a type happened, as text, in order of reading."""
        return [format_instant(event.occurred_at) for event in self.events if event.type == type_]

    def of(self, type_: str) -> list[Event]:
        """Return the events of a type."""
        return [event for event in self.events if event.type == type_]

    def codes(self) -> list[str]:
        """Return the codes of the refusals."""
        return [refused.code for refused in self.refused]


def read(mapping: str, path: Path, *, chunk: int = 4000) -> Read:
    """Return everything that a data set gives under a mapping."""
    with TabularSource(load_mapping(mapping, "small.yaml"), path, chunk=chunk) as source:
        events: list[Event] = []
        refused: list[Refused] = []
        for batch in source.batches():
            events += batch.events
            refused += batch.refused
        extract = None if source.extract is None else format_instant(source.extract)
        return Read(events, refused, extract, [f"{note.code} {note.found}" for note in source.notes])


def read_csv(mapping: str, folder: Path, *lines: str, name: str = "orders.csv") -> Read:
    """Write a CSV file and read it."""
    (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return read(mapping, folder)


def one_time(form: str, header: str, row: str, folder: Path, extra: str = "") -> Read:
    """Read a table of one row whose only event happens at a time of the given form, `t`."""
    times = f"{extra}, t: {form}" if extra else f"t: {form}"
    mapping = f"""
mapping: small
pack: small
zone: America/New_York
tables: {{rows: {{file: [rows.csv]}}}}
rows:
  - table: rows
    subject: "'x/1'"
    times: {{{times}}}
    events: [{{type: seen, source: shop, at: t}}]
"""
    return read_csv(mapping, folder, header, row, name="rows.csv")
