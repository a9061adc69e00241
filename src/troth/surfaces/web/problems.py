"""Pages of what goes wrong: for people a page that says what to do, for programs a problem by RFC 9457."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from troth.runtime.telemetry import new_instance
from troth.surfaces.api.problem import ApiError, answer
from troth.surfaces.web.environment import render
from troth.surfaces.web.locales import mark, reader_of


class Said(msgspec.Struct, frozen=True):
    """What a problem page says: its title, what to do, and the code for programs."""

    title: str
    remedy: str
    code: str


SAID: Final[Mapping[int, Said]] = {
    400: Said(mark("We could not read what was sent."), mark("Go back and try once more."), "H101"),
    403: Said(
        mark("This form is no longer good."),
        mark("Nothing was changed. Open the page again, and send it from there."),
        "H122",
    ),
    404: Said(
        mark("There is no page here."),
        mark("The link may be mistyped, or it may have ended. Ask whoever gave you the link for a new one."),
        "H108",
    ),
    405: Said(mark("This page cannot be used that way."), mark("Open the page again."), "H109"),
    409: Said(
        mark("That is not possible any more."),
        mark("Nothing was changed: things have moved on. Open the page again to see how they stand."),
        "H123",
    ),
    413: Said(mark("What was sent is too long."), mark("Go back and write less."), "H104"),
    415: Said(mark("We could not read what was sent."), mark("Go back and try once more."), "H103"),
    422: Said(mark("Something is missing."), mark("Go back and fill in what is asked for."), "H111"),
    429: Said(mark("That was too often."), mark("Wait a moment, and open the page again."), "H205"),
    500: Said(mark("Something went wrong on our side."), mark("Nothing you did is at fault. Try again later."), "H115"),
    503: Said(mark("We cannot answer at the moment."), mark("Try again in a minute."), "H116"),
}
"""Status → what its page says."""


def wants_json(request: Request) -> bool:
    """Return whether whoever asks is a program: by the address, or by what it accepts before HTML."""
    if request.url.path.endswith(".json"):
        return True
    accepted = request.headers.get("accept", "")
    return "json" in accepted and "text/html" not in accepted


def wants_page(request: Request) -> bool:
    """Return whether whoever asks is a browser, and asks for no route of the HTTP interface."""
    return "text/html" in request.headers.get("accept", "") and not request.url.path.startswith(("/v1/", "/metrics"))


def problem(
    request: Request,
    status: int,
    *,
    back: str = "",
    headers: Mapping[str, str] | None = None,
    said: Said | None = None,
) -> Response:
    """Return the page of a problem.

    Args:
        request: What was asked.
        status: The HTTP status; one without a page is answered as 500.
        back: The address to go on at; empty: there is none.
        headers: More headers.
        said: What it says in place of what the status says.
    """
    status = status if said or status in SAID else 500
    said = said or SAID[status]
    if wants_json(request):
        return answer(ApiError(status, said.code, said.title, headers=headers), new_instance())
    asked, accepted = request.query_params.get("lang", "")[:20], request.headers.get("accept-language", "")
    who = reader_of(asked, accepted, "UTC")
    texts = {"title": who.say(said.title), "remedy": who.say(said.remedy)}
    firm = request.scope["troth"].settings.firm
    page = render("problem.html.j2", who, firm=firm, **texts, back=back, alternatives=[])
    return HTMLResponse(page, status, headers=dict(headers or {}))
