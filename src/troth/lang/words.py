"""Words that problems are written with."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

import msgspec

from troth.codes.p_pack import PAGES
from troth.errors import Problem


def did_you_mean(found: str, known: Iterable[str]) -> str:
    """Return a remedy that names the nearest known words, at most two; empty when nothing is near."""
    near = difflib.get_close_matches(found, sorted(set(known)), n=2, cutoff=0.6)
    return f"did you mean {' or '.join(f'`{word}`' for word in near)}?" if near else ""


def one_of(words: Iterable[str], most: int = 24) -> str:
    """Return `one of: a, b, c`, shortened when there are many."""
    listed = list(words)
    if not listed:
        return "nothing: none is declared"
    more = f" and {len(listed) - most} more" if len(listed) > most else ""
    return "one of: " + ", ".join(listed[:most]) + more


def remedied(problem: Problem) -> Problem:
    """Return a problem of a pack with a remedy: its own, or the general one of its code's page."""
    if problem.remedy or problem.code not in PAGES:
        return problem
    general = PAGES[problem.code].remedy.rstrip(".")
    return msgspec.structs.replace(problem, remedy=general[0].lower() + general[1:])
