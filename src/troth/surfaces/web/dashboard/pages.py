"""The pages of the dashboard. All of them only read; what takes long is answered by saying so."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from troth.errors import Problem, TrothError
from troth.measures.registry import MEASURES
from troth.surfaces.api.answers import as_json
from troth.surfaces.web.dashboard import listing, tables, view
from troth.surfaces.web.dashboard.asked import MAIN, OTHERS, PATH, Asked, address, asked_of
from troth.surfaces.web.dashboard.desk import Desk, Scened
from troth.surfaces.web.dashboard.parts import LAYOUTS, kind_of, leg_of
from troth.surfaces.web.dashboard.scene import head
from troth.surfaces.web.dashboard.words import Words
from troth.surfaces.web.dashboard.working import WAIT_S, Failed, Working
from troth.surfaces.web.live import ALL
from troth.surfaces.web.problems import problem, wants_json
from troth.surfaces.web.staff.person import Person
from troth.surfaces.web.staff.room import StaffRoom

_AT_ONCE_S: Final = 0.05
_REFRESH_S: Final = 2
_READING: Final = "Reading what is on record"
Shown = Callable[[Request, Person, Scened], Awaitable[Response]]


class Pages:
    """The pages of the dashboard.

    Args:
        room: The staff's room.
    """

    def __init__(self, room: StaffRoom) -> None:
        self._room = room
        self.desk = Desk(room.context)

    # ------------------------------------------------------------------ pages

    async def overview(self, request: Request, person: Person) -> Response:
        """Answer the four sentences, with the other measures where they are worked out already."""

        async def shown(request: Request, person: Person, scened: Scened) -> Response:
            found = await self.desk.overview(scened)
            if not isinstance(found, list):
                return self._not_there(request, person, scened.scene.asked, found)
            seen = view.overview(scened.scene, found)
            if request.url.path.endswith(".csv"):
                return _csv("measures", tables.of_overview(seen))
            wait_s = WAIT_S * 4 if wants_json(request) else _AT_ONCE_S
            others = await self.desk.others(scened, wait_s=wait_s)
            seen["others"] = view.others(scened.scene, others) if isinstance(others, list) else None
            if wants_json(request):
                return self._json(request, seen)
            return self._html(request, person, "measures.html.j2", scened, seen)

        return await self._about(request, person, shown)

    async def others(self, request: Request, person: Person) -> Response:
        """Answer the part of the first page that has the other measures; 202 while they are being worked out."""

        async def shown(request: Request, person: Person, scened: Scened) -> Response:
            found = await self.desk.others(scened, wait_s=WAIT_S)
            if isinstance(found, Working):
                return Response(status_code=202, headers={"Retry-After": str(_REFRESH_S)})
            seen = {"others": view.others(scened.scene, found) if isinstance(found, list) else []}
            return self._html(request, person, "measures_others.html.j2", scened, seen)

        return await self._about(request, person, shown)

    async def measure(self, request: Request, person: Person) -> Response:
        """Answer the page of one measure."""
        name = request.path_params["measure"].partition(".")[0]
        if name not in MEASURES:
            return problem(request, 404)

        async def shown(request: Request, person: Person, scened: Scened) -> Response:
            found = await self.desk.whole(scened, name)
            if isinstance(found, Working | Failed):
                return self._not_there(request, person, scened.scene.asked, found)
            seen = view.measure_page(scened.scene, found)
            if request.url.path.endswith(".csv"):
                return _csv(name, tables.of_measure(seen, request.query_params.get("table", "")))
            # What was told is of the kind that the page is about, whichever that is.
            one = found.chosen(scened.scene.asked)
            own = scened if one is None else scened.of(kind_of(one), leg_of(one))
            seen["told_query"] = address("", own.scene.asked.but(seen=""))
            told = None if name in OTHERS else await self.desk.told(own, name, wait_s=_AT_ONCE_S)
            seen["told"] = [] if name in OTHERS else None
            if told is not None and not isinstance(told, Working):
                seen["told"] = [] if isinstance(told, Failed) else view.told_lines(own.scene, told)
            if wants_json(request):
                return self._json(request, seen)
            return self._html(request, person, "measure.html.j2", scened, seen, name=name)

        return await self._about(request, person, shown)

    async def told(self, request: Request, person: Person) -> Response:
        """Answer the part of a measure's page that rests on what was told; 202 while it is being worked out."""
        name = request.path_params["measure"]
        if name not in MEASURES:
            return problem(request, 404)

        async def shown(request: Request, person: Person, scened: Scened) -> Response:
            found = await self.desk.told(scened, name, wait_s=WAIT_S)
            if isinstance(found, Working):
                return Response(status_code=202, headers={"Retry-After": str(_REFRESH_S)})
            lines = [] if isinstance(found, Failed) else view.told_lines(scened.scene, found)
            return self._html(request, person, "measure_told.html.j2", scened, {"told": lines}, name=name)

        return await self._about(request, person, shown)

    async def rows(self, request: Request, person: Person) -> Response:
        """Answer the rows behind a number, page by page; as CSV all of them."""
        name = request.path_params["measure"]
        if name not in MEASURES:
            return problem(request, 404)
        wanted = listing.wanted_of(name, request.query_params)

        async def shown(request: Request, person: Person, scened: Scened) -> Response:
            if request.url.path.endswith(".csv"):
                text = await self.desk.text(scened, wanted)
                if isinstance(text, bytes):
                    return _csv(f"{name}-rows", text)
                return self._not_there(request, person, scened.scene.asked, text)
            found = await self.desk.rows(scened, wanted)
            if isinstance(found, Working | Failed):
                return self._not_there(request, person, scened.scene.asked, found)
            seen = head(scened.scene, f"{PATH}/{name}") | listing.view(scened.scene, wanted, found)
            if wants_json(request):
                return self._json(request, seen)
            return self._html(request, person, "measure_rows.html.j2", scened, seen, name=name)

        return await self._about(request, person, shown)

    async def live(self, request: Request, person: Person) -> Response:
        """Answer the stream that tells when the ledger has grown."""
        return await self._room.live(request, person, "measures", ALL)

    # ------------------------------------------------------------------ answers

    async def _about(self, request: Request, person: Person, shown: Shown) -> Response:
        """Answer a request once it is clear what it is about."""
        asked = asked_of(request.query_params.multi_items())
        scened = await self.desk.scene(asked, Words(self._room.reader(person)))
        if isinstance(scened, Working | Failed):
            return self._not_there(request, person, asked, scened)
        try:
            return await shown(request, person, scened)
        except TrothError as error:
            return self._not_there(request, person, asked, Failed(error))

    def _html(
        self, request: Request, person: Person, template: str, scened: Scened, seen: dict[str, Any], **more: Any
    ) -> Response:
        """Answer a page."""
        return self._room.html(request, person, template, **self._values(scened.scene.asked, seen), **more)

    def _values(self, asked: Asked, seen: dict[str, Any]) -> dict[str, Any]:
        query = address("", asked.but(seen=""))
        return {"v": seen, "asked": asked, "query": query, "all_measures": view.reference(), "root": PATH}

    def _json(self, request: Request, seen: dict[str, Any]) -> Response:
        """Answer the data of a page: all but its drawings."""
        return self._room.json(request, without_drawings(seen))

    def _not_there(self, request: Request, person: Person, asked: Asked, why: Working | Failed) -> Response:
        """Answer that something is being worked out, or why it cannot be."""
        if isinstance(why, Working):
            return self._working(request, person, asked, why)
        problems = _problems(why)
        status = 404 if any(one.code == "C107" for one in problems) else 422 if why.error is not None else 503
        if request.url.path.endswith("/part"):
            return Response(status_code=status)
        if wants_json(request) or request.url.path.endswith(".csv"):
            return _problem_json(problems, status)
        scene = self.desk.plain(asked, Words(self._room.reader(person)))
        path = request.url.path
        seen = head(scene, path.removesuffix("/rows")) | {"problems": [_said(one) for one in problems]}
        values = self._values(asked, seen)
        return self._room.html(request, person, "measures_problem.html.j2", status=200 if status == 404 else status,
                               empty=status == 404, late=why.late, **values)  # fmt: skip

    def _working(self, request: Request, person: Person, asked: Asked, why: Working) -> Response:
        """Answer that something is being worked out; the page looks again by itself."""
        headers = {"Retry-After": str(_REFRESH_S)}
        if wants_json(request) or request.url.path.endswith((".csv", "/part")):
            return as_json(
                {"working": True, "since_s": round(why.since_s, 1), "done": why.done}, status=202, headers=headers
            )
        seen = {"since": round(why.since_s), "done": why.done, "steps": _steps(_figures(request), why)}
        response = self._room.html(request, person, "measures_working.html.j2", status=200, v=seen, asked=asked,
                                   refresh=_REFRESH_S, here=str(request.url.path) + _query(request))  # fmt: skip
        response.headers["Retry-After"] = str(_REFRESH_S)
        return response


