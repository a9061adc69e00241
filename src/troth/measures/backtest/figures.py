"""Tally → figures: shares with their intervals, each with the part that names its rows.

Source: 3-measures, Gate quality; intervals as of `troth.measures.interval.wilson`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from troth.measures.backtest import histogram
from troth.measures.backtest.tally import Lags, Tally
from troth.measures.interval import wilson
from troth.model.backtest import FAULTS
from troth.model.times import Micros

MINIMUM: Final = 30
"""Cases below which no share is given: insufficient data."""

TRUTHS: Final = ("true", "false", "unknown")
OUTCOMES: Final = ("SEND", "REPLACE", "HOLD", "SUPPRESS")


class Share(msgspec.Struct, frozen=True):
    """How many of how many, with the way to the rows.

    Attributes:
        count: How many.
        of: Of how many.
        part: Names the rows.
        ids: The first subjects behind it, by name.
    """

    count: int
    of: int
    part: str
    ids: tuple[str, ...] = ()

    @property
    def value(self) -> float | None:
        """Return the share; `None` of nothing, and of fewer than the minimum."""
        return self.count / self.of if self.of >= MINIMUM else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Return its 95 % interval (Wilson); `None` where no share is given."""
        return wilson(self.count, self.of) if self.of >= MINIMUM else None


class MessageFigures(msgspec.Struct, frozen=True):
    """What became of one message class.

    Attributes:
        message: Its name.
        told: How many were told.
        faults: Fault → its share of those told.
        wrong_median, wrong_p90: How long customers were left with what was false; microseconds, `None`: nothing was.
        decided: (truth as known now, outcome) → how many.
        false_send: False ones among those that the gate would have sent.
        caught: False ones that the gate would not have let go, of all false ones.
        false_hold: True ones that it would have held for want of knowledge, of all true ones.
        false_suppress: True ones that it would have replaced or stopped as untrue, of all true ones.
    """

    message: str
    told: int
    faults: Mapping[str, Share]
    wrong_median: Micros | None
    wrong_p90: Micros | None
    decided: Mapping[tuple[str, str], int]
    false_send: Share
    caught: Share
    false_hold: Share
    false_suppress: Share


class SourceFigures(msgspec.Struct, frozen=True):
    """How late one source reports, and what that did.

    Attributes:
        source: Its name.
        events: Its events.
        dated: Those of which it is known when they were heard.
        median, p95, largest: Lags of these; microseconds, `None`: none is known.
        late: Messages that a late report of it made unlucky, blind or doubtful, of all told.
        worth: False messages that the gate would have stopped had it reported at once, of all false ones.
    """

    source: str
    events: int
    dated: int
    median: Micros | None
    p95: Micros | None
    largest: Micros | None
    late: Share
    worth: Share


class PromiseFigures(msgspec.Struct, frozen=True):
    """What became of one kind of promise.

    Attributes:
        kind: Its kind.
        told: Whether a message can tell the customer of it.
        decided: How many are decided, void ones apart.
        kept, late, broken: Of these.
        without_a_word: Not kept, and not told before due, of those not kept.
    """

    kind: str
    told: bool
    decided: int
    kept: Share
    late: Share
    broken: Share
    without_a_word: Share


class MonthFigures(msgspec.Struct, frozen=True):
    """One month (UTC): how many were told, and how many of them were false or nobody can tell."""

    month: str
    told: int
    false: Share
    unknown: int


def share(tally: Tally, part: str, of: int) -> Share:
    """Return the share of a part."""
    return Share(tally.counts.get(part, 0), of, part, tuple(tally.ids.get(part, ())))


def overall(tally: Tally) -> dict[str, Share]:
    """Return the share of every fault, of messages with any, and of those that the gate would have stopped."""
    told = tally.counts.get("told", 0)
    found = {name: share(tally, name, told) for name in (*FAULTS, "faulty")}
    found["caught"] = share(tally, "caught", tally.counts.get("false", 0))
    silent = sum(share(tally, f"not_kept+promise={kind}", 0).count for kind, shown in tally.kinds.items() if shown)
    found["without_a_word"] = share(tally, "without_a_word", silent)
    return found


