"""Time to an event under censoring: Kaplan-Meier and Aalen-Johansen, with intervals, from counts by time.

Both take counts, not subjects: distinct times with how many (or how much weight) had the event, left otherwise, or
entered. Ties are resolved as usual: at one time events come before censorings, and who enters at a time is at risk
after it.

Source: E. L. Kaplan, P. Meier, JASA 53 (1958); O. Aalen, S. Johansen, Scand. J. Statist. 5 (1978); the log(-log)
interval is J. D. Kalbfleisch, R. L. Prentice, *The Statistical Analysis of Failure Time Data* (1980), section 1.3; the
interval of a quantile is R. Brookmeyer, J. Crowley, Biometrics 38 (1982); the variance of an incidence is the delta
method as in E. Marubini, M. G. Valsecchi, *Analysing Survival Data* (1995), section 10.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from troth.measures.interval import Z95

Floats: TypeAlias = npt.NDArray[np.float64]
Ints: TypeAlias = npt.NDArray[np.int64]
Sample: TypeAlias = tuple[Ints, Floats | None]
"""Times, and the weight of each; `None`: each counts once."""

_TOUCH: Final = 1e-12
"""Rounding of cumulative products must not move a quantile to the next event."""


@dataclasses.dataclass(frozen=True)
class Counts:
    """Who was at risk and what happened, at each distinct time.

    Attributes:
        times: Ascending.
        at_risk: Weight at risk just before each time.
        events: Cause → weight of events at each time.
        until: The last time at which anybody was observed.
        complete: Nobody was censored at that time: nothing is left to happen after it.
    """

    times: Ints
    at_risk: Floats
    events: Mapping[str, Floats]
    until: int
    complete: bool

    def all_events(self) -> Floats:
        """Return the weight of events of any cause at each time."""
        return np.asarray(sum(self.events.values(), np.zeros(len(self.times))), dtype=np.float64)


@dataclasses.dataclass(frozen=True)
class Curve:
    """The share that has had the event by a time: a step function that jumps at `times`.

    Attributes:
        times: Where it may jump, ascending.
        share: Its value from each time on.
        low: Lower end of its 95 % interval.
        high: Upper end.
        until: The last time at which anybody was observed: beyond it the curve says nothing, unless it is complete.
        complete: Nobody was censored at that time.
    """

    times: Ints
    share: Floats
    low: Floats
    high: Floats
    until: int
    complete: bool


def count(
    times: Ints,
    causes: Mapping[str, Floats],
    censored: Floats,
    entries: Ints | None = None,
    entered: Floats | None = None,
) -> Counts:
    """Return the counts of a sample.

    Args:
        times: Time of each row, any order, repetitions allowed.
        causes: Cause → weight of events on each row.
        censored: Weight of those last seen on each row without an event.
        entries: Times of delayed entry, each later than the start; everybody else is at risk from the start.
        entered: Weight of those who entered at each of these times.
    """
    distinct, inverse = np.unique(times, return_inverse=True)
    size = len(distinct)

    def summed(weights: Floats) -> Floats:
        return np.asarray(np.bincount(inverse, weights=weights, minlength=size), dtype=np.float64)

    events = {cause: summed(weights) for cause, weights in causes.items()}
    last = summed(censored)
    leaving = last + sum(events.values(), np.zeros(size))
    # Summed from the end: at the last time exactly those remain who leave then.
    at_risk = np.cumsum(leaving[::-1])[::-1]
    complete = size > 0 and not last[-1]
    return _entered(Counts(distinct, at_risk, events, int(distinct[-1]) if size else 0, complete), entries, entered)


def count_samples(
    causes: Mapping[str, Sample], censored: Sample, entries: Ints | None = None, entered: Floats | None = None
) -> Counts:
    """Return the counts of a sample that comes apart by what happened: as `count`, and faster where each counts once.

    Args:
        causes: Cause → times of its events, in any order, with their weights.
        censored: Times of those last seen without an event.
        entries: As for `count`.
        entered: As for `count`.
    """
    samples = [*causes.values(), censored]
    times = np.concatenate([values for values, _ in samples])
    bits = len(causes).bit_length()
    # What happened stands in the lowest bits of the time, so that one plain sort brings both into order.
    room = not len(times) or max(-int(times.min()), int(times.max())) < 1 << (62 - bits)
    if room and all(weights is None for _, weights in samples):
        return _entered(_counted(times, samples, list(causes), bits), entries, entered)
    sizes = [len(values) for values, _ in samples]
    starts = np.concatenate([[0], np.cumsum(sizes)]).tolist()
    laid = []
    for (values, weights), start in zip(samples, starts, strict=False):
        whole = np.zeros(len(times))
        whole[start : start + len(values)] = 1.0 if weights is None else weights
        laid.append(whole)
    return count(times, dict(zip(causes, laid, strict=False)), laid[-1], entries, entered)


def _counted(times: Ints, samples: Sequence[Sample], causes: Sequence[str], bits: int) -> Counts:
    """Return the counts of samples without weights; those censored are the last."""
    what = np.repeat(np.arange(len(samples), dtype=np.int64), [len(values) for values, _ in samples])
    coded = (times << bits) | what
    coded.sort()
    ordered, what = coded >> bits, coded & ((1 << bits) - 1)
    size = len(ordered)
    first = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]])) if size else np.zeros(0, np.int64)
    ends = np.append(first[1:], size) if size else first

    def summed(code: int) -> Floats:
        before = np.concatenate([[0], np.cumsum(what == code)])
        return np.asarray(before[ends] - before[first], dtype=np.float64)

    distinct = ordered[first]
    events = {cause: summed(code) for code, cause in enumerate(causes)}
    complete = size > 0 and not summed(len(causes))[-1]
    return Counts(distinct, (size - first).astype(np.float64), events, int(distinct[-1]) if size else 0, complete)


def _entered(counts: Counts, entries: Ints | None, entered: Floats | None) -> Counts:
    """Return the counts without those at risk who had not entered yet."""
    at_risk = counts.at_risk
    if entries is not None and entered is not None and len(entries):
        order = np.argsort(entries, kind="stable")
        cumulated = np.concatenate([np.cumsum(entered[order][::-1])[::-1], [0.0]])
        at_risk = at_risk - cumulated[np.searchsorted(entries[order], counts.times, side="left")]
    return dataclasses.replace(counts, at_risk=np.maximum(at_risk, 0.0))


def kaplan_meier(counts: Counts, scale: float = 1.0) -> Curve:
    """Return 1 - S(t) by Kaplan-Meier over all causes, with the log(-log) interval of Greenwood's variance.

    Args:
        counts: The sample.
        scale: Effective cases for each unit of weight: the variance rests on at_risk * scale.
    """
    survival, greenwood = _survival(counts, scale)
    low, high = _log_log(survival, np.sqrt(greenwood))
    low, high = _at_the_ends(survival, low, high, counts.at_risk * scale)
    return Curve(counts.times, 1 - survival, 1 - high, 1 - low, counts.until, counts.complete)


def aalen_johansen(counts: Counts, cause: str, scale: float = 1.0) -> Curve:
    """Return the cumulative incidence of one cause while the others compete, with its log(-log) interval.

    Args:
        counts: The sample.
        cause: The cause of interest.
        scale: As for `kaplan_meier`.
    """
    survival, _ = _survival(counts, scale)
    before = np.concatenate([[1.0], survival[:-1]]) if len(survival) else survival
    n = np.where(counts.at_risk > 0, counts.at_risk, 1.0)
    d, own = counts.all_events(), counts.events[cause]
    jump = before * own / n
    incidence = np.cumsum(jump)
    # Var F(t) = sum (F(t)-F_j)^2 a_j + sum b_j - 2 sum (F(t)-F_j) c_j, expanded so that one pass of running sums is
    # enough.
    left = n - d
    a = np.divide(d, n * left, out=np.zeros_like(n), where=left > _TOUCH * n) / scale
    b = before**2 * own * (n - own) / n**3 / scale
    c = before * own / n**2 / scale
    f = incidence
    variance = (
        f**2 * np.cumsum(a) - 2 * f * np.cumsum(f * a) + np.cumsum(f**2 * a)
        + np.cumsum(b) - 2 * f * np.cumsum(c) + 2 * np.cumsum(f * c)
    )  # fmt: skip
    low, high = _log_log_share(incidence, np.sqrt(np.maximum(variance, 0.0)))
    return Curve(counts.times, incidence, low, high, counts.until, counts.complete)


def incidence(counts: Counts, cause: str) -> float:
    """Return the share that had one cause by the last time, while the others compete."""
    survival, _ = _survival(counts, 1.0)
    before = np.concatenate([[1.0], survival[:-1]])
    return float(np.cumsum(before * counts.events[cause] / np.where(counts.at_risk > 0, counts.at_risk, 1.0))[-1])


def reached(curve: Curve, share: float) -> int | None:
    """Return the first time by which at least that share has had the event; `None`: not reached while observed."""
    return _first(curve.times, curve.share, share)


def reached_interval(curve: Curve, share: float) -> tuple[int | None, int | None]:
    """Return the 95 % interval of that time: where the curve's own interval reaches the share; `None`: it does not."""
    return _first(curve.times, curve.high, share), _first(curve.times, curve.low, share)


