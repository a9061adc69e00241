"""A mapping file, read: how the rows of a data set become events of a pack. Frozen values, no behaviour."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from troth.errors import Place
from troth.lang.document import Document

HEARD_AT_EXTRACT: Final = "extract"
"""What `heard` says of something that only the extract as a whole tells, such as a final status."""


class Csv(msgspec.Struct, frozen=True):
    """Dialect of a text file; an empty delimiter is found from the header line."""

    delimiter: str = ""
    quote: str = '"'
    encoding: str = "utf-8"


class Table(msgspec.Struct, frozen=True):
    """A table of the data set: files to look for, or rows written in the mapping.

    Attributes:
        file: Names or patterns, first come first served; empty for a table written in the mapping.
        optional: The data set may lack it.
        missing: Texts that mean a missing cell; `None`: the mapping's.
        read_as: Column → type word or strptime format.
        absent: Column → SQL to use when the file lacks the column.
        csv: Dialect of text files.
        columns: Columns of a table written in the mapping.
        values: Its rows.
        part: Which part of a file that holds several, such as `events`; empty: the first.
    """

    file: tuple[str, ...] = ()
    optional: bool = False
    missing: tuple[str, ...] | None = None
    read_as: dict[str, str] = {}
    absent: dict[str, str] = {}
    csv: Csv = Csv()
    columns: tuple[str, ...] = ()
    values: tuple[tuple[Any, ...], ...] = ()
    part: str = ""


class Time(msgspec.Struct, frozen=True):
    """One moment of a row; exactly one of `column`, `clock`, `plus`, `shift`, `latest` is set. See the schema."""

    column: str = ""
    format: str = ""
    clock: str = ""
    date: str = ""
    after: str = ""
    zone: str = ""
    zone_column: str = ""
    plus: str = ""
    unit: str = ""
    shift: str = ""
    to: str = ""
    latest: tuple[str, ...] = ()

    def columns(self) -> tuple[str, ...]:
        """Return the columns that it reads itself."""
        return tuple(name for name in (self.column, self.clock, self.date, self.zone_column, self.plus) if name)

    def times(self) -> tuple[str, ...]:
        """Return the other times that it refers to."""
        return tuple(name for name in (self.after, self.to, *self.latest) if name)


class EventForm(msgspec.Struct, frozen=True):
    """An event that a row makes; see the schema for each field."""

    type: str
    source: str
    at: str
    heard: str = ""
    when: str = ""
    data: dict[str, str | int | float | bool | None] = {}
    sequence: int | str | None = None
    id: str = ""


class Block(msgspec.Struct, frozen=True):
    """What every row of a table, or of a query over tables, becomes."""

    table: str
    subject: str
    times: dict[str, Time]
    events: tuple[EventForm, ...]
    sql: str = ""
    zone: str = ""
    sequence: int | str | None = None
    attributes: dict[str, str | tuple[str, ...]] = {}
    drop: tuple[str, ...] = ()


class ExtractForm(msgspec.Struct, frozen=True):
    """The moment of the extract; exactly one is set."""

    max: tuple[str, ...] = ()
    sql: str = ""
    at: str = ""


class Mapping(msgspec.Struct, frozen=True):
    """A mapping file.

    Attributes:
        name: Its name.
        pack: Name of the pack whose events it makes.
        zone: IANA zone of naive times.
        tables: Table name → table.
        rows: The blocks, in order.
        title: In words.
        missing: Texts that mean a missing cell, for tables that give none.
        extract: The moment of the extract; `None`: the greatest heard_at.
        digest: SHA-256 of the file, hexadecimal.
        document: The file with the place of everything, for problems found later.
    """

    name: str
    pack: str
    zone: str
    tables: dict[str, Table]
    rows: tuple[Block, ...]
    title: str
    missing: tuple[str, ...]
    extract: ExtractForm | None
    digest: str
    document: Document

    @property
    def sources(self) -> tuple[str, ...]:
        """Return the systems whose reports its events are, sorted."""
        return tuple(sorted({form.source for block in self.rows for form in block.events}))

    def place(self, *path: str | int) -> Place:
        """Return where something stands in the file."""
        return self.document.place(*path)

    def block_name(self, index: int) -> str:
        """Return the name of a block: its table, numbered when several blocks read the same."""
        table = self.rows[index].table
        earlier = sum(block.table == table for block in self.rows[:index])
        return table if not earlier else f"{table}/{earlier + 1}"
