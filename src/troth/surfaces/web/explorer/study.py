"""What is worked out about a pack from its text alone: findings, what its states bear, what its scenarios say.

Pure functions of texts, so that a process of its own can do them; what comes back is plain values.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import PurePath
from typing import Any, Final

import msgspec

from troth.errors import Problem
from troth.lang.compile import Compiled, compile_pack
from troth.runtime import catalog
from troth.scenarios import Result, run_text
from troth.surfaces.web.explorer.permitted import Verdict, permitted

Texts = Mapping[str, str]
"""File name → text."""
_KEPT: Final = 4


class Allowed(msgspec.Struct, frozen=True):
    """A warning that the pack justifies: its code, or code and name, and why it does not apply."""

    code: str
    reason: str


class Looked(msgspec.Struct, frozen=True):
    """What was found by looking at a pack.

    Attributes:
        problems: What the compiler and the linter found, by place.
        allowed: What the pack justifies.
        verdicts: State → statement → whether the state bears it.
    """

    problems: tuple[Problem, ...] = ()
    allowed: tuple[Allowed, ...] = ()
    verdicts: Mapping[str, Mapping[str, Verdict]] = {}


def look_over(files: Texts, mappings: Texts, scenarios: Texts) -> Looked:
    """Return what is found in a pack by its compiler, its linter, and by trying the cases of its facts."""
    # It reads mappings, too: what reads tables is loaded where packs are studied, not in the server.
    from troth.surfaces.checking import check_loaded

    compiled = compiled_of(tuple(files.items()))
    checked = check_loaded(catalog.Loaded("", files, compiled, mappings, scenarios))
    verdicts = permitted(compiled.pack) if compiled.pack is not None else {}
    return Looked(checked.problems, justified(compiled), verdicts)


def justified(compiled: Compiled) -> tuple[Allowed, ...]:
    """Return the warnings that a pack justifies."""
    data: Any = compiled.document.data if compiled.document is not None else {}
    if compiled.pack is None or not isinstance(data, dict):
        return ()
    return tuple(Allowed(code, reason) for code, reason in data.get("lint", {}).get("allow", {}).items())


def tell(files: Texts, scenario: str, text: str) -> Result:
    """Run a scenario, in several orders of arrival.

    Args:
        files: The pack's.
        scenario: Name of the scenario's file.
        text: Its text.
    """
    return run_text(compiled_of(tuple(files.items())).require(), text, scenario)


def within(texts: Texts, first: str) -> dict[str, str]:
    """Return texts by the names of their files within the pack's own folder: where that lies is nobody's business.

    Args:
        texts: File name → text.
        first: One of the pack's own files, which lie in its folder.

    >>> within({"/srv/packs/delivery/scenarios/kept.yaml": ""}, "/srv/packs/delivery/pack.yaml")
    {'scenarios/kept.yaml': ''}
    """
    folder = PurePath(first).parent
    return {str(PurePath(file).relative_to(folder)): text for file, text in texts.items()}


@lru_cache(maxsize=_KEPT)
def compiled_of(files: tuple[tuple[str, str], ...]) -> Compiled:
    """Return a compiled pack; the last few are kept."""
    return compile_pack(dict(files))
