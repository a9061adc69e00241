"""Warnings about a pack that compiles: what is probably not meant.

A pack justifies a warning that does not apply, in its own text and for its reviewers:

    lint:
      allow:
        W105:status: shown to people as it stands
        W109: the publisher does not record what customers were told
"""

from __future__ import annotations

from troth.errors import Problem
from troth.lang.compile import Compiled
from troth.lang.lint import _facts, _gate, _messages, _objectives, _page, _states
from troth.lang.lint._view import View

__all__ = ["lint"]


def lint(compiled: Compiled) -> tuple[Problem, ...]:
    """Return the warnings about a pack, by place, without those that it justifies; none for a pack with errors.

    A justification that no warning needs is itself a warning (W114), so that they do not outlive their reason.
    """
    if compiled.pack is None:
        return ()
    view = View(compiled)
    for room in (_facts, _states, _messages, _gate, _objectives, _page):
        for check in room.CHECKS:
            check(view)
    allowed = _allowed(view)
    used = {key for problem, name in view.found for key in (problem.code, f"{problem.code}:{name}") if key in allowed}
    kept = [problem for problem, name in view.found if not {problem.code, f"{problem.code}:{name}"} & allowed]
    for key in allowed - used:
        place = view.document.key_place("lint", "allow", key)
        found, expected = (
            f"the justification of {key}, which no warning needs",
            "justifications of present warnings only",
        )
        kept.append(Problem(place, "W114", found, expected, "remove it", "warning"))
    return tuple(sorted(kept))


def _allowed(view: View) -> frozenset[str]:
    """Return the codes, and codes with a name, that the pack justifies."""
    allowed: dict[str, str] = view.document.data.get("lint", {}).get("allow", {})
    return frozenset(allowed)
