"""The description of the interface, OpenAPI 3.1: of all routes, the raw ones too, from the types that they read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec
from fastapi import APIRouter
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from troth.runtime.access import SCOPES
from troth.surfaces.api import bodies, documents, examples, wire
from troth.surfaces.api.describe import NAMES, TAGS, json_content, ref, responses
from troth.surfaces.watch import line

_STRUCTS: Final = tuple(
    kind
    for module in (wire, bodies, documents, line)
    for kind in vars(module).values()
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and kind is not msgspec.Struct
)
_TEXT: Final = r"^[^\u0000-\u001f\u007f-\u009f\ufdd0-\ufdef\ufffe\uffff]*$"
_TOKEN: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105 - a token of RFC 2045, no secret
_URI: Final = r"(?:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+"
_DESCRIPTION: Final = """\
Makes what a firm tells its customers true, keeps it true, and repairs it when it stops being true.

Events come in as CloudEvents 1.0; every sender asks before it says anything, and confirms just before it hands over.
What is answered with 200 is durable. Whatever is posted may bring an `Idempotency-Key` of the sender's own, a new one
for each new request: sent again with the same key it is answered as before, and carried out once.
Moments are RFC 3339. Problems are RFC 9457, each with a code that `/v1/explain/{code}` knows.
Lists are paged by cursors; versions are ETags.
"""


def describe(routers: Iterable[APIRouter], version: str) -> dict[str, Any]:
    """Return the whole description.

    Args:
        routers: The routes that FastAPI knows.
        version: Of the product.
    """
    routes = [route for router in routers for route in router.routes if isinstance(route, APIRoute)]
    document = get_openapi(
        title="troth",
        version=version,
        openapi_version="3.1.0",
        summary="Ask before you say anything to a customer.",
        description=_DESCRIPTION,
        routes=routes,
        tags=[{"name": name, "description": text} for name, text in TAGS.items()],
        servers=[{"url": "/", "description": "This server."}],
        contact={"name": "Whoever runs this server"},
        license_info={"name": "As the product"},
    )
    extras = {route.operation_id: route.openapi_extra for route in routes}
    for path in document["paths"].values():
        for operation in path.values():
            # FastAPI describes answers by its own models; ours are described once, beside the route.
            operation["responses"] = (extras[operation["operationId"]] or {})["responses"]
            operation.setdefault("parameters", [])
    document["paths"] = dict(sorted({**document["paths"], **_hot()}.items()))
    document["components"] = _components()
    return document


def _components() -> dict[str, Any]:
    """Return what operations refer to."""
    _, schemas = msgspec.json.schema_components(_STRUCTS, ref_template="#/components/schemas/{name}")
    schemas["PromiseWindow"] |= _WHOSE_WINDOW
    schemas |= {"CloudEvent": _cloud_event(), "dict": {"type": "object", "additionalProperties": True}}
    problem = {"application/problem+json": {"schema": ref(bodies.ProblemDetails)}}
    wait = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "string"}}}
    named: dict[str, Any] = {
        f"Problem{status}": {"description": text, "content": problem} for status, text in NAMES.items()
    }
    named["Problem"] = {"description": "Another problem.", "content": problem}
    named["Problem429"]["headers"] = named["Problem503"]["headers"] = wait
    scopes = "\n".join(f"- `{scope}`: {text}" for scope, text in SCOPES.items())
    return {
        "schemas": dict(sorted(schemas.items())),
        "responses": named,
        "parameters": _PARAMETERS,
        "headers": {"ETag": {"description": "The version.", "schema": {"type": "string"}}},
        "securitySchemes": {
            "key": {
                "type": "http",
                "scheme": "bearer",
                "description": "A key made by `troth keys create`. "
                f"`x-scope` of an operation names the scope that its key needs:\n\n{scopes}",
            }
        },
    }


_WHOSE_WINDOW: Final = {
    "anyOf": [
        {"required": ["subject"], "properties": {"subject": {"type": "string"}}},
        {
            "required": ["attributes"],
            "properties": {"attributes": {"type": "object", "minProperties": 1}, "write": {"const": False}},
        },
    ]
}
_PARAMETERS: Final[dict[str, Any]] = {
    "IfMatch": {
        "name": "If-Match",
        "in": "header",
        "required": False,
        "description": "The version that was read: nothing is done when it is no longer the present one.",
        "schema": {"type": "string"},
    },
    "IfNoneMatch": {
        "name": "If-None-Match",
        "in": "header",
        "required": False,
        "description": "The version that you have: it is not sent again.",
        "schema": {"type": "string"},
    },
}


def _cloud_event() -> dict[str, Any]:
    """Return the schema of an event in structured mode."""
    texts = {"type": ["string", "null"], "minLength": 1, "pattern": _TEXT}
    uri = {"type": "string", "minLength": 1}
    return {
        "title": "CloudEvent",
        "description": "A CloudEvent 1.0 in JSON. troth asks for a subject, and for an object as data.",
        "type": "object",
        "required": ["specversion", "id", "source", "type", "subject"],
        "properties": {
            "specversion": {"type": "string", "enum": ["1.0"]},
            "id": {"type": "string", "minLength": 1, "pattern": _TEXT},
            "source": {**uri, "pattern": f"^{_URI}$"},
            "type": {"type": "string", "minLength": 1, "pattern": _TEXT},
            "subject": {**texts, "type": "string", "description": "What a customer waits on, `<noun>/<id>`."},
            "time": {"type": ["string", "null"], "format": "date-time"},
            "datacontenttype": {"type": ["string", "null"], "pattern": f"^{_TOKEN}/{_TOKEN}$"},
            "dataschema": {"type": ["string", "null"], "pattern": f"^[A-Za-z][A-Za-z0-9+.-]*:{_URI}$"},
            "data": {"type": "object"},
        },
        "propertyNames": {"pattern": "^[a-z0-9]+$"},
        "additionalProperties": {
            "anyOf": [
                {"type": "string", "pattern": _TEXT},
                {"type": "boolean"},
                {"type": "integer", "minimum": -(2**31), "maximum": 2**31 - 1},
            ]
        },
        "examples": [examples.EVENT],
    }


def _hot() -> dict[str, Any]:
    """Return the raw routes."""
    return {
        "/v1/events": {"post": _events()},
        "/v1/ask": {"post": _ask()},
        "/v1/confirm": {"post": _confirm()},
    }


def _events() -> dict[str, Any]:
    """Return the description of taking in events."""
    some_kept = {**examples.TAKEN, "accepted": 0, "quarantined": 1}
    taken = {
        200: _good("All of it is taken in, and durable.", ref(bodies.Taken), examples.TAKEN),
        202: _good(
            "Some of it is kept in quarantine: CloudEvents that cannot be used, or not yet. Repeating them changes "
            "nothing.",
            ref(bodies.Taken),
            some_kept,
        ),
    }
    events = _operation(
        "events", "Take in events", "events", "events:write", taken, (400, 404, 413, 415, 422, 503),
        {
            "application/cloudevents+json": {"schema": ref_of("CloudEvent"), "example": examples.EVENT},
            "application/cloudevents-batch+json": {
                "schema": {"type": "array", "items": {"description": "Each a CloudEvent, and judged by itself."}},
                "example": [examples.EVENT],
            },
        },
        "CloudEvents 1.0 in structured and batch mode; in binary mode the attributes are headers `ce-…` and the body "
        "is the data, as `application/json`.",
    )  # fmt: skip
    named = {"type": "string", "maxLength": 128}
    events["parameters"].append(
        {"name": "pack", "in": "query", "required": False, "schema": named,
         "description": "The pack they are meant for; by the noun of each subject when left out."}
    )  # fmt: skip
    return events


def _ask() -> dict[str, Any]:
    """Return the description of asking the gate."""
    decided = {200: _good("Decided, and durable.", ref({bodies.DecisionBody}), examples.DECISION)}
    return _operation(
        "ask", "Ask whether messages may go now", "gate", "gate:ask", decided, (400, 404, 409, 413, 415, 422, 503),
        json_content(ref({wire.Ask}), examples.ASK),
        "One question, or a list of them that is answered in order, each seeing what was decided before.",
    )  # fmt: skip


def _confirm() -> dict[str, Any]:
    """Return the description of using a permit."""
    confirmed = {200: _good("Whether it may be handed over.", ref(bodies.ConfirmedBody), examples.CONFIRMED)}
    return _operation(
        "confirm", "Use a permit, just before hand-over", "gate", "gate:ask", confirmed,
        (400, 404, 409, 413, 415, 422, 503), json_content(ref(wire.Confirm), examples.CONFIRM),
        "Decided again at this moment: `ok` only if the answer is still the same. A permit is used once.",
    )  # fmt: skip


def _good(description: str, schema: dict[str, Any], example: Any) -> dict[str, Any]:
    """Return a good answer."""
    return {"description": description, "content": json_content(schema, example)}


def ref_of(name: str) -> dict[str, str]:
    """Return a reference to a schema by name."""
    return {"$ref": f"#/components/schemas/{name}"}


def _operation(
    name: str,
    summary: str,
    tag: str,
    scope: str,
    good: Mapping[int, dict[str, Any]],
    errors: tuple[int, ...],
    content: Mapping[str, Any],
    text: str,
) -> dict[str, Any]:
    """Return a raw route's description."""
    return {
        "operationId": name,
        "summary": summary,
        "description": text,
        "tags": [tag],
        "security": [{"key": []}],
        "x-scope": scope,
        "parameters": [],
        "x-idempotency-key": "optional",
        "requestBody": {"required": True, "content": dict(content)},
        "responses": responses(dict(good), errors, public=False),
    }
