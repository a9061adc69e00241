"""Reading bodies and writing answers: JSON by msgspec, moments as text, futures awaited without blocking."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection
from concurrent.futures import Future
from functools import lru_cache
from typing import Any, Final, TypeVar

import msgspec
from starlette.requests import HTTPConnection
from starlette.responses import Response

from troth.errors import Place, Problem
from troth.model.times import FOREVER, Micros, format_instant
from troth.runtime.envelope import parse_time
from troth.surfaces.api.context import body_of, context_of
from troth.surfaces.api.problem import ApiError

_T = TypeVar("_T")
_encode: Final = msgspec.json.Encoder().encode
_AT: Final = re.compile(r" - at `(\$[^`]*)`$")
_STRINGS: Final = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_NO_BRACKETS: Final = bytes(letter for letter in range(256) if letter not in b"{}[]")
_JSON: Final = re.compile(r"application/(?:json|[!#$%&'*+.^_`|~0-9a-z-]+\+json)\s*(?:;|$)", re.IGNORECASE)


def as_json(value: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Return a value as a JSON answer."""
    return Response(_encode(value), status, headers=headers, media_type="application/json")


async def settled(future: Future[_T]) -> _T:
    """Return what a future of the service becomes.

    Whoever waits may be cancelled (a caller that took too long), the future is not: its command is carried out.
    """
    loop = asyncio.get_running_loop()
    waiter: asyncio.Future[None] = loop.create_future()

    def wake() -> None:
        if not waiter.done():
            waiter.set_result(None)

    future.add_done_callback(lambda _: loop.call_soon_threadsafe(wake))
    await waiter
    return future.result()


def only(connection: HTTPConnection, known: Collection[str]) -> None:
    """Refuse parameters that are not known: a misspelt one would be a silent default.

    Raises:
        ApiError: H111.
    """
    if not connection.scope["query_string"]:
        return
    strange = [name for name in dict.fromkeys(connection.query_params) if name not in known]
    if strange:
        expected = f"one of {', '.join(sorted(known))}" if known else "no parameter"
        problems = [Problem(Place("query"), "H111", "a parameter that is not known here", expected) for _ in strange]
        raise ApiError(422, "H111", "a parameter is not known here", problems=problems)


def decoded(text: bytes | str) -> Any:
    """Return the value of a JSON text; of something else, the text."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return text if isinstance(text, str) else text.decode("utf-8", "replace")


def bounded(body: bytes, connection: HTTPConnection) -> None:
    """Refuse JSON that is nested more deeply than may be.

    Brackets are counted first: a text with few of them cannot be deep, and nearly all texts are that.

    Raises:
        ApiError: H106.
    """
    limit = context_of(connection).settings.depth_limit
    if body.count(b"{") + body.count(b"[") <= limit:
        return
    depth = 0
    for letter in b"".join(_STRINGS.split(body)).translate(None, delete=_NO_BRACKETS):
        depth += 1 if letter in b"{[" else -1
        if depth > limit:
            raise ApiError(400, "H106", f"at most {limit} levels")


def read(connection: HTTPConnection, decoder: msgspec.json.Decoder[_T], *, empty: bytes = b"") -> _T:
    """Return the body as a typed value.

    Args:
        connection: The request.
        decoder: Of the type.
        empty: What an empty body stands for.

    Raises:
        ApiError: H101 no JSON, H102 not the form, H103 not the media type, H106 too deep.
    """
    body = body_of(connection) or empty
    media = connection.headers.get("content-type", "")
    if not _JSON.match(media) and (media or body is not empty):
        raise ApiError(415, "H103", "send application/json", headers={"Accept": "application/json"})
    bounded(body, connection)
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise ApiError(422, "H102", "the body has not the form", problems=[problem_of(error)]) from error
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise ApiError(400, "H101", "the body is no JSON") from error


def problem_of(error: msgspec.ValidationError, code: str = "H102") -> Problem:
    """Return what is wrong with the form of a body, with its place in it."""
    text = str(error)
    at = _AT.search(text)
    return Problem(Place("body", path=at[1] if at else "$"), code, _AT.sub("", text), "see the schema in /openapi.json")


@lru_cache(maxsize=4_096)
def text_of(instant: Micros | None) -> str | None:
    """Return a moment as RFC 3339; `None` where there is none, or it lies at either end of time."""
    if not instant or abs(instant) >= FOREVER:
        return None
    return format_instant(instant)


def moment_of(text: str | None, name: str = "at") -> Micros | None:
    """Return the moment that a parameter or member names; `None` for none.

    Raises:
        ApiError: H111.
    """
    if text is None:
        return None
    try:
        return parse_time(text)
    except (ValueError, OverflowError) as error:
        expected = "RFC 3339 with seconds and offset, such as 2026-03-02T09:00:00Z"
        problem = Problem(Place(name), "H111", f"{name} is no moment", expected, "correct it")
        raise ApiError(422, "H111", f"{name} is no moment", problems=[problem]) from error
