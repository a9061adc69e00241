"""Reading OCEL 2.0 in SQLite, table by table; memory stays bounded."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from troth.connectors.forms import plain_file
from troth.connectors.ocel.log import is_beginning, unfolding
from troth.connectors.parts import Unfolding, compact
from troth.errors import Place, Problem, SourceError

_NEEDED: Final = ("event", "object", "event_object", "event_map_type", "object_map_type")
_OWN: Final = ("ocel_id", "ocel_time", "ocel_changed_field")


def unfold(file: Path, folder: Path) -> Unfolding:
    """Return the parts of an OCEL 2.0 SQLite file; the number of an event is its rowid in the table `event`.

    Raises:
        SourceError: It is no SQLite database, or has not the tables of OCEL.
    """
    try:
        with (
            closing(sqlite3.connect(f"{plain_file(file, folder).absolute().as_uri()}?mode=ro", uri=True)) as database,
            unfolding(file, folder) as parts,
        ):
            # Text that is no UTF-8 must not stop a log of a million events.
            database.text_factory = lambda raw: raw.decode("utf-8", "replace")
            _check(database, file)
            _objects(database, parts)
            _events(database, parts)
            _relations(database, parts)
            _links(database, parts)
    except sqlite3.Error as error:
        found = f"the database cannot be read: {error}"
        problem = Problem(Place(file.name), "D105", found, "OCEL 2.0 in SQLite", "is the file whole?")
        raise SourceError(problem) from error
    return parts


def _check(database: sqlite3.Connection, file: Path) -> None:
    """Refuse a database that is no log."""
    lacking = [name for name in _NEEDED if not _columns(database, name)]
    if lacking:
        found = f"the database has no table {', '.join(lacking)}"
        expected = f"the tables {', '.join(_NEEDED)}"
        raise SourceError(Problem(Place(file.name), "D105", found, expected, "is it a log of OCEL 2.0?"))


def _events(database: sqlite3.Connection, parts: Unfolding) -> None:
    """Write the events, type by type."""
    for type_, table in _types(database, "event"):
        columns = _columns(database, table)
        cells = ", ".join(f"t.{_name(column)}" for column in columns) or "null"
        told = f"left join {_name(table)} t on t.ocel_id = e.ocel_id" if columns else ""
        query = f"select e.rowid, e.ocel_id, {cells} from event e {told} where e.ocel_type is ? order by e.rowid"
        last = None
        for number, name, *row in database.execute(query, (type_,)):
            read = dict(zip(columns, row, strict=True)) if columns else {}
            attributes = {key: value for key, value in read.items() if key not in _OWN and value is not None}
            time = _word(read.get("ocel_time"))
            said = {"event_id": name, "activity": type_, "ts": time, **attributes}
            if not isinstance(name, str) or not name or type_ is None or not time:
                fault = "without id or type" if time or not name else f"`{name}` has no time in `{table}`"
                parts.refuse("events", "D111", f"table event, row {number}: an event {fault}", said, number)
            elif name == last:
                parts.refuse("events", "D113", f"table {table}: a second event `{name}`", said, number)
            else:
                last = name
                parts.add_as("events", number, name, type_, time, compact(attributes))


def _objects(database: sqlite3.Connection, parts: Unfolding) -> None:
    """Write the objects, with what they begin with and what changes."""
    for type_, table in _types(database, "object"):
        columns = _columns(database, table)
        cells = ", ".join(f"t.{_name(column)}" for column in columns) or "null"
        told = f"left join {_name(table)} t on t.ocel_id = o.ocel_id" if columns else ""
        order = ", t.rowid" if columns else ""
        query = (
            f"select o.rowid, o.ocel_id, {cells} from object o {told} where o.ocel_type is ? order by o.rowid{order}"
        )
        held: tuple[int, Any, list[dict[str, Any]]] | None = None
        for number, name, *row in database.execute(query, (type_,)):
            if held is None or held[0] != number:
                _object(parts, type_, held)
                held = number, name, []
            held[2].append(dict(zip(columns, row, strict=True)) if columns else {})
        _object(parts, type_, held)


def _object(parts: Unfolding, type_: Any, held: tuple[int, Any, list[dict[str, Any]]] | None) -> None:
    """Write one object with its rows, in the order of the table."""
    if held is None:
        return
    number, name, rows = held
    if not isinstance(name, str) or not name or not isinstance(type_, str):
        said = {"object_id": name, "object_type": type_, "rows": rows}
        parts.refuse("objects", "D111", f"table object, row {number}: an object without id or type", said, number)
        return
    first = next((row for row in rows if row.get("ocel_changed_field") is None), {})
    time = _word(first.get("ocel_time"))
    values = {key: value for key, value in first.items() if key not in _OWN and value is not None}
    parts.add_as("objects", number, name, type_, None if is_beginning(time) else time, compact(values))
    for row in rows:
        changed = row.get("ocel_changed_field")
        if row is first:
            continue
        fields = [changed] if changed is not None else [key for key in row if key not in _OWN and row[key] is not None]
        for field in fields:
            parts.add("changes", name, type_, _word(field), _word(row.get("ocel_time")), _word(row.get(field)))


def _relations(database: sqlite3.Connection, parts: Unfolding) -> None:
    """Write which event is about which objects."""
    query = (
        "select r.rowid, r.ocel_event_id, r.ocel_object_id, o.ocel_type, r.ocel_qualifier from event_object r "
        "left join object o on o.ocel_id = r.ocel_object_id order by r.rowid"
    )
    for number, event, name, type_, qualifier in database.execute(query):
        if type_ is None:
            said = {"event_id": event, "object_id": name, "qualifier": qualifier}
            reason = f"table event_object, row {number}: the object `{name}` is not in the log"
            parts.refuse("relations", "D112", reason, said, number)
        else:
            parts.add_as("relations", number, _word(event), _word(name), _word(type_), _word(qualifier))


def _links(database: sqlite3.Connection, parts: Unfolding) -> None:
    """Write which objects belong together; the table may be absent."""
    if _columns(database, "object_object"):
        for row in database.execute("select ocel_source_id, ocel_target_id, ocel_qualifier from object_object"):
            parts.add("links", *(_word(cell) for cell in row))


def _types(database: sqlite3.Connection, noun: str) -> Iterator[tuple[Any, str]]:
    """Yield (type, its table) for every type that occurs; a type without a table has one of no columns."""
    query = (
        f"select distinct x.ocel_type, m.ocel_type_map from {noun} x "
        f"left join {noun}_map_type m on m.ocel_type = x.ocel_type order by 1"
    )
    for type_, mapped in database.execute(query).fetchall():
        yield type_, f"{noun}_{mapped}"


def _columns(database: sqlite3.Connection, table: str) -> list[str]:
    """Return the columns of a table; none when there is no such table."""
    return [str(row[1]) for row in database.execute(f"pragma table_info({_name(table)})")]


def _name(name: str) -> str:
    """Return a name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def _word(value: Any) -> str | None:
    """Return a cell as text."""
    if value is None or isinstance(value, str):
        return value
    return value.hex() if isinstance(value, bytes) else compact(value)
