"""How often a call is tried, and how long it may take: without input or output, so that both clients share it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from typing import Any, Final, TypeVar

import msgspec

from troth.errors import Place, Problem, ServiceError, UsageError
from troth.runtime.fresh import fresh_name
from troth.surfaces.client.calls import Call
from troth.surfaces.client.problems import error_of, no_answer, not_understood

_T = TypeVar("_T")

TRIES: Final = 4
"""How often a call is sent at most; what may be repeated is repeated until its time is over."""
PAUSE_S: Final = 0.1
"""The first pause, in seconds; each further one is twice as long."""
PAUSE_MAX_S: Final = 5.0

_AGAIN: Final = frozenset({408, 409, 425, 429, 502, 503, 504})
_BUSY: Final = 409
_IN_PROGRESS: Final = b"/problems/H214"
"""The one conflict that is over by itself: the first request with this key is still being worked on."""
_OK: Final = range(200, 300)


class Sent(msgspec.Struct, frozen=True):
    """What goes over the wire: method, path with query, headers, body, and how long it may take, in seconds."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    timeout_s: float


class Reply(msgspec.Struct, frozen=True):
    """What comes back: status, headers by lower-case name, body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Pause(msgspec.Struct, frozen=True):
    """Wait so many seconds before the next try."""

    seconds: float


class Broken(Exception):  # noqa: N818 - it is no error yet: the next try may succeed
    """No answer came back: the connection could not be made, broke, or was too slow.

    Args:
        why: In words, without what was sent.
        late: Whether it was too slow.
    """

    def __init__(self, why: str, *, late: bool = False) -> None:
        """Keep the arguments."""
        super().__init__(why)
        self.late = late


Attempts = Generator[Sent | Pause, Any, _T]
"""Yields what is to be sent, gets a `Reply` or a thrown `Broken`; yields pauses; returns the value."""


class Base(msgspec.Struct, frozen=True):
    """Where a service is.

    Attributes:
        scheme: http or https.
        host: Its name or address; of IPv6 without brackets.
        port: Its port.
        prefix: Path before `/v1`, without a slash at its end.
    """

    scheme: str
    host: str
    port: int
    prefix: str = ""


def base_of(url: str) -> Base:
    """Return where a service is.

    >>> base_of("http://127.0.0.1:8080/troth/")
    Base(scheme='http', host='127.0.0.1', port=8080, prefix='/troth')

    Raises:
        UsageError: K104.
    """
    from urllib.parse import urlsplit

    expected = "http://HOST:PORT or https://HOST, without user name, query and fragment"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise UsageError(Problem(Place(), "K104", f"no address: {error}", expected)) from error
    bare = not (parts.query or parts.fragment or parts.username is not None or parts.password is not None)
    if parts.scheme not in {"http", "https"} or not parts.hostname or not bare:
        # A user name and its password do not belong into an error.
        raise UsageError(
            Problem(Place(path=parts.hostname or ""), "K104", "the address is none of a service", expected)
        )
    return Base(parts.scheme, parts.hostname, port or (443 if parts.scheme == "https" else 80), parts.path.rstrip("/"))


def attempts(call: Call[_T], base: Base, key: str, timeout_s: float, monotonic: Callable[[], float]) -> Attempts[_T]:
    """Send a call until it is answered, may not be repeated, or its time is over.

    Args:
        call: What is sent.
        base: Where.
        key: The API key; empty: none.
        timeout_s: How long all tries together may take, in seconds.
        monotonic: A clock that does not jump; seconds.

    Raises:
        ServiceError: No answer, or that of a service that cannot serve now.
        TrothError: What the service says is wrong.
    """
    ends = monotonic() + timeout_s
    headers = _headers(call, base, key)
    last: ServiceError = no_answer(call.name, f"no answer within {timeout_s:g} s", late=True)
    for number in range(TRIES):
        left = ends - monotonic()
        if left <= 0:
            break
        wait = min(PAUSE_S * 2**number, PAUSE_MAX_S)
        try:
            reply: Reply = yield Sent(call.method, base.prefix + call.target, headers, call.body, left)
        except Broken as error:
            last = no_answer(call.name, str(error), late=error.late)
            # What broke at once may be an old connection that the server had closed: a fresh one needs no pause.
            wait = 0.0 if number == 0 else wait
        else:
            if reply.status in _OK:
                return _read(call, reply)
            failure = error_of(reply.status, reply.body, call.name)
            if not _passing(reply):
                raise failure
            last = failure if isinstance(failure, ServiceError) else ServiceError(failure.problems)
            wait = max(wait, _asked_to_wait(reply))
        if number + 1 == TRIES or wait >= ends - monotonic():
            break
        if wait:
            yield Pause(wait)
    raise last


def _headers(call: Call[Any], base: Base, key: str) -> tuple[tuple[str, str], ...]:
    """Return the headers of a call."""
    host = f"[{base.host}]" if ":" in base.host else base.host
    found = [("Host", f"{host}:{base.port}"), ("Accept", "application/json, application/problem+json")]
    if call.method != "GET":
        found += [("Content-Type", call.media), ("Content-Length", str(len(call.body)))]
    if key:
        found.append(("Authorization", f"Bearer {key}"))
    if call.once:
        found.append(("Idempotency-Key", f'"{fresh_name()}"'))
    return tuple(found)


def _passing(reply: Reply) -> bool:
    """Return whether the same request may be answered otherwise a little later."""
    return reply.status in _AGAIN and (reply.status != _BUSY or _IN_PROGRESS in reply.body)


def _asked_to_wait(reply: Reply) -> float:
    """Return how many seconds the service asks to be left alone."""
    text = reply.headers.get("retry-after", "")
    return float(text) if text.isascii() and text.isdigit() else 0.0


def _read(call: Call[_T], reply: Reply) -> _T:
    """Return the value of an answer.

    Raises:
        ServiceError: K103.
    """
    try:
        return call.read(reply.body)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise not_understood(call.name, f"an answer that cannot be read: {error}") from error
