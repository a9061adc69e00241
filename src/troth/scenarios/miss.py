"""What does not hold: one thing expected that is not so."""

from __future__ import annotations

import msgspec

from troth.scenarios.commands import Path


class Miss(msgspec.Struct, frozen=True):
    """One thing expected that is not so.

    Attributes:
        path: Where it stands, below the expectation.
        code: Its code.
        found: What is so.
        expected: What was expected.
        why: The explanation, one line each.
    """

    path: Path
    code: str
    found: str
    expected: str
    why: tuple[str, ...] = ()
