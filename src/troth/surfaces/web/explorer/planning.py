"""What a changed pack would change on the history that a server holds: bounded, in a process of its own.

It is `troth plan`, with limits: so many subjects, so much time. A page says what was looked at, and what was not.
Nothing is stored: the changed text is handed to the process and gone with it.
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
from troth.model.times import Micros, format_instant
from troth.ports.ledger import Ledger
from troth.runtime.backtest.history import LedgerHistory, opening
from troth.runtime.backtest.plan import Planned
from troth.surfaces.backtest.listed import Where
from troth.surfaces.backtest.plan_rows import plan_rows
from troth.surfaces.web.explorer.bounded import Tell, within
from troth.surfaces.web.explorer.words import plural

SUBJECTS: Final = 5_000
"""Subjects that are looked at, at most."""
SECONDS: Final = 20.0
"""How long looking at them may take; then no further one is begun."""
GRACE: Final = 10.0
"""How long after that a process may take for the subject at which it is, and to start; then it is ended."""
LISTED: Final = 50
"""Subjects that are named behind each count."""
_TOLD_EVERY: Final = 1.0
Row: TypeAlias = dict[str, Any]


class Asked(msgspec.Struct, frozen=True):
    """What is to be compared.

    Attributes:
        pack: Name of the pack.
        old, new: Its files before and after.
        now: The present moment.
        total: How many subjects the pack has, as far as they are counted.
        subjects: Subjects that are looked at, at most.
        seconds: How long looking at them may take.
        grace: How long after that the subject that is looked at may take.
    """

    pack: str
    old: dict[str, str]
    new: dict[str, str]
    now: Micros
    total: int = 0
    subjects: int = SUBJECTS
    seconds: float = SECONDS
    grace: float = GRACE


class Found(msgspec.Struct):
    """What was found.

    Attributes:
        planned: What would change.
        listed: Part → subjects for which it would.
        left: Why not all subjects were looked at: `subjects`, there are too many; `seconds`, the time was over;
            `grace`, one of them took too long. Empty: all were.
    """

    planned: Planned
    listed: dict[str, list[Change]]
    left: str = ""


def plan_in(db: str, asked: Asked) -> Found:
    """Return what would change on the history of a ledger that is opened for it, by a process that may be ended."""
    outcome = within(asked.seconds + asked.grace, _work, db, asked)
    found: Found = outcome.told if outcome.told is not None else Found(Planned(), {})
    return found if outcome.ended else msgspec.structs.replace(found, left="grace")


def plan_on(ledger: Ledger, asked: Asked) -> Found:
    """Return what would change on the history of an open ledger, in this thread: one that lives in memory."""
    history = LedgerHistory(lambda: ledger, asked.now, 0, shared=False, close=False)
    return _plan(history, asked, lambda _: None)


def _work(tell: Tell, db: str, asked: Asked) -> None:
    """Tell what would change on the history of a ledger that is opened for it: the part of the other process."""
    tell(_plan(LedgerHistory(partial(open_ledger, db, must_exist=True), asked.now, 0), asked, tell))


def _plan(history: LedgerHistory, asked: Asked, tell: Tell) -> Found:
    """Return what would change; how far it has come is told now and then."""
    packs = [compile_pack(files).require() for files in (asked.old, asked.new)]
    found = Found(Planned(), {})
    told = monotonic()
    until = told + asked.seconds
    with opening(history) as opened:
        before, after = (Backtest(pack, opened.heard, asked.now, opened.whose_with(pack)) for pack in packs)
        with _scanned(opened.scan(asked.pack, None)) as subjects:
            for subject, events in islice(subjects, asked.subjects):
                if (now := monotonic()) > until:
                    found.left = "seconds"
                    break
                if now > told + _TOLD_EVERY:
                    tell(found)
                    told = now
                changed = changes(before.judge(subject, events), after.judge(subject, events))
                found.planned.add(changed, len(events), None)
                _list(found.listed, changed)
            if not found.left and next(subjects, None) is not None:
                found.left = "subjects"
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
    """Return what would change, as rows with the subjects behind each count, and what was looked at for it."""
    head, *groups = plan_rows(found.planned, asked.pack, ("", ""), None, Where("", ""))
    seen = found.planned.subjects
    left = _left(found, asked)
    said = f"The first {plural(seen, 'subject')} {'was' if seen == 1 else 'were'} looked at. " if seen else ""
    answer = head["answer"] if seen else "There is no history to compare on yet."
    limits = f"{said}Not looked at: {left}." if left else ""
    return {
        "answer": limits if left and not seen else f"{answer} {limits}".rstrip(),
        "subjects": seen,
        "changed": found.planned.changed,
        "events": found.planned.events,
        "until": format_instant(asked.now),
        "whole": not found.left,
        "left": left,
        "limits": limits,
        "rows": [_group(row, found.listed.get(row["part"], ())) for row in groups],
    }


def _left(found: Found, asked: Asked) -> str:
    """Return what was not looked at and why, in words; empty: everything was."""
    more = asked.total - found.planned.subjects
    why = {
        "": "",
        "subjects": f"a page takes no more than {plural(asked.subjects, 'subject')}",
        "seconds": f"a page takes no more than {asked.seconds:.0f} s",
        "grace": f"one subject alone takes too long, and {asked.seconds + asked.grace:.0f} s were over",
    }[found.left]
    return f"{plural(more, 'subject') if more > 0 else 'the others'}, since {why}" if why else ""


def _group(row: Row, changed: Sequence[Change]) -> Row:
    """Return like changes, with those for whom they are."""
    kept = {name: row[name] for name in ("what", "name", "before", "after", "count", "subjects", "part")}
    subjects = [
        {"subject": one.subject, "href": f"/tx/{one.subject}", "about": one.about,
         "before": one.before_in_full or one.before, "after": one.after_in_full or one.after}
        for one in changed
    ]  # fmt: skip
    return kept | {"listed": subjects}