def _figures(request: Request) -> Sequence[str]:
    """Return what a page needs to be worked out, in words."""
    if request.url.path.endswith("/rows"):
        return ("The rows behind the number",)
    name = request.path_params.get("measure")
    return [LAYOUTS[one].title for one in (MAIN if name is None else (name,))]


def _steps(figures: Sequence[str], why: Working) -> list[dict[str, str]]:
    """Return what is done, what is being done, and what is to come."""
    here = 0 if why.place is None else why.place + 1
    return [
        {"says": says, "state": "done" if place < here else "now" if place == here else "next"}
        for place, says in enumerate((_READING, *figures))
    ]


def without_drawings(value: Any) -> Any:
    """Return data without what is only there to be looked at."""
    if isinstance(value, Markup):
        return None
    if isinstance(value, dict):
        return {key: without_drawings(one) for key, one in value.items() if not isinstance(one, Markup)}
    if isinstance(value, list | tuple):
        return [without_drawings(one) for one in value]
    return value


def _query(request: Request) -> str:
    return f"?{request.url.query}" if request.url.query else ""


def _problems(why: Failed) -> Sequence[Problem]:
    """Return why something cannot be worked out."""
    return () if why.error is None else why.error.problems


def _said(one: Problem) -> dict[str, str]:
    """Return a problem for a page."""
    place = one.place.path or ""
    return {"code": one.code, "found": one.found, "expected": one.expected, "remedy": one.remedy, "place": place}


def _problem_json(problems: Sequence[Problem], status: int) -> Response:
    """Return problems as data."""
    return as_json({"status": status, "problems": [_said(one) for one in problems]}, status=status)


def _csv(name: str, body: bytes) -> Response:
    """Return a table as a file."""
    named = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(body, media_type="text/csv; charset=utf-8", headers=named)
