"""A figure over time with the band of its interval, what it is to be, and a link for each step."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Final

import msgspec
from markupsafe import Markup

from troth.surfaces.svg.frame import WIDE, Chart, label
from troth.surfaces.svg.linked import Way, linked
from troth.surfaces.svg.markup import element
from troth.surfaces.svg.scale import EM, Scale, thinned, ticks, width_of
from troth.surfaces.svg.stretches import Figure, runs, stretch, tick

_HEIGHT: Final = 220.0
_BELOW: Final = 28.0
_ABOVE: Final = 14.0
_FINGER: Final = 24.0
"""A link is at least so wide, or there is none: the table has it."""


class Step(Figure, frozen=True):
    """One step of time.

    Attributes:
        href: Where its rows are.
        note: What is said of it; where it has no value, why.
    """

    href: str = ""
    note: str = ""


class Room(msgspec.Struct, frozen=True):
    """Between which values a chart is drawn, and the values that are written at its side."""

    low: float
    high: float
    marks: tuple[float, ...]


def room_of(values: Sequence[float], *, share: bool) -> Room:
    """Return the room for some values: not from nothing, since what matters are differences; shares end at 0 and 1.

    Args:
        values: All that has to be seen.
        share: Whether they are shares.

    >>> room_of([0.93, 0.97, 0.95], share=True).marks
    (0.93, 0.94, 0.95, 0.96, 0.97)
    >>> room_of([0.5], share=True).marks[0], room_of([], share=True).high, room_of([100.0, 260.0], share=False).low
    (0.49, 1.0, 100.0)
    """
    if not values:
        return Room(0.0, 1.0, (0.0, 1.0))
    low, high = min(values), max(values)
    spread = high - low
    spread = spread if spread > max(abs(high) * 1e-9, 1e-6) else (0.04 if share else max(abs(high) * 0.2, 1.0))
    step = next((one for one in ticks(spread * 1.05)[1:]), 1.0)
    start, end = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    if start == end:
        start, end = start - 1, end + 1
    if share:
        start, end = max(start, 0), min(end, math.ceil(1 / step - 1e-9))
    else:
        start = max(start, 0) if low >= 0 else start
    marks = tuple(round(place * step, 12) for place in range(start, end + 1))
    return Room(marks[0], marks[-1], marks)


def trend(
    title: str, name: str, points: Sequence[Step], *, width: float = WIDE, written: Callable[[float], str] = str,
    share: bool = False, target: float | None = None, target_says: str = "", begins: int = 0,
) -> Chart:  # fmt: skip
    """Return a chart of a figure over time.

    Args:
        title: The sentence that says what it shows.
        name: Unique on its page.
        points: In order of time, at even distances; at least one.
        width: To draw for.
        written: How a value is written.
        share: Whether values are shares.
        target: What it is to be at least; drawn as a line of dashes.
        target_says: The words at that line.
        begins: So many steps lie before what is looked at: they are shaded.
    """
    seen = [value for point in points for value in (point.value, *_ends(point)) if value is not None]
    room = room_of([*seen, *([target] if target is not None else [])], share=share)
    left = max(width_of(written(mark)) for mark in room.marks) + 10
    last = width_of(points[-1].label) / 2
    across = Scale(0.0, max(len(points) - 1, 1), left + 14, width - max(last, 14) - 4)
    up = Scale(room.low, room.high, _HEIGHT - _BELOW, _ABOVE)
    places = [across(number) for number in range(len(points))]
    marks = _before(places, begins, left) + [tick(mark, written(mark), up(mark), left, width) for mark in room.marks]
    marks += [
        label(points[number].label, places[number], _HEIGHT - 8, width, anchor="middle", class_="tick")
        for number in thinned([point.label for point in points], places)
    ]
    marks += [mark for run in runs(points) for mark in stretch(points, places, up, run)]
    if target is not None:
        marks += _target(up(target), left, width, target_says, [
            (places[n], up(point.value)) for n, point in enumerate(points) if point.value is not None
        ])  # fmt: skip
    marks += [
        element("circle", cx=place, cy=up(point.value), r=3.0, class_="dot")
        for place, point in zip(places, points, strict=True)
        if point.value is not None
    ]
    return linked(title, name, (width, _HEIGHT), marks, _ways(points, places))


def _ends(point: Step) -> tuple[float | None, float | None]:
    """Return the ends of an interval that are both there."""
    return (point.low, point.high) if point.low is not None and point.high is not None else (None, None)


def _ways(points: Sequence[Step], places: Sequence[float]) -> list[Way]:
    """Return the links of the steps, where they are far enough from each other for a finger."""
    gap = places[1] - places[0] if len(places) > 1 else _FINGER * 2
    if gap < _FINGER:
        return []
    return [
        Way(point.href, point.note or point.label, place - gap / 2, _ABOVE, gap, _HEIGHT - _BELOW - _ABOVE)
        for point, place in zip(points, places, strict=True)
        if point.href
    ]


def _before(places: Sequence[float], begins: int, left: float) -> list[Markup]:
    """Return the ground behind the steps that lie before what is looked at, and the line where that begins."""
    if not 0 < begins < len(places):
        return []
    edge = (places[begins - 1] + places[begins]) / 2
    tall = _HEIGHT - _BELOW - _ABOVE
    return [
        element("rect", x=left, y=_ABOVE, width=edge - left, height=tall, class_="before"),
        element("line", x1=edge, y1=_ABOVE, x2=edge, y2=_ABOVE + tall, class_="begins"),
    ]


def _target(y: float, left: float, width: float, says: str, dots: Sequence[tuple[float, float]]) -> list[Markup]:
    """Return the line of what is aimed at; its words stand on the side where the figures are not."""
    wide = width_of(says)
    below = sum(1 for x, dot in dots if x > width - wide - 20 and dot < y) > sum(
        1 for x, dot in dots if x > width - wide - 20 and dot >= y
    )
    # At the edge of the picture there is room on one side only: words on the line itself cannot be read.
    over, under = y - 5, y + EM + 2
    at = under if over - EM < 0 or (below and under <= _HEIGHT - _BELOW - 4) else over
    line = element("line", x1=left, y1=y, x2=width - 4, y2=y, class_="target")
    return [line, label(says, width - 6, at, width - left, anchor="end", class_="aimed")] if says else [line]


def spark(title: str, name: str, points: Sequence[Step], *, room: Room | None = None, share: bool = False) -> Chart:
    """Return a small line without words: how a figure went, its last value as a dot.

    Args:
        title: The sentence that says what it shows.
        name: Unique on its page.
        points: In order of time.
        room: Between which values it is drawn, where several are to be compared; by default its own.
        share: Whether values are shares.
    """
    width, height = 120.0, 32.0
    own = [point.value for point in points if point.value is not None]
    room = room or room_of(own, share=share)
    across = Scale(0.0, max(len(points) - 1, 1), 4.0, width - 6)
    up = Scale(room.low, room.high, height - 4, 4.0)
    places = [across(number) for number in range(len(points))]
    marks = [mark for run in runs(points) for mark in stretch(points, places, up, run)]
    lasts = [(x, point.value) for x, point in zip(places, points, strict=True) if point.value is not None][-1:]
    marks += [element("circle", cx=x, cy=up(value), r=3.0, class_="dot") for x, value in lasts]
    return linked(title, name, (width, height), marks, ())
