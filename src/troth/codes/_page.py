"""The shape of a code's page."""

from __future__ import annotations

import msgspec


class Page(msgspec.Struct, frozen=True):
    """What `troth explain CODE` prints.

    Attributes:
        code: The stable code, such as `P104`.
        title: One line: what is wrong.
        meaning: Why it matters, in full sentences.
        example: A short example that shows it, as the user would write it.
        remedy: How to put it right.
    """

    code: str
    title: str
    meaning: str
    example: str
    remedy: str
