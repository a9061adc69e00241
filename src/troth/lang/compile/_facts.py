"""Sources and facts."""

from __future__ import annotations

from typing import Any

from troth.lang.compile._draft import Draft, literal_of
from troth.lang.expressions.read import RESERVED, TYPE_NAMES
from troth.model.pack import Fact, Source
from troth.model.rules import ValueType

_TYPES: tuple[ValueType, ...] = ("bool", "int", "double", "string", "timestamp", "duration")
_TIMES = ("timestamp", "duration")
_NUMBERS = ("int", "double")
_OWN = frozenset({"known", "stale", "age", "has", "timestamp", "duration", "data"})


OWN_NAME = "troth"
"""The source of what the service itself writes: decisions, confirmations, cases."""


def sources(draft: Draft) -> tuple[Source, ...]:
    """Return the declared sources; a circle of copies is a problem."""
    made = []
    for name in draft.mapping("sources"):
        if name == OWN_NAME:
            found = f"a source called `{name}`, which is troth's own name"
            draft.complain(("sources", name), "P229", found, "the name of a system that reports", at_key=True)
        copies = draft.references("sources", "sources", name, "copies")
        if _in_circle(draft, name):
            remedy = "leave out `copies` where the system speaks for itself"
            draft.complain(
                ("sources", name, "copies"),
                "P211",
                f"`{name}` copies from itself in a circle",
                "a source that speaks for itself",
                remedy,
            )
        heard_for = draft.duration("sources", name, "heard_for") or 0
        made.append(Source(name, draft.text("sources", name, "title") or name, "".join(copies), heard_for))
    return tuple(made)


def _in_circle(draft: Draft, name: str) -> bool:
    """Return whether following `copies` from a source leads back to it."""
    seen: set[str] = set()
    here = draft.text("sources", name, "copies")
    while here and here not in seen:
        if here == name:
            return True
        seen.add(here)
        here = draft.text("sources", here, "copies")
    return False


def facts(draft: Draft) -> tuple[Fact, ...]:
    """Return the declared facts, and note their types in the draft for the expressions."""
    made = []
    for name in draft.mapping("facts"):
        kind = _type_of(draft, name)
        draft.facts[name] = kind
        if name in TYPE_NAMES or name in RESERVED or name in _OWN:
            draft.complain(
                ("facts", name),
                "P224",
                f"a fact named `{name}`",
                "a name that expressions do not use themselves",
                f"name it `is_{name}` or the like",
                at_key=True,
            )
        made.append(
            Fact(
                name=name,
                type=kind,
                authority=_authority(draft, name),
                title=draft.text("facts", name, "title") or name.replace("_", " "),
                fresh_for=draft.duration("facts", name, "fresh_for"),
                settle=draft.duration("facts", name, "settle") or 0,
                tolerance=_tolerance(draft, name, kind),
                progress=_progress(draft, name, kind),
                otherwise=_otherwise(draft, name, kind),
            )
        )
    return tuple(made)


def _type_of(draft: Draft, name: str) -> ValueType:
    """Return a fact's type; `dyn` where the schema has complained of it."""
    found = draft.text("facts", name, "type")
    return next((kind for kind in _TYPES if kind == found), "dyn")


def _authority(draft: Draft, name: str) -> tuple[tuple[str, ...], ...]:
    """Return the tiers; a source in two tiers is a problem."""
    tiers = []
    seen: set[str] = set()
    for number in range(len(draft.items("facts", name, "authority"))):
        tier = draft.references("sources", "facts", name, "authority", number)
        for source in tier:
            if source in seen:
                path = ("facts", name, "authority", number)
                draft.complain(
                    path, "P221", f"`{source}` in two tiers", "each source once", "keep it in the higher tier"
                )
        seen.update(tier)
        tiers.append(tier)
    return tuple(tiers)


def _otherwise(draft: Draft, name: str, kind: str) -> Any:
    """Return the value while nothing has been observed."""
    path = ("facts", name, "otherwise")
    return draft.literal(kind, draft.get(*path), path) if draft.has(*path) else None


def _progress(draft: Draft, name: str, kind: str) -> tuple[Any, ...]:
    """Return the values of a fact in progress, from first to last."""
    path = ("facts", name, "progress")
    return tuple(draft.literal(kind, value, (*path, number)) for number, value in enumerate(draft.items(*path)))


def _tolerance(draft: Draft, name: str, kind: str) -> float:
    """Return the tolerance: a number for numbers, microseconds for times; anything else has none."""
    path = ("facts", name, "tolerance")
    found = draft.get(*path)
    if found is None:
        return 0
    wanted = "duration" if kind in _TIMES else "double" if kind in _NUMBERS else ""
    fits, held = literal_of(wanted, found) if wanted else (False, None)
    if fits and held is not None:
        return float(held)
    expected = {"duration": "a duration such as 5m", "double": "a number"}.get(
        wanted, "no tolerance: its values are equal or not"
    )
    draft.complain(path, "P222", f"the tolerance {found} for a fact of type {kind}", expected)
    return 0
