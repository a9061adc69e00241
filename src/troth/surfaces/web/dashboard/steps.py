"""The steps of a trend: a period cut into days, weeks or months. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from troth.measures.period import Period
from troth.model.times import DAY, Micros, local_instant, to_datetime, zone_of
from troth.surfaces.web.dashboard.span import Span

_POINTS: Final = 13
"""Steps of a trend, where the period has not more."""
_MOST: Final = 62
"""Steps of a trend at the most: what lies before is not drawn."""


def steps(span: Span, first: Micros) -> Sequence[Period]:
    """Return the steps of the trend, in order of time: back from the end of the period, as far as there is anything.

    Days and weeks are counted back from the end, so that the last one is whole; months are those of the calendar.

    Args:
        span: What is asked.
        first: Before it there is nothing.
    """
    until = min(span.period.ends[1], span.at)
    start = max(span.period.ends[0], first)
    found: list[Period] = []
    end = until
    while len(found) < _MOST and end > first and (end > start or len(found) < _POINTS):
        begin = (
            _month_before(end, span.zone) if span.step == "month" else end - (DAY if span.step == "day" else 7 * DAY)
        )
        found.append(Period(begin, end))
        end = begin
    return found[::-1]


def _month_before(end: Micros, zone: str) -> Micros:
    """Return the last start of a month before a moment."""
    local = to_datetime(end - 1).astimezone(zone_of(zone))
    return local_instant(datetime(local.year, local.month, 1), zone)  # noqa: DTZ001 - local_instant gives it its zone
