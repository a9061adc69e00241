"""Parts of a backtest: words that name the rows behind a figure, joined by `+`, such as `false+message=survey`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from troth.errors import Place, Problem, UsageError
from troth.model.backtest import FAULTS, BrokenWord, Judgement
from troth.model.hindsight import BLIND, DOUBTFUL, UNLUCKY, VERDICTS, Hindsight
from troth.model.times import Micros, to_datetime
from troth.model.truth import WORD_OF

WORDS: Final[dict[str, str]] = {
    "told": "every message that was told",
    **FAULTS,
    "faulty": "a message with any of these faults",
    "clean": "a message without any",
    "true": "true as known now",
    "would_send": "the gate would have let it go",
    "would_replace": "the gate would have sent another message in its place",
    "would_hold": "the gate would have held it",
    "would_suppress": "the gate would have stopped it",
    "false_send": "false as known now, and the gate would have let it go",
    "false_hold": "true as known now, and the gate would have held it for want of knowledge",
    "false_suppress": "true as known now, and the gate would have replaced or stopped it as untrue",
    "caught": "false as known now, and the gate would not have let it go",
    "late": "a statement of it was unlucky, blind or doubtful: a late report explains it",
    "worth": "a statement of it was unlucky: reported at once, the gate would have known it false",
    **{name: text for name, text in VERDICTS.items() if name not in FAULTS},
}
"""Word → the messages that it names."""

PROMISES: Final[dict[str, str]] = {
    "promised": "every promise that is decided",
    "kept": "a promise that was kept",
    "not_kept": "a promise that was late or broken",
    "kept_late": "a promise that was kept after it was due",
    "broken": "a promise that was not kept by the moment of the backtest",
    "without_a_word": "a promise not kept, of which the customer was not told before it was due",
}
"""Word → the promises that it names."""

KEYS: Final = ("message", "source", "month", "promise")
_LATE: Final = frozenset({UNLUCKY, BLIND, DOUBTFUL})
_TRUTH_CHECKS: Final = frozenset({"truth", "action", "promise"})


class Part(msgspec.Struct, frozen=True):
    """A part as asked for.

    Attributes:
        words: What has to hold, all of it.
        text: As it was written.
    """

    words: frozenset[str]
    text: str

    @property
    def of_promises(self) -> bool:
        """Return whether it names promises and not messages."""
        return any(word in PROMISES or word.startswith("promise=") for word in self.words)

    def has_message(self, judgement: Judgement) -> bool:
        """Return whether a message belongs to it; one source has to have both been late and made it so."""
        if self.of_promises:
            return False
        plain = {word for word in self.words if not word.startswith("source=") and word not in ("late", "worth")}
        if not plain <= set(words_of(judgement)):
            return False
        rest = self.words - plain
        return not rest or any(rest <= set(blame_of(one)) for one in judgement.stated)

    def has_promise(self, promise: BrokenWord) -> bool:
        """Return whether a promise belongs to it."""
        return self.of_promises and self.words <= set(words_of_promise(promise))


def parse_part(text: str) -> Part:
    """Return the part that a text names.

    Raises:
        UsageError: B101, a word that names no part.
    """
    words = frozenset(word.strip() for word in text.split("+"))
    for word in sorted(words):
        key, sign, value = word.partition("=")
        if not (word in WORDS or word in PROMISES or (sign and value and key in KEYS)):
            expected = (
                f"one of {', '.join([*WORDS, *PROMISES])}, or {', '.join(f'{key}=…' for key in KEYS)}, joined by +"
            )
            remedy = "take the part from the figure's own row: false+message=survey, say"
            raise UsageError(Problem(Place("--subjects"), "B101", f"no part is named {word!r}", expected, remedy))
    return Part(words, text)


def words_of(judgement: Judgement) -> Iterator[str]:
    """Yield the words that a message answers to, but for those about sources."""
    yield "told"
    yield f"message={judgement.message}"
    yield f"month={month_of(judgement.told_at)}"
    yield f"would_{judgement.outcome.lower()}"
    yield from judgement.faults
    yield "faulty" if judgement.faults else "clean"
    yield WORD_OF[judgement.now]
    yield from {one.verdict for one in judgement.stated}
    if judgement.now is False:
        yield "false_send" if judgement.outcome == "SEND" else "caught"
    if judgement.now is True and is_stopped_for_truth(judgement):
        yield "false_hold" if judgement.outcome == "HOLD" else "false_suppress"


def is_stopped_for_truth(judgement: Judgement) -> bool:
    """Return whether the gate would not have let a message go, and only because of what was or was not known.

    A message that is stopped for another reason, too, is stopped rightly whatever the truth: the customer is asleep, or
    knows it already.
    """
    if judgement.outcome == "SEND" or not judgement.reasons:
        return False
    return all(reason.check in _TRUTH_CHECKS for reason in judgement.reasons)


def blame_of(one: Hindsight) -> Iterator[str]:
    """Yield the words that a statement answers to about who was late."""
    if not one.source:
        return
    if one.verdict in _LATE:
        yield "late"
        yield f"source={one.source}"
    if one.verdict == UNLUCKY:
        yield "worth"


def words_of_promise(promise: BrokenWord) -> Iterator[str]:
    """Yield the words that a decided promise answers to."""
    yield "promised"
    yield f"promise={promise.kind}"
    yield "kept" if promise.outcome == "kept" else "not_kept"
    if promise.outcome != "kept":
        yield "kept_late" if promise.outcome == "late" else "broken"
    if promise.without_a_word:
        yield "without_a_word"


def month_of(moment: Micros) -> str:
    """Return the month (UTC) of a moment.

    >>> month_of(0)
    '1970-01'
    """
    return f"{to_datetime(moment):%Y-%m}"
