"""Rows of a backtest → headed tables for a terminal. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from troth.measures.backtest.figures import MINIMUM
from troth.model.times import SECOND
from troth.surfaces.backtest.rows import Row, by_section
from troth.surfaces.backtest.words import percent, spell
from troth.surfaces.render.answer import Section


def sections(rows: Sequence[Row], rows_command: str) -> tuple[Section, ...]:
    """Return the human form of a backtest.

    Args:
        rows: As of `backtest_rows`.
        rows_command: The command that lists the rows behind a part.
    """
    parts = by_section(rows)
    head = parts["backtest"][0]
    return (
        Section(text=_opening(head)),
        Section(title="what was wrong", rows=tuple(map(_figure, parts.get("figure", ()))), optional=("95%",)),
        Section(
            title="by message", rows=tuple(map(_message, parts.get("message", ()))), empty="No message was told.",
            optional=("unknown", "false_then", "wrong_for"),
        ),
        Section(title="what the gate would have decided", rows=tuple(map(_gate, parts.get("gate", ())))),
        Section(title="the gate, judged by later truth", rows=tuple(map(_error, parts.get("gate_error", ()))),
                optional=("95%",)),
        Section(title="the sources to fix", rows=tuple(map(_source, parts.get("source", ()))),
                optional=("largest_lag",)),
        Section(title="promises", rows=tuple(map(_promise, parts.get("promise", ()))), empty="No promise is decided."),
        Section(title="examples, the worst first", rows=tuple(map(_example, parts.get("example", ()))),
                empty="Nothing was wrong.", optional=("known_now", "known_then", "because")),
        Section(text=f"The rows behind a figure: {rows_command}\nWhat the words mean: troth explain backtest"),
    )  # fmt: skip


def _opening(head: Row) -> str:
    """Return the answer and what it is about."""
    span = f", from {head['first_told']} to {head['last_told']}" if head["first_told"] else ""
    return (
        f"{head['answer']}\n"
        f"{head['messages']:,} messages about {head['told_subjects']:,} of {head['subjects']:,} subjects{span}; "
        f"{head['events']:,} events, as of {head['as_of']}."
    )


def _figure(row: Row) -> Row:
    """Return an overall figure for people."""
    return {
        "figure": row["figure"], "count": row["count"], "of": row["of"], "share": _share(row), "95%": _interval(row),
        "part": row["part"],
    }  # fmt: skip


def _message(row: Row) -> Row:
    """Return a message for people."""
    return {
        "message": row["message"], "told": row["told"], "false": row["false"], "share": _share(row),
        **{name: row[name] for name in ("false_then", "after_failure", "pointless", "vague", "unknown")},
        "wrong_for": _seconds(row["wrong_median_s"]), "part": row["part"],
    }  # fmt: skip


def _gate(row: Row) -> Row:
    """Return counts of decisions for people."""
    return {name: row[name] for name in ("message", "truth", "send", "replace", "hold", "suppress", "part")}


def _error(row: Row) -> Row:
    """Return an error of the gate for people."""
    return {
        "message": row["message"], "figure": row["figure"], "count": row["count"], "of": row["of"],
        "share": _share(row), "95%": _interval(row), "part": row["part"],
    }  # fmt: skip


def _source(row: Row) -> Row:
    """Return a source for people."""
    return {
        "source": row["source"], "events": row["events"], "median_lag": _seconds(row["lag_median_s"]),
        "p95_lag": _seconds(row["lag_p95_s"]), "largest_lag": _seconds(row["lag_max_s"]), "to_blame_for": row["late"],
        "worth": row["worth"], "part": row["part"],
    }  # fmt: skip


def _promise(row: Row) -> Row:
    """Return a kind of promise for people."""
    return {
        "promise": row["promise"], "told": "yes" if row["told"] else "no", "decided": row["decided"],
        "kept": row["kept"], "late": row["late"], "broken": row["broken"],
        "without_a_word": row["without_a_word"] if row["told"] else None,
        "share": _share(row) if row["told"] else None, "part": row["part"] if row["told"] else None,
    }  # fmt: skip


def _example(row: Row) -> Row:
    """Return an example for people."""
    return {
        "subject": row["subject"], "message": row["message"], "told_at": row["told_at"],
        "wrong": ", ".join(row["faults"]), "known_then": facts(row["known_then"]), "known_now": facts(row["known_now"]),
        "gate": row["gate"], "because": " ".join(row["reasons"]), "see": row["see"],
    }  # fmt: skip


def facts(seen: Sequence[Row]) -> str:
    """Return facts in words: `delivered=false (nobody said otherwise), paid=true (payment)`."""
    return ", ".join(f"{one['fact']}={value_text(one)}{said_by(one)}" for one in seen)


def value_text(one: Row) -> str:
    """Return the value of a fact in words; of one that is not known its status."""
    if one["status"] != "known":
        return str(one["status"])
    value: Any = one["value"]
    return str(value).lower() if isinstance(value, bool) else str(value)


def said_by(one: Row) -> str:
    """Return who said a fact, in brackets; empty where nobody did."""
    return f" ({one['source']})" if one["source"] else ""


def _share(row: Row) -> str | None:
    """Return a share in words; `None` of nothing."""
    if row["share"] is not None:
        return percent(row["share"])
    return f"fewer than {MINIMUM}" if row.get("of", row.get("not_kept", row.get("told", 1))) else None


def _interval(row: Row) -> str | None:
    """Return an interval in words; `None` without one."""
    return None if row["low"] is None else f"{percent(row['low'])} to {percent(row['high'])}"


def _seconds(seconds: float | None) -> str | None:
    """Return seconds in words; `None` for none."""
    return None if seconds is None else spell(round(seconds * SECOND))
