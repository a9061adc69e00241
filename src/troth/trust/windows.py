"""Windows that are kept with a stated probability: learned from a firm's history, kept as plain numbers, used anywhere.

`fit` learns; what it returns is data: it goes into a ledger as JSON and needs no library for learning to be used.
`window_of` gives one promise its window with the basis on which it rests. How well such windows were kept on later data
is part of what is learned, and of every basis.

Source: decision 0027; `docs/explanation/calibrated-promises.md`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
import numpy as np

from troth.errors import MeasureError, Place, Problem
from troth.model.times import FOREVER, Micros, format_instant
from troth.trust.windows_choose import chosen
from troth.trust.windows_drift import Drift
from troth.trust.windows_features import word_of
from troth.trust.windows_judge import Coverage, coverage_of
from troth.trust.windows_model import Model, places_at
from troth.trust.windows_past import MICROS, Floats, Past, past_of
from troth.trust.windows_report import SHOWN, drift_at
from troth.trust.windows_scale import DATE, lead_of
from troth.trust.windows_stage import Plan, stage_at
from troth.trust.windows_tried import Walked, walked
from troth.trust.windows_walk import Calibration

VERSION: Final = 1
LONGEST_S: Final = 20 * 365 * 86_400.0
"""A window of twenty years promises nothing."""
METHOD: Final = "conformal prediction over a quantile forest"


class Limits(msgspec.Struct, frozen=True):
    """The limits of one segment, by level.

    Attributes:
        values: Values of the attributes that make the segment, from the coarse on; empty: all.
        n: Promises that calibrate it.
        lower, upper: Scores; `None`: no promise of this segment can be given at this level.
        thin: For which levels it has too few promises: its parent's limits hold.
    """

    values: tuple[str, ...]
    n: int
    lower: list[float | None]
    upper: list[float | None]
    thin: list[bool]


class Windows(msgspec.Struct, frozen=True):
    """What was learned about one kind of promise.

    Attributes:
        version: Format.
        pack: The pack that derived the history.
        kind: Kind of promise.
        by, anchor, two_sided: As of the plan.
        half_life, gain: As of the plan, at the last training.
        trained_as_of: Up to when it knows.
        since: When the first promise of the history was made.
        n: Promises in the history.
        ended: How many of them ended without ever being kept.
        apart: Why others were left out → how many.
        data: Digest of the history.
        levels: Levels of the limits, ascending.
        limits: Of all, and of each segment.
        model: What predicts.
        seen: How windows were kept on later data, by level.
        drift: Whether what calibrates has drifted.
    """

    version: int
    pack: str
    kind: str
    by: tuple[str, ...]
    anchor: str
    two_sided: bool
    half_life: Micros
    gain: float
    trained_as_of: Micros
    since: Micros
    n: int
    ended: int
    apart: dict[str, int]
    data: str
    levels: list[float]
    limits: list[Limits]
    model: Model
    seen: list[Coverage]
    drift: Drift | None

    @property
    def digest(self) -> str:
        """Return the SHA-256 over all of it, hexadecimal."""
        return hashlib.sha256(msgspec.json.encode(self, order="deterministic")).hexdigest()


class Window(msgspec.Struct, frozen=True):
    """The window of one promise.

    Attributes:
        made_at: When the promise is made; microseconds since 1970 UTC.
        start, end: The window, half-open; `start` is the making where only the end is promised.
        basis: What it rests on, as plain data: what a promise records.
    """

    made_at: Micros
    start: Micros
    end: Micros
    basis: dict[str, Any]


def fit(past: Past, at: Micros, plan: Plan, level: float, pack: str) -> tuple[Windows, Walked]:
    """Return what is learned from a history as it was known at a moment, and the walk on which it was tried.

    Args:
        past: The history.
        at: The moment.
        plan: Attributes, segments, sides; half-life and gain follow from the history (see `windows_choose`).
        level: The level asked for: it is walked, judged and shown beside the usual ones.
        pack: The pack that derived the history.

    Raises:
        MeasureError: N101, the history is too short.
    """
    on = walked(past, at, plan, level)
    then, used = on.past, chosen(on.past, at, on.plan)
    last = stage_at(then, at, at + 1, used)
    levels = on.given.levels
    known = Calibration(last, on.groups, used, at)
    limits = []
    for (depth, code), (lower, upper, enough) in known.all_limits(on.given.shares, 1 - levels):
        count = int((on.groups.codes[depth][known.used] == code).sum())
        limits.append(_limits(on.groups.names[depth][code], count, lower, upper, enough))
    return Windows(
        version=VERSION,
        pack=pack,
        kind=past.kind,
        by=used.by,
        anchor=used.anchor,
        two_sided=used.two_sided,
        half_life=used.half_life,
        gain=used.gain,
        trained_as_of=at,
        since=int(then.made[0]),
        n=len(then),
        ended=int((then.ended <= at).sum()),
        apart=dict(then.apart),
        data=then.digest(),
        levels=[float(one) for one in levels],
        limits=limits,
        model=last.model,
        seen=[coverage_of(on.given, then, on.place(one), at) for one in sorted({*SHOWN, level})],
        drift=drift_at(last, at, level),
    ), on


def _limits(values: tuple[str, ...], n: int, lower: Floats, upper: Floats, enough: Any) -> Limits:
    """Return limits as plain numbers, none of which is lower (or, of the lower ones, higher) at a higher level."""
    up, down = np.maximum.accumulate(upper), np.minimum.accumulate(lower)
    return Limits(
        values=values,
        n=n,
        lower=[float(one) if np.isfinite(one) else None for one in down],
        upper=[float(one) if np.isfinite(one) else None for one in up],
        thin=[not one for one in enough.tolist()],
    )


def window_of(
    windows: Windows, attributes: Mapping[str, Any], made_at: Micros, level: float, *, date: Micros | None = None
) -> Window:
    """Return the window of one promise.

    Args:
        windows: What was learned.
        attributes: What is known of the subject; attributes that are missing count as not known.
        made_at: When the promise is made.
        level: With which probability it is to be kept.
        date: The firm's own date, end of the window that it would promise; needed where windows rest on it.

    Raises:
        MeasureError: N102, the level is outside those that were learned; N103, no window can be given at this level;
            N104, the firm's own date is needed.
    """
    _check(windows, level, date)
    one = past_of(
        windows.kind,
        {"subject": [""], "made": [made_at], "kept": [None], "ended": [None], "limit": [date]},
        {name: [attributes.get(name)] for name in windows.model.names},
    )
    segment, upper = _limit(windows, attributes, level, "upper")
    _, lower = _limit(windows, attributes, level, "lower") if windows.two_sided else ((), None)
    if upper is None:
        raise MeasureError(_never(windows, segment, level))
    quantiles, lead = windows.model.quantiles(one), lead_of(one)[:, None]
    scores = np.array([[-np.inf if lower is None else lower, upper]])
    low_s, end_s = windows.model.scale.back(places_at(quantiles, scores), lead)[0]
    low_s, end_s = float(np.floor(low_s)), float(np.ceil(end_s))
    found = next(limits for limits in windows.limits if limits.values == segment)
    if not end_s < LONGEST_S:
        raise MeasureError(_never(windows, segment, level))
    start = made_at + int(low_s / MICROS) if windows.two_sided else made_at
    return Window(made_at, start, made_at + int(end_s / MICROS), basis_of(windows, found, level))


def basis_of(windows: Windows, limits: Limits, level: float) -> dict[str, Any]:
    """Return what a window rests on, as plain data."""
    seen = min(windows.seen, key=lambda one: abs(one.level - level))
    return {
        "method": METHOD,
        "level": level,
        "segment": dict(zip(windows.by, limits.values, strict=False)),
        "n": limits.n,
        "trained_as_of": format_instant(windows.trained_as_of),
        "digest": windows.digest[:16],
        "sides": "two" if windows.two_sided else "latest",
        "own_date": windows.anchor == DATE,
        "seen_later": {
            "level": seen.level,
            "kept": None if seen.value is None else round(seen.value, 4),
            "se": None if seen.se is None else round(seen.se, 4),
            "n": seen.n,
        },
    }


def _limit(
    windows: Windows, attributes: Mapping[str, Any], level: float, side: str
) -> tuple[tuple[str, ...], float | None]:
    """Return the segment whose limits hold, the finest that has enough promises, and its limit between levels."""
    values = tuple(word_of(attributes.get(name)) for name in windows.by)
    by_values = {limits.values: limits for limits in windows.limits}
    levels = windows.levels
    place = int(np.searchsorted(levels, level - 1e-12))
    for depth in range(len(values), -1, -1):
        limits = by_values.get(values[:depth])
        if limits is None or limits.thin[place]:
            continue
        scores = getattr(limits, side)
        high = scores[place]
        if high is None or place == 0 or levels[place] - level < 1e-9:
            return limits.values, high
        low = scores[place - 1]
        if low is None:
            return limits.values, high
        odds = [np.log(one / (1 - one)) for one in (levels[place - 1], level, levels[place])]
        return limits.values, float(low + (high - low) * (odds[1] - odds[0]) / (odds[2] - odds[0]))
    raise AssertionError("the limits of all promises are never thin")


def _check(windows: Windows, level: float, date: Micros | None) -> None:
    """Refuse what cannot be asked.

    Raises:
        MeasureError: N102, N104.
    """
    problems = []
    place = Place(windows.kind)
    low, high = windows.levels[0], windows.levels[-1]
    if not low <= level <= high:
        expected = f"between {low:g} and {high:g}"
        problems.append(Problem(place, "N102", f"the level {level:g}", expected, "choose a level between them"))
    if windows.anchor == DATE and (date is None or date >= FOREVER):
        remedy = "give it, or learn windows without it"
        problems.append(Problem(place, "N104", "no date of the firm's own", "the date that it would promise", remedy))
    if problems:
        raise MeasureError(problems)


def _never(windows: Windows, segment: Sequence[str], level: float) -> Problem:
    """Return the problem of a level that is not reached."""
    of = ", ".join(f"{name} {value}" for name, value in zip(windows.by, segment, strict=False)) or "all"
    found = f"of {of}, too few are ever kept for a window of {level:g}"
    return Problem(Place(windows.kind), "N103", found, "a level that is reached", "choose a lower level")
