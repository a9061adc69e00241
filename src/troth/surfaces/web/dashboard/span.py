"""From what an address asks to moments: the period, and what it is compared with. Pure."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

import msgspec

from troth.errors import Place, Problem, UsageError
from troth.measures.period import Period
from troth.model.times import DAY, FOREVER, Micros, end_of_day, local_instant, parse_duration, parse_instant
from troth.surfaces.web.dashboard.asked import SPANS, USUAL, Asked

CHOSEN: Final = "the dates chosen"
"""What a period is called whose dates were given."""
DATE: Final = re.compile(r"\d{4}-\d\d-\d\d")
_LOCAL: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?")
_YEAR: Final = 365 * DAY
_SHORT: Final = 14 * DAY
_MIDDLE: Final = 200 * DAY


class Span(msgspec.Struct, frozen=True):
    """The moments of a question.

    Attributes:
        at: As known at this moment.
        period: What is counted.
        before: What it is compared with; `None`: nothing.
        words: The period in words, such as `28 days`.
        against: What it is compared with, in words.
        step: Length of a step of the trend: `day`, `week` or `month`.
        zone: In which days begin and end.
    """

    at: Micros
    period: Period
    before: Period | None
    words: str
    against: str
    step: str
    zone: str


def span_of(asked: Asked, present: Micros, zone: str) -> Span:
    """Return the moments that are asked for.

    Args:
        asked: What is asked.
        present: The moment to look from unless another one is asked for.
        zone: In which days begin and end.

    Raises:
        UsageError: C104, a text is no moment, or a period ends before it begins: all problems at once.
    """
    problems: list[Problem] = []

    def read(text: str, name: str, *, ends: bool = False) -> Micros | None:
        try:
            return moment(text, zone, ends=ends) if text else None
        except ValueError:
            problems.append(Problem(Place(path=name), "C104", f"not a moment: {text!r}", "a date, or RFC 3339",
                                    "write it as 2013-06-01, or as 2013-06-01T10:00:00Z"))  # fmt: skip
            return None

    at = read(asked.at, "at", ends=True)
    at = present if at is None else at
    since, until = read(asked.since, "from"), read(asked.until, "to", ends=True)
    others = Period(read(asked.vs_since, "vs_from"), read(asked.vs_until, "vs_to", ends=True))
    period, words = _period(asked, at, since, until)
    if period.since is not None and period.until is not None and period.since >= period.until:
        problems.append(Problem(Place(path="to"), "C104", "the period ends before it begins", "a later date",
                                "exchange both dates"))  # fmt: skip
    if problems:
        raise UsageError(problems)
    before, against = _before(asked, period, at, others)
    return Span(at, period, before, words, against, asked.step or _step(period, at), zone)


def moment(text: str, zone: str, *, ends: bool = False) -> Micros:
    """Return the moment that a text names: a date, a local time, or an instant with its offset.

    Args:
        text: What is written.
        zone: Of dates and local times.
        ends: A date is the end of its day, else the start.

    Raises:
        ValueError: It names none.

    >>> moment("2013-06-01", "Europe/Zurich") == parse_instant("2013-05-31T22:00:00Z")
    True
    """
    if DATE.fullmatch(text):
        return end_of_day(text, zone) if ends else local_instant(datetime.fromisoformat(text), zone)
    if _LOCAL.fullmatch(text):
        return local_instant(datetime.fromisoformat(text), zone)
    return parse_instant(text)


def _period(asked: Asked, at: Micros, since: Micros | None, until: Micros | None) -> tuple[Period, str]:
    """Return the period, and how people say it."""
    if asked.since or asked.until:
        return Period(since, until), CHOSEN
    over = asked.over or USUAL
    if over == "all":
        return Period(), "all of it"
    # Without an end: what is not due yet belongs to it.
    return Period(at - parse_duration(over)), SPANS[over]


def _before(asked: Asked, period: Period, at: Micros, others: Period) -> tuple[Period | None, str]:
    """Return what the period is compared with, and how people say it."""
    if asked.vs == "dates":
        return (others, "the dates to compare with") if others != Period() else (None, "")
    if asked.vs == "none" or period.since is None:
        return None, ""
    until = min(at, at if period.until is None else period.until)
    length = until - period.since
    if asked.vs == "year":
        return Period(period.since - _YEAR, until - _YEAR), "a year earlier"
    if length <= 0:
        return None, ""
    return Period(period.since - length, period.since), f"the {lasting(length)} before"


def lasting(length: Micros) -> str:
    """Return a length of time in words, to the day where it is days.

    >>> lasting(28 * DAY), lasting(DAY), lasting(DAY // 2)
    ('28 days', 'day', '12 hours')
    """
    days = round(length / DAY)
    if days >= 1:
        return "day" if days == 1 else f"{days:,} days"
    return f"{max(1, round(length * 24 / DAY))} hours"


def fitting(span: Span, asked: Asked, first: Micros | None) -> Span:
    """Return a span whose step suits what is really there: three weeks are no trend by month, whatever was asked for.

    Args:
        span: As asked for.
        asked: What is asked; a step that it names stays.
        first: Before it there is nothing; `None`: there is nothing at all.
    """
    since, until = span.period.ends
    if asked.step or first is None or since >= first:
        return span
    return msgspec.structs.replace(span, step=_step(Period(first, until), span.at))


def _step(period: Period, at: Micros) -> str:
    """Return the length of a step that suits a period."""
    since, until = period.ends
    length = min(until, at) - since if since > -FOREVER else FOREVER
    if length <= _SHORT:
        return "day"
    return "week" if length <= _MIDDLE else "month"
