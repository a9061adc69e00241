"""Rules of packs: values, reads, ages, explanations, the generated source."""

from __future__ import annotations

from typing import Any

import pytest

from troth.errors import Place
from troth.lang.expressions import Wanted, compile_rules
from troth.model.rules import Explanation, Rules, ValueType

FACTS: list[tuple[str, ValueType]] = [
    ("picked", "bool"), ("paid", "bool"), ("delay", "int"), ("status", "string"), ("due", "timestamp"), ("body", "dyn"),
]  # fmt: skip
HOUR = 3_600_000_000


def _rules(*texts: str, expected: ValueType = "bool") -> Rules:
    rules, problems = compile_rules(FACTS, [Wanted(f"r{n}", text, expected) for n, text in enumerate(texts)])
    assert not problems, problems
    return rules


def _situation(**known: Any) -> list[Any]:
    return [known.get(name) for name, _ in FACTS]


def _value(text: str, expected: ValueType = "bool", **known: Any) -> Any:
    nothing = [False] * len(FACTS), [0] * len(FACTS), 0
    return _rules(text, expected=expected).evaluate(_situation(**known), *nothing)[0]


def _explain(text: str, why: dict[str, str] | None = None, **known: Any) -> Explanation:
    reasons = [(why or {}).get(name, "") for name, _ in FACTS]
    nothing = [False] * len(FACTS), [0] * len(FACTS), 0
    return _rules(text).explain(0, _situation(**known), *nothing, reasons)


def test_a_false_operand_decides_over_an_unknown_one() -> None:
    assert _value("picked && paid", paid=False) is False
    assert _value("picked && paid", paid=True) is None
    assert _value("picked || paid", paid=True) is True


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("delay / 0 == 1", {"delay": 1}),
        ("delay + 1 > 0", {"delay": 2**63 - 1}),
        ("body.minutes > 1", {"body": {"hours": 2}}),
        ("body.minutes > 1", {"body": {"minutes": "two"}}),
        ("body[3] == 1", {"body": [1]}),
        ("timestamp(status) < due", {"status": "tomorrow", "due": 1}),
        ("body", {"body": "yes"}),
        ("body ? picked : paid", {"body": 1, "picked": True, "paid": True}),
    ],
)
def test_an_error_is_unknown_and_never_false(text: str, known: dict[str, Any]) -> None:
    assert _value(text, **known) is None
    explanation = _explain(text, **known)
    assert explanation.value is None
    assert _reasons(explanation), "the explanation names the error"


def _reasons(explanation: Explanation) -> list[str]:
    own = [explanation.because] if explanation.because else []
    return own + [reason for part in explanation.parts for reason in _reasons(part)]


def test_times_are_microseconds_and_constants_of_them_are_read_once() -> None:
    rules = _rules("due - timestamp('1970-01-01T00:00:00Z') > duration('1h30m')")
    assert "5400000000" in rules.source
    assert _value("due - timestamp('1970-01-01T00:00:00Z') > duration('1h30m')", due=2 * HOUR) is True
    assert _value("due + duration('2d')", "timestamp", due=HOUR) == 49 * HOUR
    assert _value("body > due", due=0, body="1970-01-01T00:00:01Z") is True


def test_a_fact_is_stale_when_only_stale_observations_exist_and_unknown_when_there_are_none() -> None:
    rules = _rules("!stale(paid)")
    observed = [0] * len(FACTS)

    def fresh(value: Any, stale: bool) -> Any:
        return rules.evaluate(_situation(paid=value), [stale] * len(FACTS), observed, 0)[0]

    assert [fresh(True, False), fresh(None, True), fresh(None, False)] == [True, False, None]


