"""The answer to whoever asks for a live page's stream: it ends when its reader may not read any more."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from typing import Final

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from troth.surfaces.web.live import Full, Hub
from troth.surfaces.web.problems import problem

Good = Callable[[], Awaitable[bool]]
"""Returns whether the reader of a stream may still read it."""
_MEDIA: Final = "text/event-stream"
_TAG: Final = 64


async def streamed(request: Request, hub: Hub, watched: str, topic: str, good: Good) -> Response:
    """Answer the stream that tells when there is something new.

    Args:
        request: What was asked: `Last-Event-ID` or `?seen=` is the version that the reader has.
        hub: Watches.
        watched: What for.
        topic: What the stream calls it; of one topic there are only so many streams.
        good: Asked before each event.
    """
    if request.method == "HEAD":
        return Response(media_type=_MEDIA)
    seen = request.headers.get("last-event-id", "") or request.query_params.get("seen", "")
    stream = hub.stream(watched, topic, seen[:_TAG])
    try:
        first = await anext(stream)
    except Full:
        return problem(request, 503, headers={"Retry-After": "30"})
    # A proxy that keeps events back would make a live page late.
    return StreamingResponse(_held(first, stream, good), media_type=_MEDIA, headers={"X-Accel-Buffering": "no"})


async def _held(first: bytes, stream: AsyncGenerator[bytes, None], good: Good) -> AsyncIterator[bytes]:
    """Yield a stream as long as its reader may read it."""
    async with aclosing(stream):
        yield first
        async for event in stream:
            if not await good():
                return
            yield event
