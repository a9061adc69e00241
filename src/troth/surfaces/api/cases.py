"""Cases: the queue, one case, and what people do to it."""

from __future__ import annotations

from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Path, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from troth.engine.project import CASE
from troth.errors import GateError
from troth.model.record import Case
from troth.runtime.service import CaseAction, CaseVerb
from troth.surfaces.api import examples
from troth.surfaces.api.answers import as_json, read, settled
from troth.surfaces.api.bodies import CaseBody, CasePage, OpenCase
from troth.surfaces.api.context import Context, context_of
from troth.surfaces.api.describe import route
from troth.surfaces.api.paging import Cursor, Limit, cursor_of, matches, position_of, tag_of, versioned
from troth.surfaces.api.problem import ApiError
from troth.surfaces.api.queue import Line, lines
from troth.surfaces.api.shown import case_body
from troth.surfaces.api.wire import Act

router = APIRouter()
_act: Final = msgspec.json.Decoder(Act)
_CHANGED: Final = "G807"
_TRIES: Final = 5

CaseId = Annotated[str, Path(max_length=128, pattern=r"^[^/\x00-\x20\x7f]+$", description="The case's id.")]
Customer = Annotated[str, Query(max_length=256, description="Only cases of this customer, `customer/17`.")]


@router.get(
    "/v1/cases",
    **route(
        "cases", "Open cases, worst harm first", tag="cases", scope="cases:read", answer=CasePage,
        example=examples.CASES, errors=(404, 422, 503),
    ),
)  # fmt: skip
def queue(request: Request, customer: Customer = "", limit: Limit = 100, cursor: Cursor = "") -> Response:
    """Return a page of the queue; all pages of one reading have the order of the moment at which it began."""
    context = context_of(request)
    began = position_of("cases", cursor, tuple[int, int])
    now, start = began or (context.now(), 0)
    if not 0 <= start <= 2**31 or not 0 <= now <= context.now():
        raise ApiError(404, "H112", "there is no such page")
    found = lines(context, customer, now)
    page = found[start : start + limit]
    more = cursor_of("cases", (now, start + limit)) if start + limit < len(found) else None
    return as_json(CasePage([_open(context, line) for line in page], more))


def _open(context: Context, line: Line) -> OpenCase:
    """Return a line of the queue as it is answered."""
    harm = line.harm
    factors = {"severity": harm.severity, "people": harm.people, "time": harm.time, "value": harm.value}
    body = case_body(line.subject, line.case, context.packs[line.pack])
    return OpenCase(body, harm.score, {name: float(value) for name, value in factors.items()}, harm.wrong)


@router.get(
    "/v1/cases/{id}",
    **route(
        "case", "One case", tag="cases", scope="cases:read", answer=CaseBody, example=examples.CASE,
        errors=(404, 422, 503), etag=True,
    ),
)  # fmt: skip
def one(request: Request, id: CaseId) -> Response:
    """Return a case, open or closed; its version is what If-Match of an action names."""
    body = find(context_of(request), id)
    return versioned(request, body, tag_of(body))


def find(context: Context, case_id: str) -> CaseBody:
    """Return a case by its id, as it is answered.

    Raises:
        ApiError: H110, there is none.
    """
    return _seen(context, case_id)[1]


def _seen(context: Context, case_id: str) -> tuple[Case, CaseBody]:
    """Return a case by its id, and how it is answered.

    Raises:
        ApiError: H110, there is none.
    """
    for line in context.store.entries(CASE, case_id, limit=1):
        seen = context.service.look(line.subject)
        for case in seen.record.cases if seen is not None else ():
            if seen is not None and case.id == case_id:
                return case, case_body(line.subject, case, seen.pack)
    raise ApiError(404, "H110", "there is no case of this id")


async def _acted(context: Context, case_id: str, verb: CaseVerb, said: Act, expected: str | None) -> None:
    """Do something to a case; with If-Match only if it is as it was read, compared once more in the writer's turn.

    Raises:
        ApiError: H110, there is none; H113, it is not as it was read.
    """
    for left in reversed(range(_TRIES)):
        case, before = await run_in_threadpool(_seen, context, case_id)
        changed = ApiError(412, "H113", "the case has changed", headers={"ETag": tag_of(before)})
        if expected is not None and not matches(expected, tag_of(before), weak=False):
            raise changed
        seen = None if expected in {None, "*"} else case
        action = CaseAction(
            verb, before.subject, case_id, said.by, said.note, said.message, said.how, seen, said.owner, said.only
        )
        try:
            await settled(context.service.act(action))
        except GateError as error:
            if error.problems[0].code != _CHANGED:
                raise
            # Somebody came between. What a reader sees may be the same all the same: then it is tried again.
            if not left:
                raise changed from error
        else:
            return


def _action(verb: CaseVerb, summary: str, example: Any) -> None:
    """Add the route of one action."""

    async def act(request: Request, id: CaseId) -> Response:
        context = context_of(request)
        said = read(request, _act)
        await _acted(context, id, verb, said, request.headers.get("if-match"))
        after = await run_in_threadpool(find, context, id)
        return as_json(after, headers={"ETag": tag_of(after)})

    act.__doc__ = f"{summary}. With If-Match only if the case is as it was read."
    router.post(
        f"/v1/cases/{{id}}/{verb}",
        **route(
            f"case_{verb}", summary, tag="cases", scope="cases:write", answer=CaseBody, example=examples.CASE,
            body=Act, body_example=example, errors=(400, 404, 409, 412, 413, 415, 422, 503),
            headers=("IfMatch",), repeatable=True,
        ),
    )(act)  # fmt: skip


_action("own", "Take a case on", {"by": "ann"})
_action("release", "Give a case up: nobody has it any more", {"by": "ann"})
_action("note", "Write a note on a case", {"by": "ann", "note": "The store has found the parcel."})
_action("inform", "Say by which message the customer was told", {"by": "ann", "message": "sorry/17"})
_action("remedy", "Say by which remedy the case was put right", {"by": "ann", "how": "refund"})
_action("close", "Close a case", {"by": "ann"})
_action("reopen", "Open a closed case again", {"by": "ann", "note": "It happened again."})
