"""What every page passes: its answers are counted, its faults are answered."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from time import perf_counter

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from troth.errors import LedgerError
from troth.runtime.telemetry import log
from troth.surfaces.api.context import Context
from troth.surfaces.web.problems import problem

Handler = Callable[[Request], Awaitable[Response]]


def application(routes: list[Route]) -> Starlette:
    """Return an application of some routes, which answers what none of them answers by a page."""
    return Starlette(routes=routes, exception_handlers={HTTPException: _refused})  # type: ignore[dict-item]


def counted(name: str, handler: Handler) -> Handler:
    """Return a handler that always answers, and whose answers are counted under a name."""

    async def answered(request: Request) -> Response:
        context: Context = request.scope["troth"]
        began, settings = perf_counter(), context.settings
        try:
            if sum(len(key) + len(value) for key, value in request.scope["headers"]) > settings.header_limit_bytes:
                response = problem(request, 400)
            else:
                response = await handler(request)
        except LedgerError as error:
            log("background", code=error.problems[0].code)
            response = problem(request, 503, headers={"Retry-After": "5"})
        except Exception as error:  # noqa: BLE001 - the outermost edge: people get a page, and nothing of the fault
            log("fault", level=logging.ERROR, error=error, route=name)
            response = problem(request, 500)
        context.metrics.answered(name, response.status_code, perf_counter() - began)
        return response

    return answered


async def _refused(request: Request, error: HTTPException) -> Response:
    """Answer what no route answers."""
    return problem(request, error.status_code, headers=dict(error.headers or {}))
