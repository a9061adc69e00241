"""Pages of D: event logs and files of events, in and out."""

from __future__ import annotations

from typing import Final

from troth.codes._page import Page

_PAGES: Final = (
    Page(
        "D101",
        "The file is broken.",
        "An XML file is not well-formed, or a JSON file is no JSON. The place is where reading had to stop. Nothing of "
        "the file is imported, since nobody knows what is missing.",
        "<trace><event></trace>",
        "Copy or download the file again; if it was always so, have the tool that wrote it mended.",
    ),
    Page(
        "D102",
        "An entity in an event log.",
        "Entities are refused where they are declared: a few lines of them can fill the memory of a machine, or read "
        "other files of it. No event log needs one.",
        '<!DOCTYPE log [<!ENTITY a "aaaa">]>',
        "Remove the DOCTYPE. If you did not write it, ask where the file comes from.",
    ),
    Page(
        "D103",
        "Elements within elements without end.",
        "An event log has fewer than ten levels; attributes of attributes add one each. More than 100 are refused.",
        "<string><string><string>…",
        "Ask what wrote the file.",
    ),
    Page(
        "D104",
        "Not an event log.",
        "The file is XML or JSON, and not what its form demands: a root <log>, or the members events and objects.",
        '{"orders": []}',
        "Give the event log itself; tables are read from CSV or Parquet.",
    ),
    Page(
        "D105",
        "Not a log in SQLite.",
        "OCEL 2.0 in SQLite has the tables event, object, event_object, event_map_type and object_map_type.",
        "troth import shop.sqlite …   # the shop's own database",
        "Give the exported log. Of your own database export the tables as CSV or Parquet.",
    ),
    Page(
        "D107",
        "An event log needs a mapping.",
        "A log says what happened; which object is the subject, and which activity means what to the pack, a "
        "mapping says. Only CloudEvents, and logs that troth itself has exported, are read without one.",
        "troth import orders.jsonocel --pack delivery --db shop.db",
        "Add `--map`; see the how-to page on event logs.",
    ),
    Page(
        "D108",
        "A file of events with a mapping.",
        "The file holds events already: CloudEvents, or a log exported by troth. There are no rows to map.",
        "troth import events.ndjson --pack delivery --map olist --db shop.db",
        "Leave `--map` out.",
    ),
    Page(
        "D110",
        "An event of an XES log that cannot be used.",
        "It has no time, its case has no name, or an attribute is not of the kind that it says. The event is in "
        "quarantine with everything it holds; the others are imported.",
        '<int key="cost" value="cheap"/>',
        "Correct it where the log is made, and import again.",
    ),
    Page(
        "D111",
        "An event or object without what makes it one.",
        "In an object-centric log an event has an id, a type and a time, an object an id and a type.",
        '{"id": "e1", "type": "Pay"}',
        "Correct it where the log is made, and import again.",
    ),
    Page(
        "D112",
        "A relation to an object that is not in the log.",
        "An event names an object of which the log says nothing, so that its type is unknown. The relation is in "
        "quarantine; the event keeps its other objects.",
        "a log cut to some of its objects",
        "Export the objects as well, or leave it: the event counts for the objects that are there.",
    ),
    Page(
        "D113",
        "An id that comes twice.",
        "Ids of events and of objects are unique in a log. The first one counts; the other is in quarantine.",
        'two events with "id": "e1"',
        "Correct it where the log is made, and import again.",
    ),
    Page(
        "D114",
        "An event of a history without a time.",
        "Live, an event without a time has happened when it is heard. In a file nothing says when that was.",
        '{"specversion": "1.0", "id": "1", "source": "shop", "type": "order.placed", "subject": "order/1"}',
        "Have the export write `time`, or `heardat` where only that is known.",
    ),
    Page(
        "D115",
        "An exported event that was changed.",
        "Every event of a log that troth exports carries attributes `troth_…` with which it is read back exactly. "
        "Here one is missing or is not as it was written.",
        "troth_data was cut by another tool",
        "Export the ledger again; or write a mapping, which reads the log as any other.",
    ),
    Page(
        "D120",
        "The file to write is there already.",
        "An export overwrites nothing.",
        "troth export --db shop.db --format cloudevents shop.ndjson   # for the second time",
        "Give another name, or remove the file.",
    ),
    Page(
        "D401",
        "An OCEL log of version 1.0.",
        "It is read. Version 1.0 knows no qualifiers of relations and no times of an object's attributes: their values "
        "count from the beginning.",
        '{"ocel:global-log": {"ocel:version": "1.0"}, …}',
        "Nothing, if that is enough; else export version 2.0.",
    ),
    Page(
        "D402",
        "Events of another pack.",
        "A file exported by troth may hold events of several packs; an import takes those of one.",
        "troth import all.sqlite --pack delivery --db copy.db",
        "Import it again with the other pack, into the same ledger.",
    ),
    Page(
        "D403",
        "What troth itself has noted was left out.",
        "Decisions, confirmations and acts on cases are events of the source `troth`. From a file they are taken only "
        "on demand: they say what troth has done, and anybody can write a file.",
        "troth import copy.sqlite --pack delivery --db other.db",
        "Add `--journal` if the file is an export of a ledger of your own.",
    ),
    Page(
        "D404",
        "Something was not exported.",
        "What is in quarantine is no event, and events of a pack that the ledger does not keep cannot be named.",
        "troth export --db shop.db --format ocel2-sqlite shop.sqlite",
        "See `troth quarantine list`; settle it, and export again.",
    ),
    Page(
        "D405",
        "Sealed data in an export.",
        "Personal members are sealed in the ledger and leave it sealed: nobody can read them without its keys.",
        "troth export --db shop.db --format cloudevents shop.ndjson",
        "Nothing; or add `--personal`, and guard the file.",
    ),
)

PAGES: Final[dict[str, Page]] = {page.code: page for page in _PAGES}
"""Code → page."""
