"""Forms: read with limits, and taken only from our own pages.

A form carries a token that is signed for its link and for the browser's own cookie (a signed double submit): another
site knows neither. The browser's word about where a request comes from is heard first.

Source: OWASP, Cross-Site Request Forgery Prevention; Fetch Metadata Request Headers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final, TypeAlias
from urllib.parse import parse_qsl, urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response

from troth.model.times import HOUR, Micros
from troth.runtime.signing import Signer, nonce
from troth.surfaces.api.context import Context
from troth.surfaces.web.problems import problem

Fields: TypeAlias = Sequence[tuple[str, str]]
"""A form's fields as they came; see `one` and `many`."""
LIMIT_BYTES: Final = 16_384
_FIELDS: Final = 20
_MEDIA: Final = "application/x-www-form-urlencoded"
_SEAT: Final = "troth_seat"
_LIFE: Final = 12 * HOUR
_PURPOSE: Final = "form"
_NONCE: Final = 64


def one(fields: Fields, name: str) -> str:
    """Return the value of a field, the last where there are several; empty where there is none."""
    return next((value for key, value in reversed(fields) if key == name), "")


def many(fields: Fields, name: str) -> list[str]:
    """Return all values of a field in their order."""
    return [value for key, value in fields if key == name]


class NotTaken(Exception):  # noqa: N818 - it says what happened
    """A form that is not taken.

    Attributes:
        status: The HTTP status of the answer.
        ends: Whether the connection ends with it: the rest of the form is not waited for.
    """

    def __init__(self, status: int, *, ends: bool = False) -> None:
        super().__init__(str(status))
        self.status = status
        self.ends = ends

    def answer(self, request: Request, back: str) -> Response:
        """Return the page that says so, with the address to go on at."""
        return problem(request, self.status, back=back, headers={"Connection": "close"} if self.ends else None)


def seat_of(request: Request) -> str:
    """Return what tells this browser from others; a new one where it has none yet."""
    sent = request.cookies.get(_SEAT, "")
    return sent if 0 < len(sent) <= _NONCE else nonce()


def token_for(signer: Signer, holder: str, seat: str, now: Micros) -> str:
    """Return the token of a form.

    Args:
        signer: Signs it.
        holder: Whose page it is on.
        seat: Of the browser.
        now: The present moment.
    """
    return signer.sign(_PURPOSE, holder, seat, until=now + _LIFE, nonce=nonce())


def keep_seat(response: Response, request: Request, seat: str, path: str) -> None:
    """Have the browser keep what tells it from others."""
    if request.cookies.get(_SEAT) != seat:
        keep(response, request, _SEAT, seat, path, seconds=None)


def keep(response: Response, request: Request, name: str, value: str, path: str, *, seconds: int | None) -> None:
    """Have the browser keep a value, which no script and no other site gets to see.

    It comes along when a link in a mail is followed, and with no form of another site: were it kept from the former,
    too, every mail that is opened would end the forms of the tabs that are open already.
    """
    life = "" if seconds is None else f"; Max-Age={seconds}"
    # A proxy that ends TLS need not say so: then the address that customers use does.
    public = request.scope["troth"].settings.public_url
    secure = "; Secure" if request.url.scheme == "https" or public.startswith("https:") else ""
    cookie = f"{name}={value}; Path={path}; HttpOnly; SameSite=Lax{life}{secure}"
    MutableHeaders(raw=response.raw_headers).append("set-cookie", cookie)


async def taken(
    request: Request, holder: str, seat: str, *, limit_bytes: int = LIMIT_BYTES, fields: int = _FIELDS
) -> tuple[Fields, str]:
    """Return the fields of a form, and the nonce that tells it from any other: sent twice, it is the same.

    Args:
        request: What was sent.
        holder: Whose page it is on; see `token_for`.
        seat: Of the browser.
        limit_bytes: The most that is read.
        fields: The most fields.

    Raises:
        NotTaken: 413, 415 or 400: it is too large, no form, cannot be read or does not come to its end in time; 403: it
            comes from another site, or its token is not good, or no longer.
    """
    context: Context = request.scope["troth"]
    try:
        async with asyncio.timeout(context.settings.body_timeout_s):
            found = await _read(request, limit_bytes, fields)
    except TimeoutError as error:
        raise NotTaken(400, ends=True) from error
    form = context.signer.check(one(found, "csrf"), _PURPOSE, holder, seat, now=context.now())
    if not form:
        raise NotTaken(403)
    return found, form


async def _read(request: Request, limit_bytes: int, fields: int) -> Fields:
    """Return the fields of a form as they came.

    Raises:
        NotTaken: 403, 413, 415, 400.
    """
    if not _is_own(request):
        raise NotTaken(403)
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _MEDIA:
        raise NotTaken(415)
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > limit_bytes:
            raise NotTaken(413)
    try:
        return parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=fields, errors="strict")
    except ValueError as error:
        raise NotTaken(400) from error


def _is_own(request: Request) -> bool:
    """Return whether a request comes from our own pages, as far as the browser says."""
    site = request.headers.get("sec-fetch-site", "")
    if site:
        return site in ("same-origin", "none")
    origin = request.headers.get("origin", "")
    # Without a referrer a browser says `null` of our own pages, too: then the token decides.
    return origin in ("", "null") or urlsplit(origin).netloc == request.headers.get("host", "")
