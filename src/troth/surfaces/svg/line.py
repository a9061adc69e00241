"""A line with its band: a figure over time, with the interval in which it lies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import msgspec
from markupsafe import Markup

from troth.surfaces.svg.frame import WIDE, Chart, frame, label
from troth.surfaces.svg.markup import element
from troth.surfaces.svg.scale import EM, Scale, thinned, ticks, width_of

_HEIGHT: Final = 240.0
_BELOW: Final = 28.0
_ABOVE: Final = 14.0


class Point(msgspec.Struct, frozen=True):
    """One moment: its label, its value and interval; a value of `None` leaves a gap."""

    label: str
    value: float | None
    low: float | None = None
    high: float | None = None


def line(
    title: str, name: str, points: Sequence[Point], *, width: float = WIDE, written: Callable[[float], str] = str,
    least: float = 0.0,
) -> Chart:  # fmt: skip
    """Return a chart of a line with its band.

    Args:
        title: The sentence that says what it shows.
        name: Unique on its page.
        points: In order of time, at even distances; at least one.
        width: To draw for.
        written: How a value is written.
        least: How far the scale reaches at least, so that next to nothing does not look like much.
    """
    marks = ticks(max(least, *(point.high or point.value or 0.0 for point in points)))
    left = max(width_of(written(tick)) for tick in marks) + 10
    last = width_of(points[-1].label) / 2
    across = Scale(0.0, max(len(points) - 1, 1), left + 12, width - max(last, 12) - 4)
    up = Scale(0.0, marks[-1], _HEIGHT - _BELOW, _ABOVE)
    places = [across(number) for number in range(len(points))]
    grid = [_tick(tick, written(tick), up(tick), left, width) for tick in marks]
    shown = thinned([point.label for point in points], places)
    below = [
        label(points[number].label, places[number], _HEIGHT - 8, width, anchor="middle", class_="tick")
        for number in shown
    ]
    runs = _runs(points)
    drawn = [_band([(places[n], points[n]) for n in run], up) for run in runs]
    drawn += [_path([(places[n], up(points[n].value or 0.0)) for n in run]) for run in runs]
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


def _tick(value: float, text: str, y: float, left: float, width: float) -> Markup:
    """Return a line across with its value."""
    kind = "axis" if value == 0 else "grid"
    return element(
        "g",
        element("line", x1=left, y1=y, x2=width - 4, y2=y, class_=kind),
        label(text, left - 6, y + EM / 3, left, anchor="end", class_="tick"),
    )


def _runs(points: Sequence[Point]) -> list[list[int]]:
    """Return the stretches without a gap, as numbers of points."""
    found: list[list[int]] = [[]]
    for number, point in enumerate(points):
        if point.value is not None:
            found[-1].append(number)
        elif found[-1]:
            found.append([])
    return [run for run in found if run]


def _band(run: Sequence[tuple[float, Point]], up: Scale) -> Markup:
    """Return the band of a stretch; empty where there is no interval."""
    within = [(x, point.low, point.high) for x, point in run if point.low is not None and point.high is not None]
    if not within:
        return Markup("")
    if len(within) == 1:
        x, low, high = within[0]
        return element("line", x1=x, y1=up(low), x2=x, y2=up(high), class_="whisker")
    there = " ".join(f"{x:.2f},{up(high):.2f}" for x, _, high in within)
    back = " ".join(f"{x:.2f},{up(low):.2f}" for x, low, _ in reversed(within))
    return element("polygon", points=f"{there} {back}", class_="band")


def _path(places: Sequence[tuple[float, float]]) -> Markup:
    """Return the line of a stretch."""
    return element("polyline", points=" ".join(f"{x:.2f},{y:.2f}" for x, y in places), class_="line")
