"""The routes of the status page. What GET answers changes nothing; POST takes what the page's own forms send."""

from __future__ import annotations

from typing import Final

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from troth.model.times import MINUTE, SECOND, Micros
from troth.runtime import links
from troth.runtime.links import Link
from troth.surfaces.api.context import Context
from troth.surfaces.api.limits import Limiter
from troth.surfaces.api.paging import matches
from troth.surfaces.web import forms
from troth.surfaces.web.environment import render
from troth.surfaces.web.live import Hub
from troth.surfaces.web.locales import LANGUAGES
from troth.surfaces.web.problems import problem, wants_json
from troth.surfaces.web.reach import address_of, holder_of
from troth.surfaces.web.status import doing
from troth.surfaces.web.status.doing import Refused
from troth.surfaces.web.status.reading import Asked, Page, read, watched
from troth.surfaces.web.streams import streamed

PATH: Final = "/s/"
_PROVED: Final = "troth_proved"
_PROVED_FOR: Final = 30 * MINUTE
_PROOF: Final = "proved"
_BURST: Final = 12
_STRANGERS_PER_S: Final = 1.0
_STRANGERS_AT_ONCE: Final = 60.0
_FORMS_PER_S: Final = 1 / 60
_FORMS_AT_ONCE: Final = 30.0
_encode: Final = msgspec.json.Encoder().encode


