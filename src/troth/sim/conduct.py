"""Bringing the firm before a service: rounds of steps on a virtual clock, through a driver."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from troth.model.decision import Decision
from troth.model.effect import Outgoing
from troth.model.times import Micros
from troth.runtime.service import Confirmed
from troth.sim.firm import ROUND, Firm
from troth.sim.steps import Ask, Confirm, Step


class Answers(msgspec.Struct):
    """What a service answers to the steps of one round.

    Attributes:
        decisions: Of each `Ask` that was answered.
        confirmed: Of each `Confirm` that was answered.
        news: What the service told its subscribers meanwhile, in order.
    """

    decisions: list[tuple[Ask, Decision]] = []
    confirmed: list[tuple[Confirm, Confirmed]] = []
    news: list[Outgoing] = []


class Driver(Protocol):
    """A way to a service: in process, or over HTTP."""

    def round(self, now: Micros, steps: Sequence[Step]) -> Answers:
        """Let time pass to `now`, take the steps in order, and wait until all of them are answered.

        Reports and heartbeats are acknowledged before questions are asked; what time alone changes by `now` has been
        changed before customers are heard.
        """
        ...

    def close(self) -> None:
        """End the service."""
        ...


class Witness(Protocol):
    """Sees every round with its answers: judges, recorders."""

    def saw(self, now: Micros, steps: Sequence[Step], answers: Answers) -> None:
        """Take note of a round."""
        ...


def conduct(
    firm: Firm,
    driver: Driver,
    witnesses: Sequence[Witness] = (),
    *,
    wait: Callable[[Micros], None] | None = None,
    every: Micros = ROUND,
) -> int:
    """Run a firm before a service until it is finished; return the number of rounds.

    Args:
        firm: The firm.
        driver: The way to the service.
        witnesses: Who sees each round.
        wait: Is called before each round with its virtual moment, and returns when it has come; `None`: at once.
        every: Rounds fall on multiples of this; a round without a step is left out. Microseconds.
    """
    rounds = 0
    while not firm.finished:
        now = -(-firm.next_at() // every) * every
        if wait is not None:
            wait(now)
        steps = firm.steps(now)
        answers = driver.round(now, steps)
        for witness in witnesses:
            witness.saw(now, steps, answers)
        for _, decision in answers.decisions:
            firm.decided(decision)
        for confirm, confirmed in answers.confirmed:
            firm.confirmed(confirm.id, confirmed.ok, confirmed.decision)
        for news in answers.news:
            firm.heard_back(news)
        rounds += 1
    return rounds
