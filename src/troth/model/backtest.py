"""The nouns of a backtest: everything that a customer was told or promised, judged by what is known now.

A judgement is of one message; a broken word is a promise that was not kept. Both are plain values, so that they can be
counted apart and added up: see `troth.measures.backtest`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from troth.model.decision import Outcome
from troth.model.hindsight import Hindsight
from troth.model.times import Micros
from troth.model.truth import Truth

FALSE: Final = "false"
FALSE_THEN: Final = "false_then"
AFTER_FAILURE: Final = "after_failure"
POINTLESS: Final = "pointless"
VAGUE: Final = "vague"
UNKNOWN: Final = "unknown"

FAULTS: Final[Mapping[str, str]] = {
    FALSE: "false as known now: a statement of the message was not so when it was told",
    FALSE_THEN: "false as known then: what had been heard by that moment already said so",
    AFTER_FAILURE: "a survey or an offer sent while a failure that touches the customer was known and not put right",
    POINTLESS: "said after the matter had ended, or after something newer had been said on the same topic",
    VAGUE: "true, and of no help: the customer knew it already, was not affected, or it fits every state",
    UNKNOWN: "nobody can tell, even now, whether it was true",
}
"""What can be wrong with a message, the gravest first; one message can have several."""


class Reasoned(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One reason that the gate would have given: code, check, words, and what it is about."""

    code: str
    check: str
    text: str
    about: str = ""


class Seen(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A fact as it was known, with the event that said it.

    Attributes:
        fact: Its name.
        status: `known`, `stale`, `missing` or `disputed`.
        value: The value; `None` when missing or disputed.
        source: Who said it; empty: nobody, a heard source's silence.
        event_id: The event.
        occurred_at, heard_at: Its moments; `None` where there is no event. Microseconds since 1970 UTC.
    """

    fact: str
    status: str
    value: Any
    source: str = ""
    event_id: str = ""
    occurred_at: Micros | None = None
    heard_at: Micros | None = None


class Judgement(msgspec.Struct, frozen=True, gc=False):
    """One message that was told, judged.

    Attributes:
        subject: What it was about.
        message_id: Its own id.
        message: Its name.
        channel: Where it went.
        told_at: When it counts as told; microseconds since 1970 UTC.
        left_at: When it was handed over: the moment at which the gate would have been asked.
        then: Whether all it stated was true as known then.
        now: Whether all it stated was true as known now.
        stated: Each statement, judged by itself.
        faults: Names of `FAULTS`, the gravest first.
        outcome: What the gate would have decided then.
        sends: What it would have let go; empty: nothing.
        reasons: Why, the strictest first.
        wrong_for: How long the customer was left with what was false; 0 where nothing was.
        wrong_ended: Whether it is known when that ended; else `wrong_for` reaches as far as anything is known.
        harm: Weight of the gravest fault times the time factor of `wrong_for`: which to look at first.
        customer: Whose subject it is; empty: nobody has said.
    """

    subject: str
    message_id: str
    message: str
    channel: str
    told_at: Micros
    left_at: Micros
    then: Truth
    now: Truth
    stated: tuple[Hindsight, ...]
    faults: tuple[str, ...]
    outcome: Outcome
    sends: str = ""
    reasons: tuple[Reasoned, ...] = ()
    wrong_for: Micros = 0
    harm: float = 0.0
    customer: str = ""
    wrong_ended: bool = True


class BrokenWord(msgspec.Struct, frozen=True, gc=False):
    """A promise that was decided, and whether the customer heard of it in time.

    Attributes:
        subject: Whose.
        kind: Its kind.
        key: Tells it from others of its kind.
        due: The first due moment; `None`: undisclosed.
        outcome: `kept`, `late` or `broken`, for the first window.
        decided_at: When it was decided.
        told: A message can tell the customer of it: some statement promises it.
        noticed_at: When the customer was first told, before due, that it might not hold; `None`: never.
        customer: Whose subject it is.
    """

    subject: str
    kind: str
    key: str
    due: Micros | None
    outcome: str
    decided_at: Micros | None
    told: bool
    noticed_at: Micros | None = None
    customer: str = ""

    @property
    def without_a_word(self) -> bool:
        """Return whether it was promised to the customer, not kept, and nobody said so before it was due."""
        return self.told and self.outcome in ("late", "broken") and self.noticed_at is None


class JudgedSubject(msgspec.Struct, frozen=True, gc=False):
    """All that was told and promised about one subject.

    Attributes:
        subject: Whose.
        messages: In the order of telling.
        promises: Those that are decided for the first window.
        undecided: Promises that are open or unknown; those that are void are not counted.
    """

    subject: str
    messages: tuple[Judgement, ...] = ()
    promises: tuple[BrokenWord, ...] = ()
    undecided: int = 0


class Evidence(msgspec.Struct, frozen=True):
    """What a judgement rests on: the facts that its statements read, as known then and as known now."""

    judgement: Judgement
    known_then: tuple[Seen, ...]
    known_now: tuple[Seen, ...]
