"""The client for ordinary code."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from threading import Event as Signal
from types import TracebackType
from typing import Any, Final, Self, TypeVar

from troth.model.decision import Decision, Request
from troth.model.event import Event
from troth.model.record import Asked
from troth.model.times import Micros
from troth.runtime.service import CaseAction, Complaint, Confirmed, Tell
from troth.surfaces.client import calls
from troth.surfaces.client.attempts import Broken, Pause, attempts, base_of
from troth.surfaces.client.calls import Call
from troth.surfaces.client.link import Link, PooledLink
from troth.surfaces.client.nouns import CaseLine, PackInfo, Taken, Truth

_T = TypeVar("_T")

TIMEOUT_S: Final = 10.0
ASK_TIMEOUT_S: Final = 0.5
"""How long a sender waits for the gate, in seconds: a question stands before a message that somebody waits for."""
PAGE: Final = 100


class Client:
    """Speaks with a service over HTTP. Connections are kept; safe from any thread.

    Calls that no answer came back for are sent again within their time; those of which a second time would be another
    thing carry an Idempotency-Key.

    Args:
        url: Where the service is, `http://127.0.0.1:8080`.
        key: The API key; empty: none.
        timeout: How long a call may take with all its repetitions, in seconds.
        ask_timeout: The same for `ask`, `ask_many` and `confirm`, which stand before a sender.
        link: What carries requests; `None`: a pool of connections. For tests.

    Every method raises:
        ServiceError: No answer (K101, K102, K103), or the service cannot serve now.
        UsageError: The key is missing, not good or may not do this (H2xx); the request has not the form (H1xx).
        GateError: It does not know the subject, message or case (G8xx).
    """

    def __init__(
        self,
        url: str,
        key: str = "",
        *,
        timeout: float = TIMEOUT_S,
        ask_timeout: float = ASK_TIMEOUT_S,
        link: Link | None = None,
    ) -> None:
        self._base = base_of(url)
        self._key = key
        self._timeout = timeout
        self._ask_timeout = ask_timeout
        self._link: Link = PooledLink(self._base) if link is None else link

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
        return self._do(calls.ask(tuple(requests)), self._ask_timeout if timeout_s is None else timeout_s)

    def confirm(self, subject: str, message_id: str, *, timeout_s: float | None = None) -> Confirmed:
        """Use a permit, just before hand-over."""
        return self._do(calls.confirm(subject, message_id), self._ask_timeout if timeout_s is None else timeout_s)

    def tell(self, receipts: Sequence[Tell], *, timeout_s: float | None = None) -> Taken:
        """Say what became of messages; told again it changes nothing."""
        return self._do(calls.tell(receipts), timeout_s)

    def complain(self, complaint: Complaint) -> CaseLine:
        """Hand in what a customer says; return the case that it opens or belongs to."""
        return self._do(calls.complain(complaint))

    def act(self, action: CaseAction) -> CaseLine:
        """Own, note, inform, remedy, close or reopen a case; return it as it stands then."""
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

    def __repr__(self) -> str:
        base = self._base
        return f"Client({base.scheme}://{base.host}:{base.port}{base.prefix})"

    def _do(self, call: Call[_T], timeout_s: float | None = None) -> _T:
        """Carry a call out."""
        limit = self._timeout if timeout_s is None else timeout_s
        steps = attempts(call, self._base, self._key, limit, time.monotonic)
        try:
            step = next(steps)
            while True:
                if isinstance(step, Pause):
                    Signal().wait(step.seconds)
                    step = steps.send(None)
                    continue
                try:
                    reply = self._link.carry(step)
                except Broken as error:
                    step = steps.throw(error)
                else:
                    step = steps.send(reply)
        except StopIteration as done:
            value: _T = done.value
            return value
