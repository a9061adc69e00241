"""The queue of open cases, worst harm first: one order for all pages of one reading."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from troth.engine.harm import Harm, harms, place_of
from troth.engine.machine import Machine, prepare
from troth.engine.project import OPEN_CASE
from troth.model.record import Case
from troth.model.times import SECOND, Micros
from troth.surfaces.api.context import Context

MOST: Final = 10_000
"""Open cases that are put in order; of more, those that have been open for longest."""
_PAGE: Final = 1_000
_FRESH: Final = 2 * SECOND


class Line(NamedTuple):
    """One open case.

    Attributes:
        subject: Whose.
        pack: Name of the subject's pack.
        case: The case.
        harm: How bad it is.
    """

    subject: str
    pack: str
    case: Case
    harm: Harm


def lines(context: Context, customer: str, now: Micros) -> Sequence[Line]:
    """Return the open cases of all customers, or of one, in the order of their harm at a moment.

    Args:
        context: The server's parts.
        customer: `customer/17`; empty: all.
        now: The moment; the same one gives the same order as long as the same cases are open.
    """
    known: dict[Any, tuple[Micros, Sequence[Line]]] = context.cache.setdefault("queue", {})
    kept = known.get((customer, now))
    if kept is not None and context.now() - kept[0] < _FRESH:
        return kept[1]
    found: list[Line] = []
    machines = {name: prepare(pack) for name, pack in context.packs.items()}
    subjects = _subjects(context, customer)
    for start in range(0, len(subjects), _PAGE):
        found += _of(context, machines, subjects[start : start + _PAGE], now)
    found.sort(key=lambda line: place_of(line.harm.score, line.subject, line.case))
    known.clear()
    known[customer, now] = (context.now(), found)
    return found


def _of(context: Context, machines: dict[str, Machine], subjects: Sequence[str], now: Micros) -> list[Line]:
    """Return the lines of some subjects."""
    found: list[Line] = []
    for subject, record in context.store.records(subjects).items():
        machine = machines.get(record.pack)
        if machine is not None:
            found += [Line(subject, record.pack, case, bad) for case, bad in harms(machine, record, now)]
    return found


def _subjects(context: Context, customer: str) -> list[str]:
    """Return the subjects that have open cases, those open for longest first."""
    return list(dict.fromkeys(line.subject for line in context.store.entries(OPEN_CASE, customer, limit=MOST)))
