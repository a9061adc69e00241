"""The dashboard's pure parts: addresses, moments, words, sentences and what stands behind each number."""

from __future__ import annotations

import csv
import io
import itertools
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from troth.errors import UsageError
from troth.measures.period import Period
from troth.measures.registry import MEASURES
from troth.model.estimate import Estimate
from troth.model.times import DAY, format_instant, parse_instant
from troth.runtime import catalog
from troth.surfaces.web.dashboard import sentences
from troth.surfaces.web.dashboard.asked import (
    NAMES,
    SPANS,
    STEPS,
    VERSUS,
    Asked,
    address,
    asked_of,
    segment_of,
    segment_text,
)
from troth.surfaces.web.dashboard.figuring import Found, chosen
from troth.surfaces.web.dashboard.numbers import Numbers
from troth.surfaces.web.dashboard.pages import _steps
from troth.surfaces.web.dashboard.parts import LAYOUTS, layout_of, named
from troth.surfaces.web.dashboard.rows import text_of
from troth.surfaces.web.dashboard.span import fitting, moment, span_of
from troth.surfaces.web.dashboard.steps import steps
from troth.surfaces.web.dashboard.words import Words
from troth.surfaces.web.dashboard.working import Working
from troth.surfaces.web.locales import Reader

AT = parse_instant("2013-11-20T10:00:00Z")
WORDS = Words(Reader("en", "en", "Europe/Zurich"))
TEXTS = st.text(st.characters(blacklist_categories=["Cs"]), max_size=30).map(str.strip)


def some_asked() -> st.SearchStrategy[Asked]:
    """Return whatever an address can ask for."""
    free = dict.fromkeys(("pack", "kind", "leg", "by", "where", "since", "until", "at", "segment", "seen"), TEXTS)
    known = {
        "over": st.sampled_from(["", *SPANS]), "vs": st.sampled_from(["", *VERSUS]),
        "step": st.sampled_from(["", *STEPS]),
    }  # fmt: skip
    return st.builds(Asked, **free, **known, vs_since=TEXTS, vs_until=TEXTS)


@given(some_asked())
def test_what_is_asked_survives_its_address(asked: Asked) -> None:
    pairs = parse_qsl(urlsplit(address("/measures", asked)).query, keep_blank_values=True)
    once = asked_of(pairs)
    again = asked_of(parse_qsl(urlsplit(address("/measures", once)).query, keep_blank_values=True))
    assert again == once
    for name in ("pack", "kind", "leg", "by", "where", "since", "until", "at", "segment", "vs_since"):
        assert getattr(once, name) == getattr(asked, name)


@given(some_asked(), st.lists(st.sampled_from(["kept", "late", "a&b=c"]), max_size=3))
def test_further_values_stand_behind_and_change_nothing_of_what_is_asked(asked: Asked, parts: list[str]) -> None:
    pairs = parse_qsl(urlsplit(address("/m/rows", asked, part=parts)).query, keep_blank_values=True)
    assert [value for name, value in pairs if name == "part"] == parts
    assert asked_of(pairs) == asked_of(asked.values().items())


@given(some_asked())
def test_the_address_of_rows_has_all_that_is_asked_and_the_moment(asked: Asked) -> None:
    plain = asked.but(since="", until="", at="", vs_since="", vs_until="", over="")
    numbers = Numbers(WORDS, "promise_reliability", plain, span_of(Asked(), AT, "UTC"), AT)
    one = Estimate("promise_reliability", {}, 0.5, 0.4, 0.6, 40, 0, None, None, AT, {"kind": "k", "pack": "p"})
    found = asked_of(parse_qsl(urlsplit(numbers.rows(["kept"], one)).query, keep_blank_values=True))
    assert (found.where, found.pack, found.by) == (plain.where, plain.pack, plain.by)
    assert (found.at, found.kind, found.since) == (format_instant(AT), "k", format_instant(AT - 28 * DAY))


@given(st.dictionaries(TEXTS, st.one_of(st.none(), st.booleans(), st.integers(-(2**53), 2**53), TEXTS), max_size=3))
def test_a_segment_survives_its_address(segment: dict[str, Any]) -> None:
    assert segment_of(segment_text(segment)) == segment


@pytest.mark.parametrize("text", ["[1]", "{", "null", '{"a": {"b": 1}}'])
def test_what_is_no_segment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        segment_of(text)


def test_a_date_is_a_whole_day_of_the_reader() -> None:
    assert moment("2013-06-01", "Europe/Zurich") == parse_instant("2013-05-31T22:00:00Z")
    assert moment("2013-06-01", "Europe/Zurich", ends=True) == parse_instant("2013-06-01T22:00:00Z")
    assert moment("2013-06-01T10:30", "Europe/Zurich") == parse_instant("2013-06-01T08:30:00Z")
    assert moment("2013-06-01T10:30:00+05:00", "UTC") == parse_instant("2013-06-01T05:30:00Z")


