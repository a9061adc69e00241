"""A number on a page: what it says, and the address of exactly the rows that it stands for. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from troth.measures.period import Period
from troth.measures.question import MINIMUM
from troth.model.estimate import Estimate
from troth.model.times import Micros, format_instant
from troth.surfaces.web.dashboard.asked import PATH, Asked, address, segment_text
from troth.surfaces.web.dashboard.parts import Form, Line, kind_of, layout_of, leg_of, named
from troth.surfaces.web.dashboard.span import Span
from troth.surfaces.web.dashboard.words import Words

Number = dict[str, Any]
"""`text`, `value`, `href`, `rows` (how many stand behind it), and with an interval `low`, `high`, `between`, `n`."""


class Numbers(msgspec.Struct, frozen=True):
    """Makes the numbers of one measure on a page.

    Attributes:
        words: How they are written.
        measure: The measure.
        asked: What is asked; all of it goes along with every link.
        span: The moments of it.
        at: As known at: of every link, so that it leads to the rows of this page, not of a later one.
    """

    words: Words
    measure: str
    asked: Asked
    span: Span
    at: Micros

    def rows(
        self, parts: Sequence[str], one: Estimate, *, period: Period | None = None, both: bool = False,
        objective: str = "",
    ) -> str:  # fmt: skip
        """Return the address of the rows of some parts.

        Args:
            parts: The parts.
            one: The estimate: its kind, leg and segment.
            period: The period; by default that of the page.
            both: With the rows of what it is compared with.
            objective: Those that an objective counts.
        """
        when = _written(self.span.period if period is None else period)
        # Steps of a trend are calendar days or weeks of the page; a row needs none of that.
        asked = self.asked.but(
            at=format_instant(self.at), kind=kind_of(one), leg=leg_of(one), seen="",
            segment=segment_text(one.segment if objective else self.segment(one)), **when,
        )  # fmt: skip
        more: dict[str, Any] = {"part": list(parts)}
        if both:
            more["both"] = "1"
        if objective:
            more["objective"] = objective
        return address(f"{PATH}/{self.measure}/rows", asked, **more)

    def segment(self, one: Estimate) -> Mapping[str, Any]:
        """Return the segment of an estimate by attributes only."""
        return {name: value for name, value in one.segment.items() if name == self.asked.by}

    def number(self, form: Form, value: float | None, rows: int, href: str, **more: Any) -> Number:
        """Return a number with the rows behind it."""
        exact = form == "count" and value == rows
        return {"text": self.words.of(form, value), "value": value, "rows": rows, "href": href, "exact": exact, **more}

    def count(self, value: int, parts: Sequence[str], one: Estimate, *, period: Period | None = None) -> Number:
        """Return a number of rows."""
        return self.number("count", value, value, self.rows(parts, one, period=period))

    def estimate(self, one: Estimate, *, period: Period | None = None) -> Number:
        """Return the value of an estimate with its interval; of too few cases there is no value, only how many."""
        layout = layout_of(self.measure, leg_of(one))
        parts = named(layout.whole, leg_of(one))
        few = one.n < MINIMUM
        value = None if few else one.value
        low, high = (None, None) if few else (one.low, one.high)
        href = self.rows(parts, one, period=period)
        return self.number(layout.form, value, one.n, href) | {
            "low": low,
            "high": high,
            "between": self.words.interval(layout.form, low, high),
            "n": self.number("count", one.n, one.n, href),
            "few": few,
            "unknown": one.unknown,
        }

    def line(self, line: Line, one: Estimate, counts: Mapping[Any, int]) -> Number | None:
        """Return a number beside the measure's own; `None` where the estimate has none.

        Args:
            line: What it is.
            one: The estimate.
            counts: (kind, leg, parts) → number of rows, where the estimate does not tell it.
        """
        leg = leg_of(one)
        parts = named(line.parts, leg)
        layout = layout_of(self.measure, leg)
        whole, unknown = named(layout.whole, leg), named(layout.unknown, leg)
        own = {whole: one.n, unknown: one.unknown, (*whole, *unknown): one.n + one.unknown}
        found = counts.get((kind_of(one), leg, parts), own.get(parts))
        value = one.figures.get(line.figure) if line.figure else found
        if line.form == "count":
            if found is None:
                found = value
            value = found if value is None and not line.figure else value
        if value is None or found is None:
            return None
        ends = (one.figures.get(f"{line.figure}_low"), one.figures.get(f"{line.figure}_high")) if line.ends else ()
        top = counts.get((kind_of(one), leg, named(line.top, leg))) if line.top else None
        few = line.form != "count" and found < MINIMUM
        return self.number(line.form, None if few else value, found, self.rows(parts, one)) | {
            "label": line.label,
            "between": self.words.interval(line.form, *ends) if ends and not few else "",
            "few": few,
            "n": None if line.form == "count" else self.number("count", found, found, self.rows(parts, one)),
            "top": None if top is None else self.number("count", top, top, self.rows(named(line.top, leg), one)),
        }

    def lines(self, lines: Sequence[Line], one: Estimate, counts: Mapping[Any, int]) -> list[Number]:
        """Return the numbers that there are."""
        found = (self.line(line, one, counts) for line in lines)
        return [number for number in found if number is not None]


def _written(period: Period) -> dict[str, str]:
    """Return a period as an address names it; an end that there is not is not named."""
    return {
        "since": "" if period.since is None else format_instant(period.since),
        "until": "" if period.until is None else format_instant(period.until),
        "over": "all" if period == Period() else "",
    }
