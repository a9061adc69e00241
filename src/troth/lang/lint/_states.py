"""Warnings about states: what can never be reached, what hides the rest, what nobody is told."""

from __future__ import annotations

from collections.abc import Sequence

from troth.lang.lint._logic import always, first, possible
from troth.lang.lint._view import View
from troth.model.truth import Truth


def _decided(values: Sequence[Truth]) -> bool:
    """Return whether some condition is true."""
    return any(value is True for value in values)


def unreachable_states(view: View) -> None:
    """W101 and W102: a state that can never be the first true, or after which none can be."""
    conditions = view.nodes(*(state.when for state in view.pack.states))
    states = view.pack.states
    for index, state in enumerate(states):
        path = ("states", state.name, "when")
        upto = conditions[: index + 1]
        if possible(upto, first) is False:
            view.warn(
                "W101",
                path,
                state.name,
                f"the state `{state.name}` that can never be reached",
                "a condition that can be true while all before it are false",
                "move it up, or correct its condition",
            )
        elif index + 1 < len(states) and always(upto, _decided):
            later = ", ".join(after.name for after in states[index + 1 :])
            view.warn(
                "W102",
                path,
                state.name,
                f"the state `{state.name}`, after which none can be: {later}",
                "a condition that can be false while all before it are false",
                "move it to the end, or correct its condition",
            )
            return


def untold_states(view: View) -> None:
    """W109: the customer reaches what they came for, or the end, and nobody has to say so in time."""
    for state in view.pack.states:
        if (state.usable or state.terminal) and (state.tell_within is None or not state.tell):
            kind = "usable" if state.usable else "terminal"
            missing = "tell_within" if state.tell else "tell and tell_within"
            view.warn(
                "W109",
                ("states", state.name),
                state.name,
                f"the {kind} state `{state.name}` without {missing}",
                "what the customer is to be told, and within what time",
                "add tell and tell_within, or say why nobody needs to be told",
            )


def unlinked_states(view: View) -> None:
    """W110: transitions are declared, but not what may follow this state."""
    for state in view.pack.states:
        if view.pack.transitions and state.name not in view.pack.transitions:
            view.warn(
                "W110",
                ("states", state.name),
                state.name,
                f"the state `{state.name}` without an entry in transitions",
                "the states that may follow it",
                f"add `{state.name}: [...]`, empty when none may",
            )


CHECKS = (unreachable_states, untold_states, unlinked_states)
