"""The hot routes: events in, the gate asked, permits confirmed. Raw handlers over msgspec, nothing else on the way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from troth.engine.journal import JOURNAL
from troth.errors import EventError, Problem
from troth.model.decision import Request
from troth.ports.ledger import Appended
from troth.runtime.envelope import place_of
from troth.runtime.identity import added
from troth.runtime.incoming import event_of
from troth.runtime.ingest import refused_journal
from troth.surfaces.api.answers import as_json, bounded, moment_of, only, read, settled
from troth.surfaces.api.binding import Received, received
from troth.surfaces.api.context import Context, body_of, context_of
from troth.surfaces.api.guard import may
from troth.surfaces.api.problem import ApiError, found
from troth.surfaces.api.shown import confirmed_body, decision_body, taken_body
from troth.surfaces.api.wire import Ask, Confirm

_asks: Final = msgspec.json.Decoder(Ask | list[Ask])
_confirm: Final = msgspec.json.Decoder(Confirm)
_NOT_FOR_US: Final = "E120"
"""Codes before it say that something is no CloudEvent; from it on, that it is one that troth cannot use."""
_SAID_MOST: Final = 100
_PARAMETERS: Final = ("pack",)


async def events(connection: HttpRequest) -> Response:
    """Take in events; answered when they are durable."""
    may(connection, "events:write", "events")
    context, body = context_of(connection), body_of(connection)
    bounded(body, connection)
    came = received(connection.headers, body)
    _not_too_many(context, len(came.events))
    only(connection, _PARAMETERS)
    asked = connection.query_params.get("pack", "")
    if asked and asked not in context.packs:
        raise ApiError(404, "H119", "`pack` names none of this server's packs")
    done = await _taken(context, came.events, asked)
    refused = len(came.events) - done.accepted - done.duplicates - done.conflicts
    context.metrics.took(done, refused)
    problems = _refusals(context, came.events) if refused else []
    if refused and (came.broken or (came.mode != "batch" and not _is_event(problems))):
        raise _refusal(came, problems)
    # Kept, but not taken in: 202 tells those who look at the status only that nothing is gained by repeating it.
    status = 202 if refused else 200
    return as_json(taken_body(done, refused, [found(problem) for problem in problems]), status=status)


async def _taken(context: Context, raws: Sequence[Any], asked: str) -> Appended:
    """Hand events to the service, each for its pack; return what became of all."""
    groups: dict[str, list[Any]] = {}
    for raw in raws:
        groups.setdefault(asked or context.pack_of(raw), []).append(raw)
    futures = [context.service.accept(pack, some) for pack, some in groups.items()]
    return added([await settled(future) for future in futures])


def _refusals(context: Context, raws: Sequence[Any]) -> list[Problem]:
    """Return why events were refused: they are judged once more, which only those who send refused ones pay for."""
    problems: list[Problem] = []
    now = context.now()
    for raw in raws:
        try:
            event = event_of(raw, heard_at=now, now=now)
        except EventError as error:
            problems += error.problems
            continue
        if event.source == JOURNAL or not context.nouns.knows(event.subject):
            refused = refused_journal(event, pack="", heard_at=now, own=event.source == JOURNAL)
            expected = "an event of another system, about a subject of a pack"
            problems.append(Problem(place_of(event.source, event.id), refused.code, "it cannot be taken in", expected))
        if len(problems) >= _SAID_MOST:
            break
    return problems


def _is_event(problems: Sequence[Problem]) -> bool:
    """Return whether what was refused is a CloudEvent all the same: one that troth cannot use, or not yet."""
    return bool(problems) and all(problem.code >= _NOT_FOR_US for problem in problems)


def _refusal(came: Received, problems: list[Problem]) -> ApiError:
    """Return the answer to a single event that is none, or to a batch that is none."""
    what = "the batch is no list of events" if came.broken and came.mode == "batch" else "no CloudEvent"
    return ApiError(400, "H118", f"{what}; it is kept in quarantine", problems=problems, more={"quarantined": 1})


async def ask(connection: HttpRequest) -> Response:
    """Put one message, or several in order, to the gate; answered when the decisions are durable."""
    may(connection, "gate:ask", "ask")
    context = context_of(connection)
    only(connection, ())
    asked = read(connection, _asks)
    several = isinstance(asked, list)
    asks = asked if isinstance(asked, list) else [asked]
    _not_too_many(context, len(asks))
    if not asks:
        return as_json([])
    decisions = await settled(context.service.ask([_request(one) for one in asks]))
    bodies = [decision_body(decision) for decision in decisions]
    return as_json(bodies if several else bodies[0])


def _request(one: Ask) -> Request:
    """Return a question as the gate takes it."""
    return Request(
        id=one.id,
        message=one.message,
        subject=one.subject,
        channel=one.channel,
        customer=one.customer,
        data=one.data,
        requested_at=moment_of(one.requested_at, "requested_at") or 0,
    )


async def confirm(connection: HttpRequest) -> Response:
    """Use a permit, just before hand-over; answered when that is durable."""
    may(connection, "gate:ask", "confirm")
    context = context_of(connection)
    only(connection, ())
    asked = read(connection, _confirm)
    confirmed = await settled(context.service.confirm(asked.subject, asked.id))
    return as_json(confirmed_body(confirmed))


def _not_too_many(context: Context, count: int) -> None:
    """Refuse a list that is too long.

    Raises:
        ApiError: H107.
    """
    limit = context.settings.batch_limit
    if count > limit:
        raise ApiError(413, "H107", f"{count} at once, at most {limit}")


HOT: Final = {"/v1/events": events, "/v1/ask": ask, "/v1/confirm": confirm}
"""Path → handler; each takes POST only."""
