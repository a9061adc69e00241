"""The diagram of a pack's states, with how many subjects are in each. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final
from urllib.parse import quote

import msgspec

from troth.model.pack import Pack, State
from troth.surfaces.svg.frame import Chart
from troth.surfaces.svg.graph import Node, graph
from troth.surfaces.svg.layers import Edge, layered
from troth.surfaces.web.explorer.words import plural

MOST: Final = 60
"""States up to which a diagram is drawn; of more, the table tells."""


_BESIDE: Final = 2
_MANY: Final = 4
"""States up to which all that lead to another are drawn, however few there are."""


class Lines(msgspec.Struct, frozen=True):
    """Which lines of a diagram are drawn, and what stands in the boxes in place of the others.

    Attributes:
        drawn: (from, to).
        more: State → states that lead to it without a line.
        every: States to which all others lead from which anything follows at all.
    """

    drawn: tuple[Edge, ...] = ()
    more: Mapping[str, tuple[str, ...]] = {}
    every: Collection[str] = ()

    @property
    def unseen(self) -> list[Edge]:
        """Return the edges that are not drawn."""
        return [(one, other) for other, before in self.more.items() for one in before]

    def says(self, state: str) -> str:
        """Return what leads to a state without a line, in a few words; empty: nothing."""
        count = len(self.more.get(state, ()))
        return "" if not count else "from any state" if state in self.every else f"from {count} more states"


def lines(pack: Pack) -> Lines:
    """Return which lines are drawn: what most states lead to has those from the states right above or below alone."""
    edges = _edges(pack)
    into: dict[str, set[str]] = {}
    for one, other in edges:
        into.setdefault(other, set()).add(one)
    crowded = {name for name, before in into.items() if len(before) > max(_MANY, len(pack.states) / 2)}
    if not crowded:
        return Lines(tuple(edges))
    paths = layered([state.name for state in _forward(pack)], edges).paths
    near = {edge for edge in edges if edge[1] not in crowded or len(paths[edge]) == _BESIDE}
    leading = {one for one, _ in edges}
    return Lines(
        tuple(edge for edge in edges if edge in near),
        {name: tuple(one for one, other in edges if other == name and (one, other) not in near)
         for name in into if name in crowded},
        [name for name in crowded if leading - {name} <= into[name]],
    )  # fmt: skip


def address_of(pack: str, state: str = "") -> str:
    """Return the address of the list of the subjects in a state; without a state, of all."""
    asked = f"?state={quote(state, safe='')}" if state else ""
    return f"/packs/{quote(pack, safe='')}/subjects{asked}"


def diagram(pack: Pack, counts: Mapping[str, int]) -> Chart | None:
    """Return the states with how many subjects are in each; `None`: there are too many states to draw.

    Args:
        pack: The pack.
        counts: State → how many are in it.
    """
    if len(pack.states) > MOST:
        return None
    title = f"The states of {pack.title}, from the first to the last, with the number of subjects in each."
    shown = lines(pack)
    nodes = [_node(pack, state, counts.get(state.name, 0), shown.says(state.name)) for state in _forward(pack)]
    return graph(title, "states", nodes, shown.drawn, shown.unseen)


def course(pack: Pack, lit: Collection[str], past: Collection[str], name: str) -> Chart | None:
    """Return the states with those lit that a subject is in, or may be in, and those marked that it has been in."""
    if len(pack.states) > MOST:
        return None
    nodes, shown = [], lines(pack)
    for state in _forward(pack):
        here = "lit" if state.name in lit else "past" if state.name in past else "empty"
        word = {"lit": "is here" if len(lit) == 1 else "may be here", "past": "was here"}.get(here, "")
        more = shown.says(state.name)
        nodes.append(Node(state.name, word, "", _says(state, word, more), (*_kinds(state), here), state.title, more))
    where = " or ".join(_called(state) for state in _forward(pack) if state.name in lit) or "nowhere yet"
    return graph(f"The states of {pack.title}; the subject of the story is in {where}.", name, nodes, shown.drawn,
                 shown.unseen)  # fmt: skip


def _forward(pack: Pack) -> list[State]:
    """Return the states from the beginning of a story to its end: packs try the last ones first."""
    return list(reversed(pack.states))


def _edges(pack: Pack) -> list[Edge]:
    """Return what may follow what, by what the pack declares, each once."""
    known = {state.name for state in pack.states}
    found = ((one, other) for one, after in pack.transitions.items() for other in after if {one, other} <= known)
    return list(dict.fromkeys(found))


def _node(pack: Pack, state: State, count: int, more: str) -> Node:
    """Return the box of a state."""
    kinds = (*_kinds(state), *(() if count else ("empty",)))
    return Node(state.name, f"{count:,}", address_of(pack.name, state.name),
                _says(state, plural(count, "subject"), more), kinds, state.title, more)  # fmt: skip


def _called(state: State) -> str:
    """Return what people call a state."""
    return state.title or state.name


def _kinds(state: State) -> tuple[str, ...]:
    """Return what a state is, as classes."""
    return tuple(name for name, so in (("usable", state.usable), ("terminal", state.terminal)) if so)


def _says(state: State, last: str, more: str) -> str:
    """Return a state in words: its name, its title, what it is, and what leads to it without a line."""
    kinds = [word for word, so in (("usable", state.usable), ("the end", state.terminal)) if so]
    said = f"{state.name}: {state.title}" if state.title else state.name
    return ", ".join(part for part in (f"{said} ({', '.join(kinds)})" if kinds else said, more, last) if part)
