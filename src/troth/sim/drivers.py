"""The driver of the live service in process; of its round the parts that other drivers share."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any, TypeAlias

from troth.model.effect import Outgoing
from troth.model.event import Event
from troth.model.pack import Pack
from troth.model.times import Micros
from troth.ports.ledger import Ledger
from troth.runtime.live import LiveService
from troth.runtime.live.run import Done
from troth.runtime.service import Complaint
from troth.sim.conduct import Answers
from troth.sim.steps import Ask, Confirm, Contact, Heartbeat, Report, Step

_Waiting: TypeAlias = list[tuple[Any, Future[Any]]]
Submitted: TypeAlias = tuple[_Waiting, _Waiting, _Waiting]
"""What waits for answers: (asks, confirms, others)."""


class LiveDriver:
    """The live service in process, on a virtual clock: every round is a turn, the same in every run.

    Attributes:
        service: The service.
        turns: How many turns it took.

    Args:
        ledger: Where it stores.
        packs: Pack name → pack: `store_pickup` and `customer`.
        start: The first moment; microseconds since 1970 UTC.
    """

    def __init__(self, ledger: Ledger, packs: dict[str, Pack], start: Micros) -> None:
        self._now = start
        self._news: list[Outgoing] = []
        self._ledger = ledger
        self.turns = 0
        self.service = LiveService(ledger, packs, clock=lambda: self._now, threaded=False, on_turn=self._after_turn)

    def round(self, now: Micros, steps: Sequence[Step]) -> Answers:
        """Take the steps of a round; see `Driver`.

        Raises:
            TrothError: The service could not answer.
        """
        self._now, self._news = now, []
        submitted = submit(self.service, steps)
        self.turns += self.service.pump()
        answers = answers_of(submitted)
        # Subjects are independent of each other: which of them a turn comes to first is left to the service.
        answers.news = sorted(self._news, key=lambda news: news.subject)
        return answers

    def close(self) -> None:
        """Stop the service and close its ledger."""
        self.service.close()
        self._ledger.close()

    def _after_turn(self, done: Done) -> None:
        """Keep what a turn tells the world."""
        self._news += done.outgoing


def submit(service: LiveService, steps: Sequence[Step]) -> Submitted:
    """Hand the steps in; return what waits: (asks, confirms, others)."""
    reports: dict[str, list[Event]] = {}
    asks = [step for step in steps if isinstance(step, Ask)]
    confirms: _Waiting = []
    others: _Waiting = []
    for step in steps:
        if isinstance(step, Report):
            reports.setdefault(step.pack, []).append(step.event)
    others += [(name, service.accept(name, events)) for name, events in reports.items()]
    decisions: _Waiting = [(asks, service.ask([ask.request for ask in asks]))] if asks else []
    for step in steps:
        match step:
            case Heartbeat(heard=heard):
                others.append((step, service.heartbeat(heard)))
            case Confirm(subject=subject, id=id):
                confirms.append((step, service.confirm(subject, id)))
            case Contact(subject=subject, text=text, channel=channel):
                others.append((step, service.complain(Complaint(subject, text, channel=channel))))
    return decisions, confirms, others


def answers_of(submitted: Submitted) -> Answers:
    """Wait for the answers to steps that were handed in; the news are not among them.

    Raises:
        TrothError: The service could not answer.
    """
    decisions, confirms, others = submitted
    for _, answer in others:
        answer.result()
    answers = Answers()
    for asked, decision in ((asks, answer.result()) for asks, answer in decisions):
        answers.decisions += zip(asked, decision, strict=True)
    answers.confirmed = [(confirm, answer.result()) for confirm, answer in confirms]
    return answers
