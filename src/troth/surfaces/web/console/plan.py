"""What an act would do to a case, and whether it may: said before it is done, and asked again when it is. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal, TypeAlias

import msgspec

from troth.model.record import Case
from troth.runtime.service import CaseVerb
from troth.surfaces.web.ending import End
from troth.surfaces.web.naming import Naming

Do: TypeAlias = Literal["own", "release", "note", "inform", "remedy", "close", "close_anyway", "void", "reopen"]
"""What can be done on the console."""
BULK: Final = ("own", "release", "note", "close")
"""What can be done to many cases at once."""
NOTED_MANY: Final = frozenset({"note", "close"})
"""What needs a note when it is done to many cases."""
NOTED: Final = frozenset({"note", "inform", "close_anyway", "void"})
"""What needs a note."""
VERBS: Final[Mapping[Do, CaseVerb]] = {
    "own": "own", "release": "release", "note": "note", "inform": "inform", "remedy": "remedy", "close": "close",
    "close_anyway": "close", "void": "close", "reopen": "reopen",
}  # fmt: skip
"""What can be done → what it does to a case."""
DONE: Final[Mapping[str, str]] = {
    "own": "You have it now.",
    "release": "Nobody has it any more.",
    "note": "The note is written.",
    "inform": "Written down: the customer has been informed.",
    "remedy": "Written down: the remedy is done.",
    "close": "The case is closed.",
    "close_anyway": "The case is closed, unclean.",
    "void": "The case is closed as a false alarm.",
    "reopen": "The case is open again.",
}
"""What was done → what is said of it."""
ASKED: Final[Mapping[str, str]] = {
    "own": "Take cases", "release": "Give cases up", "note": "Write a note on cases", "close": "Close cases",
}  # fmt: skip
"""What can be done to many cases → the head of its plan."""


class Step(msgspec.Struct, frozen=True):
    """What an act would do to a case.

    Attributes:
        ok: Whether it may be done.
        says: What would happen, or why not, in one sentence.
        owner: Who would have it.
        closed_as: How it would be closed; empty: it would be open.
    """

    ok: bool
    says: str
    owner: str = ""
    closed_as: str = ""

    @property
    def data(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {"ok": self.ok, "says": self.says, "owner": self.owner, "closed_as": self.closed_as}


def step_of(
    do: Do, case: Case, person: str, end: End | None, *, many: bool, may_all: bool, names: Naming = str
) -> Step:
    """Return what an act would do to a case.

    Args:
        do: Which.
        case: The case as it stands.
        person: Who would do it.
        end: What closing it would mean; `None`: it is closed.
        many: Whether it is one of many: then what is not over is not closed.
        may_all: Whether they may take from others what these have.
        names: What accounts are called.
    """
    if do == "note":
        return Step(ok=True, says="The note is written.", owner=case.owner, closed_as=case.closed_as)
    if do == "reopen":
        if case.closed_at is None:
            return _no(case, "It is open.")
        return Step(ok=True, says="It is opened again, and waits for people.", owner=case.owner)
    if case.closed_at is not None:
        return _no(case, "It is closed already.")
    if do in ("own", "release"):
        return _owner(do, case, person, names(case.owner), may_all=may_all)
    if do in ("inform", "remedy"):
        says = "The customer has been informed." if do == "inform" else "The remedy is done."
        return Step(ok=True, says=says, owner=case.owner)
    assert end is not None, "an open case has an end"
    return _close(do, case, end, many=many)


def _owner(do: Do, case: Case, person: str, name: str, *, may_all: bool) -> Step:
    """Return what taking or giving up would do."""
    if do == "own":
        if case.owner == person:
            return _no(case, "You have it already.")
        says = f"You take it over from {name}." if case.owner else "You take it."
        return Step(ok=True, says=says, owner=person)
    if not case.owner:
        return _no(case, "Nobody has it.")
    if case.owner != person and not may_all:
        return _no(case, f"{name} has it; a lead may give it up for them.")
    mine = case.owner == person
    says = "You give it up: nobody has it then." if mine else f"{name} no longer has it: nobody does."
    return Step(ok=True, says=says)


def _close(do: Do, case: Case, end: End, *, many: bool) -> Step:
    """Return what closing would do."""
    if do == "void":
        return Step(ok=True, says="It is closed as a false alarm.", owner=case.owner, closed_as="void")
    if end.clean:
        return Step(ok=True, says="It is closed, clean.", owner=case.owner, closed_as="clean")
    if (many and end.possible) or do == "close_anyway":
        return Step(ok=True, says=f"It is closed, unclean: {_lower(end.why)}", owner=case.owner, closed_as="unclean")
    return _no(case, end.why)


def _no(case: Case, why: str) -> Step:
    """Return that nothing would be done."""
    return Step(ok=False, says=why, owner=case.owner, closed_as=case.closed_as)


def _lower(text: str) -> str:
    """Return a text as it stands within a sentence."""
    return f"{text[:1].lower()}{text[1:]}"
