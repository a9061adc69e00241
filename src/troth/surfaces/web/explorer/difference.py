"""What two versions of a pack declare differently: by name, and by what is said of each. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, TypeAlias

Row: TypeAlias = dict[str, Any]
SECTIONS: Final[Mapping[str, str]] = {
    "states": "state", "transitions": "transition", "facts": "fact", "statements": "statement", "messages": "message",
    "promises": "promise", "cases": "case", "actions": "action", "events": "event", "sources": "source",
    "objectives": "objective",
}  # fmt: skip
"""Sections of a pack that are compared by name → what one of their members is called."""
_WHOLE: Final = ("title", "description", "subject", "request", "customer", "contact", "chronology", "segments", "page",
                 "lint", "version")  # fmt: skip
_NOTHING: Final = "nothing"


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Row]:
    """Return what differs between two packs, by their texts as plain values.

    Returns:
        Rows of `section`, `name`, `what` (`added`, `removed`, `changed`, `moved`), `key` (what is said of it), `before`
        and `after`; of what was added or removed one row each.
    """
    rows: list[Row] = []
    for section, called in SECTIONS.items():
        rows += _of_section(called, _mapping(before, section), _mapping(after, section))
    rows += _order(list(_mapping(before, "states")), list(_mapping(after, "states")))
    for name in _WHOLE:
        if before.get(name) != after.get(name):
            rows.append(_row("pack", name, "changed", "", before.get(name), after.get(name)))
    return rows


def _of_section(called: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Row]:
    """Return what differs in a section."""
    rows: list[Row] = []
    for name in dict.fromkeys((*before, *after)):
        if name not in after:
            rows.append(_row(called, name, "removed", "", before[name], None))
        elif name not in before:
            rows.append(_row(called, name, "added", "", None, after[name]))
        elif before[name] != after[name]:
            rows += _of_one(called, name, before[name], after[name])
    return rows


def _of_one(called: str, name: str, before: Any, after: Any) -> list[Row]:
    """Return what is said differently of one thing."""
    if not isinstance(before, dict) or not isinstance(after, dict):
        return [_row(called, name, "changed", "", before, after)]
    return [
        _row(called, name, "changed", key, before.get(key), after.get(key))
        for key in dict.fromkeys((*before, *after))
        if before.get(key) != after.get(key)
    ]


def _order(before: list[str], after: list[str]) -> list[Row]:
    """Return that states are tried in another order: the first that is true counts."""
    both = set(before) & set(after)
    old, new = ([name for name in names if name in both] for names in (before, after))
    return [_row("state", "in another order", "moved", "", ", ".join(old), ", ".join(new))] if old != new else []


def _row(section: str, name: str, what: str, key: str, before: Any, after: Any) -> Row:
    """Return one difference."""
    return {"section": section, "name": str(name), "what": what, "key": str(key), "before": _said(before),
            "after": _said(after)}  # fmt: skip


def _said(value: Any) -> str:
    """Return a value as a pack writes it, on one line."""
    if value is None:
        return _NOTHING
    return " ".join(value.split()) if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _mapping(data: Mapping[str, Any], section: str) -> Mapping[str, Any]:
    """Return a section; empty where there is none."""
    found = data.get(section)
    return found if isinstance(found, dict) else {}
