"""Before a message is sent: the gate's verdict with all its reasons, and the customer's page as it will then read."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from troth.model.decision import Decision
from troth.runtime.service import Seen
from troth.surfaces.api.context import Context
from troth.surfaces.views.standing import standing
from troth.surfaces.web.forms import Fields
from troth.surfaces.web.problems import problem, wants_json
from troth.surfaces.web.staff.person import Person
from troth.surfaces.web.staff.room import StaffRoom
from troth.surfaces.web.transaction.doing import NotDone, Wanted, senders, wanted
from troth.surfaces.web.transaction.failures import version_of
from troth.surfaces.web.transaction.matter import Matter
from troth.surfaces.web.transaction.reading import customers_page, shown_as, with_message
from troth.surfaces.web.transaction.reasons import LACKING, verdict
from troth.surfaces.web.transaction.telling import channels, fields_of

Row = dict[str, Any]


class Telling:
    """The preview of a message.

    Args:
        room: What staff's pages share.
    """

    def __init__(self, room: StaffRoom) -> None:
        """Serve in a room."""
        self._room = room

    async def asked(self, request: Request, person: Person) -> Response:
        """Answer the preview of a message that the address names; its words are left out of addresses."""
        return await self.shown(request, person, list(request.query_params.multi_items()))

    async def shown(self, request: Request, person: Person, fields: Fields) -> Response:
        """Answer the preview of a message; nothing is written, nothing is sent."""
        context, subject = self._room.context, f"{request.path_params['noun']}/{request.path_params['id']}"
        seen = await run_in_threadpool(context.service.look, subject)
        if seen is None:
            return problem(request, 404)
        try:
            asked = await run_in_threadpool(wanted, context, person, seen, fields)
            shown = await run_in_threadpool(self._preview, context, person, seen, asked)
        except NotDone as refused:
            values: Row = {"subject": subject, "address": f"/tx/{quote(subject)}", "says": refused.says}
            return self._room.html(request, person, "transaction_unsent.html.j2", status=refused.status, **values)
        if wants_json(request):
            return self._room.json(request, shown)
        page = None if shown["page"] is None else shown_as(shown["page"])
        values = {"v": shown, "page": page, "address": f"/tx/{quote(subject)}", "fields": _written(fields)}
        return self._room.html(request, person, "transaction_preview.html.j2", **values)

    def _preview(self, context: Context, person: Person, seen: Seen, asked: Wanted) -> Row:
        """Return the verdict and the customer's page as it would read. Blocks."""
        request = asked.request
        (decision,) = context.service.preview([request])
        matter = Matter(standing(seen.record, seen.pack, seen.now), self._room.reader(person))
        case = next((one for one in seen.record.cases if asked.case and one.id == asked.case), None)
        message = seen.pack.messages[request.message]
        return {
            "subject": request.subject,
            "at": matter.moments.text(seen.now),
            "id": request.id,
            "message": request.message,
            "title": matter.message(request.message),
            "states": [matter.statement(name) for name in message.statements],
            "channel": request.channel,
            "channels": channels(matter),
            "data": dict(request.data),
            "fields": fields_of(message),
            "case": asked.case,
            "version": version_of(request.subject, case, seen.pack) if case is not None else "",
            "verdict": verdict(matter, decision),
            "senders": senders(context),
            "page": _page(context, decision),
        }


def _page(context: Context, decision: Decision) -> Row | None:
    """Return the customer's page as it would read once the message is told; `None`: nothing would be sent. Blocks."""
    request = decision.request
    lacking = not decision.sends and {reason.code for reason in decision.reasons} <= LACKING
    told = decision.sends or (request.message if lacking and decision.outcome == "SUPPRESS" else "")
    if not told:
        return None
    seen, events = with_message(context, request.subject, told, request.channel, request.id)
    return customers_page(context, seen, events)


def _written(fields: Fields) -> dict[str, str]:
    """Return what was filled in, as it was written."""
    return {name: value for name, value in fields if name.startswith("say-")}
