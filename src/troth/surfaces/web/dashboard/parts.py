"""Which rows each number of a measure stands for: the parts of its evidence, by the measure's own definition. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, TypeAlias

import msgspec

from troth.measures import exception_closure, promise_reliability, time_to_usable_outcome
from troth.model.estimate import Estimate
from troth.model.hindsight import VERDICTS

Form: TypeAlias = Literal["count", "share", "time", "hours", "score", "rate"]
"""How a number is written."""

_TALES: Final = tuple(VERDICTS)


class Line(msgspec.Struct, frozen=True):
    """One number beside a measure's own.

    Attributes:
        label: What people call it.
        figure: Name of the estimate's figure; empty: it is the number of rows.
        form: How it is written.
        parts: The rows behind it; `{}` stands for the leg or mode.
        top: Of a share, those that are counted above the line.
        ends: Whether the figures `<figure>_low` and `_high` are its interval.
    """

    label: str
    figure: str
    form: Form
    parts: tuple[str, ...]
    top: tuple[str, ...] = ()
    ends: bool = False


class Layout(msgspec.Struct, frozen=True):
    """How a measure's numbers are made.

    Attributes:
        title: What people call the measure.
        form: How its value is written.
        better: Whether more is better (1), or less (-1).
        whole: The parts below the line: what `n` counts.
        top: The parts above it.
        unknown: What `unknown` counts.
        counts: Numbers that stand beside the sentence.
        lines: Numbers that the page of the measure has besides.
        told: The same, of what was told: they take longer.
    """

    title: str
    form: Form
    better: int
    whole: tuple[str, ...]
    top: tuple[str, ...]
    unknown: tuple[str, ...]
    counts: tuple[Line, ...]
    lines: tuple[Line, ...] = ()
    told: tuple[Line, ...] = ()


def _count(label: str, figure: str, *parts: str) -> Line:
    return Line(label, figure, "count", parts or (figure,))


_DECIDED: Final = promise_reliability.DECIDED
_NOT_KEPT: Final = ("told_first", "asked_first", "told_nothing")
_OBSERVED: Final = time_to_usable_outcome.OBSERVED
_RIGHT: Final = ("{}:right_send", "{}:right_stop")
_WRONG: Final = ("{}:false_send", "{}:false_hold", "{}:false_suppress")

LAYOUTS: Final[Mapping[str, Layout]] = {
    "promise_reliability": Layout(
        "Promises kept", "share", 1, _DECIDED, ("kept",), ("unknown",),
        counts=(
            _count("due", "", *_DECIDED, "unknown"), _count("kept", "kept"), _count("late", "late"),
            _count("broken", "broken"), _count("nobody can tell", "unknown"),
            _count("not yet due", "not_due", "open", "early", "failed_early"), _count("withdrawn in time", "void"),
        ),
        lines=(
            Line("kept in the last window agreed", "renegotiated_value", "share",
                 ("renegotiated_kept", "renegotiated_failed"), ("renegotiated_kept",)),
            Line("the late were late by, median", "late_p50", "time", ("late",)),
            Line("nine in ten of the late by less than", "late_p90", "time", ("late",)),
            Line("interval score: width and misses, less is better", "interval_score", "score", _DECIDED, ends=True),
            Line("width of the windows, mean", "width", "score", _DECIDED),
            Line("missed by, mean over all", "miss", "score", _DECIDED),
            _count("kept already, though not yet due", "early"),
            _count("broken already, though not yet due", "failed_early"),
        ),
        told=(
            Line("of those not kept: told before the customer asked", "told_first", "share", _NOT_KEPT,
                 ("told_first",), ends=True),
            _count("told only after the customer asked", "asked_first"),
            _count("told nothing before it was due", "told_nothing"),
            Line("told so long before it was due, median", "lead_p50", "time", ("told_first", "asked_first")),
        ),
    ),
    "status_fidelity": Layout(
        "Status true to life", "share", 1, ("counted",), ("aligned",), ("undated",),
        counts=(
            _count("customers", "", "counted"), Line("on their clocks", "hours", "hours", ("counted",)),
            _count("end without a date", "", "undated"),
        ),
        lines=(
            Line("mean over customers, each alike", "mean", "share", ("counted",), ends=True),
            Line("ahead: told what was not so yet", "ahead", "share", ("ahead",)),
            Line("stuck: told to do what cannot be done", "stuck", "share", ("stuck",)),
            Line("unverifiable: told what nobody can confirm", "unverifiable", "share", ("unverifiable",)),
            Line("behind: not told what is so", "behind", "share", ("behind",)),
            Line("untold: nothing said yet, and in time", "untold", "share", ("untold",)),
        ),
        told=(
            Line("of messages: all that they stated was true", "exposed", "share", ("exposed_true", "exposed_false"),
                 ("exposed_true",), ends=True),
            _count("messages of which nobody can tell", "exposed_unknown"),
            Line("age of what was wrongly believed, mean", "age_mean", "time", ("peaks",), ends=True),
            Line("95 % of wrong beliefs were over within", "age_peak_p95", "time", ("peaks",)),
            Line("changes told in time", "propagated", "share", ("told_in_time", "told_late", "told_never"),
                 ("told_in_time",), ends=True),
            _count("told late", "told_late"), _count("never told", "told_never"),
        ),
    ),
    "time_to_usable_outcome": Layout(
        "Time to something usable", "time", -1, _OBSERVED, ("reached",), ("unknown",),
        counts=(
            _count("asked for", "", *_OBSERVED), _count("there", "reached"),
            _count("ended otherwise", "competing"),
            _count("not there yet", "censored", *time_to_usable_outcome.CENSORED),
            _count("of these, nobody can tell", "", "unknown"),
        ),
        lines=(
            Line("a quarter had it within", "p25", "time", _OBSERVED),
            Line("three quarters within", "p75", "time", _OBSERVED),
            Line("nine in ten within", "p90", "time", _OBSERVED, ends=True),
            Line("had it by the moment promised", "at_promise", "share", ("promised",), ends=True),
            Line("mean time without it, as far as anybody was seen", "restricted_mean", "time", _OBSERVED, ends=True),
            _count("ended, but nobody knows when", "undated"), _count("there before it was asked for", "negative"),
            _count("nothing to see yet", "not_yet"),
        ),
    ),
    "exception_closure": Layout(
        "Failures put right", "time", -1, ("{}:done", "{}:waiting"), ("{}:done",), ("{}:unknown",),
        counts=(
            _count("cases", "", "{}:done", "{}:waiting"), _count("through", "done", "{}:done"),
            _count("still waiting", "censored", "{}:waiting"), _count("nobody can tell", "", "{}:unknown"),
            _count("false alarms", "void", "{}:void"),
        ),
        lines=(
            Line("a quarter were through within", "p25", "time", ("{}:done", "{}:waiting")),
            Line("three quarters within", "p75", "time", ("{}:done", "{}:waiting")),
            Line("nine in ten within", "p90", "time", ("{}:done", "{}:waiting")),
            Line("open again within 7 days", "relapse_7d", "share", ("relapse:done", "relapse:waiting"),
                 ("relapse:done",), ends=True),
            Line("open again within 30 days", "relapse_30d", "share", ("relapse:done", "relapse:waiting"),
                 ("relapse:done",), ends=True),
            Line("of the closed: closed clean", "clean_share", "share", ("clean", "unclean", "void"), ("clean",),
                 ends=True),
            Line("we knew before the customer said so (false alarms not counted)", "found_first", "share",
                 ("firm_first", "customer_first"), ("firm_first",), ends=True),
            _count("the end is before the start", "negative", "{}:negative"),
        ),
        told=(
            Line("how often a customer had to speak up, per case (false alarms not counted)", "contacts_per_case",
                 "rate", ("firm_first", "customer_first")),
            _count("cases in which the customer had to speak up", "", "contacted"),
        ),
    ),
    "told_truth": Layout(
        "Told the truth", "share", 1, tuple(name for name in _TALES if name != "doubtful"), ("honest",), ("doubtful",),
        counts=(
            _count("told", "told"), _count("honest", "honest_n", "honest"),
            _count("nobody can tell", "doubtful_n", "doubtful"),
        ),
        lines=(
            *(Line(name, name, "share", _TALES, (name,), ends=True) for name in _TALES),
            _count("a late report explains it", "late"), _count("of these, false", "false"),
            Line("reports came late by, median", "lag_p50", "time", ("late",)),
        ),
    ),
    "predictive_fidelity": Layout(
        "What we said came true", "share", 1, ("followed", "not_followed"), ("followed",), ("undecidable", "endless"),
        counts=(
            _count("told, and their time is over", "", "followed", "not_followed"), _count("came true", "followed"),
            _count("did not", "not_followed"), _count("nobody can tell", "", "undecidable", "endless"),
            _count("their time is not over", "", "early", "failed_early", "open"),
        ),
        lines=(
            Line("it took, median", "wait_p50", "time", ("followed",)),
            Line("nine in ten took less than", "wait_p90", "time", ("followed",)),
        ),
    ),
    "informativeness": Layout(
        "Knew something that helps", "share", 1, ("counted",), ("helped",), ("undated",),
        counts=(
            _count("customers", "", "counted"), Line("on their clocks", "hours", "hours", ("counted",)),
            _count("end without a date", "", "undated"),
        ),
        lines=(
            Line("mean over customers, each alike", "mean", "share", ("counted",), ends=True),
            Line("nobody can tell whether it helped", "doubtful", "share", ("doubtful",)),
        ),
    ),
    "gate_quality": Layout(
        "The gate decided rightly", "share", 1, (*_RIGHT, *_WRONG), _RIGHT, ("{}:unknown",),
        counts=(
            _count("judged", "", *_RIGHT, *_WRONG), _count("sent though false", "", "{}:false_send"),
            _count("held though true", "", "{}:false_hold"), _count("dropped though true", "", "{}:false_suppress"),
            _count("nobody can tell", "", "{}:unknown"),
        ),
        lines=(
            Line("of those sent: false", "false_send", "share", ("{}:right_send", "{}:false_send"),
                 ("{}:false_send",), ends=True),
            _count("sent though known to be false", "knowable", "{}:knowable"),
            _count("stopped for another reason", "other", "{}:other"),
            _count("left without a permit", "", "bypass"),
        ),
    ),
}  # fmt: skip
"""Measure → how its numbers are made."""


def layout_of(measure: str, leg: str = "") -> Layout:
    """Return how a measure's numbers are made, of one leg or mode."""
    layout = LAYOUTS[measure]
    if measure == "exception_closure" and leg in exception_closure.CLOSING:
        more = tuple(f"{{}}:{name}" for name in exception_closure.ENDS)
        whole = (*layout.whole, *more)
        counts = tuple(
            msgspec.structs.replace(one, parts=whole) if one.label == "cases" else one for one in layout.counts
        )
        counts = (*counts, _count("closed, but not clean", "unclean", "{}:unclean"))
        lines = tuple(
            msgspec.structs.replace(one, parts=whole) if one.parts == layout.whole else one for one in layout.lines
        )
        layout = msgspec.structs.replace(layout, whole=whole, counts=counts, lines=lines)
    return layout


def named(parts: Sequence[str], leg: str) -> tuple[str, ...]:
    """Return parts as the measure names them, of one leg or mode."""
    return tuple(part.format(leg) for part in parts)


def kind_of(one: Estimate) -> str:
    """Return what evidence calls an estimate's kind: its pack where the measure has none."""
    found: str = one.figures.get("kind") or one.figures.get("pack", "")
    return found


def leg_of(one: Estimate) -> str:
    """Return the leg or mode of an estimate; empty: the measure has none."""
    found: Any = one.figures.get("leg") or one.figures.get("mode") or ""
    return str(found)
