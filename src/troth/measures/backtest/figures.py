"""Tally → figures: shares with their intervals, each with the part that names its rows.

Source: 3-measures, Gate quality; intervals as of `troth.measures.interval.wilson`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from troth.measures.backtest import histogram
from troth.measures.backtest.tally import Lags, Tally, Wrong
from troth.measures.backtest.weights import MINIMUM, Total, Weighted, weighted
from troth.measures.interval import wilson
from troth.model.backtest import FAULTS
from troth.model.times import Micros

TRUTHS: Final = ("true", "false", "unknown")
OUTCOMES: Final = ("SEND", "REPLACE", "HOLD", "SUPPRESS")


class Share(msgspec.Struct, frozen=True):
    """How many of how many, with the way to the rows.

    Attributes:
        count: How many.
        of: Of how many.
        part: Names the rows.
        ids: The first subjects behind it, by name.
        weighted: The share by sampling weights, beside the one that is counted.
    """

    count: int
    of: int
    part: str
    ids: tuple[str, ...] = ()
    weighted: Weighted = Weighted()

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
        wrong_median, wrong_p90: How long customers were left with what was false, where it is known when that ended;
            microseconds, `None`: of nothing.
        wrong_weighted: The median by weight.
        wrong_ended: How many these are of.
        wrong_open: Of how many it is not known when it ended, so that they are left out.
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
    wrong_weighted: Micros | None
    wrong_ended: int
    wrong_open: int
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
        dated: Those that make anything known, and of which it is known when they happened and when they were heard.
        undated: Those that make something known, and of which one of the two is not known: they are left out.
        median, p95, largest: Lags of the dated ones; microseconds, `None`: none is known.
        median_weighted, p95_weighted: The same by weight.
        late: Messages that a late report of it made unlucky, blind or doubtful, of all told.
        worth: False messages that the gate would have stopped had it reported at once, of all false ones.
    """

    source: str
    events: int
    dated: int
    undated: int
    median: Micros | None
    p95: Micros | None
    largest: Micros | None
    median_weighted: Micros | None
    p95_weighted: Micros | None
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


def share(tally: Tally, part: str, of: Total) -> Share:
    """Return the share of a part."""
    some = tally.total(part)
    return Share(some.count, of.count, part, tuple(tally.ids.get(part, ())), weighted(some, of))


def overall(tally: Tally) -> dict[str, Share]:
    """Return the share of every fault, of messages with any, and of those that the gate would have stopped."""
    told = tally.total("told")
    found = {name: share(tally, name, told) for name in (*FAULTS, "faulty")}
    found["caught"] = share(tally, "caught", tally.total("false"))
    shown = (tally.total(f"not_kept+promise={kind}") for kind, told_of in tally.kinds.items() if told_of)
    silent = sum(shown, Total())
    found["without_a_word"] = share(tally, "without_a_word", silent)
    return found


def messages(tally: Tally) -> list[MessageFigures]:
    """Return the figures of each message, the most false ones first."""
    names = [part.removeprefix("message=") for part in tally.counts if part.startswith("message=")]
    found = [_message(tally, name) for name in names]
    return sorted(found, key=lambda one: (-one.faults["false"].count, -one.told, one.message))


def sources(tally: Tally) -> list[SourceFigures]:
    """Return the figures of each source, the one most worth fixing first."""
    told, false = tally.total("told"), tally.total("false")
    # A feed of which nothing was ever heard has no events, and may be to blame all the same.
    named = {part.partition("source=")[2] for part in tally.counts if "+source=" in part}
    found = [
        SourceFigures(
            source=name,
            events=one.events,
            dated=one.dated,
            undated=one.undated,
            median=histogram.quantile(one.lags, 0.5),
            p95=histogram.quantile(one.lags, 0.95),
            largest=one.largest if one.dated else None,
            median_weighted=histogram.quantile(one.weighed, 0.5),
            p95_weighted=histogram.quantile(one.weighed, 0.95),
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
        decided, broken = tally.total(name), tally.total(f"not_kept+{name}")
        found.append(
            PromiseFigures(
                kind=kind,
                told=told,
                decided=decided.count,
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
            tally.counts[f"month={name}"],
            share(tally, f"false+month={name}", tally.total(f"month={name}")),
            tally.counts.get(f"unknown+month={name}", 0),
        )
        for name in names
    ]


def _message(tally: Tally, name: str) -> MessageFigures:
    """Return the figures of one message."""
    key, counts = f"message={name}", tally.counts
    told = tally.total(key)
    wrong = tally.wrong.get(name, Wrong())
    decided = {
        (truth, outcome): counts.get(f"would_{outcome.lower()}+{truth}+{key}", 0)
        for truth in TRUTHS
        for outcome in OUTCOMES
    }
    true, false = tally.total(f"true+{key}"), tally.total(f"false+{key}")
    return MessageFigures(
        message=name,
        told=told.count,
        faults={fault: share(tally, f"{fault}+{key}", told) for fault in (*FAULTS, "faulty")},
        wrong_median=histogram.quantile(wrong.lasted, 0.5),
        wrong_p90=histogram.quantile(wrong.lasted, 0.9),
        wrong_weighted=histogram.quantile(wrong.weighed, 0.5),
        wrong_ended=sum(wrong.lasted.values()),
        wrong_open=wrong.open,
        decided=decided,
        false_send=share(tally, f"false_send+{key}", tally.total(f"would_send+{key}")),
        caught=share(tally, f"caught+{key}", false),
        false_hold=share(tally, f"false_hold+{key}", true),
        false_suppress=share(tally, f"false_suppress+{key}", true),
    )