def messages(tally: Tally) -> list[MessageFigures]:
    """Return the figures of each message, the most false ones first."""
    names = [part.removeprefix("message=") for part in tally.counts if part.startswith("message=")]
    found = [_message(tally, name) for name in names]
    return sorted(found, key=lambda one: (-one.faults["false"].count, -one.told, one.message))


def sources(tally: Tally) -> list[SourceFigures]:
    """Return the figures of each source, the one most worth fixing first."""
    told, false = tally.counts.get("told", 0), tally.counts.get("false", 0)
    # A feed of which nothing was ever heard has no events, and may be to blame all the same.
    named = {part.partition("source=")[2] for part in tally.counts if "+source=" in part}
    found = [
        SourceFigures(
            source=name,
            events=one.events,
            dated=one.dated,
            median=histogram.quantile(one.lags, 0.5),
            p95=histogram.quantile(one.lags, 0.95),
            largest=one.largest if one.dated else None,
            late=share(tally, f"late+source={name}", told),
            worth=share(tally, f"worth+source={name}", false),
        )
        for name in sorted(named | tally.sources.keys())
        for one in [tally.sources.get(name, Lags())]
    ]
    return sorted(found, key=lambda one: (-one.worth.count, -one.late.count, -(one.p95 or 0), one.source))


def promises(tally: Tally) -> list[PromiseFigures]:
    """Return the figures of each kind of promise; those that customers are told of first, the most silent first."""
    found = []
    for kind, told in tally.kinds.items():
        name = f"promise={kind}"
        decided = tally.counts.get(name, 0)
        broken = tally.counts.get(f"not_kept+{name}", 0)
        found.append(
            PromiseFigures(
                kind=kind,
                told=told,
                decided=decided,
                kept=share(tally, f"kept+{name}", decided),
                late=share(tally, f"kept_late+{name}", decided),
                broken=share(tally, f"broken+{name}", decided),
                without_a_word=share(tally, f"without_a_word+{name}", broken),
            )
        )
    return sorted(found, key=lambda one: (not one.told, -one.without_a_word.count, one.kind))


def months(tally: Tally) -> list[MonthFigures]:
    """Return the figures of each month in which anything was told, in order."""
    names = sorted(part.removeprefix("month=") for part in tally.counts if part.startswith("month="))
    return [
        MonthFigures(
            name,
            told := tally.counts[f"month={name}"],
            share(tally, f"false+month={name}", told),
            tally.counts.get(f"unknown+month={name}", 0),
        )
        for name in names
    ]


def _message(tally: Tally, name: str) -> MessageFigures:
    """Return the figures of one message."""
    key, counts = f"message={name}", tally.counts
    told = counts[key]
    wrong = tally.wrong.get(name, {})
    decided = {
        (truth, outcome): counts.get(f"would_{outcome.lower()}+{truth}+{key}", 0)
        for truth in TRUTHS
        for outcome in OUTCOMES
    }
    true, false = counts.get(f"true+{key}", 0), counts.get(f"false+{key}", 0)
    return MessageFigures(
        message=name,
        told=told,
        faults={fault: share(tally, f"{fault}+{key}", told) for fault in (*FAULTS, "faulty")},
        wrong_median=histogram.quantile(wrong, 0.5),
        wrong_p90=histogram.quantile(wrong, 0.9),
        decided=decided,
        false_send=share(tally, f"false_send+{key}", counts.get(f"would_send+{key}", 0)),
        caught=share(tally, f"caught+{key}", false),
        false_hold=share(tally, f"false_hold+{key}", true),
        false_suppress=share(tally, f"false_suppress+{key}", true),
    )
