"""Whether the server lives, whether it can do its work, and its figures."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from troth.errors import LedgerError, Place, Problem
from troth.model.times import FOREVER, SECOND
from troth.surfaces.api.answers import as_json
from troth.surfaces.api.context import Context, context_of
from troth.surfaces.api.describe import route
from troth.surfaces.api.documents import HealthBody
from troth.surfaces.api.guard import may
from troth.surfaces.api.problem import ApiError

router = APIRouter()
_PROBE: Final = "health/probe"
_COUNTED: Final = 10_000


@router.get("/healthz", **route("health", "Whether the server lives", tag="server", answer=HealthBody))
async def health(request: Request) -> Response:  # noqa: ARG001 - every route takes the request
    """Return that this process answers; it looks at nothing else."""
    return as_json(HealthBody("ok"))


@router.get(
    "/readyz",
    **route(
        "ready", "Whether the server can do its work: writer alive, ledger writable", tag="server", answer=HealthBody,
        errors=(503,),
    ),
)  # fmt: skip
def ready(request: Request) -> Response:
    """Return each part that was looked at, how many feeds there are, and how long each has been silent.

    Which feeds those are tells whom a firm works with: only who may see the figures is told that.
    """
    context = context_of(request)
    checks = {"serving": not context.stopping, **context.alive(), "ledger": False}
    feeds: dict[str, float] = {}
    try:
        _probe(context)
        feeds = _feeds(context)
        checks["ledger"] = True
    except LedgerError:
        # Which error it is stands in the log of whoever wrote last; here it only matters that it is one.
        checks["ledger"] = False
    bad = [name for name, well in checks.items() if not well]
    if bad:
        problems = [Problem(Place(path=name), "H117", f"{name} is not well") for name in bad]
        raise ApiError(503, "H117", "not ready", problems=problems, headers={"Retry-After": "1"})
    return as_json(HealthBody("ok", checks, feeds if _may_see(request, context) else {}, len(feeds)))


def _may_see(request: Request, context: Context) -> bool:
    """Return whether a request may see the figures: by its key, or because everybody may."""
    key = request.scope["troth.key"]
    if key is not None:
        return bool(key.may("metrics:read"))
    return context.settings.metrics_open or not len(context.keys)


def _probe(context: Context) -> None:
    """Write something, once a second at most: everybody may ask, and a write makes others wait.

    Raises:
        LedgerError: It cannot be written.
    """
    second = context.now() // SECOND
    if context.cache.get(_PROBE) != second:
        context.store.put(_PROBE, second)
        context.cache[_PROBE] = second


def _feeds(context: Context) -> dict[str, float]:
    """Return for how many seconds each feed has been silent."""
    now = context.now()
    return {source: max(0, now - heard) / SECOND for source, heard in sorted(context.store.watermarks().items())}


@router.get("/metrics", include_in_schema=False)
async def metrics(request: Request) -> Response:
    """Return the figures in the text format of Prometheus."""
    context = context_of(request)
    request.scope["troth.route"] = "metrics"
    if not (context.settings.metrics_open and request.scope["troth.key"] is None):
        may(request, "metrics:read", "metrics")
    await run_in_threadpool(gauge, context)
    return Response(context.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")


def gauge(context: Context) -> None:
    """Bring those figures up to date that are looked up rather than counted."""
    figures, store, now = context.metrics, context.store, context.now()
    for kind, count in store.count().items():
        figures.held.labels(kind).set(count)
    for state in ("waiting", "dead"):
        figures.outbox.labels(state).set(len(store.deliveries(state=state, limit=_COUNTED)))
    for source, silent in _feeds(context).items():
        figures.feed_age.labels(source).set(silent)
    due = store.next_due()
    figures.overdue.set(max(0, now - due) / SECOND if due < FOREVER else 0)
