"""Connections to a service: kept and used again, each request with one deadline over everything it does.

Source: decision 0022.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from typing import Any, Final, Protocol

import anyio
import httpcore2

from troth.connectors.exchange import Limited, headers_of, left
from troth.surfaces.client.attempts import Base, Broken, Reply, Sent

CONNECTIONS: Final = 20
IDLE_S: Final = 15.0
"""How long a connection is kept that nobody uses, in seconds: less than a server's usual patience."""
BODY_MAX: Final = 64 * 1024 * 1024
"""How much of an answer is read, in bytes."""


class Link(Protocol):
    """What carries a request to a service and brings its answer back."""

    def carry(self, sent: Sent) -> Reply:
        """Return the answer.

        Raises:
            Broken: None came.
        """
        ...

    def close(self) -> None:
        """Close all connections."""
        ...


class AsyncLink(Protocol):
    """The same for asynchronous callers."""

    async def carry(self, sent: Sent) -> Reply:
        """Return the answer; raises as `Link.carry` does."""
        ...

    async def close(self) -> None:
        """Close all connections."""
        ...


class PooledLink:
    """Carries requests over a pool of connections; safe from any thread.

    Args:
        base: Where the service is.
    """

    def __init__(self, base: Base) -> None:
        self._base = base
        self._ends = _Ends()
        self._pool = httpcore2.ConnectionPool(
            max_connections=CONNECTIONS, keepalive_expiry=IDLE_S, network_backend=_Backend(self._ends)
        )

    def carry(self, sent: Sent) -> Reply:
        """Return the answer, or none in time."""
        self._ends.at = time.monotonic() + sent.timeout_s
        try:
            response = self._pool.handle_request(_request(self._base, sent))
            try:
                body = _bounded(response.iter_stream())
            finally:
                response.close()
        except _ERRORS as error:
            raise _broken(error) from error
        return _reply(response, body)

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()


class AsyncPooledLink:
    """The same for asynchronous callers, on asyncio or trio.

    Args:
        base: Where the service is.
    """

    def __init__(self, base: Base) -> None:
        self._base = base
        self._pool = httpcore2.AsyncConnectionPool(max_connections=CONNECTIONS, keepalive_expiry=IDLE_S)

    async def carry(self, sent: Sent) -> Reply:
        """Return the answer, or none in time."""
        try:
            with anyio.fail_after(sent.timeout_s):
                response = await self._pool.handle_async_request(_request(self._base, sent))
                try:
                    body = bytearray()
                    async for chunk in response.aiter_stream():
                        _add(body, chunk)
                finally:
                    await response.aclose()
        except (*_ERRORS, TimeoutError) as error:
            raise _broken(error) from error
        return _reply(response, bytes(body))

    async def close(self) -> None:
        """Close all connections."""
        await self._pool.aclose()


_ERRORS: Final = (
    httpcore2.TimeoutException, httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.ConnectionNotAvailable,
    OSError,
)  # fmt: skip


class _Ends(threading.local):
    """When the request of this thread has to be over: a pool works for a request in the thread that makes it."""

    at: float = 0.0


class _Backend(httpcore2.NetworkBackend):
    """Connects as usual, and holds every step to the deadline: an answer that drips in does not hold a sender."""

    def __init__(self, ends: _Ends) -> None:
        self._ends = ends
        self._plain = httpcore2.SyncBackend()

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:  # fmt: skip
        """Connect to a host."""
        ends = self._ends
        within = left(ends.at, timeout)
        return Limited(self._plain.connect_tcp(host, port, within, local_address, socket_options), lambda: ends.at)


def _request(base: Base, sent: Sent) -> httpcore2.Request:
    """Return a request as the pool takes it."""
    url = httpcore2.URL(
        scheme=base.scheme.encode(), host=base.host.encode(), port=base.port, target=sent.target.encode()
    )
    headers = [(name.encode(), value.encode()) for name, value in sent.headers]
    limits = dict.fromkeys(("connect", "read", "write", "pool"), sent.timeout_s)
    return httpcore2.Request(sent.method, url, headers=headers, content=sent.body, extensions={"timeout": limits})


def _bounded(stream: Iterable[bytes]) -> bytes:
    """Return a body that is not too long."""
    body = bytearray()
    for chunk in stream:
        _add(body, chunk)
    return bytes(body)


def _add(body: bytearray, chunk: bytes) -> None:
    """Add a piece of an answer.

    Raises:
        RemoteProtocolError: It is too long.
    """
    body += chunk
    if len(body) > BODY_MAX:
        raise httpcore2.RemoteProtocolError(f"the answer has more than {BODY_MAX} bytes")


def _reply(response: httpcore2.Response, body: bytes) -> Reply:
    """Return an answer."""
    return Reply(response.status, headers_of(response), body)


def _broken(error: BaseException) -> Broken:
    """Return why no answer came."""
    late = isinstance(error, httpcore2.TimeoutException | TimeoutError)
    return Broken("no answer in time" if late else str(error) or type(error).__name__, late=late)
