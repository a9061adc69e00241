"""From the ledger to what the console shows: cases as they stand, what closing them would mean, what was done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from troth.engine.machine import Machine, prepare
from troth.engine.project import CASE
from troth.engine.step import needs_past, step
from troth.model.event import Event
from troth.model.record import Case, Record
from troth.surfaces.api.context import Context
from troth.surfaces.api.paging import tag_of
from troth.surfaces.api.shown import case_body
from troth.surfaces.web.console.row import Row, rows_of
from troth.surfaces.web.ending import End, end_of
from troth.surfaces.web.locales import Reader


class Found(msgspec.Struct, frozen=True):
    """A case as it stands.

    Attributes:
        row: The case.
        record: Its record, brought to the present.
        machine: Its pack, prepared.
        version: As `version_of`.
    """

    row: Row
    record: Record
    machine: Machine
    version: str

    @property
    def case(self) -> Case:
        """Return the case."""
        return self.row.case


def version_of(row: Row, context: Context) -> str:
    """Return the version of a case, which is another one whenever somebody or something has changed it."""
    return tag_of(case_body(row.subject, row.case, context.packs[row.pack])).strip('"')


def find(context: Context, case_id: str) -> Found | None:
    """Return a case by its id; `None`: there is none. Blocks."""
    for entry in context.store.entries(CASE, case_id, limit=1):
        seen = context.service.look(entry.subject)
        if seen is None:
            continue
        machine = prepare(seen.pack)
        for row in rows_of(machine, seen.record, context.store.watermarks(), seen.now):
            if row.case.id == case_id:
                return Found(row, seen.record, machine, version_of(row, context))
    return None


def events_of(context: Context, subject: str) -> Sequence[Event]:
    """Return the events of a subject. Blocks."""
    return context.store.events_of([subject])[subject]


def ends_of(context: Context, rows: Iterable[Row], reader: Reader) -> Mapping[str, End]:
    """Return what closing each of some open cases would mean, by their ids. Blocks.

    Args:
        context: The server's parts.
        rows: The cases.
        reader: Who reads.
    """
    standing = [row for row in rows if row.case.closed_at is None]
    machines = {name: prepare(context.packs[name]) for name in {row.pack for row in standing}}
    records = _present(context, machines, standing)
    heard, now = context.store.watermarks(), context.now()
    found: dict[str, End] = {}
    for row in standing:
        record, machine = records.get(row.subject), machines[row.pack]
        case = next((one for one in record.cases if one.id == row.case.id), None) if record is not None else None
        if record is not None and case is not None and case.closed_at is None:
            found[row.case.id] = end_of(machine, record, case, heard, max(now, record.at), reader)
    return found


def end_for(context: Context, found: Found, reader: Reader) -> End | None:
    """Return what closing a case would mean; `None`: it is closed. Blocks."""
    if found.case.closed_at is not None:
        return None
    return end_of(found.machine, found.record, found.case, context.store.watermarks(), found.record.at, reader)


def _present(context: Context, machines: Mapping[str, Machine], rows: Sequence[Row]) -> dict[str, Record]:
    """Return the records of some cases, brought to the present."""
    packs = {row.subject: row.pack for row in rows}
    heard, now = context.store.watermarks(), context.now()
    found: dict[str, Record] = {}
    for subject, record in context.store.records(list(packs)).items():
        machine = machines.get(record.pack)
        if machine is None:
            continue
        if not needs_past(machine, record, (), heard, now):
            found[subject] = step(machine, record, subject, (), None, heard, max(now, record.at))
        elif (seen := context.service.look(subject)) is not None:
            found[subject] = seen.record
    return found
