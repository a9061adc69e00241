"""What a told statement implied, and whether it came so within its validity.

A promising statement implies that its promise is kept in the window that stood when it was told. Any other implies what
the pack's states say: the states that it is to be told of (`tell`) are what it says. If these are usable or terminal it
implies that it stays so; if not, that the matter moves on to a state that may follow them, and not into a dead end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec.structs import replace

from troth.measures.clock import Piece
from troth.model.pack import Pack, PromiseKind, State
from troth.model.record import Promise
from troth.model.times import FOREVER, Micros
from troth.model.told import Telling

PROMISE: Final = "promise"
STAYS: Final = "stays"
MOVES_ON: Final = "moves_on"


class Implied:
    """A pack, ready to say what its statements imply.

    Args:
        pack: The pack.
    """

    def __init__(self, pack: Pack) -> None:
        """Read from the pack which states each statement tells of, and what may follow them."""
        self._pack = pack
        self._states: Mapping[str, State] = {state.name: state for state in pack.states}
        self._homes = {
            name: frozenset(state.name for state in pack.states if name in state.tell) for name in pack.statements
        }
        self._allowed = {name: self._after(homes) for name, homes in self._homes.items()}

    def judged(
        self, one: Telling, pieces: Sequence[Piece], promises: Sequence[Promise], over_at: Micros | None, as_of: Micros
    ) -> Telling:
        """Return a telling with what it implied and what became of it.

        Args:
            one: The telling.
            pieces: States of the subject as really held, in order of time.
            promises: Its promises.
            over_at: When its clock stopped; `None`: it runs, or nobody knows.
            as_of: The moment of which the tables speak.
        """
        statement = self._pack.statements[one.statement]
        if statement.promise is not None:
            kind = self._pack.promises[statement.promise]
            return _promised(one, kind, [promise for promise in promises if promise.kind == kind.name], as_of)
        homes = self._homes[one.statement]
        if not homes:
            return one
        valid_until = None if statement.valid_for is None else one.told_at + statement.valid_for
        end = over_at if valid_until is None else valid_until
        stays = all(self._states[name].usable or self._states[name].terminal for name in homes)
        implies = STAYS if stays else MOVES_ON
        if stays:
            followed, at = self._stays(homes, pieces, one.told_at, end, as_of)
        else:
            followed, at = self._moves_on(one.statement, pieces, one.told_at, end, as_of, dated=valid_until is not None)
        return replace(one, implies=implies, due_at=valid_until, followed=followed, followed_at=at)

    def _after(self, homes: frozenset[str]) -> frozenset[str]:
        """Return the states to which a matter in these states moves on: all that may follow, but for dead ends.

        Where the pack does not say what may follow, only states that give the customer what they came for will do.
        """
        usable = frozenset(name for name, state in self._states.items() if state.usable)
        transitions = self._pack.transitions
        found: set[str] = set()
        waiting = list(homes)
        while waiting:
            name = waiting.pop()
            if name in homes and name not in transitions:
                return usable - homes
            new = set(transitions.get(name, ())) - found
            found |= new
            waiting += new
        dead = {name for name, state in self._states.items() if state.terminal and not state.usable}
        return frozenset(found) - homes - dead

    def _stays(
        self, homes: frozenset[str], pieces: Sequence[Piece], told_at: Micros, end: Micros | None, as_of: Micros
    ) -> tuple[str, Micros | None]:
        """Return whether it stayed so until the end."""
        fine = homes
        if any(self._states[name].usable for name in homes):
            fine |= {name for name, state in self._states.items() if state.usable}
        horizon = as_of if end is None else end
        doubtful = False
        for piece in pieces:
            if piece.since >= max(horizon, told_at + 1) or _is_before(piece, told_at, as_of):
                continue
            if piece.state not in self._states:
                doubtful = True
            elif piece.state not in fine:
                return "no", None
        if end is None or end > as_of:
            return "open", None
        return ("unknown", None) if doubtful else ("yes", max(end, told_at))

    def _moves_on(
        self, name: str, pieces: Sequence[Piece], told_at: Micros, end: Micros | None, as_of: Micros, *, dated: bool
    ) -> tuple[str, Micros | None]:
        """Return whether the matter moved on before the end, or by it where the end is that of the matter."""
        allowed = self._allowed[name]
        horizon = FOREVER if end is None or not dated else end
        doubtful = False
        for piece in pieces:
            if piece.since >= horizon or _is_before(piece, told_at, as_of):
                continue
            state = self._states.get(piece.state)
            if piece.state in allowed:
                unclear = piece.undated or (doubtful and dated)
                return ("unknown", None) if unclear else ("yes", max(piece.since, told_at))
            if state is not None and state.terminal and not state.usable:
                return "no", None
            doubtful = doubtful or state is None
        if end is None or end > as_of:
            return "open", None
        return ("unknown" if doubtful else "no"), None


def _is_before(piece: Piece, moment: Micros, as_of: Micros) -> bool:
    """Return whether a piece had ended by a moment; the last one goes on."""
    return piece.until <= moment and piece.until < as_of


def _promised(one: Telling, kind: PromiseKind, promises: Sequence[Promise], as_of: Micros) -> Telling:
    """Return a promising telling: whether the promise was kept in the window that stood then."""
    made = [promise for promise in promises if promise.made_at <= one.told_at]
    judged = [_kept(promise, kind, one.told_at, as_of) for promise in made]
    counted = [found for found in judged if found[0] != "void"]
    if not counted:
        return replace(one, implies=PROMISE, followed="void" if judged else "unknown")
    words = {word for word, _, _ in counted}
    followed = next(word for word in ("no", "unknown", "open", "yes") if word in words)
    dues = [due for _, due, _ in counted]
    due_at = None if None in dues else max(due for due in dues if due is not None)
    kept = [at for _, _, at in counted if at is not None]
    return replace(
        one, implies=PROMISE, due_at=due_at, followed=followed, followed_at=max(kept) if followed == "yes" else None
    )


def _kept(
    promise: Promise, kind: PromiseKind, told_at: Micros, as_of: Micros
) -> tuple[str, Micros | None, Micros | None]:
    """Return what became of a promise in the window that stood at a moment, when it had passed, when it came true."""
    if "void" in (promise.outcome, promise.renegotiated):
        return "void", None, None
    window = next((one for one in reversed(promise.windows) if one.given_at <= told_at), promise.windows[0])
    if window.due is None:
        word = {"kept": "yes", "late": "no", "broken": "no", "unknown": "unknown"}.get(promise.outcome, "open")
        return word, None, promise.kept_at if word == "yes" else None
    limit = window.due + kind.grace + (1 if kind.inclusive else 0)
    if promise.kept_at is not None and promise.kept_at < limit:
        return "yes", limit, promise.kept_at
    if promise.kept_at is not None:
        return ("no" if limit <= as_of else "open"), limit, None
    if "unknown" in (promise.outcome, promise.renegotiated):
        return ("unknown" if limit <= as_of else "open"), limit, None
    over = limit <= as_of or promise.outcome == "broken"
    return ("no" if over else "open"), limit, None
