"""The shape of a mapping file as JSON Schema, for checking and for editors (`troth schema mapping`)."""

from __future__ import annotations

from typing import Final

from troth.connectors.forms import PARTS
from troth.lang.schema.build import (
    Schema,
    choice,
    document,
    either,
    flag,
    many,
    name,
    named,
    number,
    record,
    text,
    value,
)

TYPES: Final = ("text", "integer", "number", "boolean", "date", "timestamp")
"""Words that `read_as` knows beside a strptime format."""

PART_NAMES: Final = tuple(dict.fromkeys(part for parts in PARTS.values() for part in parts))
"""Parts that event logs have."""

UNITS: Final = ("seconds", "minutes", "hours", "days")
"""Units of `plus`."""

_COLUMN: Final = name("Column", "Name of a column, exactly as the file has it.")
_TIME: Final = name("Time", "Name of one of the block's times.")
_CELL: Final = {
    "type": ["string", "number", "boolean", "null"],
    "title": "Cell",
    "description": "A value of a table written here.",
}


def _cel(title: str, description: str) -> Schema:
    """Return the schema of a CEL expression over the columns and times of a row."""
    return text(title, f"{description} CEL over the row's columns and the block's times.")


_READ_AS: Final = named(
    "Types of columns",
    "Column → text, integer, number, boolean, date, timestamp, or a strptime format such as `%d/%m/%Y %H:%M`. It "
    "holds for every "
    "kind of file. A cell that is not so puts its row into quarantine. A text column that is not named here gets the "
    "narrowest "
    "type that all of its cells have; numbers with leading zeros stay text.",
    text("Type", f"One of {', '.join(TYPES)}, or a strptime format."),
    pattern="",
    form="a column's name",
)

_CSV: Final = record(
    "Dialect of text files",
    "What cannot be seen from the file itself.",
    {
        "delimiter": text(
            "Delimiter", "One character between cells; found from the header line when left out.", maxLength=1
        ),
        "quote": text("Quote", 'One character around cells that hold a delimiter; `"` when left out.', maxLength=1),
        "encoding": choice("Encoding", "Of the file; utf-8 when left out.", ["utf-8", "latin-1", "utf-16"]),
    },
)

_TABLE: Final = record(
    "Table",
    "A file of the data set, or a small table written here.",
    {
        "file": many(
            "File names",
            "Names to look for in the folder, in this order; the first that exists is read. A name with `*` reads "
            "all that match "
            "as one table. CSV (.csv, .csv.gz, a .zip of one .csv), Parquet, or an event log: XES, OCEL.",
            text("File name", "A file name, or a pattern with `*`."),
            least=1,
        ),
        "part": choice(
            "Part",
            "Which part of an event log: of XES `events`, `cases`, `log`; of OCEL `events`, `objects`, `relations`, "
            "`links`, `changes`. The events when left out; CSV and Parquet have no parts.",
            PART_NAMES,
        ),
        "optional": flag(
            "Optional", "The data set may lack it; blocks that read it are then left out, and that is noted."
        ),
        "missing": many(
            "Words for nothing",
            'Texts that mean a missing cell; only the empty text ("") when left out.',
            {"type": "string"},
        ),
        "read_as": _READ_AS,
        "absent": named(
            "Columns that some releases lack",
            "Column → SQL over the table's other columns, used when the file lacks the column. `file_row` is the "
            "row's number.",
            text("SQL", "A SQL expression."),
            pattern="",
            form="a column's name",
        ),
        "csv": _CSV,
        "columns": many("Columns", "Names of the columns of a table written here.", _COLUMN, least=1),
        "values": many(
            "Rows", "Rows of a table written here.", many("Row", "One cell for each column.", _CELL, unique=False)
        ),
    },
)

