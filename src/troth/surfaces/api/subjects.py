"""Reading: what is so with a subject, its story, its promises, what it was told, and what the gate decided."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from troth.model.times import Micros
from troth.runtime.hindsight import told_of
from troth.runtime.privacy import Sealer
from troth.runtime.replay import heard_by
from troth.runtime.service import Seen
from troth.surfaces.api import examples
from troth.surfaces.api.answers import moment_of
from troth.surfaces.api.bodies import AskedBody
from troth.surfaces.api.context import Context, context_of, holder_of
from troth.surfaces.api.describe import route
from troth.surfaces.api.documents import ToldBody, TruthBody
from troth.surfaces.api.guard import may
from troth.surfaces.api.paging import tag_of, versioned
from troth.surfaces.api.problem import ApiError
from troth.surfaces.api.shown import asked_body
from troth.surfaces.views.card import card, promise_row
from troth.surfaces.views.hindsight import told_row
from troth.surfaces.views.moments import Moments
from troth.surfaces.views.timeline import timeline

router = APIRouter()

SUBJECT: Final = r"^[^/\x00-\x20\x7f]+/[^\x00-\x1f\x7f]+$"
Subject = Annotated[
    str,
    Path(
        pattern=SUBJECT,
        max_length=512,
        description="`<noun>/<id>`; its slash may stand as it is, or as `%2F`.",
        examples=["pickup/17"],
    ),
]
At = Annotated[
    str | None,
    Query(
        max_length=64,
        description="As known at that moment: RFC 3339 with seconds and offset. Now when left out.",
        json_schema_extra={"format": "date-time"},
        examples=["2026-03-02T09:46:00Z"],
    ),
]
Personal = Annotated[
    bool,
    Query(description="Show personal data in clear; takes the scope `personal:read`."),
]


@router.get(
    "/v1/subjects/{subject:path}/truth",
    **route(
        "truth", "What is so with a subject: message, state, action, with the evidence", tag="truth",
        scope="truth:read", answer=TruthBody, example=examples.TRUTH, errors=(404, 422, 503), etag=True,
    ),
)  # fmt: skip
def truth(request: Request, subject: Subject, at: At = None) -> Response:
    """Return everything that a person needs to answer for one subject."""
    seen = look(context_of(request), subject, at)
    body = card(seen.record, seen.pack, Moments(seen.now)) | {"version": seen.version}
    return versioned(request, body, _version(seen, at))


@router.get(
    "/v1/subjects/{subject:path}/timeline",
    **route(
        "timeline", "Everything about a subject in order of time", tag="truth", scope="truth:read", answer=[dict],
        errors=(404, 422, 503), etag=True,
    ),
)  # fmt: skip
def story(request: Request, subject: Subject, at: At = None, personal: Personal = False) -> Response:
    """Return what happened, was said and changed; personal data stand as `[sealed]`, or `[forgotten]` for ever."""
    context = context_of(request)
    if personal:
        _may_open(request, context)
    seen = look(context, subject, at)
    sealer = Sealer(context.store, context.packs)
    shown = sealer.open if personal else sealer.veil
    events = list(map(shown, heard_by(context.store.events_of([subject])[subject], seen.now)))
    rows = timeline(seen.record, seen.pack, events, Moments(seen.now))
    return versioned(request, rows, _version(seen, at, [event.data for event in events]))


def _may_open(request: Request, context: Context) -> None:
    """Let a request read personal data only with a key that has the scope for it, or on an open server.

    Raises:
        ApiError: H203, the key has not the scope; H204, the server has no key.
    """
    if holder_of(request.scope) is None and not context.settings.open:
        raise ApiError(403, "H204", "this server has no key yet: nobody can be allowed to read personal data")
    may(request, "personal:read", request.scope["troth.route"])


@router.get(
    "/v1/subjects/{subject:path}/promises",
    **route(
        "promises", "The promises made about a subject", tag="truth", scope="truth:read", answer=[dict],
        errors=(404, 422, 503), etag=True,
    ),
)  # fmt: skip
def promises(request: Request, subject: Subject, at: At = None) -> Response:
    """Return each promise with every window it has had and what became of it."""
    seen = look(context_of(request), subject, at)
    rows = [promise_row(promise, seen.pack, Moments(seen.now)) for promise in seen.record.promises]
    return versioned(request, rows, _version(seen, at))


@router.get(
    "/v1/subjects/{subject:path}/hindsight",
    **route(
        "hindsight", "What was told about a subject, as known then and as known now, and who reported late",
        tag="truth", scope="truth:read", answer=[ToldBody], example=examples.TOLD, errors=(404, 422, 503), etag=True,
    ),
)  # fmt: skip
def hindsight(request: Request, subject: Subject, at: At = None) -> Response:
    """Return every statement that was told, in the order of telling; with `at` by what had been heard by then."""
    context = context_of(request)
    seen = look(context, subject, at)
    found = told_of(context.store, seen.pack, subject, seen.now, as_known=at is not None)
    rows = [told_row(one, Moments(seen.now)) for one in found]
    return versioned(request, rows, tag_of(subject, at, rows))


@router.get(
    "/v1/decisions/{subject:path}/{id}",
    **route(
        "decision", "The standing decision about a message", tag="gate", scope="truth:read", answer=AskedBody,
        example=examples.ASKED, errors=(404, 422, 503), etag=True,
    ),
)  # fmt: skip
def decision(
    request: Request, subject: Subject, id: Annotated[str, Path(max_length=256, description="The message's own id.")]
) -> Response:
    """Return what the gate last decided about a message, and whether its permit was used."""
    seen = look(context_of(request), subject, None)
    asked = next((one for one in seen.record.asks if one.id == id), None)
    if asked is None:
        raise ApiError(404, "H110", "the gate was never asked about this message")
    body = asked_body(subject, asked)
    return versioned(request, body, tag_of(body))


def look(context: Context, subject: str, at: str | None) -> Seen:
    """Return a subject, as known at a moment.

    Raises:
        ApiError: H110, nobody has heard of it (by then); H111, that is no moment.
    """
    moment: Micros | None = moment_of(at)
    seen = context.service.look(subject, moment)
    if seen is None:
        raise ApiError(404, "H110", "nothing is known of this subject" + (" by then" if at else ""))
    return seen


def _version(seen: Seen, at: str | None, *more: object) -> str:
    """Return the version of what is known of a subject.

    Weak: the moment of the answer and the ages in it move on, and say nothing new.
    """
    record = seen.record
    facts = [(fact.status, fact.value) for fact in record.facts]
    return tag_of(
        record.subject, record.digest, record.events, seen.version, record.last, facts, record.states, record.alignment,
        record.promises, record.cases, record.asks, len(record.findings), at, *more, weak=True,
    )  # fmt: skip
