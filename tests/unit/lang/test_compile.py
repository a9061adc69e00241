"""A pack compiles to frozen values, or to all its problems at once."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.lang.small import FILE, SMALL, changed, codes, compiled, small
from troth.errors import PackError
from troth.lang.compile import compile_pack
from troth.model.objective import Objective
from troth.model.pack import Pack
from troth.model.rules import ABSENT
from troth.model.times import HOUR, MINUTE, SECOND, parse_instant
from troth.runtime import catalog


@pytest.fixture(scope="module")
def pack() -> Pack:
    """Return the small pack."""
    return compile_pack({FILE: SMALL}).require()


@pytest.mark.parametrize("name", ["customer", "delivery", "service_request", "store_pickup", "travel_disruption"])
def test_shipped_packs_compile(name: str) -> None:
    loaded = catalog.load(name)
    assert loaded.compiled.problems == ()
    assert loaded.compiled.require().name == name


def test_facts_carry_their_types_and_times_in_microseconds(pack: Pack) -> None:
    facts = {fact.name: fact for fact in pack.facts}
    picked = facts["picked"]
    assert picked.authority == (("store", "mirror"), ("oms",))
    assert (picked.settle, picked.fresh_for, picked.otherwise) == (90 * SECOND, 2 * HOUR, False)
    assert facts["placed"].fresh_for is None
    assert facts["stage"].progress == ("new", "packed", "gone")
    assert facts["ready_at"].tolerance == 5 * MINUTE
    assert facts["ready_at"].otherwise == parse_instant("2026-03-02T09:00:00Z")
    assert [(source.name, source.copies, source.heard_for) for source in pack.sources] == [
        ("oms", "", 0),
        ("store", "", 15 * MINUTE),
        ("mirror", "store", 0),
    ]


def test_events_observe_guard_and_retract(pack: Pack) -> None:
    plan = pack.events["order.picked"]
    data = {"units": 2, "shelf": 7, "at": "1970-01-01T00:00:01Z"}
    assert plan.sources == ("store",)
    assert plan.when is not None
    assert plan.when(data) is True
    assert plan.when({"units": 0}) is False
    assert plan.when({}) is None
    said = {pack.facts[seen.fact].name: seen.value(data) for seen in plan.observe}
    assert said == {"picked": True, "shelf": 7, "stage": "packed", "ready_at": SECOND}
    absent = {pack.facts[seen.fact].name: seen.value({}) for seen in plan.observe}
    assert absent["shelf"] is ABSENT
    assert [pack.facts[fact].name for fact in pack.events["order.returned"].retract] == ["picked"]


def test_every_pack_knows_receipts_and_corrections(pack: Pack) -> None:
    receipt = pack.events["message.sent"].receipt
    assert receipt is not None
    data = {"message": "confirmation", "id": "m1", "channel": "email"}
    assert (receipt.message(data), receipt.phase, receipt.id(data), receipt.channel(data)) == (
        "confirmation",
        "sent",
        "m1",
        "email",
    )
    corrected = pack.events["event.corrected"]
    assert corrected.corrects is not None
    assert corrected.corrects({"corrects": "e1"}) == "e1"
    assert {f"message.{phase}" for phase in ("requested", "decided", "delivered", "failed", "read")} <= set(pack.events)


def test_a_declared_receipt_event_keeps_what_it_does_not_redeclare() -> None:
    result = changed("events", "message.sent", to={"observe": {"placed": True}})
    plan = result.require().events["message.sent"]
    assert plan.receipt is not None
    assert len(plan.observe) == 1


def test_the_request_starts_the_clock_and_events_make_and_renew_promises(pack: Pack) -> None:
    assert [plan.type for plan in pack.events.values() if plan.starts] == ["order.placed"]
    assert pack.events["order.placed"].makes == (0,)
    assert pack.events["order.moved"].renews == (0,)


def test_a_promise_has_all_its_parts(pack: Pack) -> None:
    kind = pack.promises[0]
    assert (kind.due.after, kind.grace, kind.inclusive) == (4 * HOUR, 20 * MINUTE, True)
    assert kind.made_by_message == ("confirmation",)
    assert kind.made_when is not None
    assert kind.made_when({"promised": True}) is True
    assert kind.renew_due is not None
    assert kind.renew_due.at is not None
    assert kind.renew_due.at({"due": "1970-01-01T00:00:01Z"}) == SECOND
    assert pack.rules.rules[kind.kept_when].text == "picked"
    assert pack.objectives == {
        "ready_by": Objective("ready_by", "promise_reliability", 0.95, "ready_by", title="ready by")
    }


def test_rules_are_evaluated_by_index(pack: Pack) -> None:
    known = {"placed": True, "picked": False, "shelf": 4, "stage": "packed", "ready_at": 0}
    values = [known[fact.name] for fact in pack.facts]
    answers = pack.rules.evaluate(values, [False] * 5, [0] * 5, 0)
    assert {state.name: answers[state.when] for state in pack.states} == {
        "ready": False,
        "packed": True,
        "placed": True,
        "before": False,
    }


def test_an_undisclosed_due_has_no_moment() -> None:
    data = small()
    data["promises"]["ready_by"].update(due="undisclosed", late_when="shelf > 5")
    del data["promises"]["ready_by"]["grace"]
    kind = compiled(data).require().promises[0]
    assert (kind.due.at, kind.due.day, kind.due.after) == (None, None, None)
    assert kind.late_when is not None


def test_the_digest_hangs_on_the_content_and_its_order_but_not_on_layout() -> None:
    digest = compile_pack({FILE: SMALL}).require().digest
    assert len(digest) == 64
    assert (
        compile_pack({"other.yaml": "# said\n" + SMALL.replace("version: 1", "version:   1")}).require().digest
        == digest
    )
    assert compile_pack({FILE: SMALL.replace("15m", "16m")}).require().digest != digest
    data = small()
    data["states"] = dict(reversed(data["states"].items()))
    assert compiled(data).require().digest != digest


def test_a_pack_may_be_split_over_files() -> None:
    head, _, below = SMALL.partition("facts:")
    facts, _, rest = below.partition("events:\n")
    split = {FILE: head, "facts.yaml": "facts:" + facts, "rest.yaml": "events:\n" + rest}
    assert compile_pack(split).require().digest == compile_pack({FILE: SMALL}).require().digest
    wrong = {**split, "facts.yaml": split["facts.yaml"].replace("[[oms]]", "[[omz]]", 1)}
    problems = compile_pack(wrong).problems
    assert [(problem.code, problem.place.file, problem.place.line) for problem in problems] == [
        ("P201", "facts.yaml", 2)
    ]


def test_a_file_that_cannot_be_read_does_not_make_its_content_missing() -> None:
    problems = compile_pack({FILE: SMALL.partition("facts:")[0], "rest.yaml": "facts: [\n"}).problems
    assert codes(problems) == ["P101"]


def test_no_file_at_all_is_a_problem() -> None:
    assert codes(compile_pack({}).problems) == ["P106"]
    with pytest.raises(PackError, match="P106"):
        compile_pack({}).require()


RECEIPT = {"message": "'nobody'", "phase": "sent", "id": "data.id", "channel": "'email'"}


@pytest.mark.parametrize(
    ("path", "to", "expected"),
    [
        (("sources", "store", "copies"), "mirror", ["P211", "P211"]),
        (("sources", "mirror", "copies"), "stroe", ["P201"]),
        (("facts", "placed", "authority"), [["oms"], ["oms"]], ["P221"]),
        (("facts", "placed", "otherwise"), "no", ["P214"]),
        (("facts", "shelf", "otherwise"), True, ["P214"]),
        (("facts", "shelf", "tolerance"), "5m", ["P222"]),
        (("facts", "picked", "tolerance"), 1, ["P222"]),
        (("facts", "ready_at", "tolerance"), 5, ["P222"]),
        (("facts", "ready_at", "otherwise"), "yesterday", ["P214"]),
        (("facts", "stage", "progress"), ["new", 2], ["P214"]),
        (("facts", "matches_in"), {"type": "bool", "authority": [["oms"]]}, []),
        (("facts", "in"), {"type": "bool", "authority": [["oms"]]}, ["P224"]),
        (("events", "order.placed", "observe", "placde"), True, ["P202"]),
        (("events", "order.placed", "observe", "placed"), 3, ["P214"]),
        (("events", "order.placed", "observe", "placed"), None, []),
        (("events", "order.placed", "observe", "placed"), "data.", ["X101"]),
        (("events", "order.placed", "observe", "shelf"), "'seven'", ["X104"]),
        (("events", "order.placed", "from"), ["omz"], ["P201"]),
        (("events", "order.placed", "retract"), ["pikced"], ["P202"]),
        (("events", "order.placed", "receipt"), RECEIPT, ["P206"]),
        (("request",), "order.plcaed", ["P203"]),
        (("states", "ready", "when"), "pikced", ["X102"]),
        (("states", "ready", "when"), "shelf", ["X104"]),
        (("states", "ready", "when"), "known(picked)", ["X106"]),
        (("states", "ready", "when"), 7, ["P113"]),
        (("states", "ready", "when"), True, []),
        (("states", "ready", "tell"), ["is_raedy"], ["P205"]),
        (("transitions", "raedy"), [], ["P204"]),
        (("transitions", "placed"), ["raedy"], ["P204"]),
        (("chronology", 0), ["placed", "shelf"], ["P218"]),
        (("statements", "is_ready", "promise"), "ready_by", ["P212"]),
        (("statements", "checking"), {"about": "pickup"}, ["P212"]),
        (("statements", "ready_by", "promise"), "redy_by", ["P207"]),
        (("statements", "is_ready", "invites"), ["colect"], ["P208"]),
        (("messages", "ready_note", "statements"), ["is_redy"], ["P205"]),
        (("messages", "ready_note", "replace"), {"*": "lokking"}, ["P206"]),
        (("messages", "ready_note", "replace"), {"raedy": "looking"}, ["P204"]),
        (("messages", "ready_note", "replace"), {"*": "ready_note"}, ["P223"]),
        (("messages", "ready_note", "told_at"), {"*": "failed"}, ["P114"]),
        (("promises", "ready_by", "made_by"), "order.plaecd", ["P203"]),
        (("promises", "ready_by", "made_by"), {"message": "confirmatoin"}, ["P206"]),
        (("promises", "ready_by", "due"), {"day": "data.day"}, ["P216", "P217"]),
        (("promises", "ready_by", "due"), {}, ["P216", "P217"]),
        (("promises", "ready_by", "due"), {"at": "data.x", "after": "1h"}, ["P216", "P217"]),
        (("promises", "ready_by", "due"), "disclosed", ["P114"]),
        (("promises", "ready_by", "grace"), "25m", ["P217"]),
        (("promises", "ready_by", "grace"), "24m", []),
        (("promises", "ready_by", "grace_source"), "the carrier's contract", []),
        (("promises", "ready_by", "late_when"), "shelf > 1", ["P225"]),
        (("promises", "ready_by", "kept_when"), "picked && age(picked) < duration('1h')", ["P219"]),
        (("promises", "ready_by", "void_when"), "!stale(picked) && shelf > 9", ["P219"]),
        (("promises", "ready_by", "renewed_by", "event"), "order.mved", ["P203"]),
        (("cases", "late", "open_when"), "placed", ["P213"]),
        (("cases", "late"), {"title": "x"}, ["P213"]),
        (("cases", "late", "lapse_of"), "redy_by", ["P207"]),
        (("objectives", "redy_by"), {"target": 0.9, "over": "1d"}, ["P207"]),
        (("objectives", "ready_by", "target"), 95, ["P116"]),
        (("objectives", "ready_by", "kind"), "redy_by", ["P207"]),
        (("objectives", "ready_by", "by"), ["stoer"], ["P232"]),
        (("objectives", "ready_by", "by"), ["store"], []),
        (("objectives", "ready_by", "burn"), 0.5, ["P116"]),
        (("objectives", "ready_by", "within"), "2h", ["P231"]),
        (("objectives", "ready_by", "leg"), "open_closed", ["P231"]),
        (("objectives", "ready_by", "measure"), "told_luck", ["P114"]),
        (("objectives", "told"), {"measure": "status_fidelity", "target": 0.9, "over": "7d"}, []),
        (("objectives", "told"), {"measure": "status_fidelity", "kind": "x", "target": 0.9, "over": "7d"}, ["P231"]),
        (("objectives", "soon"), {"measure": "time_to_usable_outcome", "target": 0.9, "over": "7d"}, ["P231"]),
        (
            ("objectives", "lots"),
            {"measure": "exception_closure", "within": "1d", "target": 0.9, "over": "7d"},
            ["P230"],
        ),
        (("objectives", "lost"), {"measure": "exception_closure", "within": "1d", "target": 0.9, "over": "7d"}, []),
    ],
)
def test_each_mistake_has_its_code_and_its_place(path: tuple[str | int, ...], to: Any, expected: list[str]) -> None:
    result = changed(*path, to=to)
    found = codes(result.problems)
    assert [code for code in found if code in expected] == expected, result.problems
    assert bool(found) == bool(expected), result.problems
    for problem in result.problems:
        assert problem.place.line > 0
        assert problem.place.column > 0
        assert problem.found
        assert problem.expected


def test_an_error_inside_a_block_expression_stands_at_its_own_line_and_column() -> None:
    text = SMALL.replace("  placed: {when: placed}\n", "  placed:\n    when: |\n      placed &&\n        pikced\n")
    problem = compile_pack({FILE: text}).problems[0]
    line = text.splitlines()[problem.place.line - 1]
    assert line[problem.place.column - 1 :].startswith("pikced")


def test_a_rule_of_a_promise_that_takes_back_may_not_hang_on_what_is_unknown() -> None:
    result = changed("statements", "ready_by", "fails_when", to="!known(picked) && shelf > 3")
    assert codes(result.problems) == []
    result = changed("statements", "ready_by", "fails_when", to="known(picked) && shelf > 3")
    assert codes(result.problems) == ["X106"]
