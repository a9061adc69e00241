"""What we told the customer, message by message: standing, replaced, or wrong and by what it was corrected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from troth.model.hindsight import Hindsight
from troth.model.message import Statement
from troth.model.times import FOREVER, Micros, format_instant
from troth.surfaces.web.locales import mark
from troth.surfaces.web.status.headline import at_risk
from troth.surfaces.web.status.sight import Sight

Row = dict[str, Any]

STANDS: Final = "stands"
WRONG: Final = "wrong"
BROKEN: Final = "broken"
STOPPED: Final = "stopped"
REPLACED: Final = "replaced"
UNSURE: Final = "unsure"
OPEN: Final = "open"
DOUBT: Final = "at_risk"
PAST: Final = "past"
WORDS: Final[Mapping[str, str]] = {
    STANDS: mark("This is so."),
    WRONG: mark("This was wrong."),
    BROKEN: mark("We did not keep this."),
    STOPPED: mark("This stopped being so."),
    REPLACED: mark("We told you something newer."),
    UNSURE: mark("We cannot say whether this is so."),
    PAST: mark("This was for then."),
    OPEN: mark("This promise stands."),
    DOUBT: mark("This is in doubt."),
}
"""How a statement stands → what is said of it."""
AMISS: Final = (WRONG, BROKEN, STOPPED)
"""What is struck through, and corrected."""
_CHANNELS: Final[Mapping[str, str]] = {
    "email": mark("by e-mail"),
    "sms": mark("by text message"),
    "phone": mark("by phone"),
    "push": mark("in the app"),
    "counter": mark("in person"),
    "letter": mark("by letter"),
}


def told(sight: Sight, said: Sequence[Hindsight]) -> list[Row]:
    """Return what was told, the latest first.

    Args:
        sight: The subject.
        said: Everything that was told, in the order of telling.

    Returns:
        Rows `at`, `channel` in words, and `statements`: `says`, `due`, `standing`, `word`, whether it is `amiss`, and
        if so what was told `instead` with its moment `corrected_at`.
    """
    rows: dict[str, Row] = {}
    for number, one in enumerate(said):
        if one.statement not in sight.pack.statements:
            continue
        channel = _CHANNELS.get(one.channel, "")
        row = {"at": format_instant(one.told_at), "channel": sight.reader.say(channel) if channel else one.channel}
        rows.setdefault(one.message_id, row | {"statements": []})
        rows[one.message_id]["statements"].append(_statement(sight, one, said[number + 1 :]))
    return list(reversed(rows.values()))


def _statement(sight: Sight, one: Hindsight, after: Sequence[Hindsight]) -> Row:
    """Return one statement and what became of it."""
    later = _later(sight, one, after)
    standing = _standing(sight, one, later)
    row: Row = {
        "says": _title(sight, one.statement),
        "due": _due(sight, one),
        "standing": standing,
        "amiss": standing in AMISS,
        "word": sight.reader.say(WORDS[standing]),
        "instead": "",
        "corrected_at": None,
    }
    if standing in AMISS and later is not None:
        row |= {"instead": _title(sight, later.statement), "corrected_at": format_instant(later.told_at)}
    return row


def _title(sight: Sight, name: str) -> str:
    """Return a statement as a sentence."""
    return sight.say(sight.pack.statements[name].title) or name.replace("_", " ")


def _standing(sight: Sight, one: Hindsight, later: Hindsight | None) -> str:
    """Return how a statement stands now."""
    promised = sight.pack.statements[one.statement].promise is not None
    if one.now is False:
        return BROKEN if promised else WRONG
    for belief, statement in sight.believed():
        if (belief.statement, belief.message_id) == (one.statement, one.message_id):
            truth = sight.truth(statement)
            if truth is False:
                return BROKEN if promised else STOPPED
            if truth is True and promised:
                return _promise_standing(sight, statement)
            return STANDS if truth is True else UNSURE
    if later is not None:
        return STOPPED if _was_ahead(sight, one, later) else REPLACED
    return UNSURE if one.now is None else PAST


def _promise_standing(sight: Sight, statement: Statement) -> str:
    """Return how a promise that was told stands while it is not broken: what is still to come is not so yet."""
    name = sight.pack.promises[statement.promise].name if statement.promise is not None else ""
    if name in {one.kind for one in at_risk(sight)}:
        return DOUBT
    kept = [one.kept_at is not None for one in sight.record.promises if one.kind == name]
    return STANDS if kept and all(kept) else OPEN


def _was_ahead(sight: Sight, one: Hindsight, later: Hindsight) -> bool:
    """Return whether a statement was false for some time before something newer was told."""
    spans = sight.record.alignment
    ends = [*(span.since for span in spans[1:]), sight.now.now]
    return any(
        span.value == "ahead" and one.statement in span.about and span.since < later.told_at and end > one.told_at
        for span, end in zip(spans, ends, strict=True)
    )


def _later(sight: Sight, one: Hindsight, after: Sequence[Hindsight]) -> Hindsight | None:
    """Return the next thing that was told on the same topic; `None`: nothing was."""
    topic = sight.pack.statements[one.statement].about
    for other in after:
        statement = sight.pack.statements.get(other.statement)
        if statement is not None and statement.about == topic and other.message_id != one.message_id:
            return other
    return None


def _due(sight: Sight, one: Hindsight) -> str | None:
    """Return the due moment that a promising statement spoke of; `None` where it did not."""
    index = sight.pack.statements[one.statement].promise
    if index is None:
        return None
    kind = sight.pack.promises[index].name
    windows = [window for promise in sight.record.promises if promise.kind == kind for window in promise.windows]
    known = [window for window in windows if window.given_at <= one.told_at] or windows[:1]
    due: Micros | None = known[-1].due if known else None
    return None if due is None or abs(due) >= FOREVER else format_instant(due)
