"""What charts of a figure with its interval share: the figure, its scale across, the stretches that have no gap."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from markupsafe import Markup

from troth.surfaces.svg.frame import label
from troth.surfaces.svg.markup import element
from troth.surfaces.svg.scale import EM, Scale


class Figure(msgspec.Struct, frozen=True):
    """A figure with its name.

    Attributes:
        label: Its name.
        value: What was found; `None`: nothing, or too little to say.
        low, high: Its interval; `None`: none.
    """

    label: str
    value: float | None
    low: float | None = None
    high: float | None = None


def tick(value: float, text: str, y: float, left: float, width: float) -> Markup:
    """Return a line across with its value in words, left of it."""
    return element(
        "g",
        element("line", x1=left, y1=y, x2=width - 4, y2=y, class_="axis" if value == 0 else "grid"),
        label(text, left - 6, y + EM / 3, left, anchor="end", class_="tick"),
    )


def runs(figures: Sequence[Figure]) -> list[list[int]]:
    """Return the stretches without a gap, as numbers of figures."""
    found: list[list[int]] = [[]]
    for number, figure in enumerate(figures):
        if figure.value is not None:
            found[-1].append(number)
        elif found[-1]:
            found.append([])
    return [run for run in found if run]


def stretch(figures: Sequence[Figure], places: Sequence[float], up: Scale, run: Sequence[int]) -> list[Markup]:
    """Return the marks of a stretch: its band, and over it its line.

    Args:
        figures: All of the chart.
        places: Of all, from left to right.
        up: From values to places.
        run: Which figures are the stretch, as of `runs`.
    """
    corners = " ".join(f"{places[number]:.2f},{up(figures[number].value or 0.0):.2f}" for number in run)
    return [_band([(places[number], figures[number]) for number in run], up),
            element("polyline", points=corners, class_="line")]  # fmt: skip


def _band(run: Sequence[tuple[float, Figure]], up: Scale) -> Markup:
    """Return the band of a stretch; empty where there is no interval."""
    within = [(x, one.low, one.high) for x, one in run if one.low is not None and one.high is not None]
    if not within:
        return Markup("")
    if len(within) == 1:
        x, low, high = within[0]
        return element("line", x1=x, y1=up(low), x2=x, y2=up(high), class_="whisker")
    there = " ".join(f"{x:.2f},{up(high):.2f}" for x, _, high in within)
    back = " ".join(f"{x:.2f},{up(low):.2f}" for x, low, _ in reversed(within))
    return element("polygon", points=f"{there} {back}", class_="band")
