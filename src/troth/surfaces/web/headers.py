"""What every page is sent with: nothing from elsewhere runs, nobody frames it, nobody keeps it or learns its address.

Source: Content Security Policy Level 3; Referrer Policy; RFC 9111 (no-store); the Robots Exclusion headers.
"""

from __future__ import annotations

from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""The content security policy of all pages; it blocks `style=` attributes and inline scripts, too."""
HEADERS: Final[dict[str, str]] = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
"""What every page is sent with."""
_PRIVATE: Final[dict[str, str]] = {
    "cache-control": "no-store",
    "x-robots-tag": "noindex, nofollow",
    "vary": "Accept, Accept-Language, Cookie",
}
ALONE: Final = HEADERS | _PRIVATE
"""All of them, for a page that is answered where no page is mounted."""
_SECURE: Final = ("strict-transport-security", "max-age=31536000")


class Headers:
    """Adds the headers to every answer of an application; one that the answer has already stays.

    Args:
        app: What answers.
        private: Whether answers are for one reader only, and not to be kept or indexed.
    """

    def __init__(self, app: ASGIApp, *, private: bool = True) -> None:
        self._app = app
        self._headers = HEADERS | (_PRIVATE if private else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, with the headers."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        wanted = dict(self._headers)
        if scope.get("scheme") == "https":
            wanted[_SECURE[0]] = _SECURE[1]

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name.lower() for name, _ in message["headers"]}
                more = [(name.encode(), value.encode()) for name, value in wanted.items()]
                headers = [*message["headers"], *(one for one in more if one[0] not in present)]
                message = {**message, "headers": headers}
            await send(message)

        await self._app(scope, receive, sent)
