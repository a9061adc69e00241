"""Charts whose marks are links: the drawing is one image with its sentence, the links lie over it.

What is inside an image says nothing to a screen reader: so the links are beside it, each with its own words. They are
no stops of the keyboard, since the table under the chart has the same links.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from markupsafe import Markup

from troth.surfaces.svg.frame import NAMESPACE, Chart
from troth.surfaces.svg.markup import element, number


class Way(msgspec.Struct, frozen=True):
    """A link over a part of a drawing: where it leads, what it says, and the field that takes the pointer."""

    href: str
    says: str
    x: float
    y: float
    width: float
    height: float


def linked(title: str, name: str, size: tuple[float, float], children: Sequence[Any], ways: Sequence[Way]) -> Chart:
    """Return a chart with links.

    Args:
        title: The sentence that says what it shows.
        name: Unique on its page; begins its ids.
        size: Width and height.
        children: Its marks.
        ways: Its links.
    """
    width, height = size
    drawing = element("g", *children, role="img", aria_labelledby=f"{name}-title")
    svg = element(
        "svg",
        element("title", title, id=f"{name}-title"),
        drawing,
        *(_link(way) for way in ways),
        xmlns=NAMESPACE,
        viewBox=f"0 0 {number(width)} {number(height)}",
        width=width,
        height=height,
        class_="chart",
    )
    return Chart(title, svg)


def _link(way: Way) -> Markup:
    """Return a link: a field that is not seen, with its words as a tip."""
    field = element("rect", x=way.x, y=way.y, width=way.width, height=way.height, class_="way")
    return element(
        "a", element("title", way.says), field, href=way.href, aria_label=way.says, tabindex="-1", class_="ways"
    )
