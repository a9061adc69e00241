"""Times of a row: walls, instants, clocks, additions, clock changes, and cells that are no times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.connectors.tabular.kit import one_time
from troth.connectors.tabular.zones import clock_of, instant_of, instant_text, next_clock, wall_at, wall_of
from troth.model.times import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    format_instant,
    local_instant,
    parse_instant,
    to_datetime,
    zone_of,
)

ZONES = ["America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo", "Europe/Berlin", "Asia/Kathmandu", "Etc/UTC"]
WALLS = st.datetimes(datetime(1971, 1, 1), datetime(2037, 1, 1))  # noqa: DTZ001 - walls


@given(WALLS, st.sampled_from(ZONES))
def test_a_remembered_offset_gives_what_the_rule_of_the_model_gives(wall: datetime, zone: str) -> None:
    assert instant_of(wall_of(wall), zone) == local_instant(wall, zone)


@given(st.integers(-(10**15), 2 * 10**15), st.sampled_from(ZONES))
def test_the_wall_at_an_instant_is_what_the_zone_database_says(instant: int, zone: str) -> None:
    shown = to_datetime(instant).astimezone(zone_of(zone)).replace(tzinfo=None)
    assert wall_at(instant, zone) == wall_of(shown)


@given(st.integers(0, 2 * 10**15), st.integers(0, 24 * 60), st.sampled_from(ZONES))
def test_the_next_clock_is_the_first_minute_after_that_shows_it(after: int, minutes: int, zone: str) -> None:
    found = next_clock(after, minutes * MINUTE, zone)
    assert after < found <= after + DAY + 2 * HOUR
    clock = minutes % 1440 * MINUTE
    shows = wall_at(found, zone) % DAY
    if shows != clock:  # the clock does not exist on that day: moved forward by the gap
        assert 0 < (shows - clock) % DAY <= HOUR
        return
    earlier = range(found - MINUTE, after, -MINUTE)
    assert not any(wall_at(moment, zone) % DAY == clock for moment in earlier)


@given(st.integers(0, 4 * 10**15))
def test_the_quick_text_of_an_instant_is_the_text_of_the_model(instant: int) -> None:
    for moment in (instant, instant - instant % SECOND):
        assert instant_text(moment) == format_instant(moment)


@pytest.mark.parametrize(
    ("form", "header", "row", "expected"),
    [
        ("{column: at}", "at", "2013-07-01 12:00:00", "2013-07-01T16:00:00Z"),
        ("{column: at}", "at", "2013-07-01T12:00:00Z", "2013-07-01T12:00:00Z"),
        ("{column: at}", "at", "2013-07-01T12:00:00+02:00", "2013-07-01T10:00:00Z"),
        ("{column: at}", "at", "2013-07-01", "2013-07-01T04:00:00Z"),
        ("{column: at, zone: Europe/Berlin}", "at", "2013-07-01 12:00:00", "2013-07-01T10:00:00Z"),
        ("{column: at, zone_column: z}", "at,z", "2013-07-01 12:00:00,Asia/Tokyo", "2013-07-01T03:00:00Z"),
        ("{column: at, format: '%d/%m/%Y %H:%M'}", "at", "1/7/2013 12:00", "2013-07-01T16:00:00Z"),
        # Repeated: the earlier. Skipped: moved forward by the gap.
        ("{column: at}", "at", "2013-11-03 01:30:00", "2013-11-03T05:30:00Z"),
        ("{column: at}", "at", "2013-03-10 02:30:00", "2013-03-10T07:30:00Z"),
        ("{clock: c, date: d}", "c,d", "517,2013-07-01", "2013-07-01T09:17:00Z"),
        ("{clock: c, date: d}", "c,d", "0,2013-07-01", "2013-07-01T04:00:00Z"),
        ("{clock: c, date: d}", "c,d", "2400,2013-07-01", "2013-07-02T04:00:00Z"),
        ("{clock: c, date: d}", "c,d", "5.0,2013-07-01", "2013-07-01T04:05:00Z"),
    ],
)
def test_a_cell_becomes_the_moment_that_it_means(
    form: str, header: str, row: str, expected: str, tmp_path: Path
) -> None:
    assert one_time(form, header, row, tmp_path).times("seen") == [expected]


@pytest.mark.parametrize(
    ("form", "row", "expected"),
    [
        # 23:00 in New York; the clocks are those of Chicago, one hour behind.
        ("{clock: c, after: start, zone: America/Chicago}", "2201", "2013-07-02T03:01:00Z"),
        ("{clock: c, after: start, zone: America/Chicago}", "2200", "2013-07-03T03:00:00Z"),
        ("{clock: c, after: start, zone: America/Chicago}", "30", "2013-07-02T05:30:00Z"),
        ("{clock: c, after: start, zone: America/Chicago}", "2400", "2013-07-02T05:00:00Z"),
        ("{plus: c, unit: minutes, to: start}", "-15", "2013-07-02T02:45:00Z"),
        ("{plus: c, unit: hours, to: start}", "1.5", "2013-07-02T04:30:00Z"),
        ("{plus: c, unit: days, to: start}", "2", "2013-07-04T03:00:00Z"),
        ("{shift: -30d, to: start}", "0", "2013-06-02T03:00:00Z"),
        ("{latest: [start, other]}", "0", "2013-07-02T03:00:00Z"),
    ],
)
def test_a_time_is_built_on_another(form: str, row: str, expected: str, tmp_path: Path) -> None:
    extra = "start: {column: at}, other: {column: none}"
    found = one_time(form, "at,none,c", f"2013-07-01 23:00:00,,{row}", tmp_path, extra)
    assert found.times("seen") == [expected]


@pytest.mark.parametrize(
    ("form", "row", "code"),
    [
        ("{column: at}", "yesterday,1,x", "M201"),
        ("{column: at, format: '%d/%m/%Y'}", "2013-07-01,1,x", "M201"),
        ("{column: at, zone_column: z}", "2013-07-01 12:00:00,1,Mars/Olympus", "M202"),
        ("{column: at, zone_column: z}", "2013-07-01 12:00:00,1,", "M202"),
        ("{clock: c, date: at}", "2013-07-01,2401,x", "M204"),
        ("{clock: c, date: at}", "2013-07-01,1260,x", "M204"),
        ("{clock: c, date: at}", "2013-07-01,-5,x", "M204"),
        ("{clock: c, date: at}", "July,500,x", "M201"),
        ("{plus: c, unit: days, to: start}", "2013-07-01,1e9,x", "M204"),
        ("{plus: c, unit: days, to: start}", "2013-07-01,soon,x", "M204"),
    ],
)
def test_a_cell_that_is_no_time_puts_the_row_into_quarantine(form: str, row: str, code: str, tmp_path: Path) -> None:
    extra = "start: {column: fixed}"
    found = one_time(form, "at,c,z,fixed", f"{row},2013-01-01", tmp_path, extra)
    assert (found.codes(), found.events) == ([code], [])
    assert found.refused[0].place == "rows.csv row 1"


@pytest.mark.parametrize(
    "form",
    ["{column: at}", "{clock: c, date: at}", "{plus: c, unit: minutes, to: start}", "{clock: c, after: start}"],
)
def test_a_missing_cell_makes_no_event_and_no_refusal(form: str, tmp_path: Path) -> None:
    found = one_time(form, "at,c,fixed", ",,2013-01-01", tmp_path, "start: {column: fixed}")
    assert (found.events, found.refused) == ([], [])


def test_a_wall_clock_is_four_digits_of_hours_and_minutes() -> None:
    assert clock_of(2359) == 23 * HOUR + 59 * MINUTE
    for wrong in (-1, 60, 2401, 2460, 9999):
        with pytest.raises(ValueError, match="no wall clock"):
            clock_of(wrong)


def test_a_clock_that_happens_twice_is_found_the_second_time_too() -> None:
    first = parse_instant("2013-11-03T05:30:00Z")  # 01:30 in New York, before the clocks go back
    again = next_clock(first, HOUR + 20 * MINUTE, "America/New_York")
    assert to_datetime(again) == datetime(2013, 11, 3, 6, 20, tzinfo=UTC)
    assert to_datetime(next_clock(again, HOUR + 20 * MINUTE, "America/New_York")) - to_datetime(again) == timedelta(
        days=1
    )
