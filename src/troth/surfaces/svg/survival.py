"""A step function of time with its band: survival, or the share that has come to an outcome."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import msgspec
from markupsafe import Markup

from troth.surfaces.svg.frame import WIDE, Chart, frame, label
from troth.surfaces.svg.markup import element
from troth.surfaces.svg.scale import EM, Scale, thinned, ticks, width_of

_HEIGHT: Final = 260.0


class Step(msgspec.Struct, frozen=True):
    """From a time on, a share with its interval; `None`: none."""

    time: float
    value: float
    low: float | None = None
    high: float | None = None


def survival(
    title: str, name: str, steps: Sequence[Step], until: float, *, width: float = WIDE,
    written: Callable[[float], str] = str, marked: float | None = None,
) -> Chart:  # fmt: skip
    """Return a chart of steps between 0 and 1.

    Args:
        title: The sentence that says what it shows.
        name: Unique on its page.
        steps: In order of time; the first at 0.
        until: Where time ends; what is not known after it is not drawn.
        width: To draw for.
        written: How a time is written.
        marked: A time to mark, the median, say; `None`: none.
    """
    left = width_of("100%") + 10
    moments = [tick for tick in ticks(until, 6) if tick <= until]
    texts = [written(tick) for tick in moments]
    across = Scale(0.0, until, left, width - max(16.0, width_of(texts[-1]) / 2 + 4))
    up = Scale(0.0, 1.0, _HEIGHT - 30, 12)
    grid = [_tick(tick / 4, up(tick / 4), left, width) for tick in range(5)]
    places = [across(tick) for tick in moments]
    below = [
        label(texts[number], places[number], _HEIGHT - 8, width, anchor="middle", class_="tick")
        for number in thinned(texts, places)
    ]
    line = element(
        "path", d=_stairs([(across(one.time), up(one.value)) for one in steps], across(until)), class_="line"
    )
    mark = Markup("") if marked is None else element(
        "line", x1=across(marked), y1=up(0), x2=across(marked), y2=up(1), class_="mark"
    )  # fmt: skip
    return frame(title, name, (width, _HEIGHT), *grid, *below, _band(steps, across, up, until), line, mark)


def _tick(share: float, y: float, left: float, width: float) -> Markup:
    """Return a line across with its share."""
    return element(
        "g",
        element("line", x1=left, y1=y, x2=width - 8, y2=y, class_="axis" if share == 0 else "grid"),
        label(f"{share:.0%}", left - 6, y + EM / 3, left, anchor="end", class_="tick"),
    )


def _stairs(places: Sequence[tuple[float, float]], end: float) -> str:
    """Return the path of steps: each value holds until the next."""
    (x, y), *rest = places
    return f"M{x:.2f} {y:.2f}" + "".join(f"H{a:.2f}V{b:.2f}" for a, b in rest) + f"H{end:.2f}"


def _band(steps: Sequence[Step], across: Scale, up: Scale, until: float) -> Markup:
    """Return the band between the two ends of the intervals."""
    known = [
        (across(one.time), up(one.low), up(one.high)) for one in steps if one.low is not None and one.high is not None
    ]
    if not known:
        return Markup("")
    ends = [x for x, _, _ in known[1:]] + [across(until)]
    there = " ".join(f"{x:.2f},{high:.2f} {end:.2f},{high:.2f}" for (x, _, high), end in zip(known, ends, strict=True))
    pairs = reversed(list(zip(known, ends, strict=True)))
    back = " ".join(f"{end:.2f},{low:.2f} {x:.2f},{low:.2f}" for (x, low, _), end in pairs)
    return element("polygon", points=f"{there} {back}", class_="band")
