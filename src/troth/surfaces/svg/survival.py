"""A step curve: the share that was there by a time, with its band; it says nothing beyond what was observed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import msgspec
from markupsafe import Markup

from troth.surfaces.svg.frame import WIDE, Chart, frame, label
from troth.surfaces.svg.markup import element
from troth.surfaces.svg.scale import EM, Scale, thinned, ticks, width_of
from troth.surfaces.svg.stretches import tick

_HEIGHT: Final = 240.0
_BELOW: Final = 30.0
_ABOVE: Final = 14.0
_SHARES: Final = (0.0, 0.25, 0.5, 0.75, 1.0)


class Jump(msgspec.Struct, frozen=True):
    """From this time on, this share was there, with its interval."""

    time: float
    share: float
    low: float
    high: float


class Mark(msgspec.Struct, frozen=True):
    """A time at which the curve reaches a share that is told in words."""

    time: float
    share: float
    label: str


def survival(
    title: str, name: str, jumps: Sequence[Jump], *, until: float, width: float = WIDE,
    written: Callable[[float], str] = str, marks: Sequence[Mark] = (), unit: float = 1.0,
) -> Chart:  # fmt: skip
    """Return a step curve.

    Args:
        title: The sentence that says what it shows.
        name: Unique on its page.
        jumps: Ascending in time.
        until: The last time observed: the curve ends there.
        width: To draw for.
        written: How a time is written.
        marks: Told on the curve: a line down to the time.
        unit: What times are counted in where the scale is round: 3,600 for hours.
    """
    end = max(until, unit * 1e-6)
    times = [mark * unit for mark in ticks(end / unit)]
    times = [time for time in times if time <= end * 1.001]
    left = width_of("100 %") + 10
    across = Scale(0.0, end, left, width - 16)
    up = Scale(0.0, 1.0, _HEIGHT - _BELOW, _ABOVE)
    drawn = [tick(share, f"{share:.0%}".replace("%", " %"), up(share), left, width) for share in _SHARES]
    places = [across(time) for time in times]
    texts = [written(time) for time in times]
    drawn += [
        label(texts[number], places[number], _HEIGHT - 8, width, anchor=_anchor(places[number], texts[number], width),
              class_="tick")
        for number in thinned(texts, places)
    ]  # fmt: skip
    drawn += [_band(jumps, end, across, up), _steps(jumps, end, across, up)]
    for mark in marks:
        drawn += _marked(mark, across, up, width)
    return frame(title, name, (width, _HEIGHT), *drawn)


def _anchor(place: float, text: str, width: float) -> str:
    """Return at which side of its place a text is written, so that it stays inside."""
    return "end" if place + width_of(text) / 2 > width else "middle"


def _corners(values: Sequence[tuple[float, float]], end: float, across: Scale, up: Scale) -> list[str]:
    """Return the corners of steps from nothing at the start to the end."""
    found, height = [f"{across(0.0):.2f},{up(0.0):.2f}"], 0.0
    for time, share in values:
        found += [f"{across(time):.2f},{up(height):.2f}", f"{across(time):.2f},{up(share):.2f}"]
        height = share
    return [*found, f"{across(end):.2f},{up(height):.2f}"]


def _steps(jumps: Sequence[Jump], end: float, across: Scale, up: Scale) -> Markup:
    """Return the curve."""
    corners = _corners([(one.time, one.share) for one in jumps], end, across, up)
    return element("polyline", points=" ".join(corners), class_="line")


def _band(jumps: Sequence[Jump], end: float, across: Scale, up: Scale) -> Markup:
    """Return the band around the curve."""
    there = _corners([(one.time, one.high) for one in jumps], end, across, up)
    back = _corners([(one.time, one.low) for one in jumps], end, across, up)
    return element("polygon", points=" ".join([*there, *back[::-1]]), class_="band")


def _marked(mark: Mark, across: Scale, up: Scale, width: float) -> list[Markup]:
    """Return a line from the curve down to its time, with its words beside the foot."""
    x, y = across(mark.time), up(mark.share)
    wide = width_of(mark.label)
    ends = x + wide + 10 > width
    line = element("line", x1=x, y1=y, x2=x, y2=up(0.0), class_="target")
    dot = element("circle", cx=x, cy=y, r=3.5, class_="dot")
    # Between two of the lines across, so that it stands on none of them.
    at = up(mark.share - 0.125) + EM / 3
    return [line, dot, label(mark.label, x - 7 if ends else x + 7, at, wide + 10, anchor="end" if ends else "start",
                             class_="aimed")]  # fmt: skip
