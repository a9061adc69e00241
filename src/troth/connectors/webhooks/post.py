"""One POST, to the very address that was checked, within one time limit, and with a short look at the answer."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import httpcore2
import msgspec

from troth.connectors.webhooks.addresses import Networks, Resolve, Target, checked_addresses, system_resolve

CONNECT_S: Final = 5.0
ANSWER_S: Final = 15.0
"""How long a whole attempt may take after the connection, in seconds. Source: Standard Webhooks, 15 to 30 s."""

BODY_MAX: Final = 16 * 1024
"""How much of an answer's body is read, in bytes: nothing in it is needed."""


class Answer(msgspec.Struct, frozen=True):
    """What a receiver answered: status, headers by lower-case name."""

    status: int
    headers: Mapping[str, str]


class Poster:
    """Sends POST requests to checked addresses. Follows no redirection, reads no proxy from the environment.

    Each request has a connection of its own, so that every one is checked anew.

    Args:
        networks: What may be called.
        resolve: Host name → addresses.
        tls: How certificates are checked; `None`: against those that the system trusts.
        connect_s: How long connecting may take, in seconds.
        answer_s: How long everything after it may take.
    """

    def __init__(
        self,
        networks: Networks = Networks(),  # noqa: B008 - a frozen value
        *,
        resolve: Resolve = system_resolve,
        tls: ssl.SSLContext | None = None,
        connect_s: float = CONNECT_S,
        answer_s: float = ANSWER_S,
    ) -> None:
        self.networks = networks
        self._resolve = resolve
        self._tls = tls or ssl.create_default_context()
        self._connect_s = connect_s
        self._answer_s = answer_s

    def post(self, target: Target, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Send a body and return the answer.

        Raises:
            OutboundError: O102, the name is not known; O103, an address of it may not be called.
            httpcore2.ConnectError, httpcore2.ReadError and the like; TimeoutException: no answer in time.
        """
        origin = httpcore2.Origin(target.scheme.encode(), target.host.encode(), target.port)
        limits = dict.fromkeys(("read", "write"), self._answer_s) | {"connect": self._connect_s}
        sent = {"host": target.authority, **headers, "connection": "close"}
        connection = httpcore2.HTTPConnection(
            origin, ssl_context=self._tls, network_backend=_Checked(self._addresses, self._answer_s)
        )
        request = httpcore2.Request(
            "POST",
            httpcore2.URL(scheme=origin.scheme, host=origin.host, port=origin.port, target=target.path.encode()),
            headers=[(name.encode(), value.encode()) for name, value in sent.items()],
            content=body,
            extensions={"timeout": limits},
        )
        with connection:
            response = connection.handle_request(request)
            try:
                _read_some(response.iter_stream())
                pairs = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in response.headers]
                return Answer(response.status, dict(pairs))
            finally:
                response.close()

    def _addresses(self, host: str, port: int) -> list[str]:
        """Return the addresses of a host if every one of them may be called."""
        return checked_addresses(host, port, self.networks, self._resolve)


def _read_some(stream: Iterable[bytes]) -> None:
    """Read an answer's body up to the limit, so that the receiver can finish writing it, and drop it."""
    read = 0
    for chunk in stream:
        read += len(chunk)
        if read >= BODY_MAX:
            return


class _Checked(httpcore2.NetworkBackend):
    """Connects to checked addresses, and gives each connection one deadline."""

    def __init__(self, addresses: Callable[[str, int], Sequence[str]], answer_s: float) -> None:
        self._addresses = addresses
        self._answer_s = answer_s
        self._plain = httpcore2.SyncBackend()

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:  # fmt: skip
        """Connect to the first address of a host that answers; all of them were checked."""
        last: Exception = httpcore2.ConnectError("the host has no address")
        for address in self._addresses(host, port):
            try:
                stream = self._plain.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                last = error
                continue
            return _Limited(stream, time.monotonic() + self._answer_s)
        raise last


class _Limited(httpcore2.NetworkStream):
    """A stream with one deadline over all its reads and writes: an answer that drips in does not hold a worker."""

    def __init__(self, stream: httpcore2.NetworkStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def _left(self, timeout: float | None) -> float:
        """Return how long the next step may take."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise httpcore2.ReadTimeout("no time is left")
        return left if timeout is None else min(left, timeout)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read within what is left of the time."""
        return self._stream.read(max_bytes, self._left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write within what is left of the time."""
        self._stream.write(buffer, self._left(timeout))

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        """Begin TLS under the name that was asked for; the deadline stays."""
        return _Limited(self._stream.start_tls(ssl_context, server_hostname, self._left(timeout)), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        """Return what the inner stream knows."""
        return self._stream.get_extra_info(info)

    def close(self) -> None:
        """Close the inner stream."""
        self._stream.close()
