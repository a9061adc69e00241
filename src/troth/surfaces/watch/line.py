"""The line: one thing that the service did, with its reason; and how many there were of each kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, Final, Literal, TypeAlias, get_args

from msgspec import Struct

from troth.surfaces.api.wire import Moment

Kind: TypeAlias = Literal[
    "held",
    "released",
    "replaced",
    "corrected",
    "suppressed",
    "permitted",
    "sent",
    "case",
    "lapse",
    "bypass",
    "shadow",
]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
"""What a line may be about."""
USUAL: Final = frozenset(KINDS) - {"permitted", "sent"}
"""What is shown unless something else is asked for: all that is not simply as it should be."""
_WORDS: Final = (
    ("replaced", "replaced"), ("suppressed", "suppressed"), ("corrected", "corrected"), ("bypass", "left unasked"),
    ("shadow", "in shadow"),
    ("lapse", "lapsed"), ("case", "other cases"),
)  # fmt: skip


class FeedLine(Struct, frozen=True):
    """One thing that the service did.

    Attributes:
        position: Where it stands in the ledger.
        at: When.
        kind: What: a message held, released (held before), replaced, asked for as a correction, suppressed, permitted
            or sent; a case opened or worked on; a promise lapsed; a message that left without a permit; one that left
            in shadow, which only watches.
        subject: Whose.
        customer: To whom; empty: not said.
        what: In words.
        why: In words; empty: there is nothing to explain.
        id: The message's id, or the case's.
        message: The message that was asked for; of a case its kind.
        sends: The message that may go, or went.
        codes: Codes of the reasons.
        about: Of each code the statements, facts, promises or actions that it is about.
        reads: The facts that a permit rests on: name → value, null where it is not known.
        first: Whether the gate was asked about this message for the first time.
    """

    position: int
    at: Moment
    kind: Kind
    subject: str
    customer: str = ""
    what: str = ""
    why: str = ""
    id: str = ""
    message: str = ""
    sends: str = ""
    codes: tuple[str, ...] = ()
    about: tuple[tuple[str, ...], ...] = ()
    reads: dict[str, Any] = {}
    first: bool = False


class FeedPage(Struct, frozen=True):
    """A stretch of the feed.

    Attributes:
        items: Lines, in order of position.
        position: Read on after this one: text that is handed back as it is.
        more: Whether there is more already.
    """

    items: list[FeedLine]
    position: str
    more: bool = False


class Counts:
    """How many lines there were, by kind, and how many messages were asked for."""

    def __init__(self) -> None:
        self.asked = 0
        self.kinds: Counter[str] = Counter()

    def note(self, lines: Iterable[FeedLine]) -> None:
        """Count lines."""
        for line in lines:
            self.asked += line.first
            self.kinds[line.kind] += 1

    def text(self) -> str:
        """Return the counts as one sentence; what there was none of is left out.

        >>> Counts().text()
        '0 asked, 0 sent'
        """
        of = self.kinds
        released = f" ({of['released']} released)" if of["released"] else ""
        parts = [f"{self.asked} asked", f"{of['sent']} sent"]
        parts += [f"{of['held']} held{released}"] if of["held"] else []
        parts += [f"{of[kind]} {word}" for kind, word in _WORDS if of[kind]]
        return ", ".join(parts)
