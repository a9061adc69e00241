"""Everything that was told, judged: what was wrong with it, what the gate would have decided, who heard in time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from tests.unit.engine.cases_kit import PLACED, by_people, done, said, sent, talking
from tests.unit.engine.kit import SUBJECT, a_pack, moment
from troth.customers.contact import check_contact
from troth.engine.backtest import Backtest
from troth.engine.backtest_evidence import evidence_of
from troth.engine.gate import CHECKS
from troth.engine.machine import prepare
from troth.engine.vague import fit_every_state
from troth.model.backtest import FAULTS, BrokenWord, Judgement
from troth.model.customer import Customer
from troth.model.decision import Request
from troth.model.event import Event
from troth.model.look import Check
from troth.model.pack import Pack
from troth.model.record import Record
from troth.model.times import MINUTE, Micros

PACK = talking()


def marks(pack: Pack, now: str) -> dict[str, Micros]:
    """Return watermarks of feeds that are all heard."""
    return {source.name: moment(now) for source in pack.sources}


def judged(events: Sequence[Event], now: str = "9h", pack: Pack = PACK) -> tuple[Judgement, ...]:
    """Return what is found of everything told."""
    return Backtest(pack, marks(pack, now), moment(now)).judge(SUBJECT, events)[0].messages


def words(events: Sequence[Event], now: str = "9h", pack: Pack = PACK) -> tuple[BrokenWord, ...]:
    """Return what is found of promises that are decided."""
    return Backtest(pack, marks(pack, now), moment(now)).judge(SUBJECT, events)[0].promises


@pytest.mark.parametrize(
    ("before", "faults", "outcome", "codes"),
    [
        ([done("10m")], (), "SEND", []),
        ([], ("false", "false_then"), "REPLACE", ["G301"]),
        ([done("10m"), done("20m", False, heard="50m")], ("false",), "SEND", []),
        ([done("10m", heard="50m")], ("false_then",), "REPLACE", ["G301"]),
        ([done("10m", None)], ("unknown",), "HOLD", ["G302"]),
    ],
    ids=["honest", "careless", "unlucky", "lucky", "nobody knows"],
)
def test_a_message_is_judged_by_two_truths_and_by_the_gate_of_its_moment(
    before: list[Event], faults: tuple[str, ...], outcome: str, codes: list[str]
) -> None:
    (found,) = judged([PLACED, *before, sent("30m", "ready_note")])
    assert (found.faults, found.outcome) == (faults, outcome)
    assert [reason.code for reason in found.reasons] == codes
    assert set(found.faults) <= set(FAULTS)
    assert found.told_at == found.left_at == moment("30m")


def test_the_gate_does_not_see_the_messages_own_receipt() -> None:
    """Else every message would tell what the customer believes already."""
    (found,) = judged([PLACED, done("10m"), sent("30m", "ready_note")])
    assert found.outcome == "SEND"


def test_a_message_is_judged_at_the_moment_it_left_and_not_when_it_arrived() -> None:
    pack = a_pack(
        facts={
            "placed": {"type": "bool", "authority": [["desk"]], "otherwise": False},
            "done": {"type": "bool", "authority": [["floor"]], "otherwise": False},
        },
        statements={"ready": {"about": "pickup", "true_when": "done"}},
        messages={"note": {"purpose": "inform", "statements": ["ready"], "told_at": {"*": "delivered"}}},
    )
    data = {"message": "note", "id": "n1", "channel": "mail"}
    left = Event("carrier", "s", "message.sent", SUBJECT, moment("30m"), moment("30m"), data)
    came = Event("carrier", "d", "message.delivered", SUBJECT, moment("50m"), moment("50m"), data)
    (found,) = judged([PLACED, done("40m"), left, came], pack=pack)
    assert (found.left_at, found.told_at) == (moment("30m"), moment("50m"))
    assert (found.outcome, found.now, found.faults) == ("SUPPRESS", True, ())


def test_what_is_said_twice_is_vague() -> None:
    first, second = judged([PLACED, done("10m"), sent("30m", "ready_note"), sent("40m", "ready_note")])
    assert (first.faults, second.faults) == ((), ("vague",))
    assert [reason.code for reason in second.reasons] == ["G501"]


def test_a_variable_that_the_history_lacks_is_no_fault_and_an_empty_one_is() -> None:
    (lacking,) = judged([PLACED, sent("30m", "sorry_until")])
    assert (lacking.faults, lacking.outcome) == ((), "SEND")
    receipt = sent("30m", "sorry_until")
    empty = Event(
        receipt.source, receipt.id, receipt.type, SUBJECT, receipt.occurred_at, receipt.heard_at,
        {**receipt.data, "next_word_at": ""},
    )  # fmt: skip
    (found,) = judged([PLACED, empty])
    assert (found.faults, [reason.code for reason in found.reasons]) == (("vague",), ["G506"])


def test_a_statement_that_fits_every_state_is_vague() -> None:
    pack = a_pack(
        statements={
            "news": {"about": "it", "true_when": "placed || !placed"},
            "open": {"about": "it", "true_when": "!done"},
        },
        messages={"news_note": {"purpose": "inform", "statements": ["news"], "told_at": {"*": "sent"}}},
    )
    assert fit_every_state(prepare(pack)) == {"news"}
    (found,) = judged([PLACED, sent("30m", "news_note")], pack=pack)
    assert found.faults == ("vague",)


def test_a_word_of_checking_after_the_end_is_pointless_and_an_apology_is_not() -> None:
    pack = a_pack(
        statements={
            "checking": {"about": "it", "true_when": "placed"},
            "sorry": {"about": "regret", "true_when": "placed"},
        },
        messages={
            "checking": {"purpose": "checking", "statements": ["checking"], "told_at": {"*": "sent"}},
            "sorry": {"purpose": "apology", "statements": ["sorry"], "told_at": {"*": "sent"}},
        },
    )
    before, after, sorry = judged(
        [PLACED, sent("5m", "checking"), done("10m"), sent("30m", "checking", 1), sent("40m", "sorry")], pack=pack
    )
    assert (before.faults, after.faults[0], sorry.faults) == ((), "pointless", ())


def test_what_a_newer_word_has_overtaken_is_pointless() -> None:
    requested = Event(
        "carrier", "r", "message.requested", SUBJECT, moment("5m"), moment("5m"),
        {"message": "wait", "id": f"wait-0-{moment('30m')}", "channel": "mail"},
    )  # fmt: skip
    overtaking, late = judged([PLACED, requested, done("10m"), sent("20m", "ready_note"), sent("30m", "wait")])
    assert overtaking.faults == ()
    assert "pointless" in late.faults
    (alone,) = judged([PLACED, requested, sent("30m", "wait")])
    assert alone.faults == ()


def asking(statements: dict[str, Any], **changes: Any) -> Pack:
    """Return a pack whose promise of the day lapses after an hour, and which asks how it was."""
    section = {"purpose": "survey", "statements": ["sorry"], "told_at": {"*": "sent"}}
    return a_pack(
        statements={"sorry": {"about": "regret", "true_when": "placed"}, **statements},
        messages={"survey": section, **changes.pop("messages", {})},
        promises={"today": {"made_by": "order.placed", "due": {"after": "1h"}, "kept_when": "done"}},
        **changes,
    )


TODAY = {"soon": {"about": "arrival", "promise": "today"}}
LAPSE = {"overdue": {"lapse_of": "today"}}
ASKED_TWICE = [PLACED, sent("30m", "survey"), sent("2h", "survey", 1)]


def test_a_survey_into_a_known_failure_is_named() -> None:
    early, late = judged(ASKED_TWICE, pack=asking(TODAY))
    assert early.faults == ()
    assert late.faults[0] == "after_failure"
    assert "G203" in [reason.code for reason in late.reasons]


@pytest.mark.parametrize("cases", [{}, LAPSE], ids=["no case", "a case of its lapse"])
def test_a_promise_that_no_customer_is_told_of_is_no_known_failure_towards_them(cases: dict[str, Any]) -> None:
    _, late = judged(ASKED_TWICE, pack=asking({}, cases=cases))
    assert {"G203", "G201"} & {reason.code for reason in late.reasons}, "it did lapse, and the gate knows"
    assert "after_failure" not in late.faults
    _, told = judged(ASKED_TWICE, pack=asking(TODAY, cases=cases))
    assert "after_failure" in told.faults


def test_any_other_open_case_is_a_known_failure_whatever_was_promised() -> None:
    _, late = judged(ASKED_TWICE, pack=asking({}, cases={"stands": {"open_when": "placed && !done"}}))
    assert late.faults[0] == "after_failure"


def test_how_long_a_customer_was_left_with_it_ends_when_it_is_put_right() -> None:
    (found, _) = judged([PLACED, sent("30m", "ready_note"), sent("50m", "wait")])
    assert (found.wrong_for, found.wrong_ended) == (20 * MINUTE, True)
    (for_ever,) = judged([PLACED, sent("30m", "ready_note")])
    assert (for_ever.wrong_for, for_ever.wrong_ended) == (moment("9h") - moment("30m"), False)
    assert for_ever.harm > found.harm > 0
    (arrived,) = judged([PLACED, sent("30m", "ready_note"), done("2h")])
    assert (arrived.wrong_for, arrived.wrong_ended) == (90 * MINUTE, True)


def test_how_late_an_event_was_heard_is_not_known_of_one_that_has_no_date_of_its_own() -> None:
    pack = a_pack(
        more_facts={"lost_date": {"type": "bool", "authority": [["desk"]], "otherwise": False}},
        more_events={"order.ended": {"observe": {"lost_date": "data.lost_date"}}},
        states={"over": {"when": "lost_date", "undated": "lost_date", "terminal": True}, "else": {"when": "true"}},
        transitions={},
    )
    test = Backtest(pack, marks(pack, "9h"), moment("9h"))
    of = {
        "dated": Event("desk", "1", "order.ended", SUBJECT, 0, moment("9h"), {"lost_date": False}),
        "undated": Event("desk", "2", "order.ended", SUBJECT, 0, moment("9h"), {"lost_date": True}),
        "not known": Event("desk", "3", "order.ended", SUBJECT, 0, moment("9h"), {"lost_date": None}),
        "assumed": Event("desk", "4", "order.ended", SUBJECT, 0, 0, {"lost_date": False}, assumed="heard_at"),
        "says nothing": Event("desk", "5", "order.other", SUBJECT, 0, moment("9h")),
    }
    found = {name: test.dated(event) for name, event in of.items()}
    assert found == {"dated": True, "undated": False, "not known": False, "assumed": False, "says nothing": None}


def test_checks_of_a_customer_are_made_where_one_is_known() -> None:
    asked: list[Request] = []

    def whose(record: Record, request: Request, now: Micros) -> tuple[Customer, Sequence[Check]]:
        """Return a customer who has closed the channel."""
        asked.append(request)
        assert record.at == now == moment("30m")
        return Customer("customer/1", open_channels={"mail": False}), (check_contact, *CHECKS)

    test = Backtest(PACK, marks(PACK, "9h"), moment("9h"), whose)
    ((found,), _) = (test.judge(SUBJECT, [PLACED, done("10m"), sent("30m", "ready_note")])[0].messages, None)
    assert (found.outcome, [reason.code for reason in found.reasons]) == ("SUPPRESS", ["G107"])
    assert asked[0].channel == "mail"


def promising(**more: object) -> Pack:
    """Return a pack that promises the customer to be done within the hour, and can say that it is late."""
    return a_pack(
        statements={
            "by_then": {"about": "time", "promise": "today"},
            "late": {"about": "time", "true_when": "placed"},
            "other": {"about": "weather", "true_when": "placed"},
        },
        messages={
            name: {"purpose": "inform", "statements": [said], "told_at": {"*": "sent"}}
            for name, said in (("promise_note", "by_then"), ("late_note", "late"), ("other_note", "other"))
        },
        promises={"today": {"made_by": "order.placed", "due": {"after": "1h"}, "kept_when": "done"}},
        **more,
    )


@pytest.mark.parametrize(
    ("told", "silent"),
    [
        ([], True),
        ([sent("50m", "late_note")], False),
        ([sent("70m", "late_note")], True),
        ([sent("50m", "other_note")], True),
        ([sent("50m", "promise_note", 1)], True),
        ([by_people("50m", "case.opened", case="c", kind="complaint", about="", by="customer"),
          by_people("55m", "case.informed", case="c")], False),
    ],
    ids=["silence", "told in time", "told too late", "told of something else", "promised again", "told by a person"],
)  # fmt: skip
def test_a_promise_is_broken_without_a_word_unless_the_customer_heard_before_it_was_due(
    told: list[Event], silent: bool
) -> None:
    (found,) = words([PLACED, sent("1m", "promise_note"), *told], pack=promising())
    assert (found.outcome, found.without_a_word) == ("broken", silent)


def test_a_promise_that_was_kept_or_that_nobody_was_told_of_is_not_broken_without_a_word() -> None:
    (kept,) = words([PLACED, done("50m")], pack=promising())
    assert (kept.outcome, kept.without_a_word) == ("kept", False)
    (inner,) = words([PLACED])
    assert (inner.outcome, inner.told, inner.without_a_word) == ("broken", False, False)


def test_evidence_names_the_event_that_was_heard_too_late() -> None:
    late = done("20m", False, heard="50m")
    events = [PLACED, done("10m"), late, sent("30m", "ready_note")]
    (found,) = judged(events)
    evidence = evidence_of(prepare(PACK), found, events, marks(PACK, "9h"))
    (then,), (now,) = evidence.known_then, evidence.known_now
    assert (then.fact, then.value, then.source, then.occurred_at) == ("done", True, "floor", moment("10m"))
    assert (now.value, now.event_id, now.heard_at) == (False, late.id, moment("50m"))


def test_what_is_undated_makes_nothing_false() -> None:
    """It is known that it was called off, not when: perhaps long after the promise was told."""
    pack = a_pack(
        facts={
            "placed": {"type": "bool", "authority": [["desk"]], "otherwise": False},
            "done": {"type": "bool", "authority": [["floor"]], "otherwise": False},
            "off": {"type": "bool", "authority": [["desk"]], "otherwise": False},
        },
        more_events={"order.off": {"observe": {"off": True}}},
        states={
            "off": {"when": "off", "terminal": True, "undated": "off"},
            "done": {"when": "done", "usable": True},
            "open": {"when": "!done"},
        },
        statements={"wanted": {"about": "it", "true_when": "!off"}},
        messages={"note": {"purpose": "inform", "statements": ["wanted"], "told_at": {"*": "sent"}}},
    )
    (found,) = judged([PLACED, said("0m", "desk", "order.off", heard="8h"), sent("30m", "note")], pack=pack)
    assert (found.then, found.now, found.faults) == (True, None, ("unknown",))
