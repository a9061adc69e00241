"""How times are written in scenarios."""

from __future__ import annotations

import pytest

from troth.model.times import DAY, HOUR, MINUTE, parse_instant
from troth.scenarios.clock import Clock, unmark

START = parse_instant("2026-03-02T09:00:00Z")
CLOCK = Clock(START, "America/Sao_Paulo")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0m", START),
        ("1d2h", START + DAY + 2 * HOUR),
        ("+10m", START + HOUR + 10 * MINUTE),
        ("-2h", START - HOUR),
        ("2026-03-05T00:00:00Z", parse_instant("2026-03-05T00:00:00Z")),
        ("2026-03-05T00:00:00-03:00", parse_instant("2026-03-05T03:00:00Z")),
        ("2026-03-05 00:00", parse_instant("2026-03-05T03:00:00Z")),
        ("2026-03-05T00:00:30", parse_instant("2026-03-05T03:00:30Z")),
    ],
)
def test_a_sign_counts_from_the_step_and_no_sign_from_the_start(text: str, expected: int) -> None:
    assert CLOCK.instant(text, here=START + HOUR) == expected


def test_outside_of_a_step_a_sign_counts_from_the_start() -> None:
    assert CLOCK.instant("+10m") == START + 10 * MINUTE


@pytest.mark.parametrize("text", ["", "+", "-", "soon", "2 h", "1x", "2026-13-01 00:00", "2026-03-05", "+2026-03-05"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"not a duration|no time zone|must be in|Invalid"):
        CLOCK.instant(text)


def test_marked_times_become_text_and_everything_else_stays() -> None:
    here = START + HOUR
    data = {
        "limit": {"after": "4h"},
        "list": [{"at": "1d"}, {"at": "+1h"}, 7, None],
        "day": {"day": "0m"},
        "literal": {"exactly": {"after": "4h"}},
        "nested": {"after": "4h", "more": True},
    }
    assert unmark(data, CLOCK, here) == {
        "limit": "2026-03-02T14:00:00Z",
        "list": ["2026-03-03T09:00:00Z", "2026-03-02T11:00:00Z", 7, None],
        "day": "2026-03-02",
        "literal": {"after": "4h"},
        "nested": {"after": "4h", "more": True},
    }


def test_a_civil_day_is_that_of_the_scenarios_zone() -> None:
    late = parse_instant("2026-03-03T02:00:00Z")
    assert CLOCK.day(late) == "2026-03-02"
    assert Clock(START).day(late) == "2026-03-03"


@pytest.mark.parametrize("value", [{"after": 4}, {"day": "monday"}, {"at": None}])
def test_a_mark_that_is_no_time_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="not a"):
        unmark(value, CLOCK, START)


def test_a_moment_that_has_no_date_in_utc_is_none() -> None:
    """It could be neither printed nor stored as text."""
    for text in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-01:00"):
        with pytest.raises(ValueError, match="beyond the years"):
            parse_instant(text)
