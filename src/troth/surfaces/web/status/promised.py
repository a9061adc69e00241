"""What was promised, with every moment that was named and what became of it; and what happens next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from troth.model.record import Promise, Window
from troth.model.times import FOREVER, Micros, format_instant
from troth.surfaces.web.locales import mark
from troth.surfaces.web.status.headline import NOTHING, open_cases, standing_of
from troth.surfaces.web.status.sight import SETTLED, Sight, counted_due, due_of, is_late

Row = dict[str, Any]

OUTCOMES: Final[Mapping[str, str]] = {
    "open": mark("Still open"),
    "overdue": mark("Overdue"),
    "kept": mark("Kept"),
    "late": mark("Kept late"),
    "broken": mark("Not kept"),
    "void": mark("Withdrawn"),
    "unknown": mark("Not known"),
}
"""What became of a promise → the word for it."""
_COUNTS: Final[Mapping[str, str]] = {
    "first": mark("First promised"),
    "renegotiated": mark("Moved, and we told you in time"),
    "slip": mark("Moved, and we did not tell you in time"),
    "unconsented": mark("Moved without your agreement"),
}
_UNTOLD: Final = mark("Moved, and we have not told you yet")


def promises(sight: Sight) -> list[Row]:
    """Return each promise: `says`, `outcome`, `word`, `due`, `kept_at`, and `windows` with what each counts as."""
    return [_promise(sight, one) for one in sight.record.promises]


def _promise(sight: Sight, promise: Promise) -> Row:
    """Return one promise."""
    outcome = promise.outcome
    if outcome in ("open", "broken") and promise.renegotiated in ("open", "kept"):
        # It was moved in time: the moved one is what the customer waits for.
        outcome = promise.renegotiated
    if outcome == "open" and is_late(promise, sight.now.now):
        outcome = "overdue"
    return {
        "promise": promise.kind,
        "says": sight.promised(promise),
        "outcome": outcome,
        "word": sight.reader.say(OUTCOMES[outcome]),
        "made_at": format_instant(promise.made_at),
        "due": _text(due_of(promise)),
        "kept_at": _text(promise.kept_at),
        "windows": [_window(sight, promise, window) for window in promise.windows],
    }


def _window(sight: Sight, promise: Promise, window: Window) -> Row:
    """Return one moment that was named."""
    counted = counted_due(promise)
    # While the old moment has not passed, there is time to tell.
    early = window.counts == "slip" and counted is not None and sight.now.now < counted
    return {
        "due": _text(window.due),
        "given_at": format_instant(window.given_at),
        "counts": window.counts,
        "word": sight.reader.say(_UNTOLD if early else _COUNTS[window.counts]),
    }


def coming(sight: Sight) -> Row:
    """Return what happens next: `says`, `what` was promised `due` by when, and whether that is `over`."""
    state = sight.state()
    text = sight.page.states[state.name].next if state is not None and state.name in sight.page.states else ""
    says = sight.say(text) if text else ""
    if state is not None and state.terminal and not open_cases(sight):
        # Of what ended otherwise than the customer wanted, nobody knows that nothing more is to come.
        ended = sight.reader.say("Nothing more is to come.") if state.usable else ""
        return {"says": says or ended, "what": "", "due": None, "over": False}
    open_ = [one for one in sight.record.promises if _waits(one) and not sight.moot(one)]
    waiting = [(due, one) for one in open_ if (due := due_of(one)) is not None]
    if not waiting or standing_of(sight) == NOTHING:
        return {"says": says, "what": "", "due": None, "over": False}
    due, promise = min(waiting, key=lambda one: one[0])
    return {"says": says, "what": sight.promised(promise), "due": _text(due), "over": due <= sight.now.now}


def _waits(promise: Promise) -> bool:
    """Return whether a promise is still to be kept."""
    return promise.kept_at is None and promise.outcome not in SETTLED and promise.renegotiated not in SETTLED


def repair(sight: Sight) -> list[Row]:
    """Return the steps of putting right the gravest open case: `step`, `word`, and `at` once it is done."""
    cases = open_cases(sight)
    if not cases:
        return []
    case, say = cases[0], sight.reader.say
    by_customer = case.detected_by == "customer"
    # Whoever has one of the customer's cases is somebody who is on it: a newer one takes nothing back.
    owned_at = min((one.owned_at for one in cases if one.owned_at is not None), default=None)
    steps = (
        ("noticed", say("You told us") if by_customer else say("We noticed"), case.detected_at or case.opened_at),
        ("owned", say("Somebody is on it"), owned_at),
        ("informed", say("You were told what is so"), case.informed_at),
        ("resolved", say("It is put right"), case.resolved_at),
    )
    return [{"step": step, "word": word, "at": _text(at)} for step, word, at in steps]


def _text(instant: Micros | None) -> str | None:
    """Return an instant as text; `None` where there is none."""
    return None if instant is None or abs(instant) >= FOREVER else format_instant(instant)
