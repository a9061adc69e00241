"""In which layer each node of a graph lies, and in which order: the first half of drawing a layered graph.

Edges that would close a circle are turned round for the layout, and drawn the way they point. Each node lies one layer
below the lowest of those before it (longest path). Edges that pass layers do so through lanes, one for each target and
direction: what leads to the same node from afar shares its way there, so that a node which nearly every other leads to
has one trunk instead of forty lines. Orders are improved by barycentres until crossings grow fewer no more.

Everything is decided by the order of the nodes and edges given: the same graph is the same picture.

Source: Sugiyama, Tagawa, Toda 1981; Eades, Lin, Smyth 1993 for circles; Barth, Juenger, Mutzel 2002 for counting.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final, TypeAlias

import msgspec

Edge: TypeAlias = tuple[str, str]
"""(from, to)."""
_SWEEPS: Final = 12


class Item(msgspec.Struct, frozen=True, order=True):
    """What lies in a layer: a node, or a lane of the edges that pass it on their way to one.

    Attributes:
        node: The node, or the one that the lane leads to.
        lane: `""` for the node itself; `down` or `up` for a lane, by where its edges point.
        layer: In which layer.
    """

    node: str
    lane: str = ""
    layer: int = 0


class Layered(msgspec.Struct, frozen=True):
    """A graph in layers.

    Attributes:
        layers: Their items, from left to right; the first layer on top.
        paths: Edge → its items, from where it starts to where it ends; an edge to its own node has that one only.
        links: (upper, lower) of all items that are joined, each once.
    """

    layers: tuple[tuple[Item, ...], ...]
    paths: Mapping[Edge, tuple[Item, ...]]
    links: tuple[tuple[Item, Item], ...]


def layered(nodes: Sequence[str], edges: Sequence[Edge], unseen: Sequence[Edge] = ()) -> Layered:
    """Return a graph in layers.

    Args:
        nodes: Names, each once; where nothing else decides, they keep this order.
        edges: Each is drawn once, however often it is named; both ends are among the nodes.
        unseen: Edges that decide, too, in which layer a node lies, and are not drawn.
    """
    once = tuple(dict.fromkeys(edges))
    rank = _ranks(nodes, [edge for edge in (*once, *unseen) if edge[0] != edge[1]])
    paths = {edge: _path(edge, rank) for edge in once}
    links = tuple(
        dict.fromkeys(
            (one, other) if one.layer < other.layer else (other, one)
            for path in paths.values()
            for one, other in pairwise(path)
        )
    )
    count = max(rank.values(), default=-1) + 1
    layers: list[list[Item]] = [[] for _ in range(count)]
    items = dict.fromkeys(Item(node, layer=rank[node]) for node in nodes)
    items |= dict.fromkeys(item for path in paths.values() for item in path)
    for item in items:
        layers[item.layer].append(item)
    return Layered(_ordered(layers, links), paths, links)


# ---------------------------------------------------------------- layers


def _ranks(nodes: Sequence[str], edges: Sequence[Edge]) -> dict[str, int]:
    """Return the layer of each node: the length of the longest path to it, once no edge closes a circle."""
    place = {node: number for number, node in enumerate(_without_circles(nodes, edges))}
    after: dict[str, list[str]] = {node: [] for node in nodes}
    for one, other in edges:
        first, second = (one, other) if place[one] < place[other] else (other, one)
        after[first].append(second)
    rank = dict.fromkeys(nodes, 0)
    for node in sorted(nodes, key=place.__getitem__):
        for other in after[node]:
            rank[other] = max(rank[other], rank[node] + 1)
    return rank


def _without_circles(nodes: Sequence[str], edges: Sequence[Edge]) -> list[str]:
    """Return the nodes in an order that few edges point against: greedily, ends last and beginnings first."""
    out: dict[str, set[str]] = {node: set() for node in nodes}
    into: dict[str, set[str]] = {node: set() for node in nodes}
    for one, other in edges:
        out[one].add(other)
        into[other].add(one)
    left, first, last = list(nodes), [], []

    def take(node: str) -> None:
        """Take a node away, with its edges."""
        left.remove(node)
        for other in out.pop(node):
            into[other].discard(node)
        for other in into.pop(node):
            out[other].discard(node)

    while left:
        end = next((node for node in reversed(left) if not out[node]), None)
        if end is not None:
            last.append(end)
            take(end)
            continue
        begin = next((node for node in left if not into[node]), None)
        if begin is None:
            begin = max(left, key=lambda node: (len(out[node]) - len(into[node]), -left.index(node)))
        first.append(begin)
        take(begin)
    return [*first, *reversed(last)]


def _path(edge: Edge, rank: Mapping[str, int]) -> tuple[Item, ...]:
    """Return the items that an edge goes through."""
    one, other = edge
    start, end = rank[one], rank[other]
    if one == other:
        return (Item(one, layer=start),)
    step = 1 if end > start else -1
    lane = "down" if step > 0 else "up"
    between = (Item(other, lane, layer) for layer in range(start + step, end, step))
    return (Item(one, layer=start), *between, Item(other, layer=end))


# ---------------------------------------------------------------- orders


def _ordered(layers: Sequence[Sequence[Item]], links: Sequence[tuple[Item, Item]]) -> tuple[tuple[Item, ...], ...]:
    """Return the layers in orders with few crossings."""
    above: dict[Item, list[Item]] = {item: [] for layer in layers for item in layer}
    below: dict[Item, list[Item]] = {item: [] for layer in layers for item in layer}
    for upper, lower in links:
        below[upper].append(lower)
        above[lower].append(upper)
    present = [list(layer) for layer in layers]
    best, least = [list(layer) for layer in present], _crossings(present, below)
    for sweep in range(_SWEEPS):
        if not least:
            break
        down = sweep % 2 == 0
        numbers = range(1, len(present)) if down else range(len(present) - 2, -1, -1)
        for number in numbers:
            beside = present[number - 1] if down else present[number + 1]
            present[number] = _by_barycentre(present[number], beside, above if down else below)
        found = _crossings(present, below)
        if found < least:
            best, least = [list(layer) for layer in present], found
    return tuple(map(tuple, best))


def _by_barycentre(layer: list[Item], beside: Sequence[Item], joined: Mapping[Item, Sequence[Item]]) -> list[Item]:
    """Return a layer ordered by the mean place of what its items are joined with; what has no such thing stays."""
    place = {item: number for number, item in enumerate(beside)}
    means = {item: sum(place[other] for other in joined[item]) / len(joined[item]) for item in layer if joined[item]}
    moved = iter(sorted(means, key=lambda item: (means[item], layer.index(item))))
    return [next(moved) if item in means else item for item in layer]


def _crossings(layers: Sequence[Sequence[Item]], below: Mapping[Item, Sequence[Item]]) -> int:
    """Return how often links cross."""
    total = 0
    for upper, lower in pairwise(layers):
        place = {item: number for number, item in enumerate(lower)}
        seen: list[int] = []
        for item in upper:
            ends = sorted(place[other] for other in below[item])
            total += sum(len(seen) - bisect_right(seen, end) for end in ends)
            for end in ends:
                insort(seen, end)
    return total
