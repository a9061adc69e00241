"""What a gate stands on: a client, an asynchronous one, or the live service in the same process."""

from __future__ import annotations

from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as Overdue
from typing import Any, Final, Protocol, TypeVar, assert_never

import anyio.to_thread

from troth.errors import GateError, LedgerError, ServiceError, TrothError
from troth.runtime.service import Service
from troth.surfaces.client.aio import AsyncClient
from troth.surfaces.client.nouns import PackInfo, Table
from troth.surfaces.client.plan import AskStep, ConfirmStep, Plan, PoliciesStep, Step, TellStep
from troth.surfaces.client.problems import no_answer
from troth.surfaces.client.sync import Client

_T = TypeVar("_T")

_OVERLOADED: Final = frozenset({"G805", "G806"})


class Door(Protocol):
    """Carries out steps of a plan."""

    def do(self, step: Step, timeout_s: float) -> Any:
        """Return the answer to a step; raises TrothError."""
        ...


class AsyncDoor(Protocol):
    """The same for asynchronous callers."""

    async def do(self, step: Step, timeout_s: float) -> Any:
        """Return the answer to a step; raises TrothError."""
        ...


class ClientDoor:
    """A service over HTTP.

    Args:
        client: Reaches it.
    """

    def __init__(self, client: Client) -> None:
        self._client = client

    def do(self, step: Step, timeout_s: float) -> Any:
        """Return the answer to a step."""
        match step:
            case AskStep(request):
                return self._client.ask(request, timeout_s=timeout_s)
            case ConfirmStep(subject, id):
                return self._client.confirm(subject, id, timeout_s=timeout_s)
            case TellStep(receipts):
                return self._client.tell(receipts, timeout_s=timeout_s)
            case PoliciesStep():
                return table_of(self._client.packs(timeout_s=timeout_s))
            case _:
                assert_never(step)


class AsyncClientDoor:
    """The same, for asynchronous callers.

    Args:
        client: Reaches it.
    """

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    async def do(self, step: Step, timeout_s: float) -> Any:
        """Return the answer to a step."""
        match step:
            case AskStep(request):
                return await self._client.ask(request, timeout_s=timeout_s)
            case ConfirmStep(subject, id):
                return await self._client.confirm(subject, id, timeout_s=timeout_s)
            case TellStep(receipts):
                return await self._client.tell(receipts, timeout_s=timeout_s)
            case PoliciesStep():
                return table_of(await self._client.packs(timeout_s=timeout_s))
            case _:
                assert_never(step)


class ServiceDoor:
    """A live service in the same process.

    Args:
        service: The service.
    """

    def __init__(self, service: Service) -> None:
        self._service = service

    def do(self, step: Step, timeout_s: float) -> Any:
        """Return the answer to a step; what a server would answer by 503 is no answer here either."""
        try:
            match step:
                case AskStep(request):
                    return self._service.ask([request]).result(timeout_s)[0]
                case ConfirmStep(subject, id):
                    return _settled(self._service.confirm(subject, id), timeout_s)
                case TellStep(receipts):
                    return _settled(self._service.tell(receipts), timeout_s)
                case PoliciesStep():
                    return packed(self._service)
                case _:
                    assert_never(step)
        except (Overdue, CancelledError) as error:
            raise no_answer(type(step).__name__, f"no answer within {timeout_s:g} s", late=True) from error
        except LedgerError as error:
            raise ServiceError(error.problems) from error
        except GateError as error:
            if error.problems[0].code in _OVERLOADED:
                raise ServiceError(error.problems) from error
            raise


class ThreadedDoor:
    """A door for asynchronous callers that waits in threads of its own.

    Args:
        door: Carries the steps out.
    """

    def __init__(self, door: Door) -> None:
        self._door = door

    async def do(self, step: Step, timeout_s: float) -> Any:
        """Return the answer to a step."""
        return await anyio.to_thread.run_sync(self._door.do, step, timeout_s, abandon_on_cancel=True)


def run(plan: Plan[_T], door: Door, timeout_s: float) -> _T:
    """Carry out a plan and return what it returns."""
    try:
        step = next(plan)
        while True:
            try:
                answer = door.do(step, timeout_s)
            except TrothError as error:
                step = plan.throw(error)
            else:
                step = plan.send(answer)
    except StopIteration as done:
        value: _T = done.value
        return value


async def run_async(plan: Plan[_T], door: AsyncDoor, timeout_s: float) -> _T:
    """Carry out a plan and return what it returns."""
    try:
        step = next(plan)
        while True:
            try:
                answer = await door.do(step, timeout_s)
            except TrothError as error:
                step = plan.throw(error)
            else:
                step = plan.send(answer)
    except StopIteration as done:
        value: _T = done.value
        return value


def table_of(packs: list[PackInfo]) -> Table:
    """Return the fail policies of packs: of each message, also of one that has none."""
    return {(pack.subject, message): policy for pack in packs for message, policy in pack.fail.items()}


def packed(service: Service) -> Table:
    """Return the fail policies of a service's packs, as far as it shows them."""
    packs = getattr(service, "packs", {}).values()
    infos = [
        PackInfo("", 0, "", "", pack.subject, (), {name: message.fail for name, message in pack.messages.items()})
        for pack in packs
    ]
    return table_of(infos)


def _settled(future: Future[_T], timeout_s: float) -> _T:
    """Return what a future becomes, in time."""
    return future.result(timeout_s)
