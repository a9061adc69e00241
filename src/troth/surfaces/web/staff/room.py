"""The room of staff pages: who may do what, what every page is made with, what is written down."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Final, TypeAlias

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from troth.errors import LedgerError
from troth.model.times import format_instant
from troth.runtime import audit
from troth.runtime.access import EVERYTHING
from troth.surfaces.api.context import Context
from troth.surfaces.api.paging import matches
from troth.surfaces.web import forms
from troth.surfaces.web.answering import Handler, counted
from troth.surfaces.web.environment import render
from troth.surfaces.web.forms import Fields
from troth.surfaces.web.live import Hub, Look, Version
from troth.surfaces.web.locales import Reader
from troth.surfaces.web.problems import Said, problem, wants_json
from troth.surfaces.web.reach import address_of
from troth.surfaces.web.staff.person import Person
from troth.surfaces.web.staff.porter import BY_ITSELF, Porter
from troth.surfaces.web.staff.presence import Presence
from troth.surfaces.web.streams import streamed

NAV: Final = (("Console", "/console"), ("Measures", "/measures"), ("Packs", "/packs"))
"""What stands at the top of each page."""
ADMIN_NAV: Final = (("Audit", "/audit"),)
"""What stands there for admins besides."""
_SEAT: Final = "staff"
_FORM_BYTES: Final = 262_144
_FORM_FIELDS: Final = 2_000
_SEPARATOR: Final = "\n"
_NOTED: Final = "troth.audit"

_NOT_ALLOWED: Final = Said("Your role does not allow this.", "Ask an admin for another role.", "H125")

Page: TypeAlias = Callable[[Request, Person], Awaitable[Response]]
Form: TypeAlias = Callable[[Request, Person, Fields], Awaitable[Response]]
_encode: Final = msgspec.json.Encoder(order="deterministic").encode


class StaffRoom:
    """What the staff pages of a server share.

    Args:
        context: The server's parts.

    Attributes:
        context: The server's parts.
        signer: Signs form tokens.
        hub: Watches for all live pages; see `watch` and `live`.
        porter: Tells who asks.
        presence: Who looks at what.
        lives: How long sessions last.
    """

    def __init__(self, context: Context) -> None:
        """Put it together."""
        self.context = context
        self.signer = context.signer
        self.porter = Porter(context)
        self.presence = Presence()
        self.lives = context.lives
        self._looks: dict[str, Look] = {}
        self.hub = Hub(context, self._look, _about)

    # ------------------------------------------------------------------ doors

    def page(self, name: str, handler: Page, deed: str = "see", *, scope: str = "truth:read") -> Handler:
        """Return the handler of a page that only some may see.

        Who is not signed in is sent to sign in; what asks for data or parts of pages is refused by a problem.

        Args:
            name: What it is called in figures.
            handler: Answers.
            deed: What a person has to be allowed: `see`, `act`, `bulk` or `admin`.
            scope: What an API key has to be allowed that asks for the data of the page; for admins' pages, everything.
        """

        async def answered(request: Request) -> Response:
            person = await self.porter.person(request, scope if deed == "see" else EVERYTHING)
            if isinstance(person, Response):
                return person
            if not person.may(deed):
                return self.forbidden(request, person)
            return await handler(request, person)

        return marked(counted(name, answered), deed)

    def form(self, name: str, handler: Form, deed: str = "act") -> Handler:
        """Return the handler of a form: sent from our own pages, by whoever may; written down in the audit.

        Args:
            name: What it is called in figures and in the audit.
            handler: Does it; what `note` is told stands in the audit.
            deed: What a person has to be allowed.
        """

        async def answered(request: Request) -> Response:
            person = await self.porter.person(request, "")
            if isinstance(person, Response):
                return person
            try:
                response = await self._taken(request, person, handler, deed)
            except Exception:
                # Whether it was done is not known; that somebody tried is.
                with suppress(LedgerError):
                    await self.audited(request, person.id, name, "failed")
                raise
            await self.audited(request, person.id, name, "done" if response.status_code < 400 else "refused")
            return response

        return marked(counted(name, answered), deed)

    async def _taken(self, request: Request, person: Person, handler: Form, deed: str) -> Response:
        """Answer a form, if it may be sent."""
        if not person.may(deed):
            return self.forbidden(request, person)
        try:
            fields, _ = await forms.taken(request, person.session, _SEAT, limit_bytes=_FORM_BYTES, fields=_FORM_FIELDS)
        except forms.NotTaken as error:
            return error.answer(request, request.url.path)
        return await handler(request, person, fields)

    def forbidden(self, request: Request, person: Person) -> Response:
        """Answer that somebody may not."""
        if wants_json(request) or request.url.path.endswith(BY_ITSELF):
            return problem(request, 403, said=_NOT_ALLOWED)
        return self.html(request, person, "staff_forbidden.html.j2", status=403)

    # ------------------------------------------------------------------ audit

    @staticmethod
    def note(request: Request, *, subject: str = "", case: str = "", detail: str = "", outcome: str = "") -> None:
        """Say what the audit shall know of a form beside who sent it: ids and single words, nothing personal."""
        said = {"subject": subject, "case": case, "detail": detail, "outcome": outcome}
        # What was noted before stays: of what is refused in the end, the audit knows what was tried.
        request.scope[_NOTED] = request.scope.get(_NOTED, {}) | {name: value for name, value in said.items() if value}

    async def audited(self, request: Request, who: str, deed: str, outcome: str) -> None:
        """Write down that somebody did something."""
        said = {"outcome": outcome} | request.scope.get(_NOTED, {})
        path, address = request.url.path, address_of(request)
        entry = audit.Entry(self.context.now(), who, deed, path=path, address=address, **said)
        await run_in_threadpool(audit.note, self.context.store, entry)

    # ------------------------------------------------------------------ answers

    def html(
        self, request: Request, person: Person, template: str, *, status: int = 200, tag: str = "", **values: Any
    ) -> Response:
        """Answer a page, or a part of one.

        Args:
            request: What was asked.
            person: Who reads.
            template: Extends `staff.html.j2`, or is a part.
            status: The HTTP status.
            tag: The version of what is shown, as an entity tag: whoever has it is told so. Empty: it has none.
            values: What the template names, in addition to `reader`, `person`, `firm`, `nav`, `beside`, `csrf`, `now`
                and `path`.
        """
        if tag and matches(request.headers.get("if-none-match"), tag, weak=True):
            return Response(status_code=304, headers={"ETag": tag})
        path = request.url.path
        entries = NAV + (ADMIN_NAV if person.may("admin") else ())
        shared: dict[str, Any] = {
            "person": person,
            "firm": self.context.settings.firm,
            "nav": [(name, to, path == to or path.startswith(f"{to}/")) for name, to in entries],
            "beside": [text.partition("=")[::2] for text in self.context.settings.beside],
            "csrf": self.csrf(person),
            "now": format_instant(self.context.now()),
            "path": path,
            "said": "",
            "said_badly": False,
        }
        page = render(template, self.reader(person), **(shared | values))
        return HTMLResponse(page, status, headers={"ETag": tag} if tag else {})

    def json(self, request: Request, value: Any, *, tag: str = "") -> Response:
        """Answer the data of a page."""
        if tag and matches(request.headers.get("if-none-match"), tag, weak=True):
            return Response(status_code=304, headers={"ETag": tag})
        return Response(_encode(value), media_type="application/json", headers={"ETag": tag} if tag else {})

    def csrf(self, person: Person) -> str:
        """Return a token for the forms of a page."""
        return forms.token_for(self.signer, person.session, _SEAT, self.context.now())

    def reader(self, person: Person) -> Reader:
        """Return how dates and numbers are written for somebody; texts are English."""
        return Reader("en", person.locale, person.zone)

    # ------------------------------------------------------------------ live pages

    def watch(self, kind: str, look: Look) -> None:
        """Say how live pages of a kind find their version.

        Args:
            kind: One word, such as `tx`.
            look: Given the subject that `live` was, or `live.ALL`, returns how it stands. Blocks.
        """
        self._looks[kind] = look

    async def live(self, request: Request, person: Person, kind: str, subject: str, more: str = "") -> Response:
        """Answer the stream that tells when a page has another version; it ends with the session.

        Args:
            request: What was asked: `Last-Event-ID` or `?seen=` is the version that the page has.
            person: Who reads.
            kind: What `watch` was told.
            subject: Whose events touch the page; `live.ALL`: any.
            more: What of it, where that is not the whole: then `watch` is given this in place of the subject.
        """

        async def signed_in() -> bool:
            return await self.porter.person_of(request) is not None

        watched = _SEPARATOR.join((kind, subject, more))
        return await streamed(request, self.hub, watched, f"{kind}:{person.id}", signed_in)

    def _look(self, watched: str) -> Version:
        """Return how something that is watched stands. Blocks."""
        kind, subject, more = watched.split(_SEPARATOR, 2)
        return self._looks[kind](more or subject)


def _about(watched: str) -> str:
    """Return the subject whose events touch what is watched."""
    return watched.split(_SEPARATOR, 2)[1]


def marked(handler: Handler, deed: str) -> Handler:
    """Note on a handler what it asks for, so that tests can go through all routes."""
    handler.deed = deed  # type: ignore[attr-defined]
    return handler
