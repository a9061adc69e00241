"""What is learned is plain numbers, survives JSON, and gives honest windows or says why not."""

from __future__ import annotations

import dataclasses
from typing import Any

import msgspec
import numpy as np
import pytest

from tests.unit.trust.windows_kit import START, a_history, end_of
from troth.errors import MeasureError
from troth.measures.question import AttributeColumn
from troth.model.times import DAY, FOREVER
from troth.runtime.windows import check_attributes
from troth.trust.windows import Windows, fit, window_of
from troth.trust.windows_report import Report, report
from troth.trust.windows_stage import Plan

PLAN = Plan(names=("place", "size"), by=("place",))
NOW = START + 260 * DAY


@pytest.fixture(scope="module")
def learned() -> tuple[Windows, Report]:
    past = a_history(thin=40)
    windows, on = fit(past, end_of(past), PLAN, 0.9, "parcel")
    return windows, report(on, 0.9)


def days(windows: Windows, level: float, **attributes: Any) -> float:
    window = window_of(windows, attributes, NOW, level)
    assert window.start == window.made_at == NOW
    return (window.end - window.made_at) / DAY


def test_windows_are_those_of_the_place_and_longer_at_a_higher_level(learned: tuple[Windows, Report]) -> None:
    windows, _ = learned
    # The true 90 % quantiles: 2, 4 and 8 days times exp(0.4 × 1.2816).
    for place, truth in (("north", 3.34), ("south", 6.68), ("west", 13.36)):
        assert days(windows, 0.9, place=place, size=5.0) == pytest.approx(truth, rel=0.15)
    levels = np.linspace(0.5, 0.98, 49)
    lengths = [days(windows, float(level), place="south", size=1.0) for level in levels]
    assert (np.diff(lengths) >= 0).all()


def test_the_basis_says_on_what_it_rests(learned: tuple[Windows, Report]) -> None:
    windows, _ = learned
    basis = window_of(windows, {"place": "north", "size": 2.0}, NOW, 0.9).basis
    assert basis["segment"] == {"place": "north"}
    assert basis["n"] > 100
    assert basis["digest"] == windows.digest[:16]
    assert basis["seen_later"]["n"] > 300
    assert abs(basis["seen_later"]["kept"] - 0.9) < 0.04
    assert msgspec.json.decode(msgspec.json.encode(basis)) == basis


@pytest.mark.parametrize("place", ["islet", "nowhere", None])
def test_a_thin_or_unknown_segment_falls_back_to_all_and_says_so(
    learned: tuple[Windows, Report], place: str | None
) -> None:
    assert window_of(learned[0], {"place": place}, NOW, 0.9).basis["segment"] == {}


def test_after_json_windows_and_digest_are_the_same(learned: tuple[Windows, Report]) -> None:
    windows, _ = learned
    again = msgspec.convert(msgspec.to_builtins(windows), Windows)
    assert (again, again.digest) == (windows, windows.digest)
    assert window_of(again, {"place": "west"}, NOW, 0.8) == window_of(windows, {"place": "west"}, NOW, 0.8)
    other = msgspec.structs.replace(windows, n=windows.n + 1)
    assert other.digest != windows.digest


def test_the_same_history_teaches_the_same_windows(learned: tuple[Windows, Report]) -> None:
    past = a_history(thin=40)
    assert fit(past, end_of(past), PLAN, 0.9, "parcel")[0].digest == learned[0].digest


def test_what_happens_later_changes_nothing_that_was_learned(learned: tuple[Windows, Report]) -> None:
    moment = START + 180 * DAY
    past = a_history()
    then = dataclasses.replace(past, kept=np.where(past.kept > moment, FOREVER, past.kept))
    assert fit(past, moment, PLAN, 0.9, "p")[0].digest == fit(then, moment, PLAN, 0.9, "p")[0].digest


@pytest.mark.parametrize(("level", "code"), [(0.4, "N102"), (0.999, "N102")])
def test_a_level_that_was_not_learned_is_refused(learned: tuple[Windows, Report], level: float, code: str) -> None:
    with pytest.raises(MeasureError) as refused:
        window_of(learned[0], {"place": "north"}, NOW, level)
    assert refused.value.problems[0].code == code


def test_a_level_that_is_never_reached_is_refused_and_not_invented() -> None:
    past = a_history(never=0.1)
    windows, _ = fit(past, end_of(past), dataclasses.replace(PLAN, by=()), 0.8, "parcel")
    assert days(windows, 0.8, place="north") > 0
    with pytest.raises(MeasureError) as refused:
        window_of(windows, {"place": "north"}, NOW, 0.97)
    assert refused.value.problems[0].code == "N103"
    assert windows.ended > 100


def test_windows_against_the_firms_own_date_need_it() -> None:
    past = a_history()
    windows, _ = fit(past, end_of(past), dataclasses.replace(PLAN, anchor="date", by=()), 0.9, "parcel")
    with pytest.raises(MeasureError) as refused:
        window_of(windows, {"place": "north"}, NOW, 0.9)
    assert refused.value.problems[0].code == "N104"
    assert window_of(windows, {"place": "north"}, NOW, 0.9, date=NOW + 6 * DAY).end > NOW


def test_a_short_history_is_refused() -> None:
    past = a_history(count=500)
    with pytest.raises(MeasureError) as refused:
        fit(past, end_of(past), PLAN, 0.9, "parcel")
    assert refused.value.problems[0].code == "N101"


def test_attributes_that_are_not_there_or_known_too_late_are_refused_together() -> None:
    known = {"place": AttributeColumn("a:place", "string"), "result": AttributeColumn("a:result", "string", later=7)}
    with pytest.raises(MeasureError) as refused:
        check_attributes(["place", "result", "plaice"], known, "day")
    assert sorted(problem.code for problem in refused.value.problems) == ["N105", "N106"]


def test_the_report_holds_windows_against_the_dates_of_then(learned: tuple[Windows, Report]) -> None:
    """Six days for everybody are too long in the north and too short in the west: windows of their own do better."""
    _, found = learned
    assert found.thin == 1
    assert [one.segment["place"] for one in found.segments] == sorted(
        (one.segment["place"] for one in found.segments), key=lambda name: _kept(found, name)
    )
    same = found.same_reliability
    assert same is not None
    assert abs(same.ours_kept - same.theirs_kept) < 0.04
    length = found.same_length
    assert length is not None
    assert length.ours_mean_s == pytest.approx(length.theirs_mean_s, rel=0.03)
    assert length.better_score is not None
    assert length.better_score.low > 0
    for one in (same, length):
        assert one.shorter is not None
        assert one.shorter.low <= one.shorter.value <= one.shorter.high


def _kept(found: Report, name: str) -> float:
    return next(one.value or 0.0 for one in found.segments if one.segment["place"] == name)
