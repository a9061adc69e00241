"""`troth show`: Message · State · Action of one subject."""

from __future__ import annotations

import click

from troth.surfaces.cli.common import command as make
from troth.surfaces.cli.common import with_at, with_db, with_fail, with_personal, with_zone
from troth.surfaces.render.answer import Answer


@make(
    "show",
    examples=[
        "troth show order/1 --db year.db",
        "troth show flight/AA1/JFK/2013-06-01 --db year.db --at 2013-06-01T14:00:00Z --format json",
    ],
)
@click.argument("subject")
@with_db
@with_at
@with_zone
@with_personal
@with_fail
def command(subject: str, db: str, at: str | None, zone: str | None, personal: bool, fail: bool) -> Answer:
    """Show SUBJECT: what the customer was told, what is true, and what can be done next.

    Every fact is shown with its source and age, and with what other sources say against it.
    Without --at it is shown as of the moment the ledger speaks of: the extract of the last import.
    What is personal is named where there is any, and stands as [sealed], or [forgotten] where nobody can open it.
    """
    from troth.runtime.privacy import Sealer
    from troth.runtime.replay import heard_by
    from troth.surfaces.cli.card_sections import answer_of
    from troth.surfaces.cli.opened import opened, subject_at
    from troth.surfaces.views.card import card
    from troth.surfaces.views.personal import personal_rows

    with opened(db) as here:
        record, moments = subject_at(here, subject, at, zone)
        sealer = Sealer(here.ledger, here.packs)
        events = heard_by(here.ledger.events_of([subject])[subject], moments.now)
        shown = card(record, here.packs[record.pack], moments)
        if rows := personal_rows(events, sealer.open if personal else sealer.veil, moments):
            shown["personal"] = rows
        return answer_of(shown, moments, fail=fail)
