"""The client for asynchronous code: the same methods as `Client`, awaited."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar

import anyio

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
from troth.surfaces.client.link import AsyncLink, AsyncPooledLink
from troth.surfaces.client.nouns import AskedWindow, CaseLine, PackInfo, PromisedWindow, Taken, Truth
from troth.surfaces.client.run import run_async

_T = TypeVar("_T")


class AsyncClient(Caller[AsyncLink]):
    """The client for one event loop, asyncio's or trio's; see `Caller` for its arguments and what methods raise."""

    _pool = AsyncPooledLink

    async def events(self, events: Iterable[Event | Mapping[str, Any]], *, pack: str = "") -> Taken:
        """Hand in events; see `Client.events`."""
        return await self._do(calls.events(events, pack))

    async def ask(self, request: Request, *, timeout_s: float | None = None) -> Decision:
        """Put one message to the gate."""
        return (await self.ask_many([request], timeout_s=timeout_s))[0]

    async def ask_many(self, requests: Sequence[Request], *, timeout_s: float | None = None) -> list[Decision]:
        """Put messages to the gate, in order; each sees what was decided about those before it."""
        return await self._do(calls.ask(tuple(requests)), self._patience(timeout_s))

    async def confirm(self, subject: str, message_id: str, *, timeout_s: float | None = None) -> Confirmed:
        """Use a permit, just before hand-over."""
        return await self._do(calls.confirm(subject, message_id), self._patience(timeout_s))

    async def tell(self, receipts: Sequence[Tell], *, timeout_s: float | None = None) -> Taken:
        """Say what became of messages; told again it changes nothing."""
        return await self._do(calls.tell(receipts), timeout_s)

    async def complain(self, complaint: Complaint) -> CaseLine:
        """Hand in what a customer says; return the case that it opens or belongs to."""
        return await self._do(calls.complain(complaint))

    async def window(self, asked: AskedWindow) -> PromisedWindow:
        """Ask which window can be promised to a subject, and make the promise if that is asked for."""
        return await self._do(calls.window(asked))

    async def act(self, action: CaseAction) -> CaseLine:
        """Own, release, note, inform, remedy, close or reopen a case; return it as it stands then."""
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

    async def hindsight(self, subject: str, *, at: Micros | None = None) -> list[Hindsight]:
        """Return each statement that was told about a subject, as known then and as known now (or at a moment)."""
        return await self._do(calls.hindsight(subject, at))

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

    async def _do(self, call: Call[_T], timeout_s: float | None = None) -> _T:
        """Carry a call out."""
        return await run_async(self._attempts(call, timeout_s), self._step, Broken)

    async def _step(self, step: Sent | Pause) -> Reply | None:
        """Wait, or send a request and return the answer."""
        if isinstance(step, Pause):
            await anyio.sleep(step.seconds)
            return None
        return await self._link.carry(step)