def test_all_that_is_no_moment_is_told_at_once() -> None:
    with pytest.raises(UsageError) as caught:
        span_of(Asked(since="soon", until="2013-13-01", at="now"), AT, "UTC")
    assert [one.code for one in caught.value.problems] == ["C104"] * 3
    with pytest.raises(UsageError, match="ends before it begins"):
        span_of(Asked(since="2013-06-02", until="2013-06-01"), AT, "UTC")


def test_a_period_is_compared_with_one_of_its_length_right_before_it() -> None:
    usual = span_of(Asked(), AT, "UTC")
    assert usual.period == Period(AT - 28 * DAY)
    assert usual.before == Period(AT - 56 * DAY, AT - 28 * DAY)
    chosen_ = span_of(Asked(since="2013-06-01", until="2013-06-10"), AT, "UTC")
    assert chosen_.before == Period(parse_instant("2013-05-22T00:00:00Z"), parse_instant("2013-06-01T00:00:00Z"))
    assert span_of(Asked(over="all"), AT, "UTC").before is None
    assert span_of(Asked(vs="none"), AT, "UTC").before is None
    year = span_of(Asked(over="7d", vs="year"), AT, "UTC").before
    assert year == Period(AT - 372 * DAY, AT - 365 * DAY)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("over", list(SPANS))
def test_steps_follow_each_other_without_a_gap_and_end_with_the_period(step: str, over: str) -> None:
    found = steps(span_of(Asked(step=step, over=over), AT, "Europe/Zurich"), AT - 300 * DAY)
    assert found[-1].until == AT
    assert all(one.until == other.since for one, other in itertools.pairwise(found))
    assert 1 < len(found) <= 62
    if step == "month":
        starts = {format_instant(one.since or 0)[8:16] for one in found}
        assert starts <= {"31T23:00", "30T22:00", "31T22:00", "30T23:00", "28T23:00"}


@pytest.mark.parametrize("name", list(MEASURES))
def test_every_number_stands_for_parts_that_the_measure_has(name: str) -> None:
    parts = MEASURES[name].definition.parts
    columns = MEASURES[name].definition.columns
    legs = {"exception_closure": ("open_closed", "broke_closed"), "gate_quality": ("enforced",)}.get(name, ("",))
    for leg in legs:
        layout = layout_of(name, leg)
        for line in (*layout.counts, *layout.lines, *layout.told):
            assert set(named((*line.parts, *line.top), leg)) <= set(parts), line
            assert line.figure in ("", *columns), line
            assert line.top == () or set(line.top) < set(line.parts)
        assert set(named((*layout.whole, *layout.top, *layout.unknown), leg)) <= set(parts)
        assert not set(layout.whole) & set(layout.unknown) or name == "time_to_usable_outcome"


def test_every_measure_has_a_layout_and_every_name_an_own_address() -> None:
    assert set(LAYOUTS) == set(MEASURES)
    assert sorted(NAMES.values()) == sorted(Asked.__struct_fields__)


def _estimate(measure: str = "promise_reliability", n: int = 400, **more: Any) -> Estimate:
    one = Estimate(measure, {}, 0.8, 0.76, 0.84, n, 0, 0.8, 0.8, AT, {"kind": "on_time", "pack": "shop"})
    figures = one.figures | more.pop("figures", {})
    return msgspec.structs.replace(one, figures=figures, **more)


def _numbers(measure: str = "promise_reliability", **asked: str) -> Numbers:
    return Numbers(WORDS, measure, Asked(**asked), span_of(Asked(**asked), AT, "UTC"), AT)


def _found(*now: Estimate, before: Estimate | None = None, measure: str = "promise_reliability") -> Found:
    earlier = {} if before is None else {("on_time", ""): before}
    return Found(measure, now, earlier, {}, at=AT)


def test_a_sentence_has_its_number_in_the_middle() -> None:
    said = sentences.sentence(_numbers(), _found(_estimate()), None)
    assert (said["value"]["text"], said["value"]["between"], said["value"]["rows"]) == ("80 %", "76 % to 84 %", 400)
    assert said["state"] == "closed"
    assert "kept in the window first given" in said["tail"]


def test_a_kind_of_case_is_called_by_its_title() -> None:
    pack = catalog.load("store_pickup").compiled.require()
    assert sentences.title_of(pack, "exception_closure", "silence") == "The customer has not been told"
    assert sentences.title_of(pack, "promise_reliability", "keep_on_shelf") == "Kept on the shelf for 7 days"


def test_too_few_cases_are_said_in_words_and_have_no_figure() -> None:
    said = sentences.sentence(_numbers(), _found(_estimate(n=29)), None)
    assert said["value"]["value"] is None
    assert said["value"]["few"]
    assert said["value"]["text"] == "–"
    assert (said["state"], said["value"]["n"]["text"]) == ("unknown", "29")
    assert "Too few to say" in said["lead"]


def test_what_is_only_not_due_yet_is_said_so() -> None:
    said = sentences.sentence(_numbers(), _found(_estimate(n=0, value=None, figures={"open": 3})), None)
    assert (said["state"], said["lead"]) == ("open", "Nothing is due yet.")


