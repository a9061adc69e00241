"""Whatever has happened: a preview says what the question is then answered, and changes nothing."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.properties.chance import until
from tests.properties.test_live_service import MESSAGES, SUBJECTS, play, stories
from tests.unit.runtime.live.firm import Firm
from troth.model.decision import Decision, Request

CHANNELS = ("email", "sms", "phone")
_ids = st.sampled_from(["m0", "m1", "fresh"])


def answer_of(decision: Decision | None) -> Any:
    """Return what is compared of an answer: all but its moments, which go on with the clock."""
    if decision is None:
        return None
    reasons = [
        (one.code, one.check, one.outcome, one.text, one.about, one.evidence, one.fact) for one in decision.reasons
    ]
    return decision.outcome, decision.sends, reasons, answer_of(decision.replacement)


def test_a_preview_is_what_the_question_is_then_answered() -> None:
    tally = Counter[str]()

    @settings(max_examples=40, deadline=None)
    @given(
        story=stories,
        subject=st.sampled_from(SUBJECTS[:2]),
        name=_ids,
        message=st.sampled_from(MESSAGES),
        channel=st.sampled_from(CHANNELS),
    )
    def check(story: list[tuple[Any, ...]], subject: str, name: str, message: str, channel: str) -> None:
        firm = Firm()
        play(firm, story)
        request = Request(name, message, subject, channel)
        position, before = firm.ledger.last_position(), firm.service.look(subject)
        (foreseen,) = firm.service.preview([request])
        firm.service.pump()
        assert firm.ledger.last_position() == position
        assert firm.service.look(subject) == before
        (decision,) = firm.answer(firm.service.ask([request]))
        assert answer_of(foreseen) == answer_of(decision)
        tally[decision.outcome] += 1

    until(lambda: {"SEND", "HOLD", "SUPPRESS"} <= set(tally), check, f"not every answer was met: {tally}")
