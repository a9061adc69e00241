"""What a changed pack would change on the history that a server holds: bounded, in a process of its own.

It is `troth plan`, with limits: so many subjects, so much time. A page says what was looked at. Nothing is stored: the
changed text is handed to the process and gone with it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import islice
from time import monotonic
from typing import Any, Final, TypeAlias

import msgspec

from troth.bootstrap import open_ledger
from troth.engine.backtest import Backtest
from troth.engine.compare import changes
from troth.lang.compile import compile_pack
from troth.model.plan import Change
from troth.model.times import Micros
from troth.ports.ledger import Ledger
from troth.runtime.backtest.history import LedgerHistory, opening
from troth.runtime.backtest.plan import Planned
from troth.surfaces.backtest.listed import Where
from troth.surfaces.backtest.plan_rows import plan_rows
from troth.surfaces.web.explorer.words import plural

SUBJECTS: Final = 5_000
"""Subjects that are looked at, at most."""
SECONDS: Final = 20.0
"""How long that may take."""
LISTED: Final = 50
"""Subjects that are named behind each count."""
Row: TypeAlias = dict[str, Any]


class Asked(msgspec.Struct, frozen=True):
    """What is to be compared.

    Attributes:
        pack: Name of the pack.
        old, new: Its files before and after.
        now: The present moment.
        subjects: Subjects that are looked at, at most.
        seconds: How long that may take.
    """

    pack: str
    old: dict[str, str]
    new: dict[str, str]
    now: Micros
    subjects: int = SUBJECTS
    seconds: float = SECONDS


class Found(msgspec.Struct):
    """What was found.

    Attributes:
        planned: What would change.
        listed: Part → subjects for which it would.
        whole: Whether all subjects were looked at.
    """

    planned: Planned
    listed: dict[str, list[Change]]
    whole: bool = True


def plan_in(db: str, asked: Asked) -> Found:
    """Return what would change on the history of a ledger that is opened for it: for a process of its own."""
    return _plan(LedgerHistory(partial(open_ledger, db, must_exist=True), asked.now, 0), asked)


def plan_on(ledger: Ledger, asked: Asked) -> Found:
    """Return what would change on the history of an open ledger, in this thread: one that lives in memory."""
    return _plan(LedgerHistory(lambda: ledger, asked.now, 0, shared=False, close=False), asked)


def _plan(history: LedgerHistory, asked: Asked) -> Found:
    """Return what would change."""
    packs = [compile_pack(files).require() for files in (asked.old, asked.new)]
    found = Found(Planned(), {})
    until = monotonic() + asked.seconds
    with opening(history) as opened:
        before, after = (Backtest(pack, opened.heard, asked.now, opened.whose_with(pack)) for pack in packs)
        with _scanned(opened.scan(asked.pack, None)) as subjects:
            for subject, events in islice(subjects, asked.subjects):
                changed = changes(before.judge(subject, events), after.judge(subject, events))
                found.planned.add(changed, len(events), None)
                _list(found.listed, changed)
                if monotonic() > until:
                    break
            found.whole = next(subjects, None) is None
    return found


@contextmanager
def _scanned(subjects: Iterator[tuple[str, list[Any]]]) -> Iterator[Iterator[tuple[str, list[Any]]]]:
    """Close a scan that is left before its end: it holds a moment of the ledger."""
    try:
        yield subjects
    finally:
        close = getattr(subjects, "close", None)
        if close is not None:
            close()


def _list(listed: dict[str, list[Change]], changed: Collection[Change]) -> None:
    """Name the subjects behind each count, as far as there is room."""
    for change in changed:
        some = listed.setdefault(change.part, [])
        if len(some) < LISTED:
            some.append(change)


def plan_view(found: Found, asked: Asked) -> Row:
    """Return what would change, as rows with the subjects behind each count."""
    head, *groups = plan_rows(found.planned, asked.pack, ("", ""), None, Where("", ""))
    said = plural(found.planned.subjects, "subject")
    limits = f"The first {said} were looked at: a page takes no more than {asked.subjects:,}, or {asked.seconds:.0f} s."
    return {
        "answer": head["answer"] if found.planned.subjects else "There is no history to compare on yet.",
        "subjects": found.planned.subjects,
        "changed": found.planned.changed,
        "events": found.planned.events,
        "whole": found.whole,
        "limits": "" if found.whole else f"{limits} `troth plan` looks at all.",
        "rows": [_group(row, found.listed.get(row["part"], ())) for row in groups],
    }


def _group(row: Row, changed: Sequence[Change]) -> Row:
    """Return like changes, with those for whom they are."""
    kept = {name: row[name] for name in ("what", "name", "before", "after", "count", "subjects", "part")}
    subjects = [
        {"subject": one.subject, "href": f"/tx/{one.subject}", "about": one.about,
         "before": one.before_in_full or one.before, "after": one.after_in_full or one.after}
        for one in changed
    ]  # fmt: skip
    return kept | {"listed": subjects}
