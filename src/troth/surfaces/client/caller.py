"""What both clients are, whether they wait or are awaited: an address, a key, how long to wait, a pool."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, Generic, TypeVar

from troth.surfaces.client.attempts import Attempts, attempts, base_of
from troth.surfaces.client.calls import Call

_T = TypeVar("_T")
_L = TypeVar("_L")

TIMEOUT_S: Final = 10.0
ASK_TIMEOUT_S: Final = 0.5
"""How long a sender waits for the gate, in seconds: a question stands before a message that somebody waits for."""
PAGE: Final = 100


class Caller(Generic[_L]):
    """Speaks with a service over HTTP. Connections are kept.

    Calls that no answer came back for are sent again within their time; those of which a second time would be another
    thing carry an Idempotency-Key.

    Args:
        url: Where the service is, `http://127.0.0.1:8080`.
        key: The API key; empty: none.
        timeout: How long a call may take with all its repetitions, in seconds.
        ask_timeout: The same for `ask`, `ask_many` and `confirm`, which stand before a sender.
        link: What carries requests; `None`: a pool of connections. For tests.

    Every method raises:
        ServiceError: No answer (K101, K102, K103), or the service cannot serve now.
        UsageError: The key is missing, not good or may not do this (H2xx); the request has not the form (H1xx).
        GateError: It does not know the subject, message or case (G8xx).
    """

    _pool: Callable[..., _L]
    """Makes a pool of connections to a service."""

    def __init__(
        self,
        url: str,
        key: str = "",
        *,
        timeout: float = TIMEOUT_S,
        ask_timeout: float = ASK_TIMEOUT_S,
        link: _L | None = None,
    ) -> None:
        self._base = base_of(url)
        self._key = key
        self._timeout = timeout
        self._ask_timeout = ask_timeout
        self._link: _L = self._pool(self._base) if link is None else link

    def __repr__(self) -> str:
        base = self._base
        return f"{type(self).__name__}({base.scheme}://{base.host}:{base.port}{base.prefix})"

    def _attempts(self, call: Call[_T], timeout_s: float | None) -> Attempts[_T]:
        """Return how a call is carried out within a time; `None`: that of ordinary calls."""
        limit = self._timeout if timeout_s is None else timeout_s
        return attempts(call, self._base, self._key, limit, time.monotonic)

    def _patience(self, timeout_s: float | None) -> float:
        """Return how long a sender waits: the time given, else that of questions."""
        return self._ask_timeout if timeout_s is None else timeout_s
