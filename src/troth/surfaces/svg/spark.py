"""A spark: a line as large as a word, beside the number that it ends with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from troth.surfaces.svg.frame import Chart, frame
from troth.surfaces.svg.markup import element
from troth.surfaces.svg.scale import Scale

_SIZE: Final = (96.0, 24.0)


def spark(title: str, name: str, values: Sequence[float | None]) -> Chart:
    """Return a spark.

    Args:
        title: The sentence that says what it shows.
        name: Unique on its page.
        values: At even distances; what is `None` is left out.
    """
    width, height = _SIZE
    known = [(number, value) for number, value in enumerate(values) if value is not None]
    if not known:
        return frame(title, name, _SIZE)
    low, high = min(value for _, value in known), max(value for _, value in known)
    across = Scale(0.0, max(len(values) - 1, 1), 3.0, width - 5)
    up = Scale(low, high if high > low else low + 1, height - 4, 4.0)
    places = [(across(number), up(value)) for number, value in known]
    x, y = places[-1]
    return frame(
        title, name, _SIZE,
        element("polyline", points=" ".join(f"{a:.2f},{b:.2f}" for a, b in places), class_="line"),
        element("circle", cx=x, cy=y, r=2.5, class_="dot"),
    )  # fmt: skip
