"""Writing OCEL 2.0 in SQLite: exact when read back, readable by process mining tools."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from troth.connectors.ocel.marks import SEQUENCE, event_id, marks_of
from troth.connectors.ocel.outline import ABOUT, BEGINNING, Flow, changes_of, heads, shown, type_of
from troth.model.times import Micros, format_instant

_HELD: Final = 5_000
_COLUMNS_MAX: Final = 500
_INT64: Final = range(-(2**63), 2**63)

_FIXED: Final = """
create table event_map_type (ocel_type text primary key, ocel_type_map text);
create table object_map_type (ocel_type text primary key, ocel_type_map text);
create table event (ocel_id text primary key, ocel_type text references event_map_type (ocel_type));
create table object (ocel_id text primary key, ocel_type text references object_map_type (ocel_type));
create table event_object (ocel_event_id text references event (ocel_id),
    ocel_object_id text references object (ocel_id), ocel_qualifier text,
    primary key (ocel_event_id, ocel_object_id, ocel_qualifier));
create table object_object (ocel_source_id text references object (ocel_id),
    ocel_target_id text references object (ocel_id), ocel_qualifier text,
    primary key (ocel_source_id, ocel_target_id, ocel_qualifier));
"""


class _Sheet:
    """The table of one type; it gets a column for each attribute that comes."""

    def __init__(self, database: sqlite3.Connection, table: str, own: str) -> None:
        """Make the table with its own columns."""
        self._database, self._table = database, table
        database.execute(f"create table {_quoted(table)} ({own})")
        self._columns = [row[1] for row in database.execute(f"pragma table_info({_quoted(table)})")]
        self._taken = {column.lower() for column in self._columns}
        self._names: dict[str, str] = {column: column for column in self._columns}
        self._held: list[dict[str, Any]] = []

    def column(self, name: str) -> str:
        """Return the column of an attribute; empty where a table can have no more of them."""
        if name not in self._names:
            self._names[name] = self._make(name)
        return self._names[name]

    def add(self, row: Mapping[str, Any]) -> None:
        """Add a row, attribute by attribute."""
        cells = {self.column(name): _cell(value) for name, value in row.items()}
        cells.pop("", None)
        self._held.append(cells)
        if len(self._held) >= _HELD:
            self.flush()

    def flush(self) -> None:
        """Write what is held."""
        if not self._held:
            return
        names = ", ".join(map(_quoted, self._columns))
        marks = ", ".join("?" * len(self._columns))
        rows = [[row.get(column) for column in self._columns] for row in self._held]
        self._database.executemany(f"insert into {_quoted(self._table)} ({names}) values ({marks})", rows)
        self._held.clear()

    def _make(self, name: str) -> str:
        """Make a column; SQLite does not tell `Type` from `type`, so that the second gets a number."""
        if len(self._columns) >= _COLUMNS_MAX:
            return ""
        column, number = name, 1
        while column.lower() in self._taken:
            number += 1
            column = f"{name}_{number}"
        # Without a type, a column keeps every value as it is: `007` stays text.
        self._database.execute(f"alter table {_quoted(self._table)} add column {_quoted(column)}")
        self._columns.append(column)
        self._taken.add(column.lower())
        return column


class _Writer:
    """Writes a log."""

    def __init__(self, database: sqlite3.Connection) -> None:
        """Make the tables that every log has, and begin a transaction."""
        self._database = database
        database.executescript(_FIXED)
        database.execute("begin")
        self._sheets: dict[tuple[str, str], _Sheet] = {}
        self._tables: set[str] = set()
        self._objects: set[str] = set()

    def event(self, name: str, type_: str, row: Mapping[str, Any], about: str) -> None:
        """Write one event and its relation."""
        self._database.execute("insert into event values (?, ?)", (name, type_))
        self._sheet("event", type_).add({"ocel_id": name, **row})
        self._database.execute("insert into event_object values (?, ?, ?)", (name, about, ABOUT))

    def object(self, name: str, type_: str, values: Mapping[str, Any]) -> None:
        """Write an object with what it begins with, once."""
        if name in self._objects:
            return
        self._objects.add(name)
        self._database.execute("insert into object values (?, ?)", (name, type_))
        self._sheet("object", type_).add({"ocel_id": name, "ocel_time": BEGINNING, **values})

    def change(self, name: str, type_: str, field: str, time: str, value: Any) -> None:
        """Write a change of an object."""
        sheet = self._sheet("object", type_)
        if column := sheet.column(field):
            sheet.add({"ocel_id": name, "ocel_time": time, "ocel_changed_field": column, field: value})

    def finish(self) -> None:
        """Write what is held."""
        for sheet in self._sheets.values():
            sheet.flush()

    def _sheet(self, noun: str, type_: str) -> _Sheet:
        """Return the table of a type."""
        if (noun, type_) not in self._sheets:
            mapped = self._mapped(noun, type_)
            self._database.execute(f"insert into {noun}_map_type values (?, ?)", (type_, mapped))
            own = "ocel_id text references object (ocel_id), ocel_time timestamp, ocel_changed_field text"
            if noun == "event":
                marked = ", ".join(f"{mark} {'integer' if mark == SEQUENCE else 'text'}" for mark in _MARKS)
                own = f"ocel_id text primary key references event (ocel_id), ocel_time timestamp, {marked}"
            self._sheets[noun, type_] = _Sheet(self._database, f"{noun}_{mapped}", own)
        return self._sheets[noun, type_]

    def _mapped(self, noun: str, type_: str) -> str:
        """Return the name of a type in the names of tables: letters and digits, unlike all others."""
        plain = "".join(word[:1].upper() + word[1:] for word in re.findall(r"[A-Za-z0-9]+", type_)) or "Type"
        name, number = plain, 1
        # `event_object` and `object_object` are tables that every log has.
        while f"{noun}_{name}".lower() in self._tables or name.lower() == "object":
            number += 1
            name = f"{plain}{number}"
        self._tables.add(f"{noun}_{name}".lower())
        return name


_MARKS: Final = (
    "troth_source", "troth_id", "troth_subject", "troth_heard_at", "troth_sequence", "troth_assumed", "troth_pack",
    "troth_data",
)  # fmt: skip


def write_sqlite(target: Path, flow: Flow, feeds: Mapping[str, Micros], extract: Micros | None) -> int:
    """Write a log into a new file and return the number of its events.

    Args:
        target: The file; it must not exist.
        flow: The events, subject by subject.
        feeds: Source → the moment up to which it has been heard.
        extract: The moment of the ledger's last extract.
    """
    count = 0
    with closing(sqlite3.connect(target, isolation_level=None)) as database:
        database.execute("pragma journal_mode = off")
        database.execute("pragma synchronous = off")
        writer = _Writer(database)
        for name, type_, values in heads(feeds, extract):
            writer.object(name, type_, values)
        for pack, subject, events in flow:
            noun = type_of(subject)
            writer.object(subject, noun, {})
            for event in events:
                marks = marks_of(event, pack)
                row = {"ocel_time": format_instant(event.occurred_at), **shown(event), **marks}
                writer.event(event_id(event), event.type, row, subject)
                count += 1
            for change in changes_of(events):
                writer.change(subject, noun, change.field, change.time, change.value)
        writer.finish()
        database.execute("commit")
    return count


def _cell(value: Any) -> Any:
    """Return a value as a cell: whole numbers beyond 64 bits as text."""
    return str(value) if isinstance(value, int) and value not in _INT64 else value


def _quoted(name: str) -> str:
    """Return a name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'
