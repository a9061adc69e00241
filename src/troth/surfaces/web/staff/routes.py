"""The routes of signing in, of one's own account and of the audit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from troth.surfaces.web.answering import counted
from troth.surfaces.web.staff import account, record
from troth.surfaces.web.staff.account import AccountPages
from troth.surfaces.web.staff.door import HOME, OUTSIDE, SIGN_OUT, Door
from troth.surfaces.web.staff.passage import BACK, Passage
from troth.surfaces.web.staff.porter import SIGN_IN
from troth.surfaces.web.staff.record import AuditPages
from troth.surfaces.web.staff.room import StaffRoom


def routes(room: StaffRoom) -> Mapping[str, Sequence[Route]]:
    """Return the routes by the first part of their addresses."""
    door = Door(room)
    own, seen, passage = AccountPages(room, door), AuditPages(room), Passage(room, door)
    return {
        "/": [Route("/", counted("home", _home), methods=["GET"])],
        SIGN_IN: [
            Route(SIGN_IN, counted("sign_in", door.page), methods=["GET"]),
            Route(SIGN_IN, counted("sign_in_form", door.sign_in), methods=["POST"]),
            Route(OUTSIDE, counted("sign_in_outside", passage.go), methods=["GET"]),
            Route(BACK, counted("sign_in_back", passage.back), methods=["GET"]),
        ],
        SIGN_OUT: [Route(SIGN_OUT, room.form("sign-out", door.sign_out, "see"), methods=["POST"])],
        account.PATH: [
            Route(account.PATH, room.page("account", own.page), methods=["GET"]),
            Route(account.PATH, room.form("account", own.wishes, "see"), methods=["POST"]),
            Route(f"{account.PATH}/password", room.form("password", own.password, "see"), methods=["POST"]),
            Route(f"{account.PATH}/sessions", room.form("sessions", own.end, "see"), methods=["POST"]),
        ],
        record.PATH: [
            Route(record.PATH, room.page("audit", seen.page, "admin"), methods=["GET"]),
            Route(f"{record.PATH}.json", room.page("audit_json", seen.json, "admin"), methods=["GET"]),
            Route(f"{record.PATH}.csv", room.page("audit_csv", seen.csv, "admin"), methods=["GET"]),
        ],
    }


async def _home(_: Request) -> Response:
    """Send whoever comes without an address to the console."""
    return RedirectResponse(HOME, 303)
