"""The floor of live pages: Starlette, a stream a viewer, a POST that hands one line on to the viewer whom it names.

Usage: python -m bench.viewers_floor PORT
"""

from __future__ import annotations

import asyncio
import sys
from collections import defaultdict
from collections.abc import AsyncIterator

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

_BEAT_S = 15.0


def application() -> Starlette:
    """Return the application."""
    waiting: dict[str, set[asyncio.Queue[bytes]]] = defaultdict(set)

    async def events(name: str) -> AsyncIterator[bytes]:
        queue: asyncio.Queue[bytes] = asyncio.Queue()
        waiting[name].add(queue)
        try:
            yield b"event: beat\ndata: here\n\n"
            while True:
                try:
                    yield await asyncio.wait_for(queue.get(), _BEAT_S)
                except TimeoutError:
                    yield b"event: beat\ndata: here\n\n"
        finally:
            waiting[name].discard(queue)

    async def live(request: Request) -> Response:
        return StreamingResponse(events(request.path_params["name"]), media_type="text/event-stream")

    async def say(request: Request) -> Response:
        name, said = request.path_params["name"], await request.body()
        for queue in waiting[name]:
            queue.put_nowait(b"event: change\nid: " + said[:40].hex().encode() + b"\ndata: " + name.encode() + b"\n\n")
        return Response(b'{"ok":true}', media_type="application/json")

    return Starlette(routes=[Route("/live/{name}", live), Route("/say/{name}", say, methods=["POST"])])


if __name__ == "__main__":
    uvicorn.run(
        application(), host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", timeout_graceful_shutdown=1
    )
