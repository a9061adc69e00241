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
"""Height of a box whose nodes have a name, or a title of one line; a title of two lines needs a line more."""
_GAP: Final = 40.0
_LEAST: Final = 96.0
_MOST: Final = 210.0
_PAD: Final = 14.0
_SIZE: Final = 13.0
_CODE: Final = 11.0
_COMFORT: Final = 150.0
_BETWEEN: Final = 14.0
_LINE: Final = 16.0
_DIGITS: Final = 1_000_000
_LOOP: Final = 16.0
_ASIDE: Final = 9.0


class Node(msgspec.Struct, frozen=True):
    """A node.

    Attributes:
        name: Unique; stands in its box, under its title where it has one.
        note: Stands under both, such as a count in words; may change while the page is open.
        href: Where it leads; empty: nowhere.
        says: What a screen reader says of it, and what is shown on hovering.
        kinds: CSS classes beside `node`: `usable`, `terminal`, `lit`, `past`, `empty`.
        title: What people call it.
        more: What leads to it beside the lines that are drawn, in a few words; stands in its box, last.
    """

    name: str
    note: str = ""
    href: str = ""
    says: str = ""
    kinds: tuple[str, ...] = ()
    title: str = ""
    more: str = ""


def graph(title: str, name: str, nodes: Sequence[Node], edges: Sequence[Edge], unseen: Sequence[Edge] = ()) -> Chart:
    """Return a drawn graph.

    Args:
        title: The sentence that says what it shows.
        name: Unique on its page; begins its ids.
        nodes: At least one, each name once.
        edges: (from, to), names of nodes.
        unseen: Edges without a line, which only decide what lies above what.
    """
    widths = {node.name: _width(node) for node in nodes}
    tall = TALL + _LINE * (max((len(_titles(node)) + bool(node.more) for node in nodes), default=1) - 1)
    where = placed(layered([node.name for node in nodes], edges, unseen), widths, tall=tall, gap=_GAP)
    # A loop stands out to the right of its box.
    wide = where.width + (_LOOP if any(one == other for one, other in edges) else 0)
    drawn = [_edge(name, edge, where, widths, tall) for edge in where.points]
    boxes = [_box(node, where.middles[node.name], widths[node.name], tall) for node in nodes]
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


def _titles(node: Node) -> list[str]:
    """Return what a node is called, on one line or on two that are about as long as each other."""
    title = node.title or node.name
    words = title.split()
    if width_of(title, _SIZE) <= _COMFORT or len(words) == 1:
        return [title]
    splits = [[" ".join(words[:number]), " ".join(words[number:])] for number in range(1, len(words))]
    return min(splits, key=lambda two: max(map(len, two)))


def _width(node: Node) -> float:
    """Return how wide a box is: enough for its title, and for its name beside a count that grows."""
    note = max(width_of(node.note), width_of(f"{_DIGITS:,}")) if node.note else 0.0
    foot = note + (width_of(node.name, _CODE) + (_BETWEEN if note else 0.0) if node.title else 0.0)
    widest = max(foot, width_of(node.more, _CODE), *(width_of(line, _SIZE) for line in _titles(node)))
    return min(_MOST, max(_LEAST, widest + 2 * _PAD))


def _texts(node: Node, middle: tuple[float, float], wide: float) -> list[Markup]:
    """Return the texts of a box: its title, under it its name and its note side by side, and what more leads there."""
    x, y = middle
    titles = _titles(node)
    lines = len(titles) + bool(node.title or node.note) + bool(node.more)
    first = y + EM / 3 - _LINE * (lines - 1) / 2
    marks = [
        element("text", cut(line, wide - 2 * _PAD + 6, _SIZE), x=x, y=first + _LINE * place, text_anchor="middle",
                font_size=_SIZE, class_="name")
        for place, line in enumerate(titles)
    ]  # fmt: skip
    foot, beside = first + _LINE * len(titles), bool(node.title and node.note)
    if node.title:
        room = wide - 2 * _PAD - (width_of(node.note) + _BETWEEN if beside else 0.0)
        marks.append(_foot(cut(node.name, room, _CODE), x - wide / 2 + _PAD if beside else x, foot, _CODE, "code",
                           anchor="start" if beside else "middle"))  # fmt: skip
    if node.note:
        marks.append(_foot(node.note, x + wide / 2 - _PAD if beside else x, foot, EM, "note", count=node.name,
                           anchor="end" if beside else "middle"))  # fmt: skip
    if node.more:
        marks.append(_foot(node.more, x, first + _LINE * (lines - 1), _CODE, "leads"))
    return marks


def _foot(
    text: str, x: float, y: float, size: float, kind: str, *, anchor: str = "middle", count: str | None = None
) -> Markup:
    """Return a text under a title."""
    return element("text", text, x=x, y=y, text_anchor=anchor, font_size=size, class_=kind, data_count=count)


def _box(node: Node, middle: tuple[float, float], wide: float, tall: float) -> Markup:
    """Return the marks of a node: a box with its texts, as a link where it leads somewhere."""
    x, y = middle
    left, top = x - wide / 2, y - tall / 2
    kinds = " ".join(("node", *node.kinds))
    said = element("title", node.says) if node.says else Markup("")
    marks = [element("rect", x=left, y=top, width=wide, height=tall, rx=9.0, class_="box")]
    if "usable" in node.kinds:
        # A second outline: the customer has what they came for.
        inner = {"x": left + 3.5, "y": top + 3.5, "width": wide - 7, "height": tall - 7}
        marks.append(element("rect", **inner, rx=6.0, class_="inner"))
    if "terminal" in node.kinds:
        # A bar at its foot: nothing comes after it.
        marks.append(element("rect", x=left + 9, y=top + tall - 3.5, width=wide - 18, height=3.5, class_="end"))
    marks += _texts(node, middle, wide)
    if node.href:
        return element("a", said, *marks, href=node.href, class_=kinds, data_node=node.name)
    return element("g", said, *marks, class_=kinds, data_node=node.name)


def _edge(name: str, edge: Edge, where: Placed, widths: dict[str, float], tall: float) -> Markup:
    """Return the line of an edge."""
    points = where.points[edge]
    one, other = edge
    if one == other:
        path, kind = _loop(points[0], widths[one]), "loop"
    else:
        down = points[-1][1] > points[0][1]
        kind = ("near" if len(points) == 2 else "far") if down else "back"
        path = _line(points, tall / 2 if down else -tall / 2)
    return element("path", d=path, class_=f"edge {kind}", data_from=one, data_to=other, marker_end=f"url(#{name}-head)")


def _line(points: Sequence[tuple[float, float]], side: float) -> str:
    """Return the path through some points: from the edge of one box to that of another, upright through lanes.

    Args:
        points: From the middle of the one to that of the other.
        side: From the middle of a box to the edge that the path leaves; above the middle below 0.
    """
    down = side > 0
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
