"""The list as CSV: one line a case, in the list's order. Pure.

Source: RFC 4180; OWASP, CSV Injection.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Final

from troth.model.times import FOREVER, Micros, format_instant
from troth.surfaces.web.console.row import Row

COLUMNS: Final = (
    "case", "subject", "customer", "pack", "kind", "title", "about", "what", "harm", "severity", "people", "amount",
    "broke_at", "opened_at", "promise", "due", "overdue", "owner", "informed_at", "remedied_at", "closed_at",
    "closed_as", "segments",
)  # fmt: skip
"""Names of the columns."""
_FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r")


def sheet(rows: Iterable[Row], now: Micros) -> str:
    """Return rows as CSV with a head.

    Args:
        rows: The cases.
        now: The moment of their harm.
    """
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([_cell(value) for value in _values(row, now)])
    return written.getvalue()


def _values(row: Row, now: Micros) -> tuple[object, ...]:
    """Return what stands in the columns."""
    case, clock = row.case, row.clock
    return (
        case.id, row.subject, row.customer, row.pack, case.kind, row.title, case.about, row.what, row.score(now),
        row.severity, row.people, row.amount, _text(row.broke_at), _text(case.opened_at),
        clock.kind if clock else "", _text(clock.due) if clock else "", _overdue(row, now),
        case.owner, _text(case.informed_at), _text(case.resolved_at), _text(case.closed_at), case.closed_as,
        ";".join(f"{name}={value}" for name, value in sorted(row.segments.items())),
    )  # fmt: skip


def _overdue(row: Row, now: Micros) -> str:
    """Return whether the promise of a row is overdue; empty where there is none, or nobody knows when it is due."""
    if row.is_overdue(now):
        return "yes"
    return "" if row.clock is None or row.clock.due is None else "no"


def _cell(value: object) -> object:
    """Return a value that no program takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULAS) else value


def _text(instant: Micros | None) -> str:
    """Return an instant as RFC 3339 text; empty where there is none."""
    return "" if instant is None or abs(instant) >= FOREVER else format_instant(instant)
