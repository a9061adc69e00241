"""The addresses of the explorer. What GET answers changes nothing; what is pasted is compared, and kept by nobody."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, TypeVar
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from troth.errors import Problem
from troth.model.pack import Pack
from troth.model.times import format_instant
from troth.surfaces.api.paging import cursor_of, position_of, tag_of
from troth.surfaces.api.problem import ApiError
from troth.surfaces.svg.frame import Chart
from troth.surfaces.web.explorer import compose, course, view
from troth.surfaces.web.explorer.census import NOWHERE
from troth.surfaces.web.explorer.comparison import LIMIT, Compared, Comparison
from troth.surfaces.web.explorer.diagram import course as course_of
from troth.surfaces.web.explorer.diagram import diagram, lines
from troth.surfaces.web.explorer.reading import Shelf
from troth.surfaces.web.explorer.walk import walk_of
from troth.surfaces.web.forms import Fields, one
from troth.surfaces.web.problems import Said, problem, wants_json
from troth.surfaces.web.staff.person import Person
from troth.surfaces.web.staff.room import StaffRoom

PATH: Final = "/packs"
_ONE: Final = f"{PATH}/{{name:str}}"
_KIND: Final = "pack"
_PAGE: Final = 50
_NAME: Final = 80
_CURSOR: Final = "packs"
_COMPARES: Final = "bulk"
AT_ONCE: Final = 1
"""Comparisons at once."""
TURN_S: Final = 45.0
"""How long a comparison waits for the one before it: a little longer than that one may take."""
_BUSY: Final = Said(
    "Somebody else is comparing at the moment.", "There is one comparison at a time: try again.", "H116"
)
_LATER: Final = {"Retry-After": "30"}
Found = TypeVar("Found")
_Handler = Callable[[Request, Person, Pack], Awaitable[Response]]


def routes(room: StaffRoom) -> Mapping[str, Sequence[Route]]:
    """Return the routes of the explorer by the first part of their addresses."""
    return {PATH: Explorer(room, Shelf(room.context)).routes()}


class Explorer:
    """The pages of the explorer.

    Args:
        room: What staff's pages share.
        shelf: What they read.
    """

    def __init__(self, room: StaffRoom, shelf: Shelf) -> None:
        self._room, self._shelf = room, shelf
        self._comparison = Comparison(room.context, shelf)
        self._comparing = asyncio.Semaphore(AT_ONCE)
        room.watch(_KIND, shelf.version)

    def routes(self) -> list[Route]:
        """Return the routes."""
        page = self._room.page
        of_one = self._of_one
        return [
            Route(PATH, page("packs", self.index), methods=["GET"]),
            Route(f"{PATH}.json", page("packs_json", self.index), methods=["GET"]),
            Route(f"{_ONE}/subjects.json", page("pack_subjects_json", of_one(self.subjects)), methods=["GET"]),
            Route(f"{_ONE}/subjects", page("pack_subjects", of_one(self.subjects)), methods=["GET"]),
            Route(f"{_ONE}/counts.json", page("pack_counts", of_one(self.counts)), methods=["GET"]),
            Route(f"{_ONE}/live", page("pack_live", of_one(self.live)), methods=["GET"]),
            Route(f"{_ONE}/steps.json", page("pack_steps_json", of_one(self.steps)), methods=["GET"]),
            Route(f"{_ONE}/steps", page("pack_steps", of_one(self.steps)), methods=["GET"]),
            Route(f"{_ONE}/changes.json", page("pack_changes_json", of_one(self.changes), _COMPARES), methods=["GET"]),
            Route(f"{_ONE}/changes", page("pack_changes", of_one(self.changes), _COMPARES), methods=["GET"]),
            Route(f"{_ONE}/changes", self._room.form("pack-changes", self.compare, _COMPARES), methods=["POST"]),
            Route(f"{_ONE}.json", page("pack_json", of_one(self.page)), methods=["GET"]),
            Route(_ONE, page("pack", of_one(self.page)), methods=["GET"]),
        ]

    # ------------------------------------------------------------------ where packs lie

    async def index(self, request: Request, person: Person) -> Response:
        """Answer the packs that are served, each in a line."""
        shown = await run_in_threadpool(self._shelf.index)
        if wants_json(request):
            return self._room.json(request, shown, tag=_tag(shown))
        return self._room.html(request, person, "packs.html.j2", v=shown)

    async def page(self, request: Request, person: Person, pack: Pack) -> Response:
        """Answer where a pack lies."""
        shown = await run_in_threadpool(self._shelf.page, pack)
        if wants_json(request):
            return self._room.json(request, shown, tag=_tag(shown))
        seen = await run_in_threadpool(self._shelf.version, pack.name)
        return self._room.html(
            request, person, "pack.html.j2", v=shown, at=_at(pack), chart=diagram(pack, shown["counts"]["states"]),
            lines=lines(pack), seen=seen.tag, verdicts=view.VERDICTS, means=view.MEANS, nowhere=NOWHERE,
        )  # fmt: skip

    async def counts(self, request: Request, _: Person, pack: Pack) -> Response:
        """Answer what is counted of a pack: what a live page renews."""
        shown = await run_in_threadpool(self._shelf.counted, pack)
        return self._room.json(request, shown, tag=_tag({**shown, "at": ""}))

    async def live(self, request: Request, person: Person, pack: Pack) -> Response:
        """Answer the stream that tells when the counts are others."""
        return await self._room.live(request, person, _KIND, pack.name)

    async def subjects(self, request: Request, person: Person, pack: Pack) -> Response:
        """Answer the subjects in a state, whoever has been there longest first."""
        state = request.query_params.get("state", "")
        if state and state != NOWHERE and state not in {each.name for each in pack.states}:
            return problem(request, 404)
        try:
            after = position_of(_CURSOR, request.query_params.get("cursor", "")[:500], tuple[int, str])
        except ApiError:
            return problem(request, 404)
        shown = await run_in_threadpool(self._listed, pack, state, after)
        if wants_json(request):
            return self._room.json(request, shown, tag=_tag(shown))
        return self._room.html(request, person, "pack_subjects.html.j2", v=shown, at=_at(pack), pack=pack)

    def _listed(self, pack: Pack, state: str, after: tuple[int, str] | None) -> dict[str, Any]:
        """Return a page of the subjects in a state."""
        now = self._room.context.now()
        counts = self._shelf.census.counts(pack.name, now)
        found = self._shelf.census.subjects(pack.name, state, now, after=after, limit=_PAGE + 1)
        total = counts.states.get(state, 0) if state else counts.subjects
        titles = {each.name: each.title for each in pack.states}
        states = self._shelf.census.states(subject for _, subject in found)
        return {
            "pack": pack.name,
            "state": state,
            "title": titles.get(state, ""),
            "count": total,
            "listed": counts.listed,
            "rows": [
                {
                    "subject": subject,
                    "state": (name := states.get(subject, NOWHERE)),
                    "title": titles.get(name, ""),
                    "since": format_instant(since),
                    "href": f"/tx/{quote(subject, safe='/')}",
                }
                for since, subject in found[:_PAGE]
            ],
            "next": cursor_of(_CURSOR, found[_PAGE - 1]) if len(found) > _PAGE else "",
            "first": after is None,
        }

    # ------------------------------------------------------------------ step by step

    async def steps(self, request: Request, person: Person, pack: Pack) -> Response:
        """Answer one step of a story, or how to compose one."""
        asked = request.query_params
        walk = walk_of(f"{_at(pack)}/steps", asked, asked.getlist("e"))
        data = await run_in_threadpool(self._shelf.data, pack)
        fields = compose.fields_of(pack, data, asked.get("type", ""))
        wrong: tuple[Problem, ...] = ()
        if "add" in asked and not walk.scenario:
            step, wrong = compose.added({**asked, "at": asked.get("when", "")}, fields)
            if not wrong:
                return RedirectResponse(walk.of((*walk.composed.steps, step)), 303)
        story = await run_in_threadpool(self._shelf.story, pack, walk)
        if story is None:
            return problem(request, 404)
        shown = course.walk_view(pack, walk, story, wrong)
        status = 422 if shown["problems"] else 200
        if wants_json(request):
            answer = self._room.json(request, shown)
            answer.status_code = status
            return answer
        stories = view.scenarios(pack, await run_in_threadpool(self._shelf.studies.of, pack))["rows"]
        return self._room.html(
            request, person, "pack_steps.html.j2", status=status, v=shown, pack=pack, at=_at(pack),
            chart=_course(pack, shown["step"]), lines=lines(pack), links=walk.links(len(story.steps)),
            form=walk.form(pack, asked, fields), stories=stories,
        )  # fmt: skip

    # ------------------------------------------------------------------ changes

    async def changes(self, request: Request, person: Person, pack: Pack) -> Response:
        """Answer the form for a changed pack; with `?from=` the comparison with a version that the ledger keeps."""
        key = request.query_params.get("from", "")
        if not key:
            return await self._changes(request, person, pack, None)
        try:
            compared = await self._alone(self._comparison.with_former, pack, key)
        except TimeoutError:
            return problem(request, 503, headers=_LATER, said=_BUSY)
        return problem(request, 404) if compared is None else await self._changes(request, person, pack, compared)

    async def compare(self, request: Request, person: Person, fields: Fields) -> Response:
        """Answer the comparison with a pasted pack, which nobody keeps."""
        pack = self._shelf.pack(request.path_params["name"])
        if pack is None:
            return await self._missing(request, person)
        self._room.note(request, subject=f"pack/{pack.name}", detail="compared")
        text = one(fields, "text")
        try:
            compared = await self._alone(self._comparison.with_text, pack, text)
        except TimeoutError:
            return problem(request, 503, headers=_LATER, said=_BUSY)
        return await self._changes(request, person, pack, compared, text)

    async def _alone(self, work: Callable[..., Found], *given: Any) -> Found:
        """Return what a comparison comes to; there is one at a time.

        Raises:
            TimeoutError: The one before it takes too long to wait for.
        """
        await asyncio.wait_for(self._comparing.acquire(), TURN_S)
        try:
            return await run_in_threadpool(work, *given)
        finally:
            self._comparing.release()

    async def _changes(
        self, request: Request, person: Person, pack: Pack, compared: Compared | None, text: str = ""
    ) -> Response:
        """Answer a comparison, or the form for one."""
        shown = await run_in_threadpool(self._comparison.view, pack, _at(pack), compared)
        if wants_json(request):
            return self._room.json(request, shown)
        status = 422 if shown["problems"] else 200
        return self._room.html(
            request, person, "pack_changes.html.j2", status=status, v=shown, at=_at(pack), pack=pack, text=text,
            limit=LIMIT,
        )  # fmt: skip

    # ------------------------------------------------------------------ shared

    def _of_one(self, handler: _Handler) -> Callable[[Request, Person], Awaitable[Response]]:
        """Return a handler of one pack's page; a pack that is not served has none."""

        async def answered(request: Request, person: Person) -> Response:
            pack = self._shelf.pack(request.path_params["name"])
            return await self._missing(request, person) if pack is None else await handler(request, person, pack)

        return answered

    async def _missing(self, request: Request, person: Person) -> Response:
        """Answer that there is no such pack: to people with those that there are."""
        if wants_json(request):
            return problem(request, 404)
        shown = await run_in_threadpool(self._shelf.index, request.path_params["name"][:_NAME])
        return self._room.html(request, person, "packs.html.j2", status=404, v=shown)


def _course(pack: Pack, step: Mapping[str, Any] | None) -> Chart | None:
    """Return the diagram with the states lit that a story is in."""
    if step is None:
        return course_of(pack, (), (), "course")
    return course_of(pack, step["state"]["may"], step["past"], "course")


def _at(pack: Pack) -> str:
    """Return the address of a pack's page."""
    return f"{PATH}/{quote(pack.name, safe='')}"


def _tag(shown: Mapping[str, Any]) -> str:
    """Return the version of what is shown."""
    return tag_of(shown, weak=True)
