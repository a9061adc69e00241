"""One POST, to the very address that was checked, within one time limit, and with a short look at the answer."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import httpcore2
import msgspec

from troth.connectors.exchange import Limited, headers_of
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
                return Answer(response.status, headers_of(response))
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
            return self._limited(stream)
        raise last

    def _limited(self, stream: httpcore2.NetworkStream) -> Limited:
        """Return a stream whose time begins now."""
        ends = time.monotonic() + self._answer_s
        return Limited(stream, lambda: ends)
