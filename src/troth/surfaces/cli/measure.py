"""`troth measure`: a figure with its interval, what is unknown, and the subjects behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from troth.errors import Place, Problem
from troth.surfaces.cli.common import command as make
from troth.surfaces.cli.common import with_db
from troth.surfaces.render.answer import Answer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from troth.measures.question import Question, Tables
    from troth.model.times import Micros
    from troth.surfaces.cli.opened import Opened


@make(
    "measure",
    examples=[
        "troth measure promise_reliability --db year.db --by carrier",
        "troth measure time_to_usable_outcome --db shop.db --where \"order_status == 'delivered'\" --format json",
    ],
)
@click.argument("name", metavar="NAME")
@with_db
@click.option("--kind", metavar="PROMISE", help="Only this kind of promise or case; kinds are never pooled.")
@click.option("--by", multiple=True, metavar="SEGMENT", help="Compare an attribute's values, or a measure's own.")
@click.option("--where", metavar="EXPR", help="CEL over the attributes: only subjects for which it is true.")
@click.option("--weight", metavar="ATTR", help="Attribute with sampling weights.")
@click.option("--at", metavar="TIME", help="As known at that moment (RFC 3339 with offset).")
@click.option("--subjects", metavar="PART", help="List the subjects behind a part of each row, such as late.")
def command(
    name: str,
    db: str,
    kind: str | None,
    by: tuple[str, ...],
    where: str | None,
    weight: str | None,
    at: str | None,
    subjects: str | None,
) -> Answer:
    """Compute the measure NAME, worst segment first.

    NAME is promise_reliability, status_fidelity, time_to_usable_outcome, exception_closure, told_truth,
    predictive_fidelity, informativeness or gate_quality; `troth explain NAME` gives its definition. Every row has a
    95 % interval, the number of decided cases, and bounds for what is not known. Without --at it is as of the moment of
    the last extract.
    """
    from troth.measures.question import Question
    from troth.measures.registry import measure_of
    from troth.surfaces.cli.opened import moment_of, opened

    reads = measure_of(name).reads
    question = Question(by=by, kind=kind, weight=weight)
    with opened(db) as here:
        tables, notes = tables_of(here, moment_of(here, at), where, reads)
        return answer_of(name, tables, question, subjects, notes)


def answer_of(
    name: str, tables: Tables, question: Question, part: str | None = None, notes: tuple[Problem, ...] = ()
) -> Answer:
    """Return the answer of `troth measure` over opened tables.

    Args:
        name: The measure.
        tables: What it is asked of.
        question: What is asked.
        part: List the subjects of this part in place of the figures.
        notes: Notes on how the tables were chosen.
    """
    from troth.runtime.snapshot import measure
    from troth.surfaces.views import figures

    estimates = measure(name, tables, question)
    if part is not None:
        rows = tuple(figures.subjects(name, tables, question, estimates, part))
        return Answer(data=rows, diagnostics=notes)
    rows = tuple(figures.row(estimate) for estimate in estimates)
    thin = figures.too_thin(estimates)
    return Answer(
        data=rows,
        diagnostics=(*notes, *thin),
        sections=(figures.table(name, estimates, tables.as_of), *figures.beside(name, estimates)),
    )


def tables_of(
    here: Opened, moment: Micros, where: str | None, told: Sequence[str] = ()
) -> tuple[Tables, tuple[Problem, ...]]:
    """Return the ledger's tables as of a moment, restricted by a condition, with a note on those it cannot judge.

    Args:
        here: The ledger.
        moment: As of which moment.
        where: The condition; `None`: none.
        told: Tables of what was told to have ready: building them takes a while the first time, and is shown.
    """
    from functools import partial

    from troth.bootstrap import open_ledger
    from troth.runtime.snapshot import open_tables, select_subjects
    from troth.surfaces.cli.progress import counted, progress

    with progress(transient=True) as bars:
        count = here.ledger.count()["records"]
        ready, judged = counted(bars("preparing", count)), counted(bars("what was told", count) if told else _nobody)
        # The shown address of a server has no password in it: only a file is opened anew by its name.
        opener = partial(open_ledger, here.path, must_exist=True) if here.snapshots else None
        tables = open_tables(here.ledger, here.packs, moment, ready, here.snapshots, judged, opener)
        for name in told:
            tables.told(name)
    if where is None:
        return tables, ()
    from troth.surfaces.where import condition_of

    condition = condition_of(where, tables.attributes)
    chosen, unknown = select_subjects(tables, condition.names, condition.test)
    if not unknown:
        return chosen, ()
    found = f"for {unknown:,} subjects the condition is unknown: they are left out"
    return chosen, (Problem(Place("--where"), "C115", found, severity="note"),)


def _nobody(more: int) -> None:
    """Tell nobody."""
    del more
