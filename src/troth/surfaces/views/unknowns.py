"""What is not known over many subjects, and why: counted, with one subject to look at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from troth.model.pack import Pack
from troth.model.record import Record

Row = dict[str, Any]

_WHY = {
    "missing": "no source has said anything, and none that would know is heard",
    "stale": "what was said is too old to count",
    "disputed": "sources of equal authority differ",
}


def unknowns(records: Iterable[Record], packs: Mapping[str, Pack]) -> list[Row]:
    """Return what is not known, the most frequent first.

    Args:
        records: The records to look at.
        packs: The packs that derived them, by name.

    Returns:
        Rows `what, why, subjects, example`: facts that are not known, states that cannot be told, promises that
        cannot be decided. One row is one such thing and its reason.
    """
    counts: dict[tuple[str, str], int] = {}
    examples: dict[tuple[str, str], str] = {}
    for record in records:
        for key in set(_of(record, packs[record.pack])):
            counts[key] = counts.get(key, 0) + 1
            examples.setdefault(key, record.subject)
    order = sorted(counts, key=lambda key: (-counts[key], key))
    return [
        {"what": what, "why": why, "subjects": counts[what, why], "example": examples[what, why]} for what, why in order
    ]


def _of(record: Record, pack: Pack) -> Iterable[tuple[str, str]]:
    """Yield (what, why) of everything that one record does not know."""
    for fact, view in zip(pack.facts, record.facts, strict=True):
        if view.status != "known":
            yield f"fact {fact.name}", _because(record, view.status)
    if record.states and record.states[-1].value == "unknown":
        yield "state", f"one of {', '.join(record.states[-1].about)}"
    for promise in record.promises:
        if promise.outcome == "unknown":
            yield f"promise {promise.kind}", "what would decide it is not known"


def _because(record: Record, status: str) -> str:
    """Return in words why a fact is not known, with the state that the subject is in."""
    state = record.states[-1].value if record.states else "unknown"
    return f"{_WHY[status]} (state {state})"