def test_an_age_is_known_of_an_observation_only() -> None:
    rules = _rules("age(paid) < duration('1h')")

    def young(value: Any, observed: int, now: int) -> Any:
        return rules.evaluate(_situation(paid=value), [False] * 6, [0, observed, 0, 0, 0, 0], now)[0]

    assert young(True, 1, HOUR) is True
    assert young(True, 1, HOUR + 1) is False
    assert young(None, 1, HOUR) is None
    assert young(True, 0, HOUR) is None, "a value that rests on no observation has no age"


@pytest.mark.parametrize(
    ("text", "crossing"),
    [
        ("age(paid) < duration('1h')", HOUR),
        ("age(paid) >= duration('1h')", HOUR),
        ("age(paid) <= duration('1h')", HOUR + 1),
        ("age(paid) > duration('1h')", HOUR + 1),
        ("duration('1h') > age(paid)", HOUR),
        ("duration('1h') >= age(paid)", HOUR + 1),
    ],
)
def test_the_moment_at_which_an_age_changes_the_answer_is_known(text: str, crossing: int) -> None:
    rules = _rules(text)
    assert rules.rules[0].ages == ((1, crossing),)

    def at(now: int) -> Any:
        return rules.evaluate(_situation(paid=True), [False] * 6, [5] * 6, now)[0]

    assert at(5 + crossing - 1) is not at(5 + crossing)


def test_a_rule_knows_what_it_reads() -> None:
    assert _rules("delay > 3 && !picked || known(status)").rules[0].reads == (0, 2, 3)


def test_a_rule_with_problems_keeps_its_place_and_is_unknown() -> None:
    wanted = [Wanted("good", "picked"), Wanted("bad", "piked", place=Place(line=3)), Wanted("last", "!picked")]
    rules, problems = compile_rules(FACTS, wanted)
    assert [problem.code for problem in problems] == ["X102"]
    nothing = [False] * 6, [0] * 6, 0
    assert list(rules.evaluate(_situation(picked=True), *nothing)) == [True, None, False]
    assert rules.explain(1, _situation(), *nothing, [""] * 6).value is None


def test_an_explanation_keeps_what_decided() -> None:
    explanation = _explain("picked && (paid || delay > 3)", picked=True, paid=False, delay=2)
    assert (explanation.text, explanation.value) == ("picked && (paid || delay > 3)", False)
    assert [part.text for part in explanation.parts] == ["paid || delay > 3"]
    assert [(leaf.fact, leaf.value) for leaf in explanation.parts[0].parts[1].parts] == [("delay", 2)]


def test_an_unknown_is_explained_by_the_unknown_fact_alone() -> None:
    explanation = _explain("picked && paid", {"picked": "fact missing: picked"}, paid=True)
    assert explanation.value is None
    assert [(part.fact, part.because) for part in explanation.parts] == [("picked", "fact missing: picked")]


def test_names_of_pythons_own_words_can_be_facts() -> None:
    facts: list[tuple[str, ValueType]] = [("class", "bool"), ("values", "int"), ("now", "int")]
    rules, problems = compile_rules(facts, [Wanted("r", "class && now > 1")])
    assert not problems
    assert list(rules.evaluate([True, 0, 2], [False] * 3, [0] * 3, 0)) == [True]


def test_a_fact_named_like_a_type_can_be_read() -> None:
    rules, problems = compile_rules([("type", "string"), ("n", "int")], [Wanted("r", "type == 'a' && n > 1")])
    assert not problems
    assert list(rules.evaluate(["a", 2], [False] * 2, [0] * 2, 0)) == [True]


def test_rules_written_alike_are_evaluated_once() -> None:
    rules = _rules("picked && paid", "picked && paid")
    assert rules.source.count("f_picked is False") == 1
    assert list(rules.evaluate(_situation(picked=True, paid=True), [False] * 6, [0] * 6, 0)) == [True, True]


def test_an_instant_near_1970_is_not_taken_for_seconds_when_explained() -> None:
    rules = _rules("due", expected="timestamp")
    nothing = [False] * 6, [0] * 6, 0
    assert rules.explain(0, _situation(due=5), *nothing, [""] * 6).value == 5
