"""Links for customers: made, listed and revoked."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Path, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from troth.model.times import Micros, parse_duration
from troth.runtime import links
from troth.runtime.links import Link
from troth.surfaces.api import examples
from troth.surfaces.api.answers import as_json, read, text_of
from troth.surfaces.api.context import context_of
from troth.surfaces.api.describe import route
from troth.surfaces.api.documents import LinkBody, LinkPage, MadeLinkBody
from troth.surfaces.api.paging import Cursor, Limit, cursor_of, position_of
from troth.surfaces.api.problem import ApiError
from troth.surfaces.api.wire import MakeLink

router = APIRouter()
_make: Final = msgspec.json.Decoder(MakeLink)
_Id = Annotated[str, Path(max_length=64, pattern=r"^[0-9a-f]+$", description="The link's id.")]
_Subject = Annotated[str, Query(max_length=512, description="Only links of this subject, `pickup/17`.")]


@router.post(
    "/v1/links",
    **route(
        "link_make", "Make a link to a subject's status page", tag="links", scope="links:write", answer=MadeLinkBody,
        example=examples.MADE_LINK, body=MakeLink, body_example=examples.MAKE_LINK,
        errors=(400, 404, 409, 413, 415, 422, 503), status=201, repeatable=True,
    ),
)  # fmt: skip
async def make(request: Request) -> Response:
    """Make a link; its address is answered this once, and only its hash is kept."""
    context = context_of(request)
    said = read(request, _make)
    if not context.nouns.pack_of(said.subject):
        raise ApiError(404, "G801", "no pack that is served has subjects like this")
    life = links.LIFE if said.expires_in is None else parse_duration(said.expires_in)
    now = context.now()
    link, token = await run_in_threadpool(
        lambda: links.create(context.store, said.subject, now=now, may=said.may, life=life)
    )
    path = f"/s/{token}"
    known = msgspec.structs.asdict(_body(link, now))
    return as_json(MadeLinkBody(**known, path=path, url=context.settings.public_url + path), status=201)


@router.get(
    "/v1/links",
    **route(
        "links", "The links of customers, without their secrets", tag="links", scope="links:read", answer=LinkPage,
        example=examples.LINKS, errors=(404, 422, 503),
    ),
)  # fmt: skip
def listed(request: Request, subject: _Subject = "", limit: Limit = 100, cursor: Cursor = "") -> Response:
    """Return a page of links, the oldest first."""
    context = context_of(request)
    after = position_of("links", cursor, tuple[int, str]) or (-1, "")
    found = [one for one in links.all_links(context.store, subject) if (one.created_at, one.id) > after]
    page = found[:limit]
    more = cursor_of("links", (page[-1].created_at, page[-1].id)) if len(found) > limit else None
    return as_json(LinkPage([_body(one, context.now()) for one in page], more))


@router.delete(
    "/v1/links/{id}",
    **route("link_revoke", "Revoke a link", tag="links", scope="links:write", errors=(404, 422, 503), status=204),
)
def revoke(request: Request, id: _Id) -> Response:
    """Make a link no longer good, at once and for ever."""
    context = context_of(request)
    links.revoke(context.store, id, now=context.now())
    return Response(status_code=204)


def _body(link: Link, now: Micros) -> LinkBody:
    """Return a link as it is answered."""
    return LinkBody(
        id=link.id,
        subject=link.subject,
        may=list(link.may),
        state=links.state_of(link, now),
        created_at=text_of(link.created_at) or "",
        expires_at=text_of(link.expires_at) or "",
        revoked_at=text_of(link.revoked_at),
    )
