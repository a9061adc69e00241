"""Every problem has its code, its place in the YAML, and a remedy."""

from __future__ import annotations

import pytest

from troth.codes.x_expression import PAGES
from troth.errors import Place, Problem
from troth.lang.expressions import Wanted, compile_data, compile_rules, compile_where
from troth.model.rules import ValueType

FACTS: list[tuple[str, ValueType]] = [("picked", "bool"), ("delay", "int"), ("status", "string"), ("body", "dyn")]
AT = Place("pack.yaml", 10, 7, "states.ready.when")


def _problems(text: str, expected: ValueType = "bool") -> tuple[Problem, ...]:
    return compile_rules(FACTS, [Wanted("r", text, expected, AT)])[1]


@pytest.mark.parametrize(
    ("text", "code", "column"),
    [
        ("picked &&", "X101", 16),
        ("delay = 3", "X101", 13),
        ("picked && deley > 3", "X102", 17),
        ("delay > 'x'", "X103", 13),
        ("picked && delay", "X103", 14),
        ("delay + 1", "X104", 7),
        ("picked && has(body.x)", "X105", 20),
        ("has(picked)", "X105", 11),
        ("'x' in body", "X105", 11),
        ("picked && !known(delay)", "X106", 23),
        ("known(delay) == false", "X106", 12),
        ("known(delay) ? picked : true", "X106", 12),
        ("stale(delay)", "X107", 12),
        ("known(body.x)", "X107", 12),
        ("age(delay) > duration('1h') + duration('1h')", "X108", 10),
        ("age(delay) == duration('1h')", "X108", 10),
        ("delay > int(1u)", "X109", 19),
        ("type(delay) == int", "X109", 11),
        ("body == {'a': 1}", "X109", 15),
        ("timestamp('2026-03-02') < timestamp('2026-03-02T00:00:00Z')", "X110", 17),
        ("duration('soon') > duration('1h')", "X110", 16),
        ("status.matches('(a+)+$')", "X110", 22),
        ("status.matches(status)", "X110", 21),
        ("body == null", "X111", 12),
        ("status == null", "X111", 14),
        ("picked && (picked || (" * 20 + "picked" + "))" * 20, "X112", 7),
        ("delay.minutes > 1", "X113", 12),
    ],
)
def test_a_problem_points_at_its_place_and_says_what_to_do(text: str, code: str, column: int) -> None:
    first = _problems(text)[0]
    assert (first.code, first.place) == (code, Place("pack.yaml", 10, column, "states.ready.when"))
    assert first.found
    assert first.expected
    assert first.remedy
    assert code in PAGES


def test_a_name_nearly_right_is_guessed() -> None:
    assert "did you mean delay?" in _problems("deley > 3")[0].remedy


def test_all_problems_of_all_rules_come_together() -> None:
    wanted = [Wanted("a", "piked || delay > 'x'", place=AT), Wanted("b", "!known(delay) && stale(picked)", place=AT)]
    assert [problem.code for problem in compile_rules(FACTS, wanted)[1]] == ["X102", "X103", "X106", "X107"]


def test_a_problem_on_a_later_line_keeps_the_indentation_of_the_block() -> None:
    assert _problems("picked\n&& deley > 3")[0].place == Place("pack.yaml", 11, 10, "states.ready.when")


def test_a_place_counts_characters_and_not_bytes() -> None:
    assert _problems("status == 'é' && deley > 3")[0].place.column == 24


def test_what_takes_back_is_guarded_the_other_way_round() -> None:
    def codes(text: str) -> list[str]:
        return [problem.code for problem in compile_rules(FACTS, [Wanted("r", text, asserts="false")])[1]]

    assert codes("!known(delay) || stale(picked)") == []
    assert codes("known(delay) && !stale(picked)") == ["X106", "X107"]


def test_outside_packs_known_may_be_negated_and_age_does_not_exist() -> None:
    assert compile_where("!known(carrier)", AT)[1] == ()
    assert [problem.code for problem in compile_where("age(carrier) > duration('1h')", AT)[1]] == ["X107"]
    assert [problem.code for problem in compile_data("dta.x", place=AT)[1]] == ["X102"]
    assert [problem.code for problem in compile_data(3.5, place=AT, expected="bool")[1]] == ["X104"]


def test_every_code_has_a_full_page() -> None:
    for code, page in PAGES.items():
        assert page.code == code
        assert all((page.title, page.meaning, page.example, page.remedy))
