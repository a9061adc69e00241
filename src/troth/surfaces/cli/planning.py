"""`troth plan`: what a changed pack would change on a history, and for whom, before it goes live."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from troth.surfaces.cli.common import command as make
from troth.surfaces.cli.common import with_at, with_db, with_fail, with_zone
from troth.surfaces.render.answer import Answer, Section

if TYPE_CHECKING:
    from collections.abc import Mapping

    from troth.model.pack import Pack
    from troth.runtime.catalog import Loaded


@make(
    "plan",
    examples=[
        "troth plan my_pack/ changed/my_pack/ --db shop.db --fail",
        "troth plan --pack changed/my_pack/ --db shop.db --subjects decision:survey --format csv",
    ],
)
@click.argument("packs", nargs=-1, metavar="[OLD_PACK] [NEW_PACK]")
@with_db
@click.option("--pack", metavar="NEW_PACK", help="The changed pack, against the one that the ledger keeps.")
@with_at
@click.option("--subjects", metavar="PART", help="List for whom: what changes, such as decision or decision:survey.")
@click.option("--jobs", type=click.IntRange(1, 64), metavar="N", help="Processes.  [default: as many as pay]")
@with_zone
@with_fail
def command(
    packs: tuple[str, ...],
    db: str,
    pack: str | None,
    at: str | None,
    subjects: str | None,
    jobs: int | None,
    zone: str | None,
    fail: bool,
) -> Answer:
    """Replay a ledger's history under two packs and show what changes: statements, decisions, promises, states, cases.

    OLD_PACK and NEW_PACK are names, or paths of folders or files. With one of them, or with --pack, the old one is what
    the ledger keeps. Nothing is written. With --fail it exits with 1 when anything would change.
    """
    from troth.runtime.backtest.plan import PlanJob, plan
    from troth.surfaces.backtest.listed import Where
    from troth.surfaces.backtest.plan_rows import change_row, plan_rows, sections
    from troth.surfaces.backtest.source import ledger_history
    from troth.surfaces.cli.progress import progress
    from troth.surfaces.views.moments import Moments, asked_moment, asked_zone

    wanted = _part(subjects)
    name = asked_zone(zone)
    (old_files, old), (new_files, new) = _packs(packs, pack, db)
    where = Where(_asked(packs, pack, db, at), db)
    with ledger_history(db, asked_moment(at) if at else None) as named, progress(transient=True) as bars:
        job = PlanJob(named.history.now, new.name, old_files, new_files, wanted)
        found = plan(named.history, job, processes=jobs, progress=bars("comparing", None))
        as_of = Moments(named.history.now, name).text(named.history.now)
    if not found.subjects:
        raise _nothing(db, new.name)
    code = 1 if found.changed and fail else 0
    status = "findings" if found.changed else "ok"
    if wanted is not None:
        rows = tuple(change_row(one, where) for one in found.listed)
        columns = ("subject", "what", "name", "about", "before_in_full", "after_in_full", "see")
        section = Section(
            title=f"{wanted}: {len(rows):,}", rows=rows, columns=columns, optional=("see",), empty="No one."
        )
        return Answer(data=rows, status=status, exit_code=code, sections=(section,))
    rows = tuple(plan_rows(found, new.name, (old.digest, new.digest), as_of, where))
    flat = tuple(
        {name: value for name, value in row.items() if name not in ("ids", "examples", "section")} for row in rows[1:]
    )
    return Answer(data=rows, status=status, exit_code=code, sections=sections(rows, where.rows("PART")), flat=flat)


def _packs(
    packs: tuple[str, ...], changed: str | None, db: str
) -> tuple[tuple[dict[str, str], Pack], tuple[dict[str, str], Pack]]:
    """Return files and compiled form of the old and of the new pack.

    Raises:
        UsageError: None or too many are named; B104, they are not about the same subjects.
        PackError: One of them is not right.
    """
    from troth.errors import Place, Problem, UsageError
    from troth.runtime import catalog

    names = [*packs, *([changed] if changed else [])]
    if len(names) not in (1, 2):
        raise click.UsageError("Name the changed pack, or the old one and then the changed one.")
    new = catalog.load(names[-1])
    compiled = new.compiled.require()
    old_files = dict(catalog.load(names[0]).files) if len(names) == 2 else _kept(db, new)
    from troth.lang.compile import compile_pack

    former = compile_pack(old_files).require()
    if (former.name, former.subject) != (compiled.name, compiled.subject):
        found = f"{former.name} is about {former.subject}, {compiled.name} about {compiled.subject}"
        expected = "two packs of one name, about the same subjects"
        raise UsageError(Problem(Place(names[-1]), "B104", found, expected, "change a copy, and keep its name"))
    return (old_files, former), (dict(new.files), compiled)


def _kept(db: str, new: Loaded) -> dict[str, str]:
    """Return the files of the pack that the ledger keeps.

    Raises:
        UsageError: B105, it keeps none of that name.
    """
    from troth.bootstrap import open_ledger
    from troth.runtime import catalog

    ledger = open_ledger(db, must_exist=True)
    try:
        files: Mapping[str, str] | None = catalog.kept(ledger, new.compiled.require().name)
    finally:
        ledger.close()
    if files is None:
        raise _nothing(db, new.name)
    return dict(files)


def _nothing(db: str, name: str) -> Exception:
    """Return the error of a ledger that has nothing of a pack."""
    from troth.errors import Place, Problem, UsageError

    expected = "a ledger that was filled with it"
    return UsageError(Problem(Place(db), "B105", f"no subject of the pack {name}", expected, "check --db and the pack"))


def _part(text: str | None) -> str | None:
    """Return the part that is asked for.

    Raises:
        UsageError: B106, it names nothing that a plan compares.
    """
    from troth.errors import Place, Problem, UsageError
    from troth.model.plan import WHAT

    if text is not None and text.partition(":")[0] not in WHAT:
        expected = f"one of {', '.join(WHAT)}, or one of them with the rest of its row"
        raise UsageError(
            Problem(Place("--subjects"), "B106", f"no part is named {text!r}", expected, "copy it from a row")
        )
    return text


def _asked(packs: tuple[str, ...], pack: str | None, db: str, at: str | None) -> str:
    """Return the command line that asks the same."""
    import shlex

    words = ["troth", "plan", *packs]
    for name, value in (("--pack", pack), ("--db", db), ("--at", at)):
        words += [name, value] if value else []
    return shlex.join(words)