class StatusPages:
    """The status pages of a server.

    Args:
        context: The server's parts.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._signer = context.signer
        rate = context.settings.page_rate_per_s
        self._holders = Limiter(rate, rate * _BURST)
        self._forms = Limiter(_FORMS_PER_S, _FORMS_AT_ONCE)
        self._strangers = Limiter(_STRANGERS_PER_S, _STRANGERS_AT_ONCE)
        self._hub = Hub(context, lambda subject: watched(context, subject))

    async def page(self, request: Request) -> Response:
        """Answer the page; as JSON to programs that ask for it."""
        link, refused = await self._link(request)
        if link is None:
            return refused
        shown = await self._read(request, link)
        if shown is None:
            return problem(request, 404)
        if wants_json(request):
            return self._unchanged(request, shown) or self._json(shown)
        seat = forms.seat_of(request)
        response = HTMLResponse(render("status.html.j2", shown.reader, **self._values(request, link, shown, seat)))
        response.headers["ETag"] = shown.tag
        forms.keep_seat(response, request, seat, PATH)
        return response

    async def json(self, request: Request) -> Response:
        """Answer all that the page shows as JSON."""
        return await self.page(request)

    async def part(self, request: Request) -> Response:
        """Answer the part of the page that changes, unless the reader has it already."""
        link, refused = await self._link(request)
        if link is None:
            return refused
        shown = await self._read(request, link)
        if shown is None:
            return problem(request, 404)
        unchanged = self._unchanged(request, shown)
        if unchanged is not None:
            return unchanged
        seat = forms.seat_of(request)
        text = render("status_part.html.j2", shown.reader, **self._values(request, link, shown, seat))
        response = HTMLResponse(text, headers={"ETag": shown.tag})
        forms.keep_seat(response, request, seat, PATH)
        return response

    async def live(self, request: Request) -> Response:
        """Answer the stream that tells when there is something new."""
        link, refused = await self._link(request)
        if link is None:
            return refused

        async def good() -> bool:
            token, now = request.path_params["token"], self._context.now()
            return await run_in_threadpool(links.find, self._context.store, token, now) is not None

        return await streamed(request, self._hub, link.subject, f"tx:{link.id}", good)

    async def act(self, request: Request) -> Response:
        """Take a form of the page."""
        link, refused = await self._link(request)
        if link is None:
            return refused
        lang = request.query_params.get("lang", "")[:20]
        back = f"{PATH}{request.path_params['token']}" + (f"?lang={lang}" if lang in LANGUAGES else "")
        try:
            fields, form = await forms.taken(request, link.id, forms.seat_of(request))
            now = self._context.now()
            grant = self._forms.take(link.id, now)
            if not grant.ok:
                return problem(request, 429, back=back, headers={"Retry-After": str(grant.wait_s)})
            done = await doing.do(self._context, self._signer, link, dict(fields), form)
        except forms.NotTaken as error:
            return error.answer(request, back)
        except Refused as error:
            return problem(request, error.status, back=back)
        joint = "&" if "?" in back else "?"
        response = RedirectResponse(f"{back}{joint}said={done}#said", 303)
        if done == doing.PROVED:
            self._keep_proof(request, response, link, now)
        elif done == doing.HIDDEN:
            forms.keep(response, request, _PROVED, "", PATH, seconds=0)
        return response

    # ------------------------------------------------------------------ who asks

    async def _link(self, request: Request) -> tuple[Link | None, Response]:
        """Return the link of a request, or the answer to whoever has none, or asks too often."""
        now, token = self._context.now(), request.path_params["token"]
        link = await run_in_threadpool(links.find, self._context.store, token, now)
        if link is None:
            ok = self._strangers.take(holder_of(address_of(request)), now).ok
            return None, problem(request, 404) if ok else problem(request, 429, headers={"Retry-After": "60"})
        grant = self._holders.take(link.id, now)
        if not grant.ok:
            return None, problem(request, 429, headers={"Retry-After": str(grant.wait_s)})
        return link, Response()

    async def _read(self, request: Request, link: Link) -> Page | None:
        """Return what a link shows to whoever asks."""
        asked = Asked(
            link,
            request.query_params.get("lang", "")[:20],
            request.headers.get("accept-language", ""),
            self._has_proved(request, link),
        )
        return await run_in_threadpool(read, self._context, asked)

    def _has_proved(self, request: Request, link: Link) -> bool:
        """Return whether whoever asks has shown lately who they are, in this browser."""
        sent, seat, now = request.cookies.get(_PROVED, ""), forms.seat_of(request), self._context.now()
        return self._signer.check(sent, _PROOF, link.id, seat, now=now) is not None

    def _keep_proof(self, request: Request, response: Response, link: Link, now: Micros) -> None:
        """Have the browser keep that whoever asks has shown who they are, for half an hour."""
        proof = self._signer.sign(_PROOF, link.id, forms.seat_of(request), until=now + _PROVED_FOR)
        forms.keep(response, request, _PROVED, proof, PATH, seconds=_PROVED_FOR // SECOND)

    # ------------------------------------------------------------------ answers

    def _values(self, request: Request, link: Link, shown: Page, seat: str) -> dict[str, object]:
        """Return what the templates name."""
        token = request.path_params["token"]
        said = request.query_params.get("said", "")
        said = said if doing.still(said, shown.view) else ""
        asked = request.query_params.get("lang", "")
        return {
            "v": shown.view,
            "now": shown.view["at"],
            "firm": shown.view["contact"]["firm"],
            "path": PATH + token,
            "query": f"?lang={shown.reader.language}" if asked else "",
            "tag": shown.tag,
            "seen": shown.topic,
            "csrf": forms.token_for(self._signer, link.id, seat, self._context.now()),
            "said": shown.reader.say(doing.SAID[said]) if said else "",
            "said_badly": said in doing.BAD,
            "alternatives": [(one, f"{PATH}{token}?lang={one}") for one in LANGUAGES if one != shown.reader.language],
            "markup": _encode(shown.view["markup"]).decode() if shown.view["markup"] else "",
        }

    def _unchanged(self, request: Request, shown: Page) -> Response | None:
        """Return the answer to a reader who has this version already; `None`: they have another."""
        if matches(request.headers.get("if-none-match"), shown.tag, weak=True):
            return Response(status_code=304, headers={"ETag": shown.tag})
        return None

    def _json(self, shown: Page) -> Response:
        """Return all that the page shows as JSON."""
        return Response(_encode(shown.view), media_type="application/json", headers={"ETag": shown.tag})
