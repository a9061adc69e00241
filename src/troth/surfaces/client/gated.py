"""How senders use a gate: a `with` block around the hand-over, or a decorator."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable, Callable, Collection, Mapping
from types import TracebackType
from typing import Any, Final, ParamSpec, Protocol, TypeVar, cast, overload

from troth.model.decision import Request
from troth.surfaces.client.sending import Result, Sending

_P = ParamSpec("_P")
_T = TypeVar("_T")

PARAMETER: Final = "sending"
"""The parameter by which a decorated function gets its message."""


class Keeper(Protocol):
    """What a message needs of its gate."""

    def enter(self, request: Request, renders: Collection[str] | None) -> Sending:
        """Ask and confirm."""
        ...

    def leave(self, sending: Sending, error: BaseException | None) -> None:
        """Tell what became of it."""
        ...

    async def aenter(self, request: Request, renders: Collection[str] | None) -> Sending:
        """Ask and confirm."""
        ...

    async def aleave(self, sending: Sending, error: BaseException | None) -> None:
        """Tell what became of it."""
        ...


class Message:
    """One message, as a context: asked and confirmed when it is entered, told when it is left.

    Args:
        gate: Whose.
        request: What is asked.
        renders: Messages that the sender can make; `None`: all.
    """

    def __init__(self, gate: Keeper, request: Request, renders: Collection[str] | None) -> None:
        self._gate = gate
        self._request = request
        self._renders = renders
        self._sending: Sending | None = None

    def __enter__(self) -> Sending:
        self._sending = self._gate.enter(self._request, self._renders)
        return self._sending

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        assert self._sending is not None, "entered"
        self._gate.leave(self._sending, error)

    async def __aenter__(self) -> Sending:
        self._sending = await self._gate.aenter(self._request, self._renders)
        return self._sending

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        assert self._sending is not None, "entered"
        await self._gate.aleave(self._sending, error)


class Decorator:
    """Puts a gate before a function; see `Gate.gated` for the arguments."""

    def __init__(
        self,
        gate: Keeper,
        message: Callable[..., str] | str,
        subject: Callable[..., str] | str,
        id: Callable[..., str] | str,
        channel: Callable[..., str] | str,
        customer: Callable[..., str] | str,
        data: Callable[..., Mapping[str, Any]] | None,
        renders: Collection[str] | None,
    ) -> None:
        self._gate = gate
        self._texts = {"message": message, "id": id, "subject": subject, "channel": channel, "customer": customer}
        self._data = data
        self._renders = renders

    @overload
    def __call__(  # type: ignore[overload-overlap]  # what is to be awaited is no value to hand on
        self, function: Callable[_P, Awaitable[_T]]
    ) -> Callable[_P, Awaitable[Result[_T]]]: ...

    @overload
    def __call__(self, function: Callable[_P, _T]) -> Callable[_P, Result[_T]]: ...

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function behind the gate."""
        takes = PARAMETER in inspect.signature(function).parameters

        def message(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Message:
            request = self._request(args, kwargs)
            renders = self._renders if takes or self._renders is not None else (request.message,)
            return Message(self._gate, request, renders)

        @functools.wraps(function)
        def gated(*args: Any, **kwargs: Any) -> Result[Any]:
            value = None
            with message(args, kwargs) as sending:
                if sending.may_send:
                    value = function(*args, **_with(kwargs, sending, takes=takes))
            return Result(_status(sending), value, sending)

        @functools.wraps(function)
        async def gated_async(*args: Any, **kwargs: Any) -> Result[Any]:
            value = None
            async with message(args, kwargs) as sending:
                if sending.may_send:
                    value = await function(*args, **_with(kwargs, sending, takes=takes))
            return Result(_status(sending), value, sending)

        return gated_async if inspect.iscoroutinefunction(function) else gated

    def _request(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Request:
        """Return what is asked for a call with these arguments."""
        said = {name: _said(value, args, kwargs) for name, value in self._texts.items()}
        data = {} if self._data is None else dict(self._data(*args, **kwargs))
        name = said["id"] or said["message"]
        return Request(name, said["message"], said["subject"], said["channel"], said["customer"], data)


def _said(value: Callable[..., str] | str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> str:
    """Return a text that is given, or told by a function of the arguments."""
    return value if isinstance(value, str) else value(*args, **kwargs)


def _with(kwargs: dict[str, Any], sending: Sending, *, takes: bool) -> dict[str, Any]:
    """Return keyword arguments, with the message for a function that takes it."""
    return {**kwargs, PARAMETER: sending} if takes else kwargs


def _status(sending: Sending) -> Any:
    """Return what became of a message whose block was left."""
    assert sending.status, "the block was left"
    return cast("str", sending.status)
