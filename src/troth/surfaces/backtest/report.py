"""The report of a backtest: one HTML file that a leader forwards, with nothing to fetch and nothing to run."""

from __future__ import annotations

import importlib.resources
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from jinja2 import Environment, StrictUndefined, Template

from troth.measures.backtest.figures import OUTCOMES
from troth.model.backtest import FAULTS
from troth.model.times import SECOND
from troth.model.truth import WORD_OF
from troth.surfaces.backtest import charts
from troth.surfaces.backtest.listed import Row, Where
from troth.surfaces.backtest.rows import by_section
from troth.surfaces.backtest.tables import said_by, value_text
from troth.surfaces.backtest.words import FIGURES, NAMES, percent, spell
from troth.surfaces.svg.style import CSS

_TEMPLATE: Final = "report.html.j2"
_STYLE: Final = "report.css"


def report(rows: Sequence[Row], where: Where) -> str:
    """Return the report.

    Args:
        rows: Of the backtest, with definitions and assumptions.
        where: What commands name.
    """
    parts = by_section(rows)
    head = parts["backtest"][0]
    figures = {row["figure"]: row for row in parts.get("figure", ())}
    return _template().render(
        head=head,
        figures=figures,
        faults=FAULTS,
        names=NAMES,
        called=FIGURES,
        decided=charts.DECIDED,
        outcomes=OUTCOMES,
        parts={name: parts.get(name, []) for name in (*parts, *_SECTIONS)},
        charts=_charts(parts),
        where=where,
        css=CSS + _read(_STYLE),
    )


_SECTIONS: Final = (
    "message",
    "gate",
    "gate_error",
    "source",
    "promise",
    "month",
    "example",
    "definition",
    "assumption",
)


def _charts(parts: Mapping[str, list[Row]]) -> dict[str, charts.Drawn | None]:
    """Return the charts by name; `None` where there is nothing to draw."""
    return {
        "faults": charts.faults(parts.get("figure", [])),
        "months": charts.months(parts.get("month", [])),
        "messages": charts.messages(parts.get("message", [])),
        "gate": charts.gate(parts.get("gate", [])),
        "sources": charts.sources(parts.get("source", [])),
        "promises": charts.promises(parts.get("promise", [])),
    }


@lru_cache(maxsize=1)
def _template() -> Template:
    """Return the template; everything that is put into it is escaped, and a name that is not there is an error."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {
        "percent": percent, "seconds": _seconds, "count": _count, "truth": _truth, "value": value_text, "by": said_by,
        "day": _day, "number": _number,
    }  # fmt: skip
    return environment.from_string(_read(_TEMPLATE))


def _read(name: str) -> str:
    """Return the text of a file beside this module."""
    return importlib.resources.files(__package__ or "").joinpath(name).read_text(encoding="utf-8")


def _seconds(value: float | None) -> str:
    """Return seconds in words; a dash for none."""
    return spell(None if value is None else round(value * SECOND))


def _count(value: Any) -> str:
    """Return a count with its thousands set apart; a dash for none."""
    return "–" if value is None else f"{value:,}"


def _number(value: float | None) -> str:
    """Return a number that need not be whole; a dash for none."""
    return "–" if value is None else f"{value:,.6g}" if abs(value) < 1000 else f"{value:,.0f}"


def _truth(value: bool | None) -> str:
    """Return a truth in words."""
    return WORD_OF[value]


def _day(text: str | None) -> str:
    """Return a written instant, to the minute, for people; a dash for none."""
    return "–" if text is None else f"{text[:10]} {text[11:16]}"