def at(curve: Curve, time: int, *, before: bool = False) -> tuple[float, float, float] | None:
    """Return (share, low, high) at a time, or just before it; `None` beyond what was observed."""
    if time > curve.until and not curve.complete:
        return None
    index = int(np.searchsorted(curve.times, time, side="left" if before else "right")) - 1
    if index < 0:
        return 0.0, 0.0, 0.0
    return float(curve.share[index]), float(curve.low[index]), float(curve.high[index])


def restricted_mean(curve: Curve, until: int) -> float:
    """Return the mean time without the event up to a limit: the area over the curve, from 0."""
    inside = curve.times < until
    edges = np.concatenate([[0], curve.times[inside], [until]]).astype(np.float64)
    without = np.concatenate([[1.0], 1 - curve.share[inside]])
    return float(np.sum(np.diff(edges) * without))


def restricted_mean_interval(counts: Counts, until: int, scale: float = 1.0) -> tuple[float, float]:
    """Return the 95 % interval of Kaplan-Meier's restricted mean (normal, from the integrated variance).

    Source: J. P. Klein, M. L. Moeschberger, *Survival Analysis* (2003), section 4.5.
    """
    curve = kaplan_meier(counts, scale)
    inside = counts.times < until
    edges = np.concatenate([counts.times[inside], [until]]).astype(np.float64)
    areas = np.diff(edges) * (1 - curve.share[inside])
    remaining = np.cumsum(areas[::-1])[::-1]
    n, d = counts.at_risk[inside], counts.all_events()[inside]
    left = n - d
    terms = np.divide(d, n * left, out=np.zeros_like(n), where=left > _TOUCH * n) / scale
    half = Z95 * float(np.sqrt(np.sum(remaining**2 * terms)))
    mean = restricted_mean(curve, until)
    return max(0.0, mean - half), min(float(until), mean + half)


