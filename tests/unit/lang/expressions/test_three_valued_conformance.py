"""The DMN technology compatibility kit: its truth tables, and its decision tables written as ordered rules of ours."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from troth.lang.expressions import Wanted, compile_rules
from troth.model.rules import ValueType

pytestmark = pytest.mark.data

_TERNARY = {"DecisionAnd": "A && B", "DecisionOr": "A || B", "DecisionNot": "!A"}
_APPLICANT: list[tuple[str, ValueType]] = [("Age", "double"), ("RiskCategory", "string"), ("isAffordable", "bool")]


def _truths(facts: list[tuple[str, ValueType]], texts: list[str], given: dict[str, Any]) -> list[Any]:
    """Return the values of rules over facts."""
    rules, problems = compile_rules(facts, [Wanted(f"r{n}", text) for n, text in enumerate(texts)])
    assert not problems
    nothing = [False] * len(facts), [0] * len(facts), 0
    return list(rules.evaluate([given[name] for name, _ in facts], *nothing))


def _cases(folder: Path) -> list[tuple[dict[str, Any], list[str]]]:
    """Return the inputs and the expected texts of a model's test cases."""
    found = []
    (file,) = folder.glob("*-test-01.xml")
    for case in ET.parse(file).getroot().findall(".//{*}testCase"):  # noqa: S314  # Ours, in the shared data.
        given: dict[str, Any] = {}
        for node in case.findall(".//{*}inputNode"):
            text = (node.findtext("{*}value") or "").strip()
            given[node.attrib["name"]] = {"true": True, "false": False}.get(text, text)
        for number in ("Age", "NumOfYears"):
            if number in given:
                given[number] = float(given[number])
        found.append((given, [(value.text or "").strip() for value in case.findall("{*}resultNode//{*}value")]))
    assert found
    return found


def _first(texts: list[str], answers: list[str], given: dict[str, Any]) -> str:
    """Return the answer of the first rule that is true while all before it are false, as states are found."""
    for truth, answer in zip(_truths(_APPLICANT, texts, given), answers, strict=True):
        if truth is not False:
            return answer if truth else "unknown"
    return "none"


def test_truth_tables_are_those_of_feel(shared_data: Path) -> None:
    checked = 0
    for case in json.loads((shared_data / "conformance" / "three-valued" / "feel-ternary.json").read_text()):
        for decision, expected in case["expected"].items():
            facts: list[tuple[str, ValueType]] = [(name, "bool") for name in case["inputs"]]
            assert _truths(facts, [_TERNARY[decision]], case["inputs"]) == [expected], (case["id"], decision)
            checked += 1
    assert checked == 21


@pytest.mark.parametrize(
    ("model", "rules"),
    [
        (
            "0004-simpletable-U",
            [
                ("Age >= 18.0 && RiskCategory in ['Medium', 'Low'] && isAffordable", "Approved"),
                ("Age < 18.0 && RiskCategory in ['Medium', 'Low'] && isAffordable", "Declined"),
                ("RiskCategory == 'High' && isAffordable", "Declined"),
                ("!isAffordable", "Declined"),
            ],
        ),
        (
            "0006-simpletable-P1",
            [
                ("Age >= 18.0 && RiskCategory in ['Medium', 'Low'] && isAffordable", "Approved"),
                ("Age < 18.0", "Declined"),
                ("RiskCategory == 'High'", "Declined"),
                ("!isAffordable", "Declined"),
            ],
        ),
        (
            "0108-first-hitpolicy",
            [
                ("Age >= 18.0 && RiskCategory == 'Medium' && isAffordable", "Approved Best"),
                ("Age >= 12.0 && RiskCategory == 'Medium' && isAffordable", "Approved Standard"),
                ("true", "Declined Standard"),
            ],
        ),
    ],
)
def test_decision_tables_are_ordered_rules(shared_data: Path, model: str, rules: list[tuple[str, str]]) -> None:
    texts, answers = [text for text, _ in rules], [answer for _, answer in rules]
    for given, expected in _cases(shared_data / "conformance" / "three-valued" / "dmn-hit-policies" / model):
        assert _first(texts, answers, given) == " ".join(expected), given
        blind = _first(texts, answers, {**given, "isAffordable": None})
        assert not blind.startswith("Approved"), "an unknown approves nobody"


def test_collecting_the_least_of_all_hits(shared_data: Path) -> None:
    prices = {1: 98.83, 2: 150.21, 3: 205.43, 4: 64.32}
    folder = shared_data / "conformance" / "three-valued" / "dmn-hit-policies" / "0114-min-collect-hitpolicy"
    for given, (expected,) in _cases(folder):
        truths = _truths([("NumOfYears", "double")], [f"NumOfYears > {years}.0" for years in prices], given)
        hits = [price for truth, price in zip(truths, prices.values(), strict=True) if truth]
        assert min(hits) == float(expected)