def test_nothing_at_all_is_said_so() -> None:
    said = sentences.sentence(_numbers(), _found(), None)
    assert (said["state"], said["value"]) == ("nothing", None)


@pytest.mark.parametrize(("value", "low", "high", "way"), [
    (0.90, 0.87, 0.93, "worse"), (0.70, 0.66, 0.74, "better"), (0.81, 0.77, 0.85, "same"),
])  # fmt: skip
def test_a_direction_is_told_only_beyond_noise(value: float, low: float, high: float, way: str) -> None:
    before = _estimate(value=value, low=low, high=high)
    found = sentences.direction(_numbers(), _found(_estimate(), before=before))
    assert found is not None
    assert found["way"] == way
    assert found["difference"]["rows"] == 800
    assert "both=1" in found["difference"]["href"]


def test_less_time_is_better() -> None:
    slow = _estimate("time_to_usable_outcome", value=9_000.0, low=8_500.0, high=9_500.0)
    fast = _estimate("time_to_usable_outcome", value=5_000.0, low=4_800.0, high=5_200.0)
    found = sentences.direction(
        _numbers("time_to_usable_outcome"), _found(fast, before=slow, measure="time_to_usable_outcome")
    )
    assert found is not None
    assert found["way"] == "better"


def test_a_direction_needs_enough_on_both_sides_and_something_to_compare_with() -> None:
    few = sentences.direction(_numbers(), _found(_estimate(), before=_estimate(n=5)))
    assert few is not None
    assert few["difference"] is None
    assert "Too few" in few["says"]
    assert sentences.direction(_numbers(vs="none"), _found(_estimate())) is None
    nothing = sentences.direction(_numbers(), _found(_estimate()))
    assert nothing is not None
    assert nothing["before"] is None


def test_the_kind_that_is_asked_for_is_the_one_that_is_shown() -> None:
    one, other = _estimate(), _estimate(figures={"kind": "refund"}, n=9_000)
    assert chosen([one, other], Asked()) is other
    assert chosen([one, other], Asked(kind="on_time")) is one
    assert chosen([one, other], Asked(kind="nothing like it")) is other
    assert chosen([], Asked()) is None


@pytest.mark.parametrize(("said", "state"), [
    ({"missed": ["a", "b"]}, "broken"), ({"alert": ["a"]}, "late"), ({"worse": ["a"]}, "late"),
    ({"met": ["a"]}, "well"), ({"better": ["a"]}, "closed"), ({}, "closed"),
])  # fmt: skip
def test_the_first_sentence_is_the_worst_there_is_to_say(said: dict[str, list[str]], state: str) -> None:
    names = ("missed", "alert", "worse", "better", "met")
    whole: dict[str, list[str]] = {name: [] for name in names} | {"measured": ["x"]} | said
    text, found = sentences.answer(whole, " and ".join)
    assert found == state
    assert text.endswith(".")
    assert all(name in text for names in said.values() for name in names)


def test_nothing_measured_is_no_good_news() -> None:
    nothing: dict[str, list[str]] = {
        name: [] for name in ("missed", "alert", "worse", "better", "met", "measured")
    }  # fmt: skip
    assert sentences.answer(nothing, ", ".join) == (
        "None of the four main measures has enough cases yet.", "unknown",
    )  # fmt: skip


@given(st.floats(0, 1))
def test_a_share_that_is_not_all_is_never_called_all(share: float) -> None:
    text = WORDS.percent(share)
    assert (text == "100 %") == (share == 1.0)
    assert (text == "0 %") == (share == 0.0)


@given(st.lists(st.dictionaries(st.sampled_from("abc"), st.text(max_size=5)), min_size=1, max_size=4))
def test_no_cell_of_a_table_is_a_formula(rows: list[dict[str, str]]) -> None:
    for line in csv.reader(io.StringIO(text_of(rows).decode(), newline="")):
        assert not any(cell[:1] in ("=", "+", "-", "@") for cell in line)


@pytest.mark.parametrize(("place", "states"), [
    (None, ["now", "next", "next"]), (0, ["done", "now", "next"]), (1, ["done", "done", "now"]),
])  # fmt: skip
def test_of_work_under_way_it_is_told_what_is_done_and_what_is_to_come(place: int | None, states: list[str]) -> None:
    assert [step["state"] for step in _steps(["one", "two"], Working(1.0, 0, place))] == states


def test_a_trend_has_steps_that_suit_what_is_there() -> None:
    at = 1_400 * DAY
    whole, month = Asked(over="all"), Asked()
    for asked, days, step in ((whole, 19, "week"), (whole, 9, "day"), (whole, 400, "month"), (month, 9, "day"),
                              (month, 400, "week"), (whole.but(step="month"), 9, "month")):  # fmt: skip
        assert fitting(span_of(asked, at, "UTC"), asked, at - days * DAY).step == step
    assert fitting(span_of(whole, at, "UTC"), whole, None).step == "month"
