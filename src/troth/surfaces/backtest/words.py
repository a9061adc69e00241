"""The words of a backtest: its answer in one sentence, what each figure means, and what it rests on. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from troth.measures.backtest.figures import Share
from troth.measures.backtest.part import PROMISES, WORDS
from troth.measures.backtest.tally import Tally
from troth.model.pack import Pack
from troth.model.times import Micros
from troth.surfaces.views import shares
from troth.surfaces.views.hindsight import lasting

DEFINITIONS: Final = (
    ("told", "A message counts as told at the receipt that its channel declares; without one it is not told."),
    ("known then", "What had been heard by the moment of telling, of all that had occurred by then."),
    ("known now", "What had occurred by the moment of telling, whenever it was heard, less what was corrected since."),
    ("false", "At least one statement of the message was not so when it was told, by what is known now."),
    ("false then", "The same by what was known then: the gate would have stopped it, and so could any check."),
    ("after a known failure", ("A survey or an offer that went out while a case was open, a promise that customers are "
     "told of had lapsed and was not put right, or the customer believed something false; all as known then. Promises "
     "that no message tells of, between a seller and a carrier say, do not count.")),
    ("customers left with it", ("How long they went on believing what was false. The median is of messages where it is "
     "known when that ended; the others are counted beside it: to most of these it had not ended by then.")),
    ("lag", ("When an event was heard less when it happened, of events that make something known and of which both are "
     "known. Where one of the two is not (a cancellation without a date, say), the event is left out and counted.")),
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

WEIGHTED: Final = (
    "weighted",
    ("Counts are counts of what the history holds. A weighted share is the sum of the weights of the cases over that "
     "of all, so that it speaks of those whom the sample stands for; its interval rests on Kish's effective number. "
     "Cases without a weight are left out of it. Medians stand by count and by weight; examples are chosen by harm, "
     "whatever their weight."),
)  # fmt: skip
"""The same for a backtest with sampling weights."""

NAMES: Final[dict[str, str]] = {
    "false": "false",
    "false_then": "known to be false then",
    "after_failure": "after a known failure",
    "pointless": "pointless",
    "vague": "vague",
    "unknown": "nobody can tell",
}
"""Fault → what people call it."""

FIGURES: Final[dict[str, str]] = {
    **NAMES,
    "faulty": "any of these",
    "caught": "false, and the gate would have stopped it",
    "without_a_word": "promises broken without a word",
    "false_send": "let go, although false",
    "false_hold": "held, although true",
    "false_suppress": "stopped, although true",
}
"""Figure → what people call it."""


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
    """Return the answer in one sentence that can be said in one breath; what else there is to say is in `more`.

    Args:
        told: Messages that were told.
        false: False ones of them; where it has a weighted share, the sentence says that one.
        caught: Those of the false ones that the gate would have stopped.
        silent: Promises broken without a word, of those not kept.
        promises: How many of all kinds are decided, and how many of these were not kept.
    """
    if not told:
        decided, broken = promises
        if silent.of:
            return f"{_silent(silent)}."
        if not decided:
            return "Nothing was told or promised in this history."
        return f"No message was told in this history; {broken:,} of {decided:,} promises of its own were not kept."
    if not false.count:
        return f"None of {told:,} messages was false{_broken(silent)}."
    if false.weighted.share is not None:
        by = f"By weight {percent(false.weighted.share)} of messages ({false.count:,} of {told:,} counted)"
        return f"{by} said what was not so; {_stopped(caught)}."
    of = "" if false.value is None else f" ({percent(false.value)})"
    return f"{false.count:,} of {told:,} messages{of} said what was not so; {_stopped(caught)}."


def more(
    told: int, silent: Share, tally: Tally, weight: str = "", packs: Mapping[str, Pack] = MappingProxyType({})
) -> list[str]:
    """Return what else there is to say, in sentences.

    Args:
        told: Messages that were told.
        silent: Promises broken without a word, of those not kept.
        tally: The counts.
        weight: The attribute with sampling weights; empty: none.
        packs: The packs looked at: those that declare a message or a promise.
    """
    # Where nothing was false the answer itself tells of the promises.
    found = [f"{_silent(silent)}."] if silent.of and tally.counts.get("false") else []
    if not told:
        found.append(_lacking(packs))
    if weight:
        stands = tally.total("told").stands_for
        text = f"Shares are weighted by {weight}: {told:,} messages stand for {stands:,.0f}. Counts are not weighted."
        if tally.weightless:
            text += f" {tally.weightless:,} messages and promises without a weight are left out of the shares."
        found.append(text)
    return found


def _lacking(packs: Mapping[str, Pack]) -> str:
    """Return what a history lacks of which nothing was told."""
    declaring = [pack for pack in packs.values() if pack.messages]
    if not declaring:
        without = "No pack of it declares a message, so that there is nothing told to judge."
        return f"{without} How its cases, times and promises went: troth measure."
    receipts = sorted({name for pack in declaring for name, plan in pack.events.items() if plan.receipt is not None})
    return (
        f"It holds no receipt of a message ({', '.join(receipts)}) at the phase that counts as told, so that nothing "
        "told can be judged. If messages were sent, export when, and map it."
    )


def _stopped(caught: Share) -> str:
    """Return how many of the false ones would have been stopped."""
    if caught.count == caught.of:
        return "the gate would have stopped every one of them" if caught.of > 1 else "the gate would have stopped it"
    return (
        f"the gate would have stopped {caught.count:,} of them" if caught.count else "the gate would have stopped none"
    )


def _broken(silent: Share) -> str:
    """Return what to add of promises where no message was false; nothing where all were kept."""
    if not silent.of:
        return ""
    if silent.count == silent.of:
        return f" when told; {silent.of:,} promises were not kept, and this history holds no word beforehand"
    return f" when told; {silent.of:,} promises were not kept, {silent.count:,} of them without a word"


def _silent(silent: Share) -> str:
    """Return how many promises were broken without a word."""
    if silent.count == silent.of > 1:
        # Where there is no notice at all, as likely as not the export has left them out.
        return f"Of {silent.of:,} promises that were not kept this history holds no word beforehand"
    return f"{silent.count:,} of {silent.of:,} promises that were not kept were broken without a word"
