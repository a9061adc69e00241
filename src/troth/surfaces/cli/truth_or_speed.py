"""`troth truth-or-speed`: how much of the bad outcomes goes with lateness, how much with slowness."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from troth.surfaces.cli.common import command as make
from troth.surfaces.cli.common import with_at, with_db
from troth.surfaces.cli.foretold import with_bad
from troth.surfaces.render.answer import Answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from troth.model.pack import Pack
    from troth.model.times import Micros
    from troth.runtime.experience import Asking
    from troth.runtime.truth_or_speed import Collected
    from troth.surfaces.cli.opened import Opened


@make(
    "truth-or-speed",
    examples=[
        "troth truth-or-speed --db shop.db --bad 'review_score <= 2' --weight review_weight",
        "troth truth-or-speed --db shop.db --bad 'score <= 2' --promise ready_by --adjust price --format json",
    ],
)
@with_db
@with_bad
@click.option("--promise", metavar="NAME", help="The promise; else the pack's first.")
@click.option("--adjust", multiple=True, metavar="ATTR", help="An attribute to hold fixed as well; several combine.")
@with_at
def command(
    db: str,
    bad: str,
    customer: str | None,
    weight: str | None,
    pack: str | None,
    promise: str | None,
    adjust: tuple[str, ...],
    at: str | None,
) -> Answer:
    """Split bad outcomes between lateness against the promise and slowness itself.

    Truth: what would be avoided had all been on time, each after the same time as it was. Speed: what would be
    avoided had all been as fast as the fastest quarter of those equally late. Both by a model and, beside it, by
    comparing like with like; shares are of all bad outcomes, with 95 % intervals from resampling customers.
    """
    from troth.surfaces.cli.foretold import asking_of
    from troth.surfaces.cli.opened import moment_of, opened, packs_of

    asking = asking_of(bad, customer, weight)
    with opened(db) as here:
        packs, moment = packs_of(here, pack), moment_of(here, at)
        kind = _promise(packs, promise)
        found = _collected(here, packs, asking, kind, adjust, moment)
    return _split(found, asking, bad, kind, moment)


def _promise(packs: Mapping[str, Pack], name: str | None) -> str:
    """Return the promise to judge by.

    Raises:
        MeasureError: Q103, no pack has such a promise, or any.
    """
    from troth.errors import MeasureError, Place, Problem

    kinds = [kind.name for pack in packs.values() for kind in pack.promises]
    if not kinds or (name is not None and name not in kinds):
        found = f"no promise is named {name!r}" if name else "no pack here has a promise"
        expected = f"one of: {', '.join(kinds)}" if kinds else "a pack with promises"
        raise MeasureError(Problem(Place("--promise"), "Q103", found, expected, "choose one of them"))
    return name or kinds[0]


def _collected(
    here: Opened, packs: Mapping[str, Pack], asking: Asking, kind: str, adjust: tuple[str, ...], moment: Micros
) -> Collected:
    """Return the rows of a ledger.

    Raises:
        ExpressionError: C116, an attribute that no subject has.
        MeasureError: Q104, a weight that is no number.
    """
    from troth.runtime.truth_or_speed import collect
    from troth.surfaces.cli.foretold import check_attributes, check_weight
    from troth.surfaces.cli.progress import progress

    with progress(transient=True) as bars:
        advance = bars("reading outcomes", here.ledger.count()["subjects"])
        found = collect(here.ledger, packs, asking, kind, adjust, moment, advance)
    check_attributes(asking, found.attributes, adjust=adjust)
    check_weight(asking, found.unweighted, len(found.rows))
    return found


def _split(found: Collected, asking: Asking, bad: str, kind: str, moment: Micros) -> Answer:
    """Return the answer."""
    from troth.runtime.truth_or_speed import served_of
    from troth.surfaces.cli.progress import progress
    from troth.surfaces.views import truth_or_speed as views
    from troth.surfaces.views.experience import left_out
    from troth.trust.figures import REPLICATES
    from troth.trust.truth_or_speed import truth_or_speed

    with progress(transient=True) as bars:
        split = truth_or_speed(served_of(found.rows), bars("resampling", REPLICATES))
    rows = [
        views.split_summary(split, bad, kind, moment),
        *views.split_rows(split),
        *views.class_rows(split.classes),
        *views.stratum_rows(split),
    ]
    notes = (
        *left_out(found.unweighted, f"their weight {asking.weight} is not known"),
        *left_out(found.undecided, f"what became of the promise {kind} is open or not known"),
    )
    return Answer(data=tuple(rows), diagnostics=notes, sections=views.split_sections(split, rows))
