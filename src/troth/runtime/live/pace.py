"""Pace: turns of several commands begin a little apart, so that those who come together share what a turn costs.

A turn has a price of its own (a transaction, a sync of the disk), whatever the number of its commands. Under load a
writer that begins again at once pays it for every two or three commands, and everybody waits for everybody. Whoever
comes alone never waits. Source: group commit (DeWitt et al. 1984), here with a bound in time.
"""

from __future__ import annotations

from threading import Event
from time import monotonic
from typing import Final

APART_S: Final = 0.003
"""Seconds from the beginning of a turn of several commands to that of the next one, at least."""


class Pace:
    """When the next turn may begin. It is used by the writer's thread only, but for `end`.

    Args:
        apart_s: Seconds between the beginnings of turns of several commands.
    """

    def __init__(self, apart_s: float = APART_S) -> None:
        self._apart_s = apart_s
        self._not_before = 0.0
        self._ended = Event()

    def wait(self) -> None:
        """Wait until the next turn may begin."""
        left = self._not_before - monotonic()
        if left > 0:
            self._ended.wait(left)

    def begin(self, commands: int) -> None:
        """Note that a turn of so many commands begins."""
        self._not_before = monotonic() + self._apart_s if commands > 1 else 0.0

    def end(self) -> None:
        """Let nobody wait any more."""
        self._ended.set()
