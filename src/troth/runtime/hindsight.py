"""Hindsight over a ledger: what customers were told, judged subject by subject as it is read.

What cannot have told anything is not folded: only a receipt, of a provider or in the journal, makes a message told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from troth.engine.hindsight import judge_told
from troth.engine.journal import JOURNAL, RECEIPT
from troth.engine.machine import Machine, prepare, route_of
from troth.model.event import Event
from troth.model.hindsight import Hindsight
from troth.model.pack import Pack
from troth.model.times import Micros
from troth.ports.ledger import Ledger
from troth.runtime.gaps import heard_at
from troth.runtime.replay import heard_by

Progress = Callable[[int], None]
"""Is told how many more subjects have been looked at."""


def told_of(ledger: Ledger, pack: Pack, subject: str, now: Micros, *, as_known: bool = False) -> tuple[Hindsight, ...]:
    """Return the judgement of everything that one subject's customer was told by `now`, in the order of telling.

    Args:
        ledger: Where its events are.
        pack: Of the subject.
        subject: Whose.
        now: The moment up to which events count; microseconds since 1970 UTC.
        as_known: Whether only what had been heard by `now` counts, in place of all that has been heard since.
    """
    events = ledger.events_of([subject])[subject]
    known = heard_by(events, now) if as_known else events
    heard = heard_at(ledger, now) if as_known else ledger.watermarks()
    return judge_told(prepare(pack), subject, known, heard, now)


def scan_told(
    ledger: Ledger,
    packs: Mapping[str, Pack],
    now: Micros,
    *,
    as_known: bool = False,
    progress: Progress | None = None,
) -> Iterator[Hindsight]:
    """Yield the judgement of everything that anybody was told by `now`, subject by subject.

    Args:
        ledger: Where the events are.
        packs: The packs to look at, by name.
        now: The moment up to which events count; microseconds since 1970 UTC.
        as_known: Whether only what had been heard by `now` counts.
        progress: Is told of each subject.
    """
    heard = heard_at(ledger, now) if as_known else ledger.watermarks()
    for name, pack in packs.items():
        machine = prepare(pack)
        for subject, events in ledger.scan_events(pack=name):
            known = heard_by(events, now) if as_known else events
            if any(_tells(machine, event) for event in known):
                yield from judge_told(machine, subject, known, heard, now)
            if progress is not None:
                progress(1)


def _tells(machine: Machine, event: Event) -> bool:
    """Return whether an event may be the receipt of a message."""
    if event.source == JOURNAL:
        return event.type == RECEIPT
    route = route_of(machine, event)
    return route is not None and route.receipt is not None
