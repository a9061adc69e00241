"""Stacked shares: of what each whole is made up, with a legend in words and a pattern for every part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from markupsafe import Markup

from troth.surfaces.svg.frame import WIDE, Chart, frame, label
from troth.surfaces.svg.markup import element
from troth.surfaces.svg.scale import EM, width_of

_BAR: Final = 20.0
_ROW: Final = 48.0
_LEGEND: Final = 22.0


class Stack(msgspec.Struct, frozen=True):
    """One whole: its label, and the count of each part by its name."""

    label: str
    counts: Mapping[str, int]


def stacked(title: str, name: str, rows: Sequence[Stack], parts: Sequence[str], *, width: float = WIDE) -> Chart:
    """Return a chart of stacked shares.

    Args:
        title: The sentence that says what it shows.
        name: Unique on its page; begins the ids of the patterns.
        rows: At least one.
        parts: The parts in the order of drawing, at most six: each has a fill and a pattern of its own.
        width: To draw for.
    """
    legend, used = _legend(name, parts, width)
    marks = [_row(name, row, parts, width, used + _ROW * place) for place, row in enumerate(rows)]
    height = used + _ROW * len(rows)
    return frame(title, name, (width, height), _patterns(name, len(parts)), *legend, *marks)


def _legend(name: str, parts: Sequence[str], width: float) -> tuple[list[Markup], float]:
    """Return the legend's marks and its height; it wraps where the room ends."""
    marks, x, y = [], 4.0, 4.0
    for number, part in enumerate(parts):
        needed = 20 + width_of(part) + 16
        if x > 4 and x + needed > width:
            x, y = 4.0, y + _LEGEND
        marks.append(element("g", *_swatch(name, number, x, y), label(part, x + 20, y + 12, width, class_="label")))
        x += needed
    return marks, y + _LEGEND + 6


def _swatch(name: str, number: int, x: float, y: float) -> tuple[Markup, Markup]:
    """Return a small field of a part's fill and pattern."""
    size = {"x": x, "y": y, "width": 14.0, "height": 14.0}
    return (
        element("rect", **size, class_=f"part part-{number}"),
        element("rect", **size, fill=f"url(#{name}-pattern-{number})", class_="pattern"),
    )


def _row(name: str, row: Stack, parts: Sequence[str], width: float, at: float) -> Markup:
    """Return the marks of one whole: its label above, its parts below, each with its share where there is room."""
    total = sum(row.counts.get(part, 0) for part in parts)
    marks = [label(f"{row.label} ({total:,})", 4.0, at + EM + 2, width - 8)]
    x, room = 4.0, width - 8
    for number, part in enumerate(parts):
        count = row.counts.get(part, 0)
        if not total or not count:
            continue
        wide = room * count / total
        place = {"x": x, "y": at + EM + 8, "width": max(wide - 1, 0.5), "height": _BAR}
        text = f"{count / total:.0%}"
        marks += [
            element("rect", element("title", f"{part}: {count:,} of {total:,}"), **place, class_=f"part part-{number}"),
            element("rect", **place, fill=f"url(#{name}-pattern-{number})", class_="pattern"),
        ]
        if width_of(text) + 10 < wide:
            middle = x + wide / 2
            marks.append(
                element("rect", x=middle - width_of(text) / 2 - 3, y=at + EM + 10, width=width_of(text) + 6,
                        height=_BAR - 4, rx=2.0, class_="plate")
            )  # fmt: skip
            marks.append(label(text, middle, at + EM + 8 + _BAR / 2 + EM / 3, wide, anchor="middle", class_="value"))
        x += wide
    return element("g", *marks)


def _patterns(name: str, count: int) -> Markup:
    """Return a pattern for each part: none, lines that rise, lines that fall, lines across, upright ones, a grid."""
    drawn = ("", "M0 6L6 0", "M0 0L6 6", "M0 3H6", "M3 0V6", "M0 3H6M3 0V6")
    return element(
        "defs",
        *(
            element(
                "pattern",
                element("path", d=path or "M0 0", class_="hatch"),
                id=f"{name}-pattern-{number}", width=6.0, height=6.0, patternUnits="userSpaceOnUse",
            )
            for number, path in enumerate(drawn[:count])
        ),
    )  # fmt: skip
