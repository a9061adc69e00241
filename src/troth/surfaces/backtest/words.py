"""The words of a backtest: its answer in one sentence, what each figure means, and what it rests on. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from troth.measures.backtest.figures import Share
from troth.measures.backtest.part import PROMISES, WORDS
from troth.model.times import Micros
from troth.surfaces.views import shares
from troth.surfaces.views.hindsight import lasting

DEFINITIONS: Final = (
    ("told", "A message counts as told at the receipt that its channel declares; without one it is not told."),
    ("known then", "What had been heard by the moment of telling, of all that had occurred by then."),
    ("known now", "What had occurred by the moment of telling, whenever it was heard, less what was corrected since."),
    ("false", "At least one statement of the message was not so when it was told, by what is known now."),
    ("false then", "The same by what was known then: the gate would have stopped it, and so could any check."),
    ("after a failure", ("A survey or an offer that went out while a case was open, a promise had lapsed and was not "
     "put right, or the customer believed something false; all as known then.")),
    ("pointless", ("A promise, an offer or a word of checking after the matter had ended; a message whose purpose was "
     "over; or one overtaken, between its request and its telling, by another on the same topics.")),
    ("vague", ("True and of no help: the customer believed all of it already, was not affected, a member that it has "
     "to say was empty, or it is to inform and its statements can be true in every state of the pack.")),
    ("unknown", "Nobody can tell, even now. It is neither true nor false, and is never counted as either."),
    ("what the gate would have decided", ("The decision of all checks over the record as known when the message left, "
     "without the message's own receipts. The contact check runs for customers of whom the history knows anything.")),
    ("false send, false hold, false suppression", ("Judged by later truth: it would have let go what was false; held "
     "what was true for want of knowledge alone; replaced or stopped what was true as untrue alone.")),
    ("without a word", ("A promise that customers are told of, late or broken, of which they were told nothing else on "
     "its topic, given no new date, and not informed about a case, before it was due.")),
    ("worth", ("False messages that were true as known then: had this source reported at once, the gate would have "
     "known them false and not sent them.")),
)  # fmt: skip
"""Term → what it means here."""


def percent(value: float | None) -> str:
    """Return a share in percent; a dash for none."""
    return shares.percent(value, "–")


def interval(share: Share) -> str:
    """Return a share's interval in words; a dash where no share is given."""
    low, high = share.interval or (None, None)
    return shares.between(low, high, "–")


def spell(duration: Micros | None) -> str:
    """Return a duration in words; a dash for none.

    >>> spell(90_000_000), spell(None)
    ('1m 30s', '–')
    """
    return "–" if duration is None else lasting(duration)


def meaning(word: str) -> str:
    """Return what a word of a part means; empty for one with a value."""
    return WORDS.get(word) or PROMISES.get(word, "")


def headline(told: int, false: Share, caught: Share, silent: Share, promises: tuple[int, int] = (0, 0)) -> str:
    """Return the answer in one sentence.

    Args:
        told: Messages that were told.
        false: False ones of them.
        caught: Those of the false ones that the gate would have stopped.
        silent: Promises broken without a word, of those not kept.
        promises: How many of all kinds are decided, and how many of these were not kept.
    """
    if not told and not silent.of:
        decided, broken = promises
        if not decided:
            return "Nothing was told or promised in this history."
        return f"No message was told in this history; {broken:,} of {decided:,} promises of its own were not kept."
    parts = []
    if told:
        if not false.count:
            parts.append(f"None of {told:,} messages was false")
        else:
            of = "" if false.value is None else f" ({percent(false.value)})"
            parts.append(f"{false.count:,} of {told:,} messages{of} said what was not so")
            parts.append(_stopped(caught))
    if silent.of:
        parts.append(_silent(silent))
    return f"{joined(parts)}."


def _stopped(caught: Share) -> str:
    """Return how many of the false ones would have been stopped."""
    if caught.count == caught.of:
        return "the gate would have stopped every one of them" if caught.of > 1 else "the gate would have stopped it"
    return (
        f"the gate would have stopped {caught.count:,} of them" if caught.count else "the gate would have stopped none"
    )


def _silent(silent: Share) -> str:
    """Return how many promises were broken without a word."""
    if silent.count == silent.of > 1:
        # Where there is no notice at all, as likely as not the export has left them out.
        return f"of {silent.of:,} promises that were not kept this history holds no word beforehand"
    return f"{silent.count:,} of {silent.of:,} promises that were not kept were broken without a word"


def joined(parts: Iterable[str]) -> str:
    """Return parts of a sentence, joined by semicolons.

    >>> joined(["one", "two"])
    'one; two'
    """
    return "; ".join(parts)
