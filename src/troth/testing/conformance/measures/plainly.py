"""Statistics written slowly and plainly: loops over rows, no arrays, no shared code with the measures.

They follow the sources that the measures name, not the measures' code: what both say is then said twice.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Mapping, Sequence
from typing import Final

Z: Final = 1.959963984540054
REPLICATES: Final = 1_000
_MASK: Final = (1 << 64) - 1
_GOLDEN: Final = 0x9E3779B97F4A7C15
_TOUCH: Final = 1e-12


def wilson(k: float, n: float) -> tuple[float | None, float | None]:
    """Return Wilson's interval: the shares p with (p - k/n)^2 = z^2 p (1 - p) / n."""
    if n <= 0:
        return None, None
    share = min(1.0, max(0.0, k / n))
    # a p^2 - b p + c = 0
    a, b, c = 1 + Z * Z / n, 2 * share + Z * Z / n, share * share
    root = math.sqrt(max(0.0, b * b - 4 * a * c))
    low, high = (b - root) / (2 * a), (b + root) / (2 * a)
    return (0.0 if share == 0 else min(low, share)), (1.0 if share == 1 else max(high, share))


def kish(weights: Sequence[float]) -> float:
    """Return the effective number of weighted cases."""
    squares = math.fsum(weight * weight for weight in weights)
    return math.fsum(weights) ** 2 / squares if squares > 0 else 0.0


def clustered(clusters: Mapping[int, tuple[float, float]]) -> float:
    """Return the effective number of a share whose cases come in clusters of (k, d), by linearisation."""
    total = math.fsum(d for _, d in clusters.values())
    if len(clusters) < 2 or total <= 0:
        return float(len(clusters))
    share = math.fsum(k for k, _ in clusters.values()) / total
    spread = math.fsum((k - share * d) ** 2 for k, d in clusters.values())
    variance = spread / total**2 * len(clusters) / (len(clusters) - 1)
    if share * (1 - share) <= 0 or variance <= 1e-15 * share * (1 - share):
        return float(len(clusters))
    return share * (1 - share) / variance


def smallest_with(values: Sequence[tuple[int, float]], share: float) -> int | None:
    """Return the smallest value with that share of the weight at or below it."""
    total = math.fsum(weight for _, weight in values)
    if total <= 0:
        return None
    so_far = 0.0
    for value, weight in sorted(values):
        so_far += weight
        if so_far >= share * total * (1 - _TOUCH):
            return value
    return max(value for value, _ in values)


# ---------------------------------------------------------------- bootstrap


def _mix(value: int) -> int:
    """Return SplitMix64's finalizer."""
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & _MASK
    return value ^ (value >> 31)


@functools.cache
def _poisson() -> tuple[float, ...]:
    """Return the distribution function of a Poisson of mean 1 at 0 to 10."""
    terms = [math.exp(-1.0) / math.factorial(count) for count in range(11)]
    return tuple(math.fsum(terms[: count + 1]) for count in range(11))


@functools.cache
def weight(cluster: int, replicate: int) -> int:
    """Return how often a cluster is drawn in a replicate (1 to 1,000): Poisson, from a hash of both."""
    seed, own = _mix((replicate * _GOLDEN) & _MASK), _mix((cluster * _GOLDEN) & _MASK)
    place = (_mix(own ^ seed) >> 48) + 0.5
    return sum(1 for limit in _poisson() if limit <= place / 65536)


def bootstrap(rows: Sequence[tuple[int, float, float]]) -> tuple[float | None, float | None]:
    """Return the studentized bootstrap interval of sum(a) / sum(b) over rows of (cluster, a, b)."""
    if len(rows) < 2:
        return None, None
    below = math.fsum(b for _, _, b in rows)
    if below <= 0:
        return None, None
    share = math.fsum(a for _, a, _ in rows) / below
    rest = [(cluster, a - share * b, b) for cluster, a, b in rows]
    deviation = math.sqrt(math.fsum(e * e for _, e, _ in rest)) / below
    if deviation <= _TOUCH * max(share, _TOUCH):
        return share, share
    distances = [
        distance
        for replicate in range(1, REPLICATES + 1)
        if (distance := _distance([(weight(cluster, replicate), e, b) for cluster, e, b in rest])) is not None
    ]
    if not distances:
        return share, share
    distances.sort()
    low, high = (_quantile(distances, part) for part in (0.025, 0.975))
    return min(max(0.0, share - high * deviation), share), max(min(1.0, share - low * deviation), share)


def _distance(rows: Sequence[tuple[int, float, float]]) -> float | None:
    """Return how far a replicate is off in units of its own deviation; `None` where its clusters are all alike."""
    below = math.fsum(times * b for times, _, b in rows)
    if below <= 0:
        return None
    off = math.fsum(times * e for times, e, _ in rows) / below
    spread = math.fsum(times * (e - off * b) ** 2 for times, e, b in rows)
    parts = math.fsum(times * (e * e + off * off * b * b) for times, e, b in rows)
    return off * below / math.sqrt(spread) if spread > _TOUCH * parts else None


def _quantile(ordered: Sequence[float], part: float) -> float:
    """Return a quantile of sorted values, linear between neighbours."""
    place = part * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


# ---------------------------------------------------------------- survival


