"""What our callers over HTTP share: one deadline over all that a connection does, and headers as text."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import httpcore2

if TYPE_CHECKING:
    import ssl


def left(ends: float, timeout: float | None) -> float:
    """Return how long the next step may take, in seconds.

    Args:
        ends: When all has to be over, by the monotonic clock; seconds.
        timeout: What the step alone may take; `None`: no bound of its own.

    Raises:
        httpcore2.ReadTimeout: No time is left.
    """
    rest = ends - time.monotonic()
    if rest <= 0:
        raise httpcore2.ReadTimeout("no time is left")
    return rest if timeout is None else min(rest, timeout)


class Limited(httpcore2.NetworkStream):
    """A stream that holds each step to one deadline: an answer that drips in holds nobody for longer.

    Args:
        stream: What carries the bytes.
        ends: Returns when all has to be over, by the monotonic clock; seconds.
    """

    def __init__(self, stream: httpcore2.NetworkStream, ends: Callable[[], float]) -> None:
        self._stream = stream
        self._ends = ends

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read within what is left of the time."""
        return self._stream.read(max_bytes, left(self._ends(), timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write within what is left of the time."""
        self._stream.write(buffer, left(self._ends(), timeout))

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> Limited:
        """Begin TLS under the name that was asked for; the deadline stays."""
        inner = self._stream.start_tls(ssl_context, server_hostname, left(self._ends(), timeout))
        return Limited(inner, self._ends)

    def get_extra_info(self, info: str) -> Any:
        """Return what the inner stream knows."""
        return self._stream.get_extra_info(info)

    def close(self) -> None:
        """Close the inner stream."""
        self._stream.close()


def headers_of(response: httpcore2.Response) -> dict[str, str]:
    """Return the headers of an answer by lower-case name; of several of one name the last."""
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
