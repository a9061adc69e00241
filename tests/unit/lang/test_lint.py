"""Each warning has a pack that deserves it and one that does not."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.lang.small import FILE, SMALL, changed, compiled, small, warnings
from troth.lang.compile import compile_pack
from troth.lang.lint import lint
from troth.runtime import catalog

YES_NO = {"type": "bool", "authority": [["oms"]], "otherwise": False}


def test_the_small_pack_has_no_warning() -> None:
    assert warnings(compile_pack({FILE: SMALL})) == []


@pytest.mark.parametrize("name", ["customer", "delivery", "service_request", "store_pickup", "travel_disruption"])
def test_shipped_packs_have_no_warning_that_they_do_not_justify(name: str) -> None:
    assert lint(catalog.load(name).compiled) == ()


def test_a_pack_with_errors_has_no_warnings() -> None:
    assert lint(changed("request", to="zzz")) == ()


def states(*conditions: str) -> list[tuple[str, str]]:
    """Return the warnings about reachability of a pack with these states in order."""
    data = small()
    data["states"] = {f"s{number}": {"when": condition} for number, condition in enumerate(conditions)}
    del data["transitions"]
    return [(code, path) for code, path in warnings(compiled(data)) if code in ("W101", "W102")]


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        (("picked", "placed"), []),
        (("placed", "placed && picked"), [("W101", "states.s1.when")]),
        (("placed && picked", "placed"), []),
        (("placed || picked", "picked"), [("W101", "states.s1.when")]),
        (("picked && !picked", "placed"), [("W101", "states.s0.when")]),
        (("placed", "!placed"), []),
        (("placed", "!placed", "picked"), [("W102", "states.s1.when")]),
        (("true", "picked"), [("W102", "states.s0.when")]),
        (("shelf >= 15", "shelf < 15"), []),
        (("shelf >= 15", "shelf < 15", "picked"), [("W102", "states.s1.when")]),
        (("shelf > 3", "shelf > 7"), [("W101", "states.s1.when")]),
        (("shelf > 7", "shelf > 3"), []),
        (("shelf > 7 && shelf < 8", "placed"), [("W101", "states.s0.when")]),
        (("stage == 'a' && stage == 'b'", "placed"), [("W101", "states.s0.when")]),
        (("stage == 'a'", "stage != 'a'", "placed"), [("W102", "states.s1.when")]),
        (("stage in ['a', 'b']", "stage == 'b'"), [("W101", "states.s1.when")]),
        (("stage in ['a', 'b']", "stage == 'c'"), []),
        (("placed == true", "placed"), [("W101", "states.s1.when")]),
        (("placed ? picked : !picked", "placed == picked"), [("W101", "states.s1.when")]),
        (("shelf + 1 > 3", "shelf + 1 > 3 && placed"), [("W101", "states.s1.when")]),
        (("shelf + 1 > 3", "shelf + 1 <= 3", "placed"), [("W102", "states.s1.when")]),
        (("shelf + 1 > 3", "shelf + 2 > 3"), []),
        (("ready_at > timestamp('2026-01-01T00:00:00Z')", "ready_at > timestamp('2026-02-01T00:00:00Z')"),
         [("W101", "states.s1.when")]),
        (("stage.startsWith('a')", "stage.startsWith('a')"), [("W101", "states.s1.when")]),
        (("age(picked) < duration('1h')", "age(picked) < duration('1h')"), [("W101", "states.s1.when")]),
    ],
)  # fmt: skip
def test_a_state_is_reached_only_where_all_before_it_are_false(
    conditions: tuple[str, ...], expected: list[tuple[str, str]]
) -> None:
    assert states(*conditions) == expected


def test_too_many_cases_are_given_up_in_silence() -> None:
    data = small()
    for number in range(13):
        data["facts"][f"f{number}"] = YES_NO
        data["events"]["order.placed"]["observe"][f"f{number}"] = "data.x"
    everything = " && ".join(f"f{number}" for number in range(13))
    data["states"]["packed"]["when"] = f"{everything} && !f0"
    assert ("W101", "states.packed.when") not in warnings(compiled(data))
    del data["facts"]["f12"], data["events"]["order.placed"]["observe"]["f12"]
    data["states"] = {"first": {"when": "placed"}}
    data["states"]["packed"] = {"when": " && ".join(f"f{number}" for number in range(11)) + " && !f0"}
    del data["transitions"]
    assert ("W101", "states.packed.when") in warnings(compiled(data))


def warned(path: tuple[str | int, ...], to: Any) -> list[tuple[str, str]]:
    """Return the warnings about the small pack with one value changed."""
    return warnings(changed(*path, to=to))


@pytest.mark.parametrize(
    ("path", "to", "expected"),
    [
        (("statements", "checking", "true_when"), "picked && !picked", ("W103", "statements.checking.true_when")),
        (("statements", "checking", "true_when"), "false", ("W103", "statements.checking.true_when")),
        (("statements", "checking", "fails_when"), "!picked", ("W103", "statements.checking.true_when")),
        (("statements", "ready_by", "fails_when"), "picked || !picked", ("W103", "statements.ready_by.fails_when")),
        (("events", "order.placed", "observe"), {}, ("W104", "facts.placed")),
        (("facts", "shelf", "authority"), [["oms"]], ("W104", "facts.shelf")),
        (("facts", "unread"), YES_NO, ("W105", "facts.unread")),
        (("promises", "ready_by", "kept_when"), "picked && !picked", ("W106", "promises.ready_by.kept_when")),
        (("promises", "ready_by", "kept_when"), "stage == 'sold'", ("W106", "promises.ready_by.kept_when")),
        (("promises", "ready_by", "made_when"), False, ("W107", "promises.ready_by.made_by")),
        (("promises", "ready_by", "made_by"), {"message": "looking"}, ("W107", "promises.ready_by.made_by")),
        (("messages", "ready_note", "replace"), {}, ("W108", "messages.ready_note")),
        (("messages", "ready_note", "replace"), {"before": "looking"}, ("W108", "messages.ready_note.replace")),
        (("messages", "confirmation", "replace"), {"before": "ready_note", "*": "looking"},
         ("W108", "messages.confirmation.replace.before")),
        (("states", "ready", "tell"), [], ("W109", "states.ready")),
        (("transitions",), {"before": ["placed"], "placed": ["packed"], "packed": ["ready"]}, ("W110", "states.ready")),
        (("events", "order.touched"), {}, ("W111", "events.order.touched")),
        (("events", "order.returned", "when"), False, ("W111", "events.order.returned")),
        (("statements", "checking", "about"), "search", ("W112", "statements.checking")),
        (("statements", "gone"), {"about": "pickup", "true_when": "stage == 'gone'"}, ("W113", "statements.gone")),
        (("lint",), {"allow": {"W105:placed": "reason"}}, ("W114", "lint.allow.W105:placed")),
    ],
)  # fmt: skip
def test_what_is_probably_not_meant_is_warned_of(
    path: tuple[str | int, ...], to: Any, expected: tuple[str, str]
) -> None:
    assert expected in warned(path, to)


@pytest.mark.parametrize(
    ("path", "to", "code"),
    [
        (("statements", "checking", "true_when"), "picked || placed", "W103"),
        (("statements", "checking", "fails_when"), "picked", "W103"),
        (("facts", "shelf", "authority"), [["oms"], ["store"]], "W104"),
        (("promises", "ready_by", "kept_when"), "stage == 'gone'", "W106"),
        (("promises", "ready_by", "kept_when"), "shelf == 7", "W106"),
        (("promises", "ready_by", "made_by"), {"message": "confirmation"}, "W107"),
        (("messages", "ready_note", "replace"), dict.fromkeys(("packed", "placed", "before"), "looking"), "W108"),
        (("messages", "ready_note", "purpose"), "checking", "W108"),
        (("transitions",), {}, "W110"),
        (("events", "order.touched"), {"retract": ["placed"]}, "W111"),
    ],
)
def test_what_may_be_meant_is_not_warned_of(path: tuple[str | int, ...], to: Any, code: str) -> None:
    assert code not in [found for found, _ in warned(path, to)]


def test_a_warning_is_justified_by_its_code_or_by_the_name_of_the_thing() -> None:
    data = small()
    data["facts"]["unread"] = data["facts"]["unread_too"] = YES_NO
    assert sorted(warnings(compiled(data))) == [
        ("W104", "facts.unread"),
        ("W104", "facts.unread_too"),
        ("W105", "facts.unread"),
        ("W105", "facts.unread_too"),
    ]
    data["lint"] = {"allow": {"W104": "not yet connected", "W105:unread": "kept for the record"}}
    assert warnings(compiled(data)) == [("W105", "facts.unread_too")]


def test_a_warning_says_where_and_what_to_do() -> None:
    found = lint(changed("events", "order.touched", to={}))
    assert found
    for problem in found:
        assert problem.severity == "warning"
        assert problem.place.line > 0
        assert problem.expected
        assert problem.remedy
