"""Bars with intervals: one row each, label, bar, whisker, and the value in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from markupsafe import Markup

from troth.surfaces.svg.frame import WIDE, Chart, frame, label
from troth.surfaces.svg.markup import element
from troth.surfaces.svg.scale import EM, Scale, ticks, width_of
from troth.surfaces.svg.stretches import Figure

_BAR: Final = 14.0
_ROW: Final = 30.0
_TALL: Final = 46.0
_STACKED_BELOW: Final = 480.0
"""Narrower charts have their labels above the bars."""


class Bar(Figure, frozen=True):
    """One row; where it has no value there are too few cases to give one, and `note` says so.

    Attributes:
        note: What stands at the end of the bar; the value where it is empty.
        tone: A class of the style sheet: `bad`, `good`, `plain`.
    """

    note: str = ""
    tone: str = "plain"


def bars(
    title: str, name: str, rows: Sequence[Bar], *, width: float = WIDE, written: Callable[[float], str] = str,
    top: float | None = None, room: float = 0.3,
) -> Chart:  # fmt: skip
    """Return a chart of bars.

    Args:
        title: The sentence that says what it shows.
        name: Unique on its page.
        rows: At least one.
        width: To draw for.
        written: How a value is written.
        top: The greatest value that can be; `None`: what the rows need.
        room: Share of the width that labels may take; longer ones are cut.
    """
    above = width < _STACKED_BELOW
    left = 4.0 if above else min(room * width, max(width_of(row.label) for row in rows) + 12)
    notes = [row.note or ("" if row.value is None else written(row.value)) for row in rows]
    right = min(0.4 * width, max(map(width_of, notes)) + 12)
    needed = max((row.high if row.high is not None else row.value or 0.0 for row in rows), default=0.0)
    scale = Scale(0.0, top if top is not None else ticks(needed)[-1], left, width - right)
    height = (_TALL if above else _ROW) * len(rows) + 8
    marks = [
        _row(row, note, scale, (width, left, right), (_TALL if above else _ROW) * place, above=above)
        for place, (row, note) in enumerate(zip(rows, notes, strict=True))
    ]
    base = element("line", x1=left, y1=2.0, x2=left, y2=height - 4, class_="axis")
    return frame(title, name, (width, height), base, *marks)


def _row(row: Bar, note: str, scale: Scale, room: tuple[float, float, float], at: float, *, above: bool) -> Markup:
    """Return the marks of one row."""
    width, left, right = room
    middle = at + (32.0 if above else 17.0)
    where = (left, at + 16.0, width - 8) if above else (left - 8, middle + EM / 3, left - 12)
    marks = [label(row.label, where[0], where[1], where[2], anchor="start" if above else "end")]
    end = left
    if row.value is not None:
        end = scale(row.value)
        marks.append(
            element(
                "rect", x=left, y=middle - _BAR / 2, width=max(end - left, 1.0), height=_BAR, class_=f"bar {row.tone}"
            )
        )
    if row.low is not None and row.high is not None:
        low, high = scale(row.low), scale(row.high)
        marks.append(element("path", d=_whisker(low, high, middle), class_="whisker"))
        end = max(end, high)
    marks.append(label(note, end + 6, middle + EM / 3, right + width, class_="value"))
    return element("g", *marks)


def _whisker(low: float, high: float, y: float) -> str:
    """Return the path of an interval with its two ends."""
    return f"M{low:.2f} {y - 4:.2f}v8M{low:.2f} {y:.2f}H{high:.2f}M{high:.2f} {y - 4:.2f}v8"
