"""`troth experience`: who had a bad experience, foretold from operational facts alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from troth.surfaces.cli.common import command as make
from troth.surfaces.cli.common import with_at, with_db
from troth.surfaces.cli.foretold import with_bad
from troth.surfaces.render.answer import Answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from troth.errors import Problem
    from troth.model.pack import Pack
    from troth.model.times import Micros
    from troth.runtime.experience import Asking, Gathered
    from troth.surfaces.cli.opened import Opened
    from troth.surfaces.render.answer import Row
    from troth.trust.experience import Experience


@make(
    "experience",
    examples=[
        "troth experience --db shop.db --bad 'review_score <= 2' --at-event survey.sent",
        "troth experience --db shop.db --bad 'score <= 2' --weight weight --subjects 20 --format json",
    ],
)
@with_db
@with_bad
@click.option("--at-event", metavar="TYPE", help="Foretell from before the last event of this type.")
@click.option("--leave-out", multiple=True, metavar="ATTR", help="An attribute that is no operational fact.")
@click.option("--by", multiple=True, metavar="SEGMENT", help="Also by the values of an attribute; several combine.")
@click.option("--everybody", is_flag=True, help="Also those of whom nobody has said how it was.")
@click.option("--subjects", type=click.IntRange(min=1), metavar="N", help="List the N at greatest risk, with reasons.")
@click.option("--surveys", is_flag=True, help="List the surveys that left after a failure was known.")
@with_at
def command(
    db: str,
    bad: str,
    customer: str | None,
    weight: str | None,
    pack: str | None,
    at_event: str | None,
    leave_out: tuple[str, ...],
    by: tuple[str, ...],
    everybody: bool,
    subjects: int | None,
    surveys: bool,
    at: str | None,
) -> Answer:
    """Foretell bad experiences from what was known before it was said how it was.

    Facts are promises, states, messages, cases and attributes, each as known at the moment of prediction; never what
    --bad reads. Every probability comes from models that have not seen the customer. Without --at-event the moment is
    just before the answer; `--at-event survey.sent` asks what was known before the survey left.
    """
    from troth.surfaces.cli.foretold import asking_of
    from troth.surfaces.cli.opened import moment_of, opened, packs_of

    if surveys and subjects:
        raise click.UsageError("--subjects and --surveys are two lists: ask for one of them.")
    asking = asking_of(bad, customer, weight, at_event=at_event or "", hidden=leave_out, by=by, everybody=everybody)
    with opened(db) as here:
        packs, moment = packs_of(here, pack), moment_of(here, at)
        gathered = _gathered(here, packs, asking, moment)
        if surveys:
            return _surveys(gathered)
        return _foretold(gathered, asking, bad, moment, subjects)


def _gathered(here: Opened, packs: Mapping[str, Pack], asking: Asking, moment: Micros) -> Gathered:
    """Return the occasions of a ledger.

    Raises:
        MeasureError: T101, no pack has the event; Q104, a weight that is no number.
        ExpressionError: C116, an attribute that no subject has.
    """
    from troth.errors import MeasureError, Place, Problem
    from troth.runtime.experience import gather, outcomes_of
    from troth.surfaces.cli.foretold import check_attributes, check_weight
    from troth.surfaces.cli.progress import progress

    types = sorted({name for pack in packs.values() for name in pack.events})
    if asking.at_event and asking.at_event not in types:
        found = f"no pack has an event of the type {asking.at_event!r}"
        raise MeasureError(Problem(Place("--at-event"), "T101", found, f"one of: {', '.join(types)}", "choose one"))
    with progress(transient=True) as bars:
        count = here.ledger.count()["subjects"]
        outcomes = outcomes_of(here.ledger, packs, asking, moment, bars("reading outcomes", count))
        check_attributes(asking, outcomes.attributes, leave_out=asking.hidden, by=asking.by)
        gathered = gather(here.ledger, packs, asking, outcomes.found, moment, bars("looking back", count))
    check_weight(asking, gathered.unweighted, len(gathered.occasions))
    return gathered


def _foretold(gathered: Gathered, asking: Asking, bad: str, moment: Micros, subjects: int | None) -> Answer:
    """Return the figures, or the subjects at greatest risk."""
    from troth.surfaces.cli.progress import progress
    from troth.surfaces.views import experience as views
    from troth.trust.experience import experience, segments_of
    from troth.trust.learner import FOLDS
    from troth.trust.reasons import weights_of

    notes = _notes(gathered, asking)
    with progress(transient=True) as bars:
        found = experience(gathered.occasions, bars("learning", FOLDS))
        if subjects is not None:
            return Answer(data=tuple(_riskiest(found, subjects)), diagnostics=notes)
        weights = weights_of(found)
    rows = [
        views.summary_row(found, bad, asking.at_event, moment),
        *views.figure_rows(found),
        *views.bin_rows(found.quality),
        *views.weight_rows(weights),
        *(views.segment_rows(segments_of(found)) if asking.by else ()),
        *views.survey_summary(gathered.surveys),
    ]
    return Answer(data=tuple(rows), diagnostics=notes, sections=views.experience_sections(rows))


def _riskiest(found: Experience, count: int) -> list[Row]:
    """Return the subjects at greatest risk, whether they answered or not, with the reasons."""
    from troth.surfaces.views.experience import subject_row
    from troth.trust.experience import ranked
    from troth.trust.reasons import reasons_of

    return [subject_row(one, chance, reasons_of(found, one.facts, fold)) for one, chance, fold in ranked(found)[:count]]


def _surveys(gathered: Gathered) -> Answer:
    """Return the surveys that left after a failure was known, or to customers who still waited; the first first."""
    from troth.surfaces.render.answer import Section
    from troth.surfaces.views.experience import survey_row

    chosen = sorted(
        (one for one in gathered.surveys if one.failures or one.waiting), key=lambda one: (one.sent_at, one.subject)
    )
    rows = tuple(survey_row(one) for one in chosen)
    title = (
        f"{len(rows):,} of {len(gathered.surveys):,} surveys left after a known failure or to somebody still waiting"
    )
    empty = "No survey left after a known failure or to somebody still waiting."
    shown = tuple(row | {"failures": "; ".join(row["failures"])} for row in rows)
    return Answer(data=rows, sections=(Section(title if rows else "", shown, empty=empty),))


def _notes(gathered: Gathered, asking: Asking) -> tuple[Problem, ...]:
    """Return notes on subjects that are left out."""
    from troth.surfaces.views.experience import left_out

    return (
        *left_out(gathered.unweighted, f"their weight {asking.weight} is not known"),
        *left_out(gathered.eventless, f"no {asking.at_event} came before it was said how it was"),
    )
