"""Beside exception closure: closing in alignment, with the other endings competing, and who found the failure first.

A case is closed *clean* when message, state and action have lined up again for its kind's dwell, the promise is kept,
renegotiated or void, the remedy is done and the customer informed. Closing unclean, and finding that it was a false
alarm (void), compete with that: who ends so can no longer end clean. A relapse takes a closing back.
"""

from __future__ import annotations

from typing import Any, Final

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from troth.measures.definition import Answers
from troth.measures.question import Question, Tables, members
from troth.measures.segment import group_keys, split
from troth.measures.share import Part, added, share
from troth.measures.tally import tallied

FULL: Final = ("detected", "owned", "informed", "resolved", "closed")
"""What a kind with a full life tells; the complaint that a pack does not declare is one."""

LEGS: Final = ("broke_detected", "detected_informed", "informed_closed", "broke_closed")
"""Legs of cases with a full life, in its order; the last two end with a clean closing."""

ENDS: Final = ("clean", "unclean", "void")
COLUMNS: Final = {
    "unclean": "closed unclean: competes with closing clean",
    "clean_share": "of the closed: share closed clean",
    "clean_share_low": "its Wilson 95 % interval",
    "clean_share_high": "its upper end",
    "unclean_share": "of the closed: share closed unclean",
    "void_share": "of the closed: share that were false alarms",
    "found_first": "share of cases that the firm knew of before the customer said so; false alarms left out",
    "found_first_low": "its Wilson 95 % interval",
    "found_first_high": "its upper end",
    "contacts": "times that a customer spoke up from the break to the closing; null: no declared kind has a full life",
    "contacts_per_case": "the same for each case; false alarms left out",
}
PARTS: Final = {
    "clean": "closed clean",
    "unclean": "closed unclean",
    "void": "closed as a false alarm",
    "customer_first": "cases of which the customer told the firm",
    "firm_first": "cases that the firm knew of before the customer said so",
    "contacted": "cases during which the customer spoke up",
}


def tells(tables: Tables, pack: str, kind: str) -> bool:
    """Return whether a kind has the full life, so that its cases tell how they were closed and who found them."""
    return "detected" in tables.legs.get((pack, kind), FULL)


def _any_tells(tables: Tables) -> bool:
    """Return whether any declared kind has the full life: else nobody asks how often customers spoke up."""
    return any("detected" in legs for legs in tables.legs.values())


def ends(cases: ir.Table, leg: str) -> tuple[ir.Value, ir.Value]:
    """Return start and end of a leg: of the present life, since a relapse takes an earlier closing back."""
    # What nobody announced was known when its rule opened it.
    detected = ibis.coalesce(cases.detected_at, cases.opened_at)
    match leg:
        case "broke_detected":
            return cases.broke_at, detected
        case "detected_informed":
            return detected, cases.informed_at
        case "informed_closed":
            return cases.informed_at, cases.closed_at
        case _:
            return cases.broke_at, cases.closed_at


def _end(cases: ir.Table) -> ir.StringValue:
    """Return how a case was closed, or `open`."""
    return ibis.ifelse(cases.closed_as == "", "open", cases.closed_as)


def _counts_contacts(tables: Tables) -> bool:
    """Return whether it is known how often customers spoke up, and anybody asks."""
    return tables.further is not None and _any_tells(tables)


def lines(tables: Tables, question: Question) -> ir.Table:
    """Return one row for each case with how it was closed, who found it, and how often the customer spoke up."""
    cases = tables.cases
    if question.kind is not None:
        cases = cases.filter(cases.kind == question.kind)
    rows = cases.mutate(
        end=_end(cases),
        until=ibis.coalesce(cases.closed_at, ibis.literal(tables.as_of, "int64")),
    )
    if not _counts_contacts(tables):
        counted_rows = rows.mutate(contacts=ibis.literal(0, "int64"))
    else:
        calls = tables.told("contacts").select(caller="subject", at="at")
        within = rows.left_join(
            calls, [rows.subject == calls.caller, calls["at"] >= rows.broke_at, calls["at"] <= rows.until]
        )
        keys = ["subject", "pack", "kind", "about", "opened_at"]
        calls_of = within.group_by(keys).aggregate(contacts=within["at"].count().cast("int64"))
        counted_rows = rows.inner_join(calls_of, keys)
    wanted = counted_rows.select(
        "subject", "pack", "kind", "about", "opened_at", "broke_at", "closed_at", "detected_by", "end", "contacts"
    )
    return wanted.inner_join(members(tables, question), "subject")


