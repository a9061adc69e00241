"""A line with its band: a figure over time, with the interval in which it lies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from troth.surfaces.svg.frame import WIDE, Chart, frame, label
from troth.surfaces.svg.markup import element
from troth.surfaces.svg.scale import Scale, thinned, ticks, width_of
from troth.surfaces.svg.stretches import Figure, runs, stretch, tick

_HEIGHT: Final = 240.0
_BELOW: Final = 28.0
_ABOVE: Final = 14.0


def line(
    title: str, name: str, points: Sequence[Figure], *, width: float = WIDE, written: Callable[[float], str] = str,
    least: float = 0.0,
) -> Chart:  # fmt: skip
    """Return a chart of a line with its band.

    Args:
        title: The sentence that says what it shows.
        name: Unique on its page.
        points: In order of time, at even distances; at least one. A value of `None` leaves a gap.
        width: To draw for.
        written: How a value is written.
        least: How far the scale reaches at least, so that next to nothing does not look like much.
    """
    marks = ticks(max(least, *(point.high or point.value or 0.0 for point in points)))
    left = max(width_of(written(mark)) for mark in marks) + 10
    last = width_of(points[-1].label) / 2
    across = Scale(0.0, max(len(points) - 1, 1), left + 12, width - max(last, 12) - 4)
    up = Scale(0.0, marks[-1], _HEIGHT - _BELOW, _ABOVE)
    places = [across(number) for number in range(len(points))]
    grid = [tick(mark, written(mark), up(mark), left, width) for mark in marks]
    shown = thinned([point.label for point in points], places)
    below = [
        label(points[number].label, places[number], _HEIGHT - 8, width, anchor="middle", class_="tick")
        for number in shown
    ]
    drawn = [mark for run in runs(points) for mark in stretch(points, places, up, run)]
    dots = [
        element(
            "circle",
            element("title", f"{point.label}: {written(point.value)}"),
            cx=place, cy=up(point.value), r=2.5, class_="dot",
        )
        for place, point in zip(places, points, strict=True)
        if point.value is not None
    ]  # fmt: skip
    return frame(title, name, (width, _HEIGHT), *grid, *below, *drawn, *dots)
