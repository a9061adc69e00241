"""The customer's clock: when a subject reached a usable outcome, and when its clock stopped.

Pure functions of a record's state history. Time is microseconds; spans are half-open, so that a state left at the
moment it was entered was never held.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from troth.model.pack import Pack, State
from troth.model.record import Span
from troth.model.times import Micros

USABLE = "usable"
OPEN = "open"


class Piece(msgspec.Struct, frozen=True, gc=False):
    """A state held without a break from `since` until `until` (exclusive)."""

    state: str
    since: Micros
    until: Micros
    undated: bool


class Course(msgspec.Struct, frozen=True, gc=False):
    """What became of a subject, as the customer sees it.

    Attributes:
        outcome: `usable`, the name of a terminal state that is not usable, or `open`.
        outcome_at: When it was entered; `None` while open, and when the moment is not known.
        undated: The outcome is known, its moment is not (a snapshot without a date).
        clock_until: When the clock stopped: the first terminal state that lasts, else as_of; `None` when that state is
            undated.
    """

    outcome: str
    outcome_at: Micros | None
    undated: bool
    clock_until: Micros | None


class Model(msgspec.Struct, frozen=True):
    """The part of a pack that the clock reads.

    Attributes:
        states: States by name.
        confirm: How long before as_of observation ends: the longest `lasts` of a usable state.
    """

    states: Mapping[str, State]
    confirm: Micros


def model_of(pack: Pack) -> Model:
    """Return the part of a pack that the clock reads."""
    return Model(
        states={state.name: state for state in pack.states},
        confirm=max((state.lasts for state in pack.states if state.usable), default=0),
    )


def pieces_of(spans: Sequence[Span], as_of: Micros) -> list[Piece]:
    """Return the states that were really held up to as_of, neighbours of one state joined, in order of time."""
    pieces: list[Piece] = []
    for index, span in enumerate(spans):
        if span.since > as_of:
            break
        last = index + 1 == len(spans) or spans[index + 1].since > as_of
        until = as_of if last else spans[index + 1].since
        if until == span.since and not last:
            continue
        if pieces and pieces[-1].state == span.value:
            before = pieces[-1]
            pieces[-1] = Piece(span.value, before.since, until, before.undated)
        else:
            pieces.append(Piece(span.value, span.since, until, span.undated))
    return pieces


def course_of(spans: Sequence[Span], model: Model, as_of: Micros) -> Course:
    """Return the outcome and the end of the clock of one state history.

    A usable state counts once the subject has stayed usable for its `lasts`, be it in a following usable state. A dated
    outcome after an undated one wins: the undated one has not been the end.
    """
    pieces = pieces_of(spans, as_of)
    outcome, outcome_at, undated = _outcome(pieces, model.states)
    return Course(outcome, outcome_at, undated, _clock_until(pieces, model.states, as_of))


def _outcome(pieces: Sequence[Piece], states: Mapping[str, State]) -> tuple[str, Micros | None, bool]:
    undated = ""
    for index, piece in enumerate(pieces):
        state = states.get(piece.state)
        if state is None or not (state.usable or state.terminal):
            continue
        until = _usable_until(pieces, index, states) if state.usable else piece.until
        if until - piece.since < state.lasts:
            continue
        name = USABLE if state.usable else state.name
        if not piece.undated:
            return name, piece.since, False
        undated = undated or name
    return (undated, None, True) if undated else (OPEN, None, False)


def _usable_until(pieces: Sequence[Piece], index: int, states: Mapping[str, State]) -> Micros:
    until = pieces[index].until
    for piece in pieces[index + 1 :]:
        state = states.get(piece.state)
        if state is None or not state.usable:
            break
        until = piece.until
    return until


def _clock_until(pieces: Sequence[Piece], states: Mapping[str, State], as_of: Micros) -> Micros | None:
    undated = False
    for piece in pieces:
        state = states.get(piece.state)
        if state is None or not state.terminal or piece.until - piece.since < state.lasts:
            continue
        if not piece.undated:
            return piece.since
        undated = True
    return None if undated else as_of
