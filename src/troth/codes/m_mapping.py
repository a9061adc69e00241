"""Pages of M: mapping files, the tables they read, and the rows that cannot be used."""

from __future__ import annotations

from typing import Final

from troth.codes._page import Page

_PAGES: Final = (
    Page(
        "M101",
        "A table has no rows to come from.",
        "A table of a mapping is either looked for among the files of the data set (`file`), or written in the "
        "mapping (`columns` "
        "with `values`, one cell for each column).",
        "tables:\n  zones: {columns: [code, zone], values: [[SJU]]}   # one cell is missing",
        "Give `file`, or `columns` with `values` of that width.",
    ),
    Page(
        "M102",
        "A type that no column can have.",
        "`read_as` declares how a column is read: text, integer, number, boolean, date, timestamp, or a strptime "
        "format.",
        "read_as: {opened_at: datetime}",
        "Write one of these words, or a format such as `%d/%m/%Y %H:%M`.",
    ),
    Page(
        "M103",
        "The moment of the extract is not clear.",
        "Up to this moment every source of the mapping counts as heard, so that what is not reported has not "
        "happened. It is given "
        "in exactly one way.",
        "extract: {at: 2016-01-12 22:22:40}   # no offset",
        "Give one of `max` (columns), `sql` (a query with one value) or `at` (RFC 3339 with an offset).",
    ),
    Page(
        "M104",
        "A name that does not exist.",
        "A table, a time, an event type or a source is named that is declared nowhere. A time may refer only to "
        "times before it.",
        "times:\n  arrival: {plus: arr_delay, unit: minutes, to: planned_arival}",
        "Correct the spelling, or declare it (a time: further up).",
    ),
    Page(
        "M105",
        "A time that is not one kind of time.",
        "A time is exactly one of column, clock, plus, shift, latest, each with its own companions.",
        "times:\n  arrival: {clock: arr_time}   # of which day?",
        "Give one kind: {column}, {clock, date}, {clock, after}, {plus, unit, to}, {shift, to} or {latest}.",
    ),
    Page(
        "M106",
        "A time zone that does not exist.",
        "Naive times mean nothing without the zone of their wall clock, by its IANA name.",
        "zone: Brazil/Sao_Paulo",
        "Write the IANA name, such as America/Sao_Paulo, and say in a comment where it is known from.",
    ),
    Page(
        "M107",
        "`*` twice.",
        "`*` gives one event every column that nothing else names: two events cannot both have the rest.",
        'attributes: {order.placed: "*", order.closed: "*"}',
        "Keep one `*` and list the columns of the other event.",
    ),
    Page(
        "M110",
        "A file is not there.",
        "PATH is a data file or a folder. Every table that is not optional needs one of the files it names.",
        "troth import flights/ --pack travel_disruption --map nycflights13 --db x.db   # no flights.csv in flights/",
        "Put the file into the folder, add its name to `file`, or mark the table `optional: true`.",
    ),
    Page(
        "M111",
        "A file cannot be read as a table.",
        "The file is damaged, is of another kind than its name says, or has no header line.",
        "a .zip with two files in it",
        "Look at the first lines of the file; give `csv: {delimiter, quote, encoding}` where they are unusual.",
    ),
    Page(
        "M112",
        "A column is not there.",
        "A time of the mapping reads a column that the table or query does not have.",
        "times:\n  closed: {column: closed_dt}   # the file says closed_at",
        "Correct the name, select the column in the block's `sql`, or give it under `absent`.",
    ),
    Page(
        "M113",
        "A query of the mapping fails.",
        "DuckDB refuses the SQL of a block, of `absent` or of `extract`.",
        "sql: select f.* from flight f   # the table is called flights",
        "Put the query right. The tables have the names of the mapping; `at` is a keyword and needs quotes as a name.",
    ),
    Page(
        "M114",
        "The extract is no moment.",
        "`extract` has to give one date or time; a text is none.",
        "extract: {max: [log.sys_updated_at]}   # read as text: 29/2/2016 01:16",
        "Declare the column under `read_as` of its table, or cast it in the query.",
    ),
    Page(
        "M115",
        "A personal column among the attributes.",
        "The column feeds a member that the pack marks as personal, and that is sealed. Attributes are not: they would "
        "keep it in clear.",
        "attributes: {order.placed: [collector]}   # and data: {collector: collector}",
        "Leave it out of the attributes.",
    ),
    Page(
        "M116",
        "A part that the file does not have.",
        "Event logs hold several tables, and `part` names one: of XES `events`, `cases`, `log`; of OCEL `events`, "
        "`objects`, `relations`, `links`, `changes`. CSV and Parquet have no parts, CloudEvents are no table.",
        "tables:\n  log: {file: [log.xes], part: relations}",
        "Name a part that the file has; import CloudEvents without a mapping.",
    ),
    Page(
        "M201",
        "A cell is no time.",
        "The row is in quarantine as it came: with a wrong moment everything that follows from it would be wrong.",
        "opened_at: `29/2/2016` read as ISO 8601",
        "Give the column's format under `read_as` (or `format` of the time), then replay or import again.",
    ),
    Page(
        "M202",
        "A row without a time zone.",
        "The zone of this row's clock is empty or no IANA name. Guessing it would move the moment by hours.",
        "arrival_zone is empty for the airport SJU",
        "Give the zone in the mapping, with its source (a small table with `columns` and `values`), and import again.",
    ),
    Page(
        "M203",
        "A row without a subject.",
        "Events are about something a customer waits on. This row does not say what.",
        "subject: \"'order/' + order_id\"   # order_id is empty",
        "Correct the data, or make the subject of columns that are always there.",
    ),
    Page(
        "M204",
        "A number out of range.",
        "A wall clock goes from 0 to 2400 (HHMM), a number of units stays within 100,000 days.",
        "dep_time: 2561",
        "Correct the row, or the column that the mapping reads.",
    ),
    Page(
        "M205",
        "A cell is not what `read_as` says.",
        "The column's declared type holds for every cell. The row is in quarantine; no event was made of it.",
        "dep_delay: `n/a` is not integer",
        "Add the word to `missing`, declare the column otherwise, or correct the file.",
    ),
    Page(
        "M206",
        "A line is no row.",
        "The line has too many or too few cells, an open quote, or bytes that are not of the file's encoding.",
        "2013,1,1,517",
        "Correct the line, or give `csv: {delimiter, quote, encoding}`.",
    ),
    Page(
        "M207",
        "A sequence or an id that is none.",
        "A sequence is a whole number; an id is text or a number. This row gives nothing, or something else.",
        "sequence: row_in_file   # empty in this row",
        "Correct the row, or the expression.",
    ),
    Page(
        "M208",
        "A row cannot be read again.",
        "Quarantined rows are read again from the files they were imported from. The file is gone, or has changed so "
        "that "
        "the row in that place cannot be proved to be the one that was refused: it is not let go on a guess.",
        "the file was corrected after the import",
        "Import the data set again: rows that can be used now leave quarantine, everything else is there already.",
    ),
    Page(
        "M401",
        "A column is not in this release.",
        "An attribute names a column that the file does not have. Nothing is lost but the attribute.",
        "attributes: {order.placed: [weight]}   # the published file has no weights",
        "Nothing, if the release never had it.",
    ),
    Page(
        "M402",
        "A column goes nowhere.",
        "No time, expression, attribute or drop names the column: it is not kept.",
        "review_comment_message of order_reviews",
        "List it under `attributes` with the event that makes it known, or under `drop` to say that it is left out "
        "on purpose.",
    ),
    Page(
        "M403",
        "An optional table is not there.",
        "The block that reads it makes no events. Left joins to the table find nothing.",
        "order_reviews, when the folder holds orders only",
        "Nothing, if the data set has no such table.",
    ),
)

PAGES: Final[dict[str, Page]] = {page.code: page for page in _PAGES}
"""Code → page."""
