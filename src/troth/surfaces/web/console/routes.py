"""The addresses of the console, and what GET answers: that changes nothing. Forms are taken in `acting`.

`/console` is the list, `/console.json` the same as data, `/console/list.csv` all of it as a sheet, `/console/part` what
a page that is open fetches, `/console/live` its stream, `/console/act` one act and `/console/bulk` many.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from troth.model.times import Micros, format_instant
from troth.surfaces.api.paging import tag_of
from troth.surfaces.web.console import view
from troth.surfaces.web.console.acting import ConsoleForms, instant_of
from troth.surfaces.web.console.board import Board, Snapshot
from troth.surfaces.web.console.doing import NOTE_MOST
from troth.surfaces.web.console.filters import PAGE, PATH, Filter, filter_of
from troth.surfaces.web.console.reading import ends_of, version_of
from troth.surfaces.web.console.row import Row
from troth.surfaces.web.console.sheet import sheet
from troth.surfaces.web.live import ALL, Version
from troth.surfaces.web.naming import Names
from troth.surfaces.web.staff.person import Person
from troth.surfaces.web.staff.room import StaffRoom

QUEUE: Final = "queue"
_LOOKED_AT: Final = "tx"
_KEYS_MOST: Final = 60
_OVER: Final = "\t"


def routes(room: StaffRoom) -> Mapping[str, Sequence[Route]]:
    """Return the routes of the console."""
    pages = ConsolePages(room)
    cases = "cases:read"
    return {
        PATH: [
            Route(PATH, room.page("console", pages.page, scope=cases), methods=["GET"]),
            Route(f"{PATH}.json", room.page("console_json", pages.json, scope=cases), methods=["GET"]),
            Route(f"{PATH}/list.csv", room.page("console_csv", pages.csv, scope=cases), methods=["GET"]),
            Route(f"{PATH}/part", room.page("console_part", pages.part), methods=["GET"]),
            Route(f"{PATH}/live", room.page("console_live", pages.live), methods=["GET"]),
            Route(f"{PATH}/act", room.form("console_act", pages.forms.act), methods=["POST"]),
            Route(f"{PATH}/bulk", room.form("console_bulk", pages.forms.bulk, "bulk"), methods=["POST"]),
        ]
    }


class ConsolePages:
    """The console of a server.

    Args:
        room: What all pages of staff share.
    """

    def __init__(self, room: StaffRoom) -> None:
        self._room = room
        self._context = room.context
        self._board = Board(room.context)
        self._names = Names(room.context)
        self._segments = sorted({name for pack in room.context.packs.values() for name in pack.segments})
        self.forms = ConsoleForms(room, self._board, self._filter)
        room.watch(QUEUE, self._watched)

    # ------------------------------------------------------------------ what is read

    async def page(self, request: Request, person: Person) -> Response:
        """Answer the list."""
        wanted = self._filter(request)
        shown, tag = await run_in_threadpool(self._view, wanted, person)
        notice = await run_in_threadpool(self.forms.notice, request, person)
        values = self._values(shown, wanted, tag)
        return self._room.html(request, person, "console.html.j2", **values, **notice)

    async def json(self, request: Request, person: Person) -> Response:
        """Answer the list as data."""
        shown, _ = await run_in_threadpool(self._view, self._filter(request), person)
        fixed = {name: value for name, value in shown.items() if name != "at"}
        return self._room.json(request, shown, tag=tag_of(fixed, weak=True))

    async def csv(self, request: Request, person: Person) -> Response:
        """Answer the whole list as a sheet."""
        wanted = self._filter(request)

        def written() -> str:
            board = self._board.look()
            return sheet(board.rows(wanted, person.id), board.at)

        headers = {"Content-Disposition": 'attachment; filename="cases.csv"'}
        text = await run_in_threadpool(written)
        return Response(text, media_type="text/csv; charset=utf-8; header=present", headers=headers)

    async def part(self, request: Request, person: Person) -> Response:
        """Answer the lines that a page has as they stand now, and how many it has not; without keys, the whole list."""
        wanted = self._filter(request)
        keys = [key for key in request.query_params.get("keys", "").split(",") if key][:_KEYS_MOST]
        if "keys" not in request.query_params:
            shown, tag = await run_in_threadpool(self._view, wanted, person)
            return self._room.html(request, person, "console_part.html.j2", **self._values(shown, wanted, tag))
        since = instant_of(request.query_params.get("since", ""))
        shown = await run_in_threadpool(self._lines, wanted, person, keys, since)
        tag = await run_in_threadpool(self._tag, wanted, person.id)
        return self._room.html(request, person, "console_news.html.j2", **self._values(shown, wanted, tag))

    async def live(self, request: Request, person: Person) -> Response:
        """Answer the stream that tells when the list that is asked for stands otherwise."""
        wanted = self._filter(request)
        watched = f"{person.id if wanted.mine else ''}{_OVER}{wanted.query(start=1)}"
        return await self._room.live(request, person, QUEUE, ALL, watched)

    def _watched(self, watched: str) -> Version:
        """Return how a list stands, for those who watch it. Blocks."""
        person, _, query = watched.partition(_OVER)
        wanted = filter_of(QueryParams(query[1:]), self._segments)
        return Version(self._tag(wanted, person), self._board.look().again_at)

    def _tag(self, wanted: Filter, person: str) -> str:
        """Return the version of a list: another one whenever a line of it is new, gone, or shows something else."""
        board = self._board.look()
        rows = board.rows(wanted, person)
        lines = sorted(f"{row.case.id}{row.version}{row.case.id in board.overdue}" for row in rows)
        return tag_of(lines, [one.source for one in board.quiet], board.harmed, board.unsure, board.over).strip('"')

    def _filter(self, request: Request) -> Filter:
        """Return what an address asks for."""
        return filter_of(request.query_params, self._segments)

    def _view(self, wanted: Filter, person: Person) -> tuple[view.Data, str]:
        """Return all that the page shows, and its version. Blocks."""
        board = self._board.look()
        rows = board.rows(wanted, person.id)
        if wanted.start > max(len(rows), 1):
            # What stood there has moved up; the last page is the nearest to it.
            wanted = _at(wanted, (max(len(rows) - 1, 0) // PAGE) * PAGE + 1)
        ends = ends_of(self._context, view.shown_of(rows, wanted), self._room.reader(person))
        return view.view(board, wanted, ends, self._looking(person, board)), self._tag(wanted, person.id)

    def _lines(self, wanted: Filter, person: Person, keys: Sequence[str], since: Micros) -> view.Data:
        """Return the lines that a page has, as far as they still belong to it, and how many are new since. Blocks."""
        board = self._board.look()
        rows = {row.case.id: row for row in board.rows(wanted, person.id)}
        have = [rows[key] for key in keys if key in rows]
        ends = ends_of(self._context, have, self._room.reader(person))
        looking = self._looking(person, board)
        fresh = [key for key in rows if key not in keys and board.since.get(key, 0) > since]
        return {
            "at": format_instant(board.at),
            "cases": [view.case(row, ends.get(row.case.id), board, looking) for row in have],
            "new": len(fresh),
            "headline": view.headline(board, looking),
            "counts": view.counts(board, person.id),
            "quiet": view.quiet(board),
            "standing": list(looking.standing),
        }

    def _looking(self, person: Person, board: Snapshot) -> view.Looking:
        """Return who looks."""
        room, context = self._room, self._context

        def others(subject: str) -> Sequence[str]:
            return room.presence.others(f"{_LOOKED_AT}:{subject}", person.id, board.at)

        def version(row: Row) -> str:
            return version_of(row, context)

        still = [name for name, alive in context.alive().items() if not alive]
        return view.Looking(person.id, room.reader(person), others, context.packs, version, still, self._names)

    def _values(self, shown: view.Data, wanted: Filter, tag: str) -> dict[str, Any]:
        """Return what the templates name."""
        return {
            "v": shown,
            "query": wanted.query(),
            "asked": wanted,
            "seen": tag,
            "note_most": NOTE_MOST,
            "tabs": _tabs(wanted),
        }


def _tabs(wanted: Filter) -> list[tuple[str, str, str, bool]]:
    """Return the lists to choose from: key of its count, title, address, whether it is the one."""
    plain = _at(wanted, 1)
    sorts = ("mine", "unowned", "overdue", "closed")
    titles = {"mine": "Mine", "unowned": "Not taken", "overdue": "Overdue", "closed": "Closed lately"}
    off = dict.fromkeys(sorts, False)
    present = next((name for name in sorts if getattr(wanted, name)), "all")
    tabs = [("all", "All", PATH + plain.query(**off), present == "all")]
    return tabs + [(name, titles[name], PATH + plain.query(**(off | {name: True})), present == name) for name in sorts]


def _at(wanted: Filter, start: int) -> Filter:
    """Return a filter that begins elsewhere."""
    return msgspec.structs.replace(wanted, start=start)
