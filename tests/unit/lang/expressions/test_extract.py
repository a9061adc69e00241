"""Expressions over event data, rows and attributes."""

from __future__ import annotations

from typing import Any

import pytest

from troth.errors import Place
from troth.lang.expressions import Where, compile_data, compile_extract, compile_where, conform
from troth.model.rules import ABSENT, Extract, ValueType

AT = Place("map.yaml", 1, 1)
NOON = 1_767_268_800_000_000


def _data(text: Any, expected: ValueType = "dyn") -> Extract:
    extract, problems = compile_data(text, place=AT, expected=expected)
    assert extract is not None, problems
    return extract


def _row(text: str, **columns: ValueType) -> Extract:
    extract, problems = compile_extract(text, columns, place=AT)
    assert extract is not None, problems
    return extract


def _where(text: str) -> Where:
    where, problems = compile_where(text, AT)
    assert where is not None, problems
    return where


def test_only_a_bare_member_can_be_absent() -> None:
    assert _data("data.x")({}) is ABSENT
    assert _data("data.x")({"x": None}) is None
    assert _data("data.x", "bool")({}) is ABSENT
    assert _data("data.x.y")({"x": {}}) is ABSENT
    assert _data("data.x.y")({"x": None}) is None
    assert _data("data.x + 'a'")({}) is None
    assert _data("timestamp(data.x)")({}) is None
    assert _row("c", c="string")({}) is ABSENT


@pytest.mark.parametrize(
    ("expected", "given", "value"),
    [
        ("bool", True, True),
        ("bool", "true", None),
        ("int", 3.0, 3),
        ("int", 3.5, None),
        ("double", 3, 3.0),
        ("string", 3, None),
        ("timestamp", "2026-01-01T12:00:00Z", NOON),
        ("timestamp", NOON, NOON),
        ("timestamp", NOON // 1_000_000, NOON),
        ("timestamp", "noon", None),
        ("duration", "1h30m", 5_400_000_000),
        ("dyn", [1], [1]),
    ],
)
def test_a_value_of_another_type_is_converted_without_loss(expected: ValueType, given: Any, value: Any) -> None:
    answer = _data("data.x", expected)({"x": given})
    assert (type(answer), answer) == (type(value), value)
    assert conform(given, expected) == value


def test_constants_stand_for_themselves() -> None:
    assert _data(True, "bool")({}) is True
    assert _data(None, "bool")({}) is None
    assert _data(3, "double")({}) == 3.0
    assert _data("'closed'", "string")({}) == "closed"


def test_presence_and_knowledge_can_be_asked_of_data() -> None:
    extract = _data("[has(data.x), known(data.x), !known(data.y)]")
    assert extract({"x": None}) == [True, False, True]


def test_columns_keep_their_names_even_those_of_types() -> None:
    extract = _row("'flight/' + type + string(number) + '/' + day", type="string", number="int", day="dyn")
    assert extract({"type": "UA", "number": 12, "day": "2013-01-01"}) == "flight/UA12/2013-01-01"


def test_types_left_to_run_time_do_not_raise() -> None:
    assert _row("type + number > 3", type="string", number="int")({"type": "a", "number": 1}) is None


def test_the_names_of_a_condition_are_found() -> None:
    where = _where("in_random_sample && type == 'delivered' && tags.exists(t, t == kind)")
    assert where.names == ("in_random_sample", "kind", "tags", "type")
    assert where.test({"in_random_sample": True, "type": "delivered", "tags": ["a"], "kind": "a"}) is True
    assert where.test({"in_random_sample": False}) is False
    assert where.test({"in_random_sample": True, "type": "delivered"}) is None
    assert [part.text for part in where.explain({"in_random_sample": False}).parts] == ["in_random_sample"]


def test_a_number_of_thousands_of_digits_and_a_time_before_the_calendar_are_unknown() -> None:
    """What a source may send by mistake is an unknown value, never a fault."""
    assert _data("int(data.count)")({"count": "9" * 5000}) is None
    assert _data("int(data.count)")({"count": "0042"}) == 42
    assert _data("timestamp(data.at)")({"at": "0001-01-01T00:00:00+14:00"}) is None


def test_attributes_of_any_type_are_compared_as_cel_does() -> None:
    where = _where("distance > 100")
    truths = [where.test({"distance": value}) for value in (101, 100.5, 99, "far", None)]
    assert truths == [True, True, False, None, None]
    assert _where("flag == 1").test({"flag": True}) is False
    assert _where("promised < timestamp('2026-01-01T13:00:00Z')").test({"promised": "2026-01-01T12:00:00Z"}) is True


@pytest.mark.parametrize(
    ("text", "micros"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1969-12-31T23:59:59.5Z", -500_000),
        ("2026-01-01T13:00:00.000001+01:00", NOON + 1),
        ("2026-01-01t12:00:00z", NOON),
        ("2026-01-01T12:00:00", None),
        ("2026-01-01 12:00:00Z", None),
        ("2026-13-01T12:00:00Z", None),
        ("2026-01-01", None),
        ("٢026-01-01T12:00:00Z", None),
    ],
)
def test_an_instant_is_rfc_3339_with_its_offset(text: str, micros: int | None) -> None:
    assert conform(text, "timestamp") == micros


@pytest.mark.parametrize(
    ("text", "micros"),
    [
        ("90s", 90_000_000),
        ("-1.5s", -1_500_000),
        ("1h30m", 5_400_000_000),
        ("2w1d", 15 * 86_400_000_000),
        ("0", 0),
        ("", None),
        ("1x", None),
        ("h", None),
        ("1h 30m", None),
        ("999999999999999h", None),
    ],
)
def test_a_duration_is_a_number_with_its_unit(text: str, micros: int | None) -> None:
    assert conform(text, "duration") == micros


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("^a$", "a", True),
        ("^a$", "a\n", False),
        (r"\d{3}-\w+", "x 123-ab", True),
        (r"^\s", "\v", False),
        (r"\d", "٢", False),
        ("(gr(a|e)y)?$", "grey", True),
        ("[^a-c]{2}", "abxz", True),
    ],
)
def test_a_pattern_means_what_re2_means(pattern: str, text: str, found: bool) -> None:
    quoted = pattern.replace("\\", "\\\\")
    assert _data(f"data.x.matches('{quoted}')")({"x": text}) is found


@pytest.mark.parametrize("pattern", ["(a+)+", "(?i)a", "a(?=b)", r"(a)\1", "a*b*c*", r"\bword", "[[:alpha:]]", "*a"])
def test_a_pattern_that_means_something_else_or_runs_away_is_refused(pattern: str) -> None:
    quoted = pattern.replace("\\", "\\\\")
    assert [problem.code for problem in compile_data(f"data.x.matches('{quoted}')", place=AT)[1]] == ["X110"]
