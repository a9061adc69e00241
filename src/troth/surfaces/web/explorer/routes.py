"""The addresses of the explorer. What GET answers changes nothing; what is pasted is compared, and kept by nobody."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote, urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from troth.errors import Place, Problem
from troth.model.pack import Pack
from troth.model.times import format_instant
from troth.surfaces.api.paging import cursor_of, position_of, tag_of
from troth.surfaces.api.problem import ApiError
from troth.surfaces.web.explorer import compose, course, view
from troth.surfaces.web.explorer.census import NOWHERE
from troth.surfaces.web.explorer.compose import START, Composed
from troth.surfaces.web.explorer.diagram import course as course_of
from troth.surfaces.web.explorer.diagram import diagram
from troth.surfaces.web.explorer.reading import LIMIT, PASTED, Compared, Shelf
from troth.surfaces.web.explorer.stepping import Story
from troth.surfaces.web.explorer.words import plural
from troth.surfaces.web.forms import Fields, one
from troth.surfaces.web.problems import problem, wants_json
from troth.surfaces.web.staff.person import Person
from troth.surfaces.web.staff.room import StaffRoom

PATH: Final = "/packs"
_ONE: Final = f"{PATH}/{{name:str}}"
_KIND: Final = "pack"
_PAGE: Final = 50
_CURSOR: Final = "packs"
_COMPARES: Final = "bulk"
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
        self._comparing = asyncio.Semaphore(1)
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
            seen=seen.tag, verdicts=view.VERDICTS, means=view.MEANS, nowhere=NOWHERE,
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
        title = next((each.title for each in pack.states if each.name == state), "")
        return {
            "pack": pack.name,
            "state": state,
            "title": title,
            "count": total,
            "listed": counts.listed,
            "rows": [
                {"subject": subject, "since": format_instant(since), "href": f"/tx/{quote(subject, safe='/')}"}
                for since, subject in found[:_PAGE]
            ],
            "next": cursor_of(_CURSOR, found[_PAGE - 1]) if len(found) > _PAGE else "",
            "first": after is None,
        }

    # ------------------------------------------------------------------ step by step

    async def steps(self, request: Request, person: Person, pack: Pack) -> Response:
        """Answer one step of a story, or how to compose one."""
        asked = request.query_params
        name = asked.get("scenario", "")
        composed = Composed(tuple(asked.getlist("e")), asked.get("start", "") or START)
        data = await run_in_threadpool(self._shelf.data, pack)
        fields = compose.fields_of(pack, data, asked.get("type", ""))
        wrong: tuple[Problem, ...] = ()
        if "add" in asked and not name:
            step, wrong = compose.added({**asked, "at": asked.get("when", "")}, fields)
            if not wrong:
                more = Composed((*composed.steps, step), composed.start)
                return RedirectResponse(f"{_at(pack)}/steps?{_query(more, len(more.steps) - 1)}", 303)
        story = await run_in_threadpool(self._story, pack, name, composed)
        if story is None:
            return problem(request, 404)
        place = _place(asked.get("at", ""), len(story.steps))
        shown: dict[str, Any] = {
            "pack": pack.name,
            "scenario": name,
            "name": story.name if name else "A story of your own",
            "problems": [view.problem_row(each) for each in (*wrong, *story.problems)],
            "steps": course.listed(story) if story.steps else [],
            "at": place,
            "step": course.step_view(story, place) if story.steps else None,
        }
        status = 422 if shown["problems"] else 200
        if wants_json(request):
            answer = self._room.json(request, shown)
            answer.status_code = status
            return answer
        return self._room.html(
            request, person, "pack_steps.html.j2", status=status, v=shown, pack=pack, at=_at(pack),
            chart=self._course(pack, shown["step"]), links=_links(pack, name, composed, place, len(story.steps)),
            form=self._form(pack, asked, composed, fields), stories=await run_in_threadpool(self._stories, pack),
        )  # fmt: skip

    def _story(self, pack: Pack, name: str, composed: Composed) -> Story | None:
        """Return the story that is asked for; `None`: there is no such scenario."""
        return self._shelf.scenario(pack, name) if name else self._shelf.composed(pack, composed)

    def _course(self, pack: Pack, step: Mapping[str, Any] | None) -> Any:
        """Return the diagram with the states lit that the story is in."""
        if step is None:
            return course_of(pack, (), (), "course")
        return course_of(pack, step["state"]["may"], step["past"], "course")

    def _stories(self, pack: Pack) -> list[dict[str, Any]]:
        """Return the scenarios that can be stepped through."""
        rows: list[dict[str, Any]] = view.scenarios(pack, self._shelf.studies.of(pack))["rows"]
        return rows

    @staticmethod
    def _form(pack: Pack, asked: Mapping[str, str], composed: Composed, fields: Sequence[compose.Field]) -> Any:
        """Return what the form shows: the types of events, and the fields of the one that is chosen."""
        chosen = asked.get("type", "") if asked.get("type", "") in pack.events else ""
        events = compose.events(pack)
        sources: list[str] = next((each["sources"] for each in events if each["type"] == chosen), [])
        # What was not written is empty.
        said = defaultdict(str, {key: value for key, value in asked.items() if key not in ("e", "start", "scenario")})
        return {"events": events, "type": chosen, "sources": sources, "fields": fields if chosen else [],
                "steps": composed.steps, "start": composed.start, "at": said["when"] or composed.next_at(),
                "said": said}  # fmt: skip

    # ------------------------------------------------------------------ changes

    async def changes(self, request: Request, person: Person, pack: Pack) -> Response:
        """Answer the form for a changed pack; with `?from=` the comparison with a version that the ledger keeps."""
        key = request.query_params.get("from", "")
        if not key:
            return await self._changes(request, person, pack, None, "")
        async with self._comparing:
            compared = await run_in_threadpool(self._shelf.compare_former, pack, key)
        if compared is None:
            return problem(request, 404)
        return await self._changes(request, person, pack, compared, f"from version {compared.version} to the present")

    async def compare(self, request: Request, person: Person, fields: Fields) -> Response:
        """Answer the comparison with a pasted pack, which nobody keeps."""
        pack = self._shelf.pack(request.path_params["name"])
        if pack is None:
            return problem(request, 404)
        self._room.note(request, subject=f"pack/{pack.name}", detail="compared")
        text = one(fields, "text")
        if not text.strip():
            found, expected = "nothing", "the text of a pack.yaml"
            nothing = Problem(Place(PASTED), "P106", found, expected, "paste the whole text, and compare again")
            return await self._changes(request, person, pack, Compared((nothing,)), "", text)
        async with self._comparing:
            compared = await run_in_threadpool(self._shelf.compare, pack, text)
        return await self._changes(request, person, pack, compared, "by the pasted pack", text)

    async def _changes(
        self, request: Request, person: Person, pack: Pack, compared: Compared | None, said: str, text: str = ""
    ) -> Response:
        """Answer a comparison, or the form for one."""
        former = await run_in_threadpool(self._shelf.former, pack)
        shown = {
            "pack": pack.name,
            "version": pack.version,
            "said": said,
            "answer": _answer(pack, compared),
            "compared": compared is not None and not compared.problems,
            "problems": [view.problem_row(each) for each in compared.problems] if compared else [],
            "rows": list(compared.rows) if compared else [],
            "plan": compared.plan if compared else None,
            "former": [{"key": key, "says": says, "href": f"{_at(pack)}/changes?from={quote(key, safe='')}"}
                       for key, says in former.items()],
        }  # fmt: skip
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
            return problem(request, 404) if pack is None else await handler(request, person, pack)

        return answered


def _answer(pack: Pack, compared: Compared | None) -> str:
    """Return what a comparison says, in one sentence."""
    if compared is None:
        return f"What would another version of {pack.name} change?"
    if compared.problems:
        return f"It cannot be compared: {plural(len(compared.problems), 'problem')} in it."
    if not compared.rows:
        return "Nothing is declared differently."
    return f"{plural(len(compared.rows), 'thing')} declared differently. {(compared.plan or {}).get('answer', '')}"


def _links(pack: Pack, name: str, composed: Composed, place: int, count: int) -> dict[str, Any]:
    """Return the addresses of the steps around one, and of all."""
    base = f"{_at(pack)}/steps?"

    def to(number: int) -> str:
        """Return the address of a step."""
        return base + (urlencode({"scenario": name, "at": number}) if name else _query(composed, number))

    shorter = Composed(composed.steps[:-1], composed.start)
    return {
        "previous": to(place - 1) if place > 0 else "",
        "next": to(place + 1) if place + 1 < count else "",
        "each": [to(number) for number in range(count)],
        "fewer": base + _query(shorter, max(0, len(shorter.steps) - 1)) if composed.steps else "",
    }


def _query(composed: Composed, place: int) -> str:
    """Return the part of an address that a composed story is."""
    start = [("start", composed.start)] if composed.start != START else []
    return urlencode([*(("e", step) for step in composed.steps), *start, ("at", str(place))])


def _place(asked: str, count: int) -> int:
    """Return which step is asked for; one that there is not is the nearest that there is."""
    number = int(asked) if asked.isdecimal() and len(asked) < 6 else 0
    return min(number, max(0, count - 1))


def _at(pack: Pack) -> str:
    """Return the address of a pack's page."""
    return f"{PATH}/{quote(pack.name, safe='')}"


def _tag(shown: Mapping[str, Any]) -> str:
    """Return the version of what is shown."""
    return tag_of(shown, weak=True)
