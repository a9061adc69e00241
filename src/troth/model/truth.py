"""Three-valued truth (strong Kleene): true, false, unknown.

A truth is `True`, `False` or `UNKNOWN`. `UNKNOWN` is `None`, so that generated code tests it with `is None`; it is
never passed to `bool()`, because an unknown is neither shown nor counted as true, and never as false.

Source: S. C. Kleene, *Introduction to Metamathematics* (1952), section 64.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, TypeAlias

Truth: TypeAlias = bool | None
UNKNOWN: Final[None] = None

WORD_OF: Final[dict[Truth, str]] = {True: "true", False: "false", UNKNOWN: "unknown"}
"""Truth → its word, in tables and in answers."""


def all_of(truths: Iterable[Truth]) -> Truth:
    """Return the Kleene conjunction; of nothing, `True`.

    >>> all_of([True, None]), all_of([False, None]), all_of([])
    (None, False, True)
    """
    unknown = False
    for truth in truths:
        if truth is False:
            return False
        unknown = unknown or truth is None
    return UNKNOWN if unknown else True


def any_of(truths: Iterable[Truth]) -> Truth:
    """Return the Kleene disjunction; of nothing, `False`.

    >>> any_of([False, None]), any_of([True, None]), any_of([])
    (None, True, False)
    """
    unknown = False
    for truth in truths:
        if truth is True:
            return True
        unknown = unknown or truth is None
    return UNKNOWN if unknown else False


def negate(truth: Truth) -> Truth:
    """Return the Kleene negation.

    >>> negate(True), negate(False), negate(None)
    (False, True, None)
    """
    return UNKNOWN if truth is None else not truth
