"""What people have done to a case, read from the ledger: who did what meanwhile, and what can be undone. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from troth.engine.cases.people import CASE
from troth.engine.journal import JOURNAL
from troth.model.event import Event
from troth.model.record import Case
from troth.model.times import MINUTE, Micros, format_instant
from troth.runtime.service import WRITTEN, CaseVerb
from troth.surfaces.web.naming import Naming

UNDO_FOR: Final = 10 * MINUTE
"""How long what was done can be undone."""
_WORDS: Final[Mapping[str, str]] = {
    "owned": "took it",
    "released": "gave it up",
    "noted": "wrote a note",
    "informed": "informed the customer",
    "remedied": "did the remedy",
    "closed": "closed it",
    "reopened": "opened it again",
}
_NOT: Final[Mapping[str, str]] = {
    "noted": "A note stays as it was written; write another one to correct it.",
    "informed": "This cannot be undone: what the customer has heard, they have heard.",
    "remedied": "This cannot be undone; if the remedy did not hold, write a note, and correct it on the transaction.",
    "reopened": "This is not undone but closed again, when it is right.",
}


class Deed(msgspec.Struct, frozen=True):
    """What somebody has done.

    Attributes:
        by: Who.
        name: What they are called.
        says: What, in words.
        at: When, as RFC 3339.
    """

    by: str
    name: str
    says: str
    at: str


class Undo(msgspec.Struct, frozen=True):
    """How something is undone, or why not.

    Attributes:
        verb: What undoes it; empty: nothing does.
        owner: For own: who had it before.
        says: What it would do, or why it cannot be undone.
    """

    verb: CaseVerb | None
    says: str
    owner: str = ""


def acts_on(events: Iterable[Event], case_id: str) -> list[Event]:
    """Return what people have done to a case, in order."""
    found = [
        event
        for event in events
        if event.source == JOURNAL
        and event.type.startswith(CASE)
        and event.type.removeprefix(CASE) in _WORDS
        and event.data.get("case") == case_id
    ]
    return sorted(found, key=lambda event: (event.occurred_at, event.id))


def meanwhile(events: Iterable[Event], case_id: str, since: Micros, names: Naming = str) -> list[Deed]:
    """Return what people have done to a case after a moment."""
    return [
        Deed(by := str(event.data.get("by", "")), names(by), _says(event, names), format_instant(event.occurred_at))
        for event in acts_on(events, case_id)
        if event.occurred_at > since
    ]


def undo_of(events: Iterable[Event], case: Case, person: str, now: Micros, names: Naming = str) -> Undo | None:
    """Return how the last thing that was done to a case is undone; `None`: it was not this person, or too long ago.

    Args:
        events: Of its subject.
        case: As it stands.
        person: Who asks.
        now: The moment.
        names: What accounts are called.
    """
    acts = acts_on(events, case.id)
    if not acts:
        return None
    last = acts[-1]
    # What is written down comes after all that the record speaks of: that may be a little after now.
    if not _lately(last, person, now):
        return None
    what = last.type.removeprefix(CASE)
    if what in _NOT:
        return Undo(None, _NOT[what])
    if what == "closed":
        return None if case.closed_at is None else Undo("reopen", "The case is opened again, and waits for people.")
    if case.closed_at is not None:
        return Undo(None, "The case has been closed since.")
    former = _owner(acts[:-1])
    if case.owner == former:
        return None
    if former:
        return Undo("own", f"{names(former)} has it again." if former != person else "You have it again.", former)
    return Undo("release", "Nobody has it, as before.")


def was_done(events: Iterable[Event], case_id: str, verb: CaseVerb, person: str, now: Micros) -> bool:
    """Return whether the last thing that was done to a case is this, by this person, and lately."""
    last = next(reversed(acts_on(events, case_id)), None)
    return last is not None and _is(last, WRITTEN[verb]) and _lately(last, person, now)


def was_undone(events: Iterable[Event], case_id: str, person: str, now: Micros) -> bool:
    """Return whether the last thing that was done to a case took back what this person had done before, and lately."""
    acts = acts_on(events, case_id)
    if len(acts) < 2 or not all(_lately(act, person, now) for act in acts[-2:]):
        return False
    done, undone = acts[-2:]
    if _is(done, "closed"):
        return _is(undone, "reopened")
    owners = ("owned", "released")
    return _is(done, *owners) and _is(undone, *owners) and _owner(acts) == _owner(acts[:-2]) != _owner(acts[:-1])


def _is(event: Event, *words: str) -> bool:
    """Return whether an act is one of these."""
    return event.type.removeprefix(CASE) in words


def _lately(event: Event, person: str, now: Micros) -> bool:
    """Return whether an act is of this person, and not too long ago to be undone."""
    return event.data.get("by") == person and now - event.occurred_at < UNDO_FOR


def _owner(acts: Sequence[Event]) -> str:
    """Return who has a case after some acts."""
    owner = ""
    for event in acts:
        if event.type == f"{CASE}owned":
            owner = str(event.data.get("owner") or event.data.get("by", ""))
        elif event.type == f"{CASE}released":
            owner = ""
    return owner


def _says(event: Event, names: Naming) -> str:
    """Return what an act was, in words."""
    what = event.type.removeprefix(CASE)
    owner = event.data.get("owner")
    if what == "owned" and owner and owner != event.data.get("by"):
        return f"gave it to {names(str(owner))}"
    if what == "closed" and event.data.get("how") == "void":
        return "closed it as a false alarm"
    return _WORDS[what]
