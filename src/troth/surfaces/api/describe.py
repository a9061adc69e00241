"""How a route is described, once: its key's scope is checked and documented from the same words."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, TypeAlias

from fastapi import Depends
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from troth.surfaces.api.answers import only
from troth.surfaces.api.guard import may

Types: TypeAlias = Sequence[Any]

TAGS: Final = {
    "events": "What systems report.",
    "gate": "May this message go now?",
    "truth": "What is so, and what was said.",
    "cases": "Service failures and their repair.",
    "links": "What customers open their status pages with.",
    "quarantine": "What could not be accepted.",
    "packs": "Service models, and what codes mean.",
    "outbox": "What goes to the world outside.",
    "server": "Health, figures, problems.",
}
_ALWAYS: Final = (401, 403, 429)
NAMES: Final[dict[int, str]] = {
    400: "It cannot be read.",
    401: "No key, or no good one.",
    403: "The key may not do this.",
    404: "Nothing of this name is known.",
    409: "It cannot be done as things stand.",
    412: "It has changed since it was read.",
    413: "It is too large.",
    415: "The media type is not one that is taken.",
    422: "It has not the form that is asked for.",
    429: "Too many requests with this key.",
    503: "It cannot be done now; try again.",
}


def ref(kind: Any) -> dict[str, Any]:
    """Return a reference to the schema of a type; of `[type]` a list of it, of `{type}` one of it or a list."""
    if isinstance(kind, list):
        return {"type": "array", "items": ref(kind[0])}
    if isinstance(kind, set):
        (one,) = kind
        return {"oneOf": [ref(one), ref([one])]}
    return {"$ref": f"#/components/schemas/{kind.__name__}"}


def responses(good: dict[int, dict[str, Any]], errors: Types, *, public: bool) -> dict[str, Any]:
    """Return the responses of an operation: the good ones, and every problem that it may answer."""
    codes = [*errors, *(() if public else _ALWAYS)]
    problems = {str(code): {"$ref": f"#/components/responses/Problem{code}"} for code in sorted({*codes})}
    return {
        **{str(code): response for code, response in good.items()},
        **problems,
        "default": {"$ref": "#/components/responses/Problem"},
    }


def json_content(schema: dict[str, Any], example: Any = None) -> dict[str, Any]:
    """Return the content of a JSON body."""
    return {"application/json": {"schema": schema, **({} if example is None else {"example": example})}}


def route(
    name: str,
    summary: str,
    *,
    tag: str,
    scope: str = "",
    answer: Any = None,
    example: Any = None,
    body: Any = None,
    body_example: Any = None,
    body_optional: bool = False,
    errors: Types = (),
    status: int = 200,
    etag: bool = False,
    headers: Sequence[str] = (),
    repeatable: bool = False,
) -> dict[str, Any]:
    """Return the arguments of a FastAPI route: its guard and its description.

    Args:
        name: Operation id, and what the route is called in figures and logs.
        summary: What it does, in one line.
        tag: One of `TAGS`.
        scope: The scope that a key needs; empty: everybody may.
        answer: Type of the answer; in a list: a list of it; `None`: it has no body.
        example: Of the answer.
        body: Type of the request's body, in braces: one of it or a list; `None`: it has none.
        body_example: Of the request's body.
        body_optional: Whether the body may be left out.
        errors: Statuses of problems beyond those that every route may answer.
        status: Of the good answer.
        etag: Whether the answer has a version, and If-None-Match is understood.
        headers: Names of shared header parameters.
        repeatable: Whether it may bring an Idempotency-Key. That is no parameter of the description: whoever makes
            requests from it at random would use one key for two of them, which is refused.
    """
    goods = _goods(status, answer, example, etag=etag)
    extra = {
        "responses": responses(goods, errors, public=not scope),
        **_asked_of_callers(scope, repeatable=repeatable),
        **_parameters([*headers, *(["IfNoneMatch"] if etag else [])]),
        **_request_body(body, body_example, optional=body_optional),
    }
    guard = Depends(_needs(scope, name))
    named = {"operation_id": name, "summary": summary, "tags": [tag]}
    return {**named, "dependencies": [guard], "response_class": Response, "openapi_extra": extra}


def _goods(status: int, answer: Any, example: Any, *, etag: bool) -> dict[int, dict[str, Any]]:
    """Return the good responses of a route: the answer, and that what the caller has is the present version."""
    good: dict[str, Any] = {"description": "As asked."}
    if answer is not None:
        good["content"] = json_content(ref(answer), example)
    if not etag:
        return {status: good}
    good["headers"] = {"ETag": {"$ref": "#/components/headers/ETag"}}
    return {status: good, 304: {"description": "It has not changed."}}


def _asked_of_callers(scope: str, *, repeatable: bool) -> dict[str, Any]:
    """Return what callers need, and what they may bring to be answered as before."""
    needed: dict[str, Any] = {"security": [{"key": []}], "x-scope": scope} if scope else {"security": [{}]}
    return {**needed, **({"x-idempotency-key": "optional"} if repeatable else {})}


def _parameters(names: Sequence[str]) -> dict[str, Any]:
    """Return the header parameters of a route."""
    return {"parameters": [{"$ref": f"#/components/parameters/{one}"} for one in names]} if names else {}


def _request_body(body: Any, example: Any, *, optional: bool) -> dict[str, Any]:
    """Return the body that a route reads."""
    if body is None:
        return {}
    return {"requestBody": {"required": not optional, "content": json_content(ref(body), example)}}


def _needs(scope: str, name: str) -> Callable[[Request], Awaitable[None]]:
    """Return what a route does first."""

    async def check(request: Request) -> None:
        if scope:
            may(request, scope, name)
        else:
            request.scope["troth.route"] = name
        route = request.scope.get("route")
        known = {field.alias for field in route.dependant.query_params} if isinstance(route, APIRoute) else set()
        only(request, known)

    return check
