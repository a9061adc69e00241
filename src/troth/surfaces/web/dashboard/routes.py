"""The routes of the dashboard; what it is made of is loaded when somebody first looks at it.

A server is there at once, and one whose measures nobody reads does without the engine that computes them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from threading import Lock
from typing import TYPE_CHECKING, Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from troth.surfaces.web.live import Version
from troth.surfaces.web.staff.person import Person
from troth.surfaces.web.staff.room import StaffRoom

if TYPE_CHECKING:
    from troth.surfaces.web.dashboard.pages import Pages

PATH: Final = "/measures"


def routes(room: StaffRoom) -> Mapping[str, Sequence[Route]]:
    """Return the routes by the first part of their addresses."""
    later = _Later(room)
    room.watch("measures", later.look)
    one = f"{PATH}/{{measure:str}}"
    handlers = {
        "": ("measures", "overview"),
        ".json": ("measures_json", "overview"),
        ".csv": ("measures_csv", "overview"),
        "/part": ("measures_part", "others"),
        "/live": ("measures_live", "live"),
    }
    of_one = {
        "/rows.json": ("measure_rows_json", "rows"),
        "/rows.csv": ("measure_rows_csv", "rows"),
        "/rows": ("measure_rows", "rows"),
        "/part": ("measure_part", "told"),
        ".json": ("measure_json", "measure"),
        ".csv": ("measure_csv", "measure"),
        "": ("measure", "measure"),
    }
    paths = [(PATH + end, named) for end, named in handlers.items()]
    paths += [(one + end, named) for end, named in of_one.items()]
    return {PATH: [Route(path, room.page(name, later.page(method)), methods=["GET"]) for path, (name, method) in paths]}


class _Later:
    """The pages, made when they are first asked for.

    Args:
        room: The staff's room.
    """

    def __init__(self, room: StaffRoom) -> None:
        self._room = room
        self._lock = Lock()
        self._made: Pages | None = None

    def page(self, method: str) -> Callable[[Request, Person], Awaitable[Response]]:
        """Return the handler of a page: a method of the pages."""

        async def answered(request: Request, person: Person) -> Response:
            pages = self._made or await run_in_threadpool(self._pages)
            response: Response = await getattr(pages, method)(request, person)
            return response

        return answered

    def look(self, subject: str) -> Version:
        """Return how the measures stand. Blocks."""
        return self._pages().desk.look(subject)

    def _pages(self) -> Pages:
        """Return the pages. Blocks: the first time for most of a second."""
        with self._lock:
            if self._made is None:
                from troth.surfaces.web.dashboard.pages import Pages

                self._made = Pages(self._room)
            return self._made
