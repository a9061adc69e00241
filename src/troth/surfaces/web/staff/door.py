"""The door: signing in with a password, and signing out."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

from anyio import CapacityLimiter, to_thread
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from troth.model.times import SECOND
from troth.runtime import sessions, staff
from troth.runtime.staff import Account
from troth.surfaces.web import forms
from troth.surfaces.web.environment import render
from troth.surfaces.web.forms import Fields, one
from troth.surfaces.web.locales import Reader
from troth.surfaces.web.reach import address_of
from troth.surfaces.web.staff.person import Person
from troth.surfaces.web.staff.porter import COOKIE, SIGN_IN
from troth.surfaces.web.staff.room import StaffRoom
from troth.surfaces.web.staff.tries import Tries

HOME: Final = "/console"
SIGN_OUT: Final = "/sign-out"
OUTSIDE: Final = f"{SIGN_IN}/outside"
_HOLDER: Final = "sign-in"
_SAID: Final = {
    "out": ("You are signed out.", False),
    "over": ("You are not signed in any more, so nothing was changed. Sign in, and send it again.", True),
    "ended": ("The session is ended. Sign in to go on.", False),
    "denied": ("You were not let in there. Nothing is changed here.", True),
    "invalid": ("What came back from there was not good, or came too late. Try once more.", True),
    "unreachable": ("The place where you sign in cannot be reached at the moment. Try again in a minute.", True),
    "role": ("You are known there, but have no role here. Ask whoever runs this server for one.", True),
    "disabled": ("Your account here is disabled. Ask whoever runs this server.", True),
}
"""What `?said=` says, and whether it is bad news."""
_WRONG: Final = "The name or the password is not right."
_TOO_OFTEN: Final = "That was too often. Wait a minute, and try again."
_LONGEST: Final = 2_000
_HASHED_AT_ONCE: Final = 2
"""Hashing takes memory and a processor each: a crowd at the door does not take both from everybody else."""


def own_path(asked: str) -> str:
    """Return where somebody goes on who has signed in: a path of this server, or the console.

    >>> own_path("/tx/pickup/17?at=now"), own_path("//evil.example"), own_path("https://evil.example/")
    ('/tx/pickup/17?at=now', '/console', '/console')
    """
    plain = asked.isascii() and asked.isprintable() and " " not in asked and "\\" not in asked
    if not plain or not asked.startswith("/") or len(asked) > _LONGEST:
        return HOME
    path = asked.partition("#")[0].partition("?")[0]
    # `//` begins the name of another host, also once a browser or a proxy has taken dots out of a path.
    return HOME if "//" in path or "/." in path or path.startswith((SIGN_IN, SIGN_OUT)) else asked


class Door:
    """Signing in and out.

    Args:
        room: The staff's room.
    """

    def __init__(self, room: StaffRoom) -> None:
        self._room = room
        self._context = room.context
        self._tries = Tries()
        self._hashing = CapacityLimiter(_HASHED_AT_ONCE)

    async def page(self, request: Request) -> Response:
        """Answer the page where one signs in; who is signed in goes on at once."""
        asked = own_path(request.query_params.get("next", HOME))
        if await self._room.porter.person_of(request) is not None:
            return RedirectResponse(asked, 303)
        text, bad = _SAID.get(request.query_params.get("said", ""), ("", False))
        return await self._shown(request, asked, said=text, said_badly=bad)

    async def sign_in(self, request: Request) -> Response:
        """Take a name and a password."""
        try:
            fields, _ = await forms.taken(request, _HOLDER, forms.seat_of(request))
        except forms.NotTaken as error:
            return error.answer(request, SIGN_IN)
        name, asked = one(fields, "name").strip().lower()[:80], own_path(one(fields, "next"))
        wait = self._tries.wait(name, address_of(request), self._context.now())
        if wait:
            shown = await self._shown(request, asked, name=name, status=429, said=_TOO_OFTEN, said_badly=True)
            shown.headers["Retry-After"] = str(wait)
            return shown
        account = await self._checked(name, one(fields, "password"))
        if account is None:
            return await self._wrong(request, name, asked)
        response = await self.let_in(request, account, asked)
        return response or await self._wrong(request, name, asked)

    async def _wrong(self, request: Request, name: str, asked: str) -> Response:
        """Write down that somebody was not let in, and say so to them."""
        # Some write their password where the name belongs: only a name that exists is written down.
        there = await run_in_threadpool(staff.find, self._context.store, name) is not None
        await self._room.audited(request, name if there else "unknown", "sign-in", "failed")
        return await self._shown(request, asked, name=name, status=401, said=_WRONG, said_badly=True)

    async def known_again(self, request: Request, person: Person, password: str) -> Account | None:
        """Return the account of somebody who says their password again; `None`: it is wrong, or that was too often."""
        if self._tries.wait(person.id, address_of(request), self._context.now()):
            return None
        return await self._checked(person.id, password)

    async def hashed(self, work: Any) -> Any:
        """Do something that hashes, off the event loop, with few others at once."""
        return await to_thread.run_sync(work, limiter=self._hashing)

    async def let_in(self, request: Request, account: Account, asked: str, detail: str = "") -> Response | None:
        """Begin a session, and send its owner on; `None`: the account is another one than it was when it was known."""
        response = RedirectResponse(own_path(asked), 303)
        if not await self.keep(request, response, account):
            return None
        self._room.note(request, detail=detail)
        await self._room.audited(request, account.name, "sign-in", "done")
        return response

    async def keep(self, request: Request, response: Response, account: Account) -> bool:
        """Begin a session, and have the browser keep it; return whether there is one."""
        agent, address = request.headers.get("user-agent", ""), address_of(request)
        store, now = self._context.store, self._context.now()
        begun = await run_in_threadpool(lambda: staff.let_in(store, account, now=now, address=address, agent=agent))
        if begun is not None:
            forms.keep(response, request, COOKIE, begun[1], "/", seconds=max(1, self._room.lives.whole // SECOND))
        return begun is not None

    async def sign_out(self, request: Request, person: Person, _: Fields) -> Response:
        """End the session."""
        await run_in_threadpool(self._end, person)
        response = to_sign_in("out")
        forms.keep(response, request, COOKIE, "", "/", seconds=0)
        return response

    def _end(self, person: Person) -> None:
        """End the session of somebody. Blocks."""
        store = self._context.store
        for session in sessions.of_account(store, person.id, self._context.now(), self._room.lives):
            if session.id == person.session:
                sessions.end(store, session)

    async def _checked(self, name: str, password: str) -> Account | None:
        """Return the account of a name and a password."""
        store = self._context.store
        found: Account | None = await self.hashed(lambda: staff.known(store, name, password))
        return found

    async def _shown(
        self,
        request: Request,
        asked: str,
        *,
        name: str = "",
        status: int = 200,
        said: str = "",
        said_badly: bool = False,
    ) -> Response:
        """Answer the page, with what it says."""
        context, seat = self._context, forms.seat_of(request)
        settings = context.settings
        outside = f"{OUTSIDE}?next={quote(asked, safe='/')}" if settings.oidc_issuer else ""
        first = not outside and not await run_in_threadpool(staff.exist, context.store)
        csrf = forms.token_for(self._room.signer, _HOLDER, seat, context.now())
        page = render(
            "sign_in.html.j2", Reader(), firm=settings.firm, csrf=csrf, next=asked, name=name, first=first,
            outside=outside, provider=settings.oidc_name, said=said, said_badly=said_badly,
        )  # fmt: skip
        response = HTMLResponse(page, status)
        forms.keep_seat(response, request, seat, SIGN_IN)
        return response


def to_sign_in(said: str, path: str = "") -> Response:
    """Return the way to the page where one signs in, which then says something."""
    more = f"&next={quote(path, safe='/')}" if path else ""
    return RedirectResponse(f"{SIGN_IN}?said={said}{more}", 303)
