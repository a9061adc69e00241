"""What is known, what is not, and where sources disagree: as the record has it, in the words of the pack."""

from __future__ import annotations

from typing import Any

from troth.model.page import FactText
from troth.model.record import FactView, Observation
from troth.model.times import format_instant
from troth.surfaces.web.status.sight import Sight

Row = dict[str, Any]


def facts(sight: Sight) -> dict[str, list[Row]]:
    """Return the facts that are told, in three groups.

    Returns:
        `confirmed`, `unknown`, `disputed`: rows of `fact`, `label`, `says`, `source`, `since` (when it was so), and
        `others` (what else is said). Only what the pack lists is in them, and nothing personal before the reader has
        shown who they are.
    """
    found: dict[str, list[Row]] = {"confirmed": [], "unknown": [], "disputed": []}
    if not sight.record.events:
        # What follows from silence alone is no news of something that nobody has spoken of.
        return found
    for text in sight.page.facts:
        if text.personal and not sight.proved:
            continue
        view, seen = sight.record.facts[text.fact], sight.record.observations[text.fact]
        match view.status:
            case "known":
                _known(sight, text, view, seen, found)
            case "disputed":
                found["disputed"].append(_row(sight, text, view, "", others=_voices(sight, text, seen)))
            case _:
                found["unknown"].append(_unknown(sight, text, view))
    return found


def sentence(sight: Sight, text: FactText, value: Any) -> str:
    """Return the sentence for a value; empty: it is not told while it is so."""
    if isinstance(value, bool):
        said = text.true if value else text.false
    else:
        said = text.values.get(str(value), "") or text.says
    if not said or value is None:
        return ""
    return sight.say(said).replace("{value}", _written(sight, text, value))


def _written(sight: Sight, text: FactText, value: Any) -> str:
    """Return a value as the reader writes it."""
    kind = sight.pack.facts[text.fact].type
    if kind == "timestamp" and isinstance(value, int):
        return sight.moment(value)
    if kind == "duration" and isinstance(value, int):
        return sight.reader.lasting(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return sight.reader.number(value)
    return str(value)


def _known(
    sight: Sight, text: FactText, view: FactView, seen: tuple[Observation, ...], found: dict[str, list[Row]]
) -> None:
    """Add a fact that is known; one that a lower source has denied for long stands among the disputes."""
    said = sentence(sight, text, view.value)
    others = [voice for voice in _voices(sight, text, seen) if voice["says"] != said] if view.conflict else []
    if others:
        found["disputed"].append(_row(sight, text, view, said, others=others))
    elif said and not _is_nothing(view.value):
        found["confirmed"].append(_row(sight, text, view, said))


def _is_nothing(value: Any) -> bool:
    """Return whether a value is a count of none: there is nothing to tell."""
    return isinstance(value, int | float) and not isinstance(value, bool) and value == 0


def _row(sight: Sight, text: FactText, view: FactView, said: str, *, others: list[Row] | None = None) -> Row:
    """Return one row."""
    fact, by = sight.pack.facts[text.fact], view.by
    return {
        "fact": fact.name,
        "label": sight.say(text.label),
        "says": said,
        "source": sight.source(by.source) if by is not None else sight.authority(fact),
        "assumed": view.assumed,
        "since": format_instant(by.occurred_at) if by is not None else None,
        "others": others or [],
    }


def _unknown(sight: Sight, text: FactText, view: FactView) -> Row:
    """Return the row of a fact that nobody can vouch for; of an old one the last value, as what it was."""
    row = _row(sight, text, view, "")
    last = sentence(sight, text, view.value) if view.status == "stale" else ""
    return row | {"last": last, "since": row["since"] if last else None}


def _voices(sight: Sight, text: FactText, seen: tuple[Observation, ...]) -> list[Row]:
    """Return what each source says."""
    return [
        {
            "source": sight.source(one.source),
            "says": sentence(sight, text, one.value) or sight.reader.say("nothing that could be shown"),
            "since": format_instant(one.occurred_at),
        }
        for one in seen
    ]
