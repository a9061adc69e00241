"""The application: raw routes and FastAPI's behind one guard, and what it does in the background."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from importlib.metadata import version
from typing import Any, Final

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.datastructures import URLPath
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, NoMatchFound
from starlette.types import ASGIApp, Receive, Scope, Send

from troth.errors import LedgerError, Place, Problem, TrothError
from troth.model.times import HOUR, SECOND
from troth.runtime.telemetry import log, new_instance
from troth.surfaces.api import cases, deliveries, feed, health, links, operations, promises, subjects, writes
from troth.surfaces.api.answers import as_json
from troth.surfaces.api.context import Context
from troth.surfaces.api.guard import Guard
from troth.surfaces.api.hot import HOT
from troth.surfaces.api.openapi import describe
from troth.surfaces.api.problem import ApiError, answer, of_error
from troth.surfaces.web.headers import ALONE
from troth.surfaces.web.problems import problem as page_of
from troth.surfaces.web.problems import wants_page

ROUTERS: Final[Sequence[APIRouter]] = (
    subjects.router, feed.router, cases.router, writes.router, promises.router, operations.router,
    deliveries.router, links.router, health.router,
)  # fmt: skip
"""All routes but the raw ones."""
_OPENAPI: Final = "/openapi.json"
_CODES: Final = {404: ("H108", "there is nothing at this path"), 405: ("H109", "this path does not take this method")}


def create_app(context: Context, *, mounts: Mapping[str, ASGIApp] | None = None) -> ASGIApp:
    """Return the application of a server.

    Args:
        context: Its parts.
        mounts: Path → another interface served beside this one, there and below; it guards itself, sees whole paths,
            and finds the context in its scope as `troth`.
    """
    beside: Sequence[BaseRoute] = [_Beside(path, other) for path, other in (mounts or {}).items()]
    broad = FastAPI(
        title="troth", openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False, routes=list(beside),
        lifespan=_lifespan(context),
    )  # fmt: skip
    for router in ROUTERS:
        broad.include_router(router)
    description = _Description()
    broad.add_route(_OPENAPI, description.answer, methods=["GET"], include_in_schema=False)
    answers = _Answers([route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)])
    for kind in (ApiError, TrothError, HTTPException, RequestValidationError, Exception):
        broad.add_exception_handler(kind, answers)
    return Guard(_Front(broad), context)


class _Beside(BaseRoute):
    """Hands on, as they came, the requests for a path, for its data (`.json`, `.csv`) and for all below it.

    Args:
        path: Such as `/console`; `/` is that page alone.
        app: What answers them.
    """

    def __init__(self, path: str, app: ASGIApp) -> None:
        self._exact = path
        self._below = (f"{path}/", f"{path}.") if path != "/" else ()
        self._app = app

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Return whether a request is for it."""
        path = scope.get("path", "")
        found = scope["type"] == "http" and (path == self._exact or path.startswith(self._below))
        return (Match.FULL if found else Match.NONE), {}

    def url_path_for(self, name: str, /, **path_params: Any) -> URLPath:
        """Tell that no address is made by the name of a route here."""
        raise NoMatchFound(name, path_params)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request on."""
        await self._app(scope, receive, send)


class _Description:
    """The description of the interface, made when it is first asked for."""

    def __init__(self) -> None:
        self._made: dict[str, Any] | None = None

    async def answer(self, request: Request) -> Response:
        """Return it."""
        request.scope["troth.route"] = "openapi"
        if self._made is None:
            self._made = describe(ROUTERS, version("troth"))
        return as_json(self._made)


class _Front:
    """Sends the hot paths to their raw handlers, everything else to FastAPI.

    Args:
        broad: FastAPI's application.
    """

    def __init__(self, broad: ASGIApp) -> None:
        self._broad = broad

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or begin and end with the process."""
        hot = HOT.get(scope["path"]) if scope["type"] == "http" else None
        if hot is None:
            await self._broad(scope, receive, send)
            return
        if scope["method"] != "POST":
            raise ApiError(405, "H109", "this path takes POST", headers={"Allow": "POST"})
        response = await hot(Request(scope, receive))
        await response(scope, receive, send)


class _Answers:
    """Answers the errors of routes.

    Args:
        routes: All routes: those of one path are several, and an answer to a wrong method names the methods of all.
    """

    def __init__(self, routes: Sequence[APIRoute]) -> None:
        self._routes = routes

    async def __call__(self, request: Request, error: Exception) -> Response:
        """Return the problem that an error is; its name goes to the log too."""
        request.scope["troth.instance"] = instance = new_instance()
        problem = _problem(error)
        if problem.code == "H108" and wants_page(request):
            return page_of(request, 404, headers=ALONE)
        if problem.status == 405:
            here = [route for route in self._routes if route.path_regex.match(request.scope["path"])]
            allowed = sorted({method for route in here for method in route.methods or ()})
            problem.headers = {"Allow": ", ".join(allowed)} if allowed else problem.headers
        return answer(problem, instance)


def _problem(error: Exception) -> ApiError:
    """Return the problem that an error of a route is."""
    match error:
        case ApiError():
            return error
        case TrothError():
            return of_error(error)
        case RequestValidationError():
            places = [Problem(Place(".".join(map(str, one["loc"]))), "H111", str(one["msg"])) for one in error.errors()]
            return ApiError(422, "H111", "a parameter has not the form that is asked for", problems=places)
        case HTTPException():
            code, detail = _CODES.get(error.status_code, ("H115", "it cannot be answered"))
            return ApiError(error.status_code, code, detail, headers=dict(error.headers or {}))
    return ApiError(500, "H115", "a fault of the server", retryable=False)


def _lifespan(context: Context) -> Any:
    """Return what happens from the start of the application to its end: keys are read anew, what is old is dropped."""

    @asynccontextmanager
    async def life(_: Any) -> AsyncIterator[None]:
        context.stopping = False
        await asyncio.to_thread(context.signer.prepare)
        tasks = [
            asyncio.create_task(_every(context.settings.keys_refresh_s, context.refresh_keys)),
            asyncio.create_task(_every(HOUR / SECOND, context.prune)),
        ]
        yield
        context.stopping = True
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await asyncio.to_thread(context.at_end.close)

    return life


async def _every(seconds: float, work: Any) -> None:
    """Do something in a thread, again and again; what goes wrong now may go well the next time.

    Nothing ends it: a server that no longer reads its keys would go on taking those that were revoked.
    """
    while True:
        await asyncio.sleep(seconds)
        try:
            await asyncio.to_thread(work)
        except LedgerError as error:
            log("background", code=error.problems[0].code)
        except Exception as error:  # noqa: BLE001 - see above
            log("fault", level=logging.ERROR, error=error, route="background")
