"""Moments in words, and what is unknown over many subjects."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from troth.errors import UsageError
from troth.model.times import DAY, FOREVER, HOUR, parse_instant
from troth.surfaces.views.moments import Moments, asked_moment, asked_zone, value_text

NOON = parse_instant("2026-03-29T12:00:00Z")
INSTANTS = st.integers(parse_instant("1900-01-01T00:00:00Z"), parse_instant("2200-01-01T00:00:00Z"))


@given(INSTANTS, st.sampled_from(["", "Europe/Madrid", "America/St_Johns", "Asia/Kathmandu"]))
def test_whatever_the_zone_the_instant_is_the_same(instant: int, zone: str) -> None:
    text = Moments(NOON, zone).text(instant)
    assert text is not None
    assert parse_instant(text) == instant


@pytest.mark.parametrize("nothing", [None, FOREVER, -FOREVER])
def test_an_end_of_time_is_no_moment(nothing: int | None) -> None:
    assert Moments(NOON).text(nothing) is None
    assert Moments(NOON).hint(nothing) == ""
    assert Moments(NOON).both(None) is None


def test_hints_look_both_ways_from_the_moment_asked_about() -> None:
    moments = Moments(NOON)
    assert moments.both("2026-03-27T12:00:00Z") == "2026-03-27T12:00:00Z (2 d ago)"
    assert moments.hint(NOON + 3 * HOUR) == "in 3 h"
    assert moments.hint(NOON) == "now"


@pytest.mark.parametrize("text", ["2026-03-01", "2026-03-01T10:00:00", "yesterday", "", "2026-13-01T00:00:00Z"])
def test_a_moment_without_an_offset_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="C104"):
        asked_moment(text)


def test_a_zone_is_an_iana_name_or_nothing() -> None:
    assert asked_zone(None) == ""
    assert asked_zone("Europe/Madrid") == "Europe/Madrid"
    with pytest.raises(UsageError, match="C108"):
        asked_zone("Mars/Olympus")


def test_values_are_written_by_their_type() -> None:
    moments = Moments(NOON)
    assert value_text(NOON, "timestamp", moments) == "2026-03-29T12:00:00Z"
    assert value_text(DAY + HOUR, "duration", moments) == "1d1h"
    assert value_text(5, "int", moments) == 5
    assert value_text(True, "timestamp", moments) is True
    assert value_text(None, "timestamp", moments) is None
