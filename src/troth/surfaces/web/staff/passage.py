"""The way to the identity provider and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, unquote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from troth.model.times import MINUTE, SECOND
from troth.runtime import outsiders
from troth.runtime.signing import nonce as random_text
from troth.surfaces.web import forms
from troth.surfaces.web.problems import problem
from troth.surfaces.web.staff.door import HOME, OUTSIDE, Door, own_path, to_sign_in
from troth.surfaces.web.staff.porter import SIGN_IN
from troth.surfaces.web.staff.room import StaffRoom

BACK: Final = f"{OUTSIDE}/back"
"""The path that people come back to; the provider has to know its whole address."""
_COOKIE: Final = "troth_way"
_PURPOSE: Final = "sign-in-outside"
_LIFE: Final = 10 * MINUTE
_LONGEST: Final = 4_000


class Passage:
    """Signing in at the identity provider of a server.

    Args:
        room: The staff's room.
        door: Lets in who is known.
    """

    def __init__(self, room: StaffRoom, door: Door) -> None:
        self._room = room
        self._context = room.context
        self._door = door
        self._provider: Any = None

    async def go(self, request: Request) -> Response:
        """Send somebody to the provider."""
        if not self._context.settings.oidc_issuer:
            return problem(request, 404)
        from troth.surfaces.web.staff.outside import Fault

        way, asked, now = random_text(), own_path(request.query_params.get("next", HOME)), self._context.now()
        state = self._room.signer.sign(_PURPOSE, way, asked, until=now + _LIFE, nonce=random_text())
        try:
            to = await self._at().address(self._back(request), state, *self._derived(way, state), now)
        except Fault as fault:
            return to_sign_in(fault.kind, asked)
        response = RedirectResponse(to, 303)
        kept = f"{way}~{quote(asked, safe='')}"
        forms.keep(response, request, _COOKIE, kept, SIGN_IN, seconds=_LIFE // SECOND)
        return response

    async def back(self, request: Request) -> Response:
        """Let in who comes back from the provider."""
        if not self._context.settings.oidc_issuer:
            return problem(request, 404)
        way, _, kept = request.cookies.get(_COOKIE, "").partition("~")
        asked, answer = unquote(kept), dict(request.query_params)
        response = await self._let_in(request, way, asked, answer)
        # Whoever comes back has used up the way, however it ends.
        forms.keep(response, request, _COOKIE, "", SIGN_IN, seconds=0)
        return response

    async def _let_in(self, request: Request, way: str, asked: str, answer: Mapping[str, str]) -> Response:
        """Return what becomes of somebody who comes back."""
        from troth.surfaces.web.staff.outside import Fault

        state, now, context = answer.get("state", "")[:_LONGEST], self._context.now(), self._context
        if not way or self._room.signer.check(state, _PURPOSE, way, asked, now=now) is None:
            return await self._refused(request, "invalid", asked, "state")
        try:
            proven = await self._at().prove(self._back(request), answer, *self._derived(way, state), now)
        except Fault as fault:
            return await self._refused(request, fault.kind, asked, str(fault))
        account = await run_in_threadpool(
            lambda: outsiders.enter(
                context.store, issuer=proven.issuer, subject=proven.subject, name=proven.name, shown=proven.shown,
                role=proven.role, now=now, locale=proven.locale, zone=proven.zone,
            )
        )  # fmt: skip
        if account is None:
            return await self._refused(request, "disabled", asked, "disabled")
        response = await self._door.let_in(request, account, asked, "outside")
        return response or await self._refused(request, "disabled", asked, "disabled")

    async def _refused(self, request: Request, kind: str, asked: str, why: str) -> Response:
        """Write down that somebody was not let in, and say so to them."""
        self._room.note(request, detail=f"outside {why}")
        await self._room.audited(request, "unknown", "sign-in", "failed")
        return to_sign_in(kind, own_path(asked))

    def _at(self) -> Any:
        """Return the provider; what it takes is imported only where there is one."""
        if self._provider is None:
            from troth.surfaces.web.staff.outside import Provider

            self._provider = Provider(self._context.settings)
        return self._provider

    def _derived(self, way: str, state: str) -> tuple[str, str]:
        """Return nonce and verifier of a way: nobody else can work them out."""
        digest = self._room.signer.digest
        return digest("oidc-nonce", way, state), digest("oidc-verifier", way, state)

    def _back(self, request: Request) -> str:
        """Return the whole address that people come back to."""
        public = self._context.settings.public_url
        return (public or f"{request.url.scheme}://{request.url.netloc}") + BACK
