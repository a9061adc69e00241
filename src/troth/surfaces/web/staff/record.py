"""The audit as a page: who did what, when, where from."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any, Final
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from troth.model.times import Micros, format_instant, from_datetime, zone_of
from troth.runtime import audit
from troth.runtime.audit import Entry
from troth.surfaces.web.staff.person import Person
from troth.surfaces.web.staff.room import StaffRoom

PATH: Final = "/audit"
SHOWN: Final = 100
"""Entries on a page."""
MOST: Final = 50_000
"""Entries in one answer of data."""
COLUMNS: Final = ("at", "who", "deed", "outcome", "subject", "case", "path", "address", "detail")
_FILTERS: Final = ("who", "deed", "outcome")
_RISKY: Final = ("=", "+", "-", "@", "\t", "\r")


class AuditPages:
    """The page of the audit.

    Args:
        room: The staff's room.
    """

    def __init__(self, room: StaffRoom) -> None:
        self._room = room
        self._store = room.context.store

    async def page(self, request: Request, person: Person) -> Response:
        """Answer the page."""
        asked = _asked(request, person, self._room.context.now())
        found = await run_in_threadpool(self._read, asked, SHOWN + 1)
        rows, more = [row_of(one) for one in found[:SHOWN]], len(found) > SHOWN
        return self._room.html(
            request, person, "audit.html.j2", rows=rows, asked=asked.shown, outcomes=("done", "refused", "failed"),
            earlier=asked.query(before=found[SHOWN - 1].id) if more else "", query=asked.query(),
            days=round(self._room.context.settings.audit_days),
        )  # fmt: skip

    async def json(self, request: Request, person: Person) -> Response:
        """Answer the entries as JSON."""
        found = await run_in_threadpool(self._read, _asked(request, person, self._room.context.now()), MOST)
        return self._room.json(request, {"entries": [row_of(one) for one in found]})

    async def csv(self, request: Request, person: Person) -> Response:
        """Answer the entries as CSV."""
        found = await run_in_threadpool(self._read, _asked(request, person, self._room.context.now()), MOST)
        headers = {"Content-Disposition": 'attachment; filename="audit.csv"'}
        return Response(as_csv(found), media_type="text/csv; charset=utf-8", headers=headers)

    def _read(self, asked: _Asked, most: int) -> list[Entry]:
        """Return entries, the latest first. Blocks."""
        found = audit.entries(self._store, until=asked.until, since=asked.since, before=asked.before, **asked.wanted)
        return list(islice(found, most))


class _Asked:
    """What entries are asked for.

    Args:
        shown: The fields of the filter as they were given.
        since: Only entries from this moment on.
        until: Only those before this one.
        before: Only those that come before this entry, by its id; empty: all.
    """

    def __init__(self, shown: Mapping[str, str], since: Micros, until: Micros, before: str) -> None:
        self.shown = shown
        self.since = since
        self.until = until
        self.before = before
        self.wanted = {name: shown[name] for name in _FILTERS if shown[name]}

    def query(self, **more: str) -> str:
        """Return it as a query, to be put behind an address."""
        given = {name: value for name, value in self.shown.items() if value} | more
        return f"?{urlencode(given)}" if given else ""


def _asked(request: Request, person: Person, now: Micros) -> _Asked:
    """Return what a request asks for; what cannot be read of it is left out."""
    shown = {name: request.query_params.get(name, "").strip()[:80] for name in (*_FILTERS, "from", "to")}
    since, until = _day(shown["from"], person.zone), _day(shown["to"], person.zone, after=1)
    shown |= {"from": shown["from"] if since is not None else "", "to": shown["to"] if until is not None else ""}
    before = request.query_params.get("before", "")
    ends = [now + 1] if until is None else [until, now + 1]
    return _Asked(shown, since or 0, min(ends), before if audit.ID.fullmatch(before) else "")


def _day(text: str, zone: str, after: int = 0) -> Micros | None:
    """Return the beginning of a day in a zone, or of one some days after; `None`: there is no such day."""
    try:
        day = date.fromisoformat(text) + timedelta(days=after)
        # Nothing was written down before 1970; days at the beginning of the calendar lead out of it in some zones.
        return max(0, from_datetime(datetime.combine(day, time(), zone_of(zone))))
    except (ValueError, OverflowError):
        return None


def row_of(entry: Entry) -> dict[str, Any]:
    """Return an entry as a plain row."""
    row = {name: getattr(entry, name) for name in COLUMNS}
    return row | {"at": format_instant(entry.at)}


def as_csv(entries: list[Entry]) -> str:
    """Return entries as CSV, in which no spreadsheet finds a formula."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(_cells(entry) for entry in entries)
    return text.getvalue()


def _cells(entry: Entry) -> Iterator[str]:
    """Yield the cells of an entry."""
    for value in row_of(entry).values():
        yield f"'{value}" if value.startswith(_RISKY) else value
