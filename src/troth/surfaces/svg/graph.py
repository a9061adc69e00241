"""A layered graph: what may follow what, from top to bottom, each node with a number that leads to what it counts.

Nodes are links, so that the drawing is a group and no image to a screen reader; the page puts a table with the same
links under it. An edge that points upward is dashed: its direction is told by its shape and its head, never by colour.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
from markupsafe import Markup

from troth.surfaces.svg.frame import NAMESPACE, Chart
from troth.surfaces.svg.layers import Edge, layered
from troth.surfaces.svg.markup import element, number
from troth.surfaces.svg.placed import Placed, placed
from troth.surfaces.svg.scale import EM, cut, width_of

TALL: Final = 46.0
"""Height of a box."""
_GAP: Final = 40.0
_LEAST: Final = 96.0
_MOST: Final = 190.0
_PAD: Final = 14.0
_SIZE: Final = 13.0
_DIGITS: Final = 1_000_000
_LOOP: Final = 16.0
_ASIDE: Final = 9.0


class Node(msgspec.Struct, frozen=True):
    """A node.

    Attributes:
        name: Unique; stands in its box.
        note: Stands under it, such as a count in words; may change while the page is open.
        href: Where it leads; empty: nowhere.
        says: What a screen reader says of it, and what is shown on hovering.
        kinds: CSS classes beside `node`: `usable`, `terminal`, `lit`, `past`, `empty`.
    """

    name: str
    note: str = ""
    href: str = ""
    says: str = ""
    kinds: tuple[str, ...] = ()


def graph(title: str, name: str, nodes: Sequence[Node], edges: Sequence[Edge]) -> Chart:
    """Return a drawn graph.

    Args:
        title: The sentence that says what it shows.
        name: Unique on its page; begins its ids.
        nodes: At least one, each name once.
        edges: (from, to), names of nodes.
    """
    widths = {node.name: _width(node) for node in nodes}
    where = placed(layered([node.name for node in nodes], edges), widths, tall=TALL, gap=_GAP)
    # A loop stands out to the right of its box.
    wide = where.width + (_LOOP if any(one == other for one, other in edges) else 0)
    drawn = [_edge(name, edge, where, widths) for edge in where.points]
    boxes = [_box(node, where.middles[node.name], widths[node.name]) for node in nodes]
    svg = element(
        "svg",
        element("title", title, id=f"{name}-title"),
        _heads(name),
        element("g", *drawn, class_="edges", aria_hidden="true"),
        element("g", *boxes, class_="nodes"),
        xmlns=NAMESPACE,
        viewBox=f"0 0 {number(wide)} {number(where.height)}",
        width=wide,
        height=where.height,
        role="group",
        aria_labelledby=f"{name}-title",
        class_="chart graph",
    )
    return Chart(title, svg)


def _width(node: Node) -> float:
    """Return how wide a box is: enough for its name and for a count that grows."""
    note = max(width_of(node.note), width_of(f"{_DIGITS:,}") if node.note else 0.0)
    return min(_MOST, max(_LEAST, width_of(node.name, _SIZE) + 2 * _PAD, note + 2 * _PAD))


def _box(node: Node, middle: tuple[float, float], wide: float) -> Markup:
    """Return the marks of a node: a box with its name and its note, as a link where it leads somewhere."""
    x, y = middle
    left, top = x - wide / 2, y - TALL / 2
    kinds = " ".join(("node", *node.kinds))
    said = element("title", node.says) if node.says else Markup("")
    marks = [element("rect", x=left, y=top, width=wide, height=TALL, rx=9.0, class_="box")]
    if "usable" in node.kinds:
        # A second outline: the customer has what they came for.
        inner = {"x": left + 3.5, "y": top + 3.5, "width": wide - 7, "height": TALL - 7}
        marks.append(element("rect", **inner, rx=6.0, class_="inner"))
    if "terminal" in node.kinds:
        # A bar at its foot: nothing comes after it.
        marks.append(element("rect", x=left + 9, y=top + TALL - 3.5, width=wide - 18, height=3.5, class_="end"))
    shown = cut(node.name, wide - 2 * _PAD + 6, _SIZE)
    lifted = y - 4 if node.note else y + _SIZE / 3
    marks.append(element("text", shown, x=x, y=lifted, text_anchor="middle", font_size=_SIZE, class_="name"))
    if node.note:
        marks.append(
            element("text", node.note, x=x, y=y + EM, text_anchor="middle", font_size=EM, class_="note",
                    data_count=node.name)
        )  # fmt: skip
    if node.href:
        return element("a", said, *marks, href=node.href, class_=kinds, data_node=node.name)
    return element("g", said, *marks, class_=kinds, data_node=node.name)


def _edge(name: str, edge: Edge, where: Placed, widths: dict[str, float]) -> Markup:
    """Return the line of an edge."""
    points = where.points[edge]
    one, other = edge
    if one == other:
        path, kind = _loop(points[0], widths[one]), "loop"
    else:
        down = points[-1][1] > points[0][1]
        kind = ("near" if len(points) == 2 else "far") if down else "back"
        path = _line(points, down=down)
    return element("path", d=path, class_=f"edge {kind}", data_from=one, data_to=other, marker_end=f"url(#{name}-head)")


def _line(points: Sequence[tuple[float, float]], *, down: bool) -> str:
    """Return the path through some points: from the edge of one box to that of another, upright through lanes."""
    side = TALL / 2 if down else -TALL / 2
    # What leads back stands beside what leads there.
    aside = 0.0 if down else _ASIDE
    (x, y), (end_x, end_y) = (points[0][0] + aside, points[0][1]), (points[-1][0] + aside, points[-1][1])
    said = [f"M{number(x)} {number(y + side)}"]
    at = (x, y + side)
    for lane_x, lane_y in points[1:-1]:
        said.append(_bend(at, (lane_x, lane_y - side)))
        said.append(f"V{number(lane_y + side)}")
        at = (lane_x, lane_y + side)
    # The head of the arrow needs some room before the box.
    said.append(_bend(at, (end_x, end_y - side - (2 if down else -2))))
    return "".join(said)


def _bend(start: tuple[float, float], end: tuple[float, float]) -> str:
    """Return a curve that leaves and arrives upright."""
    half = (start[1] + end[1]) / 2
    return f"C{number(start[0])} {number(half)} {number(end[0])} {number(half)} {number(end[0])} {number(end[1])}"


def _loop(middle: tuple[float, float], wide: float) -> str:
    """Return the path of an edge from a node to itself, at its right."""
    x, y = middle[0] + wide / 2, middle[1]
    out = number(x + _LOOP)
    return f"M{number(x)} {number(y - 8)}C{out} {number(y - 14)} {out} {number(y + 14)} {number(x + 2)} {number(y + 8)}"


def _heads(name: str) -> Markup:
    """Return the head of arrows."""
    head = element("path", d="M0 0L7 3.5L0 7z", class_="head")
    marker = element(
        "marker", head, id=f"{name}-head", viewBox="0 0 7 7", refX=6.0, refY=3.5, markerWidth=7.0, markerHeight=7.0,
        orient="auto", markerUnits="userSpaceOnUse",
    )  # fmt: skip
    return element("defs", marker)
