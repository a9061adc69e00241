"""What forms of the console do: one act on one case as it was seen, many after a dry run, and undoing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
from starlette.concurrency import run_in_threadpool

from troth.errors import GateError
from troth.model.times import MINUTE, Micros
from troth.runtime.service import CaseAction, Only
from troth.surfaces.api.answers import settled
from troth.surfaces.api.context import Context
from troth.surfaces.web.console.past import Deed, meanwhile, undo_of
from troth.surfaces.web.console.plan import NOTED, VERBS, Do, Step, step_of
from troth.surfaces.web.console.reading import Found, end_for, events_of, find
from troth.surfaces.web.locales import Reader
from troth.surfaces.web.naming import Names, Naming
from troth.surfaces.web.staff.person import Person

NOTE_MOST: Final = 2_000
MANY_MOST: Final = 200
"""How many cases are done at once, at most."""
_WORD_MOST: Final = 200
_ONCE_FOR: Final = MINUTE
_ONCE_MOST: Final = 1_000
_CHANGED: Final = "G807"
_UNALIGNED: Final = "G808"
_NOT_OVER: Final = "It is not over any more, or message, state and action do not line up."


class Asked(msgspec.Struct, frozen=True):
    """What a form asks for.

    Attributes:
        do: The act.
        case: The case's id.
        version: The case as whoever asks has seen it.
        since: The moment at which they saw it.
        note: What they note.
        how: Of a remedy: its name.
    """

    do: Do
    case: str
    version: str
    since: Micros = 0
    note: str = ""
    how: str = ""


class Outcome(msgspec.Struct, frozen=True):
    """What became of an act.

    Attributes:
        state: `done`, `conflict`, `refused`, or `missing`: there is no such case, or something is not filled in.
        says: In one sentence, but for what was done.
        found: The case as it stands now; `None`: there is none.
        deeds: Of a conflict: what people have done meanwhile.
    """

    state: str
    says: str = ""
    found: Found | None = None
    deeds: Sequence[Deed] = ()


class Line(msgspec.Struct, frozen=True):
    """One of many cases: what is asked for, what that would do or has done, and the case as it stands.

    Attributes:
        asked: What is asked for.
        step: What it would do, or what became of it.
        found: The case; `None`: there is none.
    """

    asked: Asked
    step: Step
    found: Found | None

    @property
    def chosen(self) -> str:
        """Return how a form names the case: its id, and its version as it stands."""
        return f"{self.asked.case} {self.found.version if self.found else ''}"


class Doer:
    """Does what forms ask for.

    Args:
        context: The server's parts.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._names = Names(context)
        self._written: dict[tuple[str, str, str], Micros] = {}

    async def act(self, asked: Asked, person: Person, reader: Reader) -> Outcome:
        """Do one thing to one case, if it is as it was seen."""
        found = await run_in_threadpool(find, self._context, asked.case)
        if found is None:
            return Outcome("missing", "There is no such case.")
        wanting = _wanting(asked)
        if wanting:
            return Outcome("missing", wanting, found)
        if asked.do == "own" and found.case.owner == person.id and found.case.closed_at is None:
            return Outcome("done", found=found)
        if asked.version != found.version:
            return await run_in_threadpool(self._conflict, asked, found)
        step = await run_in_threadpool(self._step, asked.do, found, person, reader, many=False)
        if not step.ok:
            return Outcome("refused", step.says, found)
        if asked.do == "note" and self._is_written(asked, person):
            return Outcome("done", found=found)
        only: Only = "clean" if asked.do == "close" else ""
        return await self._carried_out(asked, found, person, only)

    async def plan(self, do: Do, chosen: Sequence[tuple[str, str]], person: Person, reader: Reader) -> list[Line]:
        """Return what an act would do to each of many cases; nothing is done.

        Args:
            do: The act.
            chosen: Ids of cases, each with its version as it was seen.
            person: Who asks.
            reader: How dates are written for them.
        """
        return await run_in_threadpool(self._plan, do, chosen, person, reader)

    async def many(
        self, do: Do, chosen: Sequence[tuple[str, str]], note: str, person: Person, reader: Reader
    ) -> list[Line]:
        """Do to each of many cases what the plan says now; return what became of each, as it stands after it."""
        done: list[Line] = []
        for line in await self.plan(do, chosen, person, reader):
            if not line.step.ok or line.found is None:
                done.append(line)
                continue
            asked = msgspec.structs.replace(line.asked, note=note)
            outcome = await self._carried_out(asked, line.found, person, "aligned" if do == "close" else "")
            ok = outcome.state == "done"
            says = line.step.says if ok else outcome.says
            found = await run_in_threadpool(find, self._context, asked.case) if ok else line.found
            done.append(Line(asked, msgspec.structs.replace(line.step, ok=ok, says=says), found))
        return done

    async def undo_many(self, chosen: Sequence[tuple[str, str]], since: Micros, person: Person) -> list[Line]:
        """Undo what somebody did to many cases; return what became of each."""
        lines: list[Line] = []
        for case_id, version in dict(chosen[:MANY_MOST]).items():
            outcome = await self.undo(case_id, version, since, person)
            step = Step(outcome.state == "done", outcome.says)
            lines.append(Line(Asked("own", case_id, version), step, outcome.found))
        return lines

    async def undo(self, case_id: str, version: str, since: Micros, person: Person) -> Outcome:
        """Undo the last thing that somebody did to a case, if nobody has done anything since."""
        found = await run_in_threadpool(find, self._context, case_id)
        if found is None:
            return Outcome("missing", "There is no such case.")
        if version != found.version:
            return await run_in_threadpool(self._conflict, Asked("own", case_id, version, since), found)
        events = await run_in_threadpool(events_of, self._context, found.row.subject)
        how = undo_of(events, found.case, person.id, self._context.now(), self._names)
        if how is None:
            return Outcome("refused", "There is nothing of yours to undo any more.", found)
        if how.verb is None:
            return Outcome("refused", how.says, found)
        owner = "" if how.owner == person.id else how.owner
        action = CaseAction(how.verb, found.row.subject, case_id, person.id, seen=found.case, owner=owner)
        return await self._settle(action, found, Asked("own", case_id, version, since), how.says)

    # ------------------------------------------------------------------ inside

    def _plan(self, do: Do, chosen: Sequence[tuple[str, str]], person: Person, reader: Reader) -> list[Line]:
        """Return what an act would do to each of many cases. Blocks."""
        planned: list[Line] = []
        for case_id, version in dict(chosen[:MANY_MOST]).items():
            asked, found = Asked(do, case_id, version), find(self._context, case_id)
            if found is None:
                planned.append(Line(asked, Step(ok=False, says="There is no such case."), None))
            elif version != found.version:
                says = f"It has changed since you saw it: {_now(found, self._names)}"
                step = Step(ok=False, says=says, owner=found.case.owner, closed_as=found.case.closed_as)
                planned.append(Line(asked, step, found))
            else:
                planned.append(Line(asked, self._step(do, found, person, reader, many=True), found))
        return planned

    def _step(self, do: Do, found: Found, person: Person, reader: Reader, *, many: bool) -> Step:
        """Return what an act would do to a case. Blocks."""
        end = end_for(self._context, found, reader)
        return step_of(do, found.case, person.id, end, many=many, may_all=person.may("bulk"), names=self._names)

    def _conflict(self, asked: Asked, found: Found) -> Outcome:
        """Return that a case is not as it was seen, with what people have done since. Blocks."""
        deeds = meanwhile(events_of(self._context, found.row.subject), asked.case, asked.since, self._names)
        return Outcome("conflict", _now(found, self._names), found, deeds)

    async def _carried_out(self, asked: Asked, found: Found, person: Person, only: Only) -> Outcome:
        """Do something to a case as it was found."""
        verb = VERBS[asked.do]
        how = "void" if asked.do == "void" else (asked.how if asked.do == "remedy" else "")
        action = CaseAction(
            verb, found.row.subject, asked.case, person.id, note=asked.note, how=how, seen=found.case, only=only
        )
        outcome = await self._settle(action, found, asked)
        if outcome.state == "done" and asked.do == "note":
            self._written[person.id, asked.case, asked.note] = self._context.now()
        return outcome

    async def _settle(self, action: CaseAction, found: Found, asked: Asked, says: str = "") -> Outcome:
        """Hand an act to the service and return what became of it."""
        try:
            await settled(self._context.service.act(action))
        except GateError as error:
            if error.problems[0].code == _CHANGED:
                again = await run_in_threadpool(find, self._context, asked.case)
                return await run_in_threadpool(self._conflict, asked, again or found)
            if error.problems[0].code == _UNALIGNED:
                return Outcome("refused", _NOT_OVER, found)
            raise
        return Outcome("done", says, found)

    def _is_written(self, asked: Asked, person: Person) -> bool:
        """Return whether somebody has just written the same note: a form that was sent twice."""
        now = self._context.now()
        if len(self._written) > _ONCE_MOST:
            self._written = {key: at for key, at in self._written.items() if now - at < _ONCE_FOR}
        at = self._written.get((person.id, asked.case, asked.note))
        return at is not None and 0 <= now - at < _ONCE_FOR


def _wanting(asked: Asked) -> str:
    """Return what is not filled in, in one sentence; empty: nothing."""
    if asked.do in NOTED and not asked.note:
        return "Say in a note what was done and why: this act needs one."
    if asked.do == "remedy" and not asked.how:
        return "Say by which remedy it was put right."
    if len(asked.note) > NOTE_MOST or len(asked.how) > _WORD_MOST:
        return f"The note is too long: at most {NOTE_MOST} characters."
    return ""


def _now(found: Found, names: Naming) -> str:
    """Return how a case stands, in one sentence."""
    case = found.case
    if case.closed_at is not None:
        return f"it is closed{', ' + case.closed_as if case.closed_as else ''}."
    return f"{names(case.owner)} has it." if case.owner else "it is open, and nobody has it."
