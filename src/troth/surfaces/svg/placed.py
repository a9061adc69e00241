"""Where the items of a layered graph lie: the second half of its layout. No two touch; lines are as straight as may be.

Each item wishes to lie in the middle of what it is joined with. Of all places that keep the order and the room between
neighbours, those nearest to the wishes are taken (isotonic regression); lanes wish hardest, so that trunks are upright.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

import msgspec

from troth.surfaces.svg.layers import Edge, Item, Layered

_ROUNDS: Final = 8
_LANE: Final = 10.0
_APART: Final = 18.0
_HARD: Final = 4.0


class Placed(msgspec.Struct, frozen=True):
    """A graph with places.

    Attributes:
        middles: Node → the middle of its box.
        points: Edge → the points that it passes, in its own direction; of an edge to its own node one point.
        width, height: Of the whole, from 0.
    """

    middles: Mapping[str, tuple[float, float]]
    points: Mapping[Edge, tuple[tuple[float, float], ...]]
    width: float
    height: float


def placed(graph: Layered, widths: Mapping[str, float], *, tall: float, gap: float, margin: float = 8.0) -> Placed:
    """Return the places of a layered graph.

    Args:
        graph: The graph.
        widths: Node → the width of its box.
        tall: Height of every box.
        gap: Room between two layers.
        margin: Room around the whole.
    """
    wide = {item: _LANE if item.lane else widths[item.node] for layer in graph.layers for item in layer}
    middle = _middles(graph, wide)
    left = min((middle[item] - wide[item] / 2 for item in wide), default=0.0) - margin
    right = max((middle[item] + wide[item] / 2 for item in wide), default=0.0) + margin

    def spot(item: Item) -> tuple[float, float]:
        """Return the middle of an item, in the drawing."""
        return middle[item] - left, margin + tall / 2 + item.layer * (tall + gap)

    count = len(graph.layers)
    return Placed(
        {item.node: spot(item) for item in wide if not item.lane},
        {edge: tuple(map(spot, path)) for edge, path in graph.paths.items()},
        right - left,
        2 * margin + count * tall + max(0, count - 1) * gap,
    )


def _middles(graph: Layered, wide: Mapping[Item, float]) -> dict[Item, float]:
    """Return the middles of all items, left and right of 0."""
    joined: dict[Item, list[Item]] = {item: [] for item in wide}
    for upper, lower in graph.links:
        joined[upper].append(lower)
        joined[lower].append(upper)
    middle = {item: at for layer in graph.layers for item, at in zip(layer, _side_by_side(layer, wide), strict=True)}
    for _ in range(_ROUNDS):
        for layers in (graph.layers, graph.layers[::-1]):
            for layer in layers:
                wishes = [_wish(item, joined[item], middle) for item in layer]
                weights = [_HARD if item.lane else 1.0 for item in layer]
                middle.update(zip(layer, nearest(wishes, weights, _rooms(layer, wide)), strict=True))
    return middle


def _wish(item: Item, joined: Sequence[Item], middle: Mapping[Item, float]) -> float:
    """Return where an item wishes to lie."""
    return sum(middle[other] for other in joined) / len(joined) if joined else middle[item]


def _rooms(layer: Sequence[Item], wide: Mapping[Item, float]) -> list[float]:
    """Return how far the middles of neighbours have to be apart at least."""
    return [
        (wide[one] + wide[other]) / 2 + (_LANE if one.lane and other.lane else _APART) for one, other in pairwise(layer)
    ]


def _side_by_side(layer: Sequence[Item], wide: Mapping[Item, float]) -> list[float]:
    """Return the middles of a layer's items side by side, the whole in the middle."""
    places = [0.0]
    for room in _rooms(layer, wide):
        places.append(places[-1] + room)
    return [place - places[-1] / 2 for place in places][: len(layer)]


def nearest(wishes: Sequence[float], weights: Sequence[float], rooms: Sequence[float]) -> list[float]:
    """Return the places nearest to some wishes that keep their order and the room between neighbours.

    >>> nearest([0.0, 0.0], [1.0, 1.0], [10.0])
    [-5.0, 5.0]

    Args:
        wishes: Where each would lie.
        weights: How hard each wishes.
        rooms: How far neighbours have to be apart at least; one fewer than wishes.
    """
    offsets = [0.0]
    for room in rooms:
        offsets.append(offsets[-1] + room)
    blocks: list[tuple[float, float, int]] = []
    for wish, weight, offset in zip(wishes, weights, offsets, strict=False):
        value, heavy, count = wish - offset, weight, 1
        # Neighbours that would overlap become one block, which lies where its members wish on average.
        while blocks and blocks[-1][0] > value:
            before, its, many = blocks.pop()
            value = (before * its + value * heavy) / (its + heavy)
            heavy, count = heavy + its, count + many
        blocks.append((value, heavy, count))
    flat = [value for value, _, count in blocks for _ in range(count)]
    return [value + offset for value, offset in zip(flat, offsets, strict=False)]
