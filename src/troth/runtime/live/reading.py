"""Reading a subject beside the writer: as committed, brought to the moment asked about, and never stored."""

from __future__ import annotations

from collections.abc import Mapping

from troth.engine.fold import refold
from troth.engine.machine import Machine
from troth.engine.step import needs_past, step
from troth.model.times import Micros
from troth.ports.ledger import Ledger
from troth.runtime.gaps import heard_at
from troth.runtime.replay import heard_by
from troth.runtime.service import Seen


def look(ledger: Ledger, machines: Mapping[str, Machine], subject: str, now: Micros, at: Micros | None) -> Seen | None:
    """Return a subject at `now`, or as it was known at an earlier moment; `None`: nobody has heard of it.

    Args:
        ledger: Where it is.
        machines: The packs, prepared, by name.
        subject: Which.
        now: The present moment.
        at: The moment asked about; `None`: the present.
    """
    record = ledger.records([subject]).get(subject)
    if record is None or record.pack not in machines:
        return None
    machine = machines[record.pack]
    if at is not None:
        events = heard_by(ledger.events_of([subject])[subject], at)
        if not events:
            return None
        known = refold(machine, subject, events, heard_at(ledger, at), at)
        return Seen(known, machine.pack, at, known.events)
    heard = ledger.watermarks()
    past = ledger.events_of([subject])[subject] if needs_past(machine, record, (), heard, now) else None
    present = step(machine, record, subject, (), past, heard, max(now, record.at))
    return Seen(present, machine.pack, now, present.events)