_TIME_FORM: Final = record(
    "Time",
    "One moment of a row. Exactly one of column, clock, plus, shift, latest. A missing cell makes it missing.",
    {
        "column": _COLUMN,
        "format": text("Format", "strptime format of a text column; ISO 8601 when left out."),
        "clock": name(
            "Clock column", "A wall clock as the whole number HHMM: 517 is 05:17, 2400 the midnight that ends the day."
        ),
        "date": name("Date column", "The civil day of the clock."),
        "after": name("After", "Another time: the clock's first occurrence strictly after it, in place of a date."),
        "zone": text("Zone", "IANA name; the mapping's zone when left out."),
        "zone_column": name(
            "Zone column", "The column with the IANA name; an empty cell puts the row into quarantine."
        ),
        "plus": name("Plus", "A column with a number to add to another time."),
        "unit": choice("Unit", "Of the number.", UNITS),
        "shift": text(
            "Shift",
            "A fixed duration, such as `-30d`, to add to another time.",
            pattern=r"^-?(\d+(\.\d+)?(ms|s|m|h|d|w))+$",
        ),
        "to": _TIME,
        "latest": many("Latest", "The latest of those of these times that are there.", _TIME, least=1),
    },
)

_EVENT: Final = record(
    "Event",
    "An event that a row makes.",
    {
        "type": name("Type", "Event type, as the pack names it."),
        "source": name("Source", "The system that reports it, as the pack names it."),
        "at": name("At", "The time at which it happened; the event is not made when that time is missing."),
        "heard": name(
            "Heard",
            "The time at which the firm learned it; taken from `at`, and marked so, when left out or missing. "
            "`extract`: it is known from the extract on, as a final status is.",
        ),
        "when": _cel("When", "The event is made only if this is true."),
        "data": named(
            "Data",
            "The event's data, member by member; a member that is unknown is left out.",
            value("Value", "A value."),
        ),
        "sequence": either(
            "Sequence", "Order among events of one moment.", {"type": "integer"}, _cel("Sequence", "A whole number.")
        ),
        "id": _cel("Id", "The event's own id; derived from its subject, type and content when left out."),
    },
    required=["type", "source", "at"],
)

_ROWS: Final = record(
    "Block",
    "What every row of a table, or of a query, becomes.",
    {
        "table": name("Table", "The table whose rows these are; also names the block."),
        "sql": text("SQL", "A query over the tables (DuckDB). Keep `file_row` of the main table among its columns."),
        "subject": _cel("Subject", "Text such as `'order/' + order_id`."),
        "zone": text("Zone", "IANA name of naive times in this block; the mapping's when left out."),
        "times": named("Times", "The moments of a row; one may refer to those before it.", _TIME_FORM, least=1),
        "sequence": either(
            "Sequence", "Of events that give none of their own.", {"type": "integer"}, _cel("Sequence", "A number.")
        ),
        "attributes": named(
            "Attributes",
            "Event type → columns that become attributes of the subject under their own names, known from that event "
            "on; `*` is "
            "every column that no other list, no `drop` and no time of a later event names.",
            either("Columns", "A list of columns, or `*`.", {"enum": ["*"]}, many("Columns", "Columns.", _COLUMN)),
            pattern="",
            form="an event type",
        ),
        "drop": many(
            "Dropped columns", "Columns left out on purpose: final values that would leak into earlier states.", _COLUMN
        ),
        "events": many("Events", "The events of a row.", _EVENT, least=1),
    },
    required=["table", "subject", "times", "events"],
)

_EXTRACT: Final = record(
    "Moment of the extract",
    "When the data set was taken: every source is heard up to it. Exactly one of max, sql, at; without it the "
    "greatest heard_at.",
    {
        "max": many(
            "Greatest of",
            "The greatest value of these columns, each `table.column`.",
            name("Column", "`table.column`."),
            least=1,
        ),
        "sql": text("SQL", "A query with one value."),
        "at": text("At", "RFC 3339, such as 2016-01-12T22:22:40-05:00."),
    },
)

MAPPING: Final = document(
    "mapping",
    "Mapping",
    "How the rows of a data set become events of a pack.",
    {
        "mapping": name("Name", "The mapping's name, as `--map` takes it."),
        "version": number("Version", "Counts up when the same rows become other events."),
        "pack": name("Pack", "The pack whose events these are."),
        "title": text("Title", "What it reads, in words."),
        "zone": text("Zone", "IANA zone of naive times; say where it is known from."),
        "missing": many("Words for nothing", "For all tables that give none of their own.", {"type": "string"}),
        "tables": named("Tables", "The tables of the data set.", _TABLE, least=1),
        "extract": _EXTRACT,
        "rows": many("Blocks", "What the rows become.", _ROWS, least=1),
    },
    required=["mapping", "pack", "zone", "tables", "rows"],
)
