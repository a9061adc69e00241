"""`troth verify`: are all stored events there, and as they were stored?"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import click

from troth.surfaces.cli.common import command as make
from troth.surfaces.cli.common import with_db
from troth.surfaces.render.answer import Answer, Section

if TYPE_CHECKING:
    from troth.runtime.verify import Verified


@make(
    "verify",
    examples=["troth verify --db year.db", "troth verify --db year.db --head 1200:9f2c... --format json"],
)
@with_db
@click.option("--head", "heads", multiple=True, metavar="POSITION:HASH", help="A head kept outside; repeatable.")
def command(db: str, heads: tuple[str, ...]) -> Answer:
    """Check every stored event against the hash chain: changed, missing, put in or cut off.

    Keep the head that it prints outside of the ledger, and give it the next time: a history that was written anew as a
    whole fits itself, but not that head. Exits with 1 on a finding.
    """
    from troth.bootstrap import ledger_name, open_ledger
    from troth.runtime.verify import kept_of, verify
    from troth.surfaces.cli.progress import progress

    kept = [kept_of(text) for text in heads]
    with closing(open_ledger(db, must_exist=True)) as ledger, progress(transient=True) as bars:
        advance = bars("checking events", sum(head.number for head in ledger.heads()))
        done = verify(ledger, kept=kept, name=ledger_name(db), progress=advance)
    return _answer(ledger_name(db), done)


def _answer(db: str, done: Verified) -> Answer:
    """Return what verifying found as an answer."""
    from troth.runtime.verify import written

    heads = [written(head) for head in done.heads]
    row = {"db": db, "rows": done.rows, "problems": done.count, "heads": heads}
    verdict = "does not fit" if done.count else "fits"
    shown = {"db": db, "rows": done.rows, "problems": done.count, "verdict": verdict}
    return Answer(
        data=(row,),
        diagnostics=tuple(done.problems),
        status="findings" if done.count else "ok",
        exit_code=1 if done.count else 0,
        sections=(
            Section(rows=(shown,)),
            Section(title="head, to be kept outside", rows=tuple({"head": head} for head in heads), empty="No events."),
        ),
    )
