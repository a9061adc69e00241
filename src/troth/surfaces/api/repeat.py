"""Idempotency-Key: a repeated request is answered as the first one was, and does nothing again.

What we take beyond the draft, and what we do not, stands in docs/decisions/0019-http-api.md.

Source: draft-ietf-httpapi-idempotency-key-header-07.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Final

from starlette.datastructures import Headers
from starlette.responses import Response

from troth.errors import LedgerError
from troth.model.times import Micros
from troth.runtime.idempotency import Begun, Idempotency, fingerprint_of
from troth.surfaces.api.problem import ApiError

HEADER: Final = "idempotency-key"
REPLAYED: Final = "x-idempotent-replayed"
_DRAFT: Final = "draft-ietf-httpapi-idempotency-key-header-07#section-"
_KEY: Final = re.compile(r"[!#-+\--\[\]-~][ !#-+\--\[\]-~]{0,254}")
_KEPT_HEADERS: Final = ("content-type", "etag", "location")
_NOT_KEPT: Final = frozenset({401, 403, 408, 413, 415, 429, 431})
"""Answers to the request as such: they say nothing of what it asked for, so the next one is looked at afresh."""

Work = Callable[[], Awaitable[Response]]


def key_of(headers: Headers, *, required: bool) -> str | None:
    """Return the key of a request; `None` when it has none and needs none.

    The draft writes it as a structured string in quotes; a bare one is taken too.

    Raises:
        ApiError: H211, it is missing; H212, it is not well formed.
    """
    values = headers.getlist(HEADER)
    if not values:
        if required:
            raise _refusal(400, "H211", "send the header Idempotency-Key", "2.1")
        return None
    text = ", ".join(values).strip()
    if len(text) > 1 and text[0] == text[-1] == '"':
        text = text[1:-1]
    if not _KEY.fullmatch(text):
        said = "it is empty" if not text else "it is too long" if len(text) > 255 else "it has characters it must not"
        raise _refusal(400, "H212", said, "2.1", key=text[:255])
    return text


async def once(
    store: Idempotency, *, caller: str, key: str, method: str, path: str, body: bytes, now: Micros, work: Work
) -> Response:
    """Return the answer of a request that has a key: the one that is kept, or the one that its work gives.

    Args:
        store: What is known of keys.
        caller: Whose key it is.
        key: The key.
        method: Of the request.
        path: Of the request, with its query.
        body: Of the request.
        now: The present moment.
        work: Carries it out; called at most once.

    Raises:
        ApiError: H213, H214, H215.
    """
    fingerprint = fingerprint_of(method, path, body)
    try:
        begun = await asyncio.to_thread(store.begin, caller, key, fingerprint, now)
    except LedgerError as error:
        raise _refusal(
            503, "H215", "the storage cannot be used now", "2.6", key=key, retryable=True, wait=True
        ) from error
    _may_go_on(begun, key)
    if begun.verdict == "again":
        return _as_before(begun)
    try:
        response = await work()
    except BaseException:
        # Nobody knows how far it came; what it asked for has ids of its own, so that a repetition does no harm.
        await asyncio.shield(asyncio.to_thread(store.abandon, caller, key, begun.kept))
        raise
    if response.status_code >= 500 or response.status_code in _NOT_KEPT:
        await asyncio.to_thread(store.abandon, caller, key, begun.kept)
        return response
    kept = {name: value for name, value in response.headers.items() if name in _KEPT_HEADERS}
    await asyncio.to_thread(
        store.complete, caller, key, begun.kept, status=response.status_code, headers=kept, body=bytes(response.body)
    )
    return response


def _may_go_on(begun: Begun, key: str) -> None:
    """Refuse a request whose key is in use.

    Raises:
        ApiError: H213, H214.
    """
    if begun.verdict == "other":
        raise _refusal(422, "H213", "the key came before with another request", "2.2", key=key)
    if begun.verdict == "busy":
        raise _refusal(
            409, "H214", "the first request is still being processed", "2.6", key=key, retryable=True, wait=True
        )


def _as_before(begun: Begun) -> Response:
    """Return the answer that is kept."""
    kept = begun.kept
    return Response(kept.content, kept.status, headers={**kept.headers, REPLAYED: "true"})


def _refusal(
    status: int, code: str, detail: str, section: str, *, key: str = "", retryable: bool = False, wait: bool = False
) -> ApiError:
    """Return the problem of a key."""
    return ApiError(
        status,
        code,
        detail,
        retryable=retryable,
        headers={"Retry-After": "1"} if wait else None,
        more={"specification": _DRAFT + section, "idempotency_key": key},
    )
