"""Rows of a backtest → headed tables for a terminal. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from troth.measures.backtest.weights import MINIMUM
from troth.model.times import SECOND
from troth.surfaces.backtest.listed import Row, Where
from troth.surfaces.backtest.rows import by_section
from troth.surfaces.backtest.words import FIGURES, NAMES, percent, spell
from troth.surfaces.render.answer import Section


def sections(rows: Sequence[Row], where: Where) -> tuple[Section, ...]:
    """Return the human form of a backtest.

    Args:
        rows: As of `backtest_rows`.
        where: What commands name.
    """
    parts = by_section(rows)
    head = parts["backtest"][0]
    rarely = ("95%", "weighted 95%", "effective n")
    return (
        Section(text=_opening(head)),
        Section(title="what was wrong", rows=tuple(map(_figure, parts.get("figure", ()))), optional=rarely),
        Section(
            title="by message", rows=tuple(map(_message, parts.get("message", ()))), empty="No message was told.",
            optional=("unknown", "false then", "not over"),
        ),
        Section(title="what the gate would have decided", rows=tuple(map(_gate, parts.get("gate", ())))),
        Section(title="the gate, judged by later truth", rows=tuple(map(_error, parts.get("gate_error", ()))),
                optional=rarely),
        Section(title="the sources to fix", rows=tuple(map(_source, parts.get("source", ()))),
                optional=("largest lag", "left out")),
        Section(title="promises", rows=tuple(map(_promise, parts.get("promise", ()))), empty="No promise is decided."),
        Section(title="examples, the worst first", rows=tuple(map(_example, parts.get("example", ()))),
                empty="Nothing was wrong.", optional=("known then", "because", "the gate")),
        Section(text=f"The rows behind a figure: {where.rows('PART')}\n{where.single()}\n"
                     "What the words mean: troth explain backtest"),
    )  # fmt: skip


def _opening(head: Row) -> str:
    """Return the answer and what it is about."""
    span = f", from {head['first_told']} to {head['last_told']}" if head["first_told"] else ""
    about = (
        f"{head['messages']:,} messages about {head['told_subjects']:,} of {head['subjects']:,} subjects{span}; "
        f"{head['events']:,} events, as of {head['as_of']}."
    )
    return "\n".join([head["answer"], *head["more"], about])


def _figure(row: Row) -> Row:
    """Return an overall figure for people."""
    return {"figure": FIGURES[row["figure"]], **_counted(row), "part": row["part"]}


def _message(row: Row) -> Row:
    """Return a message for people."""
    return {
        "message": row["title"], "told": row["told"], "false": row["false"], "share": _share(row), **_weighted(row),
        **{name.replace("_", " "): row[name] for name in NAMES if name != "false"},
        "wrong for": _seconds(row["wrong_median_s"]), "over": row["wrong_ended"], "not over": row["wrong_open"],
        "part": row["part"],
    }  # fmt: skip


def _gate(row: Row) -> Row:
    """Return counts of decisions for people."""
    return {"message": row["title"], **{name: row[name] for name in ("truth", "send", "replace", "hold", "suppress")},
            "part": row["part"]}  # fmt: skip


def _error(row: Row) -> Row:
    """Return an error of the gate for people."""
    return {"message": row["title"], "figure": FIGURES[row["figure"]], **_counted(row), "part": row["part"]}


def _source(row: Row) -> Row:
    """Return a source for people."""
    by_weight = {"by weight": _seconds(row["lag_median_weighted_s"])} if "lag_median_weighted_s" in row else {}
    return {
        "source": row["title"], "events": row["events"], "median lag": _seconds(row["lag_median_s"]), **by_weight,
        "p95 lag": _seconds(row["lag_p95_s"]), "largest lag": _seconds(row["lag_max_s"]), "dated": row["dated"],
        "left out": row["undated"], "to blame for": row["late"], "worth": row["worth"], "part": row["part"],
    }  # fmt: skip


def _promise(row: Row) -> Row:
    """Return a kind of promise for people."""
    told = row["told"]
    return {
        "promise": row["title"], "told": "yes" if told else "no", "decided": row["decided"], "kept": row["kept"],
        "late": row["late"], "broken": row["broken"], "without a word": row["without_a_word"] if told else None,
        "share": _share(row) if told else None,
        **{name: value if told else None for name, value in _weighted(row).items()},
        "part": row["part"] if told else None,
    }  # fmt: skip


def _example(row: Row) -> Row:
    """Return an example for people."""
    return {
        "subject": row["subject"], "message": row["title"], "told at": row["told_at"],
        "wrong": ", ".join(NAMES[name] for name in row["faults"]), "known then": facts(row["known_then"]),
        "known now": facts(row["known_now"]),
        "the gate": f"{row['would']}, {row['gate']}",
        "because": "; ".join(f"{text}, {code}" for text, code in zip(row["because"], row["reasons"], strict=True)),
        **({"weight": row["weight"]} if "weight" in row else {}),
    }  # fmt: skip


def facts(seen: Sequence[Row]) -> str:
    """Return facts in words: `the parcel was delivered: no, payment was approved: yes (payment)`."""
    return ", ".join(f"{one['title']}: {value_text(one)}{said_by(one)}" for one in seen)


def value_text(one: Row) -> str:
    """Return the value of a fact in words; of one that is not known its status."""
    if one["status"] != "known":
        return str(one["status"])
    value: Any = one["value"]
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def said_by(one: Row) -> str:
    """Return who said a fact, in brackets; empty where nobody did."""
    return f" ({one['source']})" if one["source"] else ""


def _counted(row: Row) -> Row:
    """Return a count with its share, and the weighted share beside it."""
    return {
        "count": row["count"], "of": row["of"], "share": _share(row), "95%": _interval(row), **_weighted(row),
    }  # fmt: skip


def _weighted(row: Row) -> Row:
    """Return the weighted share with its interval; nothing where no weight was asked for."""
    if "weighted" not in row:
        return {}
    low, high = row["weighted_low"], row["weighted_high"]
    share = f"fewer than {MINIMUM}" if row["weighted"] is None and row["stands_for"] else None
    return {
        "weighted": share if row["weighted"] is None else percent(row["weighted"]),
        "weighted 95%": None if low is None else f"{percent(low)} to {percent(high)}",
        "effective n": round(row["n_effective"]),
    }


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
