"""CEL's own test suite, over our part of the language: what is left out, and what differs, is pinned here."""

from __future__ import annotations

import json
import math
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from troth.errors import Place
from troth.lang.expressions import compile_extract
from troth.model.rules import ABSENT

pytestmark = pytest.mark.data

_TYPES = {"google.protobuf.Timestamp": "timestamp", "google.protobuf.Duration": "duration"}
_PLAIN = {"bool", "int", "double", "string"}

# Group → how many of its cases give the expected answer; an error is unknown here, at compile time or at run time.
AGREED = {
    "basic": 30, "comparisons": 170, "conversions": 56, "fields": 23, "fp_math": 30, "integer_math": 49, "lists": 30,
    "logic": 25, "macros": 36, "namespace": 1, "parse": 92, "plumbing": 4, "string": 42, "timestamps": 67,
}  # fmt: skip
# Group → code → how many of its cases are refused: X109 is uint, bytes, types as values, maps; X111 null; X103
# what only run time would find, X102 names and functions that nobody declared, X110 patterns that may run away.
REFUSED = {
    "basic": {"X102": 2, "X109": 11},
    "comparisons": {"X103": 4, "X109": 143, "X111": 10},
    "conversions": {"X109": 53},
    "fields": {"X109": 37},
    "integer_math": {"X109": 15},
    "lists": {"X109": 9},
    "logic": {"X103": 5},
    "macros": {"X109": 8},
    "namespace": {"X109": 2},
    "parse": {"X102": 17, "X109": 84},
    "plumbing": {"X109": 1},
    "string": {"X109": 6, "X110": 3},
    "timestamps": {"X109": 4},
}
# Case → why its answer is another one here.
_NULL = "null is unknown, also in a list"
_EXACT = "an integer and a double are compared exactly, not after rounding"
_MICROS = "times are whole microseconds"
_LONG = "differences of times may be longer than 292 years"
DIFFER = {
    "comparisons/eq_literal/eq_list_null": _NULL,
    "comparisons/eq_literal/not_eq_list_null": _NULL,
    "comparisons/eq_literal/not_eq_list_elem_null": _NULL,
    "comparisons/lt_literal/not_lt_dyn_int_big_lossy_double": _EXACT,
    "comparisons/gt_literal/not_gt_dyn_big_double_int": _EXACT,
    "comparisons/lte_literal/lte_dyn_big_double_int": _EXACT,
    "comparisons/gte_literal/gte_dyn_int_big_lossy_double": _EXACT,
    "timestamps/timestamp_conversions/toString_timestamp_nanos": _MICROS,
    "timestamps/timestamp_arithmetic/add_time_to_duration_nanos_negative": _MICROS,
    "timestamps/timestamp_arithmetic/add_time_to_duration_nanos_positive": _MICROS,
    "timestamps/timestamp_range/add_duration_nanos_over": _MICROS,
    "timestamps/timestamp_range/add_duration_nanos_under": _MICROS,
    "timestamps/timestamp_range/sub_time_duration_over": _LONG,
    "timestamps/timestamp_range/sub_time_duration_under": _LONG,
}


def _value(typed: list[Any]) -> Any:
    """Return an expected value in ours: times in microseconds, null as unknown."""
    kind = typed[0]
    if kind == "list":
        return [_value(item) for item in typed[1]]
    if kind == "map":
        return {_value(key): _value(value) for key, value in typed[1]}
    if kind in {"timestamp", "duration"}:
        return typed[1] * 1_000_000 + typed[2] // 1_000
    if kind == "double":
        return float(typed[1])
    return None if kind == "null" else typed[1]


def _same(ours: Any, expected: Any) -> bool:
    if isinstance(expected, float) and isinstance(ours, float):
        return ours == expected or (math.isnan(ours) and math.isnan(expected))
    return type(ours) is type(expected) and bool(ours == expected)


def _outcome(case: dict[str, Any]) -> str:
    """Return `agrees`, `differs`, or the code with which the expression is refused."""
    variables: dict[str, Any] = {}
    for name, kind, text in case["env"]:
        if kind != "ident":
            return "function"
        variables[name] = _TYPES.get(text, text if text in _PLAIN else "dyn")
    extract, problems = compile_extract(case["expr"], variables, place=Place())
    expected = case["expect"]
    if extract is None:
        return "agrees" if expected["kind"] == "error" else problems[0].code
    answer = extract({name: _value(value) for name, value in case["bindings"].items()})
    if expected["kind"] == "error":
        return "agrees" if answer is None or answer is ABSENT else "differs"
    return "agrees" if _same(answer, _value(expected["value"])) else "differs"


@pytest.fixture(scope="module")
def outcomes(shared_data: Path) -> dict[str, str]:
    cases = json.loads((shared_data / "conformance" / "cel" / "core.json").read_text())
    return {case["id"]: _outcome(case) for case in cases}


def test_cases_that_agree_stay_as_many(outcomes: dict[str, str]) -> None:
    found = Counter(name.split("/")[0] for name, outcome in outcomes.items() if outcome == "agrees")
    assert dict(found) == AGREED


def test_what_is_left_out_stays_the_same(outcomes: dict[str, str]) -> None:
    found: dict[str, Counter[str]] = {}
    for name, outcome in outcomes.items():
        if outcome not in {"agrees", "differs"}:
            found.setdefault(name.split("/")[0], Counter())[outcome] += 1
    assert {group: dict(sorted(codes.items())) for group, codes in found.items()} == REFUSED


def test_what_differs_is_known(outcomes: dict[str, str]) -> None:
    assert {name for name, outcome in outcomes.items() if outcome == "differs"} == set(DIFFER)
