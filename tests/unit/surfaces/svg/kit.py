"""Reading a chart back: parsed as strict XML, its nodes counted, and the rooms that its texts take."""

from __future__ import annotations

from itertools import combinations
from xml.etree import ElementTree as ET

from troth.surfaces.svg.frame import NAMESPACE, Chart
from troth.surfaces.svg.scale import EM, width_of

SPACE = f"{{{NAMESPACE}}}"


def parsed(chart: Chart) -> ET.Element:
    """Return a chart's root element, read as strict XML."""
    return ET.fromstring(chart.svg)  # noqa: S314 - our own text


def nodes(chart: Chart, name: str, class_: str = "") -> list[ET.Element]:
    """Return the elements of a name, and of a class if one is given."""
    found = parsed(chart).iter(f"{SPACE}{name}")
    return [node for node in found if not class_ or class_ in node.get("class", "").split()]


def texts(chart: Chart) -> list[str]:
    """Return what stands in the drawing, without tips."""
    return ["".join([node.text or "", *(child.tail or "" for child in node)]) for node in nodes(chart, "text")]


def overlapping(chart: Chart) -> list[tuple[str, str]]:
    """Return the pairs of texts that stand upon each other."""
    boxes = []
    for node, text in zip(nodes(chart, "text"), texts(chart), strict=True):
        x, y, wide = float(node.get("x", "0")), float(node.get("y", "0")), width_of(text) * 0.93
        left = x - {"start": 0.0, "middle": wide / 2, "end": wide}[node.get("text-anchor", "start")]
        boxes.append((text, left, left + wide, y - 0.8 * EM, y + 0.1 * EM))
    return [
        (one[0], other[0])
        for one, other in combinations(boxes, 2)
        if one[1] < other[2] and other[1] < one[2] and one[3] < other[4] and other[3] < one[4]
    ]


def outside(chart: Chart) -> list[str]:
    """Return the texts that reach beyond the drawing."""
    width = float(parsed(chart).get("viewBox", "").split()[2])
    found = []
    for node, text in zip(nodes(chart, "text"), texts(chart), strict=True):
        x, wide = float(node.get("x", "0")), width_of(text) * 0.93
        left = x - {"start": 0.0, "middle": wide / 2, "end": wide}[node.get("text-anchor", "start")]
        if left < -1 or left + wide > width + 1:
            found.append(text)
    return found
