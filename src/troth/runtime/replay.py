"""Replay: records as they stood at another moment, folded again from the events known by then.

*As known at T*: only events that had been heard by T count, the feeds count as heard as far as they had been by then,
and `now` is T.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from troth.engine.fold import refold
from troth.engine.machine import prepare
from troth.model.event import Event
from troth.model.pack import Pack
from troth.model.record import Record
from troth.model.times import Micros
from troth.ports.ledger import Ledger
from troth.runtime.gaps import heard_at


def records_at(ledger: Ledger, packs: Mapping[str, Pack], moment: Micros) -> Iterator[Record]:
    """Yield the record of every subject as known at a moment; those of which nothing was known are left out."""
    heard = heard_at(ledger, moment)
    for name, pack in packs.items():
        machine = prepare(pack)
        for subject, events in ledger.scan_events(pack=name):
            known = heard_by(events, moment)
            if known:
                yield refold(machine, subject, known, heard, moment)


def record_of(ledger: Ledger, packs: Mapping[str, Pack], subject: str, moment: Micros | None = None) -> Record | None:
    """Return one subject's record, as known at a moment; `None`: as it stands. `None` when nothing is known of it."""
    stored = ledger.records([subject]).get(subject)
    if moment is None or stored is None:
        return stored
    known = heard_by(ledger.events_of([subject])[subject], moment)
    if not known:
        return None
    return refold(packs[stored.pack], subject, known, heard_at(ledger, moment), moment)


def heard_by(events: Sequence[Event], moment: Micros) -> list[Event]:
    """Return the events that had happened and been heard by a moment."""
    return [event for event in events if event.heard_at <= moment and event.occurred_at <= moment]
