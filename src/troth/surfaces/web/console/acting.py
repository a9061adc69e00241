"""The forms of the console: one act on one case, many after a dry run, undoing, and what is said of it afterwards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, cast

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from troth.model.times import Micros, parse_instant
from troth.surfaces.web.console import past
from troth.surfaces.web.console.board import Board
from troth.surfaces.web.console.doing import MANY_MOST, NOTE_MOST, Asked, Doer, Line, Outcome
from troth.surfaces.web.console.filters import Filter
from troth.surfaces.web.console.plan import ASKED, BULK, DONE, NOTED, NOTED_MANY, VERBS, Do
from troth.surfaces.web.console.reading import events_of, find
from troth.surfaces.web.forms import Fields, many, one
from troth.surfaces.web.naming import Names, Naming
from troth.surfaces.web.problems import problem
from troth.surfaces.web.staff.person import Person
from troth.surfaces.web.staff.room import StaffRoom

_UNDO: Final = "undo"
_UNDONE: Final = "undone"
_CONFLICT: Final = 409
_MISSING: Final = 422


class ConsoleForms:
    """What is done on the console of a server.

    Args:
        room: What all pages of staff share.
        board: The open cases.
        filtered: Returns what the address of a request asks for.
    """

    def __init__(self, room: StaffRoom, board: Board, filtered: Callable[[Request], Filter]) -> None:
        self._room = room
        self._context = room.context
        self._board = board
        self._filtered = filtered
        self._doer = Doer(room.context)
        self._names = Names(room.context)

    # ------------------------------------------------------------------ one case

    async def act(self, request: Request, person: Person, fields: Fields) -> Response:
        """Do one thing to one case."""
        do, case_id = one(fields, "do"), one(fields, "case")[:64]
        since = instant_of(one(fields, "since"))
        back = self._filtered(request)
        if do == _UNDO:
            outcome = await self._doer.undo(case_id, one(fields, "version"), since, person)
            asked = Asked("own", case_id, one(fields, "version"), since)
        elif do in VERBS:
            note, how = one(fields, "note").strip(), one(fields, "how").strip()
            asked = Asked(cast(Do, do), case_id, one(fields, "version"), since, note, how)
            outcome = await self._doer.act(asked, person, self._room.reader(person))
        else:
            return problem(request, _MISSING, back=back.address)
        self._board.hurry()
        subject = outcome.found.row.subject if outcome.found is not None else ""
        self._room.note(request, subject=subject, case=case_id, detail=do, outcome=outcome.state)
        if outcome.state == "done":
            said = _UNDONE if do == _UNDO else do
            joint = "&" if back.query() else "?"
            return RedirectResponse(f"{back.address}{joint}said={said}&case={case_id}", 303)
        return self._not_done(request, person, asked, do, outcome, back)

    def _not_done(
        self, request: Request, person: Person, asked: Asked, do: str, outcome: Outcome, back: Filter
    ) -> Response:
        """Answer that nothing was done, why, and how to go on."""
        if outcome.found is None:
            return problem(request, 404, back=back.address)
        own = bool(outcome.deeds) and all(deed.by == person.id for deed in outcome.deeds)
        return self._room.html(
            request, person, "console_conflict.html.j2", status=_CONFLICT if outcome.state != "missing" else _MISSING,
            outcome=outcome, asked=asked, do=do, own=own, back=back.address, query=back.query(),
            needs_note=do in NOTED, note_most=NOTE_MOST, row=outcome.found.row, version=outcome.found.version,
            whose=_others(outcome.found.case.owner, person, self._names),
        )  # fmt: skip

    def notice(self, request: Request, person: Person) -> dict[str, Any]:
        """Return what is said of what has just been done, as far as the ledger bears it out. Blocks."""
        said, case_id = request.query_params.get("said", ""), request.query_params.get("case", "")[:64]
        found = find(self._context, case_id) if case_id and (said in DONE or said == _UNDONE) else None
        nothing = {"done": "", "undo": None, "undo_says": "", "done_case": None}
        if found is None:
            return nothing
        events, now = events_of(self._context, found.row.subject), self._context.now()
        about = {"id": case_id, "subject": found.row.subject, "version": found.version}
        if said == _UNDONE:
            undone = past.was_undone(events, case_id, person.id, now)
            return nothing | {"done": "Undone.", "done_case": about} if undone else nothing
        if not past.was_done(events, case_id, VERBS[cast(Do, said)], person.id, now):
            return nothing
        how = past.undo_of(events, found.case, person.id, now, self._names)
        can = how is not None and how.verb is not None
        says = "" if how is None else how.says
        return {"done": DONE[cast(Do, said)], "undo": can, "undo_says": says, "done_case": about}

    # ------------------------------------------------------------------ many cases

    async def bulk(self, request: Request, person: Person, fields: Fields) -> Response:
        """Show what an act would do to many cases, do it once that is confirmed, or undo it."""
        do, back = one(fields, "do"), self._filtered(request)
        chosen = [(text[:200].partition(" ")[0], text[:200].partition(" ")[2]) for text in many(fields, "chosen")]
        note, reader = one(fields, "note").strip()[:NOTE_MOST], self._room.reader(person)
        if do == _UNDO:
            lines = await self._doer.undo_many(chosen, instant_of(one(fields, "since")), person)
            self._board.hurry()
            return self._planned(request, person, do, "done", lines, note, back)
        if do not in BULK or not chosen or len(chosen) > MANY_MOST:
            return problem(request, _MISSING, back=back.address)
        act = cast(Do, do)
        if one(fields, "confirmed") and (note or act not in NOTED_MANY):
            lines = await self._doer.many(act, chosen, note, person, reader)
            self._board.hurry()
            self._room.note(request, detail=f"{do} {sum(line.step.ok for line in lines)} of {len(lines)}")
            return self._planned(request, person, do, "done", lines, note, back)
        lines = await self._doer.plan(act, chosen, person, reader)
        self._room.note(request, detail=f"{do} dry run of {len(lines)}", outcome="planned")
        return self._planned(request, person, do, "plan", lines, note, back)

    def _planned(
        self, request: Request, person: Person, do: str, state: str, lines: Sequence[Line], note: str, back: Filter
    ) -> Response:
        """Answer the plan of an act on many cases, or what became of it."""
        return self._room.html(
            request, person, "console_bulk.html.j2", do=do, state=state, lines=lines, note=note,
            head=ASKED.get(do, "Undo"), ok=sum(line.step.ok for line in lines), back=back.address,
            query=back.query(), needs_note=do in NOTED_MANY, note_most=NOTE_MOST,
            undoable=state == "done" and do in ("own", "release", "close"),
        )  # fmt: skip


def _others(owner: str, person: Person, names: Naming) -> str:
    """Return what whoever else has a case is called; empty: nobody else has it."""
    return names(owner) if owner and owner != person.id else ""


def instant_of(text: str) -> Micros:
    """Return a written moment; 0 where it is none."""
    try:
        return parse_instant(text) if text else 0
    except ValueError:
        return 0
