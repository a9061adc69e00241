"""The report on windows: how they were kept on later data, in which segments, and how the dates of then were."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec
import numpy as np

from troth.model.times import Micros
from troth.trust.windows_beside import Beside, by_segment, same_length, same_reliability
from troth.trust.windows_conform import LEAST
from troth.trust.windows_drift import Drift, drift_of
from troth.trust.windows_judge import Coverage, coverage_of
from troth.trust.windows_stage import Stage
from troth.trust.windows_tried import Walked

SHOWN: Final = (0.8, 0.9, 0.95)


class Report(msgspec.Struct, frozen=True):
    """What windows would have been worth.

    Attributes:
        kind: Kind of promise.
        level: The level asked for.
        as_of: The moment of judging.
        begin: From when on windows were promised.
        n: Promises in the history.
        before: Of these, how many were made before `begin`.
        ended: How many ended without ever being kept: every window misses them.
        open: How many were still open at `as_of`.
        apart: Why others were left out → how many.
        by, names, anchor, two_sided: As of the plan.
        half_life: The age at which a promise weighs half, at the last training; microseconds.
        gain: How fast the balance of misses moves the share aimed at.
        coverage: Levels, all promises.
        segments: The level asked for, by segment; those with too few passed windows are left out.
        thin: How many segments were left out.
        drift: The test at `begin`.
        same_reliability: At the reliability that the dates promised then turned out to have.
        same_length: At the level at which the mean length is theirs.
        by_segment: At the reliability that the dates then turned out to have in each segment.
    """

    kind: str
    level: float
    as_of: Micros
    begin: Micros
    n: int
    before: int
    ended: int
    open: int
    apart: Mapping[str, int]
    by: tuple[str, ...]
    names: tuple[str, ...]
    anchor: str
    two_sided: bool
    half_life: Micros
    gain: float
    coverage: list[Coverage]
    segments: list[Coverage]
    thin: int
    drift: Drift | None
    same_reliability: Beside | None
    same_length: Beside | None
    by_segment: Beside | None


def report(on: Walked, level: float) -> Report:
    """Return the report on a walk."""
    past, plan = on.past, on.plan
    segments, thin = _segments(on, level)
    return Report(
        kind=past.kind,
        level=level,
        as_of=on.at,
        begin=on.stages[0].begin,
        n=len(past),
        before=int(np.searchsorted(past.made, on.stages[0].begin, side="left")),
        ended=int((past.ended <= on.at).sum()),
        open=int(((past.kept > on.at) & (past.ended > on.at)).sum()),
        apart=past.apart,
        by=plan.by,
        names=plan.names,
        anchor=plan.anchor,
        two_sided=plan.two_sided,
        half_life=plan.half_life,
        gain=plan.gain,
        coverage=[coverage_of(on.given, past, on.place(one), on.at) for one in sorted({*SHOWN, level})],
        segments=segments,
        thin=thin,
        drift=drift_at(on.stages[0], on.stages[0].begin, level),
        same_reliability=same_reliability(on),
        same_length=same_length(on),
        by_segment=by_segment(on),
    )


def drift_at(stage: Stage, at: Micros, level: float) -> Drift | None:
    """Return the drift within all that calibrates at a moment, however old."""
    rows, scores, kept, _ = stage.calibration(at, 0)
    return drift_of(stage.past.made[rows], scores, kept, level)


def _segments(on: Walked, level: float) -> tuple[list[Coverage], int]:
    """Return the coverage of each segment, the worst first, and how many have too few windows to tell."""
    if not on.plan.by:
        return [], 0
    found, thin = [], 0
    codes = on.groups.codes[-1][on.given.rows]
    for code in np.unique(codes):
        one = coverage_of(on.given, on.past, on.place(level), on.at, codes == code)
        if one.n < LEAST:
            thin += 1
            continue
        segment = dict(zip(on.plan.by, on.groups.names[-1][int(code)], strict=True))
        found.append(msgspec.structs.replace(one, segment=segment))
    return sorted(found, key=lambda one: (one.value or 0.0, str(one.segment))), thin
