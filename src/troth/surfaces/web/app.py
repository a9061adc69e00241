"""All pages of a server: what is mounted beside the HTTP interface."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from time import perf_counter
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from troth.errors import LedgerError
from troth.runtime.telemetry import log
from troth.surfaces.api.context import Context
from troth.surfaces.web import assets
from troth.surfaces.web.headers import Headers
from troth.surfaces.web.problems import problem
from troth.surfaces.web.status.pages import PATH, StatusPages

_TOKEN: Final = "/{token:str}"  # noqa: S105 - a route
Handler = Callable[[Request], Awaitable[Response]]


def pages(context: Context) -> Mapping[str, ASGIApp]:
    """Return the pages of a server by the prefix of their paths, for `create_app`."""
    status = StatusPages(context)
    routes = [
        Route(f"{_TOKEN}/part", _counted("status_part", status.part), methods=["GET"]),
        Route(f"{_TOKEN}/live", _counted("status_live", status.live), methods=["GET"]),
        Route(f"{_TOKEN}.json", _counted("status_json", status.json), methods=["GET"]),
        Route(_TOKEN, _counted("status", status.page), methods=["GET"]),
        Route(_TOKEN, _counted("status_form", status.act), methods=["POST"]),
    ]
    files = [Route("/{version:str}/{name:str}", assets.answer, methods=["GET"])]
    return {
        PATH.rstrip("/"): Headers(_application(routes)),
        assets.MOUNTED: Headers(_application(files), private=False),
    }


def _application(routes: list[Route]) -> Starlette:
    """Return an application of some routes, which answers what none of them answers by a page."""
    return Starlette(routes=routes, exception_handlers={HTTPException: _refused})  # type: ignore[dict-item]


def _counted(name: str, handler: Handler) -> Handler:
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
