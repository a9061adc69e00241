"""Parts name rows: what holds of a row is what its figure has counted."""

from __future__ import annotations

import pytest

from troth.errors import UsageError
from troth.measures.backtest.part import PROMISES, WORDS, parse_part, words_of
from troth.model.backtest import BrokenWord, Judgement, Reasoned
from troth.model.decision import Outcome
from troth.model.hindsight import Hindsight
from troth.model.truth import Truth


def judgement(
    now: Truth,
    outcome: Outcome = "SEND",
    checks: tuple[str, ...] = (),
    *stated: Hindsight,
    faults: tuple[str, ...] = (),
) -> Judgement:
    """Return a judgement."""
    reasons = tuple(Reasoned("G000", check, "because") for check in checks)
    return Judgement("order/1", "m", "note", "mail", 0, 0, True, now, stated, faults, outcome, reasons=reasons)


def stated(verdict: str, source: str) -> Hindsight:
    """Return a statement that was told."""
    return Hindsight("order/1", "m", "note", "mail", "ready", 0, True, False, verdict, source)


@pytest.mark.parametrize(
    ("one", "word"),
    [
        (judgement(False, "SEND"), "false_send"),
        (judgement(False, "HOLD", ("truth",)), "caught"),
        (judgement(True, "HOLD", ("truth",)), "false_hold"),
        (judgement(True, "SUPPRESS", ("truth", "action")), "false_suppress"),
        (judgement(True, "REPLACE", ("promise",)), "false_suppress"),
    ],
)
def test_an_error_of_the_gate_is_judged_by_later_truth(one: Judgement, word: str) -> None:
    assert word in set(words_of(one))


@pytest.mark.parametrize("checks", [("contact",), ("truth", "contact"), ("relevance",), ("substance", "truth")])
def test_what_is_stopped_for_another_reason_is_stopped_rightly_whatever_the_truth(checks: tuple[str, ...]) -> None:
    words = set(words_of(judgement(True, "HOLD", checks)))
    assert not words & {"false_hold", "false_suppress"}


def test_what_nobody_can_tell_is_neither_true_nor_false() -> None:
    words = set(words_of(judgement(None, "HOLD", ("truth",), faults=("unknown",))))
    assert "unknown" in words
    assert not words & {"true", "false", "caught", "false_hold", "false_send"}


def test_a_source_and_its_blame_have_to_be_of_one_statement() -> None:
    one = judgement(False, "SEND", (), stated("unlucky", "carrier"), stated("blind", "shop"), faults=("false",))
    assert parse_part("worth+source=carrier").has_message(one)
    assert parse_part("late+source=shop").has_message(one)
    assert not parse_part("worth+source=shop").has_message(one)
    assert parse_part("false+worth+source=carrier").has_message(one)
    assert not parse_part("vague+worth+source=carrier").has_message(one)


def test_what_no_late_report_explains_is_nobodys_fault() -> None:
    one = judgement(False, "SEND", (), stated("unlucky", ""), faults=("false",))
    assert not parse_part("late").has_message(one)


def test_promises_and_messages_are_told_apart() -> None:
    silent = BrokenWord("order/1", "today", "", 5, "broken", 5, told=True)
    assert parse_part("without_a_word+promise=today").has_promise(silent)
    assert parse_part("broken").has_promise(silent)
    assert not parse_part("kept").has_promise(silent)
    assert not parse_part("false").has_promise(silent)
    assert not parse_part("promised").has_message(judgement(True))


def test_every_word_is_explained_and_can_be_asked_for() -> None:
    for word, text in {**WORDS, **PROMISES}.items():
        assert text
        assert parse_part(word).words == {word}


@pytest.mark.parametrize("text", ["wrong", "", "false+", "message=", "colour=red"])
def test_a_word_that_names_no_part_is_refused_with_those_that_do(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_part(text)
    (problem,) = caught.value.problems
    assert problem.code == "B101"
    assert "false" in problem.expected
