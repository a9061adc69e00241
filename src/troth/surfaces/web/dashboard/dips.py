"""Whether what got better did so all along: the step of a period that was worse than what it is compared with. Pure."""

from __future__ import annotations

from typing import Any

import msgspec

from troth.measures.period import Period
from troth.measures.question import MINIMUM
from troth.model.estimate import Estimate
from troth.model.times import format_instant
from troth.surfaces.web.dashboard.figuring import Found, key_of
from troth.surfaces.web.dashboard.numbers import Numbers
from troth.surfaces.web.dashboard.parts import layout_of, leg_of


def dip(numbers: Numbers, found: Found, one: Estimate, earlier: Estimate) -> dict[str, Any] | None:
    """Return the worst step of the period that was clearly worse than the earlier period; `None`: none was.

    A step is clearly worse where its interval lies wholly on the worse side of the earlier figure's.

    Args:
        numbers: Makes the numbers.
        found: What was worked out, with its trend.
        one: The estimate of the period.
        earlier: That of the period before.
    """
    points = found.trends.get(key_of(one))
    if points is None or earlier.low is None or earlier.high is None:
        return None
    better = layout_of(found.measure, leg_of(one)).better
    since, until = numbers.span.period.ends
    worst: tuple[float, Period, Estimate] | None = None
    for period, step in zip(points.periods, points.found, strict=True):
        if step is None or step.value is None or step.low is None or step.high is None or step.n < MINIMUM:
            continue
        inside = period.ends[0] >= since and period.ends[1] <= until
        worse = step.high < earlier.low if better > 0 else step.low > earlier.high
        if inside and worse and (worst is None or (step.value - worst[0]) * better < 0):
            worst = step.value, period, step
    if worst is None:
        return None
    _, period, step = worst
    plain = msgspec.structs.replace(step, segment=one.segment)
    return {
        "step": numbers.span.step,
        "label": numbers.words.step(*period.ends, numbers.span.step),
        "until": format_instant(period.ends[1] - 1),
        "value": numbers.estimate(plain, period=period),
    }
