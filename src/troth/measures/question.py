"""What is asked of a measure, and the tables it is asked of."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

import ibis
import ibis.expr.types as ir
import msgspec

from troth.errors import MeasureError, Place, Problem
from troth.measures.told import TOLD_SCHEMAS
from troth.model.times import Micros

MINIMUM: Final = 30
"""Fewer decided cases than this are *insufficient data* and are never ranked."""

NUMERIC: Final = ("int64", "float64")


class AttributeColumn(msgspec.Struct, frozen=True):
    """Where an attribute stands in the subjects table.

    Attributes:
        column: Column name there (attributes have a prefix: a source may call its own column `subject`).
        type: `bool`, `int64`, `float64` or `string`.
        later: Number of subjects for which it became known only after the request.
    """

    column: str
    type: str
    later: int = 0


def _as_it_is(expression: ir.Table) -> ir.Table:
    return expression


@dataclasses.dataclass(frozen=True)
class Tables:
    """The four tables as Ibis expressions, with what a measure must know about them.

    Attributes:
        subjects: See `troth.measures.tables.SCHEMAS`; with one column for each attribute instead of the JSON text.
        promises: As documented there.
        spans: As documented there.
        cases: As documented there.
        attributes: Attribute name → its column.
        as_of: The moment the tables speak of.
        kinds: Pack → its promise kinds, in the order of the pack.
        legs: (pack, case kind) → legs that the pack can tell: `owned`, `informed`, `resolved`, `closed`.
        rows: Table name → number of rows, before any restriction.
        several: Some subject has several promises of one kind; false spares the work of looking for clusters.
        further: Opens a table of `troth.measures.told` by its name, building it where it is not there yet; `None`:
            nothing is known of what was told.
        said: `message`, `statement`, `topic` → their names in all packs, in the order of the packs.
        hold: Has an expression that several answers begin with computed once, and returns what to read in its place; by
            default the expression itself, which then is computed for each.
    """

    subjects: ir.Table
    promises: ir.Table
    spans: ir.Table
    cases: ir.Table
    attributes: Mapping[str, AttributeColumn]
    as_of: Micros
    kinds: Mapping[str, Sequence[str]] = dataclasses.field(default_factory=dict)
    legs: Mapping[tuple[str, str], Sequence[str]] = dataclasses.field(default_factory=dict)
    rows: Mapping[str, int] = dataclasses.field(default_factory=dict)
    several: bool = True
    further: Callable[[str], ir.Table] | None = None
    said: Mapping[str, Sequence[str]] = dataclasses.field(default_factory=dict)
    hold: Callable[[ir.Table], ir.Table] = _as_it_is

    def told(self, name: str) -> ir.Table:
        """Return a table of what was told, believed, asked or decided; without rows where nothing is known of it.

        It may take as long as a backtest the first time.

        Args:
            name: One of `troth.measures.told.TOLD_SCHEMAS`.
        """
        if self.further is not None:
            return self.further(name)
        schema = ibis.schema({column.name: column.type for column in TOLD_SCHEMAS[name].columns})
        return ibis.memtable([], schema=schema)

    def only(self, keep: ir.Table) -> Tables:
        """Return the tables restricted to the subjects that a table with a `subject` column names."""
        return dataclasses.replace(self, subjects=self.subjects.semi_join(keep, "subject"))


class Question(msgspec.Struct, frozen=True):
    """What is asked.

    Attributes:
        by: Attributes whose values make the segments, or names of the measure's own, such as `source` or `topic`; none:
            one row for the whole.
        kind: Promise or case kind to select; `None`: every kind, one row each.
        weight: Attribute that holds sampling weights; `None`: every subject counts once.
        minimum: Fewer decided cases are insufficient data.
        since: Observe from here on: subjects already under way enter late. Only for time to usable outcome.
    """

    by: tuple[str, ...] = ()
    kind: str | None = None
    weight: str | None = None
    minimum: int = MINIMUM
    since: Micros | None = None


def segment_columns(question: Question) -> list[str]:
    """Return the names that segment columns have inside plans: `s0`, `s1` and so on (attribute names could clash)."""
    return [f"s{index}" for index in range(len(question.by))]


def belonging(subjects: ir.Table, question: Question, tables: Tables, own: Collection[str] = ()) -> dict[str, ir.Value]:
    """Return the columns that `members` adds to a subject, by name: for rows that are subjects there is no join to do.

    Args:
        subjects: The subjects, as the tables hold them.
        question: What is asked.
        tables: What is asked of.
        own: As for `members`.
    """
    columns: dict[str, ir.Value] = {"cluster": subjects.cluster}
    for name, attribute in zip(segment_columns(question), question.by, strict=True):
        if attribute not in own:
            columns[name] = subjects[tables.attributes[attribute].column]
    if question.weight is None:
        # Written as a cast, since PostgreSQL reads 1.0 as a decimal number and then sums decimals.
        columns["w"] = ibis.literal(1, "int64").cast("float64")
    else:
        columns["w"] = subjects[tables.attributes[question.weight].column].cast("float64")
    return columns


def members(tables: Tables, question: Question, own: Collection[str] = ()) -> ir.Table:
    """Return subject, cluster, segment columns and weight `w` (float64) of every subject that the tables hold.

    A subject without a weight has weight null: it is left out of weighted sums by the measures and counted by them.

    Args:
        tables: What is asked of.
        question: What is asked.
        own: Names in `by` that are the measure's own; it adds their columns itself (see `own_columns`).
    """
    return tables.subjects.select("subject", **belonging(tables.subjects, question, tables, own))


def own_columns(question: Question, own: Collection[str]) -> dict[str, str]:
    """Return segment column → name, of the names in `by` that are the measure's own."""
    pairs = zip(segment_columns(question), question.by, strict=True)
    return {column: name for column, name in pairs if name in own}


