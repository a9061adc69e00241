"""CloudEvents envelopes: every valid one accepted, every invalid one refused with a code that says why."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from troth.errors import Place
from troth.model.times import format_instant, parse_instant
from troth.runtime.envelope import PROBLEMS_MAX, envelope_problems, parse_time

MINIMAL: dict[str, Any] = {"specversion": "1.0", "id": "1", "source": "oms", "type": "order.placed"}


def codes(**changes: Any) -> list[str]:
    """Return the codes of the minimal envelope with changes."""
    return [problem.code for problem in envelope_problems(MINIMAL | changes)]


def of_the_suite(folder: Path, name: str) -> list[Any]:
    return list(json.loads((folder / "cloudevents" / "format" / "json" / name).read_text())["tests"])


@pytest.mark.data
def test_every_event_of_the_public_suite_is_judged_rightly(shared_data: Path) -> None:
    valid = of_the_suite(shared_data, "valid-events.json")
    invalid = of_the_suite(shared_data, "invalid-events.json")
    assert len(valid) + len(invalid) == 35
    assert [test["id"] for test in valid if envelope_problems(test["event"])] == []
    assert [test["id"] for test in invalid if not envelope_problems(test["event"])] == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"id": None}, "E102"),
        ({"id": ""}, "E103"),
        ({"type": True}, "E103"),
        ({"time": 1_600_000_000}, "E103"),
        ({"specversion": 1.0}, "E104"),
        ({"time": "2026-03-02"}, "E105"),
        ({"time": "2026-03-02T09:00:00"}, "E105"),
        ({"time": "2026-03-02 09:00:00Z"}, "E105"),
        ({"time": "2026-02-30T09:00:00Z"}, "E105"),
        ({"time": "2026-03-02T24:00:00Z"}, "E105"),
        ({"time": "2026-03-02T09:00:60Z"}, "E105"),
        ({"time": "2026-03-02T09:00:00+24:00"}, "E105"),
        ({"time": "२०२६-03-02T09:00:00Z"}, "E105"),
        ({"time": "2026-03-02T09:00:00Z\n"}, "E105"),
        ({"camelCase": "x"}, "E106"),
        ({"": "x"}, "E106"),
        ({"snake_case": None}, "E106"),
        ({"weight": 1.5}, "E107"),
        ({"whole": 10.0}, "E107"),
        ({"large": 2**31}, "E107"),
        ({"nested": {}}, "E107"),
        ({"data": 1, "data_base64": "MQ=="}, "E108"),
        ({"data_base64": "M"}, "E109"),
        ({"data_base64": 1}, "E109"),
        ({"datacontenttype": "json"}, "E110"),
        ({"source": "order system"}, "E111"),
        ({"source": "100%"}, "E111"),
        ({"dataschema": "relative/schema"}, "E111"),
        ({"subject": "order/\x00"}, "E112"),
        ({"subject": "order/\ud800"}, "E112"),
        ({"extension": "\ufffe"}, "E112"),
    ],
)
def test_an_envelope_that_is_not_right_has_a_code_that_says_why(changes: dict[str, Any], code: str) -> None:
    assert code in codes(**changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"source": "https://shop.example/a?b=c#d"},
        {"source": "urn:uuid:6e8bc430"},
        {"subject": "Bestellung/Zoë ☂"},
        {"datacontenttype": 'application/json; charset="utf-8"'},
        {"time": "2026-03-02t09:00:00z"},
        {"time": "2016-12-31T23:59:60Z"},
        {"time": "2017-01-01T05:29:60+05:30"},
        {"time": "2026-03-02T09:00:00-00:00"},
        {"least": -(2**31), "most": 2**31 - 1, "no": False},
        {"data": None, "data_base64": ""},
        {"data": None},
        {"extension": None},
    ],
)
def test_an_envelope_that_is_right_has_no_problem(changes: dict[str, Any]) -> None:
    assert codes(**changes) == []


def test_all_problems_come_at_once_and_say_where() -> None:
    problems = envelope_problems({"id": 7, "source": "oms", "time": "now", "Bad": 1.5})
    assert sorted(problem.code for problem in problems) == ["E102", "E102", "E103", "E105", "E106"]
    assert {problem.place for problem in problems} == {Place(file="oms", path="7")}
    assert all(problem.expected for problem in problems)


def test_what_is_told_of_an_event_does_not_grow_with_it() -> None:
    long = {"id": "i" * 50_000, "source": "/" + "s" * 50_000} | {f"Bad{number}": 1 for number in range(5_000)}
    problems = envelope_problems(MINIMAL | long)
    assert len(problems) == PROBLEMS_MAX
    assert max(len(str(problem)) for problem in problems) < 1_000


def test_what_is_no_object_is_no_event() -> None:
    for raw in (None, 1, "text", [MINIMAL]):
        assert [problem.code for problem in envelope_problems(raw)] == ["E101"]


def test_a_place_never_holds_what_cannot_be_printed() -> None:
    (problem,) = envelope_problems(MINIMAL | {"id": "\x1b[31m\ud800"})
    assert str(problem).isprintable()


def test_digits_after_the_microsecond_are_cut_off() -> None:
    assert parse_time("1970-01-01T00:00:00.123456789Z") == 123_456
    assert parse_time("1970-01-01T00:00:00.1Z") == 100_000


def test_a_leap_second_counts_as_the_second_after_it() -> None:
    assert parse_time("2016-12-31T23:59:60Z") == parse_time("2017-01-01T00:00:00Z")


@given(st.integers(-(2**55), 2**57))
def test_a_time_is_read_as_it_is_written(instant: int) -> None:
    text = format_instant(instant)
    assert parse_time(text) == parse_instant(text) == instant


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.dictionaries(st.sampled_from(["specversion", "id", "time", "data", "data_base64", "source"]) | st.text(), JSON)
)
def test_whatever_comes_is_judged_without_a_crash(raw: dict[str, Any]) -> None:
    for problem in envelope_problems(raw):
        assert problem.code.startswith("E1")
        str(problem).encode()
