"""In their shoes: the customer's whole experience, step by step, as they saw it, and what was true then. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from troth.engine.cases.people import CONTACTS
from troth.engine.journal import JOURNAL
from troth.model.times import FOREVER, Micros, format_instant
from troth.surfaces.views.hindsight import lag_text
from troth.surfaces.web.status.asking import SOURCE
from troth.surfaces.web.status.sight import counted_due, is_late
from troth.surfaces.web.transaction.judged import MEANINGS
from troth.surfaces.web.transaction.matter import Matter, spaced

Row = dict[str, Any]

_TRUTHS: Final = {True: ("well", "true"), False: ("contradiction", "not true"), None: ("unknown", "not known")}
_ALIGNMENTS: Final = {
    "aligned": "What they believed was so, and they could do what they were offered.",
    "ahead": "They believed something that was not so.",
    "stuck": "They were offered something that could not be done.",
    "unverifiable": "Nobody could tell whether what they believed was so.",
    "behind": "They should have been told something, and were not.",
    "untold": "They had been told nothing.",
}
_PARTED: Final = {
    "ahead": "From here on what they believed was no longer so.",
    "stuck": "From here on what they were offered could not be done.",
    "behind": "From here on they should have been told what is so.",
}


def steps(matter: Matter) -> list[Row]:
    """Return the steps of the customer's way: what they were told, did, and waited for in vain; then the present.

    Returns:
        Rows `at`, `kind` (`began`, `told`, `asked`, `due`, `turned`, `now`), `says`,
        `statements` (each `says`, `then` and `now` as words with a tone, its `verdict` and what it means, and the
        `source` that came late), and `so`: how what they believed agreed with the truth, as is known now.
    """
    found = [*_began(matter), *_told(matter), *_asked(matter), *_due(matter), *_turned(matter)]
    found.sort(key=lambda one: (one[0], one[1]["kind"] != "told"))
    found.append((matter.now.now, {"kind": "now", "says": "This is how it stands now.", "statements": []}))
    return [row | {"at": format_instant(at), "so": _so(matter, at)} for at, row in found]


def _began(matter: Matter) -> Iterator[tuple[Micros, Row]]:
    """Yield the beginning of their wait."""
    at = matter.record.requested_at
    if at is None and matter.events:
        at = matter.events[0].occurred_at
    if at is not None:
        yield at, {"kind": "began", "says": "Here their wait begins.", "statements": []}


def _told(matter: Matter) -> Iterator[tuple[Micros, Row]]:
    """Yield each message that they were told."""
    rows: dict[str, tuple[Micros, Row]] = {}
    for said in matter.told:
        on = f" by {matter.channel(said.channel)}" if said.channel else ""
        first = {"kind": "told", "says": f"They were told{on}: {matter.message(said.message)}.", "statements": []}
        _, row = rows.setdefault(said.message_id, (said.told_at, first))
        (then_tone, then), (now_tone, now) = _TRUTHS[said.then], _TRUTHS[said.now]
        row["statements"].append({
            "says": matter.statement(said.statement),
            "then": then, "then_tone": then_tone, "now": now, "now_tone": now_tone,
            "verdict": said.verdict, "meaning": MEANINGS[said.verdict],
            "source": matter.source(said.source) if said.source else "", "lag": lag_text(said),
        })  # fmt: skip
    yield from rows.values()


def _asked(matter: Matter) -> Iterator[tuple[Micros, Row]]:
    """Yield what they did themselves."""
    for event in matter.events:
        if event.source == JOURNAL and event.type in CONTACTS:
            says = f"They wrote to us: {event.data.get('text', '')}"
        elif event.source == SOURCE:
            says = f"On their page: {spaced(event.type)}."
        else:
            continue
        yield event.occurred_at, {"kind": "asked", "says": says, "statements": []}


def _due(matter: Matter) -> Iterator[tuple[Micros, Row]]:
    """Yield the moments at which a promise was not kept."""
    for promise in matter.record.promises:
        due = counted_due(promise)
        missed = is_late(promise, matter.now.now) or (
            promise.kept_at is not None and due is not None and promise.kept_at >= due
        )
        if due is not None and missed and promise.outcome != "void":
            says = f"A promise passed without being kept: {matter.promise(promise.kind)}."
            yield due, {"kind": "due", "says": says, "statements": []}


def _turned(matter: Matter) -> Iterator[tuple[Micros, Row]]:
    """Yield the moments at which what they believed parted from the truth, or came back to it without a message."""
    told_at = {one.told_at for one in matter.told}
    before = "untold"
    for span in matter.record.alignment:
        parted = span.value in _PARTED and span.value != before
        back = span.value == "aligned" and before in _PARTED
        if (parted or back) and span.since not in told_at and abs(span.since) < FOREVER:
            says = _PARTED[span.value] if parted else "From here on what they believed was so again."
            yield span.since, {"kind": "turned", "says": says, "statements": []}
        before = span.value


def _so(matter: Matter, at: Micros) -> str:
    """Return how what they believed agreed with the truth at a moment, as is known now."""
    span = next((one for one in reversed(matter.record.alignment) if one.since <= at), None)
    return _ALIGNMENTS.get(span.value if span is not None else "untold", "")
