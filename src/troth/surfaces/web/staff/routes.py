"""The routes of signing in, of one's own account and of the audit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from troth.runtime import sessions
from troth.surfaces.web import forms
from troth.surfaces.web.answering import counted
from troth.surfaces.web.staff.door import HOME, Door, to_sign_in
from troth.surfaces.web.staff.person import Person
from troth.surfaces.web.staff.room import COOKIE, SIGN_IN, Fields, StaffRoom


def routes(room: StaffRoom) -> Mapping[str, Sequence[Route]]:
    """Return the routes by the first part of their addresses."""
    door = Door(room)

    async def home(_: Request) -> Response:
        return RedirectResponse(HOME, 303)

    async def sign_out(request: Request, person: Person, _: Fields) -> Response:
        found = await run_in_threadpool(
            sessions.find, room.context.store, request.cookies.get(COOKIE, ""), room.context.now(), room.lives
        )
        if found is not None and found.id == person.session:
            await run_in_threadpool(sessions.end, room.context.store, found)
        response = to_sign_in("out")
        forms.keep(response, request, COOKIE, "", "/", seconds=0)
        return response

    async def account(request: Request, person: Person) -> Response:
        return room.html(request, person, "account.html.j2")

    return {
        "/": [Route("/", counted("home", home), methods=["GET"])],
        SIGN_IN: [
            Route(SIGN_IN, counted("sign_in", door.page), methods=["GET"]),
            Route(SIGN_IN, counted("sign_in_form", door.sign_in), methods=["POST"]),
        ],
        "/sign-out": [Route("/sign-out", room.form("sign-out", sign_out, "see"), methods=["POST"])],
        "/account": [Route("/account", room.page("account", account), methods=["GET"])],
    }
