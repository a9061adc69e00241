"""Words that problems are written with."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def did_you_mean(found: str, known: Iterable[str]) -> str:
    """Return a remedy that names the nearest known word, or lists the few there are; empty when nothing is near."""
    words = sorted(set(known))
    near = difflib.get_close_matches(found, words, n=1, cutoff=0.6)
    if near:
        return f"did you mean `{near[0]}`?"
    return ""


def one_of(words: Iterable[str], most: int = 14) -> str:
    """Return `one of: a, b, c`, shortened when there are many."""
    listed = list(words)
    if not listed:
        return "nothing: none is declared"
    more = f" and {len(listed) - most} more" if len(listed) > most else ""
    return ("one of: " if len(listed) > 1 else "") + ", ".join(listed[:most]) + more