def plan(tables: Tables, question: Question, cases: ir.Table) -> dict[str, ir.Table]:
    """Return the expressions: cases by how they were closed and who found them, and contacts where anybody asks.

    Args:
        tables: What is asked of.
        question: What is asked.
        cases: The cases asked about, with segments and weights.
    """
    keys = group_keys(question, "pack", "kind")
    answers = {"lives": tallied(cases.mutate(end=_end(cases)), [*keys, "end", "detected_by"], question)}
    if not _counts_contacts(tables):
        return answers
    rows = lines(tables, question)
    return answers | {
        "contacts": rows.group_by(keys).aggregate(
            contacts=ibis.ifelse(rows.end == "void", 0, rows.contacts).sum().cast("int64")
        ),
    }


class Figures:
    """The answers, by case kind and segment.

    Args:
        answers: Of a plan that holds `plan`'s expressions.
        tables: What was asked of.
        question: What was asked.
    """

    def __init__(self, answers: Answers, tables: Tables, question: Question) -> None:
        """Take the answers apart."""
        keys = group_keys(question, "pack", "kind")
        self._lives = dict(split(answers["lives"], keys))
        contacts = split(answers["contacts"], keys) if "contacts" in answers else ()
        self._contacts = {key: rows.to_pylist()[0]["contacts"] for key, rows in contacts}
        self._tables = tables

    def of(self, key: tuple[Any, ...]) -> dict[str, Any]:
        """Return the figures of one kind in one segment; null where the kind does not tell."""
        if not tells(self._tables, key[0], key[1]):
            return {name: None for name in COLUMNS if name != "unclean"}
        ended, found = _parts(self._lives.get(key))
        closed = added(ended.get(name, Part()) for name in ENDS)
        figures: dict[str, Any] = share("clean_share", ended.get("clean", Part()), closed)
        for name in ("unclean", "void"):
            figures[f"{name}_share"] = share("it", ended.get(name, Part()), closed)["it"]
        real = added(found.values())
        first = added(part for name, part in found.items() if name != "customer")
        figures |= share("found_first", first, real)
        contacts = self._contacts.get(key, 0) if _counts_contacts(self._tables) else None
        per_case = contacts / real.n if contacts is not None and real.n else None
        return figures | {"contacts": contacts, "contacts_per_case": per_case}


def _parts(table: pa.Table | None) -> tuple[dict[str, Part], dict[str, Part]]:
    """Return counts by how cases were closed, and, false alarms left out, by who found them."""
    ended: dict[str, Part] = {}
    found: dict[str, Part] = {}
    for row in [] if table is None else table.to_pylist():
        ended.setdefault(row["end"], Part()).add(row)
        if row["end"] != "void":
            found.setdefault(row["detected_by"], Part()).add(row)
    return ended, found


def evidence(rows: ir.Table, kind: str, part: str) -> ir.Table:
    """Return the cases of one part, in order of time.

    Args:
        rows: The cases of the segment, as `lines` makes them.
        kind: The case kind.
        part: One of `PARTS`.
    """
    own = rows.filter(rows.kind == kind)
    if part == "customer_first":
        own = own.filter((own.detected_by == "customer") & (own.end != "void"))
    elif part == "firm_first":
        own = own.filter((own.detected_by != "customer") & (own.end != "void"))
    elif part == "contacted":
        own = own.filter(own.contacts > 0)
    else:
        own = own.filter(own.end == part)
    chosen = own.select("subject", "kind", "about", "opened_at", "broke_at", "closed_at", "detected_by", "contacts")
    return chosen.order_by(["opened_at", "subject", "about"])
