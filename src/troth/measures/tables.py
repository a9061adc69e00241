"""The four tables that every measure reads, and how a record becomes rows of them.

The schemas are the contract between the runtime, which fills the tables (DuckDB and Parquet here, other engines
elsewhere), and the measures, which only build expressions over them. Instants and durations are int64 microseconds
since 1970 UTC. A null instant means: it has not happened, or is not known.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeAlias

import msgspec

from troth.errors import MeasureError, Place, Problem
from troth.measures.clock import Course, Model, course_of, model_of
from troth.model.pack import Pack, PromiseKind
from troth.model.record import Case, Promise, Record
from troth.model.times import Micros

Columns: TypeAlias = dict[str, dict[str, list[Any]]]
"""Table name → column name → values; all columns of a table are of one length."""


class Column(msgspec.Struct, frozen=True):
    """A column: its name, its type (`string`, `int64`, `bool`) and what it says."""

    name: str
    type: str
    says: str


class Schema(msgspec.Struct, frozen=True):
    """A table: what one row is, its key, its columns in order."""

    name: str
    row: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]


def columns_from(text: str) -> tuple[Column, ...]:
    """Return the columns that a text lists, a line each: name, type, what it says.

    >>> columns_from("told_at  int64  when it was told")
    (Column(name='told_at', type='int64', says='when it was told'),)
    """
    return tuple(Column(*line.split(maxsplit=2)) for line in text.strip().splitlines())


SCHEMAS: Final[Mapping[str, Schema]] = {
    schema.name: schema
    for schema in (
        Schema(
            "subjects",
            "one thing a customer waits on",
            ("subject",),
            columns_from("""
                subject         string  its name, `<noun>/<id>`
                pack            string  the service model that derived it
                cluster         int64   first 62 bits of BLAKE2b over the name: deals subjects into bootstrap groups
                requested_at    int64   start of the customer's clock; null: no request seen
                entry           int64   when it came under observation; the request unless it was under way before
                observed_until  int64   as_of less the longest time a usable state has to last
                outcome         string  `usable`, the name of a terminal state that is not, or `open`
                outcome_at      int64   when the outcome was entered; null: open or undated
                undated         bool    the outcome is known, its moment is not
                clock_until     int64   first terminal state that lasts, else as_of; null: that state is undated
                state           string  the present state
                attributes      string  JSON object, attribute name → value; the snapshot makes columns of it
            """),
        ),
        Schema(
            "promises",
            "one promise",
            ("subject", "kind", "key"),
            columns_from("""
                subject       string  whose
                pack          string  the service model
                kind          string  its kind
                key           string  tells it from others of its kind
                made_at       int64   when it was made
                opens_at      int64   start of its window
                first_due     int64   due moment of the first window, without grace; null: undisclosed
                first_limit   int64   from here on the first window has passed, grace included
                last_due      int64   due moment of the last window that counts
                last_limit    int64   from here on that window has passed, grace included
                grace         int64   allowance after due; a duration
                outcome       string  `open`, `kept`, `late`, `broken`, `void` or `unknown`, for the first window
                renegotiated  string  the same for the last window that counts
                decided_at    int64   when the outcome was decided
                kept_at       int64   when what was promised came true; null: it has not
            """),
        ),
        Schema(
            "spans",
            "one stretch of time on a subject's clock during which its alignment did not change",
            ("subject", "since"),
            columns_from("""
                subject    string  whose
                since      int64   start
                until      int64   end, exclusive; later than the start
                alignment  string  `aligned`, `ahead`, `stuck`, `unverifiable`, `behind` or `untold`
                about      string  what decides it: statement, action or state, joined by a blank
            """),
        ),
        Schema(
            "cases",
            "one service failure",
            ("subject", "kind", "about", "opened_at"),
            columns_from("""
                subject            string  whose
                pack               string  the service model
                kind               string  its kind
                about              string  what it is about
                opened_at          int64   when it was opened: its kind's `after` past the break
                owned_at           int64   first owner, in the present life
                informed_at        int64   customer informed, in the present life
                resolved_at        int64   resolved, in the present life
                closed_at          int64   closed, in the present life
                first_resolved_at  int64   resolved for the first time
                first_closed_at    int64   closed for the first time
                first_reopened_at  int64   open again for the first time
                reopenings         int64   how often it was open again
                relapse            int64   from first resolved or closed to first open again; a duration
                id                 string  minted at the first opening by the live service; empty in imported history
                broke_at           int64   when it went wrong; the opening where the kind has no `after`
                detected_at        int64   when the firm knew; null: not before opening
                detected_by        string  `system`, `associate` or `customer`
                closed_as          string  `clean`, `unclean`, `void`; empty: open, or of a kind that does not tell
            """),
        ),
    )
}

_json: Final = msgspec.json.Encoder(order="deterministic")


class _Known(msgspec.Struct, frozen=True):
    """What is read from a pack, once."""

    model: Model
    promises: Mapping[str, PromiseKind]


def cluster_of(subject: str) -> int:
    """Return the number that stands for a subject in bootstraps: the first 62 bits of BLAKE2b over its name.

    >>> cluster_of("order/1") == cluster_of("order/1") < 2**62
    True
    """
    return int.from_bytes(hashlib.blake2b(subject.encode(), digest_size=8).digest(), "big") >> 2


def columns_of(records: Iterable[Record], packs: Mapping[str, Pack], as_of: Micros) -> Columns:
    """Return the rows of all four tables for records that hold at as_of, in the order of the records.

    Args:
        records: Records derived up to as_of.
        packs: Packs by name.
        as_of: The moment of the snapshot.

    Raises:
        MeasureError: Q105, a record of a pack that was not given.
    """
    tables: Columns = {name: {column.name: [] for column in schema.columns} for name, schema in SCHEMAS.items()}
    append = {name: _appender(columns) for name, columns in tables.items()}
    known = {name: _Known(model_of(pack), {kind.name: kind for kind in pack.promises}) for name, pack in packs.items()}
    for record in records:
        model = known.get(record.pack)
        if model is None:
            raise MeasureError(_no_pack(record, packs))
        course = course_of(record.states, model.model, as_of)
        append["subjects"](_subject_row(record, course, as_of - model.model.confirm))
        for promise in record.promises:
            append["promises"](_promise_row(record, promise, model.promises.get(promise.kind)))
        for span in _span_rows(record, course.clock_until):
            append["spans"](span)
        for case in record.cases:
            append["cases"](_case_row(record, case))
    return tables


def _appender(columns: dict[str, list[Any]]) -> Callable[[tuple[Any, ...]], None]:
    adders = [values.append for values in columns.values()]

    def append(row: tuple[Any, ...]) -> None:
        for add, value in zip(adders, row, strict=True):
            add(value)

    return append


def _subject_row(record: Record, course: Course, observed_until: Micros) -> tuple[Any, ...]:
    attributes = {name: attribute.value for name, attribute in record.attributes.items() if attribute.value is not None}
    return (
        record.subject,
        record.pack,
        cluster_of(record.subject),
        record.requested_at,
        record.requested_at,
        observed_until,
        course.outcome,
        course.outcome_at,
        course.undated,
        course.clock_until,
        record.states[-1].value if record.states else "unknown",
        _json.encode(attributes).decode(),
    )


def _promise_row(record: Record, promise: Promise, kind: PromiseKind | None) -> tuple[Any, ...]:
    grace = kind.grace if kind else 0
    # An inclusive window has passed one microsecond later: that is the whole difference.
    passed = grace + (1 if kind and kind.inclusive else 0)
    first = promise.windows[0].due if promise.windows else None
    last = next((window.due for window in reversed(promise.windows) if window.counts != "slip"), None)
    return (
        record.subject,
        record.pack,
        promise.kind,
        promise.key,
        promise.made_at,
        promise.opens_at,
        first,
        None if first is None else first + passed,
        last,
        None if last is None else last + passed,
        grace,
        promise.outcome,
        promise.renegotiated,
        promise.decided_at,
        promise.kept_at,
    )


def _span_rows(record: Record, until: Micros | None) -> Iterable[tuple[Any, ...]]:
    """Yield the alignment clipped to the clock; time before the first alignment is untold."""
    start = record.requested_at
    if start is None or until is None or until <= start:
        return
    spans = record.alignment
    first = spans[0].since if spans else until
    if first > start:
        yield record.subject, start, min(first, until), "untold", ""
    for index, span in enumerate(spans):
        ends = spans[index + 1].since if index + 1 < len(spans) else until
        since, ends = max(span.since, start), min(ends, until)
        if since < ends:
            yield record.subject, since, ends, span.value, " ".join(span.about)


def _case_row(record: Record, case: Case) -> tuple[Any, ...]:
    reopened = case.reopened_at[0] if case.reopened_at else None
    resolved = case.first_resolved_at if reopened is not None else _or(case.first_resolved_at, case.resolved_at)
    closed = case.first_closed_at if reopened is not None else _or(case.first_closed_at, case.closed_at)
    ended = [moment for moment in (resolved, closed) if moment is not None]
    return (
        record.subject,
        record.pack,
        case.kind,
        case.about,
        case.opened_at,
        case.owned_at,
        case.informed_at,
        case.resolved_at,
        case.closed_at,
        resolved,
        closed,
        reopened,
        len(case.reopened_at),
        reopened - min(ended) if reopened is not None and ended else None,
        case.id,
        case.opened_at if case.broke_at is None else case.broke_at,
        case.detected_at,
        case.detected_by,
        case.closed_as,
    )


def _or(first: Micros | None, second: Micros | None) -> Micros | None:
    return second if first is None else first


def _no_pack(record: Record, packs: Mapping[str, Pack]) -> Problem:
    return Problem(
        place=Place(path=record.subject),
        code="Q105",
        found=f"a record of the pack {record.pack!r}, which is not at hand",
        expected=f"one of: {', '.join(sorted(packs)) or 'none given'}",
        remedy="give the pack's folder, or import again with the pack that is installed",
    )
