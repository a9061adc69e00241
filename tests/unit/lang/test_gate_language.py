"""What a pack says to the gate: customers, contact, messages that are put to it, cases that troth itself sees."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.lang.small import altered, codes, compiled, small, warnings
from troth.lang.compile import Compiled
from troth.model.contact import ContactPolicy, Limit
from troth.model.pack import Pack
from troth.model.rules import ABSENT
from troth.model.times import DAY, HOUR, MINUTE, SECOND

GATED: dict[str, Any] = {
    "fail": "closed",
    "hold_for": "30m",
    "meanwhile": "looking",
    "relevant_when": "!placed || picked",
    "affects": "shelf > 3",
    "must_say": ["cause", "next_word_at"],
    "reminder": True,
    "urgent": True,
}


def gated() -> dict[str, Any]:
    """Return the small pack with everything that the gate reads, to change."""
    data = small()
    data["customer"] = "data.customer"
    data["contact"] = {
        "quiet": {"from": "21:00", "until": "08:05", "channels": ["sms", "push"]},
        "at_most": [{"count": 2, "per": "1d", "purposes": ["survey", "promise"]}, {"count": 9, "per": "7d"}],
    }
    data["events"]["order.placed"]["personal"] = ["email", "name"]
    data["messages"]["confirmation"].update(fail="open", hold_for="1h", due="timestamp(data.due)")
    data["messages"]["ready_note"].update(GATED)
    survey = {"purpose": "survey", "statements": ["is_ready"], "told_at": {"*": "sent"}, "replace": {"*": "looking"}}
    data["messages"]["survey"] = {**survey, "fail": "closed", "relevant_when": "picked"}
    data["promises"]["ready_by"]["at_risk_when"] = "age(placed) > duration('3h')"
    data["cases"] |= {
        "wrong": {"of": "contradiction", "after": "5m", "dwell": "1h", "severity": 5, "people": 4, "value": "shelf"},
        "unhappy": {"of": "complaint", "value": 12.5},
    }
    return data


def with_change(*path: str | int, to: Any = None, remove: bool = False) -> Compiled:
    """Return the gated pack compiled with one value changed, added or removed."""
    return altered(gated(), path, to, remove=remove)


@pytest.fixture(scope="module")
def pack() -> Pack:
    """Return the gated pack."""
    return compiled(gated()).require()


def test_the_pack_with_everything_has_no_warning() -> None:
    assert warnings(compiled(gated())) == []


def test_the_customer_is_taken_from_the_data_of_an_event(pack: Pack) -> None:
    assert pack.customer is not None
    assert pack.customer({"customer": "customer/17"}) == "customer/17"
    assert compiled(small()).require().customer is None


def test_quiet_hours_are_minutes_and_limits_microseconds(pack: Pack) -> None:
    limits = (Limit(2, DAY, ("survey", "promise")), Limit(9, 7 * DAY))
    assert pack.contact == ContactPolicy(21 * 60, 8 * 60 + 5, ("sms", "push"), limits)
    assert compiled(small()).require().contact == ContactPolicy()


def test_a_message_carries_what_the_gate_decides_by(pack: Pack) -> None:
    note, confirmation = pack.messages["ready_note"], pack.messages["confirmation"]
    assert (note.fail, note.hold_for, note.meanwhile) == ("closed", 30 * MINUTE, "looking")
    assert (note.reminder, note.urgent, note.must_say) == (True, True, ("cause", "next_word_at"))
    assert note.relevant_when is not None
    assert note.affects is not None
    assert [pack.rules.rules[rule].text for rule in (note.relevant_when, note.affects)] == [
        "!placed || picked",
        "shelf > 3",
    ]
    assert (confirmation.fail, confirmation.reminder, confirmation.urgent) == ("open", False, False)
    assert confirmation.due is not None
    assert confirmation.due({"due": "1970-01-01T00:00:01Z"}) == SECOND
    assert confirmation.due({}) is None
    assert pack.messages["looking"].fail == ""


@pytest.mark.parametrize(
    ("purpose", "written", "needed"),
    [
        ("survey", None, "survey"),
        ("offer", None, "marketing"),
        ("inform", None, ""),
        ("survey", "none", ""),
        ("survey", "panel", "panel"),
        ("inform", "service", "service"),
    ],
)
def test_a_message_needs_the_consent_of_its_purpose_unless_it_says_another(
    purpose: str, written: str | None, needed: str
) -> None:
    data = gated()
    data["messages"]["survey"]["purpose"] = purpose
    if written:
        data["messages"]["survey"]["consent"] = written
    assert compiled(data).require().messages["survey"].consent == needed


def test_a_case_opens_by_what_troth_itself_sees_and_weighs_its_harm(pack: Pack) -> None:
    wrong, unhappy = (next(kind for kind in pack.cases if kind.name == name) for name in ("wrong", "unhappy"))
    assert (wrong.of, wrong.open_when, wrong.lapse_of) == ("contradiction", None, None)
    assert (wrong.after, wrong.dwell, wrong.severity, wrong.people) == (5 * MINUTE, HOUR, 5, 4)
    assert (unhappy.after, unhappy.dwell, unhappy.severity, unhappy.people) == (0, 0, 3, 1)
    values = [{"shelf": 7}.get(fact.name) for fact in pack.facts]
    answers = pack.rules.evaluate(values, [False] * 5, [0] * 5, 0)
    assert wrong.value is not None
    assert unhappy.value is not None
    assert (answers[wrong.value], answers[unhappy.value]) == (7.0, 12.5)


def test_a_promise_is_at_risk_by_a_rule_that_may_look_at_ages(pack: Pack) -> None:
    rule = pack.promises[0].at_risk_when
    assert rule is not None
    assert pack.rules.rules[rule].ages == ((0, 3 * HOUR + 1),)


def test_personal_members_are_listed(pack: Pack) -> None:
    assert pack.events["order.placed"].personal == ("email", "name")
    assert pack.events["order.moved"].personal == ()


@pytest.mark.parametrize(
    ("path", "to", "expected"),
    [
        (("customer",), 17, ["X104"]),
        (("customer",), "data.", ["X101"]),
        (("contact", "quiet", "from"), "9 pm", ["P115"]),
        (("contact", "quiet", "from"), "24:00", ["P115"]),
        (("contact", "quiet", "from"), "08:05", ["P226"]),
        (("contact", "quiet"), {"from": "21:00"}, ["P112"]),
        (("contact", "at_most", 0, "count"), 0, ["P116"]),
        (("contact", "at_most", 0, "purposes"), ["spam"], ["P114"]),
        (("contact", "at_most", 0, "per"), "often", ["P115"]),
        (("messages", "ready_note", "fail"), "ajar", ["P114"]),
        (("messages", "ready_note", "meanwhile"), "ready_note", ["P223"]),
        (("messages", "ready_note", "meanwhile"), "lokking", ["P206"]),
        (("messages", "ready_note", "relevant_when"), "!known(picked)", ["X106"]),
        (("messages", "ready_note", "relevant_when"), "stale(picked)", ["X107"]),
        (("messages", "ready_note", "affects"), "shelf", ["X104"]),
        (("messages", "ready_note", "due"), "1 + 1", ["X104"]),
        (("promises", "ready_by", "at_risk_when"), "known(picked)", ["X106"]),
        (("cases", "wrong", "of"), "bad_luck", ["P114"]),
        (("cases", "wrong", "open_when"), "placed", ["P213"]),
        (("cases", "wrong", "severity"), 6, ["P116"]),
        (("cases", "wrong", "people"), 0, ["P116"]),
        (("cases", "wrong", "value"), "placed", ["X104"]),
        (("events", "order.placed", "personal"), ["attributes"], ["P228"]),
    ],
)
def test_each_mistake_has_its_code_and_its_place(path: tuple[str | int, ...], to: Any, expected: list[str]) -> None:
    result = with_change(*path, to=to)
    assert codes(result.problems) == expected, result.problems
    assert all(problem.place.line > 0 and problem.place.path for problem in result.problems)


@pytest.mark.parametrize(
    ("personal", "read_by"),
    [
        ("customer", "customer"),
        ("promised", "promises.ready_by.made_when"),
        ("line", "promises.ready_by.key"),
        ("opens", "promises.ready_by.opens"),
    ],
)
def test_no_expression_reads_what_is_personal(personal: str, read_by: str) -> None:
    result = with_change("events", "order.placed", "personal", to=[personal])
    assert [(problem.code, problem.place.path) for problem in result.problems] == [("P227", read_by)]


@pytest.mark.parametrize(
    "text",
    [
        "data.email == 'x'",
        "data['email'] == 'x'",
        "has(data.email)",
        "data[data.which] == 1",
        "data.exists(k, k == 'x')",
    ],
)
def test_reading_a_personal_member_in_whatever_way_is_refused(text: str) -> None:
    data = gated()
    data["events"]["order.placed"] |= {"when": text, "personal": ["email"]}
    assert codes(compiled(data).problems) == ["P227"]


def test_what_one_event_keeps_personal_another_may_say_openly() -> None:
    data = gated()
    data["events"]["order.moved"] = {"personal": ["line"]}
    assert codes(compiled(data).problems) == []
    data["events"]["order.moved"] = {"personal": ["due", "agreed"]}
    paths = [problem.place.path for problem in compiled(data).problems]
    assert paths == ["promises.ready_by.renewed_by.due.at", "promises.ready_by.renewed_by.consent"]


LIMITS = [{"count": 2, "per": "1d"}, {"count": 3, "per": "1d", "purposes": ["survey"]}]
TWICE = [{"count": 2, "per": "1d", "purposes": purposes} for purposes in (["survey", "promise"], ["promise", "survey"])]


@pytest.mark.parametrize(
    ("path", "to", "expected"),
    [
        (("messages", "survey", "relevant_when"), None, ("W115", "messages.survey")),
        (("messages", "ready_note"), {"hold_for": None, "meanwhile": None, "replace": None},
         ("W116", "messages.ready_note")),
        (("messages", "ready_note", "meanwhile"), "survey", ("W117", "messages.ready_note.meanwhile")),
        (("messages", "ready_note", "hold_for"), None, ("W118", "messages.ready_note.meanwhile")),
        (("messages", "confirmation", "due"), None, ("W119", "messages.confirmation")),
        (("contact", "at_most"), LIMITS, ("W120", "contact.at_most[1]")),
        (("contact", "at_most"), TWICE, ("W120", "contact.at_most[1]")),
        (("contact", "at_most"), [{"count": 1, "per": "1d", "purposes": ["offer"]}], ("W120", "contact.at_most[0]")),
        (("contact", "at_most"), [{"count": 1, "per": "1d"}, {"count": 2, "per": "7d"}], None),
        (("contact", "at_most"), [{"count": 1, "per": "1d", "purposes": ["survey"]}, {"count": 2, "per": "1d"}], None),
        (("messages", "ready_note", "must_say"), None, ("W121", "messages.ready_note")),
        (("customer",), None, ("W122", "contact")),
    ],
)  # fmt: skip
def test_what_is_probably_not_meant_is_warned_of(
    path: tuple[str | int, ...], to: Any, expected: tuple[str, str] | None
) -> None:
    data = gated()
    here: Any = data
    for step in path[:-1]:
        here = here[step]
    changes = {path[-1]: to} if not isinstance(to, dict) else to
    here = here if not isinstance(to, dict) else here[path[-1]]
    for key, value in changes.items():
        if value is None:
            del here[key]
        else:
            here[key] = value
    found = [warning for warning in warnings(compiled(data)) if warning[0] > "W114"]
    assert (expected in found) if expected else found == [], found


def test_messages_that_are_not_put_to_the_gate_need_nothing_of_it() -> None:
    data = gated()
    for message in data["messages"].values():
        for key in ("fail", "relevant_when", "due", "hold_for", "meanwhile", "affects"):
            message.pop(key, None)
    assert warnings(compiled(data)) == []


def test_an_observation_may_hang_on_a_condition_of_its_own() -> None:
    data = small()
    guarded = {"when": "data.of == 'shelf'", "value": "data.count"}
    data["events"]["order.placed"]["observe"] = {"placed": {"when": "data.sure", "value": True}, "shelf": guarded}
    pack = compiled(data).require()
    placed, shelf = pack.events["order.placed"].observe
    assert placed.value({"sure": True}) is True
    assert shelf.value({"of": "shelf", "count": 7}) == 7
    for said in ({"of": "stage", "count": 7}, {"count": 7}, {"of": "shelf"}, {}):
        assert shelf.value(said) is ABSENT
    assert placed.value({"sure": False}) is ABSENT
    assert warnings(compiled(data)) == []


@pytest.mark.parametrize(
    ("observed", "expected"),
    [
        ({"when": "data.x"}, ["P112"]),
        ({"when": 7, "value": True}, ["X104"]),
        ({"when": "data.x", "value": "'no'"}, ["X104"]),
        ({"when": "data.x", "value": 3}, ["P214"]),
        ([], ["P117"]),
    ],
)
def test_a_mistake_in_a_condition_of_an_observation_is_found(observed: Any, expected: list[str]) -> None:
    data = small()
    data["events"]["order.placed"]["observe"]["placed"] = observed
    assert codes(compiled(data).problems) == expected
