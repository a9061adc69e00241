"""Cursors and versions: pages that go on where the last one ended, and answers that are not sent twice."""

from __future__ import annotations

import base64
import hashlib
from typing import Annotated, Any, Final, TypeVar

import msgspec
from fastapi import Query
from starlette.requests import Request
from starlette.responses import Response

from troth.surfaces.api.answers import as_json
from troth.surfaces.api.problem import ApiError

_T = TypeVar("_T")
_encode: Final = msgspec.json.Encoder(order="deterministic").encode

Limit = Annotated[int, Query(ge=1, le=1_000, description="At most so many.")]
Cursor = Annotated[
    str, Query(max_length=1_024, pattern=r"^[A-Za-z0-9_-]*$", description="The member `next` of the page before.")
]


def cursor_of(kind: str, value: Any) -> str:
    """Return a cursor: opaque to callers, and good for one kind of list only."""
    return base64.urlsafe_b64encode(_encode([kind, value])).decode().rstrip("=")


def position_of(kind: str, cursor: str, type_: type[_T]) -> _T | None:
    """Return what a cursor of a list says; `None` for the first page.

    Raises:
        ApiError: H112, it is none of this list.
    """
    if not cursor:
        return None
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        said, value = msgspec.json.decode(raw, type=tuple[str, Any])
        position = msgspec.convert(value, type_)
    except (ValueError, msgspec.DecodeError) as error:
        raise ApiError(404, "H112", "there is no such page") from error
    if said != kind:
        raise ApiError(404, "H112", "there is no such page")
    return position


def tag_of(*parts: Any, weak: bool = False) -> str:
    """Return the ETag of what an answer depends on."""
    digest = hashlib.blake2b(_encode(parts), digest_size=12).hexdigest()
    return f'W/"{digest}"' if weak else f'"{digest}"'


def matches(header: str | None, tag: str, *, weak: bool) -> bool:
    """Return whether a header If-Match or If-None-Match names a version.

    Args:
        header: The header; `None`: it was not sent.
        tag: The present version.
        weak: Whether versions that differ in what nobody needs count as one (If-None-Match).
    """
    if header is None:
        return False
    named = [one.strip() for one in header.split(",")]
    if "*" in named:
        return True
    if weak:
        return tag.removeprefix("W/") in {one.removeprefix("W/") for one in named}
    return tag in named and not tag.startswith("W/")


def versioned(request: Request, value: Any, tag: str) -> Response:
    """Return an answer with its version; nothing but that when the caller has it already."""
    if matches(request.headers.get("if-none-match"), tag, weak=True):
        return Response(status_code=304, headers={"ETag": tag})
    return as_json(value, headers={"ETag": tag})
