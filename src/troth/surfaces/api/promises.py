"""Windows that can be promised, and promises made from them."""

from __future__ import annotations

from typing import Final

import msgspec
from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from troth.errors import Place, Problem
from troth.model.times import Micros, format_instant
from troth.runtime.promising import known_of
from troth.surfaces.api import examples
from troth.surfaces.api.answers import as_json, moment_of, read, settled
from troth.surfaces.api.bodies import WindowBody
from troth.surfaces.api.context import Context, context_of
from troth.surfaces.api.describe import route
from troth.surfaces.api.problem import ApiError
from troth.surfaces.api.subjects import look
from troth.surfaces.api.wire import PromiseWindow
from troth.surfaces.promising import given_of, learned, merged
from troth.trust.windows import Window, window_of

router = APIRouter()
_said: Final = msgspec.json.Decoder(PromiseWindow)


@router.post(
    "/v1/promises/window",
    **route(
        "promise_window", "Which window can be promised? With `write`, make the promise", tag="gate",
        scope="promises:write", answer=WindowBody, example=examples.WINDOW, body=PromiseWindow,
        body_example=examples.WINDOW_ASKED, errors=(400, 404, 409, 413, 415, 422, 503), repeatable=True,
    ),
)  # fmt: skip
async def window(request: Request) -> Response:
    """Return a window that is kept with the stated probability, and what it rests on."""
    context = context_of(request)
    said = read(request, _said)
    if said.subject is None and (said.write or not said.attributes):
        expected = "`subject`, or `attributes` without `write`"
        problem = Problem(
            Place("body", path="$"), "H102", "nothing says whose window it is", expected, "name one of them"
        )
        raise ApiError(422, "H102", "name a subject, or give attributes", problems=[problem])
    date = moment_of(said.date, "date")
    found = await run_in_threadpool(_window, context, said, date)
    counts = ""
    if said.write and said.subject is not None:
        promise = await settled(context.service.promise(given_of(said.subject, said.kind, found, said.key)))
        counts = promise.windows[-1].counts
    made_at, start, end = (format_instant(one) for one in (found.made_at, found.start, found.end))
    return as_json(WindowBody(said.subject, said.kind, made_at, start, end, found.basis, counts))


def _window(context: Context, said: PromiseWindow, date: Micros | None) -> Window:
    """Return the window that is asked for, from what is known now."""
    windows = learned(context.store, said.kind, said.pack)
    now = context.now()
    known = {} if said.subject is None else known_of(look(context, said.subject, None).record, now)
    return window_of(windows, merged(known, said.attributes), now, said.level, date=date)
