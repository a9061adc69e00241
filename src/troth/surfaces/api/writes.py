"""What else comes in: receipts, complaints and replies, heartbeats."""

from __future__ import annotations

from typing import Final

import msgspec
from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from troth.engine.journal import JOURNAL
from troth.errors import Place, Problem
from troth.ports.ledger import Appended
from troth.runtime.service import Complaint, Tell
from troth.surfaces.api import examples
from troth.surfaces.api.answers import as_json, moment_of, read, settled
from troth.surfaces.api.bodies import CaseBody, Taken
from troth.surfaces.api.cases import find
from troth.surfaces.api.context import context_of
from troth.surfaces.api.describe import route
from troth.surfaces.api.paging import tag_of
from troth.surfaces.api.problem import ApiError
from troth.surfaces.api.shown import taken_body
from troth.surfaces.api.wire import Complain, Heartbeats, Receipt

router = APIRouter()
_receipts: Final = msgspec.json.Decoder(Receipt | list[Receipt])
_complain: Final = msgspec.json.Decoder(Complain)
_heartbeats: Final = msgspec.json.Decoder(Heartbeats)
_ERRORS: Final = (400, 404, 409, 413, 415, 422, 503)


@router.post(
    "/v1/receipts",
    **route(
        "receipts", "Say what became of messages", tag="events", scope="receipts:write", answer=Taken,
        example=examples.TAKEN, body={Receipt}, body_example=examples.RECEIPT, errors=_ERRORS,
        repeatable=True,
    ),
)  # fmt: skip
async def receipts(request: Request) -> Response:
    """Take in one receipt, or a list of them; a receipt told again changes nothing."""
    context = context_of(request)
    said = read(request, _receipts)
    told = said if isinstance(said, list) else [said]
    limit = context.settings.batch_limit
    if len(told) > limit:
        raise ApiError(413, "H107", f"{len(told)} at once, at most {limit}")
    tells = [
        Tell(
            one.id,
            one.subject,
            one.message,
            one.channel,
            one.phase,
            moment_of(one.at),
            one.source,
            one.open,
            one.shadow,
        )
        for one in told
    ]
    done = await settled(context.service.tell(tells)) if tells else Appended()
    for one in told:
        context.metrics.told(one.phase)
    return as_json(taken_body(done, 0, []))


@router.post(
    "/v1/complaints",
    **route(
        "complaints", "Take in what a customer says: it opens a case at once", tag="cases", scope="complaints:write",
        answer=CaseBody, example=examples.CASE, body=Complain, body_example=examples.COMPLAINT, errors=_ERRORS,
        repeatable=True, status=201,
    ),
)  # fmt: skip
async def complaints(request: Request) -> Response:
    """Take in a complaint or a reply by text; its words are kept as personal data."""
    context = context_of(request)
    said = read(request, _complain)
    moment = moment_of(said.at)
    complaint = Complaint(said.subject, said.text, said.id, said.channel, said.reply_to, moment)
    case = await settled(context.service.complain(complaint))
    body = await run_in_threadpool(find, context, case.id)
    return as_json(body, status=201, headers={"Location": f"/v1/cases/{case.id}", "ETag": tag_of(body)})


@router.post(
    "/v1/heartbeats",
    **route(
        "heartbeats", "Say that feeds are alive although they have nothing to report", tag="events",
        scope="events:write", body=Heartbeats, body_example=examples.HEARTBEATS, errors=_ERRORS,
        repeatable=True, status=204,
    ),
)  # fmt: skip
async def heartbeats(request: Request) -> Response:
    """Move feeds forward: what a heard feed has not reported has not happened."""
    context = context_of(request)
    said = read(request, _heartbeats)
    if JOURNAL in said.sources:
        expected = "the name of the system that reports"
        problem = Problem(
            Place("body", path="$.sources"), "E126", f"a source is {JOURNAL!r}, which is troth's own", expected
        )
        raise ApiError(422, "E126", "nobody else speaks in troth's own name", problems=[problem])
    now = context.now()
    moments = {source: moment_of(at) for source, at in said.sources.items()}
    await settled(context.service.heartbeat({source: now if at is None else at for source, at in moments.items()}))
    return Response(status_code=204)
