"""What every chart shares: its frame with a sentence as title, its size, and texts that stay inside it."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from markupsafe import Markup

from troth.surfaces.svg.markup import element, number
from troth.surfaces.svg.scale import EM, cut

WIDE: Final = 720.0
NARROW: Final = 320.0
"""Widths to draw for, in units that are about a pixel; pages show one of both by the room that there is."""

NAMESPACE: Final = "http://www.w3.org/2000/svg"


class Chart(msgspec.Struct, frozen=True):
    """A drawn chart.

    Attributes:
        title: The sentence that says what it shows.
        svg: The drawing.
    """

    title: str
    svg: Markup


def frame(title: str, name: str, size: tuple[float, float], *children: Any) -> Chart:
    """Return a chart.

    Args:
        title: The sentence that says what it shows; what a screen reader says.
        name: Unique on its page; begins its ids.
        size: Width and height.
        children: Its marks.
    """
    width, height = size
    svg = element(
        "svg",
        element("title", title, id=f"{name}-title"),
        *children,
        xmlns=NAMESPACE,
        viewBox=f"0 0 {number(width)} {number(height)}",
        width=width,
        height=height,
        role="img",
        aria_labelledby=f"{name}-title",
        class_="chart",
    )
    return Chart(title, svg)


def label(text: str, x: float, y: float, room: float, *, anchor: str = "start", class_: str = "label") -> Markup:
    """Return a text that takes at most some room; one that is cut tells the whole on hovering."""
    shown = cut(text, room)
    tip = element("title", text) if shown != text else Markup("")
    return element("text", tip, shown, x=x, y=y, text_anchor=anchor, font_size=EM, class_=class_)
