"""Reasons in words: the title of each code's page, and what it is about."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from troth.surfaces.pages import code_pages

_MOST: Final = 2
"""How many reasons a sentence names; the others are counted."""
_FALSE: Final = "G301"


@cache
def _titles() -> dict[str, str]:
    """Return code → its title, with a small first letter."""
    return {code: page.title[:1].lower() + page.title[1:] for code, page in code_pages().items()}


def because(codes: Sequence[str], about: Sequence[Sequence[str]], most: int = _MOST) -> str:
    """Return reasons as one sentence.

    >>> because(["G302", "G999"], [["complete"], []])
    'a fact that the statement needs is missing (complete); G999'
    """
    if not codes:
        return ""
    named = [(code, about[number] if number < len(about) else ()) for number, code in enumerate(codes)]
    # That something is false says more to people than what else stands in the way.
    named.sort(key=lambda one: one[0] != _FALSE)
    parts = [_reason(code, names) for code, names in named[:most]]
    more = len(codes) - most
    if more > 0:
        parts.append(f"{more} more reason{'s' if more > 1 else ''}")
    return "; ".join(parts)


def _reason(code: str, about: Sequence[str]) -> str:
    """Return one reason."""
    text = _titles().get(code, code)
    return f"{text} ({', '.join(about)})" if about else text


def facts(reads: dict[str, Any]) -> str:
    """Return facts as they were read.

    >>> facts({"staged": True, "parcel": "none", "lost": None})
    'staged is true, parcel is none, lost is not known'
    """
    return ", ".join(f"{name} is {_value(value)}" for name, value in reads.items())


def _value(value: Any) -> str:
    """Return a fact's value in words."""
    if value is None:
        return "not known"
    return str(value).lower() if isinstance(value, bool) else str(value)