def in_segment(table: ir.Table, question: Question, segment: Mapping[str, object]) -> ir.Table:
    """Return the rows of one segment; a value of `None` means that the attribute is not known."""
    for column, attribute in zip(segment_columns(question), question.by, strict=True):
        value = segment[attribute]
        table = table.filter(table[column].isnull() if value is None else table[column] == value)
    return table


def check(
    tables: Tables, question: Question, measure: str, kinds: Sequence[str] | None, own: Collection[str] = ()
) -> None:
    """Check a question against the tables, all problems at once.

    Args:
        tables: What it is asked of.
        question: What is asked.
        measure: Name of the measure, for the place.
        kinds: Kinds that the measure has here; `None`: it has none.
        own: Names of the measure's own that `by` may give; they go before attributes of the same name.

    Raises:
        MeasureError: Q102 unknown attribute, Q103 unknown kind, Q104 weight that is no number, Q106 `since` where it
        has no use.
    """
    place = Place(path=measure)
    known = ", ".join([*own, *sorted(tables.attributes)]) or "none (nothing was imported)"
    problems = [
        Problem(place, "Q102", f"no subject has the attribute {name!r}", f"one of: {known}", "choose one of them")
        for name in (*question.by, *([question.weight] if question.weight else []))
        if name not in tables.attributes and not (name in own and name in question.by)
    ]
    if question.kind is not None and question.kind not in (kinds or ()):
        expected = f"one of: {', '.join(kinds)}" if kinds else "no kind: this measure has none here"
        problems.append(Problem(place, "Q103", f"no kind is named {question.kind!r}", expected, "choose one of them"))
    if question.weight in tables.attributes and tables.attributes[str(question.weight)].type not in NUMERIC:
        found = f"the weight {question.weight!r} is of type {tables.attributes[str(question.weight)].type}"
        problems.append(
            Problem(place, "Q104", found, "a number", "weigh with an attribute that is a number on every row")
        )
    if question.since is not None and measure != "time_to_usable_outcome":
        problems.append(
            Problem(place, "Q106", "`since` is given", "nothing", "only time_to_usable_outcome enters subjects late")
        )
    if problems:
        raise MeasureError(problems)
