"""In their shoes, over HTTP: one step of the customer's way, with their page as it read then."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from troth.model.times import Micros, parse_instant
from troth.surfaces.api.context import Context
from troth.surfaces.web.problems import problem, wants_json
from troth.surfaces.web.staff.person import Person
from troth.surfaces.web.staff.room import StaffRoom
from troth.surfaces.web.transaction import finding
from troth.surfaces.web.transaction.reading import Found, as_known, customers_page, found, shown_as, version
from troth.surfaces.web.transaction.shoes import steps

Row = dict[str, Any]


async def walk(room: StaffRoom, request: Request, person: Person) -> Response:
    """Answer one step of the customer's way; as data, all steps with the page of the one asked for."""
    subject = f"{request.path_params['noun']}/{request.path_params['id']}"
    seen = await run_in_threadpool(found, room.context, subject, room.reader(person))
    if seen is None and wants_json(request):
        return problem(request, 404)
    if seen is None:
        values: Row = {"q": subject, "rows": [], "nouns": finding.nouns(room.context), "unknown": subject}
        return room.html(request, person, "transaction_find.html.j2", status=404, **values)
    shown = await run_in_threadpool(_step, room.context, seen, request.query_params.get("step", ""))
    if wants_json(request):
        return room.json(request, shown, tag=_tag(seen, shown))
    page = None if shown["page"] is None else shown_as(shown["page"])
    return room.html(request, person, "transaction_shoes.html.j2", v=shown, page=page, address=f"/tx/{quote(subject)}")


def _step(context: Context, seen: Found, asked: str) -> Row:
    """Return all steps, and the customer's page at the one asked for. Blocks."""
    found_ = steps(seen.matter)
    number = min(max(int(asked), 1), len(found_)) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 1
    at = parse_instant(found_[number - 1]["at"])
    return {
        "subject": seen.matter.record.subject,
        "at": seen.matter.moments.text(seen.matter.now.now),
        "number": number,
        "steps": found_,
        "page": _page_then(context, seen, at),
    }


def _page_then(context: Context, seen: Found, at: Micros) -> Row | None:
    """Return the customer's page as it read at a moment; `None`: nothing was known then. Blocks."""
    then, known = as_known(context, seen.matter.pack, seen.matter.record.subject, seen.events, at)
    return customers_page(context, then, known, as_known=True) if known else None


def _tag(seen: Found, shown: Row) -> str:
    """Return the entity tag of a step: the present, which is the last one, is as old as the question."""
    page = shown["page"]
    return version(seen, shown | {
        "steps": [*shown["steps"][:-1], shown["steps"][-1] | {"at": ""}],
        "page": None if page is None else page | {"at": ""},
    })  # fmt: skip
