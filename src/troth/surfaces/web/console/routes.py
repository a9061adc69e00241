"""The addresses of the console. What GET answers changes nothing; forms are taken only from its own pages.

`/console` is the list, `/console.json` the same as data, `/console/list.csv` all of it as a sheet, `/console/part` what
a page that is open fetches, `/console/live` its stream, `/console/act` one act and `/console/bulk` many.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from troth.model.times import Micros, format_instant, parse_instant
from troth.surfaces.api.paging import tag_of
from troth.surfaces.web.console import past, view
from troth.surfaces.web.console.board import Board, Snapshot
from troth.surfaces.web.console.doing import MANY_MOST, NOTE_MOST, Asked, Doer, Outcome
from troth.surfaces.web.console.filters import PAGE, Filter, filter_of
from troth.surfaces.web.console.plan import ASKED, BULK, DONE, NOTED, VERBS, Do, Step
from troth.surfaces.web.console.reading import Found, ends_of, events_of, find, version_of
from troth.surfaces.web.console.row import Row
from troth.surfaces.web.console.sheet import sheet
from troth.surfaces.web.forms import Fields, many, one
from troth.surfaces.web.live import ALL, Version
from troth.surfaces.web.problems import problem
from troth.surfaces.web.staff.person import Person
from troth.surfaces.web.staff.room import StaffRoom

PATH: Final = "/console"
QUEUE: Final = "queue"
_LOOKED_AT: Final = "tx"
_KEYS_MOST: Final = 60
_UNDONE: Final = "undone"
_OVER: Final = "\t"
_CONFLICT: Final = 409
_MISSING: Final = 422


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
            Route(f"{PATH}/act", room.form("console_act", pages.act), methods=["POST"]),
            Route(f"{PATH}/bulk", room.form("console_bulk", pages.bulk, "bulk"), methods=["POST"]),
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
        self._doer = Doer(room.context)
        self._segments = sorted({name for pack in room.context.packs.values() for name in pack.segments})
        room.watch(QUEUE, self._watched)

    # ------------------------------------------------------------------ what is read

    async def page(self, request: Request, person: Person) -> Response:
        """Answer the list."""
        wanted = self._filter(request)
        shown, tag = await run_in_threadpool(self._view, wanted, person)
        notice = await run_in_threadpool(self._notice, request, person)
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
        since = _instant(request.query_params.get("since", ""))
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
        return tag_of(lines, [name for name, _ in board.quiet], board.harmed).strip('"')

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
        return view.Looking(person.id, room.reader(person), others, context.packs, version, still)

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

    def _notice(self, request: Request, person: Person) -> dict[str, Any]:
        """Return what is said of what has just been done, as far as the ledger bears it out. Blocks."""
        said, case_id = request.query_params.get("said", ""), request.query_params.get("case", "")[:64]
        found = find(self._context, case_id) if case_id and (said in DONE or said == _UNDONE) else None
        nothing = {"done": "", "undo": None, "undo_says": "", "done_case": None}
        if found is None:
            return nothing
        events, now = events_of(self._context, found.row.subject), self._context.now()
        about = {"id": case_id, "subject": found.row.subject, "version": found.version}
        if said == _UNDONE and past.was_undone(events, case_id, person.id, now):
            return nothing | {"done": "Undone.", "done_case": about}
        if said == _UNDONE or not past.was_done(events, case_id, VERBS[cast(Do, said)], person.id, now):
            return nothing
        how = past.undo_of(events, found.case, person.id, now)
        can = how is not None and how.verb is not None
        says = "" if how is None else how.says
        return {"done": DONE[cast(Do, said)], "undo": can, "undo_says": says, "done_case": about}

    # ------------------------------------------------------------------ what is done

    async def act(self, request: Request, person: Person, fields: Fields) -> Response:
        """Do one thing to one case."""
        do, case_id = one(fields, "do"), one(fields, "case")[:64]
        since = _instant(one(fields, "since"))
        back = self._filter(request)
        if do == "undo":
            outcome = await self._doer.undo(case_id, one(fields, "version"), since, person)
            asked = Asked("own", case_id, one(fields, "version"), since)
        elif do in VERBS:
            note, how = one(fields, "note").strip(), one(fields, "how").strip()
            asked = Asked(cast(Do, do), case_id, one(fields, "version"), since, note, how)
            outcome = await self._doer.act(asked, person, self._room.reader(person))
        else:
            return problem(request, _MISSING, back=PATH + back.query())
        self._board.hurry()
        subject = outcome.found.row.subject if outcome.found is not None else ""
        self._room.note(request, subject=subject, case=case_id, detail=do, outcome=outcome.state)
        if outcome.state == "done":
            said = _UNDONE if do == "undo" else do
            joint = "&" if back.query() else "?"
            return RedirectResponse(f"{PATH}{back.query()}{joint}said={said}&case={case_id}", 303)
        return self._not_done(request, person, asked, do, outcome, back)

    def _not_done(
        self, request: Request, person: Person, asked: Asked, do: str, outcome: Outcome, back: Filter
    ) -> Response:
        """Answer that nothing was done, why, and how to go on."""
        if outcome.found is None:
            return problem(request, 404, back=PATH + back.query())
        own = bool(outcome.deeds) and all(deed.by == person.id for deed in outcome.deeds)
        return self._room.html(
            request, person, "console_conflict.html.j2", status=_CONFLICT if outcome.state != "missing" else _MISSING,
            outcome=outcome, asked=asked, do=do, own=own, back=PATH + back.query(), query=back.query(),
            needs_note=do in NOTED, note_most=NOTE_MOST, row=outcome.found.row, version=outcome.found.version,
        )  # fmt: skip

    async def bulk(self, request: Request, person: Person, fields: Fields) -> Response:
        """Show what an act would do to many cases, do it once that is confirmed, or undo it."""
        do, back = one(fields, "do"), self._filter(request)
        chosen = [(text[:200].partition(" ")[0], text[:200].partition(" ")[2]) for text in many(fields, "chosen")]
        note, reader = one(fields, "note").strip()[:NOTE_MOST], self._room.reader(person)
        if do == "undo":
            lines = await self._undone(chosen, _instant(one(fields, "since")), person)
            return self._planned(request, person, "undo", "done", lines, note, back)
        if do not in BULK or not chosen or len(chosen) > MANY_MOST:
            return problem(request, _MISSING, back=PATH + back.query())
        act = cast(Do, do)
        confirmed = bool(one(fields, "confirmed")) and (note or act not in ("note", "close"))
        if confirmed:
            lines = await self._doer.many(act, chosen, note, person, reader)
            self._board.hurry()
            number = sum(step.ok for _, step, _ in lines)
            self._room.note(request, detail=f"{do} {number} of {len(lines)}")
            return await self._after(request, person, act, lines, note, back)
        lines = await self._doer.plan(act, chosen, person, reader)
        self._room.note(request, detail=f"{do} dry run of {len(lines)}", outcome="planned")
        return self._planned(request, person, do, "plan", lines, note, back)

    async def _after(
        self,
        request: Request,
        person: Person,
        act: Do,
        lines: Sequence[tuple[Asked, Step, Found | None]],
        note: str,
        back: Filter,
    ) -> Response:
        """Answer what was done, with the versions that undo it."""

        def renewed() -> list[tuple[Asked, Step, Found | None]]:
            return [(asked, step, find(self._context, asked.case) if step.ok else old) for asked, step, old in lines]

        again = await run_in_threadpool(renewed)
        return self._planned(request, person, act, "done", again, note, back)

    async def _undone(
        self, chosen: Sequence[tuple[str, str]], since: Micros, person: Person
    ) -> list[tuple[Asked, Step, Found | None]]:
        """Undo what was done to many cases; return what became of each."""
        lines: list[tuple[Asked, Step, Found | None]] = []
        for case_id, version in dict(chosen[:MANY_MOST]).items():
            outcome = await self._doer.undo(case_id, version, since, person)
            lines.append((Asked("own", case_id, version), Step(outcome.state == "done", outcome.says), outcome.found))
        self._board.hurry()
        return lines

    def _planned(
        self,
        request: Request,
        person: Person,
        do: str,
        state: str,
        lines: Sequence[tuple[Asked, Step, Found | None]],
        note: str,
        back: Filter,
    ) -> Response:
        """Answer the plan of an act on many cases, or what became of it."""
        rows = [
            {"id": asked.case, "step": step, "row": found.row if found else None,
             "chosen": f"{asked.case} {found.version if found else ''}"}
            for asked, step, found in lines
        ]  # fmt: skip
        return self._room.html(
            request, person, "console_bulk.html.j2", do=do, state=state, lines=rows, note=note,
            head=ASKED.get(do, "Undo"), ok=sum(step.ok for _, step, _ in lines), back=PATH + back.query(),
            query=back.query(), needs_note=do in ("note", "close"), note_most=NOTE_MOST,
            undoable=state == "done" and do in ("own", "release", "close"),
        )  # fmt: skip


def _tabs(wanted: Filter) -> list[tuple[str, str, str, bool]]:
    """Return the lists to choose from: key of its count, title, address, whether it is the one."""
    plain = _at(wanted, 1)
    sorts = ("mine", "unowned", "overdue", "closed")
    titles = {"mine": "Mine", "unowned": "Nobody has", "overdue": "Overdue", "closed": "Closed lately"}
    off = dict.fromkeys(sorts, False)
    present = next((name for name in sorts if getattr(wanted, name)), "all")
    tabs = [("all", "All", PATH + plain.query(**off), present == "all")]
    return tabs + [(name, titles[name], PATH + plain.query(**(off | {name: True})), present == name) for name in sorts]


def _at(wanted: Filter, start: int) -> Filter:
    """Return a filter that begins elsewhere."""
    return msgspec.structs.replace(wanted, start=start)


def _instant(text: str) -> Micros:
    """Return a written moment; 0 where it is none."""
    try:
        return parse_instant(text) if text else 0
    except ValueError:
        return 0
