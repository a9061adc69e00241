"""Is a history of concurrent operations linearizable?

It is if they could have happened one after the other, each at some moment between its call and its return, as one
sequential object would have answered. An operation that never returned may have taken effect at any later moment, or
never.

Source: J. Wing, C. Gong, "Testing and verifying concurrent objects" (1993), with the cache of G. Lowe, "Testing for
linearizability" (2017).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, Final, TypeAlias

import msgspec

State: TypeAlias = Hashable
Apply: TypeAlias = Callable[[State, Any, Any], State | None]
"""`apply(state, input, output)` returns the state after an operation, or `None` where it could not have answered so.
`output` is `PENDING` for an operation that never returned: then any answer will do. A state is never `None`."""

PENDING: Final = "pending: nobody knows what it answered"
"""Output of an operation that never returned."""


class Operation(msgspec.Struct, frozen=True):
    """One operation of a history.

    Attributes:
        called: When it was called: any number that grows.
        returned: When it returned; `None`: never.
        input: What was asked.
        output: What was answered.
    """

    called: float
    returned: float | None
    input: Any
    output: Any = PENDING


class _Entry:
    """A call or a return in the list of what is left to place."""

    __slots__ = ("following", "former", "match", "operation", "place")

    def __init__(self, operation: Operation, place: int) -> None:
        self.operation = operation
        self.place = place
        self.match: _Entry | None = None
        self.former: _Entry | None = None
        self.following: _Entry | None = None


def is_linearizable(history: Sequence[Operation], initial: State, apply: Apply) -> bool:
    """Return whether a history could have been answered by a sequential object.

    Args:
        history: The operations, in any order.
        initial: The object's state before them.
        apply: The object.
    """
    head = _linked(history)
    finite = sum(1 << place for place, one in enumerate(history) if one.returned is not None)
    state, placed = initial, 0
    seen: set[tuple[int, State]] = set()
    done: list[tuple[_Entry, State]] = []
    entry = head.following
    while placed & finite != finite:
        assert entry is not None, "a return stands behind every call that is not placed"
        if entry.match is not None:
            after = apply(state, entry.operation.input, entry.operation.output)
            trial = placed | 1 << entry.place
            if after is not None and (trial, after) not in seen:
                seen.add((trial, after))
                done.append((entry, state))
                state, placed = after, trial
                _lift(entry)
                entry = head.following
                continue
            entry = entry.following
            if entry is not None:
                continue
        # A return (or the end): whatever was placed last has to be placed later.
        if not done:
            return False
        last, state = done.pop()
        placed &= ~(1 << last.place)
        _unlift(last)
        entry = last.following
    return True


def _linked(history: Sequence[Operation]) -> _Entry:
    """Return the head of the list of calls and returns in the order of their moments; a pending call has no return."""
    moments: list[tuple[float, int, _Entry]] = []
    for place, operation in enumerate(history):
        call = _Entry(operation, place)
        back = _Entry(operation, place)
        call.match = back
        moments.append((operation.called, 0, call))
        # A return that never came stands behind everything: no place before it is forbidden.
        moments.append((float("inf") if operation.returned is None else operation.returned, 1, back))
    head = last = _Entry(Operation(0, None, None), -1)
    for _, _, entry in sorted(moments, key=lambda one: one[:2]):
        last.following, entry.former = entry, last
        last = entry
    return head


def _lift(call: _Entry) -> None:
    """Take a call and its return out of the list."""
    assert call.match is not None
    for entry in (call, call.match):
        assert entry.former is not None
        entry.former.following = entry.following
        if entry.following is not None:
            entry.following.former = entry.former


def _unlift(call: _Entry) -> None:
    """Put a call and its return back into the list."""
    assert call.match is not None
    for entry in (call.match, call):
        assert entry.former is not None
        entry.former.following = entry
        if entry.following is not None:
            entry.following.former = entry
