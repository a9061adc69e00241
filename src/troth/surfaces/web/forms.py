"""Forms: read with limits, and taken only from our own pages.

A form carries a token that is signed for its link and for the browser's own cookie (a signed double submit): another
site knows neither. The browser's word about where a request comes from is heard first.

Source: OWASP, Cross-Site Request Forgery Prevention; Fetch Metadata Request Headers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response

from troth.model.times import HOUR, Micros
from troth.runtime.signing import Signer, nonce

LIMIT_BYTES: Final = 16_384
_FIELDS: Final = 20
_MEDIA: Final = "application/x-www-form-urlencoded"
_SEAT: Final = "troth_seat"
_LIFE: Final = 12 * HOUR
_PURPOSE: Final = "form"
_NONCE: Final = 64


class NotTaken(Exception):  # noqa: N818 - it says what happened
    """A form that is not taken.

    Attributes:
        status: The HTTP status of the answer.
    """

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


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


async def read(request: Request) -> dict[str, str]:
    """Return the fields of a form; of a field that comes twice, the last.

    Raises:
        NotTaken: As `pairs`.
    """
    return dict(await pairs(request))


async def pairs(request: Request, *, limit_bytes: int = LIMIT_BYTES, fields: int = _FIELDS) -> list[tuple[str, str]]:
    """Return the fields of a form as they came.

    Args:
        request: What was sent.
        limit_bytes: The most that is read.
        fields: The most fields.

    Raises:
        NotTaken: 413, 415 or 400: it is too large, no form, or cannot be read; 403: it comes from another site.
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


def checked(fields: Mapping[str, str], signer: Signer, holder: str, seat: str, now: Micros) -> str:
    """Return the nonce of a form, which tells it from any other; sent twice, it is the same.

    Raises:
        NotTaken: 403, the token is not good, or no longer.
    """
    found = signer.check(fields.get("csrf", ""), _PURPOSE, holder, seat, now=now)
    if not found:
        raise NotTaken(403)
    return found


def _is_own(request: Request) -> bool:
    """Return whether a request comes from our own pages, as far as the browser says."""
    site = request.headers.get("sec-fetch-site", "")
    if site:
        return site in ("same-origin", "none")
    origin = request.headers.get("origin", "")
    # Without a referrer a browser says `null` of our own pages, too: then the token decides.
    return origin in ("", "null") or urlsplit(origin).netloc == request.headers.get("host", "")
