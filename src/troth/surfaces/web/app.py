"""All pages of a server: what is mounted beside the HTTP interface."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Final, TypeAlias

from starlette.routing import Route
from starlette.types import ASGIApp

from troth.surfaces.api.context import Context
from troth.surfaces.web import assets
from troth.surfaces.web.answering import application, counted
from troth.surfaces.web.console import routes as console
from troth.surfaces.web.dashboard import routes as dashboard
from troth.surfaces.web.explorer import routes as explorer
from troth.surfaces.web.headers import Headers
from troth.surfaces.web.staff import routes as staff
from troth.surfaces.web.staff.room import StaffRoom
from troth.surfaces.web.status.pages import PATH, StatusPages
from troth.surfaces.web.transaction import routes as transaction

Routes: TypeAlias = Callable[[StaffRoom], Mapping[str, Sequence[Route]]]
STAFF: Final[tuple[Routes, ...]] = (
    console.routes,
    dashboard.routes,
    explorer.routes,
    staff.routes,
    transaction.routes,
)  # fmt: skip
"""What makes the routes of staff's pages: each page adds its own here."""
_TOKEN: Final = f"{PATH}{{token:str}}"


def pages(context: Context) -> Mapping[str, ASGIApp]:
    """Return the pages of a server by the first part of their addresses, for `create_app`."""
    return {
        PATH.rstrip("/"): Headers(application(_of_status(StatusPages(context)))),
        assets.MOUNTED: Headers(application(_of_files()), private=False),
        **_of_staff(StaffRoom(context)),
    }


def staff_routes(room: StaffRoom) -> Mapping[str, Sequence[Route]]:
    """Return the routes of all pages of staff by the first part of their addresses."""
    return dict(chain.from_iterable(made(room).items() for made in STAFF))


def _of_staff(room: StaffRoom) -> Mapping[str, ASGIApp]:
    """Return the pages of staff: one application, under several addresses."""
    routes = staff_routes(room)
    app = Headers(application(list(chain.from_iterable(routes.values()))))
    return dict.fromkeys(routes, app)


def _of_status(status: StatusPages) -> list[Route]:
    """Return the routes of customers' pages."""
    return [
        Route(f"{_TOKEN}/part", counted("status_part", status.part), methods=["GET"]),
        Route(f"{_TOKEN}/live", counted("status_live", status.live), methods=["GET"]),
        Route(f"{_TOKEN}.json", counted("status_json", status.json), methods=["GET"]),
        Route(_TOKEN, counted("status", status.page), methods=["GET"]),
        Route(_TOKEN, counted("status_form", status.act), methods=["POST"]),
    ]


def _of_files() -> list[Route]:
    """Return the routes of style sheets, scripts and pictures."""
    return [Route(f"{assets.MOUNTED}/{{version:str}}/{{name:str}}", assets.answer, methods=["GET"])]
