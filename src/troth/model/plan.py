"""What a changed pack changes about a subject: the noun of `troth plan`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

WHAT: Final[Mapping[str, str]] = {
    "message": "a message counts as told, or no longer",
    "statement": "what it stated was true, false or unknown: as known then, and as known now",
    "decision": "what the gate would have decided about a message, and why",
    "promise": "what became of a promise",
    "due": "when a promise was due",
    "state": "the present state",
    "course": "the states before the present one, or their moments",
    "case": "a service failure and how it ended",
}
"""What can change, and what is compared."""

NONE: Final = "none"
"""What stands where there is nothing on one side."""


class Change(msgspec.Struct, frozen=True, gc=False, order=True):
    """One difference between what two packs make of a subject.

    Attributes:
        subject: Whose.
        what: One of `WHAT`.
        name: Of what: the message, statement, kind of promise or of case; of a state nothing.
        before: What the old pack makes of it, in a few words that many subjects share.
        after: What the new one makes of it.
        about: What exactly: the message's id, the promise's key; else empty.
        before_in_full, after_in_full: The same with moments, where the few words do not tell all.
    """

    subject: str
    what: str
    name: str
    before: str
    after: str
    about: str = ""
    before_in_full: str = ""
    after_in_full: str = ""

    @property
    def part(self) -> str:
        """Return what names this and all like changes."""
        return f"{self.what}:{self.name}:{self.before}->{self.after}"


def is_in(part: str, wanted: str) -> bool:
    """Return whether a part is what is wanted, or one of several that it names.

    >>> is_in("decision:survey:SEND->HOLD G302", "decision:survey"), is_in("state::a->b", "statement")
    (True, False)
    """
    return part == wanted or part.startswith(f"{wanted}:")
