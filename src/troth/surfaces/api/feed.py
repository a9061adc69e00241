"""The feed: what the service does, in order, as `troth watch` shows it."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from troth.surfaces.api.answers import as_json
from troth.surfaces.api.context import Context, context_of
from troth.surfaces.api.describe import route
from troth.surfaces.api.paging import Limit
from troth.surfaces.api.problem import ApiError
from troth.surfaces.watch.line import FeedPage
from troth.surfaces.watch.marks import PATTERN
from troth.surfaces.watch.reader import Reader

router = APIRouter()
WAIT_MAX_S: Final = 10.0
"""How long a request may wait at most, in seconds."""
_LOOK_S: Final = 0.1
EXAMPLE: Final[dict[str, Any]] = {
    "items": [
        {
            "position": 12, "at": "2026-03-02T09:46:00Z", "kind": "held", "subject": "pickup/17",
            "customer": "customer/5", "what": "ready", "why": "a fact that the statement needs is missing (complete)",
            "id": "ready-17", "message": "ready", "sends": "", "codes": ["G302"], "about": [["complete"]], "reads": {},
            "first": True,
        }
    ],
    "position": "14",
    "more": False,
}  # fmt: skip


@router.get(
    "/v1/feed",
    **route(
        "feed", "What the service does, in order: held, released, replaced, corrected, and why", tag="truth",
        scope="truth:read", answer=FeedPage, example=EXAMPLE, errors=(404, 422, 503),
    ),
)  # fmt: skip
async def feed(
    request: Request,
    after: Annotated[
        str | None,
        Query(
            pattern=PATTERN, description="Read on after this position; 0: from the beginning; left out: from now on."
        ),
    ] = None,
    limit: Limit = 100,
    wait: Annotated[
        float, Query(ge=0, le=WAIT_MAX_S, description="Seconds to wait while there is nothing to tell.")
    ] = 0.0,
) -> Response:
    """Return the lines among the next `limit` events, and the position to read on after."""
    context = context_of(request)
    reader = Reader(context.store, context.packs)
    if after is None:
        return as_json(FeedPage([], await run_in_threadpool(reader.end)))
    return as_json(await _page(context, reader, after, limit, wait))


async def _page(context: Context, reader: Reader, after: str, limit: int, wait: float) -> FeedPage:
    """Return the next page that tells something; an empty one when the time is over, or the server stops.

    Raises:
        ApiError: H112, there is no such position.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + wait
    while True:
        try:
            page = await run_in_threadpool(reader.page, after, limit)
        except ValueError as error:
            raise ApiError(404, "H112", "the position is of another ledger") from error
        if page.items or context.stopping or loop.time() >= until:
            return page
        after = page.position
        if not page.more:
            await asyncio.sleep(min(_LOOK_S, max(0.0, until - loop.time())))
