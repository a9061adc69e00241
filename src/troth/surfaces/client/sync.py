"""The client for ordinary code."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from threading import Event as Signal
from types import TracebackType
from typing import Any, Self, TypeVar

from troth.model.decision import Decision, Request
from troth.model.event import Event
from troth.model.hindsight import Hindsight
from troth.model.record import Asked
from troth.model.times import Micros
from troth.runtime.service import CaseAction, Complaint, Confirmed, Tell
from troth.surfaces.client import calls
from troth.surfaces.client.attempts import Broken, Pause, Reply, Sent
from troth.surfaces.client.caller import PAGE, Caller
from troth.surfaces.client.calls import Call
from troth.surfaces.client.link import Link, PooledLink
from troth.surfaces.client.nouns import AskedWindow, CaseLine, PackInfo, PromisedWindow, Taken, Truth
from troth.surfaces.client.run import run

_T = TypeVar("_T")


class Client(Caller[Link]):
    """The client for ordinary code, safe from any thread; see `Caller` for its arguments and what methods raise."""

    _pool = PooledLink

    def events(self, events: Iterable[Event | Mapping[str, Any]], *, pack: str = "") -> Taken:
        """Hand in events, as CloudEvents objects or as troth's own; what is refused is kept in quarantine.

        Args:
            events: At most 1,000 at once.
            pack: The pack they are meant for; empty: each event's by the noun of its subject.
        """
        return self._do(calls.events(events, pack))

    def ask(self, request: Request, *, timeout_s: float | None = None) -> Decision:
        """Put one message to the gate."""
        return self.ask_many([request], timeout_s=timeout_s)[0]

    def ask_many(self, requests: Sequence[Request], *, timeout_s: float | None = None) -> list[Decision]:
        """Put messages to the gate, in order; each sees what was decided about those before it."""
        return self._do(calls.ask(tuple(requests)), self._patience(timeout_s))

    def confirm(self, subject: str, message_id: str, *, timeout_s: float | None = None) -> Confirmed:
        """Use a permit, just before hand-over."""
        return self._do(calls.confirm(subject, message_id), self._patience(timeout_s))

    def tell(self, receipts: Sequence[Tell], *, timeout_s: float | None = None) -> Taken:
        """Say what became of messages; told again it changes nothing."""
        return self._do(calls.tell(receipts), timeout_s)

    def complain(self, complaint: Complaint) -> CaseLine:
        """Hand in what a customer says; return the case that it opens or belongs to."""
        return self._do(calls.complain(complaint))

    def window(self, asked: AskedWindow) -> PromisedWindow:
        """Ask which window can be promised to a subject, and make the promise if that is asked for."""
        return self._do(calls.window(asked))

    def act(self, action: CaseAction) -> CaseLine:
        """Own, release, note, inform, remedy, close or reopen a case; return it as it stands then."""
        return self._do(calls.act(action))

    def heartbeat(self, sources: Mapping[str, Micros | None]) -> None:
        """Say that feeds are alive: source → heard up to, in microseconds since 1970 UTC; `None`: up to now."""
        self._do(calls.heartbeat(sources))

    def truth(self, subject: str, *, at: Micros | None = None) -> Truth:
        """Return what is so with a subject now, or as it was known at a moment."""
        return self._do(calls.truth(subject, at))

    def timeline(self, subject: str, *, at: Micros | None = None) -> list[dict[str, Any]]:
        """Return everything about a subject in order of time, as rows."""
        return self._do(calls.timeline(subject, at))

    def hindsight(self, subject: str, *, at: Micros | None = None) -> list[Hindsight]:
        """Return each statement that was told about a subject, as known then and as known now (or at a moment)."""
        return self._do(calls.hindsight(subject, at))

    def decision(self, subject: str, message_id: str) -> Asked:
        """Return the standing decision about a message, and whether its permit was used."""
        return self._do(calls.decision(subject, message_id))

    def cases(self, *, customer: str = "") -> Iterator[CaseLine]:
        """Yield open cases, worst harm first; pages are read as they are needed."""
        cursor = ""
        while True:
            page, cursor = self._do(calls.cases(customer, PAGE, cursor))
            yield from page
            if not cursor:
                return

    def case(self, case_id: str) -> CaseLine:
        """Return one case, open or closed."""
        return self._do(calls.case(case_id))

    def packs(self, *, timeout_s: float | None = None) -> list[PackInfo]:
        """Return the packs that are served."""
        return self._do(calls.packs(), timeout_s)

    def close(self) -> None:
        """Close all connections."""
        self._link.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _do(self, call: Call[_T], timeout_s: float | None = None) -> _T:
        """Carry a call out."""
        return run(self._attempts(call, timeout_s), self._step, Broken)

    def _step(self, step: Sent | Pause) -> Reply | None:
        """Wait, or send a request and return the answer."""
        if isinstance(step, Pause):
            Signal().wait(step.seconds)
            return None
        return self._link.carry(step)
