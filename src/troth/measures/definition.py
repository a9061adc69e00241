"""What a measure is: its definition in words, and the three pure functions that make it.

A measure never connects and never runs a query. `plan` builds expressions, somebody else runs them, `estimate` turns
the answers into estimates, and `evidence` builds the expression for the single subjects behind a figure, from the same
base expression that was counted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from troth.measures.comparison import COMPARED
from troth.model.estimate import Estimate

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from troth.measures.question import Question, Tables

Plan: TypeAlias = "Mapping[str, ir.Table]"
Answers: TypeAlias = "Mapping[str, pa.Table]"


class Definition(msgspec.Struct, frozen=True):
    """A measure in words.

    Attributes:
        name: As the command line names it.
        title: One line.
        formula: What is divided by what, or estimated how.
        columns: The measure's own figures, by name, in words with units.
        parts: Names that `evidence` accepts → which rows they are.
        assumptions: What must hold for the figure to mean what it says.
        source: Papers, standards.
        aside: Columns that stand in a table of their own where people read.
    """

    name: str
    title: str
    formula: str
    columns: Mapping[str, str]
    parts: Mapping[str, str]
    assumptions: tuple[str, ...]
    source: str = ""
    aside: tuple[str, ...] = ()


class Measure(msgspec.Struct, frozen=True):
    """A measure: definition and functions.

    Attributes:
        definition: In words.
        plan: Question → named expressions, to be run by the runtime.
        estimate: Answers under the same names → estimates, worst first within each kind.
        evidence: (tables, question, segment, kind, part) → the rows behind a figure, with a `subject` column. The
            segment gives a value for each attribute of `question.by`; the kind is empty for measures without kinds.
        reads: The tables of what was told that it reads for every question: they can be built beforehand.
    """

    definition: Definition
    plan: Callable[[Tables, Question], Plan]
    estimate: Callable[[Answers, Tables, Question], list[Estimate]]
    evidence: Callable[[Tables, Question, Mapping[str, object], str, str], ir.Table]
    reads: tuple[str, ...] = ()


def page_of(definition: Definition) -> str:
    """Return the definition as the text that `troth explain NAME` prints."""
    lines = [f"{definition.name}: {definition.title}", "", definition.formula, "", "Columns"]
    lines += [f"  {name}: {says}" for name, says in definition.columns.items()]
    lines += ["", "With --by", *(f"  {name}: {says}" for name, says in COMPARED.items())]
    lines += ["", "Assumptions", *(f"  - {assumption}" for assumption in definition.assumptions)]
    lines += ["", "Subjects behind it, by part", *(f"  {name}: {says}" for name, says in definition.parts.items())]
    if definition.source:
        lines += ["", f"Source: {definition.source}"]
    return "\n".join(lines)
