"""What a gate stands on: a client, an asynchronous one, or the live service in the same process."""

from __future__ import annotations

from concurrent.futures import CancelledError
from concurrent.futures import TimeoutError as Overdue
from typing import Any, Final, Protocol, TypeVar, assert_never

import anyio.to_thread

from troth.errors import GateError, LedgerError, ServiceError, TrothError
from troth.runtime.service import Service
from troth.surfaces.client.aio import AsyncClient
from troth.surfaces.client.nouns import PackInfo
from troth.surfaces.client.plan import AskStep, ConfirmStep, Plan, PoliciesStep, Step, TellStep
from troth.surfaces.client.problems import no_answer
from troth.surfaces.client.run import run, run_async
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
        return _put(self._client, step, timeout_s)


class AsyncClientDoor:
    """The same, for asynchronous callers.

    Args:
        client: Reaches it.
    """

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    async def do(self, step: Step, timeout_s: float) -> Any:
        """Return the answer to a step."""
        return await _put(self._client, step, timeout_s)


def _put(client: Client | AsyncClient, step: Step, timeout_s: float) -> Any:
    """Put a step to a client; return the answer, or what is to be awaited for it."""
    match step:
        case AskStep(request):
            return client.ask(request, timeout_s=timeout_s)
        case ConfirmStep(subject, id):
            return client.confirm(subject, id, timeout_s=timeout_s)
        case TellStep(receipts):
            return client.tell(receipts, timeout_s=timeout_s)
        case PoliciesStep():
            return client.packs(timeout_s=timeout_s)
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
                    return self._service.confirm(subject, id).result(timeout_s)
                case TellStep(receipts):
                    return self._service.tell(receipts).result(timeout_s)
                case PoliciesStep():
                    return infos_of(self._service)
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


def carried(plan: Plan[_T], door: Door, timeout_s: float) -> _T:
    """Carry out a plan at a door and return what it returns."""
    return run(plan, lambda step: door.do(step, timeout_s), TrothError)


async def carried_async(plan: Plan[_T], door: AsyncDoor, timeout_s: float) -> _T:
    """Carry out a plan at a door and return what it returns."""
    return await run_async(plan, lambda step: door.do(step, timeout_s), TrothError)


def infos_of(service: Service) -> list[PackInfo]:
    """Return the packs of a service in this process, as far as it shows them: their nouns and fail policies."""
    packs = getattr(service, "packs", {}).values()
    return [
        PackInfo("", 0, "", "", pack.subject, (), {name: message.fail for name, message in pack.messages.items()})
        for pack in packs
    ]
