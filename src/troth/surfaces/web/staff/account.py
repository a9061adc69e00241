"""One's own account: how pages are for somebody, the password, the sessions."""

from __future__ import annotations

from typing import Final

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from troth.errors import UsageError
from troth.model.times import format_instant
from troth.runtime import passwords, roles, sessions, staff
from troth.surfaces.web.forms import Fields, one
from troth.surfaces.web.staff.door import Door, to_sign_in
from troth.surfaces.web.staff.person import Person, person_of
from troth.surfaces.web.staff.room import StaffRoom

PATH: Final = "/account"
_SAID: Final = {
    "kept": "That is kept.",
    "password": "Your password is changed, and your other sessions are ended.",
    "ended": "The session is ended.",
    "others": "All other sessions are ended.",
}
_NOT_PRESENT: Final = "Your present password is not right, or you have tried too often. Nothing is changed."


class AccountPages:
    """The page of one's own account.

    Args:
        room: The staff's room.
        door: Checks passwords.
    """

    def __init__(self, room: StaffRoom, door: Door) -> None:
        self._room = room
        self._context = room.context
        self._door = door

    async def page(self, request: Request, person: Person) -> Response:
        """Answer the page."""
        return await self._shown(request, person, said=_SAID.get(request.query_params.get("said", ""), ""))

    async def wishes(self, request: Request, person: Person, fields: Fields) -> Response:
        """Take how pages shall be."""
        try:
            await run_in_threadpool(
                staff.set_wishes, self._context.store, person.id,
                locale=one(fields, "locale").strip(), zone=one(fields, "zone").strip(),
                shortcuts=one(fields, "shortcuts") == "on",
            )  # fmt: skip
        except UsageError as error:
            return await self._shown(request, person, 422, said=_why(error), said_badly=True)
        return _done("kept")

    async def password(self, request: Request, person: Person, fields: Fields) -> Response:
        """Take another password; whoever gives it says the present one first."""
        account = await self._door.known_again(request, person, one(fields, "present"))
        if account is None:
            return await self._shown(request, person, 422, said=_NOT_PRESENT, said_badly=True)
        if one(fields, "new") != one(fields, "again"):
            said = "The two new passwords are not the same. Nothing is changed."
            return await self._shown(request, person, 422, said=said, said_badly=True)
        store = self._context.store
        try:
            changed = await self._door.hashed(lambda: staff.change_password(store, account, one(fields, "new")))
        except UsageError as error:
            return await self._shown(request, person, 422, said=_why(error), said_badly=True)
        if changed is None:
            return await self._shown(request, person, 422, said=_NOT_PRESENT, said_badly=True)
        # All sessions are ended, this one too: it goes on under another token.
        response = _done("password")
        await self._door.keep(request, response, changed)
        return response

    async def end(self, _: Request, person: Person, fields: Fields) -> Response:
        """End a session of one's own, or all but this."""
        asked = one(fields, "session")
        if asked == "others":
            await run_in_threadpool(self._end_others, person)
            return _done("others")
        found = {session.id: session for session in await run_in_threadpool(self._sessions, person)}
        if asked not in found:
            return _done("ended")
        await run_in_threadpool(sessions.end, self._context.store, found[asked])
        return to_sign_in("ended") if asked == person.session else _done("ended")

    def _end_others(self, person: Person) -> None:
        """End all sessions but the present one. Blocks."""
        for session in self._sessions(person):
            if session.id != person.session:
                sessions.end(self._context.store, session)

    def _sessions(self, person: Person) -> list[sessions.Session]:
        """Return the sessions of somebody. Blocks."""
        return sessions.of_account(self._context.store, person.id, self._context.now(), self._room.lives)

    async def _shown(
        self, request: Request, person: Person, status: int = 200, *, said: str = "", said_badly: bool = False
    ) -> Response:
        """Answer the page, with what it says."""
        context = self._context
        account = await run_in_threadpool(staff.get, context.store, person.id)
        # What has just been changed shows at once.
        present = person_of(account, person.session, context.settings.zone)
        own = [
            {
                "id": session.id,
                "here": session.id == person.session,
                "began": format_instant(session.began_at),
                "seen": format_instant(session.seen_at),
                "ends": format_instant(session.ends_at(self._room.lives)),
                "address": session.address,
                "agent": session.agent,
            }
            for session in await run_in_threadpool(self._sessions, person)
        ]
        return self._room.html(
            request, present, "account.html.j2", status=status, said=said, said_badly=said_badly, sessions=own,
            account=msgspec.structs.replace(account, digest=""), has_password=bool(account.digest),
            roles=roles.ROLES, least=passwords.LEAST, most=passwords.MOST, server_zone=context.settings.zone,
        )  # fmt: skip


def _done(said: str) -> Response:
    """Return the way back to the page, which then says what was done."""
    return RedirectResponse(f"{PATH}?said={said}#said", 303)


def _why(error: UsageError) -> str:
    """Return in words why something was not taken."""
    return " ".join(f"{one.found[:1].upper()}{one.found[1:]}; expected is {one.expected}." for one in error.problems)