@dataclasses.dataclass(frozen=True)
class Life:
    """One case under observation: until when, what ended it (`None`: censored), its weight, its delay of entry."""

    time: int
    cause: str | None
    weight: float = 1.0
    delay: int = 0


@dataclasses.dataclass(frozen=True)
class Step:
    """The curve from one time on: the share that has had the event, and its interval."""

    time: int
    share: float
    low: float
    high: float


def _log_log(share: float, deviation: float) -> tuple[float, float]:
    """Return the interval of a share by the normal interval of log(-log(share)), given the deviation of its log."""
    if share <= _TOUCH or share >= 1 - _TOUCH:
        return share, share
    wide = math.exp(min(Z * deviation / abs(math.log(share)), 50.0))
    return share**wide, share ** (1 / wide)


def _at_risk(lives: Sequence[Life], time: int) -> float:
    return math.fsum(one.weight for one in lives if one.time >= time and (one.delay == 0 or one.delay < time))


def _times(lives: Sequence[Life]) -> list[int]:
    return sorted({one.time for one in lives})


def kaplan_meier(lives: Sequence[Life], scale: float) -> list[Step]:
    """Return 1 - S by Kaplan-Meier with Greenwood's variance; where it has no spread, with Wilson's ends."""
    survival, greenwood, steps = 1.0, 0.0, []
    before_high, over = 1.0, None
    for time in _times(lives):
        risk = _at_risk(lives, time)
        gone = math.fsum(one.weight for one in lives if one.time == time and one.cause is not None)
        left = max(0.0, risk - gone)
        left = 0.0 if left <= _TOUCH * risk else left
        if risk > 0:
            survival *= left / risk
            greenwood += gone / (risk * left) / scale if left > 0 else 0.0
        low, high = _log_log(survival, math.sqrt(greenwood))
        if survival >= 1 - _TOUCH:
            low = risk * scale / (risk * scale + Z * Z)
        if survival <= _TOUCH:
            over = before_high * Z * Z / (risk * scale + Z * Z) if over is None else over
            high = over
        before_high = high
        steps.append(Step(time, 1 - survival, 1 - high, 1 - low))
    return steps


def aalen_johansen(lives: Sequence[Life], cause: str, scale: float) -> list[Step]:
    """Return the cumulative incidence of a cause with its variance by the delta method, term by term."""
    survival, seen, steps = 1.0, [], []
    incidence = 0.0
    for time in _times(lives):
        risk = _at_risk(lives, time) or 1.0
        gone = math.fsum(one.weight for one in lives if one.time == time and one.cause is not None)
        own = math.fsum(one.weight for one in lives if one.time == time and one.cause == cause)
        incidence += survival * own / risk
        seen.append((incidence, survival, risk, gone, own))
        left = max(0.0, risk - gone)
        survival *= 0.0 if left <= _TOUCH * risk else left / risk
        variance = 0.0
        for then, before, n, d, e in seen:
            if n - d > _TOUCH * n:
                variance += (incidence - then) ** 2 * d / (n * (n - d)) / scale
            variance += before**2 * e * (n - e) / n**3 / scale
            variance -= 2 * (incidence - then) * before * e / n**2 / scale
        deviation = math.sqrt(max(0.0, variance)) / incidence if incidence > 0 else 0.0
        steps.append(Step(time, incidence, *_log_log(incidence, deviation)))
    return steps


def first(steps: Sequence[Step], share: float, end: str = "share") -> int | None:
    """Return when the curve, or an end of its interval, first reaches a share; `None`: it does not."""
    return next((step.time for step in steps if getattr(step, end) >= share - _TOUCH), None)


def complete(lives: Sequence[Life]) -> bool:
    """Return whether nobody was censored at the last time."""
    last = max(one.time for one in lives)
    return not math.fsum(one.weight for one in lives if one.time == last and one.cause is None)


def share_at(lives: Sequence[Life], steps: Sequence[Step], time: int, *, before: bool = False) -> Step | None:
    """Return the curve at a time, or just before it; `None` beyond what was observed."""
    if time > steps[-1].time and not complete(lives):
        return None
    past = [step for step in steps if step.time < time or (step.time == time and not before)]
    return past[-1] if past else Step(time, 0.0, 0.0, 0.0)


def restricted_mean(steps: Sequence[Step], until: int) -> float:
    """Return the area over the curve from 0 to a limit."""
    area, start, without = 0.0, 0, 1.0
    for step in steps:
        if step.time < until:
            area += (step.time - start) * without
            start, without = step.time, 1 - step.share
    return area + (until - start) * without


def restricted_mean_interval(lives: Sequence[Life], until: int, scale: float) -> tuple[float, float]:
    """Return its normal interval from the integrated variance."""
    steps = kaplan_meier(lives, scale)
    inside = [step for step in steps if step.time < until]
    variance = 0.0
    for place, step in enumerate(inside):
        edges = [*(later.time for later in inside[place:]), until]
        area = math.fsum((edges[i + 1] - edges[i]) * (1 - later.share) for i, later in enumerate(inside[place:]))
        n = _at_risk(lives, step.time)
        d = math.fsum(one.weight for one in lives if one.time == step.time and one.cause is not None)
        if n - d > _TOUCH * n:
            variance += area**2 * d / (n * (n - d)) / scale
    mean, half = restricted_mean(steps, until), Z * math.sqrt(variance)
    return max(0.0, mean - half), min(float(until), mean + half)
