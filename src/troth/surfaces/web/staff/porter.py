"""Who asks for a page of staff: somebody by the session of their browser, or a key that reads the data of a page."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from troth.runtime import sessions, staff
from troth.runtime.access import EVERYTHING
from troth.surfaces.api.context import Context
from troth.surfaces.web.problems import Said, problem, wants_json
from troth.surfaces.web.staff.person import Person, person_of

COOKIE: Final = "troth_session"
"""Holds the token of a session."""
SIGN_IN: Final = "/sign-in"
BY_ITSELF: Final = ("/part", "/live", "/counts.json")
"""How addresses end that pages ask for by themselves: that is nothing that a person does."""
_DATA: Final = (".json", ".csv")

_NOT_SIGNED_IN: Final = Said("You are not signed in.", "Sign in, and open the page again.", "H124")
_BAD_KEY: Final = Said("The key is not good.", "Send a key that is in use.", "H202")
_SMALL_KEY: Final = Said("The key has not the scope that this takes.", "Take a key that has it.", "H203")


class Porter:
    """Tells who asks, and sends away whoever is not known.

    Args:
        context: The server's parts.
    """

    def __init__(self, context: Context) -> None:
        self._context = context

    async def person_of(self, request: Request) -> Person | None:
        """Return who is signed in; `None`: nobody."""
        return await run_in_threadpool(self._found, request)

    async def person(self, request: Request, scope: str) -> Person | Response:
        """Return who asks, or the answer to whoever may not.

        Args:
            request: What is asked.
            scope: What an API key has to be allowed that asks for the data of the page; empty: no key will do.
        """
        key = self._key(request, scope)
        if key is not None:
            return key
        person = await self.person_of(request)
        if person is not None:
            return person
        path, query = request.url.path, request.url.query
        if wants_json(request) or path.endswith(BY_ITSELF):
            headers = {"WWW-Authenticate": 'Bearer realm="troth"'}
            return problem(request, 401, headers=headers, said=_NOT_SIGNED_IN)
        if request.method == "POST":
            # What was written into the form is lost either way; the page that it is on can be opened again.
            return RedirectResponse(f"{SIGN_IN}?said={'out' if path == '/sign-out' else 'over'}", 303)
        return RedirectResponse(f"{SIGN_IN}?next={quote(path + (f'?{query}' if query else ''), safe='/')}", 303)

    def _key(self, request: Request, scope: str) -> Person | Response | None:
        """Return the key that asks for a page's data, or the refusal of one; `None`: no key is sent."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if not scope or scheme.lower() != "bearer" or not request.url.path.endswith(_DATA):
            return None
        key = self._context.key_of(token.strip())
        if key is None:
            challenge = 'Bearer realm="troth", error="invalid_token"'
            return problem(request, 401, headers={"WWW-Authenticate": challenge}, said=_BAD_KEY)
        if not key.may(scope):
            challenge = f'Bearer realm="troth", error="insufficient_scope", scope="{scope}"'
            return problem(request, 403, headers={"WWW-Authenticate": challenge}, said=_SMALL_KEY)
        role = "admin" if scope == EVERYTHING else "reader"
        return Person(f"key:{key.id}", key.name or key.id, role, "", zone=self._context.settings.zone)

    def _found(self, request: Request) -> Person | None:
        """Return who is signed in. Blocks."""
        store, now = self._context.store, self._context.now()
        session = sessions.find(store, request.cookies.get(COOKIE, ""), now, self._context.lives)
        account = None if session is None else staff.find(store, session.account)
        if session is None or account is None or account.disabled_at:
            return None
        if not request.url.path.endswith(BY_ITSELF):
            sessions.touch(store, session, now)
        return person_of(account, session.id, self._context.settings.zone)
