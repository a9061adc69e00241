"""What goes to the world outside: deliveries, and where they go."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

import msgspec
from fastapi import APIRouter, Path, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from troth.errors import UsageError
from troth.ports.outbox import Delivery, Destination
from troth.surfaces import outbox
from troth.surfaces.api import examples
from troth.surfaces.api.answers import as_json, read, text_of
from troth.surfaces.api.context import context_of
from troth.surfaces.api.describe import route
from troth.surfaces.api.documents import DeliveryBody, DeliveryPage, DestinationBody, ReplayedBody
from troth.surfaces.api.paging import Cursor, Limit, cursor_of, position_of, tag_of, versioned
from troth.surfaces.api.problem import ApiError
from troth.surfaces.api.wire import PutDestination, ReplayDeliveries

router = APIRouter()
_put: Final = msgspec.json.Decoder(PutDestination)
_replay: Final = msgspec.json.Decoder(ReplayDeliveries)
_SECRET: Final = ("secret", "password", "token")
_Id = Annotated[str, Path(max_length=128, pattern=r"^[A-Za-z0-9._~-]+$", description="The destination's id.")]
_State = Annotated[Literal["", "waiting", "delivered", "dead"], Query(description="Only those of this state.")]


@router.get(
    "/v1/deliveries",
    **route(
        "deliveries", "What is on its way to the world outside", tag="outbox", scope="outbox:read",
        answer=DeliveryPage, example=examples.DELIVERIES, errors=(404, 422, 503),
    ),
)  # fmt: skip
def deliveries(request: Request, state: _State = "", limit: Limit = 100, cursor: Cursor = "") -> Response:
    """Return a page of deliveries, without their payloads."""
    after = position_of("deliveries", cursor, str) or ""
    found = context_of(request).store.deliveries(state=state, after=after, limit=limit + 1)
    more = cursor_of("deliveries", found[limit - 1].id) if len(found) > limit else None
    return as_json(DeliveryPage([_delivery(one) for one in found[:limit]], more))


def _delivery(one: Delivery) -> DeliveryBody:
    """Return a delivery as it is answered."""
    return DeliveryBody(
        id=one.id,
        destination=one.destination,
        topic=one.outgoing.topic,
        subject=one.outgoing.subject,
        state=one.state,
        attempts=one.attempts,
        arose_at=text_of(one.outgoing.at),
        due_at=text_of(one.due_at),
        error=one.error,
    )


@router.post(
    "/v1/deliveries/replay",
    **route(
        "deliveries_replay", "Try dead deliveries again", tag="outbox", scope="outbox:write", answer=ReplayedBody,
        example=examples.REPLAYED, body=ReplayDeliveries, body_example={"ids": ["5f0c"]},
        errors=(400, 413, 415, 422, 503), repeatable=True,
    ),
)  # fmt: skip
async def again(request: Request) -> Response:
    """Make dead deliveries wait again, due now; ids that are not dead are left alone."""
    context = context_of(request)
    said = read(request, _replay)
    count = await run_in_threadpool(context.store.replay, said.ids, context.now())
    return as_json(ReplayedBody(len(said.ids), count, 0))


@router.get(
    "/v1/destinations",
    **route(
        "destinations", "Where outgoing messages go", tag="outbox", scope="outbox:read", answer=[DestinationBody],
        errors=(503,), etag=True,
    ),
)  # fmt: skip
def destinations(request: Request) -> Response:
    """Return the destinations; values that may be secret are blotted out."""
    bodies = [_destination(one) for one in context_of(request).store.destinations()]
    return versioned(request, bodies, tag_of(bodies))


@router.put(
    "/v1/destinations/{id}",
    **route(
        "destination_put", "Make or change a destination", tag="outbox", scope="outbox:write", answer=DestinationBody,
        example=examples.DESTINATION, body=PutDestination, body_example=examples.PUT_DESTINATION,
        errors=(400, 409, 413, 415, 422, 503),
    ),
)  # fmt: skip
async def put(request: Request, id: _Id) -> Response:
    """Store a destination, in place of one with the same id; what is not shown of that one can be left as shown.

    A webhook without secrets gets one, which is shown this once. All that is wrong with its settings is told at once,
    each problem's place naming the member. Where a host's address is, is judged when something is delivered.
    """
    context = context_of(request)
    said = read(request, _put)
    if said.id not in ("", id):
        raise ApiError(409, "H102", f"the id is {said.id!r} in the body and another in the path", retryable=False)
    wanted = Destination(id, tuple(said.topics), said.kind, said.settings, said.active)
    try:
        added = await run_in_threadpool(outbox.change, context.store, wanted)
    except UsageError as error:
        first = error.problems[0]
        detail = f"{first.place.path}: {first.found}"
        raise ApiError(409, first.code, detail, problems=error.problems, retryable=False) from error
    return as_json(msgspec.structs.replace(_destination(added.destination), secret=added.secret))


@router.delete(
    "/v1/destinations/{id}",
    **route(
        "destination_drop", "Remove a destination", tag="outbox", scope="outbox:write", errors=(404, 422, 503),
        status=204,
    ),
)  # fmt: skip
def drop(request: Request, id: _Id) -> Response:
    """Remove a destination; its waiting deliveries become dead."""
    if not context_of(request).store.drop_destination(id):
        raise ApiError(404, "H110", "there is no destination of this id")
    return Response(status_code=204)


def _destination(one: Destination) -> DestinationBody:
    """Return a destination as it is answered."""
    return DestinationBody(one.id, list(one.topics), one.kind, _open(one.shown()), one.active)


def _open(settings: dict[str, Any]) -> dict[str, Any]:
    """Return settings in which whatever may be secret is blotted out."""
    return {
        name: "[secret]" if any(word in name.lower() for word in _SECRET) else value for name, value in settings.items()
    }
