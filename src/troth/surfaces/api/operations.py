"""For those who run it: quarantine, packs, what codes mean, deliveries and destinations."""

from __future__ import annotations

from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Path, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from troth.model.pack import Pack
from troth.ports.ledger import Refused
from troth.surfaces.api import examples
from troth.surfaces.api.answers import as_json, read, text_of
from troth.surfaces.api.context import context_of
from troth.surfaces.api.describe import route
from troth.surfaces.api.documents import PackBody, PageBody, QuarantinePage, ReplayedBody
from troth.surfaces.api.paging import Cursor, Limit, cursor_of, position_of, tag_of, versioned
from troth.surfaces.api.problem import ApiError
from troth.surfaces.api.replaying import replay
from troth.surfaces.api.wire import ReplayQuarantine
from troth.surfaces.pages import all_pages, code_page
from troth.surfaces.web.environment import render
from troth.surfaces.web.headers import HEADERS
from troth.surfaces.web.locales import Reader

router = APIRouter()
_said: Final = msgspec.json.Decoder(ReplayQuarantine)
_PackName = Annotated[str, Path(max_length=128, pattern=r"^[^/\x00-\x20\x7f]+$", description="The pack's name.")]
_Code = Annotated[
    str,
    Path(
        max_length=128, pattern=r"^[^/\x00-\x20\x7f]+$", description="A code, or a measure's name.", examples=["H118"]
    ),
]


@router.get(
    "/v1/quarantine",
    **route(
        "quarantine", "What could not be accepted", tag="quarantine", scope="quarantine:read", answer=QuarantinePage,
        example=examples.QUARANTINE, errors=(404, 422, 503),
    ),
)  # fmt: skip
def refused(
    request: Request,
    code: Annotated[str, Query(max_length=16, description="Only refusals with this code.")] = "",
    limit: Limit = 100,
    cursor: Cursor = "",
) -> Response:
    """Return a page of refusals, each with its reasons and what came."""
    store = context_of(request).store
    after = position_of("quarantine", cursor, str) or ""
    items: list[dict[str, Any]] = []
    while len(items) <= limit and (page := store.quarantine(after=after, limit=1_000)):
        after = page[-1].id
        items += [_refusal(one) for one in page if not code or one.code == code]
    more = cursor_of("quarantine", items[limit - 1]["id"]) if len(items) > limit else None
    return as_json(QuarantinePage(items[:limit], more))


def _refusal(one: Refused) -> dict[str, Any]:
    """Return a refusal as it is answered."""
    return {**msgspec.structs.asdict(one), "heard_at": text_of(one.heard_at)}


@router.post(
    "/v1/quarantine/replay",
    **route(
        "quarantine_replay", "Judge what is in quarantine again, after a fix", tag="quarantine",
        scope="quarantine:write", answer=ReplayedBody, example=examples.REPLAYED, body=ReplayQuarantine,
        body_example={"pack": "store_pickup"}, body_optional=True, errors=(400, 413, 415, 422, 503),
        repeatable=True,
    ),
)  # fmt: skip
async def again(request: Request) -> Response:
    """Judge refused events again; what is right now becomes an event and leaves quarantine."""
    context = context_of(request)
    said = read(request, _said, empty=b"{}")
    done = await run_in_threadpool(replay, context, said.pack)
    return as_json(ReplayedBody(done.tried, done.released, done.accepted))


@router.get(
    "/v1/packs",
    **route(
        "packs", "The packs that this server serves", tag="packs", scope="packs:read", answer=[PackBody],
        errors=(503,), etag=True,
    ),
)  # fmt: skip
def packs(request: Request) -> Response:
    """Return each pack with the names of what it declares."""
    bodies = [_pack(pack) for pack in context_of(request).packs.values()]
    return versioned(request, bodies, tag_of(bodies))


@router.get(
    "/v1/packs/{name}",
    **route("pack", "One pack", tag="packs", scope="packs:read", answer=PackBody, errors=(404, 422, 503), etag=True),
)
def pack(request: Request, name: _PackName) -> Response:
    """Return a pack with the names of what it declares."""
    found = context_of(request).packs.get(name)
    if found is None:
        raise ApiError(404, "H119", "this server does not serve this pack")
    body = _pack(found)
    return versioned(request, body, tag_of(body))


def _pack(found: Pack) -> PackBody:
    """Return a pack as it is answered."""
    return PackBody(
        name=found.name,
        version=found.version,
        digest=found.digest,
        title=found.title,
        subject=found.subject,
        sources=[source.name for source in found.sources],
        facts=[fact.name for fact in found.facts],
        events=list(found.events),
        states=[state.name for state in found.states],
        statements=list(found.statements),
        messages=list(found.messages),
        actions=list(found.actions),
        promises=[promise.name for promise in found.promises],
        cases=[kind.name for kind in found.cases],
        fail={name: message.fail for name, message in found.messages.items() if message.fail},
    )


@router.get(
    "/v1/explain/{code}",
    **route("explain", "What a code or a measure means", tag="packs", answer=PageBody, errors=(404, 422), etag=True),
)
def explain(request: Request, code: _Code) -> Response:
    """Return the page of a code, or of a measure."""
    page = _page(code)
    return versioned(request, page, tag_of(page))


@router.get("/problems/{code}", include_in_schema=False)
def problem(request: Request, code: _Code) -> Response:
    """Return the page of a problem's type, for people; as JSON for programs that ask for it."""
    request.scope["troth.route"] = "problem"
    page = _page(code)
    if "application/json" in request.headers.get("accept", ""):
        return as_json(page)
    # The guard says of every answer that its type is not to be guessed.
    headers = {name: value for name, value in HEADERS.items() if name != "x-content-type-options"}
    return HTMLResponse(render("code.html.j2", Reader(), firm="", alternatives=[], page=page), headers=headers)


def _page(code: str) -> dict[str, Any]:
    """Return the row of a page.

    Raises:
        ApiError: H110, there is none.
    """
    page = code_page(code) or all_pages().get(code.lower().replace("-", "_"))
    if page is None:
        raise ApiError(404, "H110", "there is no page of this name")
    return dict(page)
