"""What a gate has done so far: counts for people, and the disagreements of shadow mode."""

from __future__ import annotations

from collections import Counter, deque
from threading import Lock
from typing import Final

import msgspec

from troth.surfaces.client.sending import Sending, Verdict

KEPT: Final = 1_000
"""How many disagreements are kept, the latest ones."""


class Report(msgspec.Struct, frozen=True):
    """What a gate has done so far.

    Attributes:
        statuses: Status → messages that ended so; in shadow mode nothing is kept from going.
        open: Messages that went although the gate gave no answer.
        would: Shadow mode: standing → messages that would have stood so. `unreachable`: not answered within the bound;
            `refused`: the question itself is wrong, and enforce mode would raise it (`Verdict.error`).
        disagreements: Shadow mode: messages that went and would not have gone, or not as they were.
        waiting: Receipts in the spool.
    """

    statuses: dict[str, int]
    open: int
    would: dict[str, int]
    disagreements: int
    waiting: int


class Tally:
    """Counts messages; safe from any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._statuses: Counter[str] = Counter()
        self._would: Counter[str] = Counter()
        self._open = 0
        self._disagreements = 0
        self._latest: deque[Verdict] = deque(maxlen=KEPT)

    def note(self, sending: Sending) -> None:
        """Count a message whose block was left."""
        with self._lock:
            self._statuses[sending.status] += 1
            self._open += sending.open and sending.may_send
            if sending.mode == "shadow":
                standing = sending.verdict.standing
                self._would[standing] += 1
                if standing not in {"permitted", "unreachable", "refused"}:
                    self._disagreements += 1
                    self._latest.append(sending.verdict)

    def report(self, waiting: int) -> Report:
        """Return the counts."""
        with self._lock:
            return Report(dict(self._statuses), self._open, dict(self._would), self._disagreements, waiting)

    def disagreements(self) -> tuple[Verdict, ...]:
        """Return the latest disagreements, oldest first."""
        with self._lock:
            return tuple(self._latest)
