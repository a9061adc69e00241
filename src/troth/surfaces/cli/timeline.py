"""`troth timeline`: everything about one subject in order of time."""

from __future__ import annotations

import click

from troth.surfaces.cli.common import command as make
from troth.surfaces.cli.common import with_at, with_db, with_personal, with_zone
from troth.surfaces.render.answer import Answer, Section


@make(
    "timeline",
    examples=[
        "troth timeline order/1 --db year.db",
        "troth timeline request/101 --db year.db --zone America/New_York --format csv",
    ],
)
@click.argument("subject")
@with_db
@with_at
@with_zone
@with_personal
def command(subject: str, db: str, at: str | None, zone: str | None, personal: bool) -> Answer:
    """Show everything about SUBJECT in one ordered list.

    Events with the moments they happened and were heard, messages told, changes of state, promises made and what
    became of them, cases, changes of alignment, findings. With --at only what was known at that moment.
    Personal data stand as [sealed], or [forgotten] where nobody can open them any more.
    """
    from troth.runtime.privacy import Sealer
    from troth.runtime.replay import heard_by
    from troth.surfaces.cli.opened import opened, subject_at
    from troth.surfaces.views.timeline import timeline

    with opened(db) as here:
        record, moments = subject_at(here, subject, at, zone)
        events = here.ledger.events_of([subject])[subject]
        known = heard_by(events, moments.now) if at else events
        sealer = Sealer(here.ledger, here.packs)
        readable = list(map(sealer.open if personal else sealer.veil, known))
        rows = tuple(timeline(record, here.packs[record.pack], readable, moments))
    section = Section(
        title=f"{subject} as of {moments.text(moments.now)}",
        rows=tuple({**row, "ago": moments.hint_of(row["at"])} for row in rows),
        columns=("at", "ago", "lane", "what", "detail", "source", "heard_at"),
        optional=("ago", "source", "heard_at"),
    )
    return Answer(data=rows, sections=(section,))
