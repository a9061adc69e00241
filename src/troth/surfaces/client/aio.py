"""The client for asynchronous code: the same methods as `Client`, awaited."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar

import anyio

from troth.model.decision import Decision, Request
from troth.model.event import Event
from troth.model.record import Asked
from troth.model.times import Micros
from troth.runtime.service import CaseAction, Complaint, Confirmed, Tell
from troth.surfaces.client import calls
from troth.surfaces.client.attempts import Broken, Pause, attempts, base_of
from troth.surfaces.client.calls import Call
from troth.surfaces.client.link import AsyncLink, AsyncPooledLink
from troth.surfaces.client.nouns import CaseLine, PackInfo, Taken, Truth
from troth.surfaces.client.sync import ASK_TIMEOUT_S, PAGE, TIMEOUT_S

_T = TypeVar("_T")


class AsyncClient:
    """Speaks with a service over HTTP. Connections are kept; for one event loop, asyncio's or trio's.

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
        link: AsyncLink | None = None,
    ) -> None:
        self._base = base_of(url)
        self._key = key
        self._timeout = timeout
        self._ask_timeout = ask_timeout
        self._link: AsyncLink = AsyncPooledLink(self._base) if link is None else link

    async def events(self, events: Iterable[Event | Mapping[str, Any]], *, pack: str = "") -> Taken:
        """Hand in events, as CloudEvents objects or as troth's own; what is refused is kept in quarantine.

        Args:
            events: At most 1,000 at once.
            pack: The pack they are meant for; empty: each event's by the noun of its subject.
        """
        return await self._do(calls.events(events, pack))

    async def ask(self, request: Request, *, timeout_s: float | None = None) -> Decision:
        """Put one message to the gate."""
        return (await self.ask_many([request], timeout_s=timeout_s))[0]

    async def ask_many(self, requests: Sequence[Request], *, timeout_s: float | None = None) -> list[Decision]:
        """Put messages to the gate, in order; each sees what was decided about those before it."""
        return await self._do(calls.ask(tuple(requests)), self._ask_timeout if timeout_s is None else timeout_s)

    async def confirm(self, subject: str, message_id: str, *, timeout_s: float | None = None) -> Confirmed:
        """Use a permit, just before hand-over."""
        return await self._do(calls.confirm(subject, message_id), self._ask_timeout if timeout_s is None else timeout_s)

    async def tell(self, receipts: Sequence[Tell], *, timeout_s: float | None = None) -> Taken:
        """Say what became of messages; told again it changes nothing."""
        return await self._do(calls.tell(receipts), timeout_s)

    async def complain(self, complaint: Complaint) -> CaseLine:
        """Hand in what a customer says; return the case that it opens or belongs to."""
        return await self._do(calls.complain(complaint))

    async def act(self, action: CaseAction) -> CaseLine:
        """Own, note, inform, remedy, close or reopen a case; return it as it stands then."""
        return await self._do(calls.act(action))

    async def heartbeat(self, sources: Mapping[str, Micros | None]) -> None:
        """Say that feeds are alive: source → heard up to, in microseconds since 1970 UTC; `None`: up to now."""
        await self._do(calls.heartbeat(sources))

    async def truth(self, subject: str, *, at: Micros | None = None) -> Truth:
        """Return what is so with a subject now, or as it was known at a moment."""
        return await self._do(calls.truth(subject, at))

    async def timeline(self, subject: str, *, at: Micros | None = None) -> list[dict[str, Any]]:
        """Return everything about a subject in order of time, as rows."""
        return await self._do(calls.timeline(subject, at))

    async def decision(self, subject: str, message_id: str) -> Asked:
        """Return the standing decision about a message, and whether its permit was used."""
        return await self._do(calls.decision(subject, message_id))

    async def cases(self, *, customer: str = "") -> AsyncIterator[CaseLine]:
        """Yield open cases, worst harm first; pages are read as they are needed."""
        cursor = ""
        while True:
            page, cursor = await self._do(calls.cases(customer, PAGE, cursor))
            for line in page:
                yield line
            if not cursor:
                return

    async def case(self, case_id: str) -> CaseLine:
        """Return one case, open or closed."""
        return await self._do(calls.case(case_id))

    async def packs(self, *, timeout_s: float | None = None) -> list[PackInfo]:
        """Return the packs that are served."""
        return await self._do(calls.packs(), timeout_s)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._link.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        base = self._base
        return f"AsyncClient({base.scheme}://{base.host}:{base.port}{base.prefix})"

    async def _do(self, call: Call[_T], timeout_s: float | None = None) -> _T:
        """Carry a call out."""
        limit = self._timeout if timeout_s is None else timeout_s
        steps = attempts(call, self._base, self._key, limit, time.monotonic)
        try:
            step = next(steps)
            while True:
                if isinstance(step, Pause):
                    await anyio.sleep(step.seconds)
                    step = steps.send(None)
                    continue
                try:
                    reply = await self._link.carry(step)
                except Broken as error:
                    step = steps.throw(error)
                else:
                    step = steps.send(reply)
        except StopIteration as done:
            value: _T = done.value
            return value
