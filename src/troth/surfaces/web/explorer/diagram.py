"""The diagram of a pack's states, with how many subjects are in each. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final
from urllib.parse import quote

from troth.model.pack import Pack, State
from troth.surfaces.svg.frame import Chart
from troth.surfaces.svg.graph import Node, graph
from troth.surfaces.web.explorer.words import plural

MOST: Final = 60
"""States up to which a diagram is drawn; of more, the table tells."""


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
    return graph(title, "states", [_node(pack, state, counts.get(state.name, 0)) for state in _forward(pack)],
                 _edges(pack))  # fmt: skip


def course(pack: Pack, lit: Collection[str], past: Collection[str], name: str) -> Chart | None:
    """Return the states with those lit that a subject is in, or may be in, and those marked that it has been in."""
    if len(pack.states) > MOST:
        return None
    nodes = []
    for state in _forward(pack):
        here = "lit" if state.name in lit else "past" if state.name in past else "empty"
        word = {"lit": "is here" if len(lit) == 1 else "may be here", "past": "was here"}.get(here, "")
        nodes.append(Node(state.name, word, "", _says(state, word), (*_kinds(state), here), state.title))
    where = " or ".join(_called(state) for state in _forward(pack) if state.name in lit) or "nowhere yet"
    return graph(f"The states of {pack.title}; the subject of the story is in {where}.", name, nodes, _edges(pack))


def _forward(pack: Pack) -> list[State]:
    """Return the states from the beginning of a story to its end: packs try the last ones first."""
    return list(reversed(pack.states))


def _edges(pack: Pack) -> list[tuple[str, str]]:
    """Return what may follow what, by what the pack declares."""
    known = {state.name for state in pack.states}
    return [(one, other) for one, after in pack.transitions.items() for other in after if {one, other} <= known]


def _node(pack: Pack, state: State, count: int) -> Node:
    """Return the box of a state."""
    kinds = (*_kinds(state), *(() if count else ("empty",)))
    return Node(state.name, f"{count:,}", address_of(pack.name, state.name), _says(state, plural(count, "subject")),
                kinds, state.title)  # fmt: skip


def _called(state: State) -> str:
    """Return what people call a state."""
    return state.title or state.name


def _kinds(state: State) -> tuple[str, ...]:
    """Return what a state is, as classes."""
    return tuple(name for name, so in (("usable", state.usable), ("terminal", state.terminal)) if so)


def _says(state: State, more: str) -> str:
    """Return a state in words: its name, its title, and what it is."""
    kinds = [word for word, so in (("usable", state.usable), ("the end", state.terminal)) if so]
    said = f"{state.name}: {state.title}" if state.title else state.name
    return ", ".join(part for part in (f"{said} ({', '.join(kinds)})" if kinds else said, more) if part)
