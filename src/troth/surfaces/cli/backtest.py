"""`troth backtest`: what a history's customers were told and promised, judged by what is known now."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from troth.surfaces.cli.common import command as make
from troth.surfaces.cli.common import with_at, with_fail, with_zone
from troth.surfaces.render.answer import Answer, Section

if TYPE_CHECKING:
    from troth.measures.backtest.part import Part
    from troth.runtime.backtest.spread import Progress
    from troth.surfaces.backtest.listed import Row, Where
    from troth.surfaces.backtest.source import Named
    from troth.surfaces.cli.progress import Bars
    from troth.surfaces.views.moments import Moments


@make(
    "backtest",
    examples=[
        "troth backtest data/olist --pack delivery --map olist --weight review_weight --html report.html",
        "troth backtest --db shop.db --subjects false+message=survey --format csv",
    ],
)
@click.argument("path", required=False)
@click.option(
    "--pack",
    metavar="NAME",
    help="The pack of PATH: a name, or the path of a folder or file. With --db: only its subjects.",
)
@click.option(
    "--map",
    "map_",
    default="",
    metavar="NAME|FILE",
    help="A mapping of the pack, or a mapping file; none for CloudEvents.",
)
@click.option("--db", metavar="FILE", help="The history of a ledger in place of PATH: a file, or postgresql://….")
@with_at
@click.option("--weight", metavar="ATTR", help="Attribute with sampling weights: weighted shares beside the counts.")
@click.option("--subjects", metavar="PART", help="List the rows behind a figure: the part that stands beside it.")
@click.option("--html", metavar="FILE", help="Write the report as one file that needs nothing else.")
@click.option("--jobs", type=click.IntRange(1, 64), metavar="N", help="Processes.  [default: as many as pay]")
@with_zone
@with_fail
def command(
    path: str | None,
    pack: str | None,
    map_: str,
    db: str | None,
    at: str | None,
    weight: str | None,
    subjects: str | None,
    html: str | None,
    jobs: int | None,
    zone: str | None,
    fail: bool,
) -> Answer:
    """Say what was wrong with everything that customers were told, and what the gate would have decided.

    The history is that of PATH (whatever `troth import` reads; nothing is kept of it), or that of a ledger (--db). Each
    message is judged as known then and as known now: false, sent after a known failure, pointless, vague, or unknown;
    each broken promise by whether the customer heard of it before it was due; each source by how late it reports. Every
    figure names its part, and --subjects PART lists the rows behind it.
    """
    from troth.measures.backtest.part import parse_part
    from troth.surfaces.cli.progress import progress
    from troth.surfaces.views.moments import Moments, asked_zone

    part = None if subjects is None else parse_part(subjects)
    name, where = asked_zone(zone), _where(path, pack, map_, db, at, weight)
    if html is not None and (Path(html).is_dir() or not Path(html).parent.is_dir()):
        # Better now than after minutes of judging.
        raise _unwritable(html, "it is a folder" if Path(html).is_dir() else "there is no such folder")
    with progress(transient=True) as bars, _history(path, pack, map_, db, at, bars) as named:
        moments = Moments(named.history.now, name)
        only = pack if db is not None and pack is not None else ""
        asking = _Asking(only, weight or "", jobs, bars("judging", None))
        if part is not None:
            return _rows(named, part, asking, moments, where)
        return _answer(named, asking, moments, where, html=html, fail=fail)


class _Asking(NamedTuple):
    """What is asked of a history: only a pack, the weight, and in how many processes."""

    only: str
    weight: str
    jobs: int | None
    advance: Progress


@contextmanager
def _history(
    path: str | None, pack: str | None, map_: str, db: str | None, at: str | None, bars: Bars
) -> Iterator[Named]:
    """Yield the history that the command line names.

    Raises:
        UsageError: B103, none or two are named.
    """
    from troth.errors import Place, Problem, UsageError
    from troth.surfaces.backtest.source import file_history, ledger_history
    from troth.surfaces.views.moments import asked_moment

    if (path is None) == (db is None) or (path is not None and pack is None) or (path is not None and at is not None):
        found = (
            "--at with files: their moment is that of the extract" if at and path else "both PATH and --db, or neither"
        )
        found = "PATH without --pack" if path is not None and pack is None and db is None else found
        expected = "either --db FILE, or PATH with --pack (and --map where it needs one)"
        raise UsageError(Problem(Place(), "B103", found, expected, "see `troth backtest --help`"))
    if db is not None:
        with ledger_history(db, asked_moment(at) if at else None) as named:
            yield named
        return
    assert path is not None, "one of both is named"
    assert pack is not None, "files are read by a pack"
    with file_history(path, pack, map_, bars) as named:
        yield named


def _answer(
    named: Named, asking: _Asking, moments: Moments, where: Where, *, html: str | None, fail: bool
) -> Answer:  # fmt: skip
    """Return the figures, and write the report if one is asked for."""
    from troth.runtime.backtest.run import backtest
    from troth.surfaces.backtest.rows import backtest_rows, by_section
    from troth.surfaces.backtest.tables import sections
    from troth.surfaces.backtest.words import DEFINITIONS, WEIGHTED

    found = backtest(
        named.history, pack=asking.only, weight=asking.weight, processes=asking.jobs, progress=asking.advance
    )
    _check_weight(asking.weight, found.attributes, weighed=bool(found.tally.sums))
    terms = (*DEFINITIONS, WEIGHTED) if asking.weight else DEFINITIONS
    rows: list[Row] = [
        *backtest_rows(found, moments, where),
        *({"section": "definition", "term": term, "text": text} for term, text in terms),
        *({"section": "assumption", "text": text} for text in named.assumptions),
    ]
    if html is not None:
        from troth.surfaces.backtest.report import report

        _write(html, report(rows, where))
    wrong = any(row["count"] for row in by_section(rows)["figure"] if row["figure"] in ("false", "without_a_word"))
    return Answer(
        data=tuple(rows),
        diagnostics=named.notes,
        status="findings" if wrong else "ok",
        exit_code=1 if wrong and fail else 0,
        sections=sections(rows, where),
        flat=_flat(rows),
    )


def _check_weight(weight: str, attributes: Collection[str], *, weighed: bool) -> None:
    """Check that a weight is one.

    Raises:
        ExpressionError: C116, no subject has the attribute.
        MeasureError: Q104, it is a number for nobody of whom there is anything to judge.
    """
    from troth.errors import MeasureError, Place, Problem
    from troth.surfaces.where import check_names

    if not weight:
        return
    check_names((weight,), attributes, "--weight")
    if not weighed:
        found = f"the weight {weight!r} is a number for no subject that was told or promised anything"
        raise MeasureError(Problem(Place("--weight"), "Q104", found, "a number", "weigh with another attribute"))


def _write(path: str, text: str) -> None:
    """Write the report.

    Raises:
        UsageError: B109, it cannot be written there.
    """
    try:
        Path(path).write_text(text, encoding="utf-8")
    except OSError as error:
        raise _unwritable(path, error.strerror or str(error)) from error
    click.echo(f"written: {path}", err=True)


def _unwritable(path: str, why: str) -> Exception:
    """Return the error of a report that cannot be written."""
    from troth.errors import Place, Problem, UsageError

    expected = "a file in a folder that exists and can be written to"
    return UsageError(
        Problem(
            Place(path), "B109", f"the report cannot be written: {why}", expected, "make the folder, or name another"
        )
    )


def _flat(rows: list[dict[str, Any]]) -> tuple[dict[str, Any], ...]:
    """Return the rows with plain values only, for CSV: the figures, one line each."""
    plain = ("figure", "message", "gate", "gate_error", "source", "promise", "month")
    return tuple(
        {name: " ".join(value) if isinstance(value, list) else value for name, value in row.items()}
        for row in rows
        if row["section"] in plain
    )


def _rows(named: Named, part: Part, asking: _Asking, moments: Moments, where: Where) -> Answer:
    """Return the rows behind a part."""
    from troth.runtime.backtest.run import rows_of
    from troth.surfaces.backtest.listed import judgement_row, promise_row
    from troth.surfaces.backtest.titles import Titles

    found = rows_of(
        named.history, part, pack=asking.only, weight=asking.weight, processes=asking.jobs, progress=asking.advance
    )
    _check_weight(asking.weight, found.attributes, weighed=True)
    titles = Titles(found.packs)
    rows = tuple(
        row | ({"weight": found.weights.get(row["subject"])} if asking.weight else {})
        for row in (
            *(judgement_row(one, moments, where, titles) for one in found.messages),
            *(promise_row(one, moments, where, titles) for one in found.promises),
        )
    )
    columns: tuple[str, ...] = (
        ("subject", "promise", "due", "outcome", "decided_at", "noticed_at")
        if part.of_promises
        else ("subject", "message", "told_at", "then", "now", "verdicts", "faults", "gate", "reasons")
    )
    columns += ("weight",) if asking.weight else ()
    section = Section(title=f"{part.text}: {len(rows):,}", rows=rows, columns=columns, empty="No row.")
    after = (Section(text=where.single()),) if rows else ()
    return Answer(data=rows, diagnostics=named.notes, sections=(section, *after))


def _where(path: str | None, pack: str | None, map_: str, db: str | None, at: str | None, weight: str | None) -> Where:
    """Return what commands name: the one that asks the same again, the ledger, and how to make one of files."""
    import shlex

    from troth.surfaces.backtest.listed import Where

    read = [path] if path else []
    for name, value in (("--pack", pack), ("--map", map_)):
        read += [name, value] if value else []
    words = ["troth", "backtest", *read]
    for name, value in (("--db", db), ("--at", at), ("--weight", weight)):
        words += [name, value] if value else []
    if db is not None or path is None:
        return Where(shlex.join(words), db or "history.db")
    made = f"{Path(path).name.partition('.')[0] or 'history'}.db"
    return Where(shlex.join(words), made, shlex.join(["troth", "import", *read, "--db", made]))
