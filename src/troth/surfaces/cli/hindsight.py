"""`troth hindsight`: what was told, as known then and as known now, and the system that reports late."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from troth.surfaces.cli.common import command as make
from troth.surfaces.cli.common import with_at, with_db, with_zone
from troth.surfaces.render.answer import Answer, Section

if TYPE_CHECKING:
    from troth.model.pack import Pack
    from troth.surfaces.cli.opened import Opened
    from troth.surfaces.views.hindsight import Summary

_SILENCE = "No message was told."


@make(
    "hindsight",
    examples=[
        "troth hindsight --db pickup.db",
        "troth hindsight pickup/17 --db pickup.db --at 2026-03-02T18:00:00Z --format json",
    ],
)
@click.argument("subject", required=False)
@with_db
@click.option("--pack", metavar="NAME", help="Only subjects of this pack.")
@click.option("--by", type=click.Choice(["source", "message", "statement"]), help="Count by this.  [default: source]")
@with_at
@with_zone
def command(subject: str | None, db: str, pack: str | None, by: str | None, at: str | None, zone: str | None) -> Answer:
    """Judge everything that was told by what was known then, and by what is known now.

    With SUBJECT, a row a statement: true or not, then and now, and the report that came late, with its source.
    Without, how many were honest, careless, lucky, unlucky, blind or doubtful, and the sources to fix: how many
    statements each made so, and how late it was.
    """
    from troth.surfaces.cli.opened import opened, packs_of

    if subject is not None and (pack or by):
        raise click.UsageError("--pack and --by are for the whole ledger: leave SUBJECT out.")
    with opened(db) as here:
        if subject is not None:
            return _one(here, subject, at, zone)
        return _all(here, packs_of(here, pack), by or "source", at, zone)


def _one(here: Opened, subject: str, at: str | None, zone: str | None) -> Answer:
    """Return what one subject's customer was told."""
    from troth.runtime.hindsight import told_of
    from troth.surfaces.cli.opened import subject_at
    from troth.surfaces.views.hindsight import in_words, meanings, told_row

    record, moments = subject_at(here, subject, at, zone)
    found = told_of(here.ledger, here.packs[record.pack], subject, moments.now, as_known=bool(at))
    rows = tuple(told_row(one, moments) for one in found)
    section = Section(
        title=f"{subject} as of {moments.text(moments.now)}",
        text=meanings(row["verdict"] for row in rows),
        rows=tuple(map(in_words, rows)),
        columns=("told_at", "message", "statement", "then", "now", "verdict", "source", "lag", "event_id"),
        optional=("event_id",),
        empty=_SILENCE,
    )
    return Answer(data=rows, sections=(section,))


def _all(here: Opened, packs: Mapping[str, Pack], by: str, at: str | None, zone: str | None) -> Answer:
    """Return the counts over a ledger."""
    from troth.runtime.hindsight import scan_told
    from troth.surfaces.cli.opened import moment_of
    from troth.surfaces.cli.progress import progress
    from troth.surfaces.views.hindsight import Summary
    from troth.surfaces.views.moments import Moments, asked_zone

    moments = Moments(moment_of(here, at), asked_zone(zone))
    summary = Summary(by)
    with progress(transient=True) as bars:
        advance = bars("looking back", here.ledger.count()["subjects"])
        for found in scan_told(here.ledger, packs, moments.now, as_known=bool(at), progress=advance):
            summary.add(found)
    return _counted(summary, moments.text(moments.now) or "")


def _counted(summary: Summary, as_of: str) -> Answer:
    """Return the counts as an answer."""
    from troth.surfaces.views.hindsight import group_rows, verdict_rows

    verdicts, groups = summary.rows()
    if not verdicts:
        return Answer(sections=(Section(empty=_SILENCE),))
    heading = "the sources to fix" if summary.by == "source" else f"by {summary.by}"
    sections = (
        Section(title=f"{summary.total:,} statements told by {as_of}", rows=tuple(verdict_rows(verdicts))),
        Section(
            title=heading,
            rows=tuple(group_rows(groups)),
            optional=("example", "lucky", "careless", "honest"),
            columns=_columns(summary.by),
            empty="No report came late.",
        ),
    )
    return Answer(data=(*verdicts, *groups), sections=sections)


def _columns(by: str) -> tuple[str, ...]:
    """Return the columns of the counts by a key; a source is late for no honest statement."""
    others = () if by == "source" else ("honest", "careless", "lucky")
    return (by, "statements", *others, "unlucky", "blind", "doubtful", "median_lag", "largest_lag", "example")
