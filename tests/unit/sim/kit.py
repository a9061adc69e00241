"""A firm without faults, and a gate that says yes to everything."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from troth.model.decision import Decision, Permit
from troth.model.times import HOUR, Micros
from troth.runtime.service import Confirmed
from troth.sim.conduct import Answers
from troth.sim.faults import RATES, Faults
from troth.sim.steps import Ask, Confirm, Step

NONE: Final = Faults(**dict.fromkeys(RATES, 0.0), skew=0)
"""A firm in which nothing goes wrong but stock, traffic and people."""


class YesDriver:
    """A gate that is none: everything may go. What a firm without troth would have said; it records all steps.

    Attributes:
        steps: Every step, in order.
        closed: Whether it has been closed.
    """

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.closed = False

    def round(self, now: Micros, steps: Sequence[Step]) -> Answers:
        """Say yes to everything; see `Driver`."""
        self.steps += steps
        answers = Answers()
        for step in steps:
            if isinstance(step, Ask):
                answers.decisions.append((step, _yes(step, now)))
            elif isinstance(step, Confirm):
                answers.confirmed.append((step, Confirmed(True, None)))
        return answers

    def close(self) -> None:
        """Note that it is over."""
        self.closed = True


def _yes(ask: Ask, now: Micros) -> Decision:
    """Return a SEND."""
    request = ask.request
    permit = Permit(
        request.id, request.subject, request.message, request.channel, request.customer, now, now + HOUR, 0, 0
    )
    return Decision(request, "SEND", now, request.message, (), permit)
