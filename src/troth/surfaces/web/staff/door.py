"""The door: signing in and out."""

from __future__ import annotations

import asyncio
from typing import Final
from urllib.parse import quote, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from troth.model.times import SECOND
from troth.runtime import sessions, staff
from troth.runtime.staff import Account
from troth.surfaces.web import forms
from troth.surfaces.web.environment import render
from troth.surfaces.web.locales import Reader
from troth.surfaces.web.problems import problem
from troth.surfaces.web.staff.room import COOKIE, SIGN_IN, StaffRoom

HOME: Final = "/console"
_HOLDER: Final = "sign-in"
_SAID: Final = {
    "out": ("You are signed out.", False),
    "over": ("Your session is over. Sign in to go on.", False),
    "changed": ("Your password is changed. Sign in with the new one.", False),
}
_WRONG: Final = "The name or the password is not right."
_LONGEST: Final = 2_000


def own_path(asked: str) -> str:
    """Return where somebody goes on who has signed in: a path of this server, or the console.

    >>> own_path("/tx/pickup/17?at=now"), own_path("//evil.example"), own_path("https://evil.example/")
    ('/tx/pickup/17?at=now', '/console', '/console')
    """
    plain = asked.isascii() and asked.isprintable() and " " not in asked and "\\" not in asked
    if not plain or not asked.startswith("/") or asked.startswith("//") or len(asked) > _LONGEST:
        return HOME
    parts = urlsplit(asked)
    path = parts.path
    here = not parts.scheme and not parts.netloc and "//" not in path and not path.startswith((SIGN_IN, "/sign-out"))
    return asked if here else HOME


class Door:
    """Signing in and out.

    Args:
        room: The staff's room.
    """

    def __init__(self, room: StaffRoom) -> None:
        self._room = room
        self._context = room.context

    async def page(self, request: Request) -> Response:
        """Answer the page where one signs in; who is signed in goes on at once."""
        asked = own_path(request.query_params.get("next", HOME))
        if await self._room.person_of(request) is not None:
            return RedirectResponse(asked, 303)
        text, bad = _SAID.get(request.query_params.get("said", ""), ("", False))
        return await self._shown(request, asked, said=text, said_badly=bad)

    async def sign_in(self, request: Request) -> Response:
        """Take a name and a password."""
        try:
            async with asyncio.timeout(self._context.settings.body_timeout_s):
                fields = await forms.read(request)
            forms.checked(fields, self._room.signer, _HOLDER, forms.seat_of(request), self._context.now())
        except forms.NotTaken as error:
            return problem(request, error.status, back=SIGN_IN)
        except TimeoutError:
            return problem(request, 400, back=SIGN_IN, headers={"Connection": "close"})
        name, asked = fields.get("name", "").strip().lower(), own_path(fields.get("next", ""))
        account = await run_in_threadpool(staff.known, self._context.store, name, fields.get("password", ""))
        if account is None:
            # Some write their password where the name belongs: only a name that exists is written down.
            there = await run_in_threadpool(staff.find, self._context.store, name) is not None
            await self._room.audited(request, name if there else "unknown", "sign-in", "failed")
            return await self._shown(request, asked, name=name, status=401, said=_WRONG, said_badly=True)
        await self._room.audited(request, account.name, "sign-in", "done")
        return await self.let_in(request, account, asked)

    async def let_in(self, request: Request, account: Account, asked: str) -> Response:
        """Begin a session, and send its owner on."""
        agent = request.headers.get("user-agent", "")
        _, token = await run_in_threadpool(
            lambda: sessions.begin(
                self._context.store, account.name, now=self._context.now(),
                address=self._room.address_of(request), agent=agent,
            )
        )  # fmt: skip
        response = RedirectResponse(own_path(asked), 303)
        forms.keep(response, request, COOKIE, token, "/", seconds=self._room.lives.whole // SECOND)
        return response

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
        first = not await run_in_threadpool(staff.exist, context.store)
        csrf = forms.token_for(self._room.signer, _HOLDER, seat, context.now())
        page = render(
            "sign_in.html.j2", Reader(), firm=context.settings.firm, csrf=csrf, next=asked, name=name, first=first,
            outside="", provider="", said=said, said_badly=said_badly,
        )  # fmt: skip
        response = HTMLResponse(page, status)
        forms.keep_seat(response, request, seat, SIGN_IN)
        return response


def to_sign_in(said: str, path: str = "") -> Response:
    """Return the way to the page where one signs in, which then says something."""
    more = f"&next={quote(path, safe='/')}" if path else ""
    return RedirectResponse(f"{SIGN_IN}?said={said}{more}", 303)
