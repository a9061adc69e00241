"""What people and senders do in a story: ask the gate, use a permit, tell a receipt, complain, work on a case."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeAlias

import msgspec

from troth.model.times import Micros
from troth.scenarios.clock import Clock, unmark

Path: TypeAlias = tuple[str | int, ...]
"""Where something stands in the document, such as `("timeline", 3, "expect", "state")`."""

KEYS: Final = ("complain", "act", "ask", "confirm", "receipt")
"""Keys of a step, in the order in which they take place: after the step's event and before what it expects."""


class Command(msgspec.Struct, frozen=True):
    """One thing done, at a step.

    Attributes:
        key: Which of `KEYS`.
        at: The moment.
        step: Index of its step.
        subject: Whom it is about.
        said: What the step says of it, written out in full, its times as text.
        path: Where it stands.
    """

    key: str
    at: Micros
    step: int
    subject: str
    said: Mapping[str, Any]
    path: Path

    @property
    def id(self) -> str:
        """Return the message's id: its own, or the message's name where the story gives none."""
        return str(self.said.get("id") or self.said.get("message", ""))


_SHORT: Final = {"ask": "message", "confirm": "id", "receipt": "message", "complain": "text"}
"""Key → the member that a plain text stands for."""


def commands_of(
    step: Mapping[str, Any], path: Path, index: int, subject: str, at: Micros, clock: Clock
) -> Iterator[Command]:
    """Yield what is done at a step, in order.

    Raises:
        ValueError: A marked time in a question's data is no time.
    """
    for key in KEYS:
        if key in step:
            said = {_SHORT[key]: step[key]} if isinstance(step[key], str) else dict(step[key])
            if "data" in said:
                said["data"] = unmark(said["data"], clock, at)
            yield Command(key, at, index, subject, said, (*path, key))
