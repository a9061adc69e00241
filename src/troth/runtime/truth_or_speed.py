"""Truth or speed over a ledger: how late, how slow and how it was, a row a subject.

Asked in hindsight: when a promise was kept is taken as known now. But what counts is how things stood when it was said
how it was: who still waited then was late by so much, and had waited so long.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec
import numpy as np

from troth.model.pack import Pack
from troth.model.record import Record
from troth.model.times import DAY, Micros
from troth.ports.ledger import Ledger
from troth.runtime.experience import Asking, Outcome, Progress, outcome_of, records_as_of
from troth.trust.facts import Facts
from troth.trust.table import Floats, table_of
from troth.trust.truth_or_speed import Served

_NEVER: Final = ("broken", "void")


class Row(msgspec.Struct, frozen=True):
    """One subject: see `Served`; `others` are the attributes held fixed."""

    subject: str
    bad: bool
    late: float
    taken: float
    waiting: bool
    never: bool
    weight: float
    cluster: int
    others: Facts


class Collected(msgspec.Struct):
    """What was found.

    Attributes:
        rows: In the order of their names.
        unweighted: Left out because their weight is not known.
        undecided: Left out because what became of the promise is open or not known, or no due moment is disclosed.
        attributes: Attributes that any subject has.
    """

    rows: list[Row] = []
    unweighted: int = 0
    undecided: int = 0
    attributes: set[str] = set()


def collect(
    ledger: Ledger,
    packs: Mapping[str, Pack],
    asking: Asking,
    kind: str,
    adjust: Sequence[str],
    as_of: Micros,
    progress: Progress | None = None,
) -> Collected:
    """Return how late, how slow and how it was, of every subject that has said how it was.

    Args:
        ledger: Where the records are.
        packs: The packs to look at, by name.
        asking: The condition, weight and customer.
        kind: The promise.
        adjust: Attributes to hold fixed as well; only values known from the request on count.
        as_of: The moment.
        progress: Is told of each subject.
    """
    found = Collected()
    for record in records_as_of(ledger, packs, as_of):
        found.attributes.update(record.attributes)
        outcome = outcome_of(record, asking)
        if outcome.bad is not None and outcome.said_at is not None:
            _collect_one(found, record, outcome, outcome.said_at, kind, adjust)
        if progress is not None:
            progress(1)
    found.rows.sort(key=lambda row: row.subject)
    return found


def _collect_one(
    found: Collected, record: Record, outcome: Outcome, said_at: Micros, kind: str, adjust: Sequence[str]
) -> None:
    """Add one subject, or count why it is left out."""
    start = record.requested_at
    mine = [promise for promise in record.promises if promise.kind == kind]
    due = [promise.windows[0].due for promise in mine if promise.windows and promise.windows[0].due is not None]
    kept = [promise.kept_at for promise in mine if promise.kept_at is not None]
    never = len(kept) < len(mine) and any(promise.outcome in _NEVER for promise in mine if promise.kept_at is None)
    if outcome.weight is None:
        found.unweighted += 1
        return
    if start is None or said_at <= start or not mine or len(due) < len(mine) or (len(kept) < len(mine) and not never):
        found.undecided += 1
        return
    served_at = min(max(kept), said_at) if not never else said_at
    margins = [
        min(said_at if promise.kept_at is None else promise.kept_at, said_at) - limit
        for promise, limit in zip(mine, due, strict=True)
    ]
    found.rows.append(
        Row(
            record.subject,
            bool(outcome.bad),
            max(0, *margins) / DAY,
            max(0, served_at - start) / DAY,
            not never and max(kept) > said_at,
            never,
            outcome.weight,
            outcome.cluster,
            _others(record, start, adjust),
        )
    )


def _others(record: Record, start: Micros, adjust: Iterable[str]) -> Facts:
    """Return the attributes to hold fixed that were known from the request on."""
    found: Facts = {}
    for name in adjust:
        attribute = record.attributes.get(name)
        if attribute is not None and attribute.known_from <= start and attribute.value is not None:
            value = attribute.value
            found[f"attribute: {name}"] = value if isinstance(value, str) else float(value)
    return found


def served_of(rows: Sequence[Row]) -> Served:
    """Return rows as columns, the attributes held fixed ready for a regression."""

    def column(name: str, type_: Any) -> Any:
        return np.array([getattr(row, name) for row in rows], dtype=type_)

    return Served(
        bad=column("bad", np.bool_),
        late=column("late", np.float64),
        taken=column("taken", np.float64),
        waiting=column("waiting", np.bool_),
        never=column("never", np.bool_),
        weights=column("weight", np.float64),
        clusters=column("cluster", np.int64),
        others=_design([row.others for row in rows]),
    )


def _design(rows: Sequence[Facts]) -> Floats:
    """Return attributes as columns of a regression.

    Numbers are cut at the 1st and 99th percentile and scaled, words are columns of their values, and what is not known
    has a column of its own.
    """
    table = table_of(rows)
    columns = []
    for index, name in enumerate(table.names):
        values = table.values[:, index]
        missing = np.isnan(values)
        if missing.any():
            columns.append(missing.astype(np.float64))
        if name in table.levels:
            columns += [(values == code).astype(np.float64) for code in range(1, len(table.levels[name]) + 1)]
            continue
        low, middle, high = np.quantile(values[~missing], [0.01, 0.5, 0.99])
        cut = np.where(missing, middle, np.clip(values, low, high))
        columns.append((cut - cut.mean()) / (cut.std() or 1.0))
    return np.column_stack(columns) if columns else np.zeros((len(rows), 0))