def _survival(counts: Counts, scale: float) -> tuple[Floats, Floats]:
    """Return S(t) and Greenwood's sum at each time."""
    n, d = counts.at_risk, counts.all_events()
    left = np.maximum(n - d, 0.0)
    # All gone: exactly zero, whatever the rounding of fractional weights.
    left = np.where(left <= _TOUCH * n, 0.0, left)
    ratio = np.divide(left, n, out=np.ones_like(n), where=n > 0)
    terms = np.divide(d, n * left, out=np.zeros_like(n), where=left > 0) / scale
    survival: Floats = np.asarray(np.cumprod(ratio), dtype=np.float64)
    greenwood: Floats = np.cumsum(terms)
    return survival, greenwood


def _log_log(survival: Floats, deviation: Floats) -> tuple[Floats, Floats]:
    """Return the interval of S: S^exp(+-z s / |log S|), s being the deviation of log S; without spread at 0 and 1."""
    inside = (survival > _TOUCH) & (survival < 1 - _TOUCH)
    log = np.log(np.where(inside, survival, 0.5))
    wide = np.exp(np.minimum(Z95 * np.where(inside, deviation, 0.0) / np.abs(log), 50.0))
    low: Floats = np.where(inside, np.exp(log * wide), survival)
    high: Floats = np.where(inside, np.exp(log / wide), survival)
    return low, high


def _at_the_ends(survival: Floats, low: Floats, high: Floats, at_risk: Floats) -> tuple[Floats, Floats]:
    """Return the interval of S where the curve itself has no spread.

    Before the first event it is Wilson's, of none among those at risk: thirty without an event do not prove that there
    are none. Where the last of the sample have the event, the upper end is what it was before, times Wilson's upper end
    of none left among them: the last of a sample are not the last of all.
    """
    square = Z95 * Z95
    low = np.where(survival >= 1 - _TOUCH, np.divide(at_risk, at_risk + square), low)
    over = survival <= _TOUCH
    if over.any():
        place = int(np.argmax(over))
        left = (high[place - 1] if place else 1.0) * square / (at_risk[place] + square)
        high = np.where(over, left, high)
    return low, high


def _log_log_share(share: Floats, deviation: Floats) -> tuple[Floats, Floats]:
    """Return the interval of a cumulative incidence on the log(-log) scale, from the deviation of the share itself."""
    return _log_log(share, np.divide(deviation, share, out=np.zeros_like(share), where=share > 0))


def _first(times: Ints, curve: Floats, share: float) -> int | None:
    # An interval's end need not rise with time: the first crossing counts.
    above = curve >= share - _TOUCH
    return int(times[int(np.argmax(above))]) if above.any() else None
