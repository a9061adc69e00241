"""The transaction page over HTTP: the page, its part, its stream, its forms, the preview, the shoes, and finding it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from troth.errors import GateError
from troth.model.times import MINUTE, SECOND, Micros
from troth.runtime.envelope import parse_time
from troth.surfaces.api.context import Context
from troth.surfaces.web import forms
from troth.surfaces.web.forms import Fields, one
from troth.surfaces.web.problems import problem, wants_json
from troth.surfaces.web.staff.person import Person
from troth.surfaces.web.staff.room import StaffRoom
from troth.surfaces.web.transaction import doing, finding
from troth.surfaces.web.transaction.doing import NotDone
from troth.surfaces.web.transaction.previewing import Telling
from troth.surfaces.web.transaction.reading import Found, found, version, watched
from troth.surfaces.web.transaction.said import Notice, notice
from troth.surfaces.web.transaction.view import view
from troth.surfaces.web.transaction.walking import walk

PATH: Final = "/tx"
_TOPIC: Final = "tx"
_SUBJECT: Final = f"{PATH}/{{noun:str}}/{{id:path}}"
_PERSONAL: Final = "troth_personal"
_PERSONAL_FOR: Final = 30 * MINUTE
_SHOW: Final = "show"
_HIDE: Final = "hide"
_SAY: Final = "say"


def routes(room: StaffRoom) -> Mapping[str, Sequence[Route]]:
    """Return the routes by the first part of their addresses."""
    pages = TransactionPages(room)
    telling = Telling(room)
    room.watch(_TOPIC, lambda subject: watched(room.context, subject))

    async def shoes(request: Request, person: Person) -> Response:
        return await walk(room, request, person)

    return {
        PATH: [
            Route(PATH, room.page("tx_find", pages.find), methods=["GET"]),
            Route(f"{PATH}.json", room.page("tx_find_json", pages.find), methods=["GET"]),
            Route(f"{_SUBJECT}/part", room.page("tx_part", pages.part), methods=["GET"]),
            Route(f"{_SUBJECT}/live", room.page("tx_live", pages.live), methods=["GET"]),
            Route(f"{_SUBJECT}/shoes.json", room.page("tx_shoes_json", shoes), methods=["GET"]),
            Route(f"{_SUBJECT}/shoes", room.page("tx_shoes", shoes), methods=["GET"]),
            Route(f"{_SUBJECT}/preview", room.page("tx_preview", telling.asked, "act"), methods=["GET"]),
            Route(f"{_SUBJECT}/preview", room.form("tx-preview", telling.shown), methods=["POST"]),
            Route(f"{_SUBJECT}.json", room.page("tx_json", pages.page), methods=["GET"]),
            Route(_SUBJECT, room.page("tx", pages.page), methods=["GET"]),
            Route(_SUBJECT, room.form("tx-form", pages.act), methods=["POST"]),
        ]
    }


def subject_of(request: Request) -> str:
    """Return the subject that an address names."""
    return f"{request.path_params['noun']}/{request.path_params['id']}"


def address_of(subject: str) -> str:
    """Return the address of a subject's page.

    >>> address_of("pickup/A 1")
    '/tx/pickup/A%201'
    """
    return f"{PATH}/{quote(subject)}"


def nowhere(room: StaffRoom, request: Request, person: Person, subject: str) -> Response:
    """Answer that nobody has heard of a subject, and how to find one."""
    if wants_json(request):
        return problem(request, 404)
    values: dict[str, Any] = {"q": subject, "rows": [], "nouns": finding.nouns(room.context), "unknown": subject}
    return room.html(request, person, "transaction_find.html.j2", status=404, **values)


class TransactionPages:
    """The page of a subject.

    Args:
        room: What staff's pages share.
    """

    def __init__(self, room: StaffRoom) -> None:
        """Serve in a room."""
        self._room = room

    @property
    def _context(self) -> Context:
        """Return the server's parts."""
        return self._room.context

    # ------------------------------------------------------------------ reading

    async def find(self, request: Request, person: Person) -> Response:
        """Answer what a search finds; the only one at once."""
        asked = request.query_params.get("q", "").strip()[: finding.LONGEST]
        rows = await run_in_threadpool(finding.search, self._context, asked)
        if wants_json(request):
            return self._room.json(request, {"q": asked, "found": rows})
        if len(rows) == 1:
            return RedirectResponse(address_of(rows[0]["subject"]), 303)
        values: dict[str, Any] = {"q": asked, "rows": rows, "nouns": finding.nouns(self._context), "unknown": ""}
        status = 404 if asked and not rows else 200
        return self._room.html(request, person, "transaction_find.html.j2", status=status, **values)

    async def page(self, request: Request, person: Person) -> Response:
        """Answer the page, or all that it shows as data."""
        subject = subject_of(request)
        try:
            seen = await self._found(request, person, subject)
        except ValueError:
            return problem(request, 422, back=address_of(subject))
        if seen is None:
            return nowhere(self._room, request, person, subject)
        if "tick" in request.query_params and not wants_json(request):
            return _to_tick(subject, seen, request.query_params["tick"])
        asked = request.query_params.get("page", "")
        shown = await run_in_threadpool(view, seen.matter, page=asked)
        if wants_json(request):
            return self._room.json(request, shown, tag=version(seen, shown))
        query = request.query_params
        said = query.get("said", "")
        senders = await run_in_threadpool(doing.senders, self._context) if said == "sent" else ()
        told = notice(shown, person, said, query.get("about", ""), senders, seen.matter.reader)
        return self._shown(request, person, "transaction.html.j2", seen, shown, told)

    async def part(self, request: Request, person: Person) -> Response:
        """Answer the part of the page that changes, unless the reader has it already."""
        subject = subject_of(request)
        try:
            seen = await self._found(request, person, subject)
        except ValueError:
            return problem(request, 422)
        if seen is None:
            return problem(request, 404)
        self._note(person, subject)
        asked = request.query_params.get("page", "")
        shown = await run_in_threadpool(view, seen.matter, page=asked)
        return self._shown(request, person, "transaction_part.html.j2", seen, shown, Notice(), tagged=True)

    async def live(self, request: Request, person: Person) -> Response:
        """Answer the stream that tells when there is something new; who has it open is looking at the subject."""
        subject = subject_of(request)
        self._note(person, subject)
        answered = await self._room.live(request, person, _TOPIC, subject)
        if isinstance(answered, StreamingResponse):
            answered.body_iterator = self._looking(answered.body_iterator, person, subject)
        return answered

    async def _looking(self, events: Any, person: Person, subject: str) -> AsyncIterator[bytes]:
        """Yield a stream's events, and note with each that somebody is still there."""
        async for event in events:
            self._note(person, subject)
            yield event

    def _note(self, person: Person, subject: str) -> None:
        """Note that somebody looks at a subject."""
        self._room.presence.note(f"{_TOPIC}:{subject}", person.id, self._context.now())

    def _others(self, person: Person, subject: str) -> Sequence[str]:
        """Return who else looks at a subject, by their accounts."""
        return self._room.presence.others(f"{_TOPIC}:{subject}", person.id, self._context.now())

    async def _found(self, request: Request, person: Person, subject: str) -> Found | None:
        """Return a subject as it is asked for; `None`: nobody has heard of it.

        Raises:
            ValueError: That is no moment.
        """
        asked = request.query_params.get("at", "")[:64].strip()
        at: Micros | None = parse_time(asked) if asked else None
        shown, reader = self._may_read(request, person, subject), self._room.reader(person)
        return await run_in_threadpool(found, self._context, subject, reader, at=at, shown=shown)

    def _shown(
        self,
        request: Request,
        person: Person,
        template: str,
        seen: Found,
        shown: dict[str, Any],
        told: Notice,
        *,
        tagged: bool = False,
    ) -> Response:
        """Answer the page or its part; `tagged`: unless the reader has it already."""
        subject, matter = seen.matter.record.subject, seen.matter
        others = self._others(person, subject)
        # Buttons and form tokens are of a person, their role and their session.
        tag = version(seen, shown, others, person.id, person.role, person.session)
        values: dict[str, Any] = {
            "v": shown,
            "address": address_of(subject),
            "query": f"?at={quote(shown['at'])}" if matter.past else "",
            "ticks": seen.ticks,
            "tick": sum(one <= shown["at"] for one in seen.ticks) - 1,
            "others": [matter.names(one) for one in others],
            "may_act": person.may("act") and not matter.past,
            "version": tag,
            "seen": seen.tag,
            "notice": told,
            "said": told.says,
            "said_badly": told.bad,
            "at_now": shown["at"],
        }
        return self._room.html(request, person, template, tag=tag if tagged else "", **values)

    # ------------------------------------------------------------------ doing

    async def act(self, request: Request, person: Person, fields: Fields) -> Response:
        """Take a form of the page."""
        subject, verb = subject_of(request), one(fields, "do")
        self._room.note(request, subject=subject, case=one(fields, "case"), detail=verb)
        if verb in (_SHOW, _HIDE):
            return self._personal(request, person, subject, show=verb == _SHOW)
        try:
            about = await self._say(person, subject, fields) if verb == _SAY else one(fields, "case")
            if verb != _SAY:
                await doing.act(self._context, person, subject, fields)
        except NotDone as refused:
            return await self._not_done(request, person, subject, refused)
        except GateError:
            return await self._not_done(request, person, subject, NotDone(409, "That is not possible any more."))
        said = "sent" if verb == _SAY else verb
        return RedirectResponse(f"{address_of(subject)}?said={said}&about={quote(about)}#said", 303)

    async def _say(self, person: Person, subject: str, fields: Fields) -> str:
        """Have a message sent; return its id.

        Raises:
            NotDone: It cannot be asked for.
        """
        seen = await run_in_threadpool(self._context.service.look, subject)
        if seen is None:
            raise NotDone(404, "Nobody has heard of this.")
        asked = await run_in_threadpool(doing.wanted, self._context, person, seen, fields)
        await doing.say(self._context, person, seen, asked)
        return asked.request.id

    async def _not_done(self, request: Request, person: Person, subject: str, refused: NotDone) -> Response:
        """Answer the page as it stands, with why something was not done."""
        self._room.note(request, subject=subject, outcome="refused")
        seen = await self._found(request, person, subject)
        if seen is None:
            return nowhere(self._room, request, person, subject)
        shown = await run_in_threadpool(view, seen.matter)
        response = self._shown(request, person, "transaction.html.j2", seen, shown, Notice(refused.says, bad=True))
        response.status_code = refused.status
        return response

    # ------------------------------------------------------------------ what is personal

    def _personal(self, request: Request, person: Person, subject: str, *, show: bool) -> Response:
        """Show personal data of one subject to somebody for half an hour, in this session; or hide them again."""
        response = RedirectResponse(f"{address_of(subject)}?said={'shown' if show else 'hidden'}#said", 303)
        until = self._context.now() + _PERSONAL_FOR
        leave = self._room.signer.sign(_PERSONAL, person.session, subject, until=until) if show else ""
        forms.keep(response, request, _PERSONAL, leave, PATH, seconds=_PERSONAL_FOR // SECOND if show else 0)
        return response

    def _may_read(self, request: Request, person: Person, subject: str) -> bool:
        """Return whether personal data of a subject are shown to somebody now."""
        leave = request.cookies.get(_PERSONAL, "")
        if not leave or not person.session or not person.may("act"):
            return False
        return self._room.signer.check(leave, _PERSONAL, person.session, subject, now=self._context.now()) is not None


def _to_tick(subject: str, seen: Found, tick: str) -> Response:
    """Send whoever moved the slider to the moment where it stopped; at its end, to the present."""
    number = int(tick) if tick.isascii() and tick.isdigit() and len(tick) < 6 else len(seen.ticks)
    if number >= len(seen.ticks) - 1:
        return RedirectResponse(address_of(subject), 303)
    return RedirectResponse(f"{address_of(subject)}?at={quote(seen.ticks[number])}", 303)
