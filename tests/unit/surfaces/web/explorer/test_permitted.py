"""Which statements a state bears: what is found without listing the cases is what listing them finds."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from troth.lang.compile import compile_pack
from troth.model.pack import Pack
from troth.model.truth import Truth
from troth.runtime import catalog
from troth.surfaces.web.explorer.permitted import Verdict, permitted

_HEAD = """
pack: p
version: 1
title: P
subject: thing
request: thing.seen
sources: {s: {title: s}}
events: {thing.seen: {observe: {a: data.a, b: data.b, c: data.c, n: data.n, w: data.w}}}
facts:
  a: {type: bool, authority: [[s]]}
  b: {type: bool, authority: [[s]]}
  c: {type: bool, authority: [[s]], fresh_for: 1h}
  n: {type: int, authority: [[s]]}
  w: {type: string, authority: [[s]]}
"""


def pack_of(states: str, statements: str, more: str = "") -> Pack:
    """Return a pack of some states and statements."""
    text = f"{_HEAD}states: {states}\nstatements: {statements}\n{more}"
    return compile_pack({"pack.yaml": text}).require()


def statement(condition: str) -> str:
    """Return the statements of a pack that has one, `x`."""
    return f'{{x: {{about: t, title: X., true_when: "{condition}"}}}}'


@pytest.mark.parametrize(
    ("states", "condition", "state", "expected"),
    [
        ("{one: {when: a}}", "a", "one", Verdict("yes")),
        ("{one: {when: a}}", "!a", "one", Verdict("no")),
        ("{one: {when: a}}", "b", "one", Verdict("depends", ("b",))),
        ("{one: {when: a}}", "a && b", "one", Verdict("depends", ("b",))),
        ("{one: {when: a}}", "a || b", "one", Verdict("yes")),
        ("{one: {when: a}}", "b || !b", "one", Verdict("held", ("b",))),
        ("{one: {when: a}}", "b && !b", "one", Verdict("no")),
        ("{one: {when: a}, two: {when: b}}", "a", "two", Verdict("no")),
        ("{one: {when: a}, two: {when: b}}", "b && !a", "two", Verdict("yes")),
        ('{one: {when: "a && !a"}}', "a", "one", Verdict("unreached")),
        ('{one: {when: "n > 3"}}', "n > 2", "one", Verdict("yes")),
        ('{one: {when: "n > 3"}}', "n > 5", "one", Verdict("depends", ("n",))),
        ("{one: {when: \"w == 'x'\"}}", "w == 'y'", "one", Verdict("no")),
        ("{one: {when: \"w in ['x', 'y']\"}}", "w == 'y'", "one", Verdict("depends", ("w",))),
        ("{one: {when: \"w != 'x'\"}}", "w == 'x'", "one", Verdict("no")),
    ],
)
def test_a_state_bears_what_is_true_in_all_its_cases(
    states: str, condition: str, state: str, expected: Verdict
) -> None:
    assert permitted(pack_of(states, statement(condition)))[state]["x"] == expected


def test_a_promising_statement_hangs_on_its_promise_unless_it_can_no_longer_be_kept() -> None:
    more = "promises: {soon: {title: S, made_by: thing.seen, due: {after: 1h}, kept_when: b}}"
    statements = "{x: {about: t, title: X., promise: soon, fails_when: c}}"
    found = permitted(pack_of("{gone: {when: c}, here: {when: a}}", statements, more))
    assert found["gone"]["x"] == Verdict("no", (), "soon")
    assert found["here"]["x"] == Verdict("promise", (), "soon")


def test_an_age_is_tried_before_at_and_after_its_limit() -> None:
    found = permitted(pack_of("{one: {when: a}}", statement("a && age(a) >= duration('1h')")))
    assert found["one"]["x"].kind == "depends"


def test_too_many_cases_are_said_to_be_so() -> None:
    pack = catalog.load("store_pickup").compiled.require()
    found = permitted(pack, budget=40)
    assert found["placed"]["ready_for_pickup"] == Verdict("unclear")


@pytest.mark.parametrize("name", ["delivery", "travel_disruption", "service_request"])
def test_it_agrees_with_listing_every_case(name: str) -> None:
    pack = catalog.load(name).compiled.require()
    found = permitted(pack)
    seen: dict[tuple[str, str], set[Truth]] = {}
    for values in _cases(pack):
        count = len(pack.facts)
        results = pack.rules.evaluate(values, [False] * count, [0] * count, 0)
        state = next((state for state in pack.states if results[state.when] is not False), None)
        if state is None or results[state.when] is not True:
            continue
        for one in pack.statements.values():
            if one.promise is None and one.true_when is not None:
                seen.setdefault((state.name, one.name), set()).add(results[one.true_when])
    for (state_name, one_name), truths in seen.items():
        kind = found[state_name][one_name].kind
        assert kind == {
            frozenset({True}): "yes", frozenset({False}): "no", frozenset({None, True}): "held",
            frozenset({None, False}): "no",
        }.get(frozenset(truths), "depends"), (state_name, one_name, truths)  # fmt: skip


def _cases(pack: Pack) -> Any:
    """Return all cases of facts that some state or statement reads; those of type bool alone are told apart."""
    read = {index for rule in pack.rules.rules for index in rule.reads}
    kinds = [
        (True, False, None) if index in read and fact.type == "bool" else (None,)
        for index, fact in enumerate(pack.facts)
    ]
    return product(*kinds)
