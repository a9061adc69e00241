"""Names that were never used before: the one place beside keys where chance makes them."""

from __future__ import annotations

import uuid


def fresh_name() -> str:
    """Return a name that nobody else has: 32 hexadecimal digits."""
    return uuid.uuid4().hex
