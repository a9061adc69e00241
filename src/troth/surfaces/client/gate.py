"""The gate before a sender: ask, confirm, hand over, tell; around a `with` block or a function."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar, get_args

import anyio

from troth.errors import Place, Problem, TrothError, UsageError
from troth.model.decision import Request
from troth.model.times import Micros
from troth.runtime.clock import wall_clock
from troth.runtime.service import Service
from troth.surfaces.client.aio import AsyncClient
from troth.surfaces.client.background import Background
from troth.surfaces.client.caller import ASK_TIMEOUT_S
from troth.surfaces.client.doors import (
    AsyncClientDoor,
    AsyncDoor,
    ClientDoor,
    Door,
    ServiceDoor,
    ThreadedDoor,
    carried,
    carried_async,
    infos_of,
)
from troth.surfaces.client.gated import Decorator, Message
from troth.surfaces.client.notices import CHANGED, REQUESTED, REVOKED, DecisionNotice, Notice, parse_webhook
from troth.surfaces.client.nouns import FailPolicy, table_of
from troth.surfaces.client.plan import emptying, entering, receipt_of, telling, watching
from troth.surfaces.client.policies import Policies, check_mode
from troth.surfaces.client.problems import no_answer
from troth.surfaces.client.report import Report, Tally
from troth.surfaces.client.sending import Mode, Sending, Verdict
from troth.surfaces.client.spool import Spool
from troth.surfaces.client.sync import Client

_T = TypeVar("_T")

SHADOW_S: Final = 0.1
"""How long shadow mode may hold up a sender, before and after its work, in seconds."""

UNSURE: Final = (TimeoutError, BrokenPipeError, ConnectionAbortedError, ConnectionResetError)
"""Errors after which nobody knows whether a message has left: the line broke, perhaps behind it."""

_log: Final = logging.getLogger("troth.gate")


class Gate:
    """Stands before senders. Safe from any thread.

    Args:
        service: A Client, an AsyncClient (for `async` senders only), or a live service in this process.
        mode: `enforce`: nothing goes without the gate's leave. `shadow`: everything goes as before; what the gate would
            have done is counted.
        fail: What happens to messages when the gate gives no answer: `closed` or `open` for all, or message → policy;
            goes before what the packs say, which is read with the first answer, and kept beside the spool's file.
        timeout_s: How long each answer may take, in seconds.
        shadow_s: How long shadow mode may hold up a sender, before and after its work each, in seconds.
        spool: Where receipts wait that could not be told: a file's path, or a Spool; `None`: in memory.
        unsure_on: Errors of a sender after which nobody knows whether the message has left: no receipt is told, and it
            is not sent again. After every other error it may be.
        clock: Returns the present moment; microseconds since 1970 UTC.

    Raises:
        UsageError: K110, a mode, policy or (of a service in this process) message that does not exist; K109.
    """

    def __init__(
        self,
        service: Client | AsyncClient | Service,
        *,
        mode: Mode = "enforce",
        fail: FailPolicy | Mapping[str, FailPolicy] | None = None,
        timeout_s: float = ASK_TIMEOUT_S,
        shadow_s: float = SHADOW_S,
        spool: str | Path | Spool | None = None,
        unsure_on: tuple[type[BaseException], ...] = UNSURE,
        clock: Callable[[], Micros] = wall_clock,
    ) -> None:
        check_mode(mode, get_args(Mode))
        self.mode: Mode = mode
        self._door, self._async_door = _doors(service)
        self._timeout_s = timeout_s
        self._shadow_s = shadow_s
        self._spool = spool if isinstance(spool, Spool) else Spool(spool)
        path = self._spool.path
        self._policies = Policies(fail, None if path is None else path.with_name(path.name + ".fail"))
        wrong = [] if isinstance(service, Client | AsyncClient) else self._policies.strange(table_of(infos_of(service)))
        if wrong:
            raise UsageError(wrong)
        self._unsure_on = unsure_on
        self._clock = clock
        self._tally = Tally()
        self._background = Background()
        self._callbacks: dict[str, list[Callable[[DecisionNotice], None]]] = {}

    # ------------------------------------------------------------------ for senders

    def message(
        self,
        message: str,
        *,
        subject: str,
        id: str = "",
        channel: str = "",
        customer: str = "",
        data: Mapping[str, Any] | None = None,
        renders: Collection[str] | None = None,
    ) -> Message:
        """Return a message to be used as `with gate.message(…) as sending:`, or `async with`.

        Args:
            message: Its name in the pack.
            subject: What it is about, `pickup/17`.
            id: Its own id within the subject; empty: its name, for a message that is sent once about a subject. The
                same id is never handed over twice.
            channel: Where it goes.
            customer: To whom, `customer/17`; empty: the subject's own.
            data: What it says: the variables of its template.
            renders: Messages that this sender can make; `None`: all that `sending.message` may name.
        """
        request = Request(id or message, message, subject, channel, customer, dict(data or {}))
        return Message(self, request, renders)

    def gated(
        self,
        message: Callable[..., str] | str,
        *,
        subject: Callable[..., str] | str,
        id: Callable[..., str] | str = "",
        channel: Callable[..., str] | str = "",
        customer: Callable[..., str] | str = "",
        data: Callable[..., Mapping[str, Any]] | None = None,
        renders: Collection[str] | None = None,
    ) -> Decorator:
        """Return a decorator for a function, `async` or not, that hands one message over; it returns a `Result` then.

        A function with a parameter `sending` gets the message, and has to say what `sending.message` names. One without
        is called for the message asked for only.

        Args:
            message: Its name in the pack, or a function of the same arguments that tells it; so everywhere below.
            subject: What it is about.
            id: Its own id; see `message`.
            channel: Where it goes.
            customer: To whom.
            data: A function of the same arguments that returns what the message says.
            renders: Messages that the function can make; `None`: see above.
        """
        return Decorator(self, message, subject, id, channel, customer, data, renders)

    # ------------------------------------------------------------------ recall

    def on_revoked(self, callback: Callable[[DecisionNotice], None]) -> None:
        """Have something called when a permit was revoked: take the message out of the queue it waits in."""
        self._callbacks.setdefault(REVOKED, []).append(callback)

    def on_changed(self, callback: Callable[[DecisionNotice], None]) -> None:
        """Have something called when a message that was held may go, or goes otherwise."""
        self._callbacks.setdefault(CHANGED, []).append(callback)

    def on_requested(self, callback: Callable[[DecisionNotice], None]) -> None:
        """Have something called when troth itself wants a message sent: a correction. Its id is to be asked with."""
        self._callbacks.setdefault(REQUESTED, []).append(callback)

    def receive(
        self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: Micros | None = None
    ) -> Notice:
        """Take in a webhook: check it, call what was registered for it, and return it. Twice is as good as once.

        Args:
            headers: The request's headers.
            body: The very bytes that came.
            secrets: Of this receiver.
            now: The present moment; `None`: the clock's.

        Raises:
            OutboundError: It is not to be trusted (O130 to O132), or is no notice (K108): answer 400.
        """
        notice = parse_webhook(headers, body, secrets, self._clock() if now is None else now)
        if isinstance(notice, DecisionNotice):
            for callback in self._callbacks.get(notice.topic, ()):
                callback(notice)
        return notice

    # ------------------------------------------------------------------ for those who run it

    def report(self) -> Report:
        """Return what was done so far."""
        return self._tally.report(len(self._spool))

    def disagreements(self) -> tuple[Verdict, ...]:
        """Return the latest messages that went in shadow mode and would not have gone, with the gate's decisions."""
        return self._tally.disagreements()

    def flush(self) -> int:
        """Tell receipts that wait; return how many were taken in."""
        return carried(emptying(self._spool), self._sync_door(), self._timeout_s)

    async def aflush(self) -> int:
        """Tell receipts that wait; return how many were taken in."""
        return await carried_async(emptying(self._spool), self._async_door, self._timeout_s)

    def close(self) -> None:
        """Finish what is under way. Receipts that wait stay in the spool's file; the service stays open."""
        self._background.close()

    # ------------------------------------------------------------------ for `Message` and `Decorator`

    def enter(self, request: Request, renders: Collection[str] | None) -> Sending:
        """Ask and confirm; return what the sender may do."""
        door = self._sync_door()
        if self.mode == "enforce":
            verdict = carried(entering(request, renders, self._policies, self._spool), door, self._timeout_s)
        else:
            late = _late(request)
            verdict = self._background.within(
                lambda: _calm(lambda: carried(watching(request, self._spool), door, self._timeout_s), late),
                self._shadow_s,
                late,
            )
        return Sending(verdict, self.mode)

    def leave(self, sending: Sending, error: BaseException | None) -> None:
        """Note how a sender's work has ended, and tell the receipt."""
        receipt = self._ended(sending, error)
        if receipt is None:
            return
        door = self._sync_door()
        if self.mode == "enforce":
            sending.told = carried(telling(receipt, self._spool), door, self._timeout_s)
        else:
            sending.told = self._background.within(
                lambda: _calm(lambda: carried(telling(receipt, self._spool), door, self._timeout_s), False),
                self._shadow_s,
                late=False,
            )

    async def aenter(self, request: Request, renders: Collection[str] | None) -> Sending:
        """Ask and confirm; return what the sender may do."""
        door, timeout_s = self._async_door, self._timeout_s
        if self.mode == "enforce":
            plan = entering(request, renders, self._policies, self._spool)
            return Sending(await carried_async(plan, door, timeout_s), self.mode)
        verdict = _late(request)
        with anyio.move_on_after(self._shadow_s):
            try:
                verdict = await carried_async(watching(request, self._spool), door, timeout_s)
            except Exception as error:  # noqa: BLE001 - a shadow keeps nothing from going, whatever is wrong with it
                _strange(error)
        return Sending(verdict, self.mode)

    async def aleave(self, sending: Sending, error: BaseException | None) -> None:
        """Note how a sender's work has ended, and tell the receipt."""
        receipt = self._ended(sending, error)
        if receipt is None:
            return
        enforced = self.mode == "enforce"
        with anyio.move_on_after(self._timeout_s if enforced else self._shadow_s) as scope:
            try:
                sending.told = await carried_async(telling(receipt, self._spool), self._async_door, self._timeout_s)
            except Exception as strange:
                if enforced:
                    raise
                _strange(strange)
        if scope.cancelled_caught:
            self._spool.add(receipt)

    def _ended(self, sending: Sending, error: BaseException | None) -> Any:
        """Note how a sender's work has ended; return the receipt."""
        sending.end(error, self._unsure_on)
        self._tally.note(sending)
        return receipt_of(sending, self._clock())

    def _sync_door(self) -> Door:
        """Return the door of senders that are not `async`.

        Raises:
            UsageError: K105.
        """
        if self._door is None:
            remedy = "give the gate a Client: it serves both"
            raise UsageError(Problem(Place(), "K105", "an AsyncClient behind a sender that is not async",
                                     "`async with`, or a decorated `async def`", remedy))  # fmt: skip
        return self._door


def _doors(service: Client | AsyncClient | Service) -> tuple[Door | None, AsyncDoor]:
    """Return the doors of ordinary and of asynchronous senders."""
    if isinstance(service, AsyncClient):
        return None, AsyncClientDoor(service)
    door: Door = ClientDoor(service) if isinstance(service, Client) else ServiceDoor(service)
    return door, ThreadedDoor(door)


def _late(request: Request) -> Verdict:
    """Return the verdict of a gate that did not answer within the bound of shadow mode."""
    return Verdict("unreachable", request, error=no_answer("shadow", "no answer within the bound", late=True))


def _calm(work: Callable[[], _T], otherwise: _T) -> _T:
    """Return what work returns; a shadow keeps nothing from going, whatever is wrong with it."""
    try:
        return work()
    except Exception as error:  # noqa: BLE001 - see above
        _strange(error)
        return otherwise


def _strange(error: Exception) -> None:
    """Say that a question could not be asked at all."""
    what = error.problems[0] if isinstance(error, TrothError) else type(error).__name__
    _log.error("the gate cannot be asked: %s", what)
